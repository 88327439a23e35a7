"""The vault's judgement in Python is the vault's, to the last unit."""

from dataclasses import astuple

import pytest
from integration.keeper_world import Desk, build, move
from trimtab.chain.contracts import interface
from trimtab.chain.lens import read_routes, read_snapshot
from trimtab.domain.legs import Leg
from trimtab.domain.units import PRICE_SCALE, WAD
from trimtab.domain.verdict import Fill, Refusal, judge
from trimtab.errors import RejectedByVault
from trimtab.executor.executor import simulate
from trimtab.executor.intents import Intent
from trimtab.keeper.result import Action
from trimtab.local.accounts import local_accounts
from trimtab.local.chain import GENESIS_TIMESTAMP
from trimtab.local.ethtester import EthTesterChain
from trimtab.policy.rules import Destination, Policy
from trimtab.store.database import Database
from trimtab.store.journal import Subject


@pytest.fixture(scope="module")
def built():
    with EthTesterChain(GENESIS_TIMESTAMP) as chain:
        yield build(chain)


@pytest.fixture
def world(built):
    before = built.chain.snapshot()
    yield built
    built.chain.revert(before)


@pytest.fixture
def desk(world, tmp_path):
    with Database(tmp_path / "keeper.db") as database:
        yield Desk(world, database)


def look(world):
    record = world.record
    where = {"vault": record.vault, "block": world.node.head()}
    lens = record.contract("VaultLens")
    caller = local_accounts().keeper.address
    return (
        read_snapshot(world.node, lens, caller=caller, **where),
        read_routes(world.node, lens, **where),
    )


POLICIES = [
    Policy(cost_multiple=0),
    Policy(cost_multiple=0, destination=Destination.BAND_EDGE),
    Policy(cost_multiple=0, trigger=0.02, destinations=(0.01, 0.015, 0.005)),
]


@pytest.mark.parametrize("day", [1, 2])
@pytest.mark.parametrize("policy", POLICIES, ids=["target", "edge", "inside"])
def test_a_settled_rebalance_is_what_was_judged_of_what_it_received(world, desk, day, policy):
    move(world, day)
    result = desk.keeper(policy=policy).step(world.node.head())
    assert result.action is Action.REBALANCE
    done, whole = result.realised, result.realised.whole

    outcome = judge(
        result.snapshot,
        [
            Fill(planned.leg, planned.token_in, planned.token_out, settled.amount_out)
            for planned, settled in zip(result.plan.legs, done.legs, strict=True)
        ],
    )

    assert [leg.value_in for leg in done.legs] == [leg.value_in for leg in result.plan.legs]
    assert (outcome.nav_before, outcome.nav_after) == (whole.nav_before, whole.nav_after)
    assert (outcome.drift_before, outcome.drift_after) == (
        whole.drift_before,
        whole.drift_after,
    )
    assert (outcome.loss, outcome.turnover) == (whole.loss, whole.turnover)
    assert outcome.amounts == tuple(holding.recorded for holding in look(world)[0].holdings)


def refusal(world, snapshot, leg):
    """What the chain says of one leg; None if it would run."""
    legs = [astuple(leg)]
    deadline = snapshot.timestamp + 300
    data = interface("IVault").encode("rebalance", legs, snapshot.nonce, deadline)
    intent = Intent(Subject("rebalance", snapshot.vault, snapshot.nonce), snapshot.vault, data)
    try:
        simulate(world.node, intent, sender=snapshot.caller, tokens={})
    except RejectedByVault as rejection:
        return rejection.name, list(rejection.args_by_name.values())
    return None


def numbers(snapshot, refused):
    """The arguments the vault gives with an error, from the refusal."""
    if refused.error == "PastTarget":
        token = snapshot.holdings[refused.asset].token
        return [refused.leg, token, refused.value, refused.limit]
    return [refused.leg, refused.value, refused.limit]


@pytest.mark.parametrize("share", [0, 1, WAD // 10_000 - 1, WAD // 50, WAD // 4, WAD])
def test_a_leg_that_may_not_run_is_refused_with_the_same_numbers(world, share):
    move(world, 1)
    snapshot, routes = look(world)
    seen = set()

    for number, route in enumerate(routes):
        price = snapshot.holdings[route.token_in].price
        leg = Leg(number, snapshot.nav * share // WAD * PRICE_SCALE // price, 0)
        verdict = judge(snapshot, [Fill(leg, route.token_in, route.token_out, 10**40)])
        if isinstance(verdict, Refusal) and verdict.error != "TooLittleProgress":
            seen.add(verdict.error)
            assert refusal(world, snapshot, leg) == (verdict.error, numbers(snapshot, verdict))

    assert seen <= {"LegTooSmall", "PastTarget"}
    assert seen


def test_the_minimum_is_the_oracle_floor_or_the_callers_own(world):
    move(world, 1)
    snapshot, routes = look(world)
    number, route = next(
        (n, r) for n, r in enumerate(routes) if snapshot.holdings[r.token_in].symbol == "BTC"
    )
    amount = snapshot.holdings[route.token_in].recorded // 50
    demanding = Leg(number, amount, 10**40)

    ours = judge(snapshot, [Fill(demanding, route.token_in, route.token_out, 1)])
    name, (leg, _, minimum) = refusal(world, snapshot, demanding)

    assert (name, leg, minimum) == (ours.error, ours.leg, ours.limit)
