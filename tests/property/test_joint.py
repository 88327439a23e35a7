"""The joint region moves pairs toward their targets, past neither, and is then left alone."""

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st
from property.strategies import float_weights
from trimtab.domain.costs import fitted_swap_cost, swap_bill
from trimtab.policy import joint

EPS = 1e-9
GAS = st.floats(0, 1e-3)


@st.composite
def regions(draw, gas=GAS):
    """Weights, targets and the region of 2 to 8 assets."""
    size = draw(st.integers(2, 8))
    weights, goal = (np.array(draw(float_weights(size))) for _ in range(2))
    random = np.random.default_rng(draw(st.integers(0, 1000)))
    factors = random.standard_normal((size, size))
    covariance = factors @ factors.T * 0.1
    metric, triggers, inside = np.empty((3, size, size))
    fees = np.full((size, size), draw(st.floats(1e-4, 0.01)))
    aversion = draw(st.floats(0.5, 50))
    joint.joint_bands(goal, fees, np.zeros_like(fees), draw(gas), aversion, triggers, inside)
    joint.joint_metric(goal, covariance, draw(st.sampled_from([0.0, joint.COUPLING])), metric)
    return weights, goal, metric, triggers, inside


def run(case):
    weights, goal, metric, triggers, inside = case
    out = np.empty_like(weights)
    return joint.joint_destination(weights, goal, metric, triggers, inside, out), out


@given(regions())
def test_the_destination_is_a_portfolio_and_past_no_target(case):
    weights, goal, *_ = case

    _, out = run(case)

    assert abs(out.sum() - 1) < EPS
    assert (np.minimum(weights, goal) - EPS <= out).all()
    assert (out <= np.maximum(weights, goal) + EPS).all()


@given(regions())
def test_drift_falls_by_what_the_vault_demands_or_nothing_is_traded(case):
    weights, goal, *_ = case
    before = np.abs(weights - goal).sum() / 2

    fired, out = run(case)

    if fired:
        assert np.abs(out - goal).sum() / 2 <= before - min(before / 5, 0.01) + EPS
    else:
        assert (out == weights).all()


@given(regions(gas=st.floats(1e-6, 1e-3)))
def test_a_portfolio_that_was_just_traded_is_left_alone(case):
    fired, out = run(case)
    assume(fired)

    again, _ = run((out, *case[1:]))

    assert not again


@given(regions())
def test_a_portfolio_on_target_is_left_alone(case):
    _, goal, *region = case

    fired, out = run((goal, goal, *region))

    assert not fired
    assert (out == goal).all()


@given(st.floats(0.05, 20), st.integers(2, 8), st.integers(0, 100))
def test_bands_do_not_depend_on_volatility(scale, size, seed):
    factors = np.random.default_rng(seed).standard_normal((size, size))
    goal = np.full(size, 1 / size)
    calm, wild = np.empty((2, size, size))

    joint.joint_metric(goal, factors @ factors.T, 0.2, calm)
    joint.joint_metric(goal, factors @ factors.T * scale, 0.2, wild)

    np.testing.assert_allclose(wild, calm, rtol=1e-9, atol=1e-12)


@given(st.integers(2, 10).flatmap(lambda n: st.tuples(float_weights(n), float_weights(n))))
def test_a_bill_counts_every_unit_traded_once_and_at_most_one_swap_less_than_assets(pair):
    weights, goal = (np.array(a) for a in pair)

    cost, traded, swaps = swap_bill(weights, goal, 0.003, 0.0, 1e-5, np.empty_like(weights))

    assert abs(traded - np.abs(weights - goal).sum() / 2) < 1e-7
    assert swaps < weights.size
    assert abs(cost - (0.003 * traded + 1e-5 * swaps)) < 1e-12


@given(st.floats(0, 0.01), st.floats(0, 1))
def test_fee_and_impact_are_read_off_the_losses_they_cause(fee, impact):
    sizes = [0.001, 0.01, 0.03, 0.1]

    found = fitted_swap_cost(sizes, [fee * x + impact * x**2 for x in sizes])

    np.testing.assert_allclose(found, (fee, impact), atol=1e-9)
