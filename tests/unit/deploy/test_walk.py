"""A walk of prices is repeatable, keeps its base still, and stays above zero."""

from fractions import Fraction
from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trimtab.deploy.walk import walk

START = {"USDC": Fraction(1), "WETH": Fraction(3000), "LINK": Fraction(15)}


def steps(count, *, deviation=0.02, seed=1, start=START):
    return list(islice(walk(start, deviation=deviation, seed=seed), count))


def test_the_same_seed_gives_the_same_walk_and_another_seed_another():
    assert steps(20) == steps(20)
    assert steps(20) != steps(20, seed=2)


@given(seed=st.integers(0, 2**32), deviation=st.floats(0, 2))
def test_the_base_stands_still_and_no_price_reaches_zero(seed, deviation):
    for prices in steps(30, seed=seed, deviation=deviation):
        assert prices["USDC"] == 1
        assert min(prices.values()) > 0


def test_a_walk_without_deviation_stands_still():
    assert steps(3, deviation=0) == [START] * 3


def test_steps_have_the_deviation_asked_for():
    prices = [3000.0, *(float(p["WETH"]) for p in steps(4000))]

    moves = [after / before - 1 for before, after in pairwise(prices)]

    mean = sum(moves) / len(moves)
    assert mean == pytest.approx(0, abs=0.001)
    assert sum(m * m for m in moves) / len(moves) == pytest.approx(0.02**2, rel=0.1)


def test_prices_do_not_grow_in_size_as_numbers():
    last = steps(500)[-1]

    assert all(price.denominator <= 10**12 for price in last.values())
