"""Price tables for research: read from CSV or Parquet, checked, every gap dealt with openly."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trimtab.domain.costs import SECONDS_PER_YEAR
from trimtab.errors import BadInput, PriceFileError

__all__ = [
    "Missing",
    "PriceTable",
    "between",
    "from_bar",
    "read_prices",
    "table_of",
    "write_prices",
]

Matrix = NDArray[np.float64]

TIME_COLUMNS = ("date", "open_time_utc", "time_utc")
"""Names the first column may have: a day, the beginning of an interval, or the moment itself."""

LEAST_BARS = 3
"""Fewest bars of which anything can be said."""

MOST_MISSING = 0.2
"""Largest share of bars that may be carried forward before a table is refused."""


class Missing(StrEnum):
    """What is done about prices that are not there."""

    REFUSE = "refuse"
    """The table is refused."""
    TRIM = "trim"
    """It begins where every asset has a price; what is missing after that is refused."""
    CARRY = "carry"
    """As trimmed; later gaps keep the last price, and nothing trades on such a bar."""


@dataclass(frozen=True, slots=True)
class PriceTable:
    """Prices of some assets at even times, without gaps.

    Attributes
    ----------
    timestamps
        Shape (t,). Seconds since 1970, evenly spaced.
    assets
        Symbols; the first is the base asset.
    prices
        Shape (t, n). In one unit of account, positive and finite.
    fresh
        Shape (t,). Whether every price was seen at that bar; elsewhere one was carried forward.
    """

    timestamps: NDArray[np.int64]
    assets: tuple[str, ...]
    prices: Matrix
    fresh: NDArray[np.bool_]

    def __len__(self) -> int:
        return self.timestamps.size

    @property
    def interval(self) -> int:
        """Seconds from one bar to the next."""
        return int(self.timestamps[1] - self.timestamps[0])

    @property
    def bars_per_year(self) -> float:
        """Bars in a year."""
        return SECONDS_PER_YEAR / self.interval


def read_prices(
    path: Path, assets: tuple[str, ...] = (), missing: Missing = Missing.REFUSE
) -> PriceTable:
    """Prices of a CSV (also `.csv.gz`) or Parquet file.

    Parameters
    ----------
    path
        The file: a time column (see `TIME_COLUMNS`), then one column for each asset.
    assets
        Columns to read, the base asset first; every column if empty.
    missing
        What is done about gaps.

    Raises
    ------
    PriceFileError
        If the file cannot be read, or what it holds cannot be used.
    """
    frame = read_frame(path)
    try:
        return table_of(frame, assets, missing)
    except BadInput as fault:
        raise PriceFileError(str(fault), file=str(path)) from fault


def read_frame(path: Path) -> pd.DataFrame:
    """A CSV or Parquet file as it stands, its first column the time.

    Raises
    ------
    PriceFileError
        If the file cannot be read.
    """
    try:
        return pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
    except FileNotFoundError:
        raise PriceFileError("no such file; name another with --prices", file=str(path)) from None
    except (OSError, ValueError) as fault:  # pandas and pyarrow raise kinds of ValueError
        raise PriceFileError(f"cannot be read as a table: {fault}", file=str(path)) from fault


def table_of(
    frame: pd.DataFrame, assets: tuple[str, ...] = (), missing: Missing = Missing.REFUSE
) -> PriceTable:
    """A table from a frame whose first column is the time.

    Raises
    ------
    BadInput
        Naming the column, the row or the number that cannot be used.
    """
    frame, times = _timed(frame)
    chosen = assets or tuple(str(column) for column in frame.columns[1:])
    _require_columns(frame, chosen)
    prices = frame[list(chosen)].apply(pd.to_numeric, errors="coerce").to_numpy(float)
    _refuse_impossible(prices, chosen, times)
    known = np.isfinite(prices)
    if missing is not Missing.REFUSE:
        start = int(np.argmax(known.all(axis=1))) if known.all(axis=1).any() else 0
        times, prices = times[start:], prices[start:]
    times, prices = _even(times, prices, missing)
    prices, fresh = _filled(prices, chosen, times, missing)
    _refuse_lifeless(prices, chosen)
    return PriceTable(times, chosen, prices, fresh)


def between(table: PriceTable, first: date | None, last: date | None) -> PriceTable:
    """The bars of some days, both included.

    Raises
    ------
    BadInput
        If fewer than `LEAST_BARS` are left.
    """
    days = pd.to_datetime(table.timestamps - 1, unit="s").date
    kept = np.array([(not first or d >= first) and (not last or d <= last) for d in days])
    if kept.sum() < LEAST_BARS:
        raise BadInput(
            f"{int(kept.sum())} bars from {first} to {last}, expected at least {LEAST_BARS}; "
            f"the prices run from {days[0]} to {days[-1]}"
        )
    return _select(table, kept)


def from_bar(table: PriceTable, first: int) -> PriceTable:
    """The bars of a table from `first` on."""
    return _select(table, slice(first, None))


def write_prices(table: PriceTable, path: Path) -> None:
    """Write a table to CSV or Parquet, by the name's ending, in the form `read_prices` reads."""
    frame = pd.DataFrame(table.prices, columns=list(table.assets))
    times = pd.to_datetime(table.timestamps, unit="s").strftime("%Y-%m-%d %H:%M:%S")
    frame.insert(0, "time_utc", times)
    if path.suffix == ".parquet":
        frame.to_parquet(path, index=False)
    else:
        frame.to_csv(path, index=False)


