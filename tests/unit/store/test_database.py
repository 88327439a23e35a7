"""The store keeps what was committed and refuses what it does not know."""

import sqlite3

import pytest
import sqlalchemy as sql
from trimtab.errors import StoreError
from trimtab.store.database import Database
from trimtab.store.schema import SCHEMA_VERSION, schema_version


@pytest.fixture
def path(tmp_path):
    return tmp_path / "store.db"


def test_commits_reach_the_disk_and_readers_do_not_wait(path):
    with Database(path) as database, database.read() as connection:
        journal = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
        synchronous = connection.exec_driver_sql("PRAGMA synchronous").scalar()

    assert (journal, synchronous) == ("wal", 2)


def test_what_was_committed_is_there_after_reopening(path):
    with Database(path):
        pass
    with Database(path) as database, database.read() as connection:
        assert connection.scalar(sql.select(schema_version.c.version)) == SCHEMA_VERSION


def test_a_newer_database_is_refused(path):
    with Database(path) as database, database.write() as connection:
        connection.execute(schema_version.update().values(version=SCHEMA_VERSION + 1))

    with pytest.raises(StoreError, match=f"version {SCHEMA_VERSION + 1}"):
        Database(path)


def test_a_database_of_another_program_is_left_alone(path):
    with sqlite3.connect(path) as foreign:
        foreign.execute("CREATE TABLE recipes (name TEXT)")
    foreign.close()

    with pytest.raises(StoreError, match="recipes"):
        Database(path)


def test_a_broken_file_is_refused_by_its_name(path):
    path.write_bytes(b"this is no database" * 100)

    with pytest.raises(StoreError, match=r"store\.db"):
        Database(path)


def test_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(StoreError, match="unable to open"):
        Database(tmp_path / "nowhere" / "store.db")


def test_a_write_lock_held_elsewhere_is_an_error_after_the_wait(path):
    with Database(path, lock_seconds=0.1) as database:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        try:
            with pytest.raises(StoreError, match="locked"), database.write():
                pytest.fail("entered without the lock")
        finally:
            other.close()


def test_the_write_lock_is_held_from_the_first_read_on(path):
    with Database(path) as database, database.write() as connection:
        connection.scalar(sql.select(schema_version.c.version))
        other = sqlite3.connect(path, isolation_level=None, timeout=0.05)
        try:
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute("BEGIN IMMEDIATE")
        finally:
            other.close()


def interrupted_write(database, interruption):
    with database.write() as connection:
        connection.execute(schema_version.update().values(version=9))
        raise interruption


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, SystemExit, LookupError])
def test_an_interrupted_write_leaves_nothing(path, interruption):
    with Database(path) as database:
        with pytest.raises(interruption):
            interrupted_write(database, interruption)

        with database.read() as connection:
            assert connection.scalar(sql.select(schema_version.c.version)) == SCHEMA_VERSION


def test_a_database_in_memory_needs_no_file():
    with Database(None) as database, database.read() as connection:
        assert connection.scalar(sql.select(schema_version.c.version)) == SCHEMA_VERSION
