"""Gains of a year and what is still open, exact to the last unit, on the screen and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from trimtab.domain.phrases import moment
from trimtab.research.tax_lots import LotBook, Realised

COLUMNS = (
    "asset",
    "lot",
    "disposal",
    "acquired",
    "disposed",
    "quantity",
    "cost",
    "proceeds",
    "gain",
    "term",
)
"""Columns of the CSV file; money in the unit of account, quantities in whole tokens."""


@dataclass(frozen=True, slots=True)
class GainRow:
    """One realised part of a lot.

    Attributes
    ----------
    asset
        Symbol.
    decimals
        Of its quantities.
    part
        What was realised.
    long_term
        Whether it was held for longer than the holding period.
    """

    asset: str
    decimals: int
    part: Realised
    long_term: bool

    def cells(self) -> tuple[str, ...]:
        """The row as text, in the order of `COLUMNS`."""
        part = self.part
        return (
            self.asset,
            part.lot,
            part.disposal,
            moment(part.acquired_at),
            moment(part.disposed_at),
            exact_text(part.quantity, self.decimals),
            exact_text(part.cost, 18),
            exact_text(part.proceeds, 18),
            exact_text(part.gain, 18),
            "long" if self.long_term else "short",
        )


@dataclass(frozen=True, slots=True)
class GainTotals:
    """Sums over rows, in WAD."""

    cost: int
    proceeds: int
    short_gain: int
    long_gain: int

    @property
    def gain(self) -> int:
        """All gains less all losses."""
        return self.short_gain + self.long_gain


def gain_rows(
    books: Iterable[tuple[LotBook, int]], *, long_term: int, year: int | None = None
) -> tuple[GainRow, ...]:
    """Every realised part, by time of disposal.

    Parameters
    ----------
    books
        Books of assets, each with the decimals of its quantities.
    long_term
        Holding period, in seconds.
    year
        Calendar year (UTC) of the disposals; None takes all.
    """
    rows = [
        GainRow(book.asset, decimals, part, part.is_long_term(long_term))
        for book, decimals in books
        for part in book.realised
        if year is None or _year(part.disposed_at) == year
    ]
    return tuple(sorted(rows, key=lambda row: row.part.disposed_at))


def totals(rows: Sequence[GainRow]) -> GainTotals:
    """Sums over rows."""
    return GainTotals(
        cost=sum(row.part.cost for row in rows),
        proceeds=sum(row.part.proceeds for row in rows),
        short_gain=sum(row.part.gain for row in rows if not row.long_term),
        long_gain=sum(row.part.gain for row in rows if row.long_term),
    )


def csv_text(rows: Sequence[GainRow]) -> str:
    """The rows as a CSV file with a header."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(row.cells() for row in rows)
    return text.getvalue()


def exact_text(amount: int, decimals: int) -> str:
    """`amount / 10**decimals` without rounding and without an exponent."""
    sign, digits, _ = Decimal(amount).as_tuple()
    return f"{Decimal((sign, digits, -decimals)):f}"


def _year(timestamp: int) -> int:
    return datetime.fromtimestamp(timestamp, UTC).year
