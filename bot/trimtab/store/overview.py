"""What stands in the database, for people who look: nothing here writes."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sql

from trimtab.store.database import Database
from trimtab.store.decisions import DecisionRecord, as_decision
from trimtab.store.records import OPEN
from trimtab.store.schema import attempts, decisions, intents, outcomes

REBALANCES = 50
"""Rebalances over which costs are compared."""


@dataclass(frozen=True, slots=True)
class InFlight:
    """A transaction that has not ended.

    Attributes
    ----------
    kind, vault
        What it is about.
    signer, nonce, state
        Whose it is, its place in the order, and how far it has come.
    transaction_hash
        Hash of the newest attempt.
    attempts
        How often it was signed.
    since
        When it was written down, in seconds.
    """

    kind: str
    vault: str | None
    signer: str
    nonce: int
    state: str
    transaction_hash: str
    attempts: int
    since: float


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision, and when it was made, in seconds."""

    record: DecisionRecord
    at: float


class Overview:
    """Questions about the keepers of one chain."""

    def __init__(self, database: Database, chain_id: int) -> None:
        self._database = database
        self._chain_id = chain_id

    def vaults(self) -> list[str]:
        """Every vault that was ever decided on."""
        own = decisions.c.chain_id == self._chain_id
        query = sql.select(decisions.c.vault).where(own).distinct().order_by(decisions.c.vault)
        with self._database.read() as connection:
            return list(connection.scalars(query))

    def last_decision(self, vault: str) -> Decided | None:
        """The newest decision on a vault."""
        query = self._of(vault).order_by(decisions.c.id.desc()).limit(1)
        with self._database.read() as connection:
            row = connection.execute(query).first()
            return None if row is None else Decided(as_decision(row), row.decided_at)

    def decisions(self, *, most: int) -> list[Decided]:
        """The last decisions on any vault, newest first."""
        own = decisions.c.chain_id == self._chain_id
        query = decisions.select().where(own).order_by(decisions.c.id.desc()).limit(most)
        with self._database.read() as connection:
            return [Decided(as_decision(row), row.decided_at) for row in connection.execute(query)]

    def gas_spent(self) -> int:
        """What every transaction that was mined cost its sender, in wei."""
        paid = (outcomes.c.gas_used, outcomes.c.effective_gas_price, outcomes.c.l1_fee)
        own = (outcomes.c.intent_id == intents.c.id) & (intents.c.chain_id == self._chain_id)
        with self._database.read() as connection:
            rows = connection.execute(sql.select(*paid).where(own))
            return sum(gas * int(price) + int(l1_fee) for gas, price, l1_fee in rows)

    def rebalances(self, vault: str, *, most: int = REBALANCES) -> list[DecisionRecord]:
        """The last rebalances of a vault that settled, newest first."""
        settled = self._of(vault).where(decisions.c.action == "rebalance")
        query = settled.order_by(decisions.c.id.desc()).limit(most)
        with self._database.read() as connection:
            return [as_decision(row) for row in connection.execute(query)]

    def in_flight(self) -> list[InFlight]:
        """Transactions that have not ended, by signer and nonce."""
        unfinished = (intents.c.chain_id == self._chain_id) & intents.c.state.in_(OPEN)
        query = intents.select().where(unfinished).order_by(intents.c.signer, intents.c.nonce)
        with self._database.read() as connection:
            return [_in_flight(connection, row) for row in connection.execute(query).all()]

    def _of(self, vault: str) -> sql.Select[tuple[object, ...]]:
        own = (decisions.c.chain_id == self._chain_id) & (decisions.c.vault == vault)
        return decisions.select().where(own)


def _in_flight(connection: sql.Connection, row: sql.Row[tuple[object, ...]]) -> InFlight:
    own = attempts.c.intent_id == row.id
    hashes = connection.scalars(
        sql.select(attempts.c.transaction_hash).where(own).order_by(attempts.c.id)
    ).all()
    return InFlight(
        kind=row.kind,
        vault=row.vault,
        signer=row.signer,
        nonce=row.nonce,
        state=str(row.state),
        transaction_hash=hashes[-1] if hashes else "",
        attempts=len(hashes),
        since=row.created_at,
    )
