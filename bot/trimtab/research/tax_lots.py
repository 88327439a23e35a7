"""Tax lots: what was acquired, at what cost, and which of it a disposal takes.

Quantities are smallest units and money is WAD of the unit of account, both integers. Where a lot or
a sum is split, each part is rounded down and the last takes the rest: nothing is lost or made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction

from trimtab.domain.phrases import moment
from trimtab.errors import BadInput


class Method(StrEnum):
    """Which lots a disposal takes first."""

    FIFO = "fifo"
    """The oldest."""
    LIFO = "lifo"
    """The newest."""
    HIFO = "hifo"
    """Those with the highest cost of one unit."""
    SPECIFIC = "specific"
    """Those that are named."""


@dataclass(frozen=True, slots=True)
class Acquisition:
    """Something came in.

    Attributes
    ----------
    at
        When, in seconds.
    quantity
        How much, in smallest units.
    cost
        What it cost, in WAD.
    reference
        Where it stands: a transaction, and the place in it. Names the lot.
    """

    at: int
    quantity: int
    cost: int
    reference: str


@dataclass(frozen=True, slots=True)
class Disposal:
    """Something went out; attributes as of `Acquisition`, `proceeds` in WAD."""

    at: int
    quantity: int
    proceeds: int
    reference: str


Movement = Acquisition | Disposal


@dataclass(frozen=True, slots=True)
class Lot:
    """What is left of an acquisition."""

    reference: str
    acquired_at: int
    quantity: int
    cost: int


@dataclass(frozen=True, slots=True)
class Realised:
    """A part of a lot that was disposed of.

    Attributes
    ----------
    lot, disposal
        References of the acquisition and of the disposal.
    acquired_at, disposed_at
        When, in seconds.
    quantity
        In smallest units.
    cost, proceeds
        In WAD.
    """

    lot: str
    disposal: str
    acquired_at: int
    disposed_at: int
    quantity: int
    cost: int
    proceeds: int

    @property
    def gain(self) -> int:
        """Proceeds less cost, in WAD."""
        return self.proceeds - self.cost

    def is_long_term(self, period: int) -> bool:
        """Whether it was held for more than `period` seconds."""
        return self.disposed_at - self.acquired_at > period


@dataclass(frozen=True, slots=True)
class LotBook:
    """Lots of one asset: those that are left, in the order they came, and those that went."""

    asset: str
    lots: tuple[Lot, ...] = ()
    realised: tuple[Realised, ...] = ()

    @property
    def quantity(self) -> int:
        """What is left, in smallest units."""
        return sum(lot.quantity for lot in self.lots)

    @property
    def cost(self) -> int:
        """What that cost, in WAD."""
        return sum(lot.cost for lot in self.lots)


Picks = Mapping[str, Sequence[str]]
"""For each disposal, by its reference, the lots it takes, by theirs, in order."""


def settle(
    asset: str, movements: Iterable[Movement], method: Method, picks: Picks | None = None
) -> LotBook:
    """The book after all movements.

    Parameters
    ----------
    asset
        What a person calls it.
    movements
        In the order they happened.
    picks
        Lots that disposals take, for `Method.SPECIFIC`.

    Raises
    ------
    BadInput
        If a disposal takes more than there is, names lots that are not there, or names none.
    """
    book = LotBook(asset)
    for movement in movements:
        if isinstance(movement, Acquisition):
            book = _acquired(book, movement)
        else:
            order = _order(book, movement, method, picks or {})
            book = _disposed(book, movement, order)
    return book


def order_lots(lots: Sequence[Lot], method: Method) -> tuple[Lot, ...]:
    """Lots in the order in which a method takes them; of equals, the oldest first."""
    if method is Method.LIFO:
        return tuple(reversed(lots))
    if method is Method.HIFO:
        return tuple(sorted(lots, key=lambda lot: -Fraction(lot.cost, lot.quantity)))
    return tuple(lots)


def take(lots: Sequence[Lot], disposal: Disposal) -> tuple[tuple[Realised, ...], dict[str, Lot]]:
    """What a disposal realises of `lots` in their order, and what is left of those it touched.

    Raises
    ------
    BadInput
        If they hold less than it takes.
    """
    realised, left, taken = [], {}, 0
    for lot in lots:
        if taken == disposal.quantity:
            break
        quantity = min(lot.quantity, disposal.quantity - taken)
        cost = lot.cost * quantity // lot.quantity
        realised.append(
            Realised(
                lot=lot.reference,
                disposal=disposal.reference,
                acquired_at=lot.acquired_at,
                disposed_at=disposal.at,
                quantity=quantity,
                cost=cost,
                proceeds=_slice(disposal, taken, taken + quantity),
            )
        )
        left[lot.reference] = replace(lot, quantity=lot.quantity - quantity, cost=lot.cost - cost)
        taken += quantity
    if taken != disposal.quantity:
        raise BadInput(
            f"{disposal.reference} at {moment(disposal.at)} disposes of {disposal.quantity} units, "
            f"but its lots hold {taken}: an acquisition is missing"
        )
    return tuple(realised), left


def _slice(disposal: Disposal, first: int, last: int) -> int:
    """Proceeds of the units from `first` to `last`; over all units they sum to the whole."""
    total, quantity = disposal.proceeds, disposal.quantity
    return total * last // quantity - total * first // quantity


def _acquired(book: LotBook, movement: Acquisition) -> LotBook:
    if movement.quantity < 0 or movement.cost < 0:
        raise BadInput(
            f"{book.asset}: {movement.reference} acquires {movement.quantity} units for "
            f"{movement.cost}; neither can be below 0"
        )
    if not movement.quantity:
        return book
    if any(lot.reference == movement.reference for lot in book.lots):
        raise BadInput(f"{book.asset}: lot {movement.reference} exists already")
    lot = Lot(movement.reference, movement.at, movement.quantity, movement.cost)
    return replace(book, lots=(*book.lots, lot))


def _disposed(book: LotBook, movement: Disposal, order: Sequence[Lot]) -> LotBook:
    if movement.quantity == 0:
        return book
    try:
        realised, left = take(order, movement)
    except BadInput as error:
        raise BadInput(f"{book.asset}: {error}") from None
    lots = tuple(left.get(lot.reference, lot) for lot in book.lots)
    return replace(
        book,
        lots=tuple(lot for lot in lots if lot.quantity),
        realised=(*book.realised, *realised),
    )


def _order(book: LotBook, movement: Disposal, method: Method, picks: Picks) -> Sequence[Lot]:
    if method is not Method.SPECIFIC:
        return order_lots(book.lots, method)
    if movement.reference not in picks:
        raise BadInput(f"{book.asset}: no lots are named for the disposal {movement.reference}")
    lots = {lot.reference: lot for lot in book.lots}
    unknown = [name for name in picks[movement.reference] if name not in lots]
    if unknown:
        raise BadInput(
            f"{book.asset}: lot {unknown[0]} is not there for {movement.reference}; there are "
            f"{', '.join(lots) or 'none'}"
        )
    return [lots[name] for name in dict.fromkeys(picks[movement.reference])]
