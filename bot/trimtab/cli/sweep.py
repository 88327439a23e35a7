"""`trimtab sweep`: every family of policies over a grid of costs, resumable."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from trimtab.cli.app import app, err, example, out, remark
from trimtab.cli.backtest import BP, targets_of
from trimtab.errors import BadInput
from trimtab.research.cluster import on_cluster
from trimtab.research.frontier import Family
from trimtab.research.frontier_page import write_frontiers
from trimtab.research.price_table import Missing, read_prices
from trimtab.research.sweep import Runner, SweepOptions, in_process, sweep


@app.command("sweep", epilog=example("sweep --prices prices.csv --output sweep.parquet"))
def sweep_costs(
    *,
    prices: Annotated[Path, typer.Option(help="CSV or Parquet of prices.")],
    output: Annotated[Path, typer.Option(help="Parquet file for the result.")],
    assets: Annotated[str, typer.Option(help="Assets, the base asset first.  [default: all]")] = "",
    weights: Annotated[str, typer.Option(help="Target weights in %.  [default: equal]")] = "",
    families: Annotated[
        str, typer.Option(help=f"Of {', '.join(Family)}.")
    ] = "calendar,band_to_target,to_edge,half_way,cost_optimal",
    fees: Annotated[str, typer.Option(help="Fees of a swap, in bp.")] = "5,30",
    gas: Annotated[str, typer.Option(help="Gas of a swap, in bp of NAV.")] = "0,0.2,1",
    html: Annotated[Path | None, typer.Option(help="Draw the frontiers to this page.")] = None,
    scheduler: Annotated[
        str | None, typer.Option(help="Address of a Dask scheduler, such as tcp://host:8786.")
    ] = None,
    missing: Annotated[Missing, typer.Option(help="What is done about gaps.")] = Missing.REFUSE,
) -> None:
    """Trace every family over all costs; run it again, and it goes on where it was stopped."""
    names = tuple(name.strip() for name in assets.split(",") if name.strip())
    table = read_prices(prices, names, missing)
    options = SweepOptions(
        targets=targets_of(weights, table),
        families=_families(families),
        fees=_fractions("--fees", fees),
        gas=_fractions("--gas", gas),
        output=output,
    )
    with Progress(console=err, transient=True) as progress, _runner(scheduler) as run:
        bar = progress.add_task("sweep")
        frame = sweep(
            table, options, lambda done, of: progress.update(bar, completed=done, total=of), run
        )
    out.print(f"{len(frame)} variants: {output}", soft_wrap=True)
    if html is not None:
        write_frontiers(frame, html)
        remark(f"page: {html}")


def _runner(scheduler: str | None) -> AbstractContextManager[Runner]:
    return nullcontext(in_process) if scheduler is None else on_cluster(scheduler)


def _families(text: str) -> tuple[Family, ...]:
    try:
        return tuple(Family(name.strip()) for name in text.split(","))
    except ValueError:
        raise BadInput(f'--families "{text}": expected some of {", ".join(Family)}') from None


def _fractions(option: str, text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) * BP for part in text.split(","))
    except ValueError:
        raise BadInput(f'{option} "{text}": expected numbers such as 0,0.2,1') from None
