"""What the journal keeps of an intent, its attempts and its outcome."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class IntentState(StrEnum):
    """How far an intent has come."""

    SIGNED = "signed"
    """Written down; perhaps no node has seen it."""
    SENT = "sent"
    """A node has taken it."""
    MINED = "mined"
    """A block holds one of its attempts, and a reorganisation may still undo that."""
    SUCCEEDED = "succeeded"
    """Mined for good, with effect."""
    REVERTED = "reverted"
    """Mined for good, without effect."""
    SUPERSEDED = "superseded"
    """Its nonce was used for good by a transaction that is not ours: it never takes effect."""
    CANCELLED = "cancelled"
    """Its nonce was used for good by a transaction of ours that does nothing."""


IN_FLIGHT = (IntentState.SIGNED, IntentState.SENT)
"""States of an intent that no block holds."""

OPEN = (*IN_FLIGHT, IntentState.MINED)
"""States that an intent can leave."""


class Purpose(StrEnum):
    """What an attempt is for; the one that is mined decides how its intent ends."""

    ACT = "act"
    """To do what the intent says."""
    CANCEL = "cancel"
    """To use up the nonce, and do nothing."""
    FOREIGN = "foreign"
    """Somebody else's: the key signed it, but not through this journal."""

    def end(self, *, succeeded: bool) -> IntentState:
        """The state of an intent once an attempt of this purpose is mined for good."""
        if self is Purpose.ACT:
            return IntentState.SUCCEEDED if succeeded else IntentState.REVERTED
        return IntentState.CANCELLED if self is Purpose.CANCEL else IntentState.SUPERSEDED


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
class Account:
    """A sender on a chain: what a nonce belongs to."""

    chain_id: int
    signer: str


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
    purpose: Purpose = Purpose.ACT


@dataclass(frozen=True, slots=True)
class Attempt:
    """One signed transaction with an intent's nonce.

    Attributes
    ----------
    max_fee, priority_fee
        Wei per gas; zero for a foreign one.
    signed_at, sent_at
        Seconds since 1970; `sent_at` is None while no node is known to have taken it.
    """

    transaction_hash: str
    signed: bytes
    max_fee: int
    priority_fee: int
    purpose: Purpose
    signed_at: float
    sent_at: float | None


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


@dataclass(frozen=True, slots=True)
class JournalledIntent:
    """An intent as it stands in the journal.

    Attributes
    ----------
    recipient, value, gas
        Those of the first attempt; value in wei.
    attempts
        Every transaction that was signed for its nonce, oldest first.
    """

    intent_id: int
    chain_id: int
    signer: str
    nonce: int
    subject: Subject
    recipient: str | None
    value: int
    gas: int
    state: IntentState
    attempts: tuple[Attempt, ...]

    @property
    def newest(self) -> Attempt:
        """The last attempt of ours."""
        return [attempt for attempt in self.attempts if attempt.purpose is not Purpose.FOREIGN][-1]

    def purpose_of(self, transaction_hash: str) -> Purpose:
        """What one of its attempts is for."""
        return {a.transaction_hash: a.purpose for a in self.attempts}[transaction_hash]

    @property
    def in_flight(self) -> bool:
        """Whether no block holds it."""
        return self.state in IN_FLIGHT
