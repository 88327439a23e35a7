"""Policies of one's own: a function named in the configuration, held to the contract of all others.

`policy = "package.module:function"` names a function that takes a `Situation` and returns weights
to trade to, or None to hold. What it returns is checked every time: it must be a portfolio that
moves no asset away from its target or past it, and lowers drift by what the vault demands.
"""

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from trimtab.errors import BadInput
from trimtab.policy.kernels import PROGRESS_CAP

__all__ = ["CustomPolicy", "Situation", "asked", "checked", "load_policy"]

ROUNDING = 1e-9
"""Deviations from the contract below this, in NAV, are rounding."""

LEAST_SHARE = 0.2
"""Least fall of total drift as a share of it, as the vault demands."""

LEAST_FALL = 0.01
"""Least fall of total drift at most, as the vault demands."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What a policy of one's own is told. Fractions are of NAV; tuples follow the vault's assets.

    Attributes
    ----------
    weights, targets
        Each sums to one; the base asset comes first.
    covariance
        Forecast covariance of returns per year; empty if unknown.
    fee, gas
        Cost of a swap: a share of what it trades, and per swap.
    timestamp
        Seconds since 1970.
    last_trade
        When the portfolio last traded, likewise; 0 if never.
    """

    weights: tuple[float, ...]
    targets: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]
    fee: float
    gas: float
    timestamp: int
    last_trade: int


CustomPolicy = Callable[[Situation], Sequence[float] | None]


def load_policy(name: str) -> CustomPolicy:
    """The function that `package.module:function` names.

    Raises
    ------
    BadInput
        If there is none.
    """
    module, _, attribute = name.partition(":")
    try:
        function = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as fault:
        raise BadInput(
            f'policy "{name}" cannot be loaded: {fault}; expected "package.module:function"'
        ) from fault
    if not callable(function):
        raise BadInput(f'policy "{name}" is no function')
    loaded: CustomPolicy = function
    return loaded


def asked(function: CustomPolicy, situation: Situation) -> tuple[float, ...] | None:
    """What a policy of one's own answers, if it answers at all and keeps the contract.

    Raises
    ------
    BadInput
        Saying what the function raised, or which numbers of its answer break the contract.
    """
    try:
        answer = function(situation)
    except Exception as fault:  # somebody else's code, which may raise anything
        raise BadInput(
            f"the policy of one's own raised {type(fault).__name__}: {fault}; expected weights or "
            "None"
        ) from fault
    return checked(answer, situation)


def checked(answer: Sequence[float] | None, situation: Situation) -> tuple[float, ...] | None:
    """What a policy of one's own returned, if it keeps the contract.

    Raises
    ------
    BadInput
        Naming the asset and the numbers that break it.
    """
    if answer is None:
        return None
    try:
        goal = tuple(float(weight) for weight in answer)
    except (TypeError, ValueError):
        raise BadInput(f"the policy returned {answer!r:.60}, expected weights or None") from None
    if len(goal) != len(situation.weights) or not abs(sum(goal) - 1) <= ROUNDING:
        raise BadInput(
            f"the policy returned {len(goal)} weights that sum to {sum(goal):.9f}, expected "
            f"{len(situation.weights)} that sum to 1"
        )
    rows = zip(situation.weights, goal, situation.targets, strict=True)
    for position, (weight, end, target) in enumerate(rows):
        if not min(weight, target) - ROUNDING <= end <= max(weight, target) + ROUNDING:
            raise BadInput(
                f"the policy moves asset {position} from {weight:.6f} to {end:.6f}, expected a "
                f"weight between that and its target of {target:.6f}"
            )
    before, after = (_drift(weights, situation.targets) for weights in (situation.weights, goal))
    demanded = min(LEAST_SHARE * before, LEAST_FALL)
    if before - after < demanded - ROUNDING:
        raise BadInput(
            f"the policy lowers total drift from {before:.6f} to {after:.6f}, the vault demands a "
            f"fall of {demanded:.6f} (ask for {PROGRESS_CAP:.4f} to have room for fees)"
        )
    return goal


def _drift(weights: Sequence[float], targets: Sequence[float]) -> float:
    return sum(abs(w - t) for w, t in zip(weights, targets, strict=True)) / 2
