"""Past closes from an exchange's public candles; what it answers is checked like any file."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import pandas as pd

from trimtab.errors import BadInput
from trimtab.models.libraries import library

__all__ = ["Candles", "closes", "open_exchange"]

TIMEFRAMES = {60: "1m", 300: "5m", 900: "15m", 3_600: "1h", 14_400: "4h", 86_400: "1d"}
"""Lengths of candles that nearly every exchange has, in seconds, with their names."""

MOST_PAGES = 5_000
"""Pages after which an exchange is not asked any more: none answers so little at a time."""


class Candles(Protocol):
    """An exchange as far as it is asked: one of ccxt's."""

    def fetch_ohlcv(
        self, symbol: str, timeframe: str, since: int, limit: int | None = None
    ) -> Sequence[Sequence[Any]]:
        """Rows of opening time in milliseconds, open, high, low, close and volume."""


def open_exchange(name: str) -> Candles:
    """The exchange of a name that ccxt knows, asked no faster than it likes.

    Raises
    ------
    BadInput
        If ccxt knows none of that name.
    """
    ccxt = library("ccxt", "exchanges")
    if name not in ccxt.exchanges:
        near = [known for known in ccxt.exchanges if known.startswith(name[:3])]
        raise BadInput(
            f'--exchange "{name}": ccxt knows none of that name; expected one such as '
            f"{', '.join(near[:5] or ccxt.exchanges[:5])}"
        )
    return _Ccxt(getattr(ccxt, name)({"enableRateLimit": True}), ccxt.BaseError)


class _Ccxt:
    """An exchange of ccxt, whose own errors become one of ours."""

    def __init__(self, exchange: Any, error: type[Exception]) -> None:
        self._exchange, self._error = exchange, error

    def fetch_ohlcv(
        self, symbol: str, timeframe: str, since: int, limit: int | None = None
    ) -> Sequence[Sequence[Any]]:
        try:
            rows: Sequence[Sequence[Any]] = self._exchange.fetch_ohlcv(
                symbol, timeframe, since, limit
            )
        except self._error as fault:
            words = str(fault).partition("\n")[0][:200] or type(fault).__name__
            raise BadInput(f"{symbol}: the exchange does not answer: {words}") from fault
        return rows


def closes(
    exchange: Candles, pairs: Mapping[str, str], *, since: int, until: int, interval: int
) -> pd.DataFrame:
    """Close of every whole candle from `since` to `until`; the time is that of the close.

    A candle that is missing stays missing, and one whose end is after `until` is left out.

    Parameters
    ----------
    pairs
        The exchange's symbol of each asset.
    since, until
        In seconds.
    interval
        Length of a candle, in seconds, of those in `TIMEFRAMES`.

    Raises
    ------
    BadInput
        If the exchange answers something that is no candle, or has none.
    """
    if interval not in TIMEFRAMES:
        raise BadInput(
            f"--interval {interval}: exchanges have candles of {', '.join(map(str, TIMEFRAMES))} "
            "seconds"
        )
    found = {
        asset: _series(exchange, symbol, (since, until, interval))
        for asset, symbol in pairs.items()
    }
    frame = pd.DataFrame(found).sort_index()
    times = np.arange(frame.index[0], frame.index[-1] + 1, interval)
    frame = frame.reindex(times)
    frame.insert(0, "time_utc", pd.to_datetime(frame.index, unit="s"))
    return frame.reset_index(drop=True)


def _series(exchange: Candles, symbol: str, span: tuple[int, int, int]) -> pd.Series:
    since, until, interval = span
    first = -(-since // interval) * interval
    found: dict[int, float] = {}
    for _ in range(MOST_PAGES):
        begin = max(found, default=first)
        page = _page(exchange, symbol, begin, interval)
        fresh = {at: close for at, close in page.items() if first < at <= until}
        if not fresh.keys() - found.keys():
            break
        found |= fresh
    if not found:
        raise BadInput(f"{symbol}: the exchange has no candles in this time")
    return pd.Series(found)


def _page(exchange: Candles, symbol: str, begin: int, interval: int) -> dict[int, float]:
    """Closes by the time they were made, of one answer."""
    rows = exchange.fetch_ohlcv(symbol, TIMEFRAMES[interval], begin * 1000)
    found = {}
    for row in rows:
        opened, close = _candle(symbol, row)
        if opened % interval:
            raise BadInput(f"{symbol}: a candle opens at {opened}, off the grid of {interval} s")
        found[opened + interval] = close
    return found


def _candle(symbol: str, row: Sequence[Any]) -> tuple[int, float]:
    try:
        opened, close = int(row[0]) // 1000, float(row[4])
    except (TypeError, ValueError, IndexError, OverflowError):
        raise BadInput(f"{symbol}: the exchange answered {str(row)[:100]}, no candle") from None
    if not 0 < close < math.inf:
        raise BadInput(f"{symbol}: the close at {opened} is {close}, expected a number above 0")
    return opened, close
