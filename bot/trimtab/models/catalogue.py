"""From a specification and a history to target weights: every model under one name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from trimtab.errors import BadInput
from trimtab.models.black_litterman import View, implied_returns, with_views
from trimtab.models.constraints import Constraints
from trimtab.models.forecasts import with_learned_means
from trimtab.models.moments import Estimator, Moments, ReturnHistory, estimate
from trimtab.models.optimise import mean_variance, minimum_variance, nearest
from trimtab.models.weights import (
    equal,
    fixed,
    hierarchical_risk_parity,
    inverse_volatility,
    risk_parity,
    volatility_target,
)

Vector = NDArray[np.float64]


class Model(StrEnum):
    """A way to target weights."""

    FIXED = "fixed"
    EQUAL = "equal"
    INVERSE_VOLATILITY = "inverse_volatility"
    RISK_PARITY = "risk_parity"
    HIERARCHICAL = "hierarchical_risk_parity"
    MINIMUM_VARIANCE = "minimum_variance"
    MEAN_VARIANCE = "mean_variance"
    BLACK_LITTERMAN = "black_litterman"


class Means(StrEnum):
    """Where expected returns come from."""

    HISTORY = "history"
    LEARNED = "learned"


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """What is computed.

    Attributes
    ----------
    model, estimator
        The model, and how it estimates covariances.
    base
        Weight of the base asset, the model deciding on the others; None lets it decide on all.
    risk_aversion
        Of mean-variance and Black-Litterman.
    volatility
        Yearly volatility to bring the mixture down to; None leaves it.
    weights
        Of the fixed model, by asset.
    market
        Weights of the market for Black-Litterman, by asset; empty takes equal ones.
    views
        Of Black-Litterman.
    constraints
        What the weights must obey.
    means
        Where mean-variance has its expected returns from: the history, or what was learnt of it.
    """

    model: Model
    estimator: Estimator = Estimator.SHRUNK
    base: float | None = None
    risk_aversion: float = 3.0
    volatility: float | None = None
    weights: Mapping[str, float] = field(default_factory=dict)
    market: Mapping[str, float] = field(default_factory=dict)
    views: tuple[View, ...] = ()
    constraints: Constraints = field(default_factory=Constraints)
    means: Means = Means.HISTORY


def target_weights(spec: ModelSpec, history: ReturnHistory) -> Vector:
    """Shape (n,). Weights that a specification asks for, from a history, keeping all constraints.

    Raises
    ------
    BadInput
        Naming what cannot be used: an estimate, a view, a constraint.
    """
    moments = estimate(history, spec.estimator)
    if spec.means is Means.LEARNED:
        moments = with_learned_means(moments, history)
    constraints = _with_base(spec, history.assets)
    constraints.check(history.assets)
    weights = (
        _OPTIMISED[spec.model](spec, moments, constraints)
        if spec.model in _OPTIMISED
        else nearest(_by_rule(spec, moments), history.assets, constraints)
    )
    if spec.volatility is None:
        return weights
    return nearest(
        volatility_target(weights, moments, spec.volatility),
        history.assets,
        _without_most_of_base(constraints, history.assets),
    )


def _with_base(spec: ModelSpec, assets: tuple[str, ...]) -> Constraints:
    """The constraints, with the base asset's weight fixed if the specification fixes it."""
    if spec.base is None:
        return spec.constraints
    if not 0 <= spec.base < 1:
        raise BadInput(f"weight of the base asset: expected 0 <= base < 1, got {spec.base}")
    given = spec.constraints
    bounds = {assets[0]: spec.base}
    return replace(given, minimum={**given.minimum, **bounds}, maximum={**given.maximum, **bounds})


def _without_most_of_base(constraints: Constraints, assets: tuple[str, ...]) -> Constraints:
    """The same, with the base asset free to take what calms the mixture."""
    kept = {asset: most for asset, most in constraints.maximum.items() if asset != assets[0]}
    free = {asset: least for asset, least in constraints.minimum.items() if asset == assets[0]}
    return replace(constraints, maximum=kept, minimum=free)


def _by_rule(spec: ModelSpec, moments: Moments) -> Vector:
    if spec.model is Model.FIXED:
        return fixed(moments.assets, spec.weights)
    if spec.base is None:
        return _RULES[spec.model](moments)
    others = Moments(moments.assets[1:], moments.mean[1:], moments.covariance[1:, 1:])
    rest = (1 - spec.base) * _RULES[spec.model](others)
    return np.concatenate([[spec.base], rest])


def _black_litterman(spec: ModelSpec, moments: Moments, constraints: Constraints) -> Vector:
    market = fixed(moments.assets, spec.market) if spec.market else equal(moments.assets)
    prior = replace(moments, mean=implied_returns(moments, market, spec.risk_aversion))
    believed = with_views(prior, spec.views)
    return mean_variance(believed, constraints, risk_aversion=spec.risk_aversion)


def _mean_variance(spec: ModelSpec, moments: Moments, constraints: Constraints) -> Vector:
    return mean_variance(moments, constraints, risk_aversion=spec.risk_aversion)


def _minimum_variance(_: ModelSpec, moments: Moments, constraints: Constraints) -> Vector:
    return minimum_variance(moments, constraints)


def _equal(moments: Moments) -> Vector:
    return equal(moments.assets)


_RULES: dict[Model, Callable[[Moments], Vector]] = {
    Model.EQUAL: _equal,
    Model.INVERSE_VOLATILITY: inverse_volatility,
    Model.RISK_PARITY: risk_parity,
    Model.HIERARCHICAL: hierarchical_risk_parity,
}

_OPTIMISED: dict[Model, Callable[[ModelSpec, Moments, Constraints], Vector]] = {
    Model.MINIMUM_VARIANCE: _minimum_variance,
    Model.MEAN_VARIANCE: _mean_variance,
    Model.BLACK_LITTERMAN: _black_litterman,
}
