"""The journal: every transaction is in it before a node sees it (TX-1, TX-2, TX-3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sql
from sqlalchemy.exc import IntegrityError

from trimtab.errors import (
    IntentPending,
    InvariantError,
    NodeAnsweredWrongly,
    NodeBehind,
    StoreError,
)
from trimtab.store import leases, rows
from trimtab.store.database import Database
from trimtab.store.leases import Lease, Leases
from trimtab.store.records import (
    IN_FLIGHT,
    OPEN,
    Account,
    Attempt,
    Draft,
    IntentState,
    JournalledIntent,
    MinedOutcome,
    Purpose,
    Subject,
)
from trimtab.store.schema import attempts, chain, intents, outcomes

__all__ = [
    "LEAST_RAISE_PERMILLE",
    "Account",
    "Attempt",
    "Draft",
    "IntentState",
    "Journal",
    "JournalledIntent",
    "MinedOutcome",
    "Purpose",
    "Subject",
    "Writer",
]

LEAST_RAISE_PERMILLE = 125
"""By how much both fees of a replacement exceed those before, at least, in thousandths.

Nodes refuse 10 % or less, some 12.5 % or less.
"""


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes transactions down: an account, and the lease under which it is used, if any."""

    account: Account
    lease: Lease | None = None


class Journal:
    """Intents and their signed transactions, in a database that may be shared by processes.

    Attributes
    ----------
    leases
        Who may sign for which account.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.leases = Leases(database)

    def bind(self, chain_id: int, genesis_hash: str) -> None:
        """Keep the journal of one chain only.

        Raises
        ------
        StoreError
            If the database is about another chain: nothing may be sent.
        """
        with self._database.write() as connection:
            if connection.execute(chain.select()).first() is None:
                rows.add_chain(connection, chain_id, genesis_hash)
            known = connection.execute(chain.select()).one()
            if (known.chain_id, known.genesis_hash) != (chain_id, genesis_hash):
                raise StoreError(
                    f"the database {self._database.name} is about chain {known.chain_id} that "
                    f"begins with block {known.genesis_hash}; the node serves chain {chain_id} "
                    f"that begins with {genesis_hash}: name another database, or that chain's node"
                )

    def write_down(
        self, writer: Writer, *, counted: int, draft_for: Callable[[int], Draft], now: float
    ) -> JournalledIntent:
        """Take the next nonce, sign for it and store both, in one transaction.

        Parameters
        ----------
        writer
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
            If an earlier transaction of the account is in flight, or an open intent has the same
            subject.
        NodeBehind
            If the journal knows of more mined transactions than the node.
        LeaseLost
            If another keeper may sign for the account.
        StoreError
            If the database is locked or broken; nothing is stored and nothing may be sent.
        """
        with self._database.write() as connection:
            leases.require(connection, writer.account, writer.lease)
            nonce = _next_nonce(connection, writer.account, counted)
            draft = draft_for(nonce)
            _require_new(connection, writer.account.chain_id, draft.subject)
            return _store(connection, writer.account, nonce, draft, now)

    def add_attempt(
        self, writer: Writer, intent_id: int, *, draft_for: Callable[[int], Draft], now: float
    ) -> JournalledIntent:
        """Sign once more for the nonce of an intent in flight, and store it.

        Raises
        ------
        IntentPending
            If a block holds the intent already, as another process may have found.
        InvariantError
            If a fee is raised by less than an eighth: nodes would not let it replace what they
            have.
        LeaseLost, StoreError
            As for `write_down`.
        """
        with self._database.write() as connection:
            leases.require(connection, writer.account, writer.lease)
            intent = rows.locked(connection, intent_id)
            if not intent.in_flight:
                raise IntentPending(intent_id, str(intent.subject))
            draft = draft_for(intent.nonce)
            _require_raise(intent.newest, draft)
            rows.add_attempt(connection, intent_id, draft, now)
            return rows.intent(connection, intent_id)

    def add_foreign(
        self, intent_id: int, *, transaction_hash: str, signed: bytes, now: float
    ) -> JournalledIntent:
        """Note that the key signed another transaction with the intent's nonce."""
        with self._database.write() as connection:
            intent = rows.locked(connection, intent_id)
            if transaction_hash not in {a.transaction_hash for a in intent.attempts}:
                rows.add_foreign(connection, intent_id, transaction_hash, signed, now)
            return rows.intent(connection, intent_id)

    def mark_sent(self, transaction_hash: str, *, now: float) -> None:
        """Note that a node took the transaction."""
        with self._database.write() as connection:
            own = attempts.c.transaction_hash == transaction_hash
            connection.execute(attempts.update().where(own).values(sent_at=now))
            intent_id = sql.select(attempts.c.intent_id).where(own).scalar_subquery()
            signed = (intents.c.id == intent_id) & (intents.c.state == IntentState.SIGNED)
            connection.execute(intents.update().where(signed).values(state=IntentState.SENT))

    def mine(self, intent_id: int, outcome: MinedOutcome, *, now: float) -> None:
        """Note that a block holds an attempt; where, and with what, may change until it is final.

        Raises
        ------
        NodeAnsweredWrongly
            If the intent ended with another transaction, or in another block.
        """
        with self._database.write() as connection:
            intent = rows.locked(connection, intent_id)
            if intent.state in OPEN:
                rows.set_state(connection, intent_id, IntentState.MINED)
                rows.put_outcome(connection, intent_id, outcome, now)
                return
            known = rows.outcome(connection, intent_id)
            if known != outcome:
                raise NodeAnsweredWrongly(f"what became of intent {intent_id}", outcome, known)

    def unmine(self, intent_id: int) -> None:
        """Note that no block holds an attempt any more; an intent that has ended stays as it is."""
        with self._database.write() as connection:
            if rows.locked(connection, intent_id).state is IntentState.MINED:
                rows.set_state(connection, intent_id, IntentState.SENT)
                connection.execute(outcomes.delete().where(outcomes.c.intent_id == intent_id))

    def finish(self, intent_id: int, outcome: MinedOutcome) -> None:
        """Note that nothing can undo `outcome` any more.

        Nothing happens if another process has found meanwhile that it was undone.
        """
        with self._database.write() as connection:
            intent = rows.locked(connection, intent_id)
            if intent.state is not IntentState.MINED:
                return
            if rows.outcome(connection, intent_id) == outcome:
                end = intent.purpose_of(outcome.transaction_hash).end(succeeded=outcome.succeeded)
                rows.set_state(connection, intent_id, end)

    def unfinished(self, account: Account) -> list[JournalledIntent]:
        """Intents of the account that have not ended, by nonce."""
        wanted = rows.of(account) & intents.c.state.in_(OPEN)
        with self._database.read() as connection:
            found = connection.execute(intents.select().where(wanted).order_by(intents.c.nonce))
            return [rows.with_attempts(connection, row) for row in found.all()]

    def intent(self, intent_id: int) -> JournalledIntent:
        """One intent.

        Raises
        ------
        InvariantError
            If the journal has none of this id.
        """
        with self._database.read() as connection:
            return rows.intent(connection, intent_id)

    def proven(self, account: Account) -> int:
        """Transactions of the account that the journal knows to be mined: the next free nonce."""
        with self._database.read() as connection:
            return _proven(connection, account)

    def effective(self, account: Account, subject: Subject) -> str | None:
        """Hash of the newest transaction about `subject` that took effect, or None."""
        wanted = (
            rows.of(account)
            & (intents.c.kind == subject.kind)
            & (intents.c.vault.is_not_distinct_from(subject.vault))
            & (intents.c.vault_nonce.is_not_distinct_from(subject.vault_nonce))
            & outcomes.c.succeeded
            & (attempts.c.purpose == Purpose.ACT)
        )
        of_intent = intents.join(outcomes, outcomes.c.intent_id == intents.c.id)
        with_attempt = of_intent.join(
            attempts, attempts.c.transaction_hash == outcomes.c.transaction_hash
        )
        newest = sql.select(outcomes.c.transaction_hash).select_from(with_attempt).where(wanted)
        with self._database.read() as connection:
            found = connection.scalar(newest.order_by(intents.c.id.desc()).limit(1))
            return None if found is None else str(found)


