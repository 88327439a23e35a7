"""Many vaults read through the lens in as few calls as a node lets through."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from eth_typing import ChecksumAddress

from trimtab import telemetry
from trimtab.chain.answers import Block
from trimtab.chain.lens import Unreadable, read_snapshots, read_summaries
from trimtab.chain.node import Node
from trimtab.domain.snapshot import VaultSnapshot, VaultSummary
from trimtab.errors import CallReverted, NodeAnsweredWrongly, NodeRefused, NodeUnreachable

CALL_GAS = 50_000_000
"""Gas that nodes give a simulated call unless they are told otherwise."""

SUMMARY_GAS = 150_000
"""Gas of the summary of a vault of eight assets, measured with the contracts of this package."""

VIEW_GAS = 350_000
"""Gas of the view of such a vault."""

GROWTH = 8
"""A batch that went well is followed by one larger by this part of it."""

PATIENCE = 100
"""Batches that go well before a size that failed is tried again."""

TOO_MUCH = (CallReverted, NodeRefused, NodeUnreachable, NodeAnsweredWrongly)
"""What a node does when it is asked for too much: it refuses, runs out of gas, takes too long or
cuts its answer off."""

_LOG = telemetry.logger("chain")

T = TypeVar("T")

Ask = Callable[[Sequence[ChecksumAddress]], list[T | Unreadable]]
"""Asks about some vaults in one call."""


class _Size:
    """How many vaults go into one call: as many as the gas allows, fewer after a failure."""

    def __init__(self, most: int) -> None:
        self._most = self._limit = self.now = max(1, most)
        self._good = 0

    def shrink(self) -> None:
        """Halve after a failure, and do not come back to the size that failed before long."""
        self._limit, self._good = max(1, self.now - 1), 0
        self.now = max(1, self.now // 2)

    def grow(self) -> None:
        """Grow a little after a success."""
        self._good += 1
        if self._good % PATIENCE == 0:
            self._limit = min(self._most, self._limit + max(1, self._limit // GROWTH))
        self.now = min(self._limit, self.now + max(1, self.now // GROWTH))


class VaultReader:
    """Reads vaults of one lens, as one caller sees them.

    Parameters
    ----------
    node, lens, caller
        The node, the lens contract, and whose right to rebalance is reported.
    call_gas
        Gas that the node gives a simulated call.
    """

    def __init__(
        self,
        node: Node,
        lens: ChecksumAddress,
        caller: ChecksumAddress,
        *,
        call_gas: int = CALL_GAS,
    ) -> None:
        self._node, self._lens, self._caller = node, lens, caller
        self._summaries = _Size(call_gas // SUMMARY_GAS)
        self._views = _Size(call_gas // VIEW_GAS)

    def summaries(
        self, vaults: Sequence[ChecksumAddress], block: Block
    ) -> list[VaultSummary | Unreadable]:
        """What is due for each vault at one block, in the order given.

        Raises
        ------
        TransientError
            If the node cannot answer for even one vault.
        NoContract
            If the lens has no code.
        """

        def ask(some: Sequence[ChecksumAddress]) -> list[VaultSummary | Unreadable]:
            return read_summaries(
                self._node, self._lens, vaults=some, caller=self._caller, block=block
            )

        return _in_batches(vaults, ask, self._summaries)

    def snapshots(
        self, vaults: Sequence[ChecksumAddress], block: Block
    ) -> list[VaultSnapshot | Unreadable]:
        """Each vault at one block, in the order given; errors as for `summaries`."""

        def ask(some: Sequence[ChecksumAddress]) -> list[VaultSnapshot | Unreadable]:
            return read_snapshots(
                self._node, self._lens, vaults=some, caller=self._caller, block=block
            )

        return _in_batches(vaults, ask, self._views)


def _in_batches(
    vaults: Sequence[ChecksumAddress], ask: Ask[T], size: _Size
) -> list[T | Unreadable]:
    found: list[T | Unreadable] = []
    while len(found) < len(vaults):
        batch = vaults[len(found) : len(found) + size.now]
        try:
            found += _once_more(batch, ask(batch), ask)
        except TOO_MUCH as error:
            if len(batch) > 1:
                size.shrink()
                _LOG.info("smaller batch", vaults=size.now, error=str(error))
                continue
            if not isinstance(error, CallReverted):
                raise
            found.append(Unreadable(batch[0], f"the vault {batch[0]} cannot be read: {error}"))
        else:
            size.grow()
    return found


def _once_more(
    batch: Sequence[ChecksumAddress], found: list[T | Unreadable], ask: Ask[T]
) -> list[T | Unreadable]:
    """The answers, with those of unreadable vaults asked for again by themselves.

    In a crowd a vault has its share of the gas only, which others may have used up before it.
    """
    failed = [place for place, answer in enumerate(found) if isinstance(answer, Unreadable)]
    if not failed or len(failed) == len(batch):
        return found
    for place, answer in zip(failed, ask([batch[place] for place in failed]), strict=True):
        found[place] = answer
    return found
