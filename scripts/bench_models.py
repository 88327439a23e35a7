"""How models of target weights fare on days they have not seen, all under the same test."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from trimtab.errors import BadInput
from trimtab.models.moments import ReturnHistory
from trimtab.research.price_table import Missing, PriceTable, between, read_frame, read_prices
from trimtab.research.walk_forward import Schedule, walk_forward

PEGGED = ("USDC", "DAI", "USDT")
"""Left out: against them every model of least risk holds nothing else."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `scripts/bench models`."""
    parser.add_argument("--prices", type=Path, required=True, help="CSV or Parquet of daily prices")
    parser.add_argument("--test", required=True, metavar="FROM:TO", help="days to judge on")
    parser.add_argument("--assets", default="", metavar="A,B,C", help="all that fit if not given")
    parser.add_argument("--fee", type=float, default=30.0, help="fee of a swap, in bp")
    parser.add_argument("--json", action="store_true", help="figures only, as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Measure and print; the exit code of the command."""
    try:
        found = measure(arguments.prices, arguments.test, arguments.fee / 1e4, arguments.assets)
    except (BadInput, ValueError) as fault:
        print(f"error: {fault}", file=sys.stderr)
        return 2
    if arguments.json:
        print(json.dumps(found, indent=1))
        return 0
    print(
        f"{', '.join(found['assets'])}\n{'':<26}{'volatility':>12}{'growth':>10}{'fall':>8}", end=""
    )
    print(f"{'turnover':>10}")
    for name, row in found["models"].items():
        print(
            f"{name:<26}{row['volatility']:>12.1%}{row['growth']:>10.1%}{row['drawdown']:>8.1%}"
            f"{row['turnover']:>10.2f}"
        )
    return 0


def measure(prices: Path, test: str, fee: float, assets: str = "") -> dict[str, Any]:
    """Figures of every model over the test days, weights made monthly from the year before."""
    first, last = (date.fromisoformat(day) for day in test.split(":"))
    schedule = Schedule(fee=fee)
    begins = first - timedelta(days=schedule.window + 1)
    table = _table(prices, begins, last, tuple(filter(None, assets.split(","))))
    history = ReturnHistory(
        table.assets, table.prices[1:] / table.prices[:-1] - 1, table.bars_per_year
    )
    tested = len(between(table, first, last))
    found = walk_forward(history, len(history.returns) - tested, schedule=schedule)
    return {
        "assets": list(table.assets),
        "test": [str(first), str(last)],
        "models": {
            name: {
                "volatility": tried.volatility,
                "growth": tried.growth,
                "drawdown": tried.drawdown,
                "turnover": tried.turnover,
            }
            for name, tried in found.items()
        },
    }


def _table(prices: Path, begins: date, last: date, assets: tuple[str, ...]) -> PriceTable:
    """The assets named, or all that have prices on all of these days and are not pegged."""
    if assets:
        return between(read_prices(prices, assets, Missing.TRIM), begins, last)
    frame = read_frame(prices)
    names = [str(name) for name in frame.columns[1:] if name not in PEGGED]
    days = frame.iloc[:, 0].astype(str).str[:10]
    inside = frame[(days >= str(begins)) & (days <= str(last))]
    whole = tuple(name for name in names if inside[name].notna().all() and len(inside))
    if not whole:
        raise BadInput(f"{prices}: no asset has prices on every day from {begins} to {last}")
    return between(read_prices(prices, whole, Missing.TRIM), begins, last)
