"""Rows of the journal's tables, to values and back."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sql

from trimtab.errors import InvariantError, StoreError
from trimtab.store.records import (
    Account,
    Attempt,
    Draft,
    IntentState,
    JournalledIntent,
    MinedOutcome,
    Purpose,
    Subject,
)
from trimtab.store.schema import attempts, intents, outcomes


def of(account: Account) -> sql.ColumnElement[bool]:
    """Condition for the intents of an account."""
    return (intents.c.chain_id == account.chain_id) & (intents.c.signer == account.signer)


def add_chain(connection: sql.Connection, chain_id: int, genesis_hash: str) -> None:
    """Bind the database to a chain, unless another process is quicker.

    Raises
    ------
    StoreError
        If it has intents of another one already.
    """
    others = connection.scalar(
        sql.select(intents.c.chain_id).where(intents.c.chain_id != chain_id).limit(1)
    )
    if others is not None:
        raise StoreError(
            f"the database has transactions of chain {others}, the node serves chain {chain_id}: "
            "name another database, or that chain's node"
        )
    connection.execute(
        sql.text(
            "INSERT INTO chain (only_row, chain_id, genesis_hash) "
            "VALUES (1, :chain_id, :genesis_hash) ON CONFLICT DO NOTHING"
        ),
        {"chain_id": chain_id, "genesis_hash": genesis_hash},
    )


def add_intent(
    connection: sql.Connection, account: Account, nonce: int, draft: Draft, now: float
) -> int:
    """Store an intent; returns its id."""
    added = connection.scalar(
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
    if added is None:
        raise InvariantError("the database stored an intent and gave it no id")
    return int(added)


def add_attempt(connection: sql.Connection, intent_id: int, draft: Draft, now: float) -> None:
    """Store a signed transaction of ours."""
    connection.execute(
        attempts.insert().values(
            intent_id=intent_id,
            purpose=draft.purpose,
            transaction_hash=draft.transaction_hash,
            signed=draft.signed,
            max_fee=str(draft.max_fee),
            priority_fee=str(draft.priority_fee),
            signed_at=now,
        )
    )


def add_foreign(
    connection: sql.Connection, intent_id: int, transaction_hash: str, signed: bytes, now: float
) -> None:
    """Store a transaction that the key signed elsewhere."""
    connection.execute(
        attempts.insert().values(
            intent_id=intent_id,
            purpose=Purpose.FOREIGN,
            transaction_hash=transaction_hash,
            signed=signed,
            max_fee="0",
            priority_fee="0",
            signed_at=now,
        )
    )


def locked(connection: sql.Connection, intent_id: int) -> JournalledIntent:
    """The intent, which no other process can change before the transaction ends."""
    wanted = intents.select().where(intents.c.id == intent_id).with_for_update()
    return _only(connection, intent_id, wanted)


def intent(connection: sql.Connection, intent_id: int) -> JournalledIntent:
    """The intent with its attempts."""
    return _only(connection, intent_id, intents.select().where(intents.c.id == intent_id))


def _only(connection: sql.Connection, intent_id: int, query: sql.Select[Any]) -> JournalledIntent:
    row = connection.execute(query).first()
    if row is None:
        raise InvariantError(f"the journal has no intent {intent_id}")
    return with_attempts(connection, row)


def with_attempts(connection: sql.Connection, row: sql.Row[Any]) -> JournalledIntent:
    """The intent of a row."""
    tries = connection.execute(
        attempts.select().where(attempts.c.intent_id == row.id).order_by(attempts.c.id)
    )
    return JournalledIntent(
        intent_id=row.id,
        chain_id=row.chain_id,
        signer=row.signer,
        nonce=row.nonce,
        subject=subject(row),
        recipient=row.recipient,
        value=int(row.value),
        gas=row.gas,
        state=IntentState(row.state),
        attempts=tuple(_attempt(attempt) for attempt in tries),
    )


def subject(row: sql.Row[Any]) -> Subject:
    """What the intent of a row is about."""
    return Subject(row.kind, row.vault, row.vault_nonce)


def set_state(connection: sql.Connection, intent_id: int, state: IntentState) -> None:
    """Move an intent to another state."""
    connection.execute(intents.update().where(intents.c.id == intent_id).values(state=state))


def put_outcome(
    connection: sql.Connection, intent_id: int, outcome: MinedOutcome, now: float
) -> None:
    """Store what the chain made of an intent, in place of what was known before."""
    connection.execute(outcomes.delete().where(outcomes.c.intent_id == intent_id))
    row = {
        "intent_id": intent_id,
        "transaction_hash": outcome.transaction_hash,
        "block_number": outcome.block_number,
        "block_hash": outcome.block_hash,
        "succeeded": outcome.succeeded,
        "gas_used": outcome.gas_used,
        "effective_gas_price": str(outcome.effective_gas_price),
        "l1_fee": str(outcome.l1_fee),
        "recorded_at": now,
    }
    connection.execute(outcomes.insert().values(row))


def outcome(connection: sql.Connection, intent_id: int) -> MinedOutcome | None:
    """What the chain made of an intent, as far as is known."""
    row = connection.execute(outcomes.select().where(outcomes.c.intent_id == intent_id)).first()
    if row is None:
        return None
    return MinedOutcome(
        transaction_hash=row.transaction_hash,
        block_number=row.block_number,
        block_hash=row.block_hash,
        succeeded=row.succeeded,
        gas_used=row.gas_used,
        effective_gas_price=int(row.effective_gas_price),
        l1_fee=int(row.l1_fee),
    )


def _attempt(row: sql.Row[Any]) -> Attempt:
    return Attempt(
        transaction_hash=row.transaction_hash,
        signed=row.signed,
        max_fee=int(row.max_fee),
        priority_fee=int(row.priority_fee),
        purpose=Purpose(row.purpose),
        signed_at=row.signed_at,
        sent_at=row.sent_at,
    )
