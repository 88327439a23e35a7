"""What a sale would realise, which losses could be taken, and how much fits a budget of gains.

Advice only: nothing here trades, and what a tax office accepts is for the reader to know.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from trimtab.domain.arithmetic import value_down
from trimtab.domain.units import DAY, WAD
from trimtab.errors import BadInput
from trimtab.research.tax_lots import Disposal, Lot, LotBook, Method, order_lots, take

LONG_TERM = 365 * DAY
"""Longer than this a holding counts as long-term unless another period is given, in seconds."""

WAITING_WINDOW = 30 * DAY
"""Time before and after a sale at a loss in which the same asset should not be bought."""

SUBSTITUTES = {
    "WETH": "wstETH",
    "wstETH": "WETH",
    "ETH": "wstETH",
    "WBTC": "cbBTC",
    "cbBTC": "WBTC",
    "BTC": "cbBTC",
}
"""What keeps the exposure of an asset while its waiting window runs."""


@dataclass(frozen=True, slots=True)
class Unrealised:
    """A lot at a price.

    Attributes
    ----------
    asset, lot
        What it is.
    value
        What it is worth, in WAD, rounded down.
    """

    asset: str
    lot: Lot
    value: int

    @property
    def gain(self) -> int:
        """Worth less cost, in WAD."""
        return self.value - self.lot.cost


@dataclass(frozen=True, slots=True)
class HarvestRules:
    """When a loss is worth taking.

    Attributes
    ----------
    least_loss
        Smallest loss of a lot, in WAD.
    least_fraction
        Smallest loss as a fraction of its cost, in WAD.
    window
        Waiting window, in seconds.
    substitutes
        What may be held meanwhile, by symbol.
    """

    least_loss: int = 0
    least_fraction: int = WAD // 20
    window: int = WAITING_WINDOW
    substitutes: Mapping[str, str] | None = None

    def substitute_of(self, asset: str) -> str | None:
        """What may be held in place of an asset, if anything is known."""
        known = SUBSTITUTES if self.substitutes is None else self.substitutes
        return known.get(asset)


@dataclass(frozen=True, slots=True)
class HarvestCandidate:
    """A lot whose loss could be taken.

    Attributes
    ----------
    holding
        The lot and its value.
    substitute
        What may be held meanwhile, or None.
    clear_at
        From when no purchase of the asset lies within the window before a sale, in seconds.
    rebuy_at
        When the asset may be bought again if the lot is sold at `clear_at`, in seconds.
    """

    holding: Unrealised
    substitute: str | None
    clear_at: int
    rebuy_at: int


def unrealised(book: LotBook, price: int) -> tuple[Unrealised, ...]:
    """The lots that are left, at a price as the vault states it."""
    return tuple(Unrealised(book.asset, lot, value_down(lot.quantity, price)) for lot in book.lots)


def harvest_candidates(
    book: LotBook, price: int, *, now: int, rules: HarvestRules
) -> tuple[HarvestCandidate, ...]:
    """Lots with a loss worth taking, the largest first.

    Parameters
    ----------
    price
        Price as the vault states it.
    now
        The moment, in seconds.
    """
    found = []
    for holding in unrealised(book, price):
        loss = -holding.gain
        if loss <= 0 or loss < rules.least_loss:
            continue
        if loss * WAD < rules.least_fraction * holding.lot.cost:
            continue
        others = [lot.acquired_at for lot in book.lots if lot is not holding.lot]
        clear = max([now, *(at + rules.window for at in others if now - at < rules.window)])
        substitute = rules.substitute_of(book.asset)
        found.append(HarvestCandidate(holding, substitute, clear, clear + rules.window))
    return tuple(sorted(found, key=lambda candidate: candidate.holding.gain))


def planned_gain(book: LotBook, quantity: int, price: int, method: Method, *, now: int) -> int:
    """Gain that selling a quantity at a price would realise, in WAD; below zero for a loss.

    Raises
    ------
    BadInput
        If there is less to sell.
    """
    return _gain(order_lots(book.lots, method), quantity, price, now)


def largest_sale(book: LotBook, price: int, method: Method, *, budget: int, now: int) -> int:
    """Most units that can be sold in one go without realising more gain than `budget`, in WAD.

    The gain rises within a lot that has one and falls within one that has not, so the answer lies
    in the last lot at whose end the budget still held, or in the one after it.
    """
    if budget < 0:
        raise BadInput(f"a budget of gains must be at least 0, got {budget}")
    lots = order_lots(book.lots, method)
    ends = [0]
    for lot in lots:
        ends.append(ends[-1] + lot.quantity)
    within = [end for end in ends if _gain(lots, end, price, now) <= budget]
    low = max(within)
    high = next((end for end in ends if end > low), low)
    while low < high:
        middle = (low + high + 1) // 2
        fits = _gain(lots, middle, price, now) <= budget
        low, high = (middle, high) if fits else (low, middle - 1)
    return low


def safe_sale(book: LotBook, price: int, method: Method, *, budget: int, now: int) -> int:
    """Most units of which any part can be sold without realising more gain than `budget`, in WAD.

    A plan may sell less than it is allowed to: where a lot with a gain comes before one with a
    loss, the whole may keep a budget that a part of it breaks.
    """
    if budget < 0:
        raise BadInput(f"a budget of gains must be at least 0, got {budget}")
    lots = order_lots(book.lots, method)
    low = 0
    for lot in lots:
        high = low + lot.quantity
        if _gain(lots, high, price, now) <= budget:
            low = high
            continue
        while low < high:
            middle = (low + high + 1) // 2
            fits = _gain(lots, middle, price, now) <= budget
            low, high = (middle, high) if fits else (low, middle - 1)
        return low
    return low


@dataclass(frozen=True, slots=True)
class PlannedSale:
    """What a plan would sell of one asset.

    Attributes
    ----------
    book
        Its lots.
    price
        As the vault states it.
    quantity
        In its smallest unit.
    """

    book: LotBook
    price: int
    quantity: int

    def gain(self, method: Method, *, now: int) -> int:
        """What it would realise, in WAD; below zero for a loss."""
        return planned_gain(self.book, self.quantity, self.price, method, now=now)


def within_budget(
    sales: Sequence[PlannedSale], method: Method, *, budget: int, now: int
) -> tuple[int, ...]:
    """Most to sell of each asset so that all of it together realises no more gain than `budget`.

    The budget holds for any part of these amounts as well, since a plan may sell less: a loss is
    never set off against a gain. Those with the least gain for their value come first.
    """
    gains = [sale.gain(method, now=now) for sale in sales]
    caps, left = [sale.quantity for sale in sales], budget
    worth = [max(1, value_down(sale.quantity, sale.price)) for sale in sales]
    for i in sorted(range(len(sales)), key=lambda i: gains[i] * WAD // worth[i]):
        sale = sales[i]
        most = safe_sale(sale.book, sale.price, method, budget=left, now=now)
        caps[i] = min(sale.quantity, most)
        left -= _peak(order_lots(sale.book.lots, method), caps[i], sale.price, now)
    return tuple(caps)


def _peak(lots: Sequence[Lot], quantity: int, price: int, now: int) -> int:
    """Most gain that any part of a sale realises, at least 0: it is reached where a lot ends."""
    highest, end = max(0, _gain(lots, quantity, price, now)), 0
    for lot in lots:
        end += lot.quantity
        if end >= quantity:
            break
        highest = max(highest, _gain(lots, end, price, now))
    return highest


def _gain(lots: Sequence[Lot], quantity: int, price: int, now: int) -> int:
    if not quantity:
        return 0
    sale = Disposal(now, quantity, value_down(quantity, price), "the planned sale")
    realised, _ = take(lots, sale)
    return sum(part.gain for part in realised)
