"""A score of timing fitted to samples, its stiffness chosen by a purged walk-forward."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import Ridge
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

from trimtab.errors import BadInput
from trimtab.policy.timing import FAR
from trimtab.research.timing_samples import HORIZON, Samples

__all__ = ["EMBARGO", "FOLDS", "Fit", "Fold", "fit_timing", "folds", "scores", "walk_forward_gain"]

Vector = NDArray[np.float64]

EMBARGO = 10
"""Bars left out between what a fold knows and what it is tried on, beside the purge."""

FOLDS = 4
"""Stretches of a walk-forward; what lies before the first only teaches."""

PENALTIES = (10.0, 100.0, 1_000.0, 10_000.0, 100_000.0)
"""Weights of the squared coefficients that are tried."""

LEAST_SAMPLES = 200
"""Fewest samples that a fit is made from."""


@dataclass(frozen=True, slots=True)
class Fold:
    """What a fold knows, and what it is tried on: masks over samples."""

    known: NDArray[np.bool_]
    tried: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted score.

    Attributes
    ----------
    intercept, means, scales, coefficients
        As `timing_score` takes them.
    penalty
        The stiffness that was chosen.
    gain
        What its decisions saved in the walk-forward beside those of the closed form: mean over the
        samples tried, in units of a trade's cost.
    samples
        How many it was fitted to.
    """

    intercept: float
    means: tuple[float, ...]
    scales: tuple[float, ...]
    coefficients: tuple[float, ...]
    penalty: float
    gain: float
    samples: int


def fit_timing(samples: Samples) -> Fit:
    """The score that trades well, with the penalty that saved most out of sample.

    Raises
    ------
    BadInput
        If there are too few samples, in all or before the walk-forward's first fold.
    """
    _check(samples)
    gains = {penalty: walk_forward_gain(samples, penalty) for penalty in PENALTIES}
    best = max(gains, key=lambda penalty: gains[penalty])
    return _fit(samples, best, gains[best])


def folds(samples: Samples) -> Iterator[Fold]:
    """Walk forward: each fold knows only samples whose whole future lies before it.

    Purged: a sample at `t` knows bars to `t + HORIZON`, all of which come before the fold begins;
    and `EMBARGO` bars more are left out, as prices near the border are alike.
    """
    edges = np.linspace(samples.bar.min(), samples.bar.max() + 1, FOLDS + 2).astype(np.int64)[1:]
    for first, end in pairwise(edges):
        yield Fold(
            known=samples.bar + HORIZON + EMBARGO < first,
            tried=(samples.bar >= first) & (samples.bar < end),
        )


def walk_forward_gain(samples: Samples, penalty: float) -> float:
    """What a score's decisions save beside the closed form's, out of sample.

    The closed form trades from its trigger on. Trading now where waiting would have cost `y` more
    saves `y`; waiting where the closed form would have traded saves `-y`.
    """
    saved, tried = 0.0, 0
    for fold in folds(samples):
        test = samples.where(fold.tried)
        now = scores(_fit(samples.where(fold.known), penalty, 0.0), test.features) > 0
        saved += float(test.label @ (now.astype(float) - (test.features[:, 0] >= 1.0)))
        tried += len(test)
    return saved / max(tried, 1)


def scores(fit: Fit, features: Vector) -> Vector:
    """Shape (m,). Scores of rows of features, as `timing_score` gives each."""
    scaled = np.clip((features - np.array(fit.means)) / np.array(fit.scales), -FAR, FAR)
    found: Vector = _terms(scaled) @ np.array(fit.coefficients) + fit.intercept
    return found


def _terms(scaled: Vector) -> Vector:
    terms: Vector = PolynomialFeatures(degree=2, include_bias=False).fit_transform(scaled)
    return terms


def _fit(samples: Samples, penalty: float, gain: float) -> Fit:
    _check(samples)
    scaler = StandardScaler().fit(samples.features)
    scaled = np.clip(scaler.transform(samples.features), -FAR, FAR)
    ridge = Ridge(alpha=penalty).fit(_terms(scaled), samples.label)
    floats = partial(map, float)
    return Fit(
        intercept=float(ridge.intercept_),
        means=tuple(floats(scaler.mean_)),
        scales=tuple(floats(scaler.scale_)),
        coefficients=tuple(floats(ridge.coef_)),
        penalty=penalty,
        gain=gain,
        samples=len(samples),
    )


def _check(samples: Samples) -> None:
    if len(samples) < LEAST_SAMPLES:
        raise BadInput(
            f"{len(samples)} moments to learn timing from, expected at least {LEAST_SAMPLES}: give "
            "a longer history"
        )
