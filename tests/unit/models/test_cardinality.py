"""The genetic search finds what trying every subset finds."""

from itertools import combinations

import numpy as np
import pytest
from trimtab.errors import BadInput
from trimtab.models.cardinality import chosen, genetic_search
from trimtab.models.constraints import Constraints
from trimtab.models.moments import Moments
from trimtab.models.optimise import minimum_variance


def market(seed, size=12):
    factors = np.random.default_rng(seed).normal(size=(size, size + 4))
    names = tuple(f"A{i}" for i in range(size))
    return Moments(names, np.zeros(size), factors @ factors.T / size)


@pytest.mark.parametrize("seed", range(5))
def test_it_reaches_the_best_of_all_four_of_twelve(seed):
    moments = market(seed)

    found = genetic_search(moments, 4, np.random.default_rng(seed))

    best = min(chosen(moments, subset).variance for subset in combinations(range(12), 4))
    assert found.variance == pytest.approx(best, rel=1e-12)
    assert (found.weights > 0).sum() <= 4
    assert found.weights.sum() == pytest.approx(1)


def test_all_assets_are_the_minimum_variance_portfolio():
    moments = market(9, size=6)

    found = chosen(moments, range(6))

    assert found.weights == pytest.approx(minimum_variance(moments, Constraints()), abs=1e-6)


def test_the_same_seed_finds_the_same():
    one, two = (genetic_search(market(1), 3, np.random.default_rng(5)) for _ in range(2))

    assert (one.weights == two.weights).all()


def test_more_assets_than_there_are_cannot_be_chosen():
    with pytest.raises(BadInput, match="13 of 12 assets"):
        genetic_search(market(1), 13, np.random.default_rng(1))
