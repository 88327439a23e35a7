"""Keeps the index of a vault's events up with the chain, whatever the chain takes back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from eth_typing import ChecksumAddress

from trimtab.chain.answers import Log
from trimtab.chain.contracts import interface
from trimtab.chain.node import Node
from trimtab.errors import BlockMoved
from trimtab.history.chronicle import SPAN, BlockTimes, logs_between
from trimtab.store.event_index import EventIndex, IndexedLog, Mark

VAULT_EVENTS = ("Rebalanced", "LegSettled", "Transfer")
MANDATE_EVENTS = ("KeeperSet",)
"""What is kept: what was traded and why, how many shares there are, who may rebalance."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A vault with its mandate, and a block no later than their own."""

    vault: ChecksumAddress
    mandate: ChecksumAddress
    first: int


class Indexer:
    """Reads a vault's events into its index, a span of blocks at a time.

    Each step is whole: a process that dies between two goes on from the last. Before a step, the
    block up to which was read must still be there; if the chain has replaced it, what came after
    the last mark that still stands is read again.
    """

    def __init__(self, node: Node, index: EventIndex, subject: Subject) -> None:
        self._node = node
        self._index = index
        self._subject = subject

    def step(self) -> bool:
        """Read on by one span of blocks; False once the newest block has been reached.

        Raises
        ------
        BlockMoved
            If the chain changed meanwhile; the next step begins where it parted.
        """
        mark = self._standing()
        start = self._subject.first if mark is None else mark.number + 1
        head = self._node.head()
        if head.number < start:
            return False
        last = min(start + SPAN - 1, head.number)
        block = head if last == head.number else self._node.block(last)
        if block is None:
            raise BlockMoved(last, "a block", None)
        logs = self._logs(start, last)
        again = self._node.block(last)
        if again is None or again.hash != block.hash:
            raise BlockMoved(last, block.hash, again.hash if again else None)
        self._index.extend(mark, logs, Mark(last, block.hash))
        return last < head.number

    def _standing(self) -> Mark | None:
        """The last mark whose block the chain still holds."""
        while (mark := self._index.mark()) is not None:
            block = self._node.block(mark.number)
            if block is not None and block.hash == mark.hash:
                return mark
            self._index.step_back()
        return None

    def _logs(self, first: int, last: int) -> list[IndexedLog]:
        subject = self._subject
        found = chain(
            logs_between(self._node, subject.vault, _topics("Vault"), first=first, last=last),
            logs_between(self._node, subject.mandate, _topics("Mandate"), first=first, last=last),
        )
        times = BlockTimes(self._node)
        ordered = sorted(found, key=lambda log: (log.block_number, log.index))
        return [_indexed(log, times.of(log.block_number)) for log in ordered]


def _topics(contract: str) -> list[str]:
    names: Sequence[str] = VAULT_EVENTS if contract == "Vault" else MANDATE_EVENTS
    return ["0x" + interface(contract).event(name).topic.hex() for name in names]


def _indexed(log: Log, timestamp: int) -> IndexedLog:
    return IndexedLog(
        block_number=log.block_number,
        index=log.index,
        timestamp=timestamp,
        address=log.address,
        transaction_hash=log.transaction_hash,
        topics=log.topics,
        data=log.data,
    )
