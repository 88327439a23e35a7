"""A model of learnt timing as it is kept: numbers, where they come from, and what they are worth.

A model is JSON with numbers in known places; nothing in it runs. It carries the comparison with the
closed form on days that taught it nothing, and is used only if it cost less there.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any

import numpy as np

from trimtab.domain.units import DAY
from trimtab.errors import BadInput
from trimtab.policy.kernels import Vector
from trimtab.policy.timing import FEATURES, TERMS

__all__ = ["LONGEST", "Compared", "Learnt", "TimingModel"]

KIND = "trimtab timing"
VERSION = 1

LONGEST = 100_000
"""Characters of a file at most; one of ours has 2,000."""

LARGEST = 1e9
"""Greatest number that a model can need."""

SECONDS_PER_YEAR = 365.25 * DAY


@dataclass(frozen=True, slots=True)
class Learnt:
    """Where a model comes from.

    Attributes
    ----------
    first, last
        Days that it was fitted to, as 2020-01-01.
    assets
        The portfolio.
    prices
        SHA-256 of the prices, in hexadecimal.
    fee_bp, impact, gas_bp
        Cost of a swap.
    samples
        How many moments it learnt from.
    penalty, gain
        Stiffness, and what that saved in the purged walk-forward, in units of a trade's cost.
    """

    first: str
    last: str
    assets: tuple[str, ...]
    prices: str
    fee_bp: float
    impact: float
    gas_bp: float
    samples: int
    penalty: float
    gain: float


@dataclass(frozen=True, slots=True)
class Compared:
    """What a model cost beside the closed form where both track equally well.

    Attributes
    ----------
    first, last
        Days of the comparison; all later than those that it learnt from.
    levels_bp
        Tracking errors at which the two were compared.
    excess, ci_low, ci_high
        Mean cost over the closed form's less one, and its 95 % interval by a paired bootstrap.
    """

    first: str
    last: str
    levels_bp: tuple[float, ...]
    excess: float
    ci_low: float
    ci_high: float


@dataclass(frozen=True, slots=True)
class TimingModel:
    """A fitted score with its history.

    Attributes
    ----------
    bar_seconds
        Length of the bars that it learnt from.
    intercept, means, scales, coefficients
        As `timing_score` takes them.
    learnt, compared
        Where it comes from, and what it is worth.
    """

    bar_seconds: int
    intercept: float
    means: tuple[float, ...]
    scales: tuple[float, ...]
    coefficients: tuple[float, ...]
    learnt: Learnt
    compared: Compared

    def __post_init__(self) -> None:
        """Refuse numbers that no fit gives.

        Raises
        ------
        BadInput
            Naming the field, its value and what it should be.
        """
        for name, size in (
            ("means", FEATURES),
            ("scales", FEATURES),
            ("coefficients", range(TERMS)),
        ):
            if len(getattr(self, name)) != len(size):
                raise BadInput(
                    f"timing.{name} has {len(getattr(self, name))} numbers, expected {len(size)}"
                )
        if not min(self.scales) > 0:
            raise BadInput(f"timing.scales has {min(self.scales)}, expected numbers above 0")
        if not 1 <= self.bar_seconds <= 366 * DAY:
            raise BadInput(f"timing.bar_seconds is {self.bar_seconds}, expected 1 to a year")
        _check_days(self.learnt, self.compared)

    @property
    def beats(self) -> bool:
        """Whether it cost less than the closed form: all of the interval lies below zero."""
        return self.compared.ci_high < 0

    @property
    def sentence(self) -> str:
        """Which of the two decides, and why."""
        found = self.compared
        measured = (
            f"{found.excess:+.1%} [{found.ci_low:+.1%}, {found.ci_high:+.1%}] from {found.first} "
            f"to {found.last}"
        )
        if self.beats:
            return f"learnt timing decides: it cost {measured} beside the closed form"
        return (
            f"the closed form decides: learnt timing cost {measured}, and is used only where that "
            "whole interval is below zero"
        )

    @property
    def row(self) -> Vector:
        """The numbers as the kernels take them, or none where the closed form decides."""
        return self.numbers if self.beats else np.empty(0)

    @property
    def numbers(self) -> Vector:
        """The numbers as the kernels take them, whatever they are worth."""
        step = self.bar_seconds / SECONDS_PER_YEAR
        return np.array([step, self.intercept, *self.means, *self.scales, *self.coefficients])

    def text(self) -> str:
        """The model as a file holds it: the same numbers give the same text."""
        head = {"kind": KIND, "version": VERSION, "features": list(FEATURES)}
        return json.dumps(head | asdict(self), indent=1) + "\n"

    @classmethod
    def read(cls, text: str) -> TimingModel:
        """The model that a file holds, which may be anything.

        Raises
        ------
        BadInput
            Naming what is missing, unknown, or no number that a model can have.
        """
        content = _content(text)
        for name, known in (("kind", KIND), ("version", VERSION), ("features", list(FEATURES))):
            if content.pop(name, None) != known:
                raise BadInput(f"timing.{name}: expected {json.dumps(known)}; fit the model again")
        learnt = _fill(Learnt, content.pop("learnt", None), "learnt")
        compared = _fill(Compared, content.pop("compared", None), "compared")
        content |= {"learnt": learnt, "compared": compared}
        model: TimingModel = _fill(cls, content, "timing")
        return model


def _content(text: str) -> dict[str, Any]:
    if len(text) > LONGEST:
        raise BadInput(f"{len(text)} characters, expected at most {LONGEST}")
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as fault:
        raise BadInput(f"no JSON: {fault}; expected a file that `trimtab timing` wrote") from None
    if not isinstance(content, dict):
        raise BadInput("expected a JSON object that `trimtab timing` wrote")
    return content


def _fill(kind: type[Any], content: object, where: str) -> Any:
    """A value with every field of a kind, each of the type that the kind states."""
    if not isinstance(content, Mapping):
        raise BadInput(f"timing.{where} is missing; expected an object")
    wanted = {field.name: str(field.type) for field in fields(kind)}
    odd = sorted(set(content) ^ set(wanted))
    if odd:
        found = "unknown" if odd[0] in content else "missing"
        raise BadInput(f"{where}.{odd[0]} is {found}; expected {', '.join(wanted)}")
    return kind(**{name: _value(content[name], wanted[name], f"{where}.{name}") for name in wanted})


def _value(given: Any, kind: str, where: str) -> Any:
    if kind in {"Learnt", "Compared"}:
        return given
    if kind.startswith("tuple"):
        if not isinstance(given, list):
            raise BadInput(f"{where}: expected a list")
        return tuple(_value(each, kind[len("tuple[") : -len(", ...]")], where) for each in given)
    if kind == "str":
        if not isinstance(given, str) or len(given) > 100 or not given.isprintable():
            raise BadInput(f"{where}: expected at most 100 characters")
        return given
    number = isinstance(given, int | float) and not isinstance(given, bool)
    if not number or abs(given) > LARGEST or not math.isfinite(given):
        raise BadInput(f"{where} is {str(given)[:40]}, expected a number up to {LARGEST:g}")
    if kind == "int" and given != int(given):
        raise BadInput(f"{where} is {given}, expected a whole number")
    return int(given) if kind == "int" else float(given)


def _check_days(learnt: Learnt, compared: Compared) -> None:
    days = (learnt.first, learnt.last, compared.first, compared.last)
    try:
        first, last, begins, ends = (date.fromisoformat(day) for day in days)
    except ValueError as fault:
        raise BadInput(f"timing: {fault}; expected days such as 2020-01-01") from None
    if not first <= last < begins <= ends:
        raise BadInput(
            f"timing was learnt from {first} to {last} and compared from {begins} to {ends}: "
            "expected a comparison on later days"
        )
    if not compared.levels_bp or not compared.ci_low <= compared.excess <= compared.ci_high:
        raise BadInput("timing.compared: expected levels, and an excess within its interval")
