"""`trimtab inspect`: what a vault holds, how far from target, and whether a rebalance is due."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.console import Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from trimtab.chain.answers import Block
from trimtab.cli.app import DEFAULT_CONFIG, AsJson, ConfigFile, app, example, out, plain_table
from trimtab.cli.explain import nav_text, schedule_text, value_per_share, verdict, weight_of
from trimtab.cli.format import EMPTY, SHARE_DECIMALS, price_text, time_text, value_text
from trimtab.cli.session import Session
from trimtab.cli.snapshot_json import snapshot_json
from trimtab.domain.phrases import (
    amount_text,
    basis_points,
    counted,
    duration,
    percent,
    percentage,
    words,
)
from trimtab.domain.snapshot import Holding, PriceStatus, VaultSnapshot
from trimtab.domain.units import wad_to_float
from trimtab.errors import BadInput, TransientError
from trimtab.keeper.loop import stop_on_signals
from trimtab.telemetry import printable, redact

BAR_CELLS = 33
"""Width of a bar, in characters."""

WATCH_SECONDS = 2.0
"""Time between two looks for a new block."""


At = Annotated[
    int | None,
    typer.Option("--at", min=0, help="Block to look at; the node must still know its state."),
]
Watch = Annotated[bool, typer.Option("--watch", help="Go on with every new block, until Ctrl-C.")]


@app.command(epilog=example("inspect --at 21000000 --json"))
def inspect(
    config: ConfigFile = DEFAULT_CONFIG,
    as_json: AsJson = False,
    at: At = None,
    watch: Watch = False,
) -> None:
    """Show the allocation, its drift, and why a rebalance is or is not due."""
    session = Session(config)
    if watch:
        if as_json or at is not None:
            raise BadInput(
                "--watch follows the newest block on a screen; leave out --json and --at"
            )
        _watch(session)
        return
    snapshot = session.snapshot(None if at is None else _block(session, at))
    if as_json:
        out.print_json(json.dumps(snapshot_json(snapshot)))
        return
    out.print(view(snapshot), soft_wrap=True)


def view(snapshot: VaultSnapshot) -> Group:
    """A vault as a person reads it."""
    return Group(
        *_head(snapshot),
        _allocation_table(snapshot),
        _amounts_table(snapshot),
        *_state(snapshot),
    )


def _block(session: Session, number: int) -> Block:
    found = session.node.block(number)
    if found is None:
        newest = session.node.head().number
        raise BadInput(f"--at {number}: the chain has no such block; the newest is {newest}")
    return found


def _watch(session: Session) -> None:
    """Draw the vault anew with every block; a node that fails is said beneath what it said last."""
    shown: RenderableType = Text("reading the vault")
    seen = -1
    screen = Live(shown, console=out, screen=True, auto_refresh=False)
    # An interrupt that falls into the clearing up of an object would be printed and forgotten.
    with stop_on_signals() as stop, screen as live:
        while not stop.is_set():
            try:
                head = session.node.head()
                if head.number != seen:
                    shown, seen = view(session.snapshot(head)), head.number
                    live.update(shown, refresh=True)
            except TransientError as error:
                fault = Text(printable(redact(str(error))), "red")
                live.update(Group(shown, fault), refresh=True)
            stop.wait(WATCH_SECONDS)
    raise KeyboardInterrupt


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


def _head(snapshot: VaultSnapshot) -> tuple[Text, ...]:
    per_share = value_text(value_per_share(snapshot)) if snapshot.nav else EMPTY
    return (
        Text(f"{snapshot.name} ({snapshot.symbol})  {snapshot.vault}", "bold"),
        Text(
            f"chain {snapshot.chain_id}, block {snapshot.block_number}, "
            f"{time_text(snapshot.timestamp)}"
        ),
        Text(
            f"{nav_text(snapshot)}, {amount_text(snapshot.total_supply, SHARE_DECIMALS)} shares, "
            f"{per_share} per share, {counted(snapshot.nonce, 'rebalance')}"
        ),
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
            _prices(holding),
            _age(holding, snapshot),
        )
    return table


def _prices(holding: Holding) -> str:
    """The feed's price, and the second source's where there is one."""
    price = price_text(holding.price, holding.decimals)
    if not holding.second_price:
        return price
    return f"{price} / {price_text(holding.second_price, holding.decimals)}"


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


def _state(snapshot: VaultSnapshot) -> tuple[Text, ...]:
    limits = snapshot.limits
    lines = [
        Text(
            f"loss bucket {basis_points(snapshot.loss_left)} left of "
            f"{basis_points(limits.loss_capacity)} (+{basis_points(limits.loss_rate)} a day), "
            f"turnover bucket {percent(snapshot.turnover_left)} left of "
            f"{percent(limits.turnover_capacity)} (+{percent(limits.turnover_rate)} a day)"
        ),
        Text(
            f"last rebalance by a keeper {time_text(snapshot.keeper_at)}, by anyone "
            f"{time_text(snapshot.public_at)}; {schedule_text(snapshot)}"
        ),
    ]
    if snapshot.only_to_base:
        lines.append(
            Text(
                "the drawdown breaker has tripped: only the base asset may be bought until the "
                "owner resets it",
                "red",
            )
        )
    return (*lines, Text(verdict(snapshot), "bold"))
