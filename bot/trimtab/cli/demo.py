"""`trimtab demo`: the whole system on a chain of its own, along real or made-up prices."""

from __future__ import annotations

import json
import math
import os
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from trimtab import telemetry
from trimtab.cli.app import app, err, example, out, plain_table, remark
from trimtab.cli.demo_serve import serve_world
from trimtab.cli.demo_view import DemoView
from trimtab.cli.report import write_report
from trimtab.cli.serving import DEFAULT_PORT, require_web
from trimtab.domain.phrases import percentage
from trimtab.errors import BadInput
from trimtab.local.blueprint import Blueprint
from trimtab.local.costs import GasPrice
from trimtab.local.demo import CHAINS, GAS_PRICE, DemoOptions, DemoResult, finished_demo
from trimtab.local.ethtester import EthTesterChain
from trimtab.local.price_csv import DateRange, load_prices
from trimtab.local.prices import PriceHistory
from trimtab.local.synthetic import PEGGED, synthetic_history
from trimtab.local.tokens import decimals_of
from trimtab.policy.presets import POLICIES, policy_named
from trimtab.policy.rules import Destination, PolicyKind
from trimtab.research.attribution import traded_path
from trimtab.research.report import ReportData, report_data

DEFAULT_DAYS = 120
"""Days of a made-up market unless another number is given."""

DEFAULT_ASSETS = "BTC,ETH,LINK,USDC"
DEFAULT_WEIGHTS = "30,30,20,20"
POLICY = PolicyKind.COMBINED.value
"""How the demo decides unless told otherwise: its rebalances end on target, so that the drift left
shows how well plans reach what was decided. A keeper's own default stops inside its bands."""

PICTURE = Path("build/demo.png")
"""Where the picture is written, from the folder in which the demo runs."""

NATIVE_PRICE = 2000.0
"""Value of one native coin where the portfolio has no ETH to tell it, in the unit of account."""


@dataclass(frozen=True, slots=True)
class Portfolio:
    """Assets and their weights, the base asset first."""

    assets: tuple[str, ...]
    weights: tuple[float, ...]


@app.command(epilog=example("demo --days 60 --seed 3"))
def demo(
    *,
    days: Annotated[
        int | None, typer.Option(min=3, help="Days of a made-up market.  [default: 120]")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the made-up market.")] = 1,
    prices: Annotated[
        Path | None, typer.Option(help="CSV file with real prices, one column for each asset.")
    ] = None,
    assets: Annotated[str, typer.Option(help="Assets, by symbol.")] = DEFAULT_ASSETS,
    weights: Annotated[str, typer.Option(help="Target weights in %.")] = DEFAULT_WEIGHTS,
    first: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day of PRICES.")
    ] = None,
    last: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day of PRICES.")
    ] = None,
    policy: Annotated[
        str, typer.Option(help=f"{', '.join(POLICIES)}, or package.module:function.")
    ] = POLICY,
    destination: Annotated[
        Destination, typer.Option(help="How far to rebalance.")
    ] = Destination.TARGET,
    chain: Annotated[str, typer.Option(help=f"{' or '.join(CHAINS)}.")] = EthTesterChain.name,
    picture: Annotated[Path, typer.Option(help="Where to draw the run.")] = PICTURE,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the figures to this file.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option(help="Write a report of the run to this HTML file.")
    ] = None,
    serve: Annotated[
        bool, typer.Option("--serve", help="Show the vault's page at the end, until Ctrl-C.")
    ] = False,
    port: Annotated[int, typer.Option(help="Port of that page.", min=0, max=65_535)] = DEFAULT_PORT,
) -> None:
    """Hold a real vault on its weights while prices move, with real pools, on a local chain."""
    telemetry.configure(level="error")
    for file in (picture, json_file, report):
        _require_writable(file)
    portfolio = portfolio_of(assets, weights)
    if prices is None:
        history = _made_up(portfolio, days, seed, dated=bool(first or last))
    else:
        if days is not None:
            raise BadInput("--days belongs to a made-up market; use --from and --to with --prices")
        span = DateRange(_day(first), _day(last))
        history = load_prices(prices, portfolio.assets, span)
        remark(f"prices from {prices}: {len(history)} rows, {history.days} days")
    options = DemoOptions(
        history=history,
        blueprint=Blueprint(portfolio.weights),
        policy=replace(policy_named(policy), destination=destination),
        chain=chain,
        gas_price=gas_price_for(portfolio),
        picture=picture,
    )
    if serve:
        require_web()
    with ExitStack() as until_done:
        with DemoView(history, err, out) as view:
            world, result = until_done.enter_context(finished_demo(options, view.show))
        show_figures(result)
        if json_file is not None:
            _write(json_file, result)
        if report is not None:
            write_report(report, run_report(history, result))
        if serve:
            serve_world(world, port)


