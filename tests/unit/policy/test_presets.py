"""Presets and policies of one's own decide like any other policy, and keep the vault's contract."""

from dataclasses import replace

import pytest
from property.strategies import dollar_snapshot
from trimtab.domain.units import wad_to_float
from trimtab.errors import BadInput
from trimtab.policy.choose import held_back
from trimtab.policy.custom import Situation, checked, load_policy
from trimtab.policy.decide import decide
from trimtab.policy.decision import Hold, Rebalance
from trimtab.policy.market import MarketView
from trimtab.policy.presets import POLICIES, PRESETS, policy_named, preset
from trimtab.policy.rules import Policy, PolicyKind

TARGETS = [0.5, 0.3, 0.2]
COVARIANCE = ((0.0, 0.0, 0.0), (0.0, 0.36, 0.2), (0.0, 0.2, 0.49))


def market(gas_price=10**9, **fields):
    return MarketView(gas_price, 3000.0, 300_000, covariance=COVARIANCE, **fields)


def drifted(*values):
    return dollar_snapshot(list(values), TARGETS)


def weights(decision):
    assert isinstance(decision, Rebalance), decision
    return [wad_to_float(w) for w in decision.destination]


@pytest.mark.parametrize("name", [name for name in PRESETS if name != "annual"])
def test_every_preset_trades_a_portfolio_that_is_far_off(name):
    decision = decide(drifted(700, 200, 100), market(gas_price=1), preset(name))

    assert isinstance(decision, Rebalance), decision


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_leaves_a_portfolio_on_target_alone(name):
    assert isinstance(decide(drifted(500, 300, 200), market(), preset(name)), Hold)


def test_betterment_trades_at_three_percent_of_total_drift():
    policy = preset("betterment")

    below = decide(drifted(480, 310, 210), None, policy)
    above = decide(drifted(465, 320, 215), None, policy)

    assert isinstance(below, Hold)
    assert weights(above) == pytest.approx(TARGETS, abs=1e-9)


def test_idle_base_asset_buys_before_anything_is_sold():
    # The base asset is 2 % above its target: below 3 % of drift, yet it need not lie idle.
    decision = decide(drifted(520, 290, 190), None, preset("betterment"))

    assert weights(decision) == pytest.approx(TARGETS, abs=1e-9)
    assert "nothing is sold" in decision.sentence


def test_vanguard_brings_what_is_two_points_off_back_to_one_and_three_quarters():
    decision = decide(drifted(470, 315, 215), None, preset("vanguard-200-175"))

    assert weights(decision)[0] == pytest.approx(0.4825, abs=1e-9)


def test_the_cost_optimal_policy_waits_longer_when_gas_is_dear():
    snapshot = drifted(500_000, 345_000, 155_000)
    policy = preset("cost-optimal")

    cheap = decide(snapshot, market(gas_price=10**6), policy)
    dear = decide(snapshot, market(gas_price=10**15), policy)

    assert isinstance(cheap, Rebalance)
    assert isinstance(dear, Hold)
    assert "waiting costs less: T1 and T2" in dear.sentence


def test_the_cost_optimal_policy_trades_farther_when_gas_is_dear():
    snapshot = drifted(500_000, 420_000, 80_000)
    policy = preset("cost-optimal")

    cheap = weights(decide(snapshot, market(gas_price=10**6), policy))
    dear = weights(decide(snapshot, market(gas_price=10**11), policy))

    assert dear[1] < cheap[1]


def test_the_cost_optimal_policy_trades_later_over_dearer_routes():
    snapshot = drifted(500_000, 345_000, 155_000)
    dear = market(gas_price=10**6, pair_costs=((1, 2, 0.05, 0.0),))

    assert isinstance(decide(snapshot, dear, preset("cost-optimal")), Hold)


def test_a_band_in_units_of_volatility_needs_one():
    policy = Policy(kind=PolicyKind.THRESHOLD, volatility_trigger=0.3, cost_multiple=0)
    snapshot = drifted(500, 340, 160)

    assert isinstance(decide(snapshot, market(), policy), Rebalance)
    assert isinstance(decide(snapshot, market(), replace(policy, volatility_trigger=0.9)), Hold)
    with pytest.raises(BadInput, match="needs a covariance"):
        decide(snapshot, replace(market(), covariance=()), policy)


def half_way(situation: Situation):
    return [(w + t) / 2 for w, t in zip(situation.weights, situation.targets, strict=True)]


