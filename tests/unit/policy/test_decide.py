"""A decision is a destination, or a reason with the numbers that were compared."""

from dataclasses import replace

import pytest
from property.strategies import LIMITS, NOW, dollar_snapshot, snapshot_of
from trimtab.domain.snapshot import Blocker, PriceStatus, Reason
from trimtab.domain.units import WAD, wad_to_float
from trimtab.errors import BadInput
from trimtab.policy.decide import decide, rebalance_benefit
from trimtab.policy.decision import Hold, HoldReason, Rebalance
from trimtab.policy.market import MarketView
from trimtab.policy.rules import Destination, Policy, PolicyKind

DAY = 86_400
TARGETS = [0.5, 0.3, 0.2]
THRESHOLD = Policy(kind=PolicyKind.THRESHOLD)
CALENDAR = Policy(kind=PolicyKind.CALENDAR, period=7 * DAY, floor=0.01)

DRIFTED = dollar_snapshot([560, 265, 175], TARGETS)
"""Asset 0 is 6 % above its target, beyond its band of 5 %."""

NEAR = dollar_snapshot([520, 290, 190], TARGETS, reason=Reason.CALENDAR)
"""Asset 0 is 2 % above its target: only a calendar would trade."""

RISK = ((0.36, 0.0, 0.0), (0.0, 0.36, 0.0), (0.0, 0.0, 0.0))


def weights(decision):
    assert isinstance(decision, Rebalance), decision
    assert sum(decision.destination) == WAD
    return pytest.approx([wad_to_float(w) for w in decision.destination], abs=1e-9)


def hold(decision):
    assert isinstance(decision, Hold), decision
    return decision.reason, decision.sentence


def test_a_reached_trigger_brings_the_whole_portfolio_to_its_target():
    decision = decide(DRIFTED, None, THRESHOLD)

    assert weights(decision) == TARGETS
    assert decision.reason is Reason.THRESHOLD
    assert decision.sentence == (
        "T0 is 6.00 % from its target, its trigger is 5.00 %; total drift is 6.00 %"
    )


def test_the_edge_of_the_band_is_just_inside_it_and_the_vault_accepts_the_step():
    policy = Policy(kind=PolicyKind.THRESHOLD, destination=Destination.BAND_EDGE)

    decision = decide(DRIFTED, None, policy)

    assert weights(decision) == [0.5475, 0.2775, 0.175]


def test_destinations_can_be_chosen_asset_by_asset():
    policy = replace(THRESHOLD, destinations=(0.02, 0.02, 0.02))

    assert weights(decide(DRIFTED, None, policy)) == [0.52, 0.30, 0.18]


def test_a_policy_may_wait_for_more_than_the_vault_asks():
    reason, sentence = hold(decide(DRIFTED, None, replace(THRESHOLD, trigger=0.08)))

    assert reason is HoldReason.WITHIN_TRIGGERS
    assert sentence == "the policy waits: T0 is 6.00 % from its target, its trigger is 8.00 %"


def test_a_relative_trigger_is_a_share_of_the_target():
    fires = decide(DRIFTED, None, replace(THRESHOLD, relative_trigger=0.124))
    waits = decide(DRIFTED, None, replace(THRESHOLD, relative_trigger=0.13))

    assert weights(fires) == TARGETS
    assert hold(waits)[0] is HoldReason.WITHIN_TRIGGERS


def test_of_an_absolute_and_a_relative_trigger_the_smaller_counts():
    decision = decide(DRIFTED, None, replace(THRESHOLD, trigger=0.08, relative_trigger=0.11))

    assert weights(decision) == TARGETS


def test_holding_none_of_an_asset_without_a_target_is_no_reason_to_trade():
    snapshot = dollar_snapshot([520, 480, 0], [0.5, 0.5, 0.0])

    decision = decide(snapshot, None, replace(THRESHOLD, relative_trigger=0.2))

    assert hold(decision)[0] is HoldReason.WITHIN_TRIGGERS


def test_the_calendar_trades_once_in_each_period():
    begun = NOW - NOW % (7 * DAY)

    before = decide(replace(NEAR, keeper_at=begun - 1), None, CALENDAR)
    after = decide(replace(NEAR, keeper_at=begun), None, CALENDAR)

    assert weights(before) == TARGETS
    assert before.sentence == "the calendar calls for it: total drift is 2.00 %"
    assert hold(after)[0] is HoldReason.PERIOD_DONE
    assert after.ready_at == begun + 7 * DAY


