"""A keeper on a real EVM with real pools: it holds, plans, trades, pokes, and says why."""

from dataclasses import replace

import pytest
from integration.keeper_world import PRICES, Desk, build, move
from trimtab import errors
from trimtab.chain.node import Node
from trimtab.chain.transport import transport_for
from trimtab.domain.snapshot import Reason
from trimtab.executor.fees import FixedFees
from trimtab.keeper.calibration import comparisons
from trimtab.keeper.loop import Pace, run
from trimtab.keeper.market import AssetNativePrice, ChainMarket, FixedNativePrice
from trimtab.keeper.result import Action
from trimtab.local.accounts import local_accounts
from trimtab.local.anvil import AnvilChain
from trimtab.local.chain import GENESIS_TIMESTAMP
from trimtab.local.ethtester import EthTesterChain
from trimtab.policy.decision import HoldReason
from trimtab.policy.rules import Policy
from trimtab.store.database import Database
from trimtab.store.overview import Overview

WAD = 10**18


@pytest.fixture(scope="module")
def built():
    with EthTesterChain(GENESIS_TIMESTAMP) as chain:
        yield build(chain)


@pytest.fixture
def world(built):
    """The market as it was built; what a test does to it is undone."""
    before = built.chain.snapshot()
    yield built
    built.chain.revert(before)


@pytest.fixture
def desk(world, tmp_path):
    with Database(tmp_path / "keeper.db") as database:
        yield Desk(world, database)


class CountingTransport:
    """Passes requests on and remembers their methods."""

    def __init__(self, provider):
        self.inner = transport_for(provider)
        self.name, self.pins_by_hash = self.inner.name, self.inner.pins_by_hash
        self.asked = []

    def request(self, method, params):
        self.asked.append(method)
        return self.inner.request(method, params)


def test_a_vault_on_its_targets_is_left_alone_for_one_question(world, desk):
    transport = CountingTransport(world.chain.provider)
    node = Node(transport)
    keeper = desk.keeper(node=node)
    keeper.step(node.head())
    transport.asked.clear()

    result = keeper.step(node.head())

    assert result.action is Action.HOLD
    assert result.decision.reason is HoldReason.NOT_DUE
    assert transport.asked.count("eth_call") == 1
    assert len(transport.asked) <= 3


def test_a_dry_run_plans_and_simulates_and_sends_nothing(world, desk):
    move(world, 1)
    head = world.node.head()

    result = desk.keeper(live=False).step(head)

    assert result.action is Action.PLAN
    assert result.plan.drift_after < result.snapshot.total_drift
    assert world.node.head().hash == head.hash
    assert desk.executor().unfinished() == []


def test_a_breach_is_traded_back_and_costs_what_was_predicted(world, desk):
    move(world, 1)

    result = desk.keeper().step(world.node.head())

    done = result.realised
    assert result.action is Action.REBALANCE
    assert done.whole.drift_after < done.whole.drift_before / 10
    assert done.cost.fee + done.cost.impact == pytest.approx(
        result.predicted.fee + result.predicted.impact, rel=1e-3
    )
    assert done.cost.gas == pytest.approx(result.predicted.gas, rel=0.1)
    assert [leg.amount_in for leg in done.legs] == [p.leg.amount_in for p in result.plan.legs]


def test_the_loss_the_vault_charges_is_what_was_lost_beside_gas(world, desk):
    move(world, 1)

    done = desk.keeper().step(world.node.head()).realised

    lost = sum(max(0, leg.value_in - leg.value_out) for leg in done.legs)
    assert done.whole.loss * done.whole.nav_before / WAD == pytest.approx(lost, rel=1e-6)
    assert (done.cost.fee + done.cost.impact) * WAD == pytest.approx(
        done.whole.nav_before - done.whole.nav_after, rel=1e-6
    )


def test_a_rebalanced_vault_is_left_alone(world, desk):
    move(world, 1)
    keeper = desk.keeper()
    keeper.step(world.node.head())

    again = keeper.step(world.node.head())

    assert again.action is Action.HOLD


def test_every_step_leaves_a_row_with_its_reason_and_its_numbers(world, desk):
    keeper = desk.keeper()
    keeper.step(world.node.head())
    move(world, 1)
    keeper.step(world.node.head())

    calm, sent, breach = desk.rows()

    assert (calm.action, sent.action, breach.action) == ("hold", "send", "rebalance")
    assert "nothing is due" in calm.reason
    assert breach.numbers["due"] == "threshold"
    assert {"fee", "impact", "gas", "planned_fee", "transaction"} <= set(breach.numbers)
    assert breach.intent_id is not None


@pytest.mark.parametrize(
    ("gas_price", "action"),
    [(10**9, Action.REBALANCE), (10**15, Action.HOLD)],
    ids=["cheap", "dear"],
)
def test_a_rebalance_that_is_not_worth_its_gas_waits(world, desk, gas_price, action):
    move(world, 1)
    risk = ((0.0, 0.0, 0.0), (0.0, 0.4, 0.3), (0.0, 0.3, 0.5))
    market = ChainMarket(
        world.node, FixedFees(gas_price), FixedNativePrice(2_000.0), covariance=risk
    )
    keeper = desk.keeper(market=market, policy=Policy(cost_multiple=1.0))

    result = keeper.step(world.node.head())

    assert result.action is action
    if action is Action.HOLD:
        assert result.decision.reason is HoldReason.COST_ABOVE_BENEFIT
        assert result.plan is None
    else:
        assert result.benefit > result.predicted.total
        assert desk.rows()[-1].numbers["benefit"] == pytest.approx(result.benefit)


