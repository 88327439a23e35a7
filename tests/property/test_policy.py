"""A destination moves every asset toward its target, lowers drift, and is then left alone."""

from dataclasses import replace

import numpy as np
from hypothesis import assume, example, given
from hypothesis import strategies as st
from property.strategies import float_weights, snapshot_of, snapshots
from trimtab.domain.arithmetic import minimum_progress, total_drift
from trimtab.domain.portfolio import held_weights, targets
from trimtab.domain.units import WAD
from trimtab.policy import kernels
from trimtab.policy.decide import decide
from trimtab.policy.decision import Hold, HoldReason, Rebalance
from trimtab.policy.rules import Destination, Policy, PolicyKind

EPS = 1e-12


@st.composite
def cases(draw):
    """Weights, targets, triggers and destinations of 2 to 16 assets, and whether due."""
    size = draw(st.integers(2, 16))
    fractions = st.lists(st.floats(0, 1), min_size=size, max_size=size)
    weights, goal = draw(float_weights(size)), draw(float_weights(size))
    triggers = draw(st.lists(st.floats(1e-4, 0.5), min_size=size, max_size=size))
    inside = [t * f for t, f in zip(triggers, draw(fractions), strict=True)]
    arrays = [np.array(a) for a in (weights, goal, triggers, inside)]
    return *arrays, draw(st.booleans())


def run(weights, goal, triggers, inside, due):
    out = np.empty_like(weights)
    fired = kernels.destination(weights, goal, triggers, inside, due, out)
    return fired, out


def drift(weights, goal):
    return np.abs(weights - goal).sum() / 2


@given(cases())
def test_the_destination_is_a_portfolio_and_past_no_target(case):
    weights, goal, *_ = case

    _, out = run(*case)

    assert abs(out.sum() - 1) < EPS
    lower, upper = np.minimum(weights, goal), np.maximum(weights, goal)
    assert ((lower - EPS <= out) & (out <= upper + EPS)).all()


@given(cases())
def test_drift_falls_by_what_the_vault_demands_or_nothing_is_traded(case):
    weights, goal, *_ = case
    before = drift(weights, goal)

    fired, out = run(*case)

    if fired:
        assert drift(out, goal) <= before - min(before / 5, 0.01) + EPS
    else:
        assert (out == weights).all()


@given(cases())
def test_what_fires_ends_within_its_destination(case):
    weights, goal, triggers, inside, due = case
    reach = np.abs(weights - goal)

    fired, out = run(*case)

    if fired:
        moved = (reach >= triggers) | due
        assert (np.abs(out - goal)[moved] <= np.maximum(inside, 0)[moved] + EPS).all()


@given(cases())
def test_a_threshold_that_was_served_does_not_fire_again(case):
    weights, goal, triggers, inside, _ = case
    inside = inside * 0.99

    fired, out = run(weights, goal, triggers, inside, False)

    assert not kernels.fires(out, goal, triggers)
    again, unmoved = run(out, goal, triggers, inside, False)
    assert not again
    assert (unmoved == out).all()
    assert fired == kernels.fires(weights, goal, triggers)


@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_assets_does_not_matter(case, random):
    weights, goal, triggers, inside, due = case
    gaps = np.sort(np.abs(weights - goal))
    assume((np.diff(gaps) > 1e-9).all())
    order = np.array(random.sample(range(weights.size), weights.size))

    _, out = run(*case)
    _, shuffled = run(weights[order], goal[order], triggers[order], inside[order], due)

    # Among assets that are equally far once those that fired have moved, either may pay.
    assert abs(drift(shuffled, goal[order]) - drift(out, goal)) < 1e-9


positive = st.floats(1e-6, 1.0)


gas_costs = st.just(0.0) | st.floats(1e-9, 0.01)


@given(positive, st.floats(0, 0.05), st.floats(0, 1.0), gas_costs, positive)
@example(0.0144, 0.0003, 0.02, 1e-12, 1.08)
def test_no_other_band_costs_less_than_the_optimal_one(variance, fee, impact, gas, risk):
    assume(fee > 1e-6 or gas > 0)
    trigger, goal = kernels.optimal_band(variance, fee, impact, gas, risk)
    assert 0 <= goal <= trigger

    best = loss(trigger, goal, variance, (fee, impact, gas), risk)

    for h_factor in (0.8, 0.97, 1.0, 1.03, 1.25):
        for d_factor in (0.8, 0.97, 1.0, 1.03, 1.25):
            h, d = trigger * h_factor, goal * d_factor
            if d < h or (d == h and gas == 0):
                assert best <= loss(h, d, variance, (fee, impact, gas), risk) * (1 + 1e-9)


def loss(trigger, goal, variance, costs, risk):
    cost = kernels.unit_cost(trigger - goal, *costs)
    return kernels.yearly_loss(trigger, goal, variance, cost, risk)


POLICIES = [
    Policy(kind=PolicyKind.THRESHOLD),
    Policy(kind=PolicyKind.THRESHOLD, destination=Destination.BAND_EDGE),
    Policy(kind=PolicyKind.THRESHOLD, relative_trigger=0.2),
    Policy(kind=PolicyKind.CALENDAR),
    Policy(kind=PolicyKind.COMBINED, trigger=0.03, destination=Destination.BAND_EDGE),
]


@given(snapshots(), st.sampled_from(POLICIES))
def test_a_rebalanced_portfolio_is_left_alone(snapshot, policy):
    decision = decide(snapshot, None, policy)
    assume(isinstance(decision, Rebalance))

    after = traded_to(snapshot, decision.destination)
    again = decide(replace(after, keeper_at=after.timestamp), None, policy)

    assert isinstance(again, Hold)
    assert again.reason in {HoldReason.WITHIN_TRIGGERS, HoldReason.PERIOD_DONE}


@given(snapshots(), st.sampled_from(POLICIES))
def test_a_decision_to_trade_is_one_the_vault_would_let_through(snapshot, policy):
    decision = decide(snapshot, None, policy)
    assume(isinstance(decision, Rebalance))
    goal, before = targets(snapshot), held_weights(snapshot)

    assert sum(decision.destination) == WAD
    for weight, end, target in zip(before, decision.destination, goal, strict=True):
        assert min(weight, target) - 1000 <= end <= max(weight, target) + 1000
    fall = total_drift(before, goal) - total_drift(decision.destination, goal)
    assert fall >= minimum_progress(total_drift(before, goal))


def traded_to(snapshot, weights):
    """The vault after trades at the oracle's prices, in tokens that can be split finely."""
    nav = 10**40
    holdings = [
        replace(h, recorded=nav * w // WAD, price=10**36, value=nav * w // WAD, decimals=18)
        for h, w in zip(snapshot.holdings, weights, strict=True)
    ]
    return snapshot_of(holdings, limits=snapshot.limits)


@given(cases())
def test_after_a_drawdown_nothing_but_the_base_asset_is_bought(case):
    weights, goal, *_ = case
    _, out = run(*case)
    wanted = out.copy()

    left = kernels.base_only(weights, goal, out)

    assert abs(out.sum() - 1) < EPS
    assert (out[1:] <= weights[1:] + EPS).all()
    assert out[0] <= max(goal[0], weights[0]) + EPS
    assert (out[1:] >= np.minimum(weights, goal)[1:] - EPS).all()
    before = drift(weights, goal)
    if left:
        demanded = min(0.2 * before, 0.01)
        assert before - drift(out, goal) >= demanded - EPS
        assert (wanted[1:] < weights[1:]).any()
    else:
        np.testing.assert_array_equal(out, weights)
