"""What a vault's events mean for taxes: acquisitions and disposals, of its assets or of its shares.

A swap disposes of one asset for what it brought, at the oracle's price of that moment, which the
event itself states. Everything else is worth what the assets that moved were worth then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import singledispatch
from itertools import pairwise
from math import floor

from trimtab.domain.units import WAD
from trimtab.errors import BadInput
from trimtab.history.chronicle import Entry
from trimtab.history.events import (
    Deposit,
    FeeAccrued,
    LegSettled,
    MintedInKind,
    RedeemedInKind,
    Seeded,
    SurplusVested,
    VaultEvent,
    Withdraw,
    WrittenDown,
)
from trimtab.history.ledger import Ledger
from trimtab.history.shares import ShareTransfer
from trimtab.research.tax_lots import Acquisition, Disposal, Movement

LOCKED_SHARES = 10**15
"""Shares that the seed gives to nobody (`LOCKED_SHARES` in Vault.sol)."""

Worth = Callable[[str, int, int], int]
"""Value in WAD of an amount of a token, by address, amount and time; raises `MissingPrice`."""

Placed = tuple[tuple[int, int], Movement]
"""A movement, and its place in the chain: block and index of the log."""


@dataclass(frozen=True, slots=True)
class _ShareMove:
    """Shares created (above zero) or destroyed, and the amounts of the assets they stand for."""

    account: str
    shares: int
    amounts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Change:
    """An event with what it found and what it left."""

    entry: Entry
    before: Ledger
    worth: Worth

    @property
    def event(self) -> VaultEvent:
        """What happened."""
        return self.entry.event

    def value(self, token: str, amount: int) -> int:
        """Value of an amount at the time of the event, in WAD."""
        return self.worth(token, amount, self.entry.timestamp) if amount else 0

    def all_of(self, amounts: Sequence[int]) -> int:
        """Value of one amount of each asset."""
        return sum(
            self.value(token, amount)
            for token, amount in zip(self.before.tokens, amounts, strict=True)
        )


def worth_from(prices: Callable[[str, int], Fraction], decimals: Mapping[str, int]) -> Worth:
    """Values from prices of whole tokens, rounded down."""

    def worth(token: str, amount: int, time: int) -> int:
        return floor(Fraction(amount * WAD, 10 ** decimals[token]) * prices(token, time))

    return worth


def asset_movements(entries: Sequence[Entry], worth: Worth) -> dict[str, list[Movement]]:
    """Movements of each asset that a vault held, by address: the vault as the taxpayer.

    Raises
    ------
    MissingPrice
        Naming the asset and the time at which its value is needed.
    """
    movements: dict[str, list[Movement]] = {}
    for change in _changes(entries, worth):
        for token, movement in _asset_moves(change.event, change):
            movements.setdefault(token, []).append(movement)
    return movements


def share_movements(
    entries: Sequence[Entry],
    transfers: Iterable[ShareTransfer],
    holders: Iterable[str],
    worth: Worth,
) -> list[Movement]:
    """Movements of the shares of one taxpayer, who may have several accounts.

    Shares received from others, and given to others, count at what their part of the vault was
    worth at that moment.

    Raises
    ------
    MissingPrice
        Naming the asset and the time at which its value is needed.
    """
    own = frozenset(holders)
    placed: list[Placed] = []
    for change in _changes(entries, worth):
        move = _share_move(change.event, change)
        if move.account in own and move.shares:
            place = (change.entry.block_number, change.entry.index)
            value = change.all_of(move.amounts)
            placed.append((place, _movement(change.entry, move.shares, value)))
    for transfer in transfers:
        if (transfer.sender in own) != (transfer.receiver in own):
            sign = 1 if transfer.receiver in own else -1
            value = _share_value(transfer, entries, worth)
            place = (transfer.block_number, transfer.index)
            placed.append((place, _movement(transfer, sign * transfer.shares, value)))
    return [movement for _, movement in sorted(placed, key=lambda item: item[0])]


def _changes(entries: Sequence[Entry], worth: Worth) -> Iterator[_Change]:
    """Every entry with the ledger before it; the first finds nothing."""
    if entries:
        nothing = Ledger((), (), (), ())
        yield _Change(entries[0], nothing, worth)
    for before, entry in pairwise(entries):
        yield _Change(entry, before.ledger, worth)


def _movement(place: Entry | ShareTransfer, quantity: int, value: int) -> Movement:
    """An acquisition for a quantity above zero, else a disposal."""
    reference = f"{place.transaction_hash}:{place.index}"
    if quantity > 0:
        return Acquisition(place.timestamp, quantity, value, reference)
    return Disposal(place.timestamp, -quantity, value, reference)


def _share_value(transfer: ShareTransfer, entries: Sequence[Entry], worth: Worth) -> int:
    """Value of the shares' part of the vault when they changed hands."""
    place = (transfer.block_number, transfer.index)
    before = [entry for entry in entries if (entry.block_number, entry.index) < place]
    if not before:
        raise BadInput(
            f"{transfer.shares} shares moved in {transfer.transaction_hash} before any event of "
            "the vault: its events are missing"
        )
    ledger = before[-1].ledger
    return sum(
        worth(token, amount * transfer.shares // ledger.shares, transfer.timestamp)
        for token, amount in zip(ledger.tokens, ledger.recorded, strict=True)
        if amount
    )


@singledispatch
def _asset_moves(event: object, change: _Change) -> list[tuple[str, Movement]]:  # noqa: ARG001
    """Assets that an event moved in or out; most events move none."""
    return []


@_asset_moves.register(Seeded)
@_asset_moves.register(MintedInKind)
def _assets_in(event: Seeded | MintedInKind, change: _Change) -> list[tuple[str, Movement]]:
    pairs = zip(change.before.tokens, event.assets, strict=True)
    return [_entered(change, token, amount) for token, amount in pairs if amount]


@_asset_moves.register
def _assets_out(event: RedeemedInKind, change: _Change) -> list[tuple[str, Movement]]:
    pairs = zip(change.before.tokens, event.assets, strict=True)
    return [_entered(change, token, -amount) for token, amount in pairs if amount]


@_asset_moves.register
def _base_in(event: Deposit, change: _Change) -> list[tuple[str, Movement]]:
    return [_entered(change, change.before.tokens[0], event.assets)]


@_asset_moves.register
def _base_out(event: Withdraw, change: _Change) -> list[tuple[str, Movement]]:
    return [_entered(change, change.before.tokens[0], -event.assets)]


@_asset_moves.register
def _surplus_in(event: SurplusVested, change: _Change) -> list[tuple[str, Movement]]:
    return [_entered(change, event.token, event.assets)]


@_asset_moves.register
def _lost(event: WrittenDown, change: _Change) -> list[tuple[str, Movement]]:
    """What a write-down took is gone for nothing."""
    if event.token not in change.before.tokens:
        return []
    asset = change.before.tokens.index(event.token)
    gone = change.before.recorded[asset] - event.recorded
    return [(event.token, _movement(change.entry, -gone, 0))]


@_asset_moves.register
def _swapped(event: LegSettled, change: _Change) -> list[tuple[str, Movement]]:
    return [
        (event.token_in, _movement(change.entry, -event.amount_in, event.value_out)),
        (event.token_out, _movement(change.entry, event.amount_out, event.value_out)),
    ]


def _entered(change: _Change, token: str, amount: int) -> tuple[str, Movement]:
    return token, _movement(change.entry, amount, change.value(token, abs(amount)))


@singledispatch
def _share_move(event: object, change: _Change) -> _ShareMove:  # noqa: ARG001
    """Whose shares an event created or destroyed; most events leave shares alone."""
    return _ShareMove("", 0, ())


@_share_move.register
def _seeded(event: Seeded, change: _Change) -> _ShareMove:  # noqa: ARG001
    return _ShareMove(event.receiver, event.shares - LOCKED_SHARES, event.assets)


@_share_move.register
def _minted(event: MintedInKind, change: _Change) -> _ShareMove:  # noqa: ARG001
    return _ShareMove(event.receiver, event.shares, event.assets)


@_share_move.register
def _redeemed(event: RedeemedInKind, change: _Change) -> _ShareMove:  # noqa: ARG001
    return _ShareMove(event.owner, -event.shares, event.assets)


@_share_move.register
def _deposited(event: Deposit, change: _Change) -> _ShareMove:
    return _ShareMove(event.owner, event.shares, _base_only(event.assets, change))


@_share_move.register
def _withdrawn(event: Withdraw, change: _Change) -> _ShareMove:
    return _ShareMove(event.owner, -event.shares, _base_only(event.assets, change))


@_share_move.register
def _fee(event: FeeAccrued, change: _Change) -> _ShareMove:
    """The recipient of the fee earns its part of the vault as it is after the fee."""
    ledger = change.entry.ledger
    parts = tuple(amount * event.shares // ledger.shares for amount in ledger.recorded)
    return _ShareMove(event.recipient, event.shares, parts)


def _base_only(assets: int, change: _Change) -> tuple[int, ...]:
    return (assets, *(0 for _ in change.before.tokens[1:]))
