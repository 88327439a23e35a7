"""`trimtab backtest`: a policy along past prices, by the kernels that the keeper runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from trimtab.cli.app import AsJson, app, example, out, plain_table, remark
from trimtab.cli.timing_file import read_timing
from trimtab.errors import BadInput
from trimtab.local.blueprint import Blueprint
from trimtab.local.demo import DemoOptions
from trimtab.local.prices import PriceHistory
from trimtab.policy.decide import WEIGHED
from trimtab.policy.presets import DEFAULT, POLICIES, policy_named
from trimtab.policy.rules import Policy
from trimtab.replay.replay import replay
from trimtab.research.backtest import Backtest, run_backtest
from trimtab.research.backtest_report import series_frame, write_report
from trimtab.research.forecast import LEAST_RETURNS, usual_covariance
from trimtab.research.price_table import Missing, PriceTable, between, read_prices
from trimtab.research.runs import SwapCost

BP = 1e-4


@app.command(epilog=example("backtest --prices prices.csv --weights 60,40 --html page.html"))
def backtest(
    *,
    prices: Annotated[Path, typer.Option(help="CSV or Parquet of prices.")],
    assets: Annotated[str, typer.Option(help="Assets, the base asset first.  [default: all]")] = "",
    weights: Annotated[str, typer.Option(help="Target weights in %.  [default: equal]")] = "",
    policy: Annotated[
        str, typer.Option(help=f"{', '.join(POLICIES)}, or package.module:function.")
    ] = DEFAULT,
    timing: Annotated[
        Path | None, typer.Option(help="Learnt timing of the cost-optimal policy.")
    ] = None,
    risk_aversion: Annotated[float | None, typer.Option(help="Of the cost-optimal policy.")] = None,
    first: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")
    ] = None,
    last: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day.")
    ] = None,
    missing: Annotated[Missing, typer.Option(help="What is done about gaps.")] = Missing.REFUSE,
    fee: Annotated[float, typer.Option(help="Fee of a swap, in bp.")] = 30.0,
    impact: Annotated[float, typer.Option(help="NAV over the depth of the pools.")] = 0.0,
    gas: Annotated[float, typer.Option(help="Gas of a swap, in bp of NAV.")] = 0.0,
    breaker: Annotated[
        float, typer.Option(help="Fall in % from which only the base asset is bought; 0 for never.")
    ] = 0.0,
    output: Annotated[
        Path | None, typer.Option(help="Write every bar to this CSV or Parquet.")
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Write a page to this file.")] = None,
    on_chain: Annotated[
        bool, typer.Option("--replay", help="Run it through the real contracts as well.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Run a policy along past prices, and tell what it cost and how well it tracked."""
    names = tuple(name.strip() for name in assets.split(",") if name.strip())
    table = read_prices(prices, names, missing)
    if first or last:
        table = between(table, first.date() if first else None, last.date() if last else None)
    targets, chosen = targets_of(weights, table), policy_named(policy)
    if risk_aversion is not None:
        chosen = replace(chosen, risk_aversion=risk_aversion)
    if timing is not None:
        chosen = replace(chosen, timing=read_timing(timing))
    cost = SwapCost(fee * BP, impact, gas * BP)
    if len(table) <= LEAST_RETURNS:
        remark(
            f"{len(table)} bars: no volatility is forecast before {LEAST_RETURNS} returns are "
            "known, and yearly figures of so short a time say little"
        )
    found = run_backtest(table, targets, chosen, cost, breaker=breaker / 100)
    if output is not None:
        _write(found, output)
    if html is not None:
        write_report(found, html)
        remark(f"page: {html}")
    summary = found.summary() | {"policy": policy}
    if chosen.timing is not None:
        summary["timing"] = chosen.timing.sentence
    if on_chain:
        summary["replay"] = replayed(table, targets, chosen)
    show(summary, as_json=as_json)


def replayed(table: PriceTable, targets: np.ndarray, policy: Policy) -> list[dict[str, Any]]:
    """Each rebalance of a live keeper on the local chain, charged by the model and by contracts."""
    history = PriceHistory(
        tuple(table.timestamps.tolist()),
        table.assets,
        tuple(tuple(row) for row in table.prices.tolist()),
    )
    options = DemoOptions(
        history=history,
        blueprint=Blueprint(tuple(targets.tolist())),
        policy=policy,
        # Policies that do not weigh it themselves would hold where the backtest does not.
        forecast=forecast_at(table) if policy.kind in WEIGHED else None,
    )
    return [each.as_json() for each in replay(options)]


def forecast_at(table: PriceTable) -> Callable[[int], tuple[tuple[float, ...], ...]]:
    """The covariance that the backtest knows at a time."""
    path = usual_covariance(table.prices, table.bars_per_year)

    def known(now: int) -> tuple[tuple[float, ...], ...]:
        bar = max(int(np.searchsorted(table.timestamps, now, side="right")) - 1, 0)
        return tuple(tuple(row) for row in path[bar].tolist())

    return known


def targets_of(weights: str, table: PriceTable) -> np.ndarray:
    """Targets from a list in per cent; equal ones from an empty list.

    Raises
    ------
    BadInput
        If the list does not fit the table's assets, or does not sum to 100.
    """
    size = len(table.assets)
    if not weights:
        return np.full(size, 1.0 / size)
    try:
        numbers = [float(number) / 100 for number in weights.split(",")]
    except ValueError:
        raise BadInput(f'--weights "{weights}": expected numbers such as 60,40') from None
    if len(numbers) != size:
        raise BadInput(
            f"{len(numbers)} weights for {size} assets: give one for each of "
            f"{', '.join(table.assets)}"
        )
    return np.array(numbers)


def show(summary: dict[str, Any], *, as_json: bool) -> None:
    """Print figures as JSON or as a table."""
    if as_json:
        out.print(json.dumps(summary, indent=2), soft_wrap=True)
        return
    table = plain_table("", "")
    for name, value in summary.items():
        table.add_row(name.replace("_", " "), _text(value))
    out.print(table)


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_text(part)}" for name, part in value.items())
    return f"{value:,.4f}" if isinstance(value, float) else str(value)


def _write(found: Backtest, file: Path) -> None:
    frame = series_frame(found)
    try:
        if file.suffix == ".parquet":
            frame.to_parquet(file, index=False)
        else:
            frame.to_csv(file, index=False)
    except OSError as fault:
        raise BadInput(f"{file}: cannot be written: {fault.strerror}; name another file") from fault
    remark(f"bars: {file}")
