"""The compiled engine is the keeper's own kernels, and agrees with a slow loop written anew."""

import numpy as np
import pytest
from trimtab.errors import BadInput
from trimtab.research import compiled
from trimtab.research.engine import Joint
from trimtab.research.forecast import covariance_path
from trimtab.research.price_table import PriceTable
from trimtab.research.runs import (
    SwapCost,
    band_rules,
    make_world,
    run_bands,
    run_cost_optimal,
)

BARS, ASSETS = 400, 5
COST = SwapCost(0.003, 0.02, 1e-5)
TARGETS = np.array([0.3, 0.25, 0.2, 0.15, 0.1])


def market(seed=1, bars=BARS):
    random = np.random.default_rng(seed)
    prices = np.exp(np.cumsum(random.standard_normal((bars, ASSETS)) * 0.04, axis=0))
    fresh = random.random(bars) > 0.1
    names = tuple("ABCDE")
    return PriceTable(86_400 * np.arange(bars), names, prices, fresh)


@pytest.mark.parametrize(("engine_kernel", "kernel"), compiled.KERNELS)
def test_the_engine_compiles_the_very_objects_that_the_keeper_calls(engine_kernel, kernel):
    assert engine_kernel.py_func is kernel


def swaps_of(weights, goal, cost):
    """Cost and traded value of going from one to the other, largest seller to largest buyer."""
    left = {i: w - g for i, (w, g) in enumerate(zip(weights, goal, strict=True))}
    bill = traded = 0.0
    while True:
        seller, buyer = max(left, key=left.get), min(left, key=left.get)
        size = min(left[seller], -left[buyer])
        if size <= 1e-9:
            return bill, traded
        left[seller] -= size
        left[buyer] += size
        bill += cost.gas + cost.fee * size + cost.impact * size**2
        traded += size


def slow_loop(table, decide, cost):
    """NAV bar by bar, in money and not in weights: an account of every token."""
    held = [w / p for w, p in zip(TARGETS, table.prices[0], strict=True)]
    navs, bills = [1.0], [0.0]
    for t in range(1, len(table)):
        values = [h * p for h, p in zip(held, table.prices[t], strict=True)]
        nav = sum(values)
        weights = [v / nav for v in values]
        goal = decide(t, weights) if table.fresh[t] else None
        bill = 0.0
        if goal is not None:
            bill, _ = swaps_of(weights, goal, cost)
            nav -= bill * nav
            held = [g * nav / p for g, p in zip(goal, table.prices[t], strict=True)]
        navs.append(nav)
        bills.append(bill)
    return np.array(navs), np.array(bills)


def to_target(trigger):
    def decide(_, weights):
        apart = max(abs(w - g) for w, g in zip(weights, TARGETS, strict=True))
        return list(TARGETS) if apart >= trigger else None

    return decide


def test_bands_to_target_agree_with_a_loop_in_money():
    table, triggers = market(), np.array([0.01, 0.03, 0.06, 0.1])
    each = np.tile(triggers, (ASSETS, 1))
    rules = band_rules(each, np.zeros_like(each), COST, whole=True)

    runs = run_bands(make_world(table, TARGETS), rules, table.bars_per_year)

    for v, trigger in enumerate(triggers):
        navs, bills = slow_loop(table, to_target(trigger), COST)
        np.testing.assert_allclose(runs.records.nav[:, v], navs, rtol=1e-12)
        np.testing.assert_allclose(runs.records.cost[:, v], bills, rtol=1e-9, atol=1e-15)


def test_a_calendar_agrees_with_a_loop_in_money():
    table, period = market(2), 7
    never = np.full((ASSETS, 1), np.inf)
    rules = band_rules(never, np.zeros_like(never), COST, whole=True)

    runs = run_bands(
        make_world(table, TARGETS), rules._replace(period=np.array([period])), table.bars_per_year
    )

    navs, _ = slow_loop(table, lambda t, _: list(TARGETS) if t % period == 0 else None, COST)
    np.testing.assert_allclose(runs.records.nav[:, 0], navs, rtol=1e-12)


def test_the_cost_optimal_policy_agrees_with_the_plain_kernels_in_a_loop():
    table = market(3)
    covariance = covariance_path(table.prices, table.bars_per_year, 90.0)
    aversion, coupling = 4.0, 0.2
    joint = Joint(covariance, np.array([aversion]), np.array([coupling]), COST.rows(1))

    runs = run_cost_optimal(make_world(table, TARGETS), joint, table.bars_per_year)

    decide = plain_cost_optimal(covariance, aversion, coupling)
    navs, _ = slow_loop(table, decide, COST)
    assert (runs.records.swaps > 0).sum() > 10
    np.testing.assert_allclose(runs.records.nav[:, 0], navs, rtol=1e-12)


