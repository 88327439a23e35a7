"""From an intent to a mined transaction: the only place that sends.

Every step leaves the journal in a state from which `reconcile` can go on, so the process may die
between any two of them:

1. simulate, price and check the balance: nothing is written, nothing can be lost;
2. take a nonce, sign, write both down in one transaction of the database;
3. hand the signed bytes to the node: sent twice, they are still one transaction;
4. wait for the receipt and write down the outcome.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from eth_typing import ChecksumAddress, HexStr
from eth_utils.crypto import keccak

from trimtab import telemetry
from trimtab.chain.node import Call, Node
from trimtab.chain.reverts import Tokens
from trimtab.errors import (
    CallReverted,
    LowBalance,
    NodeAnsweredWrongly,
    NodeBehind,
    NodeRefused,
    NodeUnreachable,
    NotMined,
    RejectedByVault,
    Superseded,
)
from trimtab.executor.clock import Clock
from trimtab.executor.fees import FeePolicy, Fees
from trimtab.executor.intents import Intent, Outcome
from trimtab.executor.refusals import Refused, why
from trimtab.executor.signer import Signer
from trimtab.store.journal import Account, Draft, IntentState, Journal, JournalledIntent

GAS_HEADROOM_PERCENT = 25
"""Gas added to an estimate: prices move between the estimate and the block."""

POLL_SECONDS = 1.0
"""Time between two looks for a receipt."""

WAIT_SECONDS = 180.0
"""How long a receipt is waited for; the journal follows the transaction after that."""

SETTLED_DEPTH = 3
"""Blocks after which it is believed that a nonce was used by another transaction."""

RECOUNTS = 2
"""How often transactions are counted again when another process finished one meanwhile."""

_LOG = telemetry.logger("executor")


@dataclass(frozen=True, slots=True)
class Means:
    """What an executor works with."""

    node: Node
    journal: Journal
    signer: Signer
    fees: FeePolicy
    clock: Clock


@dataclass(frozen=True, slots=True)
class Patience:
    """How long receipts are waited for.

    Attributes
    ----------
    poll, wait
        Seconds between two looks, and in all.
    depth
        Blocks for which a nonce must have been used before an intent is given up for it.
    """

    poll: float = POLL_SECONDS
    wait: float = WAIT_SECONDS
    depth: int = SETTLED_DEPTH


@dataclass(frozen=True, slots=True)
class Settled:
    """What `reconcile` made of one unfinished intent.

    Attributes
    ----------
    outcome
        The mined transaction, if it was mined.
    """

    intent: JournalledIntent
    state: IntentState
    outcome: Outcome | None


class Executor:
    """Sends the transactions of one signer on one chain, each through the journal."""

    def __init__(self, means: Means, patience: Patience | None = None) -> None:
        self._means = means
        self._patience = patience or Patience()
        self._account: Account | None = None

    @property
    def address(self) -> ChecksumAddress:
        """Who sends."""
        return self._means.signer.address

    @property
    def account(self) -> Account:
        """The signer on this chain."""
        if self._account is None:
            self._account = Account(self._means.node.chain_id(), self.address)
        return self._account

    def simulate(self, intent: Intent, *, tokens: Tokens | None = None) -> None:
        """Run the intent on the newest block without sending it.

        Raises
        ------
        RejectedByVault
            If it would revert; the sentence names tokens that are in `tokens`.
        LowBalance
            If the sender could not pay for it.
        """
        try:
            simulate(self._means.node, intent, sender=self.address, tokens=tokens)
        except NodeRefused as refusal:
            self._raise_if_poor(refusal)
            raise

    def submit(self, intent: Intent, *, tokens: Tokens | None = None) -> Outcome:
        """Do what the intent says, at most once, and return what came of it.

        Parameters
        ----------
        intent
            What to do.
        tokens
            Names of tokens, for the sentence of a revert.

        Raises
        ------
        RejectedByVault
            If it would revert. Nothing was written or sent.
        LowBalance, FeeTooHigh
            If gas costs too much for the balance or the ceiling. Nothing was written or sent.
        IntentPending, NodeBehind, StoreError
            If the journal cannot take it. Nothing was sent.
        NotMined, NodeRefused, NodeUnreachable
            If it is in the journal and not mined yet: `reconcile` goes on with it.
        Superseded
            If another transaction of the same account took its nonce: it never takes effect.
        """
        fees = self._means.fees.fees(self._means.node)
        if intent.gas is not None:
            self._require_balance(intent.value + intent.gas * fees.max_fee)
        self.simulate(intent, tokens=tokens)
        gas = intent.gas or self._estimate(intent, fees)
        written = self._write_down(intent, gas, fees)
        self._broadcast(written)
        return self._wait(written)

    def unfinished(self) -> list[JournalledIntent]:
        """Intents of this signer that have not ended."""
        return self._means.journal.unfinished(self.account)

    def reconcile(self) -> tuple[Settled, ...]:
        """Bring every unfinished intent as far as the chain allows; call it before acting.

        An intent that was mined gets its outcome, one whose nonce was used by a transaction that
        is not in the journal is superseded, and any other is handed to the node again, byte for
        byte.

        Raises
        ------
        TransientError
            If the node fails; what was found until then is kept.
        """
        return tuple(self._settle(intent) for intent in self.unfinished())

    def _estimate(self, intent: Intent, fees: Fees) -> int:
        call = Call(intent.to, intent.data, self.address, intent.value)
        try:
            estimate = self._means.node.estimate_gas(call)
        except CallReverted as revert:
            raise RejectedByVault(revert.name, revert.args_by_name, revert.sentence) from revert
        except NodeRefused as refusal:
            self._raise_if_poor(refusal)
            raise
        gas = estimate + estimate * GAS_HEADROOM_PERCENT // 100
        self._require_balance(intent.value + gas * fees.max_fee)
        return gas

    def _require_balance(self, needed: int) -> None:
        balance = self._means.node.balance(self.address)
        if balance < needed:
            raise LowBalance(self.address, balance, needed)

    def _raise_if_poor(self, refusal: NodeRefused) -> None:
        """Turn a refusal for lack of money into the error that says how much there is."""
        if why(refusal) is Refused.NO_MONEY:
            balance = self._means.node.balance(self.address)
            raise LowBalance(self.address, balance, None) from refusal

    def _write_down(self, intent: Intent, gas: int, fees: Fees) -> JournalledIntent:
        """Journal the intent under the next nonce.

        Another process may finish a transaction of this account between the count and the
        journal's transaction. A second count then sees it, unless the node really is behind.
        """
        draft_for = self._drafter(intent, gas, fees)
        for _ in range(RECOUNTS):
            with suppress(NodeBehind):
                return self._try_to_write_down(draft_for)
        return self._try_to_write_down(draft_for)

    def _try_to_write_down(self, draft_for: Callable[[int], Draft]) -> JournalledIntent:
        counted = self._means.node.transaction_count(self.address)
        now = self._means.clock.now()
        journal = self._means.journal
        return journal.write_down(self.account, counted=counted, draft_for=draft_for, now=now)

    def _drafter(self, intent: Intent, gas: int, fees: Fees) -> Callable[[int], Draft]:
        def draft(nonce: int) -> Draft:
            fields = _fields(intent, gas, fees) | {"nonce": nonce, "chainId": self.account.chain_id}
            signed = self._means.signer.sign_transaction(fields)
            return Draft(
                subject=intent.subject,
                recipient=intent.to,
                data=intent.data,
                value=intent.value,
                gas=gas,
                max_fee=fees.max_fee,
                priority_fee=fees.priority_fee,
                transaction_hash="0x" + keccak(signed).hex(),
                signed=signed,
            )

        return draft

    def _broadcast(self, intent: JournalledIntent) -> None:
        """Hand the newest signed bytes to the node; done twice, it does no harm.

        Raises
        ------
        LowBalance, NodeRefused, NodeUnreachable
            If the node did not take them.
        """
        attempt = intent.attempts[-1]
        try:
            named = self._means.node.send_raw(attempt.signed)
        except NodeRefused as refusal:
            meaning = why(refusal)
            if meaning is Refused.NONCE_USED:
                return
            if meaning is not Refused.KNOWN:
                self._raise_if_poor(refusal)
                raise
        else:
            if named != attempt.transaction_hash:
                raise NodeAnsweredWrongly("hash of what was sent", named, attempt.transaction_hash)
        self._means.journal.mark_sent(attempt.transaction_hash, now=self._means.clock.now())
        _LOG.info("sent", subject=str(intent.subject), hash=attempt.transaction_hash)

    def _wait(self, intent: JournalledIntent) -> Outcome:
        """The outcome, once a block holds the transaction.

        A node that fails meanwhile is asked again until the time is over.

        Raises
        ------
        NotMined, Superseded
            If no block holds it in time, or if none ever will.
        """
        started = self._means.clock.now()
        while True:
            outcome = self._look(intent)
            if outcome is not None:
                return outcome
            waited = self._means.clock.now() - started
            if waited >= self._patience.wait:
                raise NotMined(intent.attempts[-1].transaction_hash, waited)
            self._means.clock.sleep(self._patience.poll)

    def _look(self, intent: JournalledIntent) -> Outcome | None:
        try:
            found = self._find(intent)
        except (NodeUnreachable, NodeRefused, NodeAnsweredWrongly) as error:
            _LOG.warning("receipt unknown", subject=str(intent.subject), error=str(error))
            return None
        if found.gone:
            self._means.journal.supersede(intent.intent_id)
            raise Superseded(str(intent.subject), intent.nonce)
        return found.outcome

    def _settle(self, intent: JournalledIntent) -> Settled:
        found = self._find(intent)
        if found.gone:
            self._means.journal.supersede(intent.intent_id)
        elif found.outcome is None:
            self._broadcast(intent)
            found = self._find(intent)
        state = self._means.journal.intent(intent.intent_id).state
        _LOG.info("reconciled", subject=str(intent.subject), nonce=intent.nonce, state=str(state))
        return Settled(intent, state, found.outcome)

    def _find(self, intent: JournalledIntent) -> _Found:
        """The intent's outcome, if it was mined; it is written down at once.

        It is gone only if its nonce was used some blocks ago and no receipt is there after that
        was seen: a node that lags behind another one is not mistaken for a lost nonce.
        """
        outcome = self._record_if_mined(intent)
        if outcome is not None or not self._nonce_was_used(intent):
            return _Found(outcome, gone=False)
        outcome = self._record_if_mined(intent)
        return _Found(outcome, gone=outcome is None)

    def _record_if_mined(self, intent: JournalledIntent) -> Outcome | None:
        for attempt in intent.attempts:
            receipt = self._means.node.receipt(HexStr(attempt.transaction_hash))
            if receipt is not None:
                outcome = Outcome.of(intent.intent_id, intent.subject, receipt)
                now = self._means.clock.now()
                self._means.journal.finish(intent.intent_id, outcome.mined(), now=now)
                return outcome
        return None

    def _nonce_was_used(self, intent: JournalledIntent) -> bool:
        settled = max(0, self._means.node.head().number - self._patience.depth)
        return self._means.node.transaction_count(self.address, at=settled) > intent.nonce


@dataclass(frozen=True, slots=True)
class _Found:
    """What the chain holds of an intent: its outcome, or another transaction in its place."""

    outcome: Outcome | None
    gone: bool


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


def _fields(intent: Intent, gas: int, fees: Fees) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "type": 2,
        "gas": gas,
        "maxFeePerGas": fees.max_fee,
        "maxPriorityFeePerGas": fees.priority_fee,
        "value": intent.value,
        "data": "0x" + intent.data.hex(),
    }
    return fields if intent.to is None else fields | {"to": intent.to}
