"""A plan is one the vault accepts, whatever the portfolio, the pools and the node say."""

from dataclasses import replace

from hypothesis import assume, event, given
from hypothesis import strategies as st
from property.strategies import (
    dollar_snapshot,
    hostile_curves,
    pool_curve,
    pool_curves,
    snapshots,
    wad_weights,
)
from trimtab.domain.arithmetic import MAX_LEGS, MIN_LEG, minimum_progress
from trimtab.domain.legs import LegPlan
from trimtab.domain.units import WAD
from trimtab.domain.verdict import Fill, Outcome, judge
from trimtab.planner.plan import plan
from trimtab.planner.room import targets_until
from trimtab.planner.terms import NoPlan, PlanTerms
from trimtab.policy.decide import decide
from trimtab.policy.decision import Rebalance
from trimtab.policy.rules import Destination, Policy, PolicyKind

POLICIES = st.sampled_from(
    [
        Policy(kind=PolicyKind.CALENDAR),
        Policy(kind=PolicyKind.THRESHOLD, destination=Destination.BAND_EDGE),
    ]
)
TERMS = st.builds(
    PlanTerms,
    gas_value=st.sampled_from([0.0, 1e-6, 0.001, 1.0]),
    tolerance=st.sampled_from([0.0, 0.003, 0.1]),
    overshoot_margin=st.sampled_from([0.001, 0.005, 0.05]),
    floor_margin=st.sampled_from([0.0, 0.0005]),
    lifetime=st.sampled_from([0, 300, 86_400]),
)


@st.composite
def planned(draw):
    """A snapshot, the policy's destination, quotes, terms, and the plan."""
    snapshot = draw(snapshots())
    decision = decide(snapshot, None, draw(POLICIES))
    assume(isinstance(decision, Rebalance))
    terms = draw(TERMS)
    curves = draw(pool_curves(snapshot))
    answer = plan(snapshot, decision.destination, curves, terms)
    assume(isinstance(answer, LegPlan))
    return snapshot, terms, answer


def received(leg, draw):
    """Anything between a leg's minimum and what its quotes promise."""
    return draw(st.integers(leg.leg.min_amount_out, leg.expected_out))


@given(planned(), st.data())
def test_inv5_the_vault_accepts_a_plan_whatever_its_legs_bring(case, data):
    snapshot, terms, answer = case
    event(f"{len(answer.legs)} legs")

    fills = [
        Fill(leg.leg, leg.token_in, leg.token_out, received(leg, data.draw)) for leg in answer.legs
    ]

    for weights in targets_until(snapshot, terms.lifetime):
        verdict = judge(snapshot, fills, weights)
        assert isinstance(verdict, Outcome), verdict
        assert verdict.drift_after < verdict.drift_before


@given(planned())
def test_a_plan_keeps_every_limit_it_states(case):
    snapshot, _, answer = case

    assert 1 <= len(answer.legs) <= MAX_LEGS
    assert answer.turnover <= snapshot.turnover_left
    assert answer.loss <= snapshot.loss_left
    fall = answer.drift_before - answer.drift_after
    assert fall >= minimum_progress(answer.drift_before)
    sold = {leg.token_in for leg in answer.legs}
    assert sold.isdisjoint(leg.token_out for leg in answer.legs)
    for leg in answer.legs:
        assert leg.value_in * WAD >= MIN_LEG * snapshot.nav
        assert 0 < leg.leg.min_amount_out <= leg.expected_out
        assert leg.leg.amount_in <= snapshot.holdings[leg.token_in].recorded


@given(snapshots(), st.data())
def test_nothing_a_node_may_say_breaks_the_planner(snapshot, data):
    size = len(snapshot.holdings)
    curves = data.draw(st.lists(hostile_curves(size), max_size=8))
    destination = data.draw(wad_weights(size))

    answer = plan(snapshot, destination, curves, PlanTerms(gas_value=1e-6))

    if isinstance(answer, LegPlan):
        fills = [Fill(p.leg, p.token_in, p.token_out, p.expected_out) for p in answer.legs]
        assert isinstance(judge(snapshot, fills), Outcome)
    else:
        assert answer.sentence


