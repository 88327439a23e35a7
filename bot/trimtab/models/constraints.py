"""What target weights must obey, and whether anything can."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trimtab.errors import BadInput
from trimtab.models.libraries import library

Vector = NDArray[np.float64]

SLACK = 1e-9
"""Largest violation of a constraint that counts as rounding."""


@dataclass(frozen=True, slots=True)
class Group:
    """Assets whose weights are bounded together."""

    name: str
    members: tuple[str, ...]
    minimum: float = 0.0
    maximum: float = 1.0


@dataclass(frozen=True, slots=True)
class Constraints:
    """Bounds on weights that sum to one. Assets that are not named are free.

    Attributes
    ----------
    minimum, maximum
        Bounds by asset.
    groups
        Bounds on sums.
    excluded
        Assets that get nothing.
    reserve
        Least weight of the base asset.
    previous
        Weights of now, by asset; needed for `turnover`.
    turnover
        Largest `½ Σ|w − previous|`; None allows any.
    scores, score_floor
        Score of each asset, and the least mean score of the portfolio.
    """

    minimum: Mapping[str, float] = field(default_factory=dict)
    maximum: Mapping[str, float] = field(default_factory=dict)
    groups: tuple[Group, ...] = ()
    excluded: tuple[str, ...] = ()
    reserve: float = 0.0
    previous: Mapping[str, float] | None = None
    turnover: float | None = None
    scores: Mapping[str, float] = field(default_factory=dict)
    score_floor: float | None = None

    def bounds(self, assets: tuple[str, ...]) -> tuple[Vector, Vector]:
        """Least and greatest weight of each asset, in the order of `assets`."""
        low = np.array([self.minimum.get(asset, 0.0) for asset in assets])
        high = np.array([self.maximum.get(asset, 1.0) for asset in assets])
        high[[asset in self.excluded for asset in assets]] = 0.0
        low[0] = max(low[0], self.reserve)
        return low, high

    def check(self, assets: tuple[str, ...]) -> None:
        """Refuse names that are no assets, and bounds that nothing can keep.

        Raises
        ------
        BadInput
            Naming the constraint.
        """
        self._check_names(assets)
        low, high = self.bounds(assets)
        for asset, least, most in zip(assets, low, high, strict=True):
            if not 0 <= least <= most <= 1:
                raise BadInput(
                    f"{asset}: expected 0 <= minimum <= maximum <= 1, got {least}, {most}"
                )
        if low.sum() > 1 + SLACK:
            raise BadInput(f"the minimum weights sum to {low.sum():g}, expected at most 1")
        if high.sum() < 1 - SLACK:
            raise BadInput(f"the maximum weights sum to {high.sum():g}, expected at least 1")
        if self.turnover is not None and self.previous is None:
            raise BadInput("a maximum turnover needs the weights of now")

    def _check_names(self, assets: tuple[str, ...]) -> None:
        named = {
            "minimum": self.minimum,
            "maximum": self.maximum,
            "excluded": self.excluded,
            "scores": self.scores,
            **{f"group {group.name}": group.members for group in self.groups},
        }
        for what, names in named.items():
            unknown = sorted(set(names) - set(assets))
            if unknown:
                raise BadInput(f"{what}: {unknown[0]} is none of the assets {', '.join(assets)}")


def allows(weights: Vector, assets: tuple[str, ...], constraints: Constraints) -> bool:
    """Whether weights keep all constraints, but for rounding."""
    low, high = constraints.bounds(assets)
    inside = bool((weights >= low - SLACK).all() and (weights <= high + SLACK).all())
    rows = _rows(assets, constraints)
    kept = all(least - SLACK <= row @ weights <= most + SLACK for _, row, least, most in rows)
    before = _previous(assets, constraints)
    moved = 0.0 if before is None else float(np.abs(weights - before).sum() / 2)
    within = constraints.turnover is None or moved <= constraints.turnover + SLACK
    return inside and kept and within and abs(weights.sum() - 1) <= SLACK


def conditions(
    weights: Any, assets: tuple[str, ...], constraints: Constraints
) -> list[tuple[str, Any]]:
    """The constraints on a variable of cvxpy, each with a name for errors."""
    cvxpy = library("cvxpy")
    low, high = constraints.bounds(assets)
    found = [
        ("weights sum to one", cvxpy.sum(weights) == 1),
        ("the minimum weights", weights >= low),
        ("the maximum weights", weights <= high),
    ]
    for name, row, least, most in _rows(assets, constraints):
        if np.isfinite(least):
            found.append((f"the minimum of {name}", row @ weights >= least))
        if np.isfinite(most):
            found.append((f"the maximum of {name}", row @ weights <= most))
    before = _previous(assets, constraints)
    if constraints.turnover is not None and before is not None:
        found.append(
            ("the maximum turnover", cvxpy.norm1(weights - before) <= 2 * constraints.turnover)
        )
    return found


def _rows(
    assets: tuple[str, ...], constraints: Constraints
) -> list[tuple[str, Vector, float, float]]:
    """Linear constraints beyond the bounds: name, coefficients, least and greatest value."""
    rows = [
        (
            f"group {group.name}",
            np.array([float(asset in group.members) for asset in assets]),
            group.minimum,
            group.maximum,
        )
        for group in constraints.groups
    ]
    if constraints.score_floor is not None:
        scores = np.array([constraints.scores.get(asset, 0.0) for asset in assets])
        rows.append(("the mean score", scores, constraints.score_floor, np.inf))
    return rows


def _previous(assets: tuple[str, ...], constraints: Constraints) -> Vector | None:
    if constraints.previous is None:
        return None
    return np.array([constraints.previous.get(asset, 0.0) for asset in assets])
