"""What one share of a vault held over time, from the vault's events and prices."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from trimtab.errors import BadInput
from trimtab.history.chronicle import Entry
from trimtab.history.events import (
    Deposit,
    FeeAccrued,
    LegSettled,
    MintedInKind,
    RedeemedInKind,
    SurplusVested,
    VaultEvent,
    Withdraw,
    WrittenDown,
)
from trimtab.history.tokens import TokenFacts
from trimtab.research.attribution import TRADE, HoldingPath, Move

Vector = NDArray[np.float64]

PriceAt = Callable[[str, int], Fraction]
"""Worth of one whole token, by address, at a time in seconds; raises `MissingPrice`."""

KINDS: dict[type[VaultEvent], str] = {
    LegSettled: TRADE,
    FeeAccrued: "streaming fee",
    Deposit: "base-asset doors",
    Withdraw: "base-asset doors",
    MintedInKind: "rounding in kind",
    RedeemedInKind: "rounding in kind",
    SurplusVested: "surplus",
    WrittenDown: "write-down",
}
"""What each event that changes a share's holdings is called in an attribution."""

SHARE = 10**18
"""Share wei in one share."""


def share_path(
    entries: Sequence[Entry],
    tokens: Mapping[str, TokenFacts],
    price_at: PriceAt,
    *,
    times: Iterable[int] = (),
) -> HoldingPath:
    """Holdings of one share from the vault's first day to its last event, or the last of `times`.

    Parameters
    ----------
    entries
        The vault's chronicle.
    tokens
        Every token that was ever an asset, by address.
    price_at
        Prices; asked only where something is held.
    times
        Moments to show beside those of the events; earlier ones than the seed are left out.

    Raises
    ------
    BadInput
        If the vault was never seeded.
    MissingPrice
        If something is held at a time without a price.
    """
    seeded = next((i for i, entry in enumerate(entries) if entry.ledger.shares), None)
    if seeded is None:
        raise BadInput("the vault was never seeded: there is no share to account for")
    start = entries[seeded].timestamp
    later = entries[seeded + 1 :]
    moments = {start, *(entry.timestamp for entry in later), *(t for t in times if t > start)}
    clock = sorted(moments)
    held = _Holdings(entries[seeded:])
    quantities = np.array([held.per_share(time, tokens) for time in clock])
    prices = _prices(clock, quantities, list(tokens), price_at)
    moves = tuple(
        Move(
            step=clock.index(entry.timestamp),
            kind=KINDS[type(entry.event)],
            change=_share(entry, tokens) - _share(before, tokens),
        )
        for before, entry in pairwise(entries[seeded:])
        if type(entry.event) in KINDS
    )
    return HoldingPath(
        timestamps=tuple(clock),
        assets=tuple(facts.symbol for facts in tokens.values()),
        prices=prices,
        quantities=quantities,
        moves=tuple(move for move in moves if move.step),
    )


class _Holdings:
    """What stood in the books at any time."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._times = [entry.timestamp for entry in entries]
        self._entries = entries

    def per_share(self, time: int, tokens: Mapping[str, TokenFacts]) -> Vector:
        """Whole tokens for one share, after everything that happened at `time`."""
        return _share(self._entries[bisect_right(self._times, time) - 1], tokens)


def _share(entry: Entry, tokens: Mapping[str, TokenFacts]) -> Vector:
    ledger = entry.ledger
    amounts = dict(zip(ledger.tokens, ledger.recorded, strict=True))
    unknown = sorted(set(amounts) - set(tokens))
    if unknown:
        raise BadInput(f"{unknown[0]} was an asset of the vault: its decimals are needed")
    return np.array(
        [
            float(Fraction(amounts.get(token, 0) * SHARE, ledger.shares * 10**facts.decimals))
            for token, facts in tokens.items()
        ]
    )


def _prices(
    clock: Sequence[int],
    quantities: NDArray[np.float64],
    tokens: Sequence[str],
    price_at: PriceAt,
) -> NDArray[np.float64]:
    """Prices at every time at which a token is held, before or after it; 0 elsewhere."""
    prices = np.zeros(quantities.shape)
    held = quantities > 0
    wanted = held | np.vstack([held[:1], held[:-1]])
    for step, column in np.argwhere(wanted):
        prices[step, column] = float(price_at(tokens[column], clock[step]))
    return prices
