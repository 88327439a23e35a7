"""`trimtab inspect`: what a vault holds, how far from target, and whether a rebalance is due."""

from __future__ import annotations

import json
from typing import Any

from rich.table import Table
from rich.text import Text

from trimtab.cli.app import DEFAULT_CONFIG, AsJson, ConfigFile, app, out, plain_table
from trimtab.cli.explain import schedule_text, verdict, weight_of
from trimtab.cli.format import EMPTY, SHARE_DECIMALS, price_text, time_text, value_text
from trimtab.cli.session import Session
from trimtab.domain.phrases import amount_text, basis_points, duration, percent, percentage, words
from trimtab.domain.snapshot import Holding, PriceStatus, VaultSnapshot
from trimtab.domain.units import WAD, wad_to_float

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


def snapshot_json(snapshot: VaultSnapshot) -> dict[str, Any]:
    """A snapshot as JSON: chain integers as digits in text, since JSON keeps only 53 bits."""
    return {
        "chain_id": snapshot.chain_id,
        "block": {
            "number": snapshot.block_number,
            "hash": snapshot.block_hash,
            "timestamp": snapshot.timestamp,
        },
        "vault": snapshot.vault,
        "mandate": snapshot.mandate,
        "oracle": snapshot.oracle,
        "name": snapshot.name,
        "symbol": snapshot.symbol,
        "total_supply": str(snapshot.total_supply),
        "nav": str(snapshot.nav),
        "value_per_share": str(value_per_share(snapshot)),
        "total_drift": str(snapshot.total_drift),
        "rebalances": snapshot.nonce,
        "due": {
            "reason": snapshot.reason.name.lower(),
            "blocker": snapshot.blocker.name.lower(),
            "ready_at": snapshot.ready_at,
            "caller": snapshot.caller,
            "is_keeper": snapshot.is_keeper,
            "sentence": verdict(snapshot),
        },
        "buckets": {
            "loss_left": str(snapshot.loss_left),
            "loss_capacity": str(snapshot.limits.loss_capacity),
            "turnover_left": str(snapshot.turnover_left),
            "turnover_capacity": str(snapshot.limits.turnover_capacity),
        },
        "clock": {
            "keeper_at": snapshot.keeper_at,
            "public_at": snapshot.public_at,
            "poked_at": snapshot.poked_at,
            "paused_until": snapshot.paused_until,
        },
        "schedule": {
            "start": snapshot.schedule_start,
            "end": snapshot.schedule_end,
            "frozen": snapshot.weights_frozen,
        },
        "assets": [_holding_json(holding, snapshot) for holding in snapshot.holdings],
    }


def _holding_json(holding: Holding, snapshot: VaultSnapshot) -> dict[str, Any]:
    return {
        "symbol": holding.symbol,
        "token": holding.token,
        "decimals": holding.decimals,
        "recorded": str(holding.recorded),
        "owed": str(holding.owed),
        "unvested": str(holding.unvested),
        "balance": str(holding.balance),
        "price": str(holding.price),
        "price_status": holding.price_status.name.lower(),
        "price_updated_at": holding.price_updated_at,
        "heartbeat": holding.heartbeat,
        "value": str(holding.value),
        "weight": str(weight_of(holding, snapshot.nav)),
        "target": str(holding.target),
        "end_target": str(holding.end_target),
        "band": str(holding.band),
        "hard_band": str(holding.hard_band),
    }


def value_per_share(snapshot: VaultSnapshot) -> int:
    """Value of one share in WAD, rounded down; 0 if there are none."""
    return snapshot.nav * WAD // snapshot.total_supply if snapshot.total_supply else 0


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
    out.print(
        f"value {value_text(snapshot.nav)}, "
        f"{amount_text(snapshot.total_supply, SHARE_DECIMALS)} shares, "
        f"{value_text(value_per_share(snapshot))} per share, "
        f"total drift {percent(snapshot.total_drift)}, {snapshot.nonce} rebalances",
        soft_wrap=True,
    )


def _allocation_table(snapshot: VaultSnapshot) -> Table:
    table = plain_table("asset", "weight", "target", "drift", "band")
    table.add_column("● weight  │ target  ─ band", no_wrap=True)
    for holding in snapshot.holdings:
        weight = weight_of(holding, snapshot.nav)
        drift = percentage(wad_to_float(weight - holding.target), signed=True)
        table.add_row(
            holding.label,
            percent(weight),
            percent(holding.target),
            Text(drift, _distance_style(holding, weight)),
            percent(holding.band),
            drift_bar(holding, snapshot.nav) if snapshot.nav else EMPTY,
        )
    return table


def _amounts_table(snapshot: VaultSnapshot) -> Table:
    table = plain_table("asset", "amount", "value", "price", "price age")
    for holding in snapshot.holdings:
        table.add_row(
            holding.label,
            _short_amount(holding),
            value_text(holding.value),
            price_text(holding.price, holding.decimals),
            _age(holding, snapshot),
        )
    return table


def _short_amount(holding: Holding) -> str:
    """Whole tokens to eight significant digits: enough to recognise, short enough for a table."""
    return f"{holding.recorded / 10**holding.decimals:,.8g}"


def _age(holding: Holding, snapshot: VaultSnapshot) -> Text:
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
    out.print(verdict(snapshot), style="bold", soft_wrap=True)
