"""How fast the backtest engine is, for fixed bands and for the cost-optimal policy."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable

import numpy as np
from trimtab.research.engine import Joint
from trimtab.research.forecast import covariance_path
from trimtab.research.price_table import PriceTable
from trimtab.research.runs import (
    Runs,
    SwapCost,
    band_rules,
    make_world,
    run_bands,
    run_cost_optimal,
)

ASSETS = 10
REPEATS = 50
"""Runs of each measurement, after one that compiles; the fastest counts, as other work on the
machine only ever slows one down."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `scripts/bench backtest`."""
    parser.add_argument("--json", action="store_true", help="figures only, as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Measure and print; the exit code of the command."""
    found = measure()
    if arguments.json:
        print(json.dumps(found, indent=2))
    else:
        print("\n".join(f"{name:<34}{value:>12.3f}" for name, value in found.items()))
    return 0


def measure() -> dict[str, float]:
    """Milliseconds, nanoseconds per bar and variant, and megabytes of results."""
    daily, hourly = market(2_500, 86_400), market(26_000, 3_600)
    found = {
        "numba_100_ms": bands(daily, 100),
        "hourly_100_ms": bands(hourly, 100),
        "cost_optimal_100_ms": cost_optimal(daily, 100),
        "cost_optimal_hourly_100_ms": cost_optimal(hourly, 100),
    }
    for variants in (10, 100, 1_000):
        per = 1e6 / (2_500 * variants)
        found[f"ns_per_bar_variant_{variants}"] = bands(daily, variants) * per
    found["results_mb_100"] = 4 * 8 * 2_500 * 100 / 1e6
    return found


def market(bars: int, interval: int, seed: int = 1) -> PriceTable:
    """Made-up prices of a pegged asset and nine that move by 60 % a year."""
    random = np.random.default_rng(seed)
    step = 0.6 * np.sqrt(interval / 31_557_600)
    moves = random.standard_normal((bars, ASSETS)) * step
    moves[:, 0] *= 0.001
    prices = np.exp(np.cumsum(moves, axis=0))
    names = tuple(f"A{number}" for number in range(ASSETS))
    return PriceTable(interval * np.arange(bars), names, prices, np.ones(bars, bool))


def bands(table: PriceTable, variants: int) -> float:
    """Milliseconds for bands of 1 to 10 %, traded to target, at a fee of 30 bp."""
    triggers = np.tile(np.linspace(0.01, 0.10, variants), (ASSETS, 1))
    world = make_world(table, np.full(ASSETS, 1 / ASSETS))
    rules = band_rules(triggers, np.zeros_like(triggers), SwapCost(0.003), whole=True)
    return _fastest(lambda: run_bands(world, rules, table.bars_per_year))


def cost_optimal(table: PriceTable, variants: int) -> float:
    """Milliseconds for as many risk aversions, with gas of 5 on an NAV of 100,000 at the start."""
    targets = np.full(ASSETS, 1 / ASSETS)
    world = make_world(table, targets)._replace(gas_in_value=True)
    joint = Joint(
        covariance=covariance_path(table.prices, table.bars_per_year, 90.0),
        risk_aversion=np.geomspace(0.5, 50.0, variants),
        coupling=np.full(variants, 0.2),
        costs=SwapCost(0.003, 0.0, 5e-5).rows(variants),
    )
    return _fastest(lambda: run_cost_optimal(world, joint, table.bars_per_year), repeats=3)


def _fastest(work: Callable[[], Runs], repeats: int = REPEATS) -> float:
    work()
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times) * 1e3
