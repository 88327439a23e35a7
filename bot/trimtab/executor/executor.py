"""From an intent to a final transaction: the only place that sends.

Every step leaves the journal in a state from which `reconcile` can go on, so the process may die
between any two of them:

1. simulate, price and check the balance: nothing is written, nothing can be lost;
2. take a nonce, sign, write both down in one transaction of the database;
3. hand the signed bytes to the node: sent twice, they are still one transaction;
4. wait until a block holds it, and write that down;
5. look again until that block is final; if the chain drops it, the intent is in flight again.

An intent has one nonce for ever. What is signed for it later, with fresh calldata or to cancel it,
has the same nonce, so the chain can hold only one of them.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from eth_typing import ChecksumAddress

from trimtab import telemetry
from trimtab.chain.reverts import Tokens
from trimtab.errors import (
    Cancelled,
    FeeTooHigh,
    IntentPending,
    InvariantError,
    NodeAnsweredWrongly,
    NodeBehind,
    NodeRefused,
    NodeUnreachable,
    NotMined,
    Superseded,
    TransientError,
)
from trimtab.executor import offers, watch
from trimtab.executor.broadcast import broadcast, hand_again, is_private
from trimtab.executor.drafts import Offer, drafter
from trimtab.executor.fees import outbid
from trimtab.executor.intents import Intent, Outcome
from trimtab.executor.means import Means, Patience, Settled
from trimtab.executor.offers import simulate
from trimtab.executor.tenure import Claim, Tenure
from trimtab.store.journal import Account, Draft, JournalledIntent, Purpose, Writer
from trimtab.store.leases import Lease

__all__ = ["Executor", "Means", "Patience", "Settled", "simulate"]

RECOUNTS = 2
"""How often transactions are counted again when another process finished one meanwhile."""

_LOG = telemetry.logger("executor")


class Executor:
    """Sends the transactions of one signer on one chain, each through the journal."""

    def __init__(self, means: Means, patience: Patience | None = None) -> None:
        self._means = means
        self._patience = patience or Patience()
        self._account: Account | None = None
        self._tenure = Tenure(means.journal.leases, means.clock)
        self._reconciled: Lease | None = None

    @property
    def address(self) -> ChecksumAddress:
        """Who sends."""
        return self._means.signer.address

    @property
    def account(self) -> Account:
        """The signer on this chain; the first use binds the journal to the chain.

        Raises
        ------
        StoreError
            If the journal is about another chain.
        """
        if self._account is None:
            self._account = self._bound_account()
        return self._account

    def submit(self, intent: Intent, *, tokens: Tokens | None = None) -> Outcome:
        """Do what the intent says, at most once, and return what came of it.

        The outcome is that of a block which may still be undone; `reconcile` follows it until it
        is final.

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
        IntentPending, NodeBehind, CountUnproven, LeaseLost, StoreError
            If the journal cannot take it. Nothing was sent.
        NotMined, NodeRefused, NodeUnreachable
            If it is in the journal and no block holds it yet: `reconcile` goes on with it.
        Superseded, Cancelled
            If another transaction took its nonce.
        """
        fees = self._means.fees.fees(self._means.node)
        written = self._write_down(offers.to_act(self._means, intent, fees, tokens))
        broadcast(self._means, written)
        return _of(written, self._wait(written))

    def replace(
        self, pending: JournalledIntent, intent: Intent, *, tokens: Tokens | None = None
    ) -> Outcome:
        """Send fresh calldata in place of a transaction in flight, for both fees an eighth higher.

        Parameters
        ----------
        pending
            What is in flight.
        intent
            The same thing, planned anew: its subject is that of `pending`.
        tokens
            Names of tokens, for the sentence of a revert.

        Raises
        ------
        FeeTooHigh
            If the ceiling does not allow it: what is in flight goes on waiting.
        RejectedByVault
            If it would revert now: `cancel` what is in flight.
        Cancelled
            If the ceiling does not allow it, and what is in flight would revert.
        InvariantError
            If the subjects differ.
        TrimtabError
            Otherwise as for `submit`.
        """
        if intent.subject != pending.subject:
            raise InvariantError(f"{intent.subject} cannot replace {pending.subject}: cancel it")
        policy = self._means.fees
        fresh = policy.fees(self._means.node)
        try:
            fees = outbid(fresh, pending.newest, ceiling=policy.ceiling)
        except FeeTooHigh:
            if offers.still_works(self._means, pending):
                hand_again(self._means, pending, after=self._patience.stuck)
                raise
            return _of(pending, self.cancel(pending))
        offer = offers.to_act(self._means, intent, fees, tokens)
        return _of(pending, self._wait(self._send_instead(pending, offer)))

    def cancel(self, pending: JournalledIntent) -> Outcome:
        """Use the nonce of a transaction in flight for one without effect; the first mined counts.

        It may offer more per gas than the ceiling, but in all not more than the intent might have
        cost at the ceiling.

        Raises
        ------
        FeeTooHigh
            If that is not enough: what is in flight goes on waiting.
        NotMined, NodeRefused, NodeUnreachable
            If no block holds either yet: `reconcile` goes on with both.
        """
        offer = offers.to_cancel(self._means, pending)
        return self._wait(self._send_instead(pending, offer))

    def unfinished(self) -> list[JournalledIntent]:
        """Intents of this signer that have not ended, those whose block may be undone included."""
        return self._means.journal.unfinished(self.account)

    def in_flight(self) -> JournalledIntent | None:
        """The intent that has to be mined before the next can be sent, or None.

        Once it `is_stuck`, it is to be replaced or cancelled.
        """
        waiting = [intent for intent in self.unfinished() if intent.in_flight]
        parked = watch.parked(self._means, self.account, waiting)
        return next((intent for intent in waiting if intent not in parked), None)

    def is_stuck(self, pending: JournalledIntent) -> bool:
        """Whether its newest attempt is older than is waited for, or the clock was set back."""
        age = self._means.clock.now() - pending.newest.signed_at
        return abs(age) > self._patience.stuck

    def lead(self, claim: Claim) -> bool:
        """Take or keep the right to sign, before every step; False while another keeper has it.

        Whoever takes over reconciles first.

        Raises
        ------
        TransientError
            If the node fails while what the last holder left is reconciled.
        """
        if not self._tenure.take(self.account, claim):
            return False
        if self._tenure.lease != self._reconciled:
            self.reconcile()
            self._reconciled = self._tenure.lease
        return True

    def adopt(self, lease: Lease, claim: Claim) -> None:
        """Lead by a lease that was taken with those of other accounts; `lead` reconciles."""
        self._tenure.adopt(lease, claim)

    def keep_leading(self) -> bool:
        """Have the right to sign last; False if this process does not have it."""
        return self._tenure.keep()

    def step_down(self) -> None:
        """Give the right to sign back, so that another keeper need not wait for its end."""
        self._tenure.give_back()

    def reconcile(self) -> tuple[Settled, ...]:
        """Compare every unfinished intent with the chain; call it before deciding anything.

        An intent is mined, final, or in flight again, as the chain says now. One whose nonce was
        used by a transaction that is not in the journal is superseded once that one is final. What
        was signed a short while ago is handed to the node again, byte for byte; what is older is
        left for the caller to replace or cancel.

        Raises
        ------
        TransientError
            If the node fails; what was found until then is kept.
        """
        before = self.unfinished()
        found = {intent.intent_id: watch.observe(self._means, intent) for intent in before}
        found |= self._go_on([intent for intent in self.unfinished() if intent.in_flight])
        return tuple(self._settled(intent, found[intent.intent_id]) for intent in before)

    def settle(self) -> tuple[Settled, ...]:
        """Bring what an interrupted run left in flight to its end, before anything new is sent.

        What is too old to be sent again is cancelled: whoever still wants it asks for it anew.

        Raises
        ------
        IntentPending
            If something is in flight that may yet be mined.
        TrimtabError
            Otherwise as for `reconcile` and `cancel`.
        """
        found = self.reconcile()
        left = self.in_flight()
        if left is None:
            return found
        if not self.is_stuck(left):
            raise IntentPending(left.intent_id, str(left.subject))
        cancelled = self._settled(left, self.cancel(left))
        return (*(one for one in found if one.intent.intent_id != left.intent_id), cancelled)

    def _bound_account(self) -> Account:
        node = self._means.node
        first = node.block(0)
        if first is None:
            raise NodeAnsweredWrongly("block 0", None, "the first block of the chain")
        self._means.journal.bind(node.chain_id(), first.hash)
        return Account(node.chain_id(), self.address)

    def _drafter(self, offer: Offer) -> Callable[[int], Draft]:
        return drafter(offer, self._means.signer, chain_id=self.account.chain_id)

    def _write_down(self, offer: Offer) -> JournalledIntent:
        """Journal the offer under the next nonce.

        Another process may finish a transaction of this account between the count and the
        journal's transaction. A second count then sees it, unless the node really is behind.
        """
        for _ in range(RECOUNTS):
            with suppress(NodeBehind):
                return self._try_to_write_down(offer)
        return self._try_to_write_down(offer)

    def _try_to_write_down(self, offer: Offer) -> JournalledIntent:
        counted = watch.trusted_count(self._means, self.account)
        draft_for, now = self._drafter(offer), self._means.clock.now()
        with self._tenure.signing() as lease:
            writer = Writer(self.account, lease)
            return self._means.journal.write_down(
                writer, counted=counted, draft_for=draft_for, now=now
            )

    def _send_instead(self, pending: JournalledIntent, offer: Offer) -> JournalledIntent:
        """Journal another attempt for the nonce of `pending`, and broadcast it."""
        draft_for, now = self._drafter(offer), self._means.clock.now()
        with self._tenure.signing() as lease:
            written = self._means.journal.add_attempt(
                Writer(self.account, lease), pending.intent_id, draft_for=draft_for, now=now
            )
        _LOG.info("replaced", subject=str(pending.subject), purpose=str(offer.purpose))
        broadcast(self._means, written)
        return written

    def _wait(self, intent: JournalledIntent) -> Outcome:
        """What a block holds of the intent, once one does.

        A node that fails meanwhile is asked again until the time is over. What the relay was given
        and no block holds in its time is made public.

        Raises
        ------
        NotMined
            If no block holds it in time.
        """
        started = self._means.clock.now()
        private = is_private(self._means, intent.newest)
        while True:
            outcome = self._look(intent)
            if outcome is not None:
                return outcome
            waited = abs(self._means.clock.now() - started)
            if waited >= self._patience.wait:
                raise NotMined(intent.newest.transaction_hash, waited)
            self._tenure.keep()
            if private and not is_private(self._means, intent.newest):
                broadcast(self._means, intent)
                private = False
            self._means.clock.sleep(self._patience.poll)

    def _look(self, intent: JournalledIntent) -> Outcome | None:
        try:
            return watch.observe(self._means, self._means.journal.intent(intent.intent_id))
        except (NodeUnreachable, NodeRefused, NodeAnsweredWrongly) as error:
            _LOG.warning("receipt unknown", subject=str(intent.subject), error=str(error))
            return None

    def _go_on(self, waiting: list[JournalledIntent]) -> dict[int, Outcome | None]:
        """Hand over what is young, cancel what was signed too far ahead; what came of it."""
        parked = watch.parked(self._means, self.account, waiting)
        found: dict[int, Outcome | None] = {}
        for intent in waiting:
            if intent in parked:
                self._park(intent)
            elif intent.newest.purpose is Purpose.CANCEL or not self.is_stuck(intent):
                hand_again(self._means, intent, after=self._patience.stuck)
                found[intent.intent_id] = watch.observe(self._means, intent)
        return found

    def _park(self, intent: JournalledIntent) -> None:
        """Have what is signed too far ahead do nothing when its turn comes."""
        _LOG.warning("signed ahead of its turn", nonce=intent.nonce, subject=str(intent.subject))
        if intent.newest.purpose is not Purpose.CANCEL:
            # Not taken now, it is offered again when the chain has come nearer.
            with suppress(TransientError):
                self._send_instead(intent, offers.to_cancel(self._means, intent))

    def _settled(self, intent: JournalledIntent, outcome: Outcome | None) -> Settled:
        state = self._means.journal.intent(intent.intent_id).state
        _LOG.info("reconciled", subject=str(intent.subject), nonce=intent.nonce, state=str(state))
        return Settled(intent, state, outcome)


def _of(intent: JournalledIntent, outcome: Outcome) -> Outcome:
    """The outcome, if it is that of the intent's own doing.

    Raises
    ------
    Superseded, Cancelled
        If something else took the nonce.
    """
    if outcome.purpose is Purpose.FOREIGN:
        raise Superseded(str(intent.subject), intent.nonce)
    if outcome.purpose is Purpose.CANCEL:
        raise Cancelled(str(intent.subject), intent.nonce)
    return outcome
