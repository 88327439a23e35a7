"""Follows what was sent: the journal says of each intent what the chain says."""

from __future__ import annotations

from collections.abc import Sequence

from trimtab import telemetry
from trimtab.errors import CountUnproven
from trimtab.executor import evidence
from trimtab.executor.intents import Outcome
from trimtab.executor.means import Means
from trimtab.store.journal import Account, JournalledIntent

_LOG = telemetry.logger("executor")


def observe(means: Means, intent: JournalledIntent) -> Outcome | None:
    """What a block of the chain holds of an intent now; it is written down at once.

    Raises
    ------
    TransientError
        If the node fails.
    """
    outcome = evidence.mined(means.node, intent) or _if_used(means, intent)
    if outcome is None:
        means.journal.unmine(intent.intent_id)
        return None
    means.journal.mine(intent.intent_id, outcome.mined(), now=means.clock.now())
    if evidence.is_final(means.node, outcome, means.on_network().finality):
        means.journal.finish(intent.intent_id, outcome.mined())
    return outcome


def _if_used(means: Means, intent: JournalledIntent) -> Outcome | None:
    """The outcome of an intent whose nonce is used, though no receipt was there a moment ago."""
    if means.node.transaction_count(means.signer.address) <= intent.nonce:
        return None
    outcome = evidence.mined(means.node, intent)  # the count may be newer than the first look
    if outcome is not None:
        return outcome
    other = evidence.rival(means.node, intent)
    if other is None:
        _LOG.warning("nonce used, by what is unknown", nonce=intent.nonce, intent=intent.intent_id)
        return None
    _LOG.warning("nonce used by another program", nonce=intent.nonce, hash=other.transaction_hash)
    means.journal.add_foreign(
        intent.intent_id,
        transaction_hash=other.transaction_hash,
        signed=other.raw,
        now=means.clock.now(),
    )
    return evidence.mined(means.node, means.journal.intent(intent.intent_id))


def trusted_count(means: Means, account: Account) -> int:
    """Transactions of the account by the node's count, as far as it can be believed.

    The journal accounts for the transactions that went through it. What the node counts beyond them
    has to be final.

    Raises
    ------
    CountUnproven
        If it is not.
    """
    node = means.node
    counted = node.transaction_count(means.signer.address)
    waiting = [intent for intent in means.journal.unfinished(account) if intent.in_flight]
    if counted > _beyond(waiting, means.journal.proven(account)):
        finality = means.on_network().finality
        settled = evidence.settled_count(node, means.signer.address, finality)
        if settled != counted:
            raise CountUnproven(account.signer, counted, settled)
    return counted


def parked(
    means: Means, account: Account, waiting: Sequence[JournalledIntent]
) -> list[JournalledIntent]:
    """Intents in flight that cannot be mined now: some nonce before theirs was never signed for.

    A node that counted too much had them signed. They hold up nothing; the chain may reach their
    nonces one day.
    """
    if not waiting:
        return []
    counted = means.node.transaction_count(means.signer.address)
    due = _beyond(waiting, max(counted, means.journal.proven(account)))
    return [intent for intent in waiting if intent.nonce >= due]


def _beyond(waiting: Sequence[JournalledIntent], nonce: int) -> int:
    """The first nonce from `nonce` on that nothing in flight has; `waiting` is in their order."""
    for intent in waiting:
        if intent.nonce == nonce:
            nonce += 1
    return nonce
