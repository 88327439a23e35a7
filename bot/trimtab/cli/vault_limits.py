"""The operation on limits: what is named changes, within the caps of the contracts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from trimtab.cli.deploy_spec import limits_of
from trimtab.cli.settings.faults import Source, faults_of
from trimtab.cli.settings.fields import FromVariable
from trimtab.cli.settings.schema import LimitsSettings
from trimtab.cli.settings.units import fraction_text, seconds_text
from trimtab.cli.vault_operation import OWNER, Arguments, Change, operation
from trimtab.cli.vault_rules import Rules
from trimtab.cli.vault_words import pairs
from trimtab.domain.phrases import moment
from trimtab.domain.snapshot import Limits
from trimtab.errors import BadInput

NAMES = {
    "slippage": ("slippage", "the largest shortfall of a keeper's leg"),
    "public_slippage": ("public_slippage", "the largest shortfall of a public leg"),
    "loss_capacity": ("loss_capacity", "the capacity of the loss bucket"),
    "loss_per_day": ("loss_rate", "the refill of the loss bucket a day"),
    "turnover_capacity": ("turnover_capacity", "the capacity of the turnover bucket"),
    "turnover_per_day": ("turnover_rate", "the refill of the turnover bucket a day"),
    "calendar_floor": ("calendar_floor", "the least drift of a calendar rebalance"),
    "weight_speed_per_day": ("weight_speed", "the speed limit of targets a day"),
    "cooldown": ("cooldown", "the keepers' cooldown"),
    "public_cooldown": ("public_cooldown", "the public cooldown"),
    "calendar_period": ("calendar_period", "the calendar period"),
    "calendar_start": ("calendar_anchor", "the start of the calendar grid"),
    "notice": ("notice", "the notice of new targets"),
    "flow_capacity": ("flow_capacity", "the flow bucket of the base-asset doors"),
    "drawdown": ("drawdown", "the limit of the drawdown breaker"),
}
"""Each limit's key, its name in the contract's order, and what it is in words."""

TIMES = ("cooldown", "public_cooldown", "calendar_period", "notice")
"""Limits that are lengths of time."""


def _limit_words(rules: Rules, given: Arguments) -> list[Change]:
    now, then = rules.snapshot.limits, Limits(*given["newLimits"].values())
    changes = []
    for key, (name, words) in NAMES.items():
        before, after = getattr(now, name), getattr(then, name)
        if before != after:
            text = _text_of(key)
            rises = None if key == "calendar_start" else after > before
            changes.append(Change(words, text(before), text(after), rises))
    return changes or [Change("the limits", "their values", "their values")]


def _text_of(key: str) -> Callable[[int], str]:
    if key == "calendar_start":
        return moment
    return seconds_text if key in TIMES else fraction_text


@operation(
    "set-limits slippage='90 bp' notice='2 d'", ("Mandate", "setLimits"), OWNER, _limit_words
)
def set_limits(
    rules: Rules,
    limits: Annotated[
        list[str],
        typer.Argument(help='KEY="VALUE" as in section [deploy.limits]; others stay as they are.'),
    ],
) -> tuple[tuple[int, ...]]:
    """Replace limits of the mandate, each within its cap."""
    named = pairs(limits, 'slippage="40 bp"')
    unknown = sorted(set(named) - set(NAMES))
    if unknown:
        raise BadInput(f"{', '.join(unknown)}: no such limit, expected of {', '.join(NAMES)}")
    written: dict[str, Any] = {key: _written(key, rules.snapshot.limits) for key in NAMES}
    written |= {key: FromVariable(value) for key, value in named.items()}
    try:
        settings = LimitsSettings.model_validate(written)
    except ValidationError as error:
        faults = faults_of(error, LimitsSettings, Source("set-limits", {}, {}))
        raise BadInput("\n".join(f"{fault.key}: {fault.problem}" for fault in faults)) from None
    return (astuple(limits_of(settings)),)


def _written(key: str, limits: Limits) -> str | datetime:
    """A limit as the configuration would write it."""
    value = getattr(limits, NAMES[key][0])
    if key == "calendar_start":
        return datetime.fromtimestamp(value, UTC)
    return _text_of(key)(value)
