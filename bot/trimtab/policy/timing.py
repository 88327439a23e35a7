"""Learnt timing: whether a trade that the cost-optimal policy gives is made now or waited with.

Kernels in the subset of Python that numba compiles. Within a stretch around the closed form's own
trigger a score decides; before it nothing trades, beyond it the closed form does. The score is a
quadratic form of what is known at the moment, so a model is a row of numbers and nothing that runs.
"""

import math

import numpy as np

from trimtab.policy.joint import LEAST_TRADE, joint_destination
from trimtab.policy.kernels import Vector

__all__ = [
    "EARLIEST",
    "FEATURES",
    "LATEST",
    "MODEL_SIZE",
    "farthest_pair",
    "timed_candidate",
    "timed_destination",
    "timing_features",
    "timing_score",
]

EARLIEST = 0.5
"""Share of its trigger at which a pair may trade at the earliest."""

LATEST = 1.5
"""Share of its trigger from which a pair is traded whatever the score says."""

FEATURES = ("reach", "inside", "speed", "drift", "gas", "depth")
"""What a score is made of. In units of the farthest pair's trigger: its distance, its destination,
what it moves in one bar, and total drift; then which parts of a trade's cost are gas and impact."""

COUNT = len(FEATURES)

TERMS = COUNT + COUNT * (COUNT + 1) // 2
"""Coefficients of a score: of each feature, then of each product of two."""

MODEL_SIZE = 2 + 2 * COUNT + TERMS
"""Numbers of a model: length of a bar in years, intercept, means, scales, coefficients."""

FAR = 3.0
"""Scales from its mean beyond which a feature counts as this far: nothing is learnt out there."""


def farthest_pair(gaps: Vector, metric: Vector, triggers: Vector) -> tuple[int, int, float]:
    """The pair that has used most of its trigger: who would sell, who would buy, the distance.

    Parameters
    ----------
    gaps
        Shape (n,). Weight minus target.
    metric, triggers
        Shape (n, n). As `joint_metric` and `joint_bands` write them.
    """
    seller, buyer, apart, most = 0, gaps.size - 1, 0.0, -1.0
    pull = np.zeros(gaps.size)
    for i in range(gaps.size):
        for j in range(gaps.size):
            pull[i] += metric[i, j] * gaps[j]
    for i in range(gaps.size):
        for j in range(gaps.size):
            if not (gaps[i] > 0.0 and gaps[j] < 0.0):
                continue
            distance = pull[i] - pull[j]
            distance /= metric[i, i] + metric[j, j] - 2.0 * metric[i, j]
            used = distance / max(triggers[i, j], LEAST_TRADE)
            if used > most:
                seller, buyer, apart, most = i, j, distance, used
    return seller, buyer, apart


def timing_features(  # noqa: PLR0917 (compiled functions take arguments by position)
    gaps: Vector, targets: Vector, region: Vector, covariance: Vector, gas: float, out: Vector
) -> float:
    """Write what a score is made of; return the farthest pair's share of its trigger.

    Parameters
    ----------
    gaps, targets
        Shape (n,). Weight minus target, and target.
    region
        Shape (5, n, n). Metric, triggers, destinations, fees and impacts of every pair.
    covariance
        Shape (n, n). Of the returns of one bar.
    gas
        Cost of one swap as a fraction of NAV.
    out
        Shape (6,). In the order of `FEATURES`; the speed is zero where volatility is unknown.
    """
    i, j, distance = farthest_pair(gaps, region[0], region[1])
    trigger = max(region[1, i, j], LEAST_TRADE)
    reach = distance / trigger
    joint = targets[i] * targets[j] / max(targets[i] + targets[j], LEAST_TRADE)
    moved = covariance[i, i] + covariance[j, j] - 2.0 * covariance[i, j]
    size = max(distance - region[2, i, j], trigger / 10.0)
    fee, impact = region[3, i, j] * size, region[4, i, j] * size**2
    whole = max(gas + fee + impact, LEAST_TRADE**2)
    out[0] = reach
    out[1] = region[2, i, j] / trigger
    out[2] = joint * math.sqrt(max(moved, 0.0)) / trigger
    out[3] = np.abs(gaps).sum() / 2.0 / trigger
    out[4] = gas / whole
    out[5] = impact / whole
    return float(reach)


def timing_score(features: Vector, model: Vector) -> float:
    """What waiting is expected to cost beside trading now, in units of the trade's cost.

    Parameters
    ----------
    features
        Shape (6,).
    model
        Shape (41,): see `MODEL_SIZE`.
    """
    scaled = np.empty(COUNT)
    for i in range(COUNT):
        distance = (features[i] - model[2 + i]) / model[2 + COUNT + i]
        scaled[i] = min(max(distance, -FAR), FAR)
    score, place = model[1], 2 + 2 * COUNT
    for i in range(COUNT):
        score += model[place] * scaled[i]
        place += 1
    for i in range(COUNT):
        for j in range(i, COUNT):
            score += model[place] * scaled[i] * scaled[j]
            place += 1
    return float(score)


def timed_candidate(
    weights: Vector, targets: Vector, region: Vector, reach: float, out: Vector
) -> bool:
    """Write the trade about whose moment there is a choice; return whether there is one.

    Past its trigger it is the closed form's. Before it, it is that of the region drawn in to
    `EARLIEST`, with destinations no farther than that.

    Parameters
    ----------
    weights, targets
        Shape (n,). Fractions of NAV; each sums to one.
    region
        Shape (5, n, n). As in `timing_features`.
    reach
        The farthest pair's share of its trigger.
    out
        Shape (n,). The weights to trade to; `weights` if there is nothing to trade.
    """
    if reach >= 1.0:
        return joint_destination(weights, targets, region[0], region[1], region[2], out)
    out[:] = weights
    if reach < EARLIEST:
        return False
    triggers = region[1] * EARLIEST
    return joint_destination(
        weights, targets, region[0], triggers, np.minimum(region[2], triggers), out
    )


def timed_destination(  # noqa: PLR0917 (compiled functions take arguments by position)
    weights: Vector,
    targets: Vector,
    region: Vector,
    covariance: Vector,
    gas: float,
    model: Vector,
    out: Vector,
) -> bool:
    """Write the weights to trade to into `out`; return whether to trade now.

    Where no volatility is known, the closed form decides.

    Parameters
    ----------
    weights, targets
        Shape (n,). Fractions of NAV; each sums to one.
    region
        Shape (5, n, n). As in `timing_features`.
    covariance
        Shape (n, n). Forecast per year.
    gas
        Cost of one swap as a fraction of NAV.
    model
        Shape (41,).
    out
        Shape (n,). The weights to trade to; `weights` while waiting.
    """
    features = np.empty(COUNT)
    of_a_bar = covariance * model[0]
    reach = timing_features(weights - targets, targets, region, of_a_bar, gas, features)
    found = timed_candidate(weights, targets, region, reach, out)
    if not found or reach >= LATEST:
        return found
    now = reach >= 1.0 if features[2] <= 0.0 else timing_score(features, model) > 0.0
    if not now:
        out[:] = weights
    return now