@given(snapshots(), st.data())
def test_prices_and_records_of_nothing_give_no_plan(snapshot, data):
    position = data.draw(st.integers(0, len(snapshot.holdings) - 1))
    change = data.draw(st.sampled_from([{"price": 0}, {"recorded": 0}, {"recorded": 2**256 - 1}]))
    holdings = list(snapshot.holdings)
    holdings[position] = replace(holdings[position], **change)
    broken = replace(snapshot, holdings=tuple(holdings))
    curves = data.draw(pool_curves(snapshot))

    answer = plan(broken, data.draw(wad_weights(len(holdings))), curves, PlanTerms(gas_value=0.0))

    assert isinstance(answer, NoPlan) or change != {"price": 0}


@st.composite
def deep_markets(draw):
    """A drifted vault with a deep cheap pool between every pair of its assets."""
    size = draw(st.integers(2, 5))
    targets = [1 / size] * size
    shares = draw(st.lists(st.integers(50, 400), min_size=size, max_size=size))
    snapshot = dollar_snapshot([1000 * s for s in shares], fixed(targets))
    pairs = [(i, j) for i in range(size) for j in range(size) if i != j]
    curves = [
        pool_curve(snapshot, n, pair, fee=0.0005, depth=snapshot.nav * 100)
        for n, pair in enumerate(pairs)
    ]
    return snapshot, curves


def fixed(targets):
    """Targets of six digits that sum to one."""
    rounded = [round(t, 6) for t in targets]
    rounded[0] = round(rounded[0] + 1 - sum(rounded), 6)
    return rounded


@given(deep_markets())
def test_where_pools_are_deep_a_drifted_vault_reaches_its_target_and_is_left_alone(market):
    snapshot, curves = market
    policy = Policy(kind=PolicyKind.CALENDAR, floor=0.01)
    decision = decide(snapshot, None, policy)
    assume(isinstance(decision, Rebalance))

    answer = plan(snapshot, decision.destination, curves, PlanTerms(gas_value=0.0))

    assert isinstance(answer, LegPlan)
    assert answer.drift_after <= answer.drift_before // 100 + WAD // 1000
    fills = [Fill(p.leg, p.token_in, p.token_out, p.expected_out) for p in answer.legs]
    after = rebooked(snapshot, judge(snapshot, fills).amounts)
    assert not isinstance(decide(after, None, policy), Rebalance)


@given(deep_markets(), st.integers(2, 50))
def test_a_plan_does_not_depend_on_the_size_of_the_vault_where_depth_grows_with_it(market, scale):
    snapshot, curves = market
    larger = rebooked(snapshot, [h.recorded * scale for h in snapshot.holdings])
    scaled = [
        replace(
            curve,
            amounts_in=tuple(a * scale for a in curve.amounts_in),
            amounts_out=tuple(a * scale for a in curve.amounts_out),
        )
        for curve in curves
    ]
    destination = tuple(h.target for h in snapshot.holdings)
    terms = PlanTerms(gas_value=0.0)

    small, large = (
        plan(vault, destination, quotes, terms)
        for vault, quotes in ((snapshot, curves), (larger, scaled))
    )

    assert type(small) is type(large)
    if isinstance(small, LegPlan):
        assert abs(small.turnover - large.turnover) <= WAD // 10**9
        assert abs(small.drift_after - large.drift_after) <= WAD // 10**9


def rebooked(snapshot, amounts):
    """The vault with other records."""
    holdings = tuple(
        replace(h, recorded=a, value=a * h.price // 10**36)
        for h, a in zip(snapshot.holdings, amounts, strict=True)
    )
    return replace(snapshot, holdings=holdings, nav=sum(h.value for h in holdings))
