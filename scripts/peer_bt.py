"""Run bands to target in `bt`, with fees as the engine charges them or as `bt` does.

Runs in an environment of its own: reads the arrays that `bench_compare` wrote, writes values.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Trade = Callable[[Any, Vector, Vector], None]

CAPITAL = 1e6
"""Money at the start. `bt` settles each order to 1e-8 of it."""

FIRST_DAY = "2000-01-01"


def values(prices: Vector, targets: Vector, trigger: float, fee: float, *, own: bool) -> Vector:
    """Value at each bar of one band traded to target, 1 at the first bar.

    Parameters
    ----------
    prices
        Shape (t, n). All above zero.
    targets
        Shape (n,). Weights that sum to one.
    trigger
        Distance from target at which everything trades to target.
    fee
        Cost of a unit of value that goes from one asset to another.
    own
        Whether `bt` charges it, half to each side of a swap as its commission; otherwise it is
        taken from the whole portfolio first, and what is left is brought to target.
    """
    days = pd.date_range(FIRST_DAY, periods=len(prices))
    names = [f"A{i}" for i in range(len(targets))]
    frame = pd.DataFrame(prices, days, names)
    act = band(names, targets, trigger, _commission_trade if own else _charged_trade(fee))
    half = fee / 2 if own else 0.0
    test = bt.Backtest(
        bt.Strategy("band", [act]),
        frame,
        initial_capital=CAPITAL,
        commissions=lambda quantity, price: abs(quantity) * price * half,
        integer_positions=False,
        progress_bar=False,
    )
    test.run()
    found: Vector = test.strategy.values.loc[days].to_numpy() / test.strategy.values.loc[days[0]]
    return found


def band(names: list[str], targets: Vector, trigger: float, trade: Trade) -> Callable[[Any], bool]:
    """What a strategy does at each bar; the first bar puts it on target without any fee."""

    def act(target: Any) -> bool:
        if not target.children:
            function, target.commission_fn = target.commission_fn, lambda *_: 0.0
            for name, weight in zip(names, targets, strict=True):
                target.rebalance(weight, child=name, base=CAPITAL, update=False)
            target.commission_fn = function
            return True
        worth = np.array([target.children[name].value for name in names])
        weights = worth / target.value
        if (np.abs(weights - targets) >= trigger).any():
            trade(target, weights, targets)
        return True

    return act


def _charged_trade(fee: float) -> Trade:
    def trade(target: Any, weights: Vector, targets: Vector) -> None:
        bill = fee * np.abs(weights - targets).sum() / 2 * target.value
        target.adjust(-bill, flow=False, fee=bill)
        _commission_trade(target, weights, targets)

    return trade


def _commission_trade(target: Any, _: Vector, targets: Vector) -> None:
    base = target.value
    for name, weight in zip(list(target.children), targets, strict=True):
        target.rebalance(weight, child=name, base=base, update=False)


def main(given: Path, written: Path) -> None:
    """Run what the file says, and write what came of it beside the milliseconds of a variant."""
    case = np.load(given)
    prices, targets, fee = case["prices"], case["targets"], float(case["fee"])
    trigger = float(case["triggers"][0])
    began = time.perf_counter()
    free = values(prices, targets, trigger, 0.0, own=False)
    elapsed = time.perf_counter() - began
    np.savez(
        written,
        version=bt.__version__,
        free=free[:, None],
        charged=values(prices, targets, trigger, fee, own=False)[:, None],
        own=values(prices, targets, trigger, fee, own=True)[:, None],
        ms_per_variant=elapsed * 1e3,
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
