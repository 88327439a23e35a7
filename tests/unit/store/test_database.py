"""The store keeps what was committed and refuses what it does not know."""

import sqlite3
import time

import pytest
import sqlalchemy as sql
from trimtab.errors import StoreError
from trimtab.store.database import Database, clock
from trimtab.store.schema import chain, leases

ROW = {"only_row": 1, "chain_id": 1, "genesis_hash": "0x0"}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "store.db"


def test_commits_reach_the_disk_and_readers_do_not_wait(path):
    with Database(path) as database, database.read() as connection:
        journal = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
        synchronous = connection.exec_driver_sql("PRAGMA synchronous").scalar()

    assert (journal, synchronous) == ("wal", 2)


def test_what_was_committed_is_there_after_reopening(path):
    with Database(path) as database, database.write() as connection:
        connection.execute(chain.insert().values(ROW))
    with Database(path) as database, database.read() as connection:
        assert connection.scalar(sql.select(chain.c.chain_id)) == 1


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
        connection.scalar(sql.select(chain.c.chain_id))
        other = sqlite3.connect(path, isolation_level=None, timeout=0.05)
        try:
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute("BEGIN IMMEDIATE")
        finally:
            other.close()


def interrupted_write(database, interruption):
    with database.write() as connection:
        connection.execute(chain.insert().values(ROW))
        raise interruption


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, SystemExit, LookupError])
def test_an_interrupted_write_leaves_nothing(path, interruption):
    with Database(path) as database:
        with pytest.raises(interruption):
            interrupted_write(database, interruption)

        with database.read() as connection:
            assert connection.scalar(sql.select(chain.c.chain_id)) is None


def test_a_database_in_memory_needs_no_file():
    with Database(None) as database, database.read() as connection:
        assert connection.scalar(sql.select(chain.c.chain_id)) is None


def fill(database):
    with database.write() as connection:
        row = {"chain_id": 1, "holder": "x" * 100, "token": 0, "expires_at": 0.0}
        for number in range(10_000):
            connection.execute(leases.insert().values(row | {"signer": str(number)}))


def test_a_full_database_keeps_what_it_has_and_says_that_it_is_full(path):
    with Database(path) as database:
        with database.write() as connection:
            connection.execute(chain.insert().values(ROW))
        with database.read() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            connection.exec_driver_sql(f"PRAGMA max_page_count={pages + 4}")

        with pytest.raises(StoreError, match="full; nothing was sent"):
            fill(database)

        with database.read() as connection:
            assert connection.scalar(sql.select(sql.func.count()).select_from(leases)) == 0
            assert connection.scalar(sql.select(chain.c.chain_id)) == 1


def test_the_database_tells_the_time():
    with Database(None) as database, database.read() as connection:
        assert abs(clock(connection) - time.time()) < 2


@pytest.mark.parametrize("address", ["mysql://user:secret@host/name", "://", "sqlite://x"])
def test_an_address_of_another_kind_is_refused_without_its_password(address):
    with pytest.raises(StoreError, match="expected postgresql://") as caught:
        Database(address)

    assert "secret" not in str(caught.value)


def test_a_server_that_does_not_answer_is_named_without_its_password():
    with pytest.raises(StoreError, match="nothing was sent") as caught:
        Database("postgresql://user:secret@127.0.0.1:1/name")

    assert "127.0.0.1" in str(caught.value)
    assert "secret" not in str(caught.value)
