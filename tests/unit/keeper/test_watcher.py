"""What a keeper meets becomes figures, health and alerts, each at its time."""

from dataclasses import replace

import pytest
from property.strategies import dollar_snapshot
from trimtab.chain.answers import Block
from trimtab.chain.pool_endpoint import EndpointHealth, EndpointState
from trimtab.domain.snapshot import Blocker, Reason, VaultSummary
from trimtab.domain.units import WAD
from trimtab.errors import CallReverted, FeeTooHigh, NodeUnreachable
from trimtab.keeper.alerts import AlertDesk, Habits
from trimtab.keeper.calibration import Calibration
from trimtab.keeper.health import Health, Limits
from trimtab.keeper.realised import CostSplit, Realised
from trimtab.keeper.result import Action, StepResult
from trimtab.keeper.watcher import Outlets, Patience, Watcher
from trimtab.policy.decision import Hold, HoldReason
from trimtab.store.overview import InFlight
from trimtab.telemetry.metrics import Metrics
from unit.keeper.fake_clock import FakeClock

DUE = replace(dollar_snapshot([60, 40], [0.5, 0.5]), reason=Reason.THRESHOLD)
CALM = replace(DUE, reason=Reason.NONE)
VAULT = DUE.vault
AWAY = NodeUnreachable("http://node", "away")
ADDRESS = "0x" + "11" * 20


class Post:
    """A watcher, its clock, and everything that it told."""

    def __init__(self):
        self.clock, self.metrics, self.sent = FakeClock(), Metrics(), []
        self.health = Health(self.clock, Limits(head_age=60.0))
        desk = AlertDesk(lambda *m: self.sent.append(m), self.clock, Habits(per_hour=1000))
        outlets = Outlets(self.health, self.metrics, desk)
        self.watcher = Watcher(outlets, self.clock, Patience(3600.0, 600.0, 900.0, 300.0))

    def figure(self, name, **labels):
        return self.metrics.registry.get_sample_value(f"trimtab_{name}", labels)

    def titles(self):
        return [title for title, _ in self.sent]

    def saw(self):
        now = int(self.clock.now())
        self.watcher.saw(Block(7, "0x1", "0x0", now, 30_000_000, 7))


@pytest.fixture
def post():
    return Post()


def held(reason, snapshot=DUE):
    return StepResult(snapshot, Hold(reason, "because"), Action.HOLD, "because")


def model(swaps):
    predicted, found = CostSplit(10.0, 0.0, 1.0), CostSplit(swaps, 0.0, 1.0)
    return Calibration(5, predicted, found, 1000.0, 0.0)


def test_a_decision_is_counted_and_the_vault_is_shown(post):
    post.watcher.decided(held(HoldReason.NOT_DUE, CALM))

    assert post.figure("decisions_total", action="hold") == 1
    assert post.figure("vault_nav", vault=VAULT) == 100
    assert post.figure("vault_drift", vault=VAULT) == pytest.approx(0.1)
    assert post.sent == []


def test_a_due_rebalance_that_is_held_up_for_long_is_told(post):
    for _ in range(3):
        post.watcher.decided(held(HoldReason.PAUSED))
        post.clock.sleep(1800)
    assert post.figure("vault_blocked_seconds", vault=VAULT) == 3600
    assert post.titles() == [f"a due rebalance of {VAULT} is held up"]

    post.watcher.decided(held(HoldReason.NOT_DUE, CALM))

    assert post.figure("vault_blocked_seconds", vault=VAULT) == 0
    assert post.titles()[1].startswith("over: ")


@pytest.mark.parametrize("reason", [HoldReason.WITHIN_TRIGGERS, HoldReason.COST_ABOVE_BENEFIT])
def test_what_the_policy_chose_is_not_held_up(post, reason):
    post.watcher.decided(held(reason))
    post.clock.sleep(10**6)
    post.watcher.decided(held(reason))

    assert post.sent == []


def test_a_plan_that_the_vault_rejects_again_and_again_is_held_up(post):
    rejected = StepResult(DUE, None, Action.REJECTED, "FloorBroken: too little")
    post.watcher.decided(rejected)
    post.clock.sleep(3600)
    post.watcher.decided(rejected)

    assert post.titles() == [f"a due rebalance of {VAULT} is held up"]


def test_a_price_that_cannot_be_used_is_told_after_its_time(post):
    post.watcher.decided(held(HoldReason.PRICE, CALM))
    post.clock.sleep(600)
    post.watcher.decided(held(HoldReason.PRICE, CALM))

    assert post.titles() == [f"a price of {VAULT} cannot be used"]


@pytest.mark.parametrize("error", [AWAY, CallReverted("Unexplained", {}, "no reason")])
def test_looks_that_fail_for_long_while_blocks_come_are_told(post, error):
    post.saw()
    post.watcher.failed(error, 1)
    post.watcher.turned()
    post.clock.sleep(300)
    assert post.titles() == []
    post.saw()
    post.watcher.failed(error, 2)
    assert post.sent[0][0] == "blocks come, and looks at them fail"
    assert str(error) in post.sent[0][1]

    post.watcher.timed(0.1)

    assert post.titles()[1].startswith("over: ")


