"""Legs are the cheapest that reach the destination and that the vault accepts."""

from dataclasses import replace

import pytest
from property.strategies import (
    LIMITS,
    NOW,
    dollar_snapshot,
    holding,
    pool_curve,
    price_of,
    snapshot_of,
)
from trimtab.domain.legs import LegPlan
from trimtab.domain.quotes import QuoteCurve
from trimtab.domain.snapshot import PriceStatus, Reason
from trimtab.domain.units import WAD
from trimtab.errors import BadInput
from trimtab.planner.plan import plan
from trimtab.planner.terms import NoPlan, NoPlanReason, PlanTerms

TERMS = PlanTerms(gas_value=0.0)
MILLION = 10**24

SNAPSHOT = dollar_snapshot([600_000, 250_000, 150_000], [0.5, 0.3, 0.2])
"""A million dollars, of which asset 0 has 10 % too much and the others 5 % too little each."""


def pool(route_id, sold, bought, *, fee=0.0005, depth=100 * MILLION, gas=100_000):
    return pool_curve(SNAPSHOT, route_id, (sold, bought), fee=fee, depth=depth, gas=gas)


CURVES = [pool(0, 0, 1), pool(1, 0, 2)]


def planned(snapshot=SNAPSHOT, curves=CURVES, terms=TERMS, goal=None):
    destination = tuple(h.target for h in snapshot.holdings) if goal is None else goal
    return plan(snapshot, destination, curves, terms)


def routes(answer):
    assert isinstance(answer, LegPlan), answer
    return [leg.leg.route_id for leg in answer.legs]


def refused(answer):
    assert isinstance(answer, NoPlan), answer
    return answer.reason, answer.sentence


