"""Hands signed bytes to nodes, or first to a private relay; done twice, it does no harm."""

from __future__ import annotations

from contextlib import suppress

from eth_typing import HexStr

from trimtab import telemetry
from trimtab.chain.node import Node
from trimtab.errors import NodeAnsweredWrongly, NodeRefused, NodeUnreachable
from trimtab.executor import offers
from trimtab.executor.means import Means
from trimtab.executor.refusals import Refused, why
from trimtab.store.journal import Attempt, JournalledIntent, Purpose

_LOG = telemetry.logger("executor")


def broadcast(means: Means, intent: JournalledIntent) -> None:
    """Hand over the newest signed bytes: to the relay while they are private, else to the nodes.

    A relay that fails is no reason to make public what is private: its time is waited for.

    Raises
    ------
    LowBalance, NodeRefused, NodeUnreachable
        If no node took them.
    """
    if means.relay is None or not is_private(means, intent.newest):
        _hand(means, means.node, intent)
        return
    try:
        _hand(means, means.relay.node, intent)
    except (NodeUnreachable, NodeRefused, NodeAnsweredWrongly) as error:
        _LOG.warning("relay failed", hash=intent.newest.transaction_hash, error=str(error))


def is_private(means: Means, attempt: Attempt) -> bool:
    """Whether only the relay may see an attempt yet; what does nothing has nothing to hide."""
    if means.relay is None or attempt.purpose is not Purpose.ACT:
        return False
    return abs(means.clock.now() - attempt.signed_at) < means.relay.public_after


def hand_again(means: Means, intent: JournalledIntent, *, after: float) -> None:
    """Hand over what may not be where it should: it never left, was dropped, or left long ago.

    A node that says it has it is believed for `after` seconds, and then handed it all the same; so
    is a relay, of which nobody can ask this.
    """
    attempt, now = intent.newest, means.clock.now()
    recent = attempt.sent_at is not None and abs(now - attempt.sent_at) < after
    if not (recent and (is_private(means, attempt) or _is_known(means.node, attempt))):
        broadcast(means, intent)


def _is_known(node: Node, attempt: Attempt) -> bool:
    with suppress(NodeRefused):
        return node.knows(HexStr(attempt.transaction_hash))
    return False


def _hand(means: Means, taker: Node, intent: JournalledIntent) -> None:
    attempt = intent.newest
    try:
        named = taker.send_raw(attempt.signed)
    except NodeRefused as refusal:
        meaning = why(refusal)
        if meaning is Refused.NONCE_USED:
            return
        if meaning is not Refused.KNOWN:
            _LOG.warning("refused", hash=attempt.transaction_hash, meaning=meaning.value)
            offers.raise_if_poor(means, refusal)
            raise
    else:
        if named != attempt.transaction_hash:
            raise NodeAnsweredWrongly("hash of what was sent", named, attempt.transaction_hash)
    means.journal.mark_sent(attempt.transaction_hash, now=means.clock.now())
    _LOG.info("sent", subject=str(intent.subject), hash=attempt.transaction_hash, to=taker.name)
