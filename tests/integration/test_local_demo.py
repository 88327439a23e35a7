"""A live keeper along a price history: same run on both chains, and accounts that add up."""

from dataclasses import replace
from pathlib import Path

import pytest
from trimtab.chain.lens import read_snapshot
from trimtab.errors import BadInput
from trimtab.keeper.result import Action
from trimtab.local.blueprint import Blueprint
from trimtab.local.costs import GasPrice
from trimtab.local.demo import DemoOptions, WorldBuilt, run_demo
from trimtab.local.ethtester import EthTesterChain
from trimtab.local.reports import StepReport
from trimtab.local.scenario import run_scenario
from trimtab.local.synthetic import synthetic_history
from trimtab.local.world import build_local_world
from trimtab.policy.rules import Policy, PolicyKind

ASSETS = ("USDC", "BTC", "ETH", "LINK")
BLUEPRINT = Blueprint((0.25, 0.3, 0.3, 0.15))
THRESHOLD = Policy(kind=PolicyKind.THRESHOLD)
DAYS, YEAR = 60, 365


def options(days=DAYS, **changes):
    history = synthetic_history(ASSETS, days, 3)
    return replace(DemoOptions(history, BLUEPRINT, THRESHOLD), **changes)


@pytest.fixture(scope="module")
def seen():
    return []


@pytest.fixture(scope="module")
def run(seen, tmp_path_factory):
    picture = tmp_path_factory.mktemp("run") / "run.png"
    return run_demo(options(picture=picture), seen.append)


def test_a_run_rebalances_and_is_refused_nothing(run):
    assert run.figures.rebalances >= 3
    assert run.figures.refused == 0
    assert run.figures.days == len(run.steps) == DAYS


def test_the_vaults_own_value_is_that_of_its_events(run):
    assert run.figures.value_error_bp == 0


def test_every_rebalance_lowers_drift(run):
    for rebalance in rebalances_of(run):
        assert rebalance.drift_after < rebalance.drift_before


def test_parts_of_the_cost_sum_to_the_value_lost(run):
    for step in run.steps:
        if step.rebalances:
            (rebalance,) = step.rebalances
            cost = rebalance.cost
            lost = rebalance.value_before - step.value

            assert cost.fee + cost.impact + cost.gap == pytest.approx(lost, abs=1e-6)
            assert cost.fee > 0
            assert cost.impact > 0
            assert cost.gas > 0


def test_without_rebalances_the_vault_is_buy_and_hold(run):
    before = [step for step in run.steps if step.step < first_rebalance(run)]

    assert len(before) > 0
    assert [step.value for step in before] == [step.buy_and_hold for step in before]


def test_weights_stay_inside_the_bands_unless_the_keeper_says_why(run):
    for step in run.steps:
        outside = [
            asset
            for asset, weight, target, band in zip(
                ASSETS, step.weights, step.targets, step.bands, strict=True
            )
            if abs(weight - target) > band * 1.02
        ]
        assert not outside or step.action == Action.REBALANCE or "turnover" in step.sentence


def test_events_tell_the_run_as_it_goes(run, seen):
    built, *steps = seen

    assert isinstance(built, WorldBuilt)
    assert all(isinstance(step, StepReport) for step in steps)
    assert tuple(steps) == run.steps


def test_the_picture_is_where_it_was_asked_for(run):
    assert isinstance(run.picture, Path)
    assert run.picture.stat().st_size > 10_000


def test_figures_have_stable_names(run):
    figures = run.as_json()

    assert {
        "days",
        "rebalances",
        "value",
        "buy_and_hold",
        "frictionless",
        "tracking_error_bp",
        "turnover",
        "cost_bp",
        "max_drift_after_bp",
        "value_error_bp",
    } <= figures.keys()
    assert set(figures["cost_bp"]) == {"fee", "impact", "gas"}


def test_both_chains_give_the_same_run(run):
    assert_alike(run, run_demo(options(chain="anvil")))


@pytest.mark.deep
def test_both_chains_give_the_same_year():
    year = run_demo(options(YEAR))

    assert year.figures.rebalances >= 10
    assert_alike(year, run_demo(options(YEAR, chain="anvil")))


def assert_alike(one, other):
    """Same decisions, transactions, legs, balances, costs and figures, to the last digit."""
    assert one.steps == other.steps
    assert one.figures == other.figures


def test_dearer_gas_changes_the_cost_of_gas_and_nothing_else():
    cheap, dear = (
        run_demo(options(30, chain="anvil", gas_price=GasPrice(gwei * 10**9, 2000.0)))
        for gwei in (1, 50)
    )

    assert cheap.figures.rebalances == dear.figures.rebalances > 0
    assert dear.figures.cost.gas == pytest.approx(50 * cheap.figures.cost.gas)
    assert [step.recorded for step in cheap.steps] == [step.recorded for step in dear.steps]
    assert replace(dear.figures, cost=cheap.figures.cost) == cheap.figures


def test_a_vault_that_misstates_its_value_is_found_out():
    history = synthetic_history(ASSETS, 3, 3)
    with EthTesterChain(history.timestamps[0] - 86_400) as chain:
        world = build_local_world(chain, history, BLUEPRINT)
        steps = list(
            run_scenario(world, misstating(world), history, gas_price=GasPrice(10**9, "ETH"))
        )

    assert [step.value_error_bp for step in steps] == pytest.approx([1.0] * 3, rel=1e-3)


class Misstated:
    action, sentence = "hold", "because"

    def __init__(self, snapshot):
        self.snapshot = replace(snapshot, nav=snapshot.nav + snapshot.nav // 10_000)


def misstating(world):
    """A keeper that only looks, and to which the vault seems worth a basis point more."""

    def step(head):
        vault, lens = world.record.vault, world.record.contract("VaultLens")
        return Misstated(read_snapshot(world.node, lens, vault=vault, caller=vault, block=head))

    return step


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"chain": "geth"}, "chain is geth, expected one of eth-tester, anvil"),
        ({"gas_price": GasPrice(1, "SOL")}, "gas is to be paid in SOL"),
        ({"blueprint": Blueprint((1.0, 1.0))}, "2 weights for 4 assets"),
        ({"history": synthetic_history(ASSETS, 2, 0)}, "at least 3"),
    ],
)
def test_what_cannot_be_run_is_refused_before_anything_starts(changes, words):
    with pytest.raises(BadInput, match=words):
        options(5, **changes)


def rebalances_of(run):
    return [rebalance for step in run.steps for rebalance in step.rebalances]


def first_rebalance(run):
    return next(step.step for step in run.steps if step.rebalances)
