"""Operations on targets: schedule, cancel, freeze; bands and bounds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from trimtab.cli.holder import position_of
from trimtab.cli.settings.units import fraction_text
from trimtab.cli.vault_operation import (
    OWNER,
    Arguments,
    Change,
    fraction_change,
    moved,
    operation,
)
from trimtab.cli.vault_rules import Rules
from trimtab.cli.vault_words import Symbol, fraction, fraction_or, moment_of, pairs
from trimtab.domain.phrases import duration, moment
from trimtab.domain.schedule import distance_up
from trimtab.domain.snapshot import VaultSnapshot
from trimtab.domain.units import DAY, WAD
from trimtab.errors import BadInput

MINING_SECONDS = 600
"""Time that a transaction is given to be mined before its schedule could begin too early."""

EXECUTING_SECONDS = DAY
"""Time that somebody is given to execute a schedule whose timelock has waited long enough."""

SLOWER_PERCENT = 1
"""By how much a schedule is slower than the speed limit allows, unless its end is named: targets
that move until it is mined change the distance."""

Band = Annotated[str | None, typer.Option(help="Distance from target at which keepers may act.")]
HardBand = Annotated[str | None, typer.Option(help="Distance at which anyone may.")]
Least = Annotated[str | None, typer.Option("--min", help="Least target the manager may schedule.")]
Most = Annotated[str | None, typer.Option("--max", help="Greatest.")]


def _schedule_words(rules: Rules, given: Arguments) -> list[Change]:
    holdings = rules.snapshot.holdings
    found = [
        fraction_change(f"{rules.label(i)}'s target", _now(rules, i), after)
        for i, after in enumerate(given["newTargets"])
        if i >= len(holdings) or _now(rules, i) != after
    ]
    times = (
        f"move them from {moment(given['startsAt'])} to {moment(given['endsAt'])}, over "
        f"{duration(given['endsAt'] - given['startsAt'])}"
    )
    return [*found, Change(times)]


def _now(rules: Rules, position: int) -> int:
    holdings = rules.snapshot.holdings
    return holdings[position].target if position < len(holdings) else 0


@operation(
    "schedule ETH='25 %' USDC='45 %'", ("Mandate", "scheduleTargets"), ("manager",), _schedule_words
)
def schedule(
    rules: Rules,
    weights: Annotated[
        list[str], typer.Argument(help='New targets, SYMBOL="25 %"; others stay as they are.')
    ],
    *,
    starts: Annotated[
        str | None, typer.Option(help="When they begin to move; unset, as soon as allowed.")
    ] = None,
    ends: Annotated[
        str | None, typer.Option(help="When they arrive; unset, as soon as allowed.")
    ] = None,
) -> tuple[list[int], int, int]:
    """Move target weights, after the notice and within the speed limit."""
    now = [holding.target for holding in rules.snapshot.holdings]
    then = list(now)
    for symbol, text in pairs(weights, 'LINK="25 %"').items():
        then[position_of(symbol, rules.snapshot)] = fraction(text, symbol)
    if sum(then) != WAD:
        listed = ", ".join(
            f"{rules.label(i)} {fraction_text(weight)}" for i, weight in enumerate(then)
        )
        raise BadInput(f"the targets sum to {fraction_text(sum(then))}, expected 100 %: {listed}")
    starts_at = first_start(rules) if starts is None else moment_of(starts, "--starts")
    soonest = starts_at + least_seconds(rules.snapshot, then)
    return then, starts_at, soonest if ends is None else moment_of(ends, "--ends")


def first_start(rules: Rules) -> int:
    """When targets that are scheduled now can begin to move, in seconds."""
    margin = MINING_SECONDS if rules.delay is None else rules.delay + EXECUTING_SECONDS
    return rules.now + rules.snapshot.limits.notice + margin


def least_seconds(snapshot: VaultSnapshot, targets: Sequence[int]) -> int:
    """How long targets, in WAD, must take to arrive from those of now, a little above the limit."""
    distance = distance_up([holding.target for holding in snapshot.holdings], targets)
    allowed = 100 * snapshot.limits.weight_speed
    # Without a speed no schedule is accepted, whatever its times.
    return max(1, -(-distance * DAY * (100 + SLOWER_PERCENT) // allowed)) if allowed else 1


def _cancel_words(rules: Rules, _given: Arguments) -> list[Change]:
    held = ", ".join(f"{h.label} {fraction_text(h.target)}" for h in rules.snapshot.holdings)
    until = rules.snapshot.schedule_end
    running = f", which would end on {moment(until)}" if until > rules.now else ""
    return [
        Change(f"cancel the schedule of targets{running}; they stay about where they are: {held}")
    ]


@operation(
    "cancel-schedule",
    ("Mandate", "cancelSchedule"),
    ("manager", "guardian", "owner"),
    _cancel_words,
)
def cancel_schedule(_rules: Rules) -> tuple[()]:
    """Hold the targets where they are now."""
    return ()


def _freeze_words(_rules: Rules, _given: Arguments) -> list[Change]:
    return [Change("freeze the targets where they are, until the owner unfreezes them")]


@operation("freeze", ("Mandate", "freezeWeights"), ("guardian",), _freeze_words)
def freeze(_rules: Rules) -> tuple[()]:
    """Hold the targets and refuse new schedules until the owner unfreezes."""
    return ()


def _unfreeze_words(_rules: Rules, _given: Arguments) -> list[Change]:
    return [Change("let the manager schedule targets again")]


@operation("unfreeze", ("Mandate", "unfreezeWeights"), OWNER, _unfreeze_words)
def unfreeze(_rules: Rules) -> tuple[()]:
    """Let the manager schedule targets again."""
    return ()


def _band_words(rules: Rules, given: Arguments) -> list[Change]:
    position, label = given["asset"], rules.label(given["asset"])
    holdings = rules.snapshot.holdings
    band, hard = (
        (holdings[position].band, holdings[position].hard_band)
        if position < len(holdings)
        else (0, 0)
    )
    return moved(
        [
            fraction_change(f"{label}'s band", band, given["newBand"]),
            fraction_change(f"{label}'s hard band", hard, given["newHardBand"]),
        ]
    )


@operation("set-bands ETH --band '5 %'", ("Mandate", "setBands"), OWNER, _band_words)
def set_bands(
    rules: Rules, symbol: Symbol, *, band: Band = None, hard_band: HardBand = None
) -> tuple[int, int, int]:
    """Replace the bands of an asset; what is not named stays."""
    position = position_of(symbol, rules.snapshot)
    holding = rules.snapshot.holdings[position]
    return (
        position,
        fraction_or(band, "--band", holding.band),
        fraction_or(hard_band, "--hard-band", holding.hard_band),
    )


def _bounds_now(rules: Rules, position: int) -> tuple[int, int]:
    if position >= len(rules.snapshot.holdings):
        return 0, 0
    found = rules.view("Mandate", "bounds", position)
    return found["minWeight"], found["maxWeight"]


def _bound_words(rules: Rules, given: Arguments) -> list[Change]:
    label = rules.label(given["asset"])
    least, most = _bounds_now(rules, given["asset"])
    return moved(
        [
            fraction_change(f"{label}'s least target", least, given["newMinWeight"]),
            fraction_change(f"{label}'s greatest target", most, given["newMaxWeight"]),
        ]
    )


@operation(
    "set-bounds ETH --min '10 %' --max '50 %'", ("Mandate", "setBounds"), OWNER, _bound_words
)
def set_bounds(
    rules: Rules, symbol: Symbol, *, least: Least = None, most: Most = None
) -> tuple[int, int, int]:
    """Replace the bounds within which the manager may set an asset's target."""
    position = position_of(symbol, rules.snapshot)
    now = _bounds_now(rules, position)
    return position, fraction_or(least, "--min", now[0]), fraction_or(most, "--max", now[1])
