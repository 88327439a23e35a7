"""What tracking costs: the cost-optimal policy beside calendars and fixed bands."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

from trimtab.errors import BadInput
from trimtab.research.claim import BP, ClaimOptions, prove


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `scripts/bench frontier`."""
    parser.add_argument("--prices", type=Path, required=True, help="CSV or Parquet of prices")
    parser.add_argument("--train", required=True, metavar="FROM:TO", help="days to choose on")
    parser.add_argument("--test", required=True, metavar="FROM:TO", help="days to judge on")
    parser.add_argument(
        "--assets", action="append", default=[], metavar="A,B,C", help="a portfolio; repeatable"
    )
    parser.add_argument("--gas", default="0,0.2,1", help="gas per swap, in bp of NAV")
    parser.add_argument("--te", default="100,200,400", help="tracking errors, in bp a year")
    parser.add_argument("--fee", type=float, default=30.0, help="fee of a swap, in bp")
    parser.add_argument("--seed", type=int, default=1, help="of the bootstrap")
    parser.add_argument(
        "--timing", action="store_true", help="put learnt timing to the same test as well"
    )
    parser.add_argument("--json", action="store_true", help="figures only, as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Measure and print; the exit code of the command."""
    try:
        found = prove(_options(arguments), lambda line: print(line, file=sys.stderr))
    except BadInput as fault:
        print(f"error: {fault}", file=sys.stderr)
        return 2
    print(json.dumps(found, indent=1) if arguments.json else table(found))
    return 0


def table(found: dict[str, Any]) -> str:
    """Each cell in a line, then the pooled comparisons."""
    policies = sorted({policy for cell in found["cells"] for policy in cell["cost_bp"]})
    heads = "".join(f"{policy:>16}" for policy in policies)
    lines = [f"{'assets':>6}{'gas':>6}{'te':>6}{heads}  excess over the best other, 95 %"]
    for cell in found["cells"]:
        costs = "".join(
            f"{cell['cost_bp'].get(policy, float('nan')):>16.2f}" for policy in policies
        )
        lines.append(
            f"{len(cell['assets']):>6}{cell['gas_bp']:>6g}{cell['te_bp']:>6g}{costs}  "
            + _excess(cell)
        )
    lines += [
        f"gas {row['gas_bp']:g} bp, {row['cells']} cells, against {row['against']}: {_excess(row)}"
        for row in found["pooled"]
    ]
    return "\n".join(lines)


def _excess(row: dict[str, Any]) -> str:
    if row["excess"] is None:
        return "not comparable"
    return f"{row['excess']:+.1%} [{row['ci_low']:+.1%}, {row['ci_high']:+.1%}]"


def _options(arguments: argparse.Namespace) -> ClaimOptions:
    return ClaimOptions(
        prices=arguments.prices,
        train=_window(arguments.train),
        test=_window(arguments.test),
        sets=tuple(tuple(chosen.split(",")) for chosen in arguments.assets),
        gas=tuple(BP * number for number in _numbers(arguments.gas)),
        levels=tuple(BP * number for number in _numbers(arguments.te)),
        fee=BP * arguments.fee,
        seed=arguments.seed,
        timing=arguments.timing,
    )


def _window(text: str) -> tuple[date, date]:
    first, _, last = text.partition(":")
    try:
        return date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        raise BadInput(f"{text}: expected FROM:TO, such as 2020-01-01:2021-12-31") from None


def _numbers(text: str) -> list[float]:
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise BadInput(f"{text}: expected numbers such as 0,0.2,1") from None
