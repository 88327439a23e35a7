"""What is offered for an intent: simulated, with gas and fees, and affordable."""

from __future__ import annotations

from eth_typing import ChecksumAddress

from trimtab.chain.node import Call, Node
from trimtab.chain.reverts import Tokens
from trimtab.chain.signed import signed_call
from trimtab.errors import CallReverted, FeeTooHigh, LowBalance, NodeRefused, RejectedByVault
from trimtab.executor.drafts import Offer
from trimtab.executor.fees import Fees, l1_data_fee, outbid
from trimtab.executor.intents import Intent
from trimtab.executor.means import Means
from trimtab.executor.refusals import Refused, why
from trimtab.store.journal import JournalledIntent, Purpose


def simulate(
    node: Node, intent: Intent, *, sender: ChecksumAddress, tokens: Tokens | None = None
) -> None:
    """Run an intent on the newest block as if `sender` sent it; needs no key.

    Raises
    ------
    RejectedByVault
        If it would revert; the sentence names tokens that are in `tokens`.
    """
    call = Call(intent.to, intent.data, sender, intent.value, intent.gas)
    try:
        node.call(call, tokens=tokens)
    except CallReverted as revert:
        raise RejectedByVault(revert.name, revert.args_by_name, revert.sentence) from revert


def to_act(means: Means, intent: Intent, fees: Fees, tokens: Tokens | None) -> Offer:
    """The intent with gas and fees, known to succeed now and to be affordable.

    Raises
    ------
    RejectedByVault, LowBalance
        If it would revert, or cannot be paid for.
    """
    if intent.gas is not None:
        _require_balance(means, intent, intent.gas, fees)
    try:
        simulate(means.node, intent, sender=means.signer.address, tokens=tokens)
    except NodeRefused as refusal:
        raise_if_poor(means, refusal)
        raise
    return Offer(intent, intent.gas or _estimate(means, intent, fees), fees)


def to_cancel(means: Means, pending: JournalledIntent) -> Offer:
    """A transaction to oneself that outbids what is in flight.

    It may offer more per gas than the ceiling, but in all not more than the intent might have cost
    at the ceiling.

    Raises
    ------
    FeeTooHigh
        If that is not enough.
    """
    own, before, ceiling = means.signer.address, pending.newest, means.fees.ceiling
    estimate = means.node.estimate_gas(Call(own, b"", own))
    gas = estimate + estimate * means.on_network().gas_headroom // 100
    limit = None if ceiling is None else max(ceiling, ceiling * pending.gas // gas)
    try:
        fresh = means.fees.fees(means.node)
    except FeeTooHigh:
        fresh = Fees(before.max_fee, before.priority_fee, before.max_fee)
    fees = outbid(fresh, before, ceiling=limit)
    return Offer(Intent(pending.subject, own, b""), gas, fees, Purpose.CANCEL)


def still_works(means: Means, pending: JournalledIntent) -> bool:
    """Whether what is in flight would do now what it is meant to: nothing, if it is to cancel."""
    newest = pending.newest
    if newest.purpose is not Purpose.ACT:
        return True
    recipient, data = signed_call(newest.signed)
    intent = Intent(pending.subject, recipient, data, pending.value, pending.gas)
    try:
        simulate(means.node, intent, sender=means.signer.address)
    except RejectedByVault:
        return False
    return True


def raise_if_poor(means: Means, refusal: NodeRefused) -> None:
    """Turn a refusal for lack of money into the error that says how much there is."""
    if why(refusal) is Refused.NO_MONEY:
        balance = means.node.balance(means.signer.address)
        raise LowBalance(means.signer.address, balance, None) from refusal


def _estimate(means: Means, intent: Intent, fees: Fees) -> int:
    call = Call(intent.to, intent.data, means.signer.address, intent.value)
    try:
        estimate = means.node.estimate_gas(call)
    except CallReverted as revert:
        raise RejectedByVault(revert.name, revert.args_by_name, revert.sentence) from revert
    except NodeRefused as refusal:
        raise_if_poor(means, refusal)
        raise
    gas = estimate + estimate * means.on_network().gas_headroom // 100
    _require_balance(means, intent, gas, fees)
    return gas


def _require_balance(means: Means, intent: Intent, gas: int, fees: Fees) -> None:
    beside = l1_data_fee(means.node, means.on_network().l1_oracle, intent.data)
    needed = intent.value + gas * fees.max_fee + beside
    balance = means.node.balance(means.signer.address)
    if balance < needed:
        raise LowBalance(means.signer.address, balance, needed)
