"""The file of bars that a backtest wrote, read again for a report."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from trimtab.errors import BadInput
from trimtab.research.attribution import HoldingPath, traded_path
from trimtab.research.price_table import read_frame

__all__ = ["bars_path"]

LEAST_BARS = 3
"""Fewest bars of a report: a volatility needs two returns."""


def bars_path(file: Path) -> HoldingPath:
    """What a backtest held at each bar, from the file of bars it wrote.

    Quantities change only at bars with swaps: what differs elsewhere is rounding.

    Raises
    ------
    BadInput
        Naming the column or the row that cannot be used.
    """
    frame = read_frame(file)
    assets = tuple(str(name)[6:] for name in frame.columns if str(name).startswith("price_"))
    needed = ["value", "swaps", *(f"{kind}_{a}" for kind in ("price", "weight") for a in assets)]
    missing = [name for name in needed if name not in frame.columns]
    if missing or not assets or "time_utc" not in frame.columns:
        raise BadInput(
            f"{file}: no column {', '.join(missing) or 'price_… or time_utc'}: expected a file "
            "that trimtab backtest --output wrote"
        )
    numbers = frame[needed].apply(pd.to_numeric, errors="coerce").to_numpy(float)
    times = pd.to_datetime(frame["time_utc"], errors="coerce", utc=True)
    value, swaps = numbers[:, 0], numbers[:, 1]
    prices, weights = numbers[:, 2 : 2 + len(assets)], numbers[:, 2 + len(assets) :]
    sound = np.isfinite(numbers).all(axis=1) & (value > 0) & (prices > 0).all(axis=1)
    sound &= times.notna().to_numpy() & (weights >= 0).all(axis=1)
    if not sound.all() or len(frame) < LEAST_BARS:
        row = int(np.argmin(sound)) + 2
        fault = f"line {row} has a number or time that cannot be used"
        raise BadInput(f"{file}: {fault if not sound.all() else 'too few bars for a report'}")
    quantities = weights * value[:, None] / prices
    last = np.maximum.accumulate(np.where(swaps > 0, np.arange(len(frame)), 0))
    seconds = tuple(int(time.timestamp()) for time in times)
    return traded_path(seconds, assets, prices, quantities[last])
