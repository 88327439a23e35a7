"""The journal: every transaction is in it before a node sees it (TX-1, TX-2, TX-3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sql

from trimtab.errors import IntentPending, InvariantError, NodeBehind
from trimtab.store.database import Database
from trimtab.store.schema import attempts, intents, outcomes


class IntentState(StrEnum):
    """How far an intent has come."""

    SIGNED = "signed"
    """Written down; perhaps no node has seen it."""
    SENT = "sent"
    """A node has taken it."""
    SUCCEEDED = "succeeded"
    """Mined, with effect."""
    REVERTED = "reverted"
    """Mined, without effect."""
    SUPERSEDED = "superseded"
    """Its nonce was used by a transaction that is not in the journal: it can never take effect."""
    CANCELLED = "cancelled"
    """Its nonce was used by a transaction of ours that does nothing."""


UNFINISHED = (IntentState.SIGNED, IntentState.SENT)
"""States that an intent can leave."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What an intent is about, so that the same effect is not asked for twice.

    Attributes
    ----------
    kind
        What is done, for example `rebalance`.
    vault, vault_nonce
        The vault it is done to, and the vault's own count of rebalances; None for other things.
    """

    kind: str
    vault: str | None = None
    vault_nonce: int | None = None

    def __str__(self) -> str:
        if self.vault is None:
            return self.kind
        return f"{self.kind} number {self.vault_nonce} of {self.vault}"


@dataclass(frozen=True, slots=True)
class Draft:
    """A signed transaction that is about to be written down; amounts in wei.

    Attributes
    ----------
    recipient
        Who is called; None creates a contract.
    transaction_hash, signed
        The signed bytes and their hash.
    """

    subject: Subject
    recipient: str | None
    data: bytes
    value: int
    gas: int
    max_fee: int
    priority_fee: int
    transaction_hash: str
    signed: bytes


@dataclass(frozen=True, slots=True)
class Attempt:
    """One signed transaction of an intent."""

    transaction_hash: str
    signed: bytes
    max_fee: int
    priority_fee: int


@dataclass(frozen=True, slots=True)
class JournalledIntent:
    """An intent as it stands in the journal."""

    intent_id: int
    chain_id: int
    signer: str
    nonce: int
    subject: Subject
    recipient: str | None
    state: IntentState
    attempts: tuple[Attempt, ...]


@dataclass(frozen=True, slots=True)
class Account:
    """A sender on a chain: what a nonce belongs to."""

    chain_id: int
    signer: str


@dataclass(frozen=True, slots=True)
class MinedOutcome:
    """What the chain made of an intent; fees in wei."""

    transaction_hash: str
    block_number: int
    block_hash: str
    succeeded: bool
    gas_used: int
    effective_gas_price: int
    l1_fee: int


class Journal:
    """Intents and their signed transactions, in a database that may be shared by processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def write_down(
        self, account: Account, *, counted: int, draft_for: Callable[[int], Draft], now: float
    ) -> JournalledIntent:
        """Take the next nonce, sign for it and store both, in one transaction.

        Parameters
        ----------
        account
            Who sends.
        counted
            Transactions of the account that the node counts as mined.
        draft_for
            Signs for a nonce. It runs inside the transaction: no other process can take the nonce
            meanwhile.
        now
            The time, in seconds.

        Raises
        ------
        IntentPending
            If an unfinished intent has the same subject.
        NodeBehind
            If the journal knows of more mined transactions than the node.
        StoreError
            If the database is locked or broken; nothing is stored and nothing may be sent.
        """
        with self._database.write() as connection:
            nonce = _next_nonce(connection, account, counted)
            draft = draft_for(nonce)
            _require_new(connection, account.chain_id, draft.subject)
            return _store(connection, account, nonce, draft, now)

    def mark_sent(self, transaction_hash: str, *, now: float) -> None:
        """Note that a node took the transaction."""
        with self._database.write() as connection:
            own = attempts.c.transaction_hash == transaction_hash
            connection.execute(attempts.update().where(own).values(sent_at=now))
            intent_id = sql.select(attempts.c.intent_id).where(own).scalar_subquery()
            signed = (intents.c.id == intent_id) & (intents.c.state == IntentState.SIGNED)
            connection.execute(intents.update().where(signed).values(state=IntentState.SENT))

    def finish(self, intent_id: int, outcome: MinedOutcome, *, now: float) -> None:
        """Note what the chain made of an intent. Twice the same is no harm.

        Raises
        ------
        InvariantError
            If the intent ended otherwise before.
        """
        state = IntentState.SUCCEEDED if outcome.succeeded else IntentState.REVERTED
        with self._database.write() as connection:
            if not _end(connection, intent_id, state):
                return
            row = {"intent_id": intent_id, "recorded_at": now} | _outcome_row(outcome)
            connection.execute(outcomes.insert().values(row))

    def supersede(self, intent_id: int) -> None:
        """Note that an intent can never take effect: its nonce was used otherwise."""
        with self._database.write() as connection:
            _end(connection, intent_id, IntentState.SUPERSEDED)

    def unfinished(self, account: Account) -> list[JournalledIntent]:
        """Intents of the account that have not ended, by nonce."""
        open_ones = (
            (intents.c.chain_id == account.chain_id)
            & (intents.c.signer == account.signer)
            & intents.c.state.in_(UNFINISHED)
        )
        with self._database.read() as connection:
            rows = connection.execute(intents.select().where(open_ones).order_by(intents.c.nonce))
            return [_intent(connection, row) for row in rows.all()]

    def intent(self, intent_id: int) -> JournalledIntent:
        """One intent.

        Raises
        ------
        InvariantError
            If the journal has none of this id.
        """
        with self._database.read() as connection:
            row = connection.execute(intents.select().where(intents.c.id == intent_id)).first()
            if row is None:
                raise InvariantError(f"the journal has no intent {intent_id}")
            return _intent(connection, row)

    def effective(self, account: Account, subject: Subject) -> str | None:
        """Hash of the newest transaction about `subject` that took effect, or None."""
        wanted = (
            (intents.c.chain_id == account.chain_id)
            & (intents.c.signer == account.signer)
            & (intents.c.kind == subject.kind)
            & (intents.c.vault.is_not_distinct_from(subject.vault))
            & (intents.c.vault_nonce.is_not_distinct_from(subject.vault_nonce))
            & (intents.c.state == IntentState.SUCCEEDED)
        )
        newest = sql.select(outcomes.c.transaction_hash).join(intents).where(wanted)
        with self._database.read() as connection:
            found = connection.scalar(newest.order_by(intents.c.id.desc()).limit(1))
            return None if found is None else str(found)


