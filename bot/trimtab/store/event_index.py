"""Events of vaults as a chain has them, and up to which block they were read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sql

from trimtab.store.database import Database
from trimtab.store.schema import index_marks, indexed_logs

MOST_MARKS = 256
"""Marks that are kept: a chain that gives up more blocks than they reach is read anew."""

WORD = 32
"""Bytes of a topic."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A block up to which everything was read."""

    number: int
    hash: str


@dataclass(frozen=True, slots=True)
class IndexedLog:
    """One event, still encoded, with the time of its block in seconds."""

    block_number: int
    index: int
    timestamp: int
    address: str
    transaction_hash: str
    topics: tuple[bytes, ...]
    data: bytes


class EventIndex:
    """The events of one vault.

    Parameters
    ----------
    vault
        The vault; events of its mandate stand under it as well.
    """

    def __init__(self, database: Database, chain_id: int, vault: str) -> None:
        self._database = database
        self._own = {"chain_id": chain_id, "vault": vault}

    def mark(self) -> Mark | None:
        """The last block that was read; None before the first."""
        query = self._marks().order_by(index_marks.c.block_number.desc()).limit(1)
        with self._database.read() as connection:
            row = connection.execute(query).first()
            return None if row is None else Mark(row.block_number, row.block_hash)

    def holds(self, mark: Mark) -> bool:
        """Whether everything up to `mark` is still as it was when it was the last."""
        there = (index_marks.c.block_number == mark.number) & (
            index_marks.c.block_hash == mark.hash
        )
        with self._database.read() as connection:
            return connection.execute(self._marks().where(there)).first() is not None

    def extend(self, after: Mark | None, logs: Sequence[IndexedLog], mark: Mark) -> None:
        """Put `logs` and a new mark after an old one, in the place of whatever follows that.

        Two processes may read the same blocks: the later one decides what was in them.

        Raises
        ------
        StoreError
            If the database is locked or broken; nothing was changed.
        """
        with self._database.write() as connection:
            self._forget(connection, -1 if after is None else after.number)
            if logs:
                connection.execute(indexed_logs.insert(), [self._row(log) for log in logs])
            row = self._own | {"block_number": mark.number, "block_hash": mark.hash}
            connection.execute(index_marks.insert(), row)
            self._prune(connection)

    def step_back(self) -> None:
        """Forget the last mark, and every event after the one before it."""
        query = self._marks().order_by(index_marks.c.block_number.desc()).limit(2)
        with self._database.write() as connection:
            rows = connection.execute(query).all()
            self._forget(connection, rows[1].block_number if len(rows) > 1 else -1)

    def logs(self, *, after: int = -1) -> list[IndexedLog]:
        """Every event later than a block, in the order of the chain."""
        later = self._of(indexed_logs) & (indexed_logs.c.block_number > after)
        order = (indexed_logs.c.block_number, indexed_logs.c.log_index)
        with self._database.read() as connection:
            query = indexed_logs.select().where(later).order_by(*order)
            return [_log(row) for row in connection.execute(query)]

    def _forget(self, connection: sql.Connection, after: int) -> None:
        for table in (indexed_logs, index_marks):
            later = self._of(table) & (table.c.block_number > after)
            connection.execute(table.delete().where(later))

    def _prune(self, connection: sql.Connection) -> None:
        old = self._marks().order_by(index_marks.c.block_number.desc()).offset(MOST_MARKS).limit(1)
        row = connection.execute(old).first()
        if row is not None:
            older = self._of(index_marks) & (index_marks.c.block_number <= row.block_number)
            connection.execute(index_marks.delete().where(older))

    def _marks(self) -> sql.Select[Any]:
        return index_marks.select().where(self._of(index_marks))

    def _of(self, table: sql.Table) -> sql.ColumnElement[bool]:
        return (table.c.chain_id == self._own["chain_id"]) & (table.c.vault == self._own["vault"])

    def _row(self, log: IndexedLog) -> dict[str, Any]:
        return self._own | {
            "block_number": log.block_number,
            "log_index": log.index,
            "address": log.address,
            "transaction_hash": log.transaction_hash,
            "timestamp": log.timestamp,
            "topics": b"".join(log.topics),
            "data": log.data,
        }


def _log(row: sql.Row[Any]) -> IndexedLog:
    words = range(0, len(row.topics), WORD)
    return IndexedLog(
        block_number=row.block_number,
        index=row.log_index,
        timestamp=row.timestamp,
        address=row.address,
        transaction_hash=row.transaction_hash,
        topics=tuple(bytes(row.topics[at : at + WORD]) for at in words),
        data=bytes(row.data),
    )