def test_a_public_rebalance_serves_the_calendar_too():
    decision = decide(replace(NEAR, public_at=NOW - 10), None, CALENDAR)

    assert hold(decision)[0] is HoldReason.PERIOD_DONE


def test_the_calendar_leaves_a_portfolio_that_is_near_enough():
    reason, sentence = hold(decide(NEAR, None, replace(CALENDAR, floor=0.03)))

    assert reason is HoldReason.BELOW_FLOOR
    assert "total drift is 2.00 %, below the policy's floor of 3.00 %" in sentence


def test_a_threshold_policy_ignores_the_vaults_calendar():
    assert hold(decide(NEAR, None, THRESHOLD))[0] is HoldReason.WITHIN_TRIGGERS


def test_a_combined_policy_acts_on_either():
    combined = replace(CALENDAR, kind=PolicyKind.COMBINED)
    traded_today = NOW - 10

    by_calendar = decide(NEAR, None, combined)
    by_trigger = decide(replace(DRIFTED, keeper_at=traded_today), None, combined)
    neither = decide(replace(NEAR, keeper_at=traded_today), None, combined)

    assert weights(by_calendar) == TARGETS
    assert weights(by_trigger) == TARGETS
    assert hold(neither)[0] is HoldReason.WITHIN_TRIGGERS


def test_a_breach_of_a_hard_band_is_traded_under_every_policy():
    public = replace(DRIFTED, reason=Reason.PUBLIC, is_keeper=False, keeper_at=NOW - 10)

    assert weights(decide(public, None, CALENDAR)) == TARGETS


@pytest.mark.parametrize(
    ("blocker", "changes", "reason", "words"),
    [
        (Blocker.NOT_DUE, {}, HoldReason.NOT_DUE, "T0 is 2.00 % from its target"),
        (Blocker.NOT_DUE, {"is_keeper": False}, HoldReason.NOT_KEEPER, "is no keeper"),
        (Blocker.PAUSED, {"ready_at": NOW + 90}, HoldReason.PAUSED, "ready in 1 min 30 s"),
        (Blocker.ORACLE, {}, HoldReason.PRICE, "cannot use one of its prices"),
        (Blocker.COOLDOWN, {"keeper_at": NOW - 60}, HoldReason.COOLDOWN, "1 min ago, the cooldown"),
        (Blocker.NOT_POKED, {}, HoldReason.NOT_POKED, "poke has not recorded it"),
        (Blocker.POKE_DELAY, {"ready_at": NOW + 5}, HoldReason.POKE_DELAY, "ready in 5 s"),
        (Blocker.PUBLIC_COOLDOWN, {}, HoldReason.PUBLIC_COOLDOWN, "cooldown is 1 h"),
        (Blocker.LOSS_BUCKET, {}, HoldReason.LOSS_BUCKET, "holds 100.0 bp of NAV"),
        (
            Blocker.TURNOVER_BUCKET,
            {"turnover_left": WAD // 20_000},
            HoldReason.TURNOVER_BUCKET,
            "has 0.01 % of NAV left",
        ),
    ],
)
def test_every_blocker_of_the_vault_has_its_reason_and_its_numbers(blocker, changes, reason, words):
    decision = decide(replace(NEAR, blocker=blocker, **changes), None, THRESHOLD)

    assert decision.reason is reason
    assert decision.blocker is blocker
    assert words in decision.sentence
    assert decision.ready_at == changes.get("ready_at", 0)


@pytest.mark.parametrize("status", list(PriceStatus)[1:])
def test_a_price_that_cannot_be_used_is_named_with_its_asset(status):
    first, second, third = DRIFTED.holdings
    broken = replace(second, price=0, price_status=status, price_updated_at=NOW - 7200)
    snapshot = replace(DRIFTED, holdings=(first, broken, third), nav=0, blocker=Blocker.ORACLE)

    decision = decide(snapshot, None, THRESHOLD)

    assert decision.reason is HoldReason.PRICE
    assert decision.asset == 1
    assert decision.sentence.startswith("the price of T1 ")


def test_an_old_price_says_how_old_it_may_be():
    first, *rest = DRIFTED.holdings
    stale = replace(first, price_status=PriceStatus.STALE, price_updated_at=NOW - 7200)

    decision = decide(replace(DRIFTED, holdings=(stale, *rest)), None, THRESHOLD)

    assert decision.sentence == "the price of T0 is 2 h old, at most 1 h is accepted"


def test_an_empty_vault_is_left_alone():
    empty = dollar_snapshot([0, 0], [0.5, 0.5], blocker=Blocker.NOT_DUE)

    assert hold(decide(empty, None, THRESHOLD))[0] is HoldReason.EMPTY
    assert hold(decide(snapshot_of([]), None, THRESHOLD))[0] is HoldReason.EMPTY


def market(**changes):
    fields = {"gas_price_wei": 10**9, "native_price": 2000.0, "gas": 500_000, "covariance": RISK}
    return MarketView(**(fields | changes))


def test_the_benefit_is_the_tracking_error_removed_over_the_horizon():
    policy = replace(THRESHOLD, risk_aversion=3.0, horizon=31_557_600)

    goal = decide(DRIFTED, None, policy).destination

    benefit = rebalance_benefit(DRIFTED, market(), policy, goal)

    # A thousand dollars, half of three, 36 % variance each, off by 6 % and 3.5 %.
    assert benefit == pytest.approx(1000 * 1.5 * 0.36 * (0.06**2 + 0.035**2))


def test_a_rebalance_worth_its_cost_is_made():
    rich = dollar_snapshot([5_600_000, 2_700_000, 1_700_000], TARGETS)

    assert weights(decide(rich, market(swap_cost=100.0), THRESHOLD)) == TARGETS


def test_a_rebalance_not_worth_its_cost_is_left_with_the_numbers():
    reason, sentence = hold(decide(DRIFTED, market(swap_cost=0.5), THRESHOLD))

    assert reason is HoldReason.COST_ABOVE_BENEFIT
    assert sentence == (
        "not worth it: 0.21 over 30 d is not more than 2 times the cost of 1.50 "
        "(gas 1.00, swaps 0.50)"
    )


def test_without_knowledge_of_risk_cost_is_not_weighed():
    assert weights(decide(DRIFTED, market(covariance=()), THRESHOLD)) == TARGETS
    assert weights(decide(DRIFTED, market(), replace(THRESHOLD, cost_multiple=0))) == TARGETS


def test_a_market_of_other_assets_is_refused():
    with pytest.raises(BadInput, match="expected 3 rows of 3"):
        decide(DRIFTED, market(covariance=((0.1,),)), THRESHOLD)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("trigger", 0.0),
        ("relative_trigger", -0.1),
        ("triggers", (0.05, float("nan"))),
        ("destinations", (-0.01,)),
        ("period", 0),
        ("floor", -0.01),
        ("cost_multiple", float("nan")),
        ("risk_aversion", 0.0),
        ("horizon", 0),
    ],
)
def test_a_policy_without_meaning_names_its_field(field, value):
    with pytest.raises(BadInput, match=rf"policy\.{field} is "):
        Policy(**{field: value})


