"""Learnt timing decides within a stretch around the closed form's trigger, and nowhere else."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from property.strategies import float_weights
from timing_models import model
from trimtab.policy import joint, timing

TARGETS = np.array([0.5, 0.3, 0.2])
COVARIANCE = np.array([[0.0, 0.0, 0.0], [0.0, 0.4, 0.2], [0.0, 0.2, 0.6]])
GAS, AVERSION = 2e-5, 3.0
NOW, WAIT = model(intercept=1.0).numbers, model(intercept=-1.0).numbers


def region(targets=TARGETS, covariance=COVARIANCE, gas=GAS):
    size = targets.size
    found = np.zeros((5, size, size))
    found[3] = 0.003
    joint.joint_bands(targets, found[3], found[4], gas, AVERSION, found[1], found[2])
    joint.joint_metric(targets, covariance, joint.COUPLING, found[0])
    return found


def off(reach):
    """Weights whose farthest pair, the second and the third asset, uses a share of its trigger."""
    found = region()
    direction = np.array([0.0, 1.0, -1.0])
    _, _, distance = timing.farthest_pair(direction, found[0], found[1])
    return TARGETS + direction * reach * found[1, 1, 2] / distance


def decide(weights, numbers, covariance=COVARIANCE):
    out = np.empty_like(weights)
    found = region(covariance=covariance)
    return timing.timed_destination(weights, TARGETS, found, covariance, GAS, numbers, out), out


@pytest.mark.parametrize(
    ("reach", "numbers", "trades"),
    [
        (0.45, NOW, False),
        (0.6, NOW, True),
        (0.6, WAIT, False),
        (1.2, NOW, True),
        (1.2, WAIT, False),
        (1.6, WAIT, True),
    ],
)
def test_the_score_decides_only_near_the_closed_forms_trigger(reach, numbers, trades):
    weights = off(reach)

    fired, out = decide(weights, numbers)

    assert bool(fired) is trades
    assert np.array_equal(out, weights) is not trades


def test_past_its_trigger_a_pair_goes_where_the_closed_form_brings_it():
    weights, found, expected = off(1.2), region(), np.empty(3)
    assert joint.joint_destination(weights, TARGETS, found[0], found[1], found[2], expected)

    np.testing.assert_array_equal(decide(weights, NOW)[1], expected)


@pytest.mark.parametrize(("reach", "trades"), [(0.9, False), (1.1, True)])
def test_where_no_volatility_is_known_the_closed_form_decides(reach, trades):
    unknown = np.zeros((3, 3))

    assert bool(decide(off(reach), WAIT if trades else NOW, unknown)[0]) is trades


def test_the_farthest_pair_is_that_of_a_plain_search():
    random = np.random.default_rng(1)
    for _ in range(50):
        targets = random.dirichlet(np.ones(5))
        gaps = random.dirichlet(np.ones(5)) - targets
        covariance = np.cov(random.standard_normal((5, 20)))
        found = region(targets, covariance)
        metric = found[0]

        seller, buyer, distance = timing.farthest_pair(gaps, metric, found[1])

        pull, unit = metric @ gaps, np.eye(5)
        pairs = {
            (i, j): (pull[i] - pull[j]) / ((unit[i] - unit[j]) @ metric @ (unit[i] - unit[j]))
            for i in range(5)
            for j in range(5)
            if gaps[i] > 0 > gaps[j]
        }
        best = max(pairs, key=lambda pair: pairs[pair] / found[1][pair])
        assert (seller, buyer) == best
        assert distance == pytest.approx(pairs[best])


def test_features_say_what_the_moment_is_like():
    weights, found, out = off(0.8), region(), np.empty(6)

    reach = timing.timing_features(weights - TARGETS, TARGETS, found, COVARIANCE / 365, GAS, out)

    high, low = found[1, 1, 2], found[2, 1, 2]
    size = max(0.8 * high - low, high / 10)
    assert reach == out[0] == pytest.approx(0.8)
    assert out[1] == pytest.approx(low / high)
    assert out[2] == pytest.approx(np.sqrt((0.3 * 0.2 / 0.5) ** 2 * 0.6 / 365) / high)
    assert out[3] == pytest.approx(np.abs(weights - TARGETS).sum() / 2 / high)
    assert out[4] == pytest.approx(GAS / (GAS + 0.003 * size))
    assert out[5] == 0


def test_deeper_pools_lower_the_part_of_impact():
    weights, parts = off(0.8), []
    for depth in (10.0, 1000.0):
        found, out = region(), np.empty(6)
        found[4] = 1 / depth
        timing.timing_features(weights - TARGETS, TARGETS, found, COVARIANCE / 365, GAS, out)
        parts.append(out[5])

    assert parts[0] > parts[1] > 0


def test_nothing_is_learnt_beyond_three_scales():
    slope = np.zeros(timing.TERMS)
    slope[0] = 1.0
    numbers = model(coefficients=slope).numbers

    assert timing.timing_score(np.array([1e9, 0, 0, 0, 0, 0.0]), numbers) == timing.FAR


@st.composite
def cases(draw):
    size = draw(st.integers(2, 6))
    weights, targets = (np.array(draw(float_weights(size))) for _ in range(2))
    random = np.random.default_rng(draw(st.integers(0, 1000)))
    factors = random.standard_normal((size, size))
    return weights, targets, factors @ factors.T * 0.1, draw(st.sampled_from([-1.0, 1.0]))


@given(cases())
def test_whatever_was_learnt_a_trade_keeps_the_vaults_rules(case):
    weights, targets, covariance, intercept = case
    out = np.empty_like(weights)
    found, numbers = region(targets, covariance), model(intercept=intercept).numbers

    fired = timing.timed_destination(weights, targets, found, covariance, GAS, numbers, out)

    before, after = (np.abs(w - targets).sum() / 2 for w in (weights, out))
    assert abs(out.sum() - 1) < 1e-9
    assert (np.minimum(weights, targets) - 1e-9 <= out).all()
    assert (out <= np.maximum(weights, targets) + 1e-9).all()
    assert after <= before - min(before / 5, 0.01) + 1e-9 if fired else (out == weights).all()