def test_the_native_coin_can_be_priced_as_one_of_the_assets(world, desk):
    market = ChainMarket(world.node, FixedFees(10**9), AssetNativePrice("ETH"))
    snapshot = desk.keeper(live=False).step(world.node.head()).snapshot

    assert market.view(snapshot).native_price == pytest.approx(2_000.0)
    with pytest.raises(errors.BadInput, match='"WETH", expected one of the assets, USDC'):
        replace(market, native=AssetNativePrice("WETH")).view(snapshot)


def test_a_plan_that_another_rebalance_overtook_is_rejected_before_it_is_sent(world, desk):
    move(world, 1)
    stale = world.node.head()
    desk.keeper().step(stale)

    result = desk.keeper(live=False).step(stale)

    assert result.action is Action.REJECTED
    assert result.rejection.name in {"WrongNonce", "RebalanceBlocked"}


def test_anyone_may_poke_a_hard_breach_and_rebalance_after_the_delay(world, desk):
    anyone = local_accounts().holder
    keeper = desk.keeper(anyone)
    move(world, 2)

    poked = keeper.step(world.node.head())
    waiting = keeper.step(world.node.head())
    world.chain.set_next_timestamp(world.chain.timestamp() + 600)
    world.chain.mine()
    traded = keeper.step(world.node.head())

    assert (poked.action, poked.decision.reason) == (Action.POKE, HoldReason.NOT_POKED)
    assert (waiting.action, waiting.decision.reason) == (Action.HOLD, HoldReason.POKE_DELAY)
    assert traded.action is Action.REBALANCE
    assert traded.snapshot.reason is Reason.PUBLIC


def test_a_dry_run_does_not_poke(world, desk):
    move(world, 2)

    result = desk.keeper(local_accounts().holder, live=False).step(world.node.head())

    assert result.action is Action.HOLD
    assert result.outcome is None


def test_a_stranger_is_told_that_it_is_no_keeper(world, desk):
    result = desk.keeper(local_accounts().holder).step(world.node.head())

    assert result.decision.reason is HoldReason.NOT_KEEPER


def test_a_vault_without_code_is_the_users_fault(world, desk):
    nowhere = "0x000000000000000000000000000000000000dEaD"

    with pytest.raises(errors.NoContract, match=f"the vault at {nowhere}"):
        desk.keeper(vault=nowhere).step(world.node.head())
    with pytest.raises(errors.NoContract, match=f"the vault lens at {nowhere}"):
        desk.keeper(lens=nowhere).step(world.node.head())


def test_a_keeper_without_a_store_sends_nothing(world, tmp_path):
    path = tmp_path / "keeper.db"
    with Database(path) as database:
        keeper = Desk(world, database).keeper()
    path.write_bytes(b"broken" * 1000)
    move(world, 1)
    head = world.node.head()

    with pytest.raises(errors.StoreError):
        keeper.step(head)

    assert world.node.head().hash == head.hash


class FailingTransport(CountingTransport):
    """Fails every request of one kind."""

    def request(self, method, params):
        if method == "eth_call":
            raise errors.NodeUnreachable(self.name, "away")
        return super().request(method, params)


def test_a_failed_step_leaves_a_row_too(world, desk):
    node = Node(FailingTransport(world.chain.provider))

    with pytest.raises(errors.NodeUnreachable):
        desk.keeper(node=node).step(node.head())

    (row,) = desk.rows()
    assert (row.action, row.numbers["error"]) == ("failed", "NodeUnreachable")


class DaysThenStop:
    """Moves the market to the next day while the loop waits, and stops after the last."""

    def __init__(self, world):
        self.world = world
        self.day = 0

    def is_set(self):
        return self.day == len(PRICES)

    def wait(self, timeout=None):
        self.day += 1
        if not self.is_set():
            move(self.world, self.day)


def test_the_loop_follows_the_market_day_by_day(world, desk):
    run(world.node, desk.keeper().step, DaysThenStop(world), pace=Pace(interval=0.0))

    actions = [row.action for row in desk.rows()]
    assert actions == ["hold", "send", "rebalance", "send", "rebalance"]


def test_a_rebalance_on_its_way_is_waited_for_and_then_counted_once(tmp_path):
    with AnvilChain(GENESIS_TIMESTAMP) as chain, Database(tmp_path / "keeper.db") as database:
        world = build(chain)
        desk = Desk(world, database)
        move(world, 1)
        keeper = desk.keeper()
        chain.automine = False

        with pytest.raises(errors.NotMined):
            keeper.step(world.node.head())
        (flying,) = Overview(database, world.record.chain_id).in_flight()
        waiting = keeper.step(world.node.head())
        chain.mine()
        after = keeper.step(world.node.head())

        assert (flying.kind, flying.nonce, flying.attempts) == ("rebalance", 0, 1)
        assert waiting.action is Action.WAIT
        assert "rebalance number 0" in waiting.sentence
        assert after.action is Action.HOLD
        assert after.snapshot.nonce == 1
        *_, settled, held = desk.rows()
        assert [row.action for row in desk.rows()[:3]] == ["send", "failed", "wait"]
        assert (settled.action, held.action) == ("rebalance", "hold")
        (one,) = comparisons([settled])
        assert one.realised.swaps == pytest.approx(one.predicted.swaps, rel=1e-3)
        assert one.realised.gas == pytest.approx(one.predicted.gas, rel=0.1)