def portfolio_of(assets: str, weights: str) -> Portfolio:
    """The portfolio of two lists, with a pegged asset, if there is one, as the base.

    Raises
    ------
    BadInput
        If the lists do not fit, or the weights are not above 0 or do not sum to 100.
    """
    names = [name.strip().upper() for name in assets.split(",") if name.strip()]
    try:
        numbers = [float(number) for number in weights.split(",")]
    except ValueError:
        raise BadInput(f'--weights "{weights}": expected numbers such as 60,40') from None
    if not all(0 < number < math.inf for number in numbers):
        raise BadInput(f'--weights "{weights}": expected numbers above 0')
    if len(names) != len(numbers):
        raise BadInput(f"{len(names)} assets and {len(numbers)} weights, expected as many of each")
    if abs(sum(numbers) - 100) > 1e-9:
        raise BadInput(f"--weights sum to {sum(numbers):g}, expected 100: {weights}")
    pairs = sorted(zip(names, numbers, strict=True), key=lambda pair: pair[0] not in PEGGED)
    return Portfolio(tuple(name for name, _ in pairs), tuple(n / 100 for _, n in pairs))


def run_report(history: PriceHistory, result: DemoResult) -> ReportData:
    """What a report shows of a run, at the true prices of its steps."""
    scale = np.array([10 ** decimals_of(asset) for asset in history.assets])
    path = traded_path(
        history.timestamps,
        history.assets,
        np.array(history.rows),
        np.array([step.recorded for step in result.steps], dtype=float) / scale,
    )
    source = (
        "A vault on a local chain, with real contracts, along these prices. Values of the whole."
    )
    return report_data(path, title="A run of the demo", source=source, unit="USD")


def gas_price_for(portfolio: Portfolio) -> GasPrice:
    """The usual price of gas, in a native coin of fixed value where no asset tells that."""
    if GAS_PRICE.native in portfolio.assets:
        return GAS_PRICE
    remark(
        f"gas is priced at {NATIVE_PRICE:,.0f} for a native coin: no asset is {GAS_PRICE.native}"
    )
    return GasPrice(GAS_PRICE.wei, NATIVE_PRICE)


def show_figures(result: DemoResult) -> None:
    """Print how the vault did against its two yardsticks, and what it cost."""
    figures = result.figures
    start = result.steps[0].buy_and_hold
    table = plain_table("", "value at the end", "change")
    for name, value in (
        ("vault", figures.value),
        ("buy and hold", figures.buy_and_hold),
        ("frictionless mix", figures.frictionless),
    ):
        table.add_row(name, f"{value:,.2f}", percentage(value / start - 1, signed=True))
    out.print(table)
    table = plain_table("over the run", "")
    for name, text in _figure_rows(result):
        table.add_row(name, text)
    out.print(table)
    if result.picture is not None:
        out.print(f"picture: {result.picture}", soft_wrap=True)
    seconds = result.build_seconds + result.run_seconds
    remark(f"took {seconds:.1f} s, {result.build_seconds:.1f} s of it to build the world")


def _figure_rows(result: DemoResult) -> list[tuple[str, str]]:
    figures = result.figures
    return [
        ("days", f"{figures.days}"),
        ("rebalances", f"{figures.rebalances}"),
        ("tracking error a year", f"{figures.tracking_error_bp:.1f} bp"),
        ("turnover", percentage(figures.turnover)),
        ("cost: pool fees", f"{figures.cost.fee:.2f} bp"),
        ("cost: price impact", f"{figures.cost.impact:.2f} bp"),
        ("cost: gas, paid by the keeper", f"{figures.cost.gas:.2f} bp"),
        ("pools away from the true price", f"{figures.cost.gap:+.2f} bp"),
        ("largest drift after a rebalance", f"{figures.max_drift_after_bp:.2f} bp"),
        ("vault's books against its events", f"{figures.value_error_bp:.6f} bp"),
    ]


def _made_up(portfolio: Portfolio, days: int | None, seed: int, *, dated: bool) -> PriceHistory:
    if dated:
        raise BadInput("--from and --to choose days of a file: name it with --prices")
    length = DEFAULT_DAYS if days is None else days
    remark(
        f"a made-up market of {length} days from seed {seed}, no real prices: "
        "--prices FILE.csv takes real ones"
    )
    return synthetic_history(portfolio.assets, length, seed)


def _require_writable(file: Path | None) -> None:
    """Refuse a file that the run could not write at its end."""
    if file is None:
        return
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(file, error.strerror) from None
    if file.is_dir():
        raise _unwritable(file, "it is a folder")
    if not os.access(file if file.exists() else file.parent, os.W_OK):
        raise _unwritable(file, "permission denied")


def _unwritable(file: Path, cause: str | None) -> BadInput:
    return BadInput(f"{file}: cannot be written: {cause}; name another file")


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else moment.date()


def _write(file: Path, result: DemoResult) -> None:
    try:
        file.write_text(json.dumps(result.as_json(), indent=2) + "\n")
    except OSError as error:
        raise _unwritable(file, error.strerror) from None
    remark(f"figures: {file}")
