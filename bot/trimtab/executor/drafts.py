"""What is signed: an intent, or a transaction that does nothing in its place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from eth_utils.crypto import keccak

from trimtab.executor.fees import Fees
from trimtab.executor.intents import Intent
from trimtab.executor.signer import Signer
from trimtab.store.journal import Draft, Purpose


@dataclass(frozen=True, slots=True)
class Offer:
    """An intent with the gas and the fees that it is sent with.

    Attributes
    ----------
    gas
        Gas limit.
    purpose
        Whether it does what the intent says, or only uses up a nonce.
    """

    intent: Intent
    gas: int
    fees: Fees
    purpose: Purpose = Purpose.ACT


def drafter(offer: Offer, signer: Signer, *, chain_id: int) -> Callable[[int], Draft]:
    """A function that signs the offer for a nonce."""

    def draft(nonce: int) -> Draft:
        fields = _fields(offer) | {"nonce": nonce, "chainId": chain_id}
        signed = signer.sign_transaction(fields)
        return Draft(
            subject=offer.intent.subject,
            recipient=offer.intent.to,
            data=offer.intent.data,
            value=offer.intent.value,
            gas=offer.gas,
            max_fee=offer.fees.max_fee,
            priority_fee=offer.fees.priority_fee,
            transaction_hash="0x" + keccak(signed).hex(),
            signed=signed,
            purpose=offer.purpose,
        )

    return draft


def _fields(offer: Offer) -> dict[str, Any]:
    intent, fees = offer.intent, offer.fees
    fields: dict[str, Any] = {
        "type": 2,
        "gas": offer.gas,
        "maxFeePerGas": fees.max_fee,
        "maxPriorityFeePerGas": fees.priority_fee,
        "value": intent.value,
        "data": "0x" + intent.data.hex(),
    }
    return fields if intent.to is None else fields | {"to": intent.to}
