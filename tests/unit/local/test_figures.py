"""Figures of a run: worked examples, then what must always hold."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from trimtab.errors import BadInput
from trimtab.local.figures import (
    TradeCost,
    cost_in_bp,
    mix_growth,
    tracking_error_bp,
    turnover,
)

DAY = 86_400
paths = arrays(np.float64, (6, 3), elements=st.floats(0.5, 2.0))
mixes = arrays(np.float64, 3, elements=st.floats(0.01, 1)).map(lambda w: w / w.sum())
prices = arrays(np.float64, 3, elements=st.floats(0.5, 2.0))


def test_a_mix_earns_the_weighted_return():
    assert mix_growth((0.5, 0.5), (1.0, 100.0), (1.0, 110.0)) == pytest.approx(1.05)


@given(mixes, prices, st.floats(0.1, 10))
def test_a_mix_grows_by_what_all_prices_grow(weights, before, factor):
    assert mix_growth(weights, before, factor * before) == pytest.approx(factor)


@given(mixes, prices, prices)
def test_a_mix_grows_no_more_than_its_best_and_no_less_than_its_worst_asset(weights, before, after):
    growth = after / before

    mix = mix_growth(weights, before, after)

    assert growth.min() * (1 - 1e-12) <= mix <= growth.max() * (1 + 1e-12)


@given(mixes, prices, prices)
def test_a_mix_is_worth_what_its_amounts_are_worth(weights, before, after):
    amounts = 1000 * weights / before

    assert 1000 * mix_growth(weights, before, after) == pytest.approx(amounts @ after)


@given(paths)
def test_a_portfolio_tracks_any_multiple_of_itself(prices):
    values = prices.sum(axis=1)

    assert tracking_error_bp(values, 7 * values, DAY) == pytest.approx(0, abs=1e-6)


def test_tracking_error_is_the_yearly_deviation_of_the_return_gap():
    reference = np.full(5, 100.0)
    values = np.array([100.0, 101.0, 100.0, 101.0, 100.0])
    gaps = np.array([0.01, -1 / 101, 0.01, -1 / 101])

    error = tracking_error_bp(values, reference, DAY)

    assert error == pytest.approx(np.sqrt(365.25 * gaps.var(ddof=1)) * 10_000)


def test_tracking_error_over_hours_is_annualised_by_hours():
    values, reference = np.array([1.0, 1.1, 1.0, 1.2]), np.ones(4)

    ratio = tracking_error_bp(values, reference, 3600) / tracking_error_bp(values, reference, DAY)

    assert ratio == pytest.approx(np.sqrt(24))


def test_two_steps_have_no_tracking_error():
    with pytest.raises(BadInput, match="at least 3 steps, got 2"):
        tracking_error_bp(np.ones(2), np.ones(2), DAY)


def test_costs_are_fractions_of_the_value_when_they_arose():
    costs = [TradeCost(100, 1, 2, -1, 4), TradeCost(50, 1, 0, 1, 4)]

    total = cost_in_bp(costs, [10_000.0, 5_000.0])

    assert (total.fee, total.impact, total.gap, total.gas) == pytest.approx((3, 2, 1, 12))
    assert turnover(costs, [10_000.0, 5_000.0]) == pytest.approx(0.02)


def test_a_run_without_rebalances_costs_nothing():
    total = cost_in_bp([], [])

    assert (total.fee, total.impact, total.gap, total.gas, turnover([], [])) == (0, 0, 0, 0, 0)
