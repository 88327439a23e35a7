"""Measure what using a vault costs, and how policies and engines fare, beside the bare thing."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import bench_backtest
import bench_compare
import bench_frontier
import bench_gas
import bench_keeper
import bench_models
import bench_montecarlo

RECORD = Path(__file__).resolve().parent.parent / "docs" / "gas.json"
"""What each operation cost when it was last written down."""

FIGURES = {"keeper": bench_keeper.measure, "montecarlo": bench_montecarlo.measure}
"""Measurements that are printed as they are."""


def main() -> int:
    """Run the measurement that was asked for and print it; the exit code of the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    kinds = parser.add_subparsers(dest="what", required=True)
    gas = kinds.add_parser("gas", help=bench_gas.__doc__)
    gas.add_argument("--json", action="store_true", help="figures only, as JSON")
    gas.add_argument("--write", action="store_true", help="write them to docs/gas.json as well")
    keeper = kinds.add_parser("keeper", help=bench_keeper.__doc__)
    keeper.add_argument("--json", action="store_true", help="figures only, as JSON")
    paths = kinds.add_parser("montecarlo", help=bench_montecarlo.__doc__)
    paths.add_argument("--json", action="store_true", help="figures only, as JSON")
    bench_frontier.add_arguments(kinds.add_parser("frontier", help=bench_frontier.__doc__))
    bench_backtest.add_arguments(kinds.add_parser("backtest", help=bench_backtest.__doc__))
    bench_compare.add_arguments(kinds.add_parser("compare", help=bench_compare.__doc__))
    bench_models.add_arguments(kinds.add_parser("models", help=bench_models.__doc__))
    arguments = parser.parse_args()
    if arguments.what == "frontier":
        return bench_frontier.run(arguments)
    if arguments.what == "backtest":
        return bench_backtest.run(arguments)
    if arguments.what == "models":
        return bench_models.run(arguments)
    if arguments.what == "compare":
        return bench_compare.run(arguments)
    if arguments.what in FIGURES:
        print(json.dumps(FIGURES[arguments.what](), indent=2))
        return 0
    return _gas(arguments)


def _gas(arguments: argparse.Namespace) -> int:
    gas = bench_gas.measure()
    if arguments.write:
        RECORD.write_text(json.dumps(gas, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(gas, indent=2) if arguments.json else table(gas))
    return 0


def table(gas: dict[str, int]) -> str:
    """Each figure with its ratio to the bare swaps of the same run."""
    bare = gas["bare_two_swaps"]
    lines = [f"{'operation':<34}{'gas':>9}{'of two bare swaps':>20}"]
    lines += [f"{name:<34}{used:>9,}{used / bare:>20.2f}" for name, used in gas.items()]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
