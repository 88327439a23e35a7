"""What is stuck is sent anew with a fresh plan, or cancelled; of two keepers one acts."""

import pytest
from integration.keeper_world import Desk, build, move
from trimtab import errors
from trimtab.chain.many import VaultReader
from trimtab.executor.clock import SystemClock
from trimtab.executor.executor import Patience
from trimtab.keeper.calibration import comparisons
from trimtab.keeper.fleet import Fleet, Ledger, Post, Squad
from trimtab.keeper.leadership import Candidate, Leadership
from trimtab.keeper.market import ChainMarket, FixedNativePrice
from trimtab.keeper.result import Action
from trimtab.keeper.schedule import Pauses
from trimtab.local.accounts import local_accounts
from trimtab.local.anvil import AnvilChain
from trimtab.local.chain import GENESIS_TIMESTAMP
from trimtab.policy.rules import Policy, PolicyKind
from trimtab.store.database import Database
from trimtab.store.overview import Overview

IMPATIENT = Patience(poll=0.01, wait=0.1, stuck=0.0)
NEVER = Policy(kind=PolicyKind.THRESHOLD, trigger=0.9, cost_multiple=0)
"""A policy that wants nothing."""


@pytest.fixture(scope="module")
def built():
    with AnvilChain(GENESIS_TIMESTAMP) as chain:
        yield build(chain)


@pytest.fixture
def desk(built, tmp_path):
    """Keepers on a market that has moved, on a chain that mines only when told."""
    before = built.chain.snapshot()
    with Database(tmp_path / "keeper.db") as database:
        found = Desk(built, database)
        found.patience = IMPATIENT
        move(built, 1)
        built.chain.automine = False
        yield found
    built.chain.automine = True
    built.chain.revert(before)


def get_stuck(desk, keeper):
    with pytest.raises(errors.NotMined):
        keeper.step(desk.world.node.head())


def flying(desk):
    return Overview(desk.database, desk.world.record.chain_id).in_flight()


def attempts(desk):
    (intent,) = desk.executor().unfinished()
    return intent.attempts


def test_what_is_stuck_is_replaced_by_a_fresh_plan_for_an_eighth_more(desk):
    keeper = desk.keeper()
    get_stuck(desk, keeper)
    get_stuck(desk, keeper)
    first, second = attempts(desk)
    desk.world.chain.mine()
    after = keeper.step(desk.world.node.head())

    assert second.max_fee * 8 >= first.max_fee * 9
    assert second.priority_fee * 8 >= first.priority_fee * 9
    assert second.transaction_hash != first.transaction_hash
    assert (after.action, after.snapshot.nonce) == (Action.HOLD, 1)
    assert flying(desk) == []
    assert len(comparisons(desk.rows())) == 1


def test_what_is_stuck_and_no_longer_wanted_is_cancelled(desk):
    keeper = desk.keeper()
    get_stuck(desk, keeper)
    desk.world.chain.automine = True

    result = desk.keeper(policy=NEVER).step(desk.world.node.head())

    assert result.action is Action.CANCEL
    assert "is cancelled" in result.sentence
    assert desk.keeper(live=False).step(desk.world.node.head()).snapshot.nonce == 0
    assert flying(desk) == []


def test_gas_above_the_ceiling_is_waited_out(desk):
    class Ceiling:
        """Gas that is too dear."""

        ceiling = 1

        def fees(self, source):
            raise errors.FeeTooHigh(2, 1)

    market = ChainMarket(desk.world.node, Ceiling(), FixedNativePrice(2_000.0))

    result = desk.keeper(market=market).step(desk.world.node.head())

    assert result.action is Action.WAIT
    assert "above the ceiling" in result.sentence


def test_of_two_keepers_one_leads_until_it_resigns(desk):
    one, other = (Leadership(desk.executor(), Candidate(name, 60.0)) for name in ("one", "other"))

    assert (one.renew(), other.renew(), one.renew()) == (True, False, True)
    one.resign()
    assert other.renew()
    assert not one.renew()


def fleet(desk, name):
    record, account = desk.world.record, local_accounts().keeper
    reader = VaultReader(desk.world.node, record.contract("VaultLens"), account.address)
    leadership = Leadership(desk.executor(), Candidate(name, 60.0))
    posts = [Post(record.vault, lambda _: desk.keeper(executor=leadership.executor))]
    ledger = Ledger(desk.decisions, SystemClock(), record.chain_id)
    squads = [Squad(reader, posts, leadership)]
    return Fleet(squads, ledger, pauses=Pauses(shortest=1.0, longest=600.0)), leadership


def test_a_fleet_without_the_lease_does_nothing_and_takes_over_what_is_left(desk):
    desk.world.chain.automine = True
    (one, leads), (other, _) = fleet(desk, "one"), fleet(desk, "other")
    head = desk.world.node.head()
    leads.renew()

    idle = other.step(head)
    leads.resign()
    busy = other.step(head)

    assert (idle.looked, idle.results) == (0, [])
    assert [result.action for result in busy.results] == [Action.REBALANCE]
    assert one.step(head).looked == 0


def test_a_fleet_looks_after_what_is_on_its_way_before_its_vault_is_due(desk):
    squad, _ = fleet(desk, "one")
    first = squad.step(desk.world.node.head())
    desk.world.chain.mine()
    second = squad.step(desk.world.node.head())

    assert isinstance(first.failures[0][1], errors.NotMined)
    assert [result.action for result in second.results] == [Action.HOLD]
    assert flying(desk) == []
    assert len(comparisons(desk.rows())) == 1