@pytest.mark.parametrize("field", ["triggers", "destinations"])
def test_a_policy_for_another_number_of_assets_is_refused(field):
    with pytest.raises(BadInput, match=f"policy.{field} has 2 numbers, expected 3"):
        decide(DRIFTED, None, replace(THRESHOLD, **{field: (0.05, 0.05)}))


def test_triggers_can_be_chosen_asset_by_asset():
    patient = decide(DRIFTED, None, replace(THRESHOLD, triggers=(0.07, 0.05, 0.05)))
    eager = decide(DRIFTED, None, replace(THRESHOLD, triggers=(0.07, 0.03, 0.05)))

    assert hold(patient)[0] is HoldReason.WITHIN_TRIGGERS
    assert weights(eager) == TARGETS


def test_the_grid_begins_at_the_vaults_anchor():
    anchored = replace(NEAR, limits=replace(LIMITS, calendar_anchor=NOW - DAY), keeper_at=NOW - 9)

    decision = decide(anchored, None, CALENDAR)

    assert decision.ready_at == NOW + 6 * DAY


def test_after_a_drawdown_only_the_base_asset_is_bought():
    snapshot = dollar_snapshot([440, 270, 290], TARGETS, only_to_base=True)

    decision = decide(snapshot, None, THRESHOLD)

    assert weights(decision) == [0.5, 0.27, 0.23]
    assert decision.sentence.endswith("after the drawdown only T0 is bought")


def test_after_a_drawdown_nothing_is_sold_for_a_base_asset_that_has_enough():
    reason, sentence = hold(decide(replace(DRIFTED, only_to_base=True), None, THRESHOLD))

    assert reason is HoldReason.ONLY_TO_BASE
    assert "T0 is at 56.00 % of its 50.00 %" in sentence