def _next_nonce(connection: sql.Connection, account: Account, counted: int) -> int:
    own = (intents.c.chain_id == account.chain_id) & (intents.c.signer == account.signer)
    mine = sql.select(sql.func.max(intents.c.nonce)).where(own)
    ended = connection.scalar(mine.where(intents.c.state.not_in(UNFINISHED)))
    if ended is not None and counted <= ended:
        raise NodeBehind(account.signer, counted, ended + 1)
    waiting = connection.scalar(mine.where(intents.c.state.in_(UNFINISHED)))
    return counted if waiting is None else max(counted, int(waiting) + 1)


def _require_new(connection: sql.Connection, chain_id: int, subject: Subject) -> None:
    if subject.vault is None:
        return
    same = (
        (intents.c.chain_id == chain_id)
        & (intents.c.kind == subject.kind)
        & (intents.c.vault == subject.vault)
        & (intents.c.vault_nonce == subject.vault_nonce)
        & intents.c.state.in_(UNFINISHED)
    )
    found = connection.scalar(sql.select(intents.c.id).where(same))
    if found is not None:
        raise IntentPending(found, str(subject))


def _store(
    connection: sql.Connection, account: Account, nonce: int, draft: Draft, now: float
) -> JournalledIntent:
    intent_id = connection.scalar(
        intents.insert()
        .values(
            chain_id=account.chain_id,
            signer=account.signer,
            nonce=nonce,
            kind=draft.subject.kind,
            vault=draft.subject.vault,
            vault_nonce=draft.subject.vault_nonce,
            recipient=draft.recipient,
            data=draft.data,
            value=str(draft.value),
            gas=draft.gas,
            created_at=now,
            state=IntentState.SIGNED,
        )
        .returning(intents.c.id)
    )
    connection.execute(
        attempts.insert().values(
            intent_id=intent_id,
            transaction_hash=draft.transaction_hash,
            signed=draft.signed,
            max_fee=str(draft.max_fee),
            priority_fee=str(draft.priority_fee),
            signed_at=now,
        )
    )
    row = connection.execute(intents.select().where(intents.c.id == intent_id)).one()
    return _intent(connection, row)


def _end(connection: sql.Connection, intent_id: int, state: IntentState) -> bool:
    """Move an intent to a state it never leaves; False if it is there already."""
    found = connection.scalar(sql.select(intents.c.state).where(intents.c.id == intent_id))
    if found == state:
        return False
    if found not in UNFINISHED:
        raise InvariantError(f"intent {intent_id} is {found} and cannot become {state}")
    connection.execute(intents.update().where(intents.c.id == intent_id).values(state=state))
    return True


def _intent(connection: sql.Connection, row: sql.Row[Any]) -> JournalledIntent:
    tries = connection.execute(
        attempts.select().where(attempts.c.intent_id == row.id).order_by(attempts.c.id)
    )
    return JournalledIntent(
        intent_id=row.id,
        chain_id=row.chain_id,
        signer=row.signer,
        nonce=row.nonce,
        subject=Subject(row.kind, row.vault, row.vault_nonce),
        recipient=row.recipient,
        state=IntentState(row.state),
        attempts=tuple(_attempt(attempt) for attempt in tries),
    )


def _attempt(row: sql.Row[Any]) -> Attempt:
    return Attempt(
        transaction_hash=row.transaction_hash,
        signed=row.signed,
        max_fee=int(row.max_fee),
        priority_fee=int(row.priority_fee),
    )


def _outcome_row(outcome: MinedOutcome) -> dict[str, Any]:
    return {
        "transaction_hash": outcome.transaction_hash,
        "block_number": outcome.block_number,
        "block_hash": outcome.block_hash,
        "succeeded": outcome.succeeded,
        "gas_used": outcome.gas_used,
        "effective_gas_price": str(outcome.effective_gas_price),
        "l1_fee": str(outcome.l1_fee),
    }
