"""Weights that are best in a stated sense, and keep all constraints."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trimtab.errors import BadInput, InvariantError
from trimtab.models.constraints import Constraints, allows, conditions
from trimtab.models.libraries import library
from trimtab.models.moments import Moments

Vector = NDArray[np.float64]

PRECISION = {"tol_gap_abs": 1e-13, "tol_gap_rel": 1e-13, "tol_feas": 1e-13, "max_iter": 500}
"""Tolerances of the solver. A gap of g in the objective is an error of √g in the weights."""

SOLVED = ("optimal", "optimal_inaccurate")
"""Answers of the solver that are weights; both are checked against the constraints."""


def minimum_variance(moments: Moments, constraints: Constraints) -> Vector:
    """Shape (n,). Weights with the least variance, `w'Σw`.

    Raises
    ------
    BadInput
        If the covariance is singular, or the constraints cannot be kept.
    """
    moments.require_invertible()
    root = _root(moments)

    def objective(weights: Any, cvxpy: Any) -> Any:
        return cvxpy.sum_squares(root @ weights)

    return solve(objective, moments.assets, constraints)


def mean_variance(moments: Moments, constraints: Constraints, *, risk_aversion: float) -> Vector:
    """Shape (n,). Weights with the greatest `μ'w − γ/2 w'Σw` (Markowitz 1952).

    Parameters
    ----------
    risk_aversion
        γ, above zero.

    Raises
    ------
    BadInput
        If the covariance is singular, or the constraints cannot be kept.
    """
    if risk_aversion <= 0:
        raise BadInput(f"risk aversion must be above 0, got {risk_aversion}")
    moments.require_invertible()
    root = _root(moments) * np.sqrt(risk_aversion / 2)

    def objective(weights: Any, cvxpy: Any) -> Any:
        return cvxpy.sum_squares(root @ weights) - moments.mean @ weights

    return solve(objective, moments.assets, constraints)


def nearest(weights: Vector, assets: tuple[str, ...], constraints: Constraints) -> Vector:
    """Shape (n,). The weights that keep the constraints and lie nearest; the same where they do.

    Raises
    ------
    BadInput
        If the constraints cannot be kept.
    """
    constraints.check(assets)
    if allows(weights, assets, constraints):
        return weights

    def objective(variable: Any, cvxpy: Any) -> Any:
        return cvxpy.sum_squares(variable - weights)

    return solve(objective, assets, constraints)


def solve(
    objective: Callable[[Any, Any], Any], assets: tuple[str, ...], constraints: Constraints
) -> Vector:
    """Weights that minimise an objective under constraints.

    Raises
    ------
    BadInput
        If the constraints cannot be kept; it names those that clash.
    """
    constraints.check(assets)
    cvxpy = library("cvxpy")
    variable = cvxpy.Variable(len(assets))
    named = conditions(variable, assets, constraints)
    problem = cvxpy.Problem(
        cvxpy.Minimize(objective(variable, cvxpy)), [condition for _, condition in named]
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of precision, which is checked below
        problem.solve(solver="CLARABEL", **PRECISION)
    if problem.status not in SOLVED or variable.value is None:
        raise BadInput(_clash(assets, constraints))
    weights = tidy(np.asarray(variable.value, dtype=np.float64))
    if not allows(weights, assets, constraints):
        raise InvariantError(f"the solver says {problem.status}, but {weights} break a constraint")
    return weights


def tidy(weights: Vector) -> Vector:
    """Weights without the solver's last digits: none below zero, summing to one."""
    positive = np.maximum(weights, 0.0)
    tidied: Vector = positive / positive.sum()
    return tidied


def _root(moments: Moments) -> NDArray[np.float64]:
    """A square root of the covariance, `L'` with `LL' = Σ`."""
    return np.asarray(np.linalg.cholesky(moments.covariance).T, dtype=np.float64)


def _clash(assets: tuple[str, ...], constraints: Constraints) -> str:
    """Which constraint, left out, would let the others be kept."""
    cvxpy = library("cvxpy")
    variable = cvxpy.Variable(len(assets))
    named = conditions(variable, assets, constraints)
    culprits = []
    for name, _ in named[1:]:
        others = [condition for other, condition in named if other != name]
        problem = cvxpy.Problem(cvxpy.Minimize(0), others)
        problem.solve(solver="CLARABEL")
        if problem.status in SOLVED:
            culprits.append(name)
    found = ", or ".join(culprits) if culprits else "several of them"
    return f"no weights keep all constraints: relax {found}"
