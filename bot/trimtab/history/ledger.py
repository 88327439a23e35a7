"""What a vault holds, told by its events alone: an account that its storage cannot colour."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import singledispatch
from typing import TypeVar

from trimtab.domain.arithmetic import fraction_up
from trimtab.domain.units import PRICE_SCALE, Wad
from trimtab.errors import LedgerError
from trimtab.history.events import (
    AssetDelisted,
    AssetListed,
    Deposit,
    FeeAccrued,
    LegSettled,
    MintedInKind,
    OwedClaimed,
    Rebalanced,
    RedeemedInKind,
    Seeded,
    SurplusAbsorbed,
    SurplusVested,
    VaultEvent,
    Withdraw,
    WrittenDown,
)

T = TypeVar("T")

BASE = 0
"""Position of the base asset."""

Amounts = tuple[int, ...]
"""One amount for each asset, in its smallest unit, in the vault's order."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """Balances of a vault after some of its events.

    Attributes
    ----------
    tokens
        Addresses of the assets, in the vault's order.
    recorded
        What belongs to the shareholders. Surplus counts once the vault has credited it, which it
        does at the next action, so between two actions this can be less than the vault's own view.
    owed
        What is set aside for holders who skipped an asset.
    unvested
        Surplus on its way into the records. After a write-down the events leave open how much of
        it is left; then this is the most it can be.
    shares
        Total supply, in share wei.
    rebalances
        Number of rebalances.
    owed_of_delisted
        What is set aside of assets that left the list: token and amount.
    open_legs
        Legs of a rebalance whose end has not come yet.
    """

    tokens: tuple[str, ...]
    recorded: Amounts
    owed: Amounts
    unvested: Amounts
    shares: int = 0
    rebalances: int = 0
    owed_of_delisted: tuple[tuple[str, int], ...] = ()
    open_legs: tuple[LegSettled, ...] = ()

    def value(self, prices: Sequence[int]) -> Wad:
        """Worth of what is recorded, in WAD, each asset rounded down as the vault does.

        Parameters
        ----------
        prices
            Worth of one smallest unit in WAD, times `PRICE_SCALE`, in the order of `tokens`.
        """
        pairs = zip(self.recorded, prices, strict=True)
        return Wad(sum(amount * price // PRICE_SCALE for amount, price in pairs))


def open_ledger(tokens: Sequence[str] = ()) -> Ledger:
    """The ledger of a vault to which nothing has happened, its assets listed or not yet."""
    nothing = (0,) * len(tokens)
    return Ledger(tuple(tokens), nothing, nothing, nothing)


def replay(ledger: Ledger, events: Iterable[VaultEvent]) -> Ledger:
    """The ledger after `events`, in the order of the chain.

    Raises
    ------
    LedgerError
        For the first event that does not fit: it would leave less than nothing, names an unknown
        asset, or comes where it cannot come. The message counts events from 0.
    """
    for position, event in enumerate(events):
        try:
            ledger = after(event, ledger)
        except LedgerError as error:
            raise LedgerError(f"event {position}, {event}: {error}") from None
    return ledger


@singledispatch
def after(event: VaultEvent, ledger: Ledger) -> Ledger:
    """The ledger after one event.

    Raises
    ------
    LedgerError
        If the event does not fit.
    """
    raise LedgerError(f"no rule for {type(event).__name__} on {len(ledger.tokens)} assets")


@after.register
def _seeded(event: Seeded, ledger: Ledger) -> Ledger:
    if ledger.shares:
        raise LedgerError(f"{ledger.shares} shares exist already; a vault is seeded once")
    return _issued(ledger, event.shares, event.assets)


@after.register
def _minted(event: MintedInKind, ledger: Ledger) -> Ledger:
    if not ledger.shares:
        raise LedgerError("no shares exist yet; expected Seeded first")
    _check_length(ledger, event.assets)
    _check_parts(event.assets, _parts(ledger, event.shares, up=True))
    return _issued(ledger, event.shares, event.assets)


@after.register
def _redeemed(event: RedeemedInKind, ledger: Ledger) -> Ledger:
    _check_length(ledger, event.assets)
    left = _moved(ledger.shares, -event.shares, "shares")
    _check_parts(event.assets, _parts(ledger, event.shares, up=False))
    for asset, amount in enumerate(event.assets):
        ledger = _with_recorded(ledger, asset, -amount)
        if event.owed >> asset & 1:
            ledger = _with_owed(ledger, asset, amount)
    return replace(ledger, shares=left)


@after.register
def _deposited(event: Deposit, ledger: Ledger) -> Ledger:
    if not ledger.shares:
        raise LedgerError("no shares exist yet; expected Seeded first")
    paid = _with_recorded(ledger, BASE, event.assets)
    return replace(paid, shares=ledger.shares + event.shares)


@after.register
def _withdrawn(event: Withdraw, ledger: Ledger) -> Ledger:
    left = _moved(ledger.shares, -event.shares, "shares")
    return replace(_with_recorded(ledger, BASE, -event.assets), shares=left)


@after.register
def _accrued(event: FeeAccrued, ledger: Ledger) -> Ledger:
    return replace(ledger, shares=ledger.shares + event.shares)


@after.register
def _listed(event: AssetListed, ledger: Ledger) -> Ledger:
    if event.index != len(ledger.tokens) or event.token in ledger.tokens:
        raise LedgerError(
            f"listed at index {event.index}, but the assets are {', '.join(ledger.tokens) or '-'}"
        )
    formerly = dict(ledger.owed_of_delisted)
    owed = formerly.pop(event.token, 0)
    return replace(
        ledger,
        tokens=(*ledger.tokens, event.token),
        recorded=(*ledger.recorded, 0),
        owed=(*ledger.owed, owed),
        unvested=(*ledger.unvested, 0),
        owed_of_delisted=tuple(formerly.items()),
    )


@after.register
def _delisted(event: AssetDelisted, ledger: Ledger) -> Ledger:
    asset = _position(ledger, event.token)
    if asset != event.index or asset == BASE or ledger.recorded[asset]:
        raise LedgerError(
            f"delisted from index {event.index}, but it is at {asset} with "
            f"{ledger.recorded[asset]} recorded"
        )
    formerly = dict(ledger.owed_of_delisted)
    if ledger.owed[asset]:
        formerly[event.token] = ledger.owed[asset]
    return replace(
        ledger,
        tokens=_without(ledger.tokens, asset),
        recorded=_without(ledger.recorded, asset),
        owed=_without(ledger.owed, asset),
        unvested=_without(ledger.unvested, asset),
        owed_of_delisted=tuple(formerly.items()),
    )


@after.register
def _claimed(event: OwedClaimed, ledger: Ledger) -> Ledger:
    if event.token in dict(ledger.owed_of_delisted):
        return _with_owed_of_delisted(ledger, event.token, -event.assets)
    return _with_owed(ledger, _position(ledger, event.token), -event.assets)


@after.register
def _absorbed(event: SurplusAbsorbed, ledger: Ledger) -> Ledger:
    asset = _position(ledger, event.token)
    return replace(ledger, unvested=_put(ledger.unvested, asset, event.unvested))


@after.register
def _vested(event: SurplusVested, ledger: Ledger) -> Ledger:
    asset = _position(ledger, event.token)
    left = _moved(ledger.unvested[asset], -event.assets, f"unvested {event.token}")
    credited = replace(ledger, unvested=_put(ledger.unvested, asset, left))
    return _with_recorded(credited, asset, event.assets)


@after.register
def _written_down(event: WrittenDown, ledger: Ledger) -> Ledger:
    formerly = dict(ledger.owed_of_delisted)
    if event.token in formerly:
        return _with_owed_of_delisted(ledger, event.token, event.owed - formerly[event.token])
    asset = _position(ledger, event.token)
    recorded, owed = ledger.recorded[asset], ledger.owed[asset]
    if event.recorded > recorded or event.owed > owed:
        raise LedgerError(
            f"a write-down left more than there was: recorded {event.recorded} of {recorded}, "
            f"owed {event.owed} of {owed}"
        )
    # What has not vested goes first: once more than that is missing, none of it is left.
    firm_part_shrank = event.recorded + event.owed < recorded + owed
    unvested = 0 if firm_part_shrank else ledger.unvested[asset]
    return replace(
        ledger,
        recorded=_put(ledger.recorded, asset, event.recorded),
        owed=_put(ledger.owed, asset, event.owed),
        unvested=_put(ledger.unvested, asset, unvested),
    )


@after.register
def _leg_settled(event: LegSettled, ledger: Ledger) -> Ledger:
    if event.token_in == event.token_out:
        raise LedgerError(f"{event.token_in} was sold for itself")
    sold = _with_recorded(ledger, _position(ledger, event.token_in), -event.amount_in)
    settled = _with_recorded(sold, _position(ledger, event.token_out), event.amount_out)
    return replace(settled, open_legs=(*ledger.open_legs, event))


@after.register
def _rebalanced(event: Rebalanced, ledger: Ledger) -> Ledger:
    if event.nonce != ledger.rebalances:
        raise LedgerError(
            f"nonce {event.nonce} where {ledger.rebalances} rebalances went before: events are "
            "missing or out of order"
        )
    _check_charges(event, ledger.open_legs)
    unvested = ledger.unvested
    for leg in ledger.open_legs:
        sold = _position(ledger, leg.token_in)
        if not ledger.recorded[sold]:  # what had not vested of an asset sold out is given up
            unvested = _put(unvested, sold, 0)
    return replace(ledger, rebalances=event.nonce + 1, unvested=unvested, open_legs=())


def _check_charges(event: Rebalanced, legs: Sequence[LegSettled]) -> None:
    """The charges of a rebalance are those of its legs, or a leg is missing."""
    nav = event.nav_before
    turnover = sum(fraction_up(leg.value_in, nav) for leg in legs)
    loss = sum(fraction_up(max(0, leg.value_in - leg.value_out), nav) for leg in legs)
    if (loss, turnover) != (event.loss, event.turnover):
        raise LedgerError(
            f"{len(legs)} legs lost {loss} and turned over {turnover} in WAD of NAV, the rebalance "
            f"says {event.loss} and {event.turnover}: legs are missing"
        )


def _parts(ledger: Ledger, shares: int, *, up: bool) -> Amounts:
    """What `shares` stand for of each asset, rounded as the vault does."""
    if up:
        return tuple(-(-amount * shares // ledger.shares) for amount in ledger.recorded)
    return tuple(amount * shares // ledger.shares for amount in ledger.recorded)


def _check_parts(found: Amounts, expected: Amounts) -> None:
    if found != expected:
        raise LedgerError(f"moves {found}, but the shares stand for {expected}: events are missing")


def _issued(ledger: Ledger, shares: int, assets: Amounts) -> Ledger:
    _check_length(ledger, assets)
    for asset, amount in enumerate(assets):
        ledger = _with_recorded(ledger, asset, amount)
    return replace(ledger, shares=ledger.shares + shares)


def _with_recorded(ledger: Ledger, asset: int, change: int) -> Ledger:
    amount = _moved(ledger.recorded[asset], change, f"recorded {ledger.tokens[asset]}")
    return replace(ledger, recorded=_put(ledger.recorded, asset, amount))


def _with_owed(ledger: Ledger, asset: int, change: int) -> Ledger:
    amount = _moved(ledger.owed[asset], change, f"owed {ledger.tokens[asset]}")
    return replace(ledger, owed=_put(ledger.owed, asset, amount))


def _with_owed_of_delisted(ledger: Ledger, token: str, change: int) -> Ledger:
    formerly = dict(ledger.owed_of_delisted)
    formerly[token] = _moved(formerly[token], change, f"owed {token}")
    return replace(ledger, owed_of_delisted=tuple(formerly.items()))


def _moved(amount: int, change: int, what: str) -> int:
    if amount + change < 0:
        raise LedgerError(f"takes {-change} from {what}, which is {amount}")
    return amount + change


def _put(amounts: Amounts, position: int, amount: int) -> Amounts:
    return (*amounts[:position], amount, *amounts[position + 1 :])


def _without(items: tuple[T, ...], position: int) -> tuple[T, ...]:
    """`items` without one, the last in its place."""
    *others, last = items
    if position < len(others):
        others[position] = last
    return tuple(others)


def _position(ledger: Ledger, token: str) -> int:
    if token not in ledger.tokens:
        raise LedgerError(f"{token} is not an asset, expected one of {', '.join(ledger.tokens)}")
    return ledger.tokens.index(token)


def _check_length(ledger: Ledger, assets: Amounts) -> None:
    if len(assets) != len(ledger.tokens):
        raise LedgerError(f"{len(assets)} amounts, expected {len(ledger.tokens)}")
