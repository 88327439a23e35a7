"""`trimtab inspect`: what a vault holds, how far from target, and whether a rebalance is due."""

from __future__ import annotations

import json

from rich.table import Table
from rich.text import Text

from trimtab.cli.app import DEFAULT_CONFIG, AsJson, ConfigFile, app, out, plain_table
from trimtab.cli.explain import nav_text, schedule_text, value_per_share, verdict, weight_of
from trimtab.cli.format import EMPTY, SHARE_DECIMALS, price_text, time_text, value_text
from trimtab.cli.session import Session
from trimtab.cli.snapshot_json import snapshot_json
from trimtab.domain.phrases import amount_text, basis_points, duration, percent, percentage, words
from trimtab.domain.snapshot import Holding, PriceStatus, VaultSnapshot
from trimtab.domain.units import wad_to_float

BAR_CELLS = 33
"""Width of a bar, in characters."""


@app.command()
def inspect(config: ConfigFile = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """Show the allocation, its drift, and why a rebalance is or is not due."""
    snapshot = Session(config).snapshot()
    if as_json:
        out.print_json(json.dumps(snapshot_json(snapshot)))
        return
    _print_head(snapshot)
    out.print(_allocation_table(snapshot))
    out.print(_amounts_table(snapshot))
    _print_state(snapshot)


def drift_bar(holding: Holding, nav: int) -> Text:
    """Weight (●) against target (│), band (─) and hard band (·), from 0 to what has to fit."""
    weight = weight_of(holding, nav)
    low = max(0, min(weight, holding.target - holding.hard_band))
    high = max(weight, holding.target + holding.hard_band)

    def cell(position: int) -> int:
        inside = min(max(position, low), high)
        return round((inside - low) * (BAR_CELLS - 1) / max(1, high - low))

    cells = ["·"] * BAR_CELLS
    first, last = cell(holding.target - holding.band), cell(holding.target + holding.band)
    cells[first : last + 1] = ["─"] * (last + 1 - first)
    cells[cell(holding.target)] = "│"
    cells[cell(weight)] = "●"
    bar = Text("".join(cells))
    bar.stylize(_distance_style(holding, weight), cell(weight), cell(weight) + 1)
    return bar


def _distance_style(holding: Holding, weight: int) -> str:
    distance = abs(weight - holding.target)
    if distance >= holding.hard_band:
        return "bold red"
    return "bold yellow" if distance >= holding.band else "bold green"


def _print_head(snapshot: VaultSnapshot) -> None:
    out.print(
        f"{snapshot.name} ({snapshot.symbol})  {snapshot.vault}", style="bold", soft_wrap=True
    )
    out.print(
        f"chain {snapshot.chain_id}, block {snapshot.block_number}, "
        f"{time_text(snapshot.timestamp)}",
        soft_wrap=True,
    )
    per_share = value_text(value_per_share(snapshot)) if snapshot.nav else EMPTY
    out.print(
        f"{nav_text(snapshot)}, {amount_text(snapshot.total_supply, SHARE_DECIMALS)} shares, "
        f"{per_share} per share, {snapshot.nonce} rebalances",
        soft_wrap=True,
    )


def _allocation_table(snapshot: VaultSnapshot) -> Table:
    table = plain_table("asset", "weight", "target", "drift", "band")
    table.add_column("● weight  │ target  ─ band", no_wrap=True)
    for holding in snapshot.holdings:
        table.add_row(holding.label, *_weight_cells(holding, snapshot.nav))
    return table


def _weight_cells(holding: Holding, nav: int) -> tuple[Text | str, ...]:
    """Weight, target, drift, band and bar; without a value of the whole, only what is set."""
    target, band = percent(holding.target), percent(holding.band)
    if not nav:
        return EMPTY, target, EMPTY, band, EMPTY
    weight = weight_of(holding, nav)
    drift = percentage(wad_to_float(weight - holding.target), signed=True)
    style = _distance_style(holding, weight)
    return percent(weight), target, Text(drift, style), band, drift_bar(holding, nav)


def _amounts_table(snapshot: VaultSnapshot) -> Table:
    table = plain_table("asset", "amount", "value", "price", "price age")
    for holding in snapshot.holdings:
        table.add_row(
            holding.label,
            _short_amount(holding),
            value_text(holding.value) if holding.price else EMPTY,
            price_text(holding.price, holding.decimals),
            _age(holding, snapshot),
        )
    return table


def _short_amount(holding: Holding) -> str:
    """Whole tokens to eight significant digits: enough to recognise, short enough for a table."""
    return f"{holding.recorded / 10**holding.decimals:,.8g}"


def _age(holding: Holding, snapshot: VaultSnapshot) -> Text:
    if holding.written_off:
        return Text("written off", "red")
    if holding.price_status is not PriceStatus.OK:
        return Text(words(holding.price_status), "red")
    age = max(0, snapshot.timestamp - holding.price_updated_at)
    return Text(f"{duration(age)} of {duration(holding.heartbeat)}")


def _print_state(snapshot: VaultSnapshot) -> None:
    limits = snapshot.limits
    out.print(
        f"loss bucket {basis_points(snapshot.loss_left)} left of "
        f"{basis_points(limits.loss_capacity)} (+{basis_points(limits.loss_rate)} a day), "
        "turnover bucket "
        f"{percent(snapshot.turnover_left)} left of {percent(limits.turnover_capacity)} "
        f"(+{percent(limits.turnover_rate)} a day)",
        soft_wrap=True,
    )
    out.print(
        f"last rebalance by a keeper {time_text(snapshot.keeper_at)}, by anyone "
        f"{time_text(snapshot.public_at)}; {schedule_text(snapshot)}",
        soft_wrap=True,
    )
    if snapshot.only_to_base:
        out.print(
            "the drawdown breaker has tripped: only the base asset may be bought until the owner "
            "resets it",
            style="red",
            soft_wrap=True,
        )
    out.print(verdict(snapshot), style="bold", soft_wrap=True)
