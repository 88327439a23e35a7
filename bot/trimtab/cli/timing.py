"""`trimtab timing`: learns when to trade from past prices, and holds it to the closed form."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from trimtab.cli.app import AsJson, app, example, out, remark
from trimtab.cli.backtest import targets_of
from trimtab.errors import BadInput
from trimtab.research.price_table import Missing, read_prices
from trimtab.research.runs import SwapCost
from trimtab.research.timing import TimingOptions, learn_timing

BP = 1e-4

LEARN = (
    "timing --prices prices.csv --train 2020-01-01:2021-12-31 --test 2022-01-01:2023-12-31 "
    "--gas 0.2 --output timing.json"
)


@app.command(epilog=example(LEARN))
def timing(
    *,
    prices: Annotated[Path, typer.Option(help="CSV or Parquet of prices.")],
    train: Annotated[str, typer.Option(metavar="FROM:TO", help="Days to learn from.")],
    test: Annotated[str, typer.Option(metavar="FROM:TO", help="Later days to judge on.")],
    output: Annotated[Path, typer.Option(help="JSON file for the model.")],
    assets: Annotated[str, typer.Option(help="Assets, the base asset first.  [default: all]")] = "",
    weights: Annotated[str, typer.Option(help="Target weights in %.  [default: equal]")] = "",
    missing: Annotated[Missing, typer.Option(help="What is done about gaps.")] = Missing.REFUSE,
    fee: Annotated[float, typer.Option(help="Fee of a swap, in bp.")] = 30.0,
    impact: Annotated[float, typer.Option(help="NAV over the depth of the pools.")] = 0.0,
    gas: Annotated[float, typer.Option(help="Gas of a swap, in bp of NAV.")] = 0.0,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same file.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Learn when to trade from past prices, and say whether that beats the closed form."""
    names = tuple(name.strip() for name in assets.split(",") if name.strip())
    table = read_prices(prices, names, missing)
    options = TimingOptions(
        targets=targets_of(weights, table),
        cost=SwapCost(fee * BP, impact, gas * BP),
        train=_window("--train", train),
        test=_window("--test", test),
        seed=seed,
    )
    model = learn_timing(table, options)
    try:
        output.write_text(model.text(), encoding="utf-8")
    except OSError as fault:
        raise BadInput(
            f"{output}: cannot be written: {fault.strerror}; name another file"
        ) from None
    if as_json:
        found = {"beats": model.beats, "learnt": asdict(model.learnt)}
        found["compared"] = asdict(model.compared)
        out.print(json.dumps(found, indent=2), soft_wrap=True)
    else:
        out.print(model.sentence, soft_wrap=True)
    remark(f"model: {output}")


def _window(option: str, text: str) -> tuple[date, date]:
    first, _, last = text.partition(":")
    try:
        return date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        raise BadInput(f'{option} "{text}": expected FROM:TO, as 2020-01-01:2021-12-31') from None