def test_nodes_that_fail_for_long_are_told_and_so_is_their_return(post):
    post.watcher.failed(AWAY, 1)
    post.clock.sleep(300)
    post.watcher.failed(AWAY, 2)
    assert post.titles() == ["no node answers"]
    assert post.figure("failures_total", error="NodeUnreachable") == 2
    assert post.figure("failures_in_a_row") == 2

    post.saw()
    post.watcher.timed(0.1)

    assert post.titles()[1:] == ["over: no node answers"]
    assert post.figure("failures_in_a_row") == 0


def test_gas_that_is_too_dear_is_no_fault_of_a_node(post):
    for _ in range(3):
        post.watcher.failed(FeeTooHigh(2, 1), 1)
        post.clock.sleep(1000)

    assert post.sent == []


def test_an_account_that_runs_out_of_gas_is_told_at_once(post):
    post.watcher.has_gas(ADDRESS, 5 * 10**15, 10**16)

    assert post.titles() == [f"{ADDRESS} runs out of gas"]
    assert post.figure("gas_balance_native", address=ADDRESS) == pytest.approx(0.005)


def test_a_transaction_that_is_stuck_is_told_with_its_hash(post):
    since = post.clock.now() - 901
    post.watcher.in_flight([InFlight("rebalance", VAULT, ADDRESS, 4, "sent", "0xabc", 2, since)])

    assert post.sent[0][0] == "a transaction is stuck"
    assert "rebalance nonce 4, 0xabc" in post.sent[0][1]
    assert post.figure("in_flight_age_seconds") == 901

    post.watcher.in_flight([])

    assert post.figure("in_flight") == 0


def test_a_model_that_is_off_is_told(post):
    post.watcher.judged(VAULT, model(10.0))
    assert post.sent == []

    post.watcher.judged(VAULT, model(20.0))

    assert post.titles() == [f"the cost model of {VAULT} is off"]
    assert post.figure("model_faults", vault=VAULT) == 1


def test_a_rebalance_is_told_with_what_it_cost(post):
    cost = CostSplit(2.0, 1.0, 0.5)
    done = StepResult(
        DUE,
        None,
        Action.REBALANCE,
        "T0 is 10 % from its target",
        predicted=CostSplit(2.0, 0.5, 0.5),
        realised=Realised((), None, cost),
    )

    post.watcher.decided(done)

    assert post.sent == [
        (
            f"{VAULT} was rebalanced",
            "T0 is 10 % from its target; it cost 3.50 (swaps 3.00, gas 0.50), 0.00 traded",
        )
    ]
    assert post.figure("rebalance_cost", part="impact", kind="realised") == 1
    assert post.figure("rebalance_cost", part="impact", kind="predicted") == 0.5


def test_readiness_is_a_figure_too(post):
    post.saw()
    post.watcher.turned()
    assert post.figure("ready", condition="head") == 1

    post.clock.sleep(61)
    post.watcher.turned()

    assert post.figure("ready", condition="head") == 0


def test_the_end_of_a_keeper_is_told(post):
    post.watcher.gave_up(AWAY)

    assert post.titles() == ["the keeper stopped"]


def afar(blocker=Blocker.NOT_DUE, reason=Reason.NONE):
    return VaultSummary(VAULT, 10**20, 10**20, WAD // 50, reason, blocker, 0, 1)


def test_a_vault_of_a_fleet_is_shown_without_a_closer_look(post):
    post.watcher.summarised(afar())

    assert post.figure("vault_drift", vault=VAULT) == 0.02
    assert post.figure("decisions_total", action="hold") == 1


def test_a_vault_of_a_fleet_is_told_of_like_any_other(post):
    for blocker in (Blocker.ORACLE, Blocker.ORACLE, Blocker.NOT_DUE):
        post.watcher.summarised(afar(blocker))
        post.clock.sleep(3600)

    assert post.titles() == [
        f"a price of {VAULT} cannot be used",
        f"a due rebalance of {VAULT} is held up",
        f"over: a price of {VAULT} cannot be used",
        f"over: a due rebalance of {VAULT} is held up",
    ]


def test_a_vault_whose_steps_fail_for_long_is_told(post):
    post.watcher.one_failed(VAULT, AWAY)
    post.clock.sleep(3600)
    post.watcher.one_failed(VAULT, AWAY)

    assert post.titles() == [f"a due rebalance of {VAULT} is held up"]


def node(state):
    return EndpointHealth("http://node", state, 1, None, 0, 9, None, 0.0, 0, 10, 0, None)


def test_one_node_of_several_that_fails_for_long_is_told(post):
    down = next(state for state in EndpointState if state is not EndpointState.GOOD)
    post.watcher.endpoints([node(down)])
    post.clock.sleep(300)
    post.watcher.endpoints([node(down)])
    assert post.titles() == ["the node http://node does not serve"]

    post.watcher.endpoints([node(EndpointState.GOOD)])

    assert post.titles()[1:] == ["over: the node http://node does not serve"]