def test_a_drifted_portfolio_is_brought_to_its_target():
    answer = planned()

    assert routes(answer) == [0, 1]
    assert answer.drift_before == WAD // 10
    assert answer.drift_after < WAD // 1000
    assert answer.turnover == pytest.approx(WAD // 10, rel=0.006)
    assert answer.expected_nonce == SNAPSHOT.nonce
    assert answer.deadline == NOW + TERMS.lifetime


def test_costs_are_split_into_fee_impact_and_gas():
    answer = planned(terms=replace(TERMS, gas_value=0.0001))
    leg = answer.legs[0]
    value = leg.value_in / WAD

    # The smallest of the quotes is a 128th of the holding, 0.5 bp of the pool.
    assert leg.fee_cost == pytest.approx(value * 0.00055, rel=0.02)
    # Constant product: value * size / depth, less what the smallest quote has of it. Lines between
    # quotes promise a little less than the pool pays.
    assert leg.impact_cost == pytest.approx(value * (value / 1e8 - 0.00005), rel=0.2)
    assert leg.gas_cost == pytest.approx(10.0)
    assert answer.gas_cost == pytest.approx(20.0)
    assert answer.swap_cost == pytest.approx(
        sum(leg.fee_cost + leg.impact_cost for leg in answer.legs)
    )
    assert answer.loss == pytest.approx(answer.swap_cost / 1e6 * WAD, rel=1e-6)


def test_a_minimum_is_what_is_expected_less_the_tolerance():
    answer = planned(terms=replace(TERMS, tolerance=0.002))

    for leg in answer.legs:
        assert leg.leg.min_amount_out == leg.expected_out * 998 // 1000


def test_a_minimum_is_never_below_the_oracle_floor():
    answer = planned(terms=replace(TERMS, tolerance=0.5))

    for leg in answer.legs:
        assert leg.leg.min_amount_out == pytest.approx(leg.value_in * 0.99, rel=1e-12)


def test_a_sale_is_split_between_pools_where_that_is_cheaper():
    curves = [pool(0, 0, 1, depth=10 * MILLION), pool(1, 0, 1, fee=0.003, depth=10 * MILLION)]

    together, alone = planned(curves=curves), planned(curves=curves[:1])

    assert routes(together) == [0, 1]
    assert together.turnover == pytest.approx(alone.turnover, rel=1e-6)
    assert together.swap_cost < alone.swap_cost


def test_gas_keeps_a_sale_in_one_pool():
    curves = [pool(0, 0, 1, depth=10 * MILLION), pool(1, 0, 1, fee=0.003, depth=10 * MILLION)]

    assert routes(planned(curves=curves, terms=replace(TERMS, gas_value=0.01))) == [0]


def test_a_band_edge_is_not_overrun():
    goal = (55 * WAD // 100, 28 * WAD // 100, 17 * WAD // 100)

    answer = planned(goal=goal)

    assert answer.turnover == pytest.approx(WAD * 5 // 100, rel=1e-6)


def test_a_small_turnover_bucket_scales_all_legs():
    full, half = planned(), planned(replace(SNAPSHOT, turnover_left=WAD // 20))

    assert half.turnover == pytest.approx(WAD // 20, rel=1e-5)
    assert half.turnover <= WAD // 20
    assert half.legs[0].value_in / half.legs[1].value_in == pytest.approx(
        full.legs[0].value_in / full.legs[1].value_in
    )


def test_a_small_loss_bucket_scales_all_legs_by_the_worst_they_may_bring():
    left = WAD * 2 // 10_000

    answer = planned(replace(SNAPSHOT, loss_left=left))

    worst = sum(leg.value_in - leg.leg.min_amount_out for leg in answer.legs) / 1e24
    assert worst == pytest.approx(left / WAD, rel=1e-4)
    assert worst <= left / WAD


def test_a_bucket_that_lets_through_less_than_the_vault_demands_is_named_with_the_wait():
    reason, sentence = refused(planned(replace(SNAPSHOT, turnover_left=WAD // 200)))

    assert reason is NoPlanReason.BUCKETS
    assert sentence == (
        "the turnover bucket lets through too little: all legs may charge it 9.95 % of NAV, "
        "0.50 % is left; it has that in 22 h 40 min"
    )


def test_each_bucket_that_is_nearly_empty_is_named_and_no_other():
    loss = refused(planned(replace(SNAPSHOT, loss_left=WAD // 10**5)))
    both = refused(planned(replace(SNAPSHOT, loss_left=0, turnover_left=0)))

    assert "the loss bucket lets through too little" in loss[1]
    assert "turnover" not in loss[1]
    assert all(f"the {name} bucket" in both[1] for name in ("loss", "turnover"))
    assert loss[0] is both[0] is NoPlanReason.BUCKETS


def test_a_bucket_too_small_for_all_legs_says_when_it_is_full():
    limits = replace(LIMITS, turnover_capacity=WAD // 50, turnover_rate=WAD // 50)
    drained = replace(SNAPSHOT, limits=limits, turnover_left=WAD // 200)
    for_ever = replace(drained, limits=replace(limits, turnover_rate=0))

    assert refused(planned(drained))[1].endswith("it is full, at 2.00 %, in 18 h")
    assert refused(planned(for_ever))[1].endswith("it does not refill")


def test_progress_must_suffice_even_if_every_leg_brings_only_its_minimum():
    barely = replace(SNAPSHOT, turnover_left=WAD * 1005 // 100_000)

    firm = planned(barely, terms=replace(TERMS, tolerance=0.0))
    loose = planned(barely, terms=replace(TERMS, tolerance=0.5))

    assert routes(firm) == [0, 1]
    assert refused(loose)[0] is NoPlanReason.BUCKETS


def test_a_portfolio_on_target_needs_no_legs():
    level = dollar_snapshot([500, 300, 200], [0.5, 0.3, 0.2])

    assert refused(planned(level))[0] is NoPlanReason.NOTHING_TO_TRADE


def test_without_a_direct_route_there_is_no_plan():
    reason, sentence = refused(planned(curves=[pool(0, 1, 0), pool(1, 1, 2)]))

    assert reason is NoPlanReason.NO_ROUTE
    assert sentence == (
        "no usable route leads from what is to sell, T0 (9.95 %), to what is to buy, "
        "T1 (4.98 %), T2 (4.98 %)"
    )


def test_a_route_below_the_floor_is_left_out_and_named():
    answer = planned(curves=[pool(0, 0, 1, fee=0.02), pool(1, 0, 2)])

    assert routes(answer) == [1]
    assert [fault.route_id for fault in answer.faults] == [0]
    assert "pays 2.00 % below the oracle even for small amounts, 0.95 % is allowed" in (
        answer.faults[0].sentence
    )


def test_the_public_tier_has_the_tighter_floor():
    public = replace(SNAPSHOT, reason=Reason.PUBLIC)

    answer = planned(public, [pool(0, 0, 1, fee=0.005), pool(1, 0, 2)])

    assert routes(answer) == [1]


def test_the_public_tier_has_a_floor_tighter_still_where_routes_are_cheap():
    public = replace(SNAPSHOT, reason=Reason.PUBLIC, worst_fee=WAD // 2_000)

    answer = planned(public, [pool(0, 0, 1, fee=0.003), pool(1, 0, 2)])

    assert routes(answer) == [1]


def test_a_shallow_pool_is_used_only_as_far_as_the_floor_allows():
    # Half a percent of impact for each per cent of the pool's depth, fee 0.05 %.
    shallow = [pool(0, 0, 1, depth=2 * MILLION)]

    leg = planned(curves=shallow).legs[0]

    assert leg.value_in < 20_000 * WAD
    assert leg.expected_out >= leg.value_in * 0.99 * 1.0004


def test_broken_curves_are_left_out_and_named():
    broken = QuoteCurve(7, 0, 1, (100, 200), (99, 98), 1)

    answer = planned(curves=[broken, *CURVES, CURVES[0]])

    assert routes(answer) == [0, 1]
    assert [fault.sentence for fault in answer.faults] == [
        "route 7 pays less for more: selling 200 brings 98",
        "route 0 was quoted twice",
    ]


def test_legs_not_worth_their_gas_are_not_made():
    reason, sentence = refused(planned(terms=replace(TERMS, gas_value=0.03)))

    assert reason is NoPlanReason.TOO_DEAR
    assert "5.00 %" in sentence


def test_more_than_the_oracle_pays_is_welcome_but_overshoots_no_target():
    generous = [
        replace(c, amounts_out=tuple(out * 102 // 100 for out in c.amounts_out))
        for c in (pool(0, 0, 1, depth=10 * MILLION), pool(1, 0, 1, depth=10 * MILLION))
    ]

    answer = planned(curves=generous)

    assert routes(answer) == [0, 1]
    assert answer.swap_cost < 0
    assert answer.loss == 0


def test_routes_that_carry_too_little_are_named_with_what_the_vault_demands():
    narrow = QuoteCurve(0, 0, 1, (5000 * 10**18,), (4990 * 10**18,), 100_000)

    reason, sentence = refused(planned(curves=[narrow]))

    assert reason is NoPlanReason.TOO_LITTLE
    assert sentence.startswith("the routes carry too little: total drift would be 9.50 %")
    assert sentence.endswith("the vault accepts 9.00 % at most")


def test_a_pool_that_promises_the_moon_is_refused_as_the_vault_would():
    absurd = replace(CURVES[0], amounts_out=tuple(out * 100 for out in CURVES[0].amounts_out))

    reason, sentence = refused(planned(curves=[absurd]))

    assert reason is NoPlanReason.TOO_LITTLE
    assert "the vault accepts 9.00 % at most" in sentence


@pytest.mark.parametrize(
    "broken",
    [{"price": 0, "price_status": PriceStatus.STALE}, {"price": 0}],
)
def test_without_a_price_there_is_no_plan(broken):
    first, *rest = SNAPSHOT.holdings

    answer = planned(replace(SNAPSHOT, holdings=(replace(first, **broken), *rest)))

    assert refused(answer)[0] is NoPlanReason.PRICE


def test_an_empty_vault_has_no_plan():
    assert refused(planned(dollar_snapshot([0, 0], [0.5, 0.5])))[0] is NoPlanReason.PRICE


def test_coarse_and_fine_tokens_trade_with_each_other():
    coarse = holding(0, recorded=6_000_000, price=price_of(1, 2), target=WAD // 2, decimals=2)
    fine = holding(1, recorded=40_000 * 10**27, price=price_of(1, 27), target=WAD // 2, decimals=27)
    snapshot = snapshot_of([coarse, fine])
    curve = pool_curve(snapshot, 4, (0, 1), fee=0.0005, depth=10**26)

    answer = planned(snapshot, [curve])

    assert routes(answer) == [4]
    assert answer.legs[0].leg.amount_in == pytest.approx(1_000_000 / 1.005, rel=1e-5)


def test_a_blocked_vault_has_no_plan():
    blocked = replace(SNAPSHOT, limits=replace(LIMITS), blocker=type(SNAPSHOT.blocker).PAUSED)

    assert refused(planned(blocked)) == (
        NoPlanReason.REFUSED,
        "the vault would refuse with RebalanceBlocked: 2 against a limit of 0",
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("gas_value", -1.0),
        ("gas_value", float("inf")),
        ("tolerance", 1.0),
        ("overshoot_margin", -0.1),
        ("floor_margin", float("nan")),
        ("worth", 1.5),
        ("lifetime", -1),
    ],
)
def test_terms_without_meaning_name_their_field(field, value):
    with pytest.raises(BadInput, match=rf"terms\.{field} is "):
        replace(TERMS, **{field: value})
