"""Why something or nothing was done, one row per vault and block that was looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sql

from trimtab.store.database import Database
from trimtab.store.schema import decisions

SAFE_INTEGER = 2**53
"""Integers from here on are kept as text: readers of JSON in other languages lose their digits."""

IDLE = ("hold", "wait")
"""Actions that did nothing; there is one of them for almost every block."""

Number = int | float | str | None
"""What may stand behind a decision; amounts as integers in their smallest unit."""


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """One decision.

    Attributes
    ----------
    chain_id, vault
        The vault.
    block_number, block_hash, timestamp
        The block that was looked at; time in seconds.
    action
        What followed: one of the keeper's `Action`, or `failed` if the step ended in an error.
    reason
        Why, in words.
    numbers
        What it was decided on.
    intent_id
        The intent that came of it, if any.
    """

    chain_id: int
    vault: str
    block_number: int
    block_hash: str
    timestamp: int
    action: str
    reason: str
    numbers: Mapping[str, Number]
    intent_id: int | None = None


class Decisions:
    """The decisions of all vaults."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, decision: DecisionRecord, *, now: float) -> None:
        """Add one decision, made at `now`, in seconds.

        Raises
        ------
        StoreError
            If the database is locked or broken.
        """
        self.record_all([decision], now=now)

    def record_all(self, found: Sequence[DecisionRecord], *, now: float) -> None:
        """Add several decisions, made at `now`, at once.

        Raises
        ------
        StoreError
            If the database is locked or broken; none is added.
        """
        if found:
            with self._database.write() as connection:
                connection.execute(decisions.insert(), [_row(one, now) for one in found])

    def forget_idle(self, *, before: float) -> int:
        """Delete decisions to do nothing that were made before a time; how many they were."""
        idle = decisions.c.action.in_(IDLE) & (decisions.c.decided_at < before)
        with self._database.write() as connection:
            return connection.execute(decisions.delete().where(idle)).rowcount

    def latest(self, chain_id: int, vault: str, *, most: int = 20) -> list[DecisionRecord]:
        """The last decisions on one vault, newest first."""
        own = (decisions.c.chain_id == chain_id) & (decisions.c.vault == vault)
        query = decisions.select().where(own).order_by(decisions.c.id.desc()).limit(most)
        with self._database.read() as connection:
            return [as_decision(row) for row in connection.execute(query)]


def portable(value: Number) -> Number:
    """`value` as any reader of JSON keeps it: large integers as their digits."""
    return str(value) if isinstance(value, int) and abs(value) >= SAFE_INTEGER else value


def _row(decision: DecisionRecord, now: float) -> dict[str, Any]:
    return {
        "chain_id": decision.chain_id,
        "vault": decision.vault,
        "block_number": decision.block_number,
        "block_hash": decision.block_hash,
        "timestamp": decision.timestamp,
        "action": decision.action,
        "reason": decision.reason,
        "numbers": {name: portable(value) for name, value in decision.numbers.items()},
        "intent_id": decision.intent_id,
        "decided_at": now,
    }


def as_decision(row: sql.Row[Any]) -> DecisionRecord:
    """A row of the table, as a value."""
    return DecisionRecord(
        chain_id=row.chain_id,
        vault=row.vault,
        block_number=row.block_number,
        block_hash=row.block_hash,
        timestamp=row.timestamp,
        action=row.action,
        reason=row.reason,
        numbers=row.numbers,
        intent_id=row.intent_id,
    )
