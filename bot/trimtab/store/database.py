"""One SQLite file: opened, checked, and written one transaction at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import sqlalchemy as sql
from sqlalchemy import event
from sqlalchemy.exc import SQLAlchemyError

from trimtab.errors import StoreError
from trimtab.store.schema import SCHEMA_VERSION, metadata, schema_version

LOCK_SECONDS = 10.0
"""How long another process's write is waited for, unless told otherwise."""


class Database:
    """A store that survives a power cut: what was committed is on the disk.

    Parameters
    ----------
    path
        File of the database; its folder must exist. None keeps it in memory, for one process that
        needs no memory of it.
    lock_seconds
        How long another process's write is waited for.

    Raises
    ------
    StoreError
        If the file cannot be opened, is no database of ours, or was written by a newer version.
    """

    def __init__(self, path: Path | None, *, lock_seconds: float = LOCK_SECONDS) -> None:
        self.path = path
        self._engine = _engine(path, lock_seconds)
        with self._guarded():
            self._prepare()

    @contextmanager
    def write(self) -> Iterator[sql.Connection]:
        """A transaction that holds the write lock from its start.

        What it reads cannot change before it writes: two processes never take the same nonce. It
        is committed at the end of the block, and undone by any exception.

        Raises
        ------
        StoreError
            If the database is locked or broken; nothing was written.
        """
        with self._guarded(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[sql.Connection]:
        """A transaction that only reads.

        Raises
        ------
        StoreError
            If the database is broken.
        """
        options = self._engine.execution_options(reads_only=True)
        with self._guarded(), options.connect() as connection:
            yield connection

    def close(self) -> None:
        """Give back the file."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            cause = getattr(error, "orig", None) or error
            raise StoreError(
                f"the database {self.path or 'in memory'} cannot be used: {cause}; "
                "check the file, its folder and other programs that have it open"
            ) from error

    def _prepare(self) -> None:
        with self._engine.begin() as connection:
            if not sql.inspect(connection).has_table(schema_version.name):
                self._create(connection)
            found = connection.scalar(sql.select(schema_version.c.version))
        if found != SCHEMA_VERSION:
            raise StoreError(
                f"the database {self.path or 'in memory'} has version {found}; this program knows "
                f"version {SCHEMA_VERSION}: use the program that wrote it"
            )

    def _create(self, connection: sql.Connection) -> None:
        foreign = sql.inspect(connection).get_table_names()
        if foreign:
            raise StoreError(
                f"the database {self.path} belongs to another program: it has {', '.join(foreign)}"
            )
        metadata.create_all(connection)
        row = {"only_row": 1, "version": SCHEMA_VERSION}
        connection.execute(schema_version.insert().values(row))


def _engine(path: Path | None, lock_seconds: float) -> sql.Engine:
    if path is None:
        engine = sql.create_engine("sqlite://", poolclass=sql.StaticPool)
    else:
        url = sql.URL.create("sqlite", database=str(path))
        engine = sql.create_engine(url, connect_args={"timeout": lock_seconds})
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


def _on_connect(connection: sqlite3.Connection, _record: object) -> None:
    """Leave transactions to `_on_begin`, and make each commit reach the disk."""
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _on_begin(connection: sql.Connection) -> None:
    """Take the write lock before the first read, unless nothing will be written."""
    reads_only = connection.get_execution_options().get("reads_only", False)
    connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")
