"""Run bands to target in `vectorbt`, charged as the engine charges them.

Runs in an environment of its own: reads the arrays that `bench_compare` wrote, writes values.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import vectorbt as vbt
from numba import njit
from numpy.typing import NDArray
from vectorbt.portfolio import nb
from vectorbt.portfolio.enums import SizeType

Vector = NDArray[np.float64]

CAPITAL = 1.0
AMOUNT = int(SizeType.Amount)
RUNS = 5
"""Timed runs after one that compiles; the fastest counts."""


@njit(cache=True)
def before_bar(c: Any, targets: Vector, triggers: Vector, fee: float) -> tuple[Any, ...]:
    """Orders of one variant at one bar: what each asset trades, and the bill of it all."""
    sizes, bill, nav = np.zeros(c.group_len), 0.0, 0.0
    for k in range(c.group_len):
        nav += c.last_position[c.from_col + k] * c.close[c.i, c.from_col + k]
    if c.i == 0:
        nav = c.init_cash[c.group]
    apart, traded = 0.0, 0.0
    for k in range(c.group_len):
        gap = c.last_position[c.from_col + k] * c.close[c.i, c.from_col + k] / nav - targets[k]
        apart, traded = max(apart, abs(gap)), traded + abs(gap) / 2.0
    if c.i == 0 or apart >= triggers[c.group]:
        bill = 0.0 if c.i == 0 else fee * traded * nav
        for k in range(c.group_len):
            price = c.close[c.i, c.from_col + k]
            sizes[k] = targets[k] * (nav - bill) / price - c.last_position[c.from_col + k]
    for k in range(c.group_len):
        c.call_seq_now[k] = k
    order = np.argsort(sizes * c.close[c.i, c.from_col : c.to_col])
    for k in range(c.group_len):
        c.call_seq_now[k] = order[k]
    return sizes, order[0], bill


@njit(cache=True)
def one_order(c: Any, sizes: Vector, first: int, bill: float) -> Any:
    """The order of one asset; the first sale carries the bill."""
    k = c.col - c.from_col
    if sizes[k] == 0.0:
        return nb.order_nothing_nb()
    return nb.order_nb(
        size=sizes[k],
        price=c.close[c.i, c.col],
        size_type=AMOUNT,
        fixed_fees=bill if k == first else 0.0,
    )


def values(prices: Vector, targets: Vector, triggers: Vector, fee: float) -> Vector:
    """Value at each bar of each band traded to target, shape (t, v)."""
    variants = len(triggers)
    columns = pd.MultiIndex.from_product([range(variants), range(len(targets))])
    book = vbt.Portfolio.from_order_func(
        pd.DataFrame(np.tile(prices, variants), columns=columns),
        one_order,
        pre_segment_func_nb=before_bar,
        pre_segment_args=(targets, triggers, fee),
        group_by=np.repeat(np.arange(variants), len(targets)),
        cash_sharing=True,
        init_cash=CAPITAL,
    )
    found: Vector = book.value().to_numpy() / CAPITAL
    return found


def main(given: Path, written: Path) -> None:
    """Run what the file says, and write what came of it beside the milliseconds of a variant."""
    case = np.load(given)
    prices, targets, triggers = case["prices"], case["targets"], case["triggers"]
    free = values(prices, targets, triggers, 0.0)
    times = []
    for _ in range(RUNS):
        began = time.perf_counter()
        values(prices, targets, triggers, float(case["fee"]))
        times.append(time.perf_counter() - began)
    np.savez(
        written,
        version=vbt.__version__,
        free=free,
        charged=values(prices, targets, triggers, float(case["fee"])),
        ms_per_variant=min(times) * 1e3 / len(triggers),
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
