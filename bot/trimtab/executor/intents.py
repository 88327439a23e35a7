"""What is to be done, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from eth_typing import ChecksumAddress, HexStr

from trimtab.chain.answers import Log, Receipt
from trimtab.errors import TransactionReverted
from trimtab.store.journal import JournalledIntent, MinedOutcome, Purpose, Subject


@dataclass(frozen=True, slots=True)
class Intent:
    """Something to do on the chain, once.

    Attributes
    ----------
    subject
        What it is about; two unfinished intents about the same vault and nonce are refused.
    to
        Who is called; None creates a contract.
    data
        Calldata, or creation code with its arguments.
    value
        Native coins to send along, in wei.
    gas
        Gas limit; None has the node estimate it.
    """

    subject: Subject
    to: ChecksumAddress | None
    data: bytes
    value: int = 0
    gas: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """A mined transaction; fees in wei.

    Attributes
    ----------
    purpose
        Whether it does what its intent says, cancels it, or is somebody else's with its nonce.
    succeeded
        False if it reverted: gas was paid and nothing else happened.
    effective_gas_price
        Wei per gas that were paid.
    l1_fee
        What a rollup charged beside gas.
    contract
        The contract it created, if it did.
    """

    intent_id: int
    subject: Subject
    purpose: Purpose
    transaction_hash: HexStr
    block_number: int
    block_hash: HexStr
    succeeded: bool
    gas_used: int
    effective_gas_price: int
    l1_fee: int
    contract: ChecksumAddress | None
    logs: tuple[Log, ...]

    @classmethod
    def of(cls, intent: JournalledIntent, receipt: Receipt) -> Self:
        """The outcome that the receipt of one of its attempts states."""
        return cls(
            intent_id=intent.intent_id,
            subject=intent.subject,
            purpose=intent.purpose_of(receipt.transaction_hash),
            transaction_hash=receipt.transaction_hash,
            block_number=receipt.block_number,
            block_hash=receipt.block_hash,
            succeeded=receipt.succeeded,
            gas_used=receipt.gas_used,
            effective_gas_price=receipt.effective_gas_price,
            l1_fee=receipt.l1_fee,
            contract=receipt.contract,
            logs=receipt.logs,
        )

    @property
    def fee(self) -> int:
        """What the sender paid in all, in wei."""
        return self.gas_used * self.effective_gas_price + self.l1_fee

    @property
    def took_effect(self) -> bool:
        """Whether it did what its intent says, and was not undone."""
        return self.succeeded and self.purpose is Purpose.ACT

    def require_success(self) -> Self:
        """The outcome itself.

        Raises
        ------
        TransactionReverted
            If the transaction was undone.
        """
        if not self.succeeded:
            raise TransactionReverted(str(self.subject), self.transaction_hash, self.block_number)
        return self

    def mined(self) -> MinedOutcome:
        """What the journal keeps of it."""
        return MinedOutcome(
            transaction_hash=self.transaction_hash,
            block_number=self.block_number,
            block_hash=self.block_hash,
            succeeded=self.succeeded,
            gas_used=self.gas_used,
            effective_gas_price=self.effective_gas_price,
            l1_fee=self.l1_fee,
        )