def never(situation: Situation):
    return None


def past(situation: Situation):
    return [1.0, 0.0, 0.0]


def test_a_function_of_ones_own_is_found_by_its_name():
    assert load_policy("trimtab.policy.presets:preset") is preset


@pytest.mark.parametrize("name", ["nothing", "no.such:thing", "trimtab.policy.presets:nothing"])
def test_a_function_that_is_not_there_is_refused_by_name(name):
    with pytest.raises(BadInput, match=f'policy "{name}" cannot be loaded'):
        load_policy(name)


def test_a_function_of_ones_own_decides():
    policy = Policy(kind=PolicyKind.CUSTOM, function=half_way)
    waits = Policy(kind=PolicyKind.CUSTOM, function=never)

    assert weights(decide(drifted(600, 250, 150), None, policy)) == pytest.approx(
        [0.55, 0.275, 0.175], abs=1e-9
    )
    assert isinstance(decide(drifted(600, 250, 150), None, waits), Hold)


def test_a_function_that_breaks_the_contract_is_stopped():
    policy = Policy(kind=PolicyKind.CUSTOM, function=past)

    with pytest.raises(BadInput, match=r"moves asset 0 from 0\.6"):
        decide(drifted(600, 250, 150), None, policy)


def broken(situation: Situation):
    return [1 / situation.fee / 0]


def test_a_function_that_raises_is_stopped_with_what_it_raised():
    policy = Policy(kind=PolicyKind.CUSTOM, function=broken)

    with pytest.raises(BadInput, match="raised ZeroDivisionError: float division by zero"):
        decide(drifted(600, 250, 150), None, policy)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ([0.5, 0.5], "returned 2 weights"),
        ([0.5, 0.3, 0.3], "sum to 1.1"),
        ([0.599, 0.2505, 0.1505], "lowers total drift from 0.100000"),
        ([float("nan")] * 3, "sum to nan"),
        ("all of it", "returned 'all of it', expected weights or None"),
        (0.5, "returned 0.5, expected weights or None"),
    ],
)
def test_answers_that_no_vault_would_take_are_refused(answer, words):
    situation = Situation((0.6, 0.25, 0.15), tuple(TARGETS), (), 0.003, 0.0, 1, 0)

    with pytest.raises(BadInput, match=words):
        checked(answer, situation)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"inside": 0.03, "trigger": 0.02}, "beyond the trigger"),
        ({"kind": PolicyKind.CUSTOM}, "needs its function"),
        ({"coupling": 1.5}, "coupling is 1.5"),
        ({"total_trigger": 0.0}, "total_trigger is 0.0"),
    ],
)
def test_policies_without_meaning_are_refused(fields, words):
    with pytest.raises(BadInput, match=words):
        Policy(**fields)


def test_an_unknown_name_is_refused_with_those_that_are_known():
    with pytest.raises(BadInput, match="expected one of cost-optimal, betterment"):
        preset("magic")


@pytest.mark.parametrize("name", POLICIES)
def test_every_name_of_a_policy_gives_one(name):
    assert isinstance(policy_named(name), Policy)


def test_a_function_of_ones_own_is_named_by_its_module():
    chosen = policy_named(f"{load_policy.__module__}:checked")

    assert chosen.kind is PolicyKind.CUSTOM
    assert chosen.function is checked


def test_a_kind_that_needs_more_than_its_name_is_refused():
    with pytest.raises(BadInput, match=r"or package\.module:function"):
        policy_named("custom")


@pytest.mark.parametrize(
    ("policy", "late"),
    [
        (Policy(kind=PolicyKind.THRESHOLD, trigger=0.02), ("T0", "T1", "T2")),
        (Policy(kind=PolicyKind.THRESHOLD, trigger=0.3), ()),
        (Policy(kind=PolicyKind.THRESHOLD, relative_trigger=0.2), ("T2",)),
        (Policy(kind=PolicyKind.CALENDAR, trigger=0.02), ()),
        (preset("cost-optimal"), ()),
    ],
)
def test_assets_whose_band_in_the_vault_is_wider_than_the_policys_trigger_are_named(policy, late):
    snapshot = drifted(500, 300, 200)
    holdings = tuple(replace(each, band=5 * 10**16) for each in snapshot.holdings)

    assert held_back(replace(snapshot, holdings=holdings), policy) == late