def plain_cost_optimal(covariance, aversion, coupling):
    from trimtab.policy import joint  # noqa: PLC0415 (the keeper's plain functions)

    metric, triggers, inside = np.empty((3, ASSETS, ASSETS))
    fees, impacts = np.full((ASSETS, ASSETS), COST.fee), np.full((ASSETS, ASSETS), COST.impact)
    joint.joint_bands(TARGETS, fees, impacts, COST.gas, aversion, triggers, inside)

    def decide(t, weights):
        out = np.empty(ASSETS)
        joint.joint_metric(TARGETS, covariance[t], coupling, metric)
        args = np.array(weights), TARGETS, metric, triggers, inside
        return out.tolist() if joint.joint_destination(*args, out) else None

    return decide


def test_nothing_trades_on_a_bar_whose_prices_were_carried():
    table = market(4)
    each = np.full((ASSETS, 1), 0.01)
    rules = band_rules(each, np.zeros_like(each), COST, whole=True)

    runs = run_bands(make_world(table, TARGETS), rules, table.bars_per_year)

    assert not runs.records.swaps[~table.fresh].any()
    assert runs.records.swaps.any()


def test_variants_do_not_depend_on_their_neighbours():
    table = market(5)
    each = np.tile(np.linspace(0.01, 0.1, 130), (ASSETS, 1))
    world = make_world(table, TARGETS)
    together = run_bands(world, band_rules(each, each / 2, COST, whole=False), 365.25)

    alone = run_bands(world, band_rules(each[:, 77:78], each[:, 77:78] / 2, COST, whole=False), 365)

    np.testing.assert_array_equal(alone.records.nav[:, 0], together.records.nav[:, 77])


def test_idle_cash_buys_what_is_short_and_nothing_is_sold():
    table = market(6)
    never = np.full((ASSETS, 1), np.inf)
    rules = band_rules(never, np.zeros_like(never), SwapCost(0.0), whole=True)
    rules = rules._replace(cash=np.array([True]))
    flow = np.zeros(len(table))
    flow[20::20] = 0.05
    world = make_world(table, TARGETS)._replace(flow=flow, tradable=np.ones(len(table), bool))

    runs = run_bands(world, rules, table.bars_per_year, weights=True)

    bought = runs.records.weights[20:, 0, 0]
    assert (bought <= TARGETS[0] + 1e-9).all()
    assert runs.records.traded.max() > 0.03


def test_gas_in_value_weighs_less_on_a_larger_portfolio():
    table = market(7)
    grown = table.prices * np.linspace(1, 50, len(table))[:, None]
    table = PriceTable(table.timestamps, table.assets, grown, np.ones(len(table), bool))
    each = np.full((ASSETS, 1), 0.03)
    rules = band_rules(each, np.zeros_like(each), SwapCost(0.0, 0.0, 1e-4), whole=True)
    world = make_world(table, TARGETS)

    fixed = run_bands(world._replace(gas_in_value=True), rules, 365.25).records
    share = run_bands(world, rules, 365.25).records

    traded = np.flatnonzero(fixed.swaps[:, 0])
    expected = share.cost[traded, 0] / share.nav[traded - 1, 0]
    assert fixed.cost[traded[-1], 0] < share.cost[traded[-1], 0] / 10
    assert fixed.cost[traded[-1], 0] == pytest.approx(expected[-1], rel=0.2)


@pytest.mark.parametrize(
    ("targets", "words"),
    [([0.5, 0.5], "expected 5 weights"), ([0.5, 0.2, 0.1, 0.1, 0.2], "sum to 1")],
)
def test_targets_that_do_not_fit_are_refused(targets, words):
    with pytest.raises(BadInput, match=words):
        make_world(market(), np.array(targets))


def test_a_destination_past_its_trigger_is_refused():
    each = np.full((ASSETS, 1), 0.02)

    with pytest.raises(BadInput, match="outside its trigger"):
        band_rules(each, each * 1.5, COST, whole=False)


@pytest.mark.parametrize("cost", [{"fee": -0.1}, {"fee": 1.0}, {"gas": float("nan")}])
def test_costs_no_market_has_are_refused(cost):
    with pytest.raises(BadInput, match="cost"):
        SwapCost(**cost)