def _select(table: PriceTable, kept: slice | NDArray[np.bool_]) -> PriceTable:
    return replace(
        table,
        timestamps=table.timestamps[kept],
        prices=table.prices[kept],
        fresh=table.fresh[kept],
    )


def _timed(frame: pd.DataFrame) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    """The frame by rising times, and those; prices of days and intervals hold at their end."""
    first = str(frame.columns[0]) if len(frame.columns) else "nothing"
    if first not in TIME_COLUMNS:
        raise BadInput(f"the first column is `{first}`, expected one of {', '.join(TIME_COLUMNS)}")
    moments = pd.to_datetime(frame.iloc[:, 0], errors="coerce")
    if moments.isna().any():
        row = int(np.argmax(moments.isna()))
        raise BadInput(f"row {row + 1} has the time {frame.iloc[row, 0]!r}, expected a date")
    times = moments.to_numpy("datetime64[s]").astype(np.int64)
    falls = np.flatnonzero(np.diff(times) <= 0)
    if falls.size:
        row = int(falls[0]) + 1
        raise BadInput(f"row {row + 1} is not later than the row before: {frame.iloc[row, 0]}")
    if times.size < LEAST_BARS:
        raise BadInput(f"{times.size} rows of prices, expected at least {LEAST_BARS}")
    shift = 0 if first == "time_utc" else int(np.diff(times).min())
    return frame, times + shift


def _require_columns(frame: pd.DataFrame, assets: tuple[str, ...]) -> None:
    if len(assets) < 2 or len(set(assets)) < len(assets):
        raise BadInput(f"a portfolio needs at least 2 different assets, got {', '.join(assets)}")
    for asset in assets:
        if asset not in frame.columns[1:]:
            raise BadInput(f"no column `{asset}`; it has {', '.join(map(str, frame.columns[1:]))}")


def _refuse_impossible(prices: Matrix, assets: tuple[str, ...], times: NDArray[np.int64]) -> None:
    bad = (prices <= 0) | np.isinf(prices)
    if bad.any():
        row, column = np.argwhere(bad)[0]
        raise BadInput(
            f"{assets[column]} costs {prices[row, column]} on {_day(times[row])}, "
            "expected a price above 0"
        )


def _even(
    times: NDArray[np.int64], prices: Matrix, missing: Missing
) -> tuple[NDArray[np.int64], Matrix]:
    """Bars at even distances; those that the source lacks have no prices yet."""
    if times.size < LEAST_BARS:
        raise BadInput(f"{times.size} bars in which every asset has a price, expected {LEAST_BARS}")
    step = int(np.diff(times).min())
    places = (times - times[0]) // step
    if ((times - times[0]) % step).any():
        row = int(np.flatnonzero((times - times[0]) % step)[0])
        raise BadInput(f"{_day(times[row])}: times are not a multiple of {step} s apart")
    length = int(places[-1]) + 1
    if length == times.size:
        return times, prices
    if missing is not Missing.CARRY:
        row = int(np.argmax(np.diff(places) > 1))
        raise BadInput(
            f"no rows between {_day(times[row])} and {_day(times[row + 1])}; "
            "--missing carry keeps the last price there"
        )
    full = np.full((length, prices.shape[1]), np.nan)
    full[places] = prices
    return times[0] + step * np.arange(length), full


def _filled(
    prices: Matrix, assets: tuple[str, ...], times: NDArray[np.int64], missing: Missing
) -> tuple[Matrix, NDArray[np.bool_]]:
    known = np.isfinite(prices)
    fresh: NDArray[np.bool_] = np.logical_and.reduce(known, axis=1)
    if fresh.all():
        return prices, fresh
    row, column = np.argwhere(~known)[0]
    where = f"{assets[column]} has no price on {_day(times[row])}"
    if missing is not Missing.CARRY:
        raise BadInput(f"{where}; --missing trim or carry says what to do about it")
    if 1 - fresh.mean() > MOST_MISSING:
        raise BadInput(
            f"{where}, and {1 - fresh.mean():.0%} of the bars lack one; at most "
            f"{MOST_MISSING:.0%} are carried forward"
        )
    return pd.DataFrame(prices).ffill().to_numpy(), fresh


def _refuse_lifeless(prices: Matrix, assets: tuple[str, ...]) -> None:
    """An asset other than the base whose price never moves is a stuck source, not a market."""
    for column, asset in enumerate(assets[1:], start=1):
        if np.ptp(prices[:, column]) == 0:
            raise BadInput(f"{asset} costs {prices[0, column]} in every row: a price must move")


def _day(time: int) -> str:
    return str(pd.Timestamp(int(time), unit="s"))
