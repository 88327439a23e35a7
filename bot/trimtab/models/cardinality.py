"""The best few of many assets: a genetic search for the subset with the least variance."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from trimtab.errors import BadInput
from trimtab.models.libraries import library
from trimtab.models.moments import Matrix, Moments

Vector = NDArray[np.float64]
Subset = tuple[int, ...]
"""Positions of the chosen assets, rising."""


@dataclass(frozen=True, slots=True)
class Breeding:
    """How the search goes on.

    Attributes
    ----------
    population, generations
        Subsets that live at once, and rounds of breeding.
    survivors
        How many of the best pass to the next round as they are.
    mutation
        Probability that a child swaps one asset for another.
    """

    population: int = 60
    generations: int = 60
    survivors: int = 12
    mutation: float = 0.4


@dataclass(frozen=True, slots=True)
class Chosen:
    """A subset with its best weights.

    Attributes
    ----------
    weights
        Shape (n,). Zero for assets that were not chosen.
    variance
        Of those weights.
    """

    weights: Vector
    variance: float


def genetic_search(
    moments: Moments, count: int, random: Generator, breeding: Breeding | None = None
) -> Chosen:
    """The subset of `count` assets that a genetic search finds to have the least variance.

    Raises
    ------
    BadInput
        If there are fewer assets than that, or the covariance is singular.
    """
    size = len(moments.assets)
    if not 1 <= count <= size:
        raise BadInput(f"{count} of {size} assets: expected from 1 to {size}")
    moments.require_invertible()
    rules = breeding or Breeding()
    known: dict[Subset, float] = {}
    living = [_random_subset(random, size, count) for _ in range(rules.population)]
    for _ in range(rules.generations):
        parents = _fittest(living, known, moments.covariance)[: rules.survivors]
        children = [
            _child(parents, random, size, rules.mutation)
            for _ in range(rules.population - len(parents))
        ]
        living = [*parents, *children]
    best = _fittest(living, known, moments.covariance)[0]
    return chosen(moments, best)


def chosen(moments: Moments, subset: Iterable[int]) -> Chosen:
    """A subset at its long-only weights of least variance."""
    positions = list(subset)
    part = moments.covariance[np.ix_(positions, positions)]
    inner = _least_variance(part)
    weights = np.zeros(len(moments.assets))
    weights[positions] = inner
    return Chosen(weights, float(inner @ part @ inner))


def _least_variance(covariance: Matrix) -> Vector:
    """Long-only weights of least variance.

    They are the direction of the smallest `u'Σu + (1 − Σuᵢ)²` with `u ≥ 0`: a problem of least
    squares.
    """
    root = np.linalg.cholesky(covariance).T
    system = np.vstack([root, np.ones(len(covariance))])
    wanted = np.append(np.zeros(len(covariance)), 1.0)
    solution: Vector = library("scipy.optimize").nnls(system, wanted)[0]
    weights: Vector = solution / solution.sum()
    return weights


def _fittest(living: list[Subset], known: dict[Subset, float], covariance: Matrix) -> list[Subset]:
    """Distinct subsets, the calmest first."""
    for subset in living:
        if subset not in known:
            part = covariance[np.ix_(subset, subset)]
            weights = _least_variance(part)
            known[subset] = float(weights @ part @ weights)
    return sorted(set(living), key=lambda subset: (known[subset], subset))


def _child(parents: list[Subset], random: Generator, size: int, mutation: float) -> Subset:
    """Some assets of two parents, at times with one swapped."""
    first, second = (parents[i] for i in random.integers(0, len(parents), 2))
    genes = random.permutation(sorted({*first, *second}))[: len(first)]
    if random.random() < mutation and len(first) < size:
        others = sorted(set(range(size)) - set(genes.tolist()))
        genes[random.integers(len(genes))] = random.choice(others)
    return tuple(sorted(genes.tolist()))


def _random_subset(random: Generator, size: int, count: int) -> Subset:
    return tuple(sorted(random.permutation(size)[:count].tolist()))
