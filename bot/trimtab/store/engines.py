"""Connections that lose nothing: SQLite in a file or in memory, PostgreSQL by its address."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import sqlalchemy as sql
from sqlalchemy import event
from sqlalchemy.exc import ArgumentError

from trimtab.errors import StoreError
from trimtab.store.schema import complete_for_postgresql

READS_ONLY = "reads_only"
"""Option of a connection that writes nothing, and so waits for no writer."""

MIGRATES = "migrates"
"""Option of a connection that rebuilds tables, which foreign keys would forbid."""


def open_engine(place: Path | str | None, *, lock_seconds: float) -> sql.Engine:
    """An engine for a file, an address of PostgreSQL, or memory if `place` is None.

    Parameters
    ----------
    place
        A path, or an address such as `postgresql://user@host/name`.
    lock_seconds
        How long another process's write is waited for.

    Raises
    ------
    StoreError
        If the address cannot be used.
    """
    if place is None:
        return _sqlite(sql.create_engine("sqlite://", poolclass=sql.StaticPool))
    if is_address(place):
        return _postgres(_address(str(place)), lock_seconds)
    url = sql.URL.create("sqlite", database=str(place))
    return _sqlite(sql.create_engine(url, connect_args={"timeout": lock_seconds}))


def is_address(place: Path | str | None) -> bool:
    """Whether `place` is the address of a server and not a file."""
    return isinstance(place, str) and "://" in place


def _address(text: str) -> sql.URL:
    try:
        url = sql.make_url(text)
    except ArgumentError:
        raise StoreError(
            "the database's address cannot be read; expected postgresql://user@host:port/name"
        ) from None
    if url.drivername not in {"postgresql", "postgres", "postgresql+psycopg"}:
        raise StoreError(
            f"the database's address begins with {url.drivername}://; expected postgresql://, or a "
            "path for SQLite"
        )
    return url.set(drivername="postgresql+psycopg")


def _postgres(url: sql.URL, lock_seconds: float) -> sql.Engine:
    settings = {
        "synchronous_commit": "on",
        "lock_timeout": f"{round(lock_seconds * 1000)}ms",
        "idle_in_transaction_session_timeout": "60s",
    }
    complete_for_postgresql()
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())
    try:
        return sql.create_engine(
            url,
            pool_pre_ping=True,
            hide_parameters=True,
            connect_args={"options": options, "connect_timeout": 10},
        )
    except ModuleNotFoundError as error:
        raise StoreError(
            f"PostgreSQL needs the package {error.name}: install trimtab[postgres]"
        ) from None


def _sqlite(engine: sql.Engine) -> sql.Engine:
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


def _on_connect(connection: sqlite3.Connection, _record: object) -> None:
    """Leave transactions to `_on_begin`, and make each commit reach the disk."""
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _on_begin(connection: sql.Connection) -> None:
    """Take the write lock before the first read, unless nothing will be written."""
    options = connection.get_execution_options()
    keys = "OFF" if options.get(MIGRATES, False) else "ON"
    connection.exec_driver_sql(f"PRAGMA foreign_keys={keys}")
    reads_only = options.get(READS_ONLY, False)
    connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")
