"""One database: opened, checked, brought up to date, and written one transaction at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import sqlalchemy as sql
from sqlalchemy.exc import SQLAlchemyError

from trimtab.errors import StoreError
from trimtab.store.engines import MIGRATES, READS_ONLY, is_address, open_engine
from trimtab.store.revisions import create, is_current, is_empty, migrate

LOCK_SECONDS = 10.0
"""How long another process's write is waited for, unless told otherwise."""

MIGRATION_LOCK = 0x7472696D
"""Number by which processes agree who migrates a PostgreSQL database."""


class Database:
    """A store that survives a power cut: what was committed is on the disk.

    Parameters
    ----------
    place
        File of an SQLite database, whose folder must exist, or an address of PostgreSQL, which
        several machines may share. None keeps it in memory, for one process that needs no memory
        of it.
    lock_seconds
        How long another process's write is waited for.

    Raises
    ------
    StoreError
        If it cannot be opened, is no database of ours, or was written by a newer version.
    """

    def __init__(self, place: Path | str | None, *, lock_seconds: float = LOCK_SECONDS) -> None:
        self._engine = open_engine(place, lock_seconds=lock_seconds)
        self.name = _name(place, self._engine)
        self._migrating = self._engine.execution_options(**{MIGRATES: True})
        self._reading = self._engine.execution_options(**{READS_ONLY: True})
        try:
            self._prepare()
        except BaseException:
            self.close()
            raise

    @contextmanager
    def write(self) -> Iterator[sql.Connection]:
        """A transaction that may read and then write.

        On SQLite it holds the write lock from its start; on PostgreSQL it locks the rows that it
        decides by. Either way, what it has read does not change before it writes: two processes
        never take the same nonce. It is committed at the end of the block, and undone by any
        exception.

        Raises
        ------
        StoreError
            If the database is locked, full or broken; nothing was written.
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
        with self._guarded(), self._reading.connect() as connection:
            yield connection

    def close(self) -> None:
        """Give back the file or the connections."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, OverflowError) as error:
            cause = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
            raise StoreError(
                f"the database {self.name} cannot be used: {cause}; nothing was sent. Check it, "
                "the space it has and other programs that have it open"
            ) from error

    def _prepare(self) -> None:
        with self.read() as connection:
            current = is_current(connection)
        if current:
            return
        with self._guarded(), self._migrating.begin() as connection:
            if connection.dialect.name == "postgresql":
                lock = sql.select(sql.func.pg_advisory_xact_lock(MIGRATION_LOCK))
                connection.execute(lock)
            if is_empty(connection):
                create(connection)
            elif not is_current(connection):  # another process may have been quicker
                migrate(connection)


def clock(connection: sql.Connection) -> float:
    """The database's own time, in seconds since 1970: the one that its users share."""
    if connection.dialect.name == "postgresql":
        now = "SELECT extract(epoch FROM clock_timestamp())"
    else:
        now = "SELECT (julianday('now') - 2440587.5) * 86400.0"
    return float(connection.execute(sql.text(now)).scalar_one())


def _name(place: Path | str | None, engine: sql.Engine) -> str:
    """What the database is called in errors; without a password."""
    if place is None:
        return "in memory"
    return engine.url.render_as_string(hide_password=True) if is_address(place) else str(place)
