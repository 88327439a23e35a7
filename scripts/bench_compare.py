"""Side by side with `bt` and `vectorbt`: the same values, and how long each takes."""

from __future__ import annotations

import argparse
import json
import subprocess
from pathlib import Path
from typing import Any

import bench_backtest
import numpy as np
from numpy.typing import NDArray
from trimtab.research.price_table import PriceTable
from trimtab.research.runs import SwapCost, band_rules, make_world, run_bands

Vector = NDArray[np.float64]
Arrays = dict[str, Any]

ROOT = Path(__file__).resolve().parent.parent
PEERS = ("bt", "vectorbt")
BARS, VARIANTS, DAY = 2_500, 100, 86_400
FEE = 0.003


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `scripts/bench compare`."""
    parser.add_argument("--json", action="store_true", help="figures only, as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Measure and print; the exit code of the command."""
    found = measure(ROOT / "build" / "compare")
    if arguments.json:
        print(json.dumps(found, indent=2))
        return 0
    print(f"{'':<20}{'version':>10}{'no fee':>10}{'fee':>10}{'own fee':>10}{'ms a variant':>14}")
    for name, row in found.items():
        gaps = "".join(f"{_short(row.get(key)):>10}" for key in ("free", "charged", "own"))
        print(f"{name:<20}{row['version']:>10}{gaps}{row['ms_per_variant']:>14.3f}")
    return 0


def measure(folder: Path) -> dict[str, dict[str, Any]]:
    """Each peer's largest relative difference in value from the engine, and its time a variant.

    `own` is with the peer's own way of charging a commission, `own_rebuilt` the same against a
    loop that charges it that way: what is left of the difference once the convention is one.
    """
    table = bench_backtest.market(BARS, DAY)
    targets = np.full(bench_backtest.ASSETS, 1 / bench_backtest.ASSETS)
    triggers = np.linspace(0.01, 0.10, VARIANTS)
    folder.mkdir(parents=True, exist_ok=True)
    case = folder / "case.npz"
    np.savez(case, prices=table.prices, targets=targets, triggers=triggers, fee=FEE)
    ours: Arrays = {
        key: engine_values(table.prices, targets, triggers, fee)
        for key, fee in (("free", 0.0), ("charged", FEE))
    }
    ours["own"] = ours["charged"]
    ours["own_rebuilt"] = commission_loop(table.prices, targets, triggers[0], FEE)[:, None]
    milliseconds = bench_backtest.bands(table, VARIANTS) / VARIANTS
    found: dict[str, Arrays] = {"trimtab": {"version": "", "ms_per_variant": milliseconds}}
    for name in PEERS:
        theirs = _run_peer(name, folder, case)
        found[name] = {
            "version": str(theirs["version"]),
            "ms_per_variant": float(theirs["ms_per_variant"]),
        } | {key: _apart(theirs, ours, key) for key in ours if key.partition("_")[0] in theirs}
    return found


def engine_values(prices: Vector, targets: Vector, triggers: Vector, fee: float) -> Vector:
    """Value at each bar of each band traded to target, by the engine; shape (t, v)."""
    table = PriceTable(
        DAY * np.arange(len(prices)),
        tuple(f"A{i}" for i in range(len(targets))),
        prices,
        np.ones(len(prices), bool),
    )
    each = np.tile(triggers, (len(targets), 1))
    rules = band_rules(each, np.zeros_like(each), SwapCost(fee), whole=True)
    found: Vector = run_bands(make_world(table, targets), rules, 365.25).records.nav
    return found


def commission_loop(prices: Vector, targets: Vector, trigger: float, fee: float) -> Vector:
    """Value of a band to target where each order bears its own commission, as `bt` has it.

    An order of `A` buys `A / (1 + fee / 2)` or sells `A / (1 - fee / 2)` of its asset, so that the
    assets that trade end below their targets by what their orders cost. The engine takes the cost
    of all swaps from the whole portfolio, which ends on target.
    """
    held, half = targets / prices[0], fee / 2
    found = np.ones(len(prices))
    for t in range(1, len(prices)):
        nav = float(held @ prices[t])
        gaps = targets - held * prices[t] / nav
        if (np.abs(gaps) >= trigger).any():
            held = held + gaps * nav / prices[t] / (1 + half * np.sign(gaps))
        found[t] = held @ prices[t]
    return found


def _run_peer(name: str, folder: Path, case: Path) -> Arrays:
    written = folder / f"{name}.npz"
    interpreter = folder / name / "bin" / "python"
    script = ROOT / "scripts" / f"peer_{name}.py"
    subprocess.run([interpreter, script, case, written], check=True)  # noqa: S603 (our own files)
    with np.load(written) as file:
        return dict(file)


def _apart(theirs: Arrays, ours: Arrays, key: str) -> float:
    """Largest relative difference over the variants that the peer ran, which are the first ones."""
    run = theirs[key.partition("_")[0]]
    return float(np.abs(run / ours[key][:, : run.shape[1]] - 1).max())


def _short(number: float | None) -> str:
    return "" if number is None else f"{number:.1e}"
