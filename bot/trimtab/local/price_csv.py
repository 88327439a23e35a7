"""Reads prices from a CSV file, and names file, line and column of whatever is wrong with it.

The first column is the time in UTC, every other one the price of an asset. A column `date` holds
days, and prices are those of the day's end; `open_time_utc` holds the beginning of each interval,
and prices are those of its end; `time_utc` holds the moment itself. A name that ends in `.gz` is
unpacked.
"""

from __future__ import annotations

import csv
import gzip
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from typing import TextIO

from trimtab.domain.units import DAY
from trimtab.errors import BadInput, PriceFileError
from trimtab.local.prices import PriceHistory, require_assets

DATE_COLUMN, OPEN_COLUMN, TIME_COLUMN = "date", "open_time_utc", "time_utc"
TIME_FORMATS = {
    DATE_COLUMN: "%Y-%m-%d",
    OPEN_COLUMN: "%Y-%m-%d %H:%M:%S",
    TIME_COLUMN: "%Y-%m-%d %H:%M:%S",
}
"""How the first column is written, by its name."""

_EXAMPLES = {
    DATE_COLUMN: "2021-12-31",
    OPEN_COLUMN: "2021-12-31 23:00:00",
    TIME_COLUMN: "2021-12-31 23:00:00",
}

_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class DateRange:
    """Days to read, both included; None is the file's own end."""

    first: date | None = None
    last: date | None = None

    def __post_init__(self) -> None:
        """Refuse a range that ends before it begins."""
        if self.first is not None and self.last is not None and self.last < self.first:
            raise BadInput(f"days from {self.first} to {self.last}: the last is before the first")

    def holds(self, timestamp: int) -> bool:
        """Whether a time lies on one of the days."""
        day = datetime.fromtimestamp(timestamp, UTC).date()
        return (self.first is None or day >= self.first) and (self.last is None or day <= self.last)


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    timestamp: int
    cells: list[str]


def load_prices(path: Path, assets: tuple[str, ...], days: DateRange | None = None) -> PriceHistory:
    """Prices of some assets on some days of a file.

    Parameters
    ----------
    path
        The file.
    assets
        Columns to read, in this order; the first is the base asset.
    days
        Days to read; all of the file if None.

    Raises
    ------
    PriceFileError
        If the file cannot be read or its contents cannot be used; it names the line and the column.
    BadInput
        If the choice of assets makes no portfolio.
    """
    require_assets(assets)
    table = _Table(path)
    try:
        with _open(path) as text:
            lines = csv.reader(text, strict=True)
            columns = table.columns(next(lines, []), assets)
            rows = list(table.rows(lines))
    except FileNotFoundError:
        raise PriceFileError("no such file; name another with --prices", file=str(path)) from None
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as fault:
        cause = getattr(fault, "strerror", None) or fault
        raise PriceFileError(f"cannot be read as CSV: {cause}", file=str(path)) from fault
    chosen = table.within(rows, days or DateRange())
    interval = table.interval(chosen)
    prices = tuple(tuple(table.price(row, c) for c in columns) for row in chosen)
    shift = interval if table.header[0] in (DATE_COLUMN, OPEN_COLUMN) else 0
    return PriceHistory(tuple(row.timestamp + shift for row in chosen), assets, prices)


