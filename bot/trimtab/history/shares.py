"""Shares of a vault as they pass from one account to another."""

from __future__ import annotations

from dataclasses import dataclass

from eth_typing import ChecksumAddress

from trimtab.chain.answers import Block
from trimtab.chain.contracts import interface
from trimtab.chain.node import Node
from trimtab.history.chronicle import BlockTimes, logs_between
from trimtab.history.events import NOBODY


@dataclass(frozen=True, slots=True)
class ShareTransfer:
    """Shares that changed hands; created and destroyed ones are not among them.

    Attributes
    ----------
    block_number, timestamp, transaction_hash, index
        Where it stands, and when that was, in seconds.
    sender, receiver
        Who gave and who took.
    shares
        How many, in share wei.
    """

    block_number: int
    timestamp: int
    transaction_hash: str
    index: int
    sender: str
    receiver: str
    shares: int


def read_transfers(
    node: Node, vault: ChecksumAddress, *, first: int = 0, last: Block
) -> tuple[ShareTransfer, ...]:
    """Every transfer of shares between two accounts, in the order of the chain."""
    event = interface("Vault").event("Transfer")
    times = BlockTimes(node)
    topics = ["0x" + event.topic.hex()]
    transfers = []
    for log in logs_between(node, vault, topics, first=first, last=last.number):
        found = event.decode(log)
        if NOBODY in (found["from"], found["to"]):
            continue
        transfers.append(
            ShareTransfer(
                block_number=log.block_number,
                timestamp=times.of(log.block_number),
                transaction_hash=log.transaction_hash,
                index=log.index,
                sender=found["from"],
                receiver=found["to"],
                shares=found["value"],
            )
        )
    node.confirm(last)
    return tuple(transfers)
