"""Costs and benefits in the unit of account."""

import pytest
from trimtab.domain.costs import gas_cost, tracking_loss


def test_gas_costs_its_price_and_the_fee_of_publishing():
    assert gas_cost(500_000, 20 * 10**9, 2000.0) == pytest.approx(20.0)
    assert gas_cost(500_000, 20 * 10**9, 2000.0, l1_fee=10**15) == pytest.approx(22.0)


def test_being_away_from_target_costs_half_the_risk_aversion_times_the_variance():
    # Ten per cent too much of an asset of 60 % volatility, funded by cash: 3/2 * (0.1 * 0.6)**2.
    loss = tracking_loss([0.1, -0.1], [[0.36, 0.0], [0.0, 0.0]], 3.0)

    assert loss == pytest.approx(0.0054)


def test_assets_that_move_together_hedge_each_other():
    together = [[0.25, 0.25], [0.25, 0.25]]

    assert tracking_loss([0.1, -0.1], together, 3.0) == pytest.approx(0.0)
