"""Expected returns that the market's weights imply, moved by stated views."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from trimtab.errors import BadInput
from trimtab.models.moments import Moments

Vector = NDArray[np.float64]

TAU = 0.05
"""Uncertainty of the prior's means, as a fraction of the covariance (He and Litterman 1999)."""


@dataclass(frozen=True, slots=True)
class View:
    """An opinion on the return of a mixture of assets.

    Attributes
    ----------
    mixture
        Coefficients by asset: `{"ETH": 1}` is absolute, `{"ETH": 1, "BTC": -1}` relative.
    expected
        Its return per year.
    confidence
        Strictly between 0 and 1; one half trusts the view as much as the prior.
    """

    mixture: Mapping[str, float]
    expected: float
    confidence: float = 0.5


def implied_returns(moments: Moments, market: Vector, risk_aversion: float) -> Vector:
    """Means at which the market's weights are optimal: `γΣw`."""
    implied: Vector = risk_aversion * moments.covariance @ market
    return implied


def with_views(prior: Moments, views: Sequence[View], tau: float = TAU) -> Moments:
    """The prior, its means moved by the views; without views, the prior.

    `μ = π + τΣP'(PτΣP' + Ω)⁻¹(Q − Pπ)`, with `Ω = (1/c − 1)·diag(PτΣP')`.

    Raises
    ------
    BadInput
        If a view names no asset, has no coefficients, or a confidence outside (0, 1).

    References
    ----------
    G. He and R. Litterman, "The intuition behind Black-Litterman model portfolios" (1999); T.
    Idzorek, "A step-by-step guide to the Black-Litterman model" (2004), for the confidence.
    """
    if not views:
        return prior
    picks = np.array([_coefficients(view, prior.assets) for view in views])
    spread = picks @ (tau * prior.covariance) @ picks.T
    doubt = np.array([1 / view.confidence - 1 for view in views])
    omega = np.diag(np.diag(spread) * doubt)
    surprise = np.array([view.expected for view in views]) - picks @ prior.mean
    gain = tau * prior.covariance @ picks.T
    return replace(prior, mean=prior.mean + gain @ np.linalg.solve(spread + omega, surprise))


def _coefficients(view: View, assets: tuple[str, ...]) -> Vector:
    unknown = sorted(set(view.mixture) - set(assets))
    if unknown:
        raise BadInput(f"a view on {unknown[0]}: it is none of the assets {', '.join(assets)}")
    if not any(view.mixture.values()):
        raise BadInput(f"a view on {dict(view.mixture)} is about nothing")
    if not 0 < view.confidence < 1:
        raise BadInput(
            f"a view on {', '.join(view.mixture)} has a confidence of {view.confidence}, expected "
            "more than 0 and less than 1"
        )
    return np.array([view.mixture.get(asset, 0.0) for asset in assets])
