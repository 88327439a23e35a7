"""What a chain holds of an intent, asked of a node that may err, lag or lie.

A receipt counts only while the chain holds its block. It is final only if that block is final and
lists the transaction. That somebody else used a nonce is believed only when shown the transaction
that did, signed by the key.
"""

from __future__ import annotations

from collections.abc import Callable

from eth_typing import ChecksumAddress, HexStr
from eth_utils.address import to_checksum_address

from trimtab.chain.node import Node
from trimtab.chain.signed import SignedTransaction
from trimtab.errors import NodeRefused
from trimtab.executor.intents import Outcome
from trimtab.executor.networks import Finality
from trimtab.store.journal import JournalledIntent

RECENT_BLOCKS = 100
"""Blocks whose state a node without an archive still knows, with some to spare."""


def mined(node: Node, intent: JournalledIntent) -> Outcome | None:
    """What became of the attempt that a block of the chain holds, or None."""
    for attempt in reversed(intent.attempts):
        receipt = node.receipt(HexStr(attempt.transaction_hash))
        if receipt is None:
            continue
        block = node.block(receipt.block_number)
        if block is not None and block.hash == receipt.block_hash:
            return Outcome.of(intent, receipt)
    return None


def is_final(node: Node, outcome: Outcome, finality: Finality) -> bool:
    """Whether nothing can undo the outcome any more."""
    if outcome.block_number > finality.height(node):
        return False
    return outcome.transaction_hash in node.transactions_in(outcome.block_number)


def settled_count(node: Node, account: ChecksumAddress, finality: Finality) -> int:
    """Transactions of the account at the newest final block whose state the node still knows."""
    height = max(0, finality.height(node), node.head().number - RECENT_BLOCKS)
    return node.transaction_count(account, at=height)


def rival(node: Node, intent: JournalledIntent) -> SignedTransaction | None:
    """The transaction that used the intent's nonce and is not one of its attempts, if it is found.

    Older blocks than those whose state the node knows cannot be searched. Then nothing is found,
    and the intent stays open until a node is asked that knows more.
    """
    sender = to_checksum_address(intent.signer)
    number = _block_of(node, sender, intent.nonce)
    if number is None:
        return None
    ours = {attempt.transaction_hash for attempt in intent.attempts}
    for transaction in node.signed_by(sender, number):
        if transaction.nonce == intent.nonce and transaction.transaction_hash not in ours:
            return transaction
    return None


def _block_of(node: Node, sender: ChecksumAddress, nonce: int) -> int | None:
    """Height of the block in which the sender's nonce was used, by bisection."""

    def used(number: int) -> bool:
        return node.transaction_count(sender, at=number) > nonce

    head = node.head().number
    before = _unused_height(used, head)
    if before is None or not used(head):
        return None
    while head - before > 1:
        middle = (before + head) // 2
        before, head = (before, middle) if used(middle) else (middle, head)
    return head


def _unused_height(used: Callable[[int], bool], head: int) -> int | None:
    """A height at which the nonce was still free, as deep as the node knows its states."""
    depth = RECENT_BLOCKS
    while True:
        height = max(-1, head - depth)
        try:
            if height < 0 or not used(height):
                return height
        except NodeRefused:
            return None
        depth *= 8
