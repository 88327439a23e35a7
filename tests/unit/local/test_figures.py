"""Figures of a run: worked examples, then what must always hold."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from trimtab.errors import BadInput
from trimtab.local.figures import (
    TradeCost,
    constant_mix,
    cost_in_bp,
    hold,
    tracking_error_bp,
    turnover,
)

DAY = 86_400
PRICES = np.array([[1.0, 100.0], [1.0, 110.0], [1.0, 99.0]])
paths = arrays(np.float64, (6, 3), elements=st.floats(0.5, 2.0))


def test_what_is_held_is_worth_its_amounts_at_each_price():
    assert hold(np.array([500.0, 5.0]), PRICES) == pytest.approx([1000, 1050, 995])


def test_a_constant_mix_earns_the_weighted_return_of_each_step():
    weights = np.full((3, 2), 0.5)

    values = constant_mix(1000.0, weights, PRICES)

    assert values == pytest.approx([1000, 1050, 1050 * 0.95])


def test_weights_of_a_step_earn_the_returns_of_the_next_one():
    weights = np.array([[0.0, 1.0], [1.0, 0.0], [0.0, 1.0]])

    assert constant_mix(1000.0, weights, PRICES) == pytest.approx([1000, 1100, 1100])


def test_a_mix_of_one_asset_is_that_asset():
    weights = np.tile([0.0, 1.0], (3, 1))

    assert constant_mix(1000.0, weights, PRICES) == pytest.approx(hold(np.array([0, 10.0]), PRICES))


@given(paths, st.floats(1e-3, 1e6))
def test_a_constant_mix_scales_with_its_start(prices, scale):
    weights = np.full(prices.shape, 1 / 3)

    scaled = constant_mix(scale, weights, prices)

    assert scaled == pytest.approx(scale * constant_mix(1.0, weights, prices))


@given(paths)
def test_a_portfolio_tracks_any_multiple_of_itself(prices):
    values = hold(np.ones(3), prices)

    assert tracking_error_bp(values, 7 * values, DAY) == pytest.approx(0, abs=1e-6)


def test_tracking_error_is_the_yearly_deviation_of_the_return_gap():
    reference = np.full(5, 100.0)
    values = np.array([100.0, 101.0, 100.0, 101.0, 100.0])
    gaps = np.array([0.01, -1 / 101, 0.01, -1 / 101])

    error = tracking_error_bp(values, reference, DAY)

    assert error == pytest.approx(np.sqrt(365 * gaps.var(ddof=1)) * 10_000)


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
