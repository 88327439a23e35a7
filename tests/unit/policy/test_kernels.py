"""The kernels agree with the published formulas, and compile."""

import importlib.util
import math

import numpy as np
import pytest
from trimtab.policy import kernels

BP = 1e-4


def band(sigma, weight, gamma, *, fee=0.0, gas=0.0, impact=0.0):
    """Trigger, destination, loss in bp a year and trades a year, for one risky asset."""
    variance, risk = (sigma * weight * (1 - weight)) ** 2, gamma * sigma**2
    trigger, goal = kernels.optimal_band(variance, fee, impact, gas, risk)
    cost = kernels.unit_cost(trigger - goal, fee, impact, gas)
    loss = kernels.yearly_loss(trigger, goal, variance, cost, risk)
    trades = variance / (trigger**2 - goal**2) if trigger > goal else math.inf
    return trigger, goal, loss / BP, trades


@pytest.mark.parametrize(
    ("costs", "trigger", "goal", "loss"),
    [
        pytest.param({"fee": 30 * BP}, 0.0442, 0.0442, 10.55, id="fee of 30 bp"),
        pytest.param({"fee": 5 * BP}, 0.0243, 0.0243, 3.20, id="fee of 5 bp"),
        pytest.param({"gas": 0.5 * BP}, 0.0583, 0.0, 6.11, id="gas of half a bp"),
        pytest.param({"fee": 30 * BP, "gas": 0.5 * BP}, 0.0733, 0.0242, 13.91, id="both"),
        pytest.param(
            {"fee": 5 * BP, "gas": 0.05 * BP, "impact": 0.02}, 0.0392, 0.0248, 5.61, id="small"
        ),
        pytest.param(
            {"fee": 30 * BP, "gas": 5 * BP, "impact": 0.1}, 0.1091, 0.0496, 35.60, id="large"
        ),
    ],
)
def test_the_optimal_band_of_a_volatile_asset(costs, trigger, goal, loss):
    found = band(0.6, 0.6, 3.0, **costs)

    assert found[:2] == pytest.approx((trigger, goal), abs=5e-5)
    assert found[2] == pytest.approx(loss, abs=5e-3)


@pytest.mark.parametrize(
    ("value", "gas", "trigger", "goal", "loss", "trades"),
    [
        pytest.param(1e4, 5.0, 0.1129, 0.0132, 46.1, 3.2, id="ten thousand"),
        pytest.param(1e5, 5.0, 0.0750, 0.0250, 26.0, 8.0, id="hundred thousand"),
        pytest.param(1e6, 5.0, 0.0584, 0.0346, 21.2, 18.1, id="a million"),
        pytest.param(1e7, 0.5, 0.0481, 0.0429, 19.9, 85.2, id="ten millions on a rollup"),
    ],
)
def test_larger_portfolios_trade_earlier_and_less_far(value, gas, trigger, goal, loss, trades):
    found = band(0.8, 0.5, 3.0, fee=30 * BP, gas=gas / value)

    assert found[:2] == pytest.approx((trigger, goal), abs=5e-5)
    assert found[2:] == pytest.approx((loss, trades), abs=0.05)


def test_doubling_a_proportional_cost_widens_the_band_by_a_quarter():
    # Leland 1999: the width grows with the cube root of the cost.
    narrow, wide = band(0.6, 0.6, 3.0, fee=0.001)[0], band(0.6, 0.6, 3.0, fee=0.002)[0]

    assert wide / narrow == pytest.approx(2 ** (1 / 3))


def test_deviations_that_cost_nothing_are_never_traded():
    assert kernels.optimal_band(0.01, 0.003, 0.0, 1e-4, 0.0) == (math.inf, math.inf)


def test_trading_that_costs_nothing_is_done_at_once():
    assert kernels.optimal_band(0.01, 0.0, 0.0, 0.0, 1.0) == (0.0, 0.0)


def test_weights_that_do_not_move_need_no_band():
    assert kernels.optimal_band(0.0, 0.003, 0.0, 1e-4, 1.0) == (0.0, 0.0)


def trade_to(weights, targets, triggers, destinations, *, due=False):
    out = np.empty(len(weights))
    arrays = [np.array(a, float) for a in (weights, targets, triggers, destinations)]
    fired = kernels.destination(*arrays, due, out)
    return fired, pytest.approx(out.tolist(), abs=1e-12)


THIRDS = [0.5, 0.3, 0.2]


def test_inside_the_triggers_nothing_is_traded():
    fired, out = trade_to([0.54, 0.28, 0.18], THIRDS, [0.05] * 3, [0.0] * 3)

    assert not fired
    assert out == [0.54, 0.28, 0.18]


def test_only_what_is_outside_its_trigger_moves_and_the_farthest_pays_for_it():
    fired, out = trade_to([0.56, 0.265, 0.175], THIRDS, [0.05] * 3, [0.03] * 3)

    assert fired
    assert out == [0.53, 0.295, 0.175]


def test_when_due_everything_beyond_its_destination_moves():
    fired, out = trade_to([0.54, 0.27, 0.19], THIRDS, [0.05] * 3, [0.0] * 3, due=True)

    assert fired
    assert out == THIRDS


def test_trades_that_are_too_small_for_the_vault_are_deepened():
    # Only 0.01 % lies beyond the edge, and the vault wants total drift to fall by 1 %.
    fired, out = trade_to([0.5501, 0.26, 0.1899], THIRDS, [0.05] * 3, [0.05] * 3)

    assert fired
    assert out == [0.5396, 0.2705, 0.1899]


def test_nothing_is_due_on_target():
    fired, out = trade_to(THIRDS, THIRDS, [0.05] * 3, [0.0] * 3, due=True)

    assert not fired
    assert out == THIRDS


def test_an_asset_with_no_target_is_sold_off():
    fired, out = trade_to([0.5, 0.4, 0.1], [0.5, 0.5, 0.0], [0.05] * 3, [0.0] * 3)

    assert fired
    assert out == [0.5, 0.5, 0.0]


NEEDS_NUMBA = pytest.mark.skipif(
    importlib.util.find_spec("numba") is None,
    reason="numba is not installed; it comes with the research extra",
)


@NEEDS_NUMBA
def test_the_compiled_destination_is_the_same():
    from trimtab.research.compiled import destination, fires  # noqa: PLC0415 (optional)

    random = np.random.default_rng(1)
    for due in [False, True] * 200:
        weights, targets = random.dirichlet(np.ones(6), 2)
        triggers = random.uniform(0.01, 0.3, 6)
        arrays = weights, targets, triggers, triggers * random.uniform(0, 1, 6)
        plain, compiled = np.empty(6), np.empty(6)

        fired = kernels.destination(*arrays, due, plain)

        assert destination(*arrays, due, compiled) == fired
        np.testing.assert_allclose(compiled, plain, atol=1e-15)
        assert fires(*arrays[:3]) == kernels.fires(*arrays[:3])


@NEEDS_NUMBA
def test_the_compiled_band_is_the_same():
    from numba import njit  # noqa: PLC0415 (optional)

    numbers = (0.01, 0.003, 0.02, 1e-4, 1.0)

    assert njit(kernels.optimal_band)(*numbers) == pytest.approx(kernels.optimal_band(*numbers))
    assert njit(kernels.yearly_loss)(*numbers) == pytest.approx(kernels.yearly_loss(*numbers))
    assert njit(kernels.unit_cost)(*numbers[:4]) == pytest.approx(kernels.unit_cost(*numbers[:4]))
