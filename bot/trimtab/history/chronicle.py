"""Everything that happened to a vault, from its first event to a block, with its times.

Nothing is taken on trust: events must fit one another, and at the end they must arrive at what the
vault itself holds. What was lost on the way is an error, never a smaller number.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from eth_typing import ChecksumAddress
from eth_utils.address import to_checksum_address

from trimtab.chain.answers import Block, Log
from trimtab.chain.node import Node
from trimtab.domain.snapshot import VaultSnapshot
from trimtab.errors import HistoryGap, LedgerError, NodeAnsweredWrongly, NodeRefused
from trimtab.history.events import VaultEvent
from trimtab.history.ledger import Ledger, after, open_ledger
from trimtab.history.logs import event_topics, vault_events
from trimtab.history.tokens import balance_of

SPAN = 10_000
"""Blocks that are asked for at once; halved where a node refuses so many."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One event, and what it left.

    Attributes
    ----------
    block_number, timestamp
        Its block, and the time of that, in seconds.
    transaction_hash, index
        Its transaction, and its place in the block.
    event
        What happened.
    ledger
        Balances and shares after it.
    """

    block_number: int
    timestamp: int
    transaction_hash: str
    index: int
    event: VaultEvent
    ledger: Ledger


def read_chronicle(
    node: Node, vault: ChecksumAddress, *, first: int = 0, last: Block
) -> tuple[Entry, ...]:
    """Every event of a vault that moved its balances, in the order of the chain.

    Parameters
    ----------
    first
        A block no later than the vault's own.
    last
        The last block that is read.

    Raises
    ------
    LedgerError
        If an event does not fit those before it, naming its block and transaction.
    """
    logs = logs_between(node, vault, event_topics(), first=first, last=last.number)
    times = BlockTimes(node)
    ledger, entries = open_ledger(), []
    for log in logs:
        for event in vault_events([log], vault):
            ledger = _enter(event, ledger, log)
            entries.append(
                Entry(
                    block_number=log.block_number,
                    timestamp=times.of(log.block_number),
                    transaction_hash=log.transaction_hash,
                    index=log.index,
                    event=event,
                    ledger=ledger,
                )
            )
    node.confirm(last)
    return tuple(entries)


def require_complete(entries: tuple[Entry, ...], snapshot: VaultSnapshot) -> None:
    """Refuse a chronicle that does not arrive at what the vault itself holds.

    Parameters
    ----------
    entries
        Events up to the block of `snapshot`.
    snapshot
        The vault at that block. Surplus that has vested and was not credited yet may be in it.

    Raises
    ------
    HistoryGap
        Naming what differs, and both numbers.
    """
    ledger = entries[-1].ledger if entries else open_ledger()
    listed = tuple(holding.token for holding in snapshot.holdings)
    _require_same("assets", ledger.tokens, listed)
    _require_same("shares", ledger.shares, snapshot.total_supply)
    _require_same("rebalances", ledger.rebalances, snapshot.nonce)
    for holding, low, vesting in zip(
        snapshot.holdings, ledger.recorded, ledger.unvested, strict=True
    ):
        if not low <= holding.recorded <= low + vesting:
            raise HistoryGap(f"recorded {holding.label}", low, holding.recorded)


def require_backed(node: Node, vault: ChecksumAddress, ledger: Ledger, *, at: Block) -> None:
    """Refuse a ledger that claims more than the vault's balances (INV-1).

    A claim of what was owed that is missing shows only here. A token that shrank by itself shows
    here too, until `writeDown` says so.

    Raises
    ------
    HistoryGap
        Naming the token and both numbers.
    """
    owed = dict(zip(ledger.tokens, ledger.owed, strict=True)) | dict(ledger.owed_of_delisted)
    recorded = dict(zip(ledger.tokens, ledger.recorded, strict=True))
    for token, set_aside in owed.items():
        balance = balance_of(node, to_checksum_address(token), vault, at=at)
        accounted = recorded.get(token, 0) + set_aside
        if accounted > balance:
            raise HistoryGap(f"recorded and owed {token}", accounted, balance)


def logs_between(
    node: Node, address: ChecksumAddress, topics: list[str], *, first: int, last: int
) -> Iterator[Log]:
    """Logs of one contract from two heights inclusive, each later than the one before.

    Asks for `SPAN` blocks at once, and for half as many each time the node refuses.

    Raises
    ------
    NodeRefused
        If the node refuses even one block.
    NodeAnsweredWrongly
        If logs come out of order, twice, or from elsewhere.
    """
    span, start, newest = SPAN, first, (-1, -1)
    while start <= last:
        end = min(start + span - 1, last)
        try:
            found = node.logs(address, topics, first=start, last=end)
        except NodeRefused:
            if span == 1:
                raise
            span = max(1, span // 2)
            continue
        for log in found:
            place = (log.block_number, log.index)
            if place <= newest or not start <= log.block_number <= end or log.address != address:
                expected = f"logs of {address} after {newest}, from block {start} to {end}"
                raise NodeAnsweredWrongly("eth_getLogs", f"{log.address} {place}", expected)
            newest = place
            yield log
        start = end + 1


class BlockTimes:
    """Timestamps of blocks, each asked for once."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._known: dict[int, int] = {}

    def of(self, number: int) -> int:
        """Time of the block at a height, in seconds."""
        if number not in self._known:
            block = self._node.block(number)
            if block is None:
                raise NodeAnsweredWrongly(f"block {number}", "nothing", "the block of a log")
            self._known[number] = block.timestamp
        return self._known[number]


def _enter(event: VaultEvent, ledger: Ledger, log: Log) -> Ledger:
    try:
        return after(event, ledger)
    except LedgerError as error:
        raise LedgerError(
            f"block {log.block_number}, transaction {log.transaction_hash}, "
            f"{type(event).__name__}: {error}; events before it may be missing: read from an "
            "earlier block, and from a node that keeps all logs"
        ) from None


def _require_same(what: str, told: object, held: object) -> None:
    if told != held:
        raise HistoryGap(what, told, held)
