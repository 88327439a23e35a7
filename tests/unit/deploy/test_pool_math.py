"""Prices and depth of pools, in exact integers."""

from fractions import Fraction
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trimtab.chain.quotes import MAX_SQRT_RATIO, MIN_SQRT_RATIO
from trimtab.deploy.pool_math import (
    DEPTH_MOVE,
    Q96,
    TICK_SPACING,
    amounts_for_depth,
    full_range,
    no_arbitrage_range,
    sqrt_price,
)

prices = st.fractions(Fraction(1, 10**18), Fraction(10**18))


def test_a_price_of_one_has_the_root_one():
    assert sqrt_price(Fraction(1)) == Q96


@given(prices)
def test_the_root_is_the_largest_whose_square_is_not_above_the_price(price):
    root = sqrt_price(price)

    assert Fraction(root, Q96) ** 2 <= price < Fraction(root + 1, Q96) ** 2


@given(prices)
def test_the_inverse_price_has_the_inverse_root(price):
    product = sqrt_price(price) * sqrt_price(1 / price)

    assert product == pytest.approx(Q96**2, rel=1e-9)


@pytest.mark.parametrize("price", [Fraction(1, 10**60), Fraction(10**60)], ids=["tiny", "huge"])
def test_a_price_beyond_what_pools_can_have_is_kept_inside(price):
    assert MIN_SQRT_RATIO < sqrt_price(price) < MAX_SQRT_RATIO


@given(prices, st.sampled_from(sorted(TICK_SPACING)))
def test_the_range_without_arbitrage_is_the_fee_on_both_sides(price, fee):
    around = no_arbitrage_range(price, fee)

    assert around.low == sqrt_price(price * (1 - Fraction(fee, 10**6)))
    assert around.high == sqrt_price(price * (1 + Fraction(fee, 10**6)))
    assert around.low <= sqrt_price(price) <= around.high


@pytest.mark.parametrize("fee", sorted(TICK_SPACING))
def test_the_full_range_ends_on_usable_ticks(fee):
    low, high = full_range(fee)

    assert low == -high
    assert high % TICK_SPACING[fee] == 0
    assert 887272 - TICK_SPACING[fee] < high <= 887272


@given(st.integers(10**3, 10**9), st.floats(1e-12, 1e6), st.floats(1e-12, 1e6))
def test_depth_is_what_moves_the_price_by_two_per_cent(depth, value0, value1):
    values = Fraction(value0), Fraction(value1)
    amount0, amount1 = amounts_for_depth(Fraction(depth), *values)
    move = float(DEPTH_MOVE)

    # Constant product: reserves after the price rose, and after it fell, by the move.
    sold0 = amount0 * (1 - 1 / sqrt(1 + move)) * value0
    sold1 = amount1 * (1 - sqrt(1 - move)) * value1

    slack = 2 * (value0 + value1)
    assert sold0 + sold1 == pytest.approx(depth, rel=1e-9, abs=slack)
    assert amount0 * value0 == pytest.approx(amount1 * value1, rel=1e-9, abs=slack)