def _proven(connection: sql.Connection, account: Account) -> int:
    used = rows.of(account) & intents.c.state.not_in(IN_FLIGHT)
    highest = connection.scalar(sql.select(sql.func.max(intents.c.nonce)).where(used))
    return 0 if highest is None else int(highest) + 1


def _next_nonce(connection: sql.Connection, account: Account, counted: int) -> int:
    """The node's count, if the journal allows it.

    An intent in flight beyond that count has been signed by mistake for a nonce that is not due:
    it waits for its turn, and holds up nothing before it.
    """
    proven = _proven(connection, account)
    if counted < proven:
        raise NodeBehind(account.signer, counted, proven)
    waiting = rows.of(account) & intents.c.state.in_(IN_FLIGHT) & (intents.c.nonce <= counted)
    found = connection.execute(
        intents.select().where(waiting).order_by(intents.c.nonce).limit(1)
    ).first()
    if found is not None:
        raise IntentPending(found.id, str(rows.subject(found)))
    return counted


def _require_new(connection: sql.Connection, chain_id: int, subject: Subject) -> None:
    if subject.vault is None:
        return
    same = (
        (intents.c.chain_id == chain_id)
        & (intents.c.kind == subject.kind)
        & (intents.c.vault == subject.vault)
        & (intents.c.vault_nonce == subject.vault_nonce)
        & intents.c.state.in_(OPEN)
    )
    found = connection.scalar(sql.select(intents.c.id).where(same))
    if found is not None:
        raise IntentPending(found, str(subject))


def _require_raise(before: Attempt, draft: Draft) -> None:
    pairs = ((before.max_fee, draft.max_fee), (before.priority_fee, draft.priority_fee))
    for old, new in pairs:
        if new <= old or new * 1000 < old * (1000 + LEAST_RAISE_PERMILLE):
            raise InvariantError(
                f"a replacement offers {new} wei per gas after {old}; expected at least "
                f"{LEAST_RAISE_PERMILLE / 10} % more"
            )


def _store(
    connection: sql.Connection, account: Account, nonce: int, draft: Draft, now: float
) -> JournalledIntent:
    try:
        intent_id = rows.add_intent(connection, account, nonce, draft, now)
    except IntegrityError as error:
        # PostgreSQL lets two accounts look for the same subject at once; its index does not.
        raise IntentPending(None, str(draft.subject)) from error
    rows.add_attempt(connection, intent_id, draft, now)
    return rows.intent(connection, intent_id)