class _Table:
    """A file being read: every method that finds a fault knows where it stands."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.header: list[str] = []

    def columns(self, header: list[str], assets: tuple[str, ...]) -> list[int]:
        """Positions of the columns of `assets`."""
        if not header or header[0] not in TIME_FORMATS:
            expected = ", ".join(f"`{name}`" for name in TIME_FORMATS)
            got = f"`{header[0]}`" if header else "nothing"
            raise self._fault(f"the first column is {got}; expected one of {expected}", line=1)
        twice = sorted({name for name in header if header.count(name) > 1})
        if twice:
            raise self._fault(f"column `{twice[0]}` stands there more than once", line=1)
        self.header = header
        for asset in assets:
            if asset not in header[1:]:
                raise self._fault(f"no column `{asset}`; it has {', '.join(header[1:])}", line=1)
        return [header.index(asset) for asset in assets]

    def rows(self, lines: Iterable[list[str]]) -> Iterator[_Row]:
        """The rows below the header, blank ones left out, each later than the one before."""
        newest: _Row | None = None
        for line, cells in enumerate(lines, start=2):
            if not cells:
                continue
            if len(cells) != len(self.header):
                problem = f"{len(cells)} cells, expected {len(self.header)} as in the header"
                raise self._fault(problem, line=line)
            row = _Row(line, self._timestamp(cells[0], line), cells)
            if newest is not None and row.timestamp <= newest.timestamp:
                word = "repeats" if row.timestamp == newest.timestamp else "is earlier than"
                problem = f"{cells[0]} {word} {newest.cells[0]}, one row above; times must rise"
                raise self._fault(problem, line=line, column=self.header[0])
            newest = row
            yield row

    def within(self, rows: list[_Row], days: DateRange) -> list[_Row]:
        """The rows of the days that were asked for, all of which must exist."""
        if not rows:
            raise self._fault("no rows below the header", line=1)
        first, last = (_day(row.timestamp) for row in (rows[0], rows[-1]))
        for name, asked in (("first", days.first), ("last", days.last)):
            if asked is not None and not first <= asked <= last:
                problem = f"the {name} day asked for, {asked}, is outside: it has {first} … {last}"
                raise self._fault(problem)
        chosen = [row for row in rows if days.holds(row.timestamp)]
        if len(chosen) < 2:
            raise self._fault(f"{len(chosen)} rows on the days asked for; at least 2 are needed")
        return chosen

    def interval(self, rows: list[_Row]) -> int:
        """Seconds from each row to the next, which must not differ."""
        steps = [b.timestamp - a.timestamp for a, b in pairwise(rows)]
        interval = DAY if self.header[0] == DATE_COLUMN else min(steps)
        for row, step in zip(rows[1:], steps, strict=True):
            if step != interval:
                due = datetime.fromtimestamp(row.timestamp - step + interval, UTC)
                problem = (
                    f"a gap: {due.strftime(TIME_FORMATS[self.header[0]])} should stand before "
                    f"{row.cells[0]}; choose days without gaps, or fill them in the file"
                )
                raise self._fault(problem, line=row.line, column=self.header[0])
        return interval

    def price(self, row: _Row, column: int) -> float:
        """The price in one cell."""
        text, name = row.cells[column].strip(), self.header[column]
        if not text:
            problem = f"blank on {row.cells[0]}; choose days on which {name} has prices"
            raise self._fault(problem, line=row.line, column=name)
        if not _NUMBER.fullmatch(text):
            problem = f"`{text[:40]}` is not a number; expected a price such as 29374.15"
            raise self._fault(problem, line=row.line, column=name)
        price = float(text)
        if not 0 < price < math.inf:
            raise self._fault(f"{text}: a price must be above 0", line=row.line, column=name)
        return price

    def _timestamp(self, text: str, line: int) -> int:
        name = self.header[0]
        try:
            moment = datetime.strptime(text, TIME_FORMATS[name]).replace(tzinfo=UTC)
        except ValueError as fault:
            problem = f"`{text[:40]}` is not a time; expected one such as {_EXAMPLES[name]}"
            raise self._fault(problem, line=line, column=name) from fault
        return int(moment.timestamp())

    def _fault(
        self, problem: str, *, line: int | None = None, column: str | None = None
    ) -> PriceFileError:
        return PriceFileError(problem, file=str(self._path), line=line, column=column)


def _day(timestamp: int) -> date:
    return datetime.fromtimestamp(timestamp, UTC).date()


def _open(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")
