"""Weights by rule: fixed, equal, by risk. Each returns an array in the order of the assets."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from trimtab.errors import BadInput
from trimtab.models.libraries import library
from trimtab.models.moments import Matrix, Moments

Vector = NDArray[np.float64]

ITERATIONS = 200
"""Newton steps after which risk parity counts as failed; it takes about ten."""


def fixed(assets: tuple[str, ...], weights: Mapping[str, float]) -> Vector:
    """The weights as given.

    Raises
    ------
    BadInput
        If they name no asset, are negative or do not sum to one.
    """
    unknown = sorted(set(weights) - set(assets))
    if unknown:
        raise BadInput(f"weight of {unknown[0]}: it is none of the assets {', '.join(assets)}")
    found = np.array([weights.get(asset, 0.0) for asset in assets])
    if (found < 0).any() or abs(found.sum() - 1) > 1e-9:
        raise BadInput(f"weights must be at least 0 and sum to 1, got {found.tolist()}")
    return found


def equal(assets: tuple[str, ...]) -> Vector:
    """The same weight for every asset."""
    return np.full(len(assets), 1 / len(assets))


def inverse_volatility(moments: Moments) -> Vector:
    """Weights proportional to `1/σ`."""
    return _scaled(1 / _positive_risk(moments))


def risk_parity(moments: Moments) -> Vector:
    """Weights of which each brings the same part of the variance: `wᵢ(Σw)ᵢ` is the same for all.

    Found as the minimum of `½x'Σx − Σ ln xᵢ / n`, which is convex, by Newton's method.

    References
    ----------
    F. Spinu, "An algorithm for computing risk parity weights" (2013), SSRN 2297383.
    """
    sigma = _positive_risk(moments)
    correlation, size = moments.correlation, len(sigma)
    x = np.ones(size) / np.sqrt(correlation.sum())
    for _ in range(ITERATIONS):
        gradient = correlation @ x - 1 / (size * x)
        step = np.linalg.solve(correlation + np.diag(1 / (size * x**2)), gradient)
        # A full step can leave the positive orthant; the damped one cannot.
        damping = min(1.0, 0.9 / max(float((step / x).max()), 1e-300))
        x = x - damping * step
        if np.abs(step).max() < 1e-15:
            break
    return _scaled(x / sigma)


def hierarchical_risk_parity(moments: Moments) -> Vector:
    """Weights by a tree of correlations: neighbours share the risk of their branch.

    References
    ----------
    M. López de Prado, "Building diversified portfolios that outperform out of sample", Journal of
    Portfolio Management 42 (2016).
    """
    _positive_risk(moments)
    order = _leaf_order(moments.correlation)
    weights = np.ones(len(order))
    branches = [order]
    while branches:
        branch = branches.pop()
        if len(branch) < 2:
            continue
        left, right = branch[: len(branch) // 2], branch[len(branch) // 2 :]
        risk_left, risk_right = (_branch_variance(moments.covariance, b) for b in (left, right))
        share = risk_right / (risk_left + risk_right)
        weights[left] *= share
        weights[right] *= 1 - share
        branches += [left, right]
    return _scaled(weights)


def volatility_target(weights: Vector, moments: Moments, target: float) -> Vector:
    """The same mixture with as much moved to the base asset as brings its volatility to a target.

    A mixture that is calmer than the target is left alone: nothing is borrowed.

    Parameters
    ----------
    weights
        Shape (n,). The mixture; the first is the base asset.
    target
        Volatility per year, above zero.
    """
    if target <= 0:
        raise BadInput(f"a target volatility must be above 0, got {target}")
    base = np.zeros(len(weights))
    base[0] = 1.0
    low, high = 0.0, 1.0
    if _risk(weights, moments) <= target:
        return weights
    for _ in range(100):
        middle = (low + high) / 2
        calm = _risk(middle * weights + (1 - middle) * base, moments) <= target
        low, high = (middle, high) if calm else (low, middle)
    mixed: Vector = low * weights + (1 - low) * base
    return mixed


def _risk(weights: Vector, moments: Moments) -> float:
    return float(np.sqrt(weights @ moments.covariance @ weights))


def _leaf_order(correlation: Matrix) -> list[int]:
    """Leaves of a single-linkage tree of correlation distances, neighbours as close as can be."""
    distance = np.sqrt(np.clip((1 - correlation) / 2, 0, 1))
    hierarchy = library("scipy.cluster.hierarchy")
    condensed = library("scipy.spatial.distance").squareform(distance, checks=False)
    tree = hierarchy.linkage(condensed, "single", optimal_ordering=True)
    return [int(leaf) for leaf in hierarchy.leaves_list(tree)]


def _branch_variance(covariance: Matrix, branch: list[int]) -> float:
    """Variance of a branch at weights proportional to the inverse variances of its leaves."""
    part = covariance[np.ix_(branch, branch)]
    weights = 1 / np.diag(part)
    weights = weights / weights.sum()
    return float(weights @ part @ weights)


def _positive_risk(moments: Moments) -> Vector:
    """Volatilities, all above zero."""
    sigma = moments.volatility
    for asset, one in zip(moments.assets, sigma, strict=True):
        if not one > 0:
            raise BadInput(f"{asset} has a volatility of {one}: weights by risk need it above 0")
    return sigma


def _scaled(weights: Vector) -> Vector:
    scaled: Vector = weights / weights.sum()
    return scaled
