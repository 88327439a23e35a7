"""Buy and hold, constant mix and portfolio insurance: what a strategy does as the market moves.

References
----------
A. Perold and W. Sharpe, "Dynamic strategies for asset allocation", Financial Analysts Journal 44
(1988).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trimtab.errors import BadInput

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Insurance:
    """Constant-proportion portfolio insurance: `multiple · (worth − floor)` is held in the market.

    Attributes
    ----------
    floor
        What the worth should not fall below, in the unit of account.
    multiple
        Part of the cushion above the floor that is held in the market; at 1 it is buy and hold of
        the cushion.
    most
        Largest fraction of the worth in the market: nothing is borrowed at 1.
    """

    floor: float
    multiple: float
    most: float = 1.0

    def __post_init__(self) -> None:
        """Refuse numbers without meaning."""
        if self.floor < 0 or self.multiple <= 0 or not 0 < self.most <= 1:
            raise BadInput(
                f"floor {self.floor}, multiple {self.multiple}, most {self.most}: expected a floor "
                "of at least 0, a multiple above 0 and 0 < most <= 1"
            )


def buy_and_hold(initial: float, weight: float, market: Vector) -> Vector:
    """Shape (t,). Worth of a part in the market that is never touched; the rest is cash."""
    worth: Vector = initial * (1 - weight + weight * market / market[0])
    return worth


def constant_mix(initial: float, weight: float, market: Vector) -> Vector:
    """Shape (t,). Worth when the part in the market is restored at every step, at no cost."""
    growth = 1 + weight * (market[1:] / market[:-1] - 1)
    return initial * np.concatenate([[1.0], np.cumprod(growth)])


def insured(initial: float, rule: Insurance, market: Vector) -> Vector:
    """Shape (t,). Worth under portfolio insurance; between steps a fall may pass the floor."""
    worth = np.empty(len(market))
    worth[0] = initial
    for step, gain in enumerate(market[1:] / market[:-1] - 1):
        cushion = max(0.0, worth[step] - rule.floor)
        exposure = min(rule.multiple * cushion, rule.most * worth[step])
        worth[step + 1] = worth[step] + exposure * gain
    return worth
