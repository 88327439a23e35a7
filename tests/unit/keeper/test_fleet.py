"""Of many vaults each is looked at in its time, and the trouble of one is no other's."""

from dataclasses import replace

import pytest
from property.strategies import dollar_snapshot
from trimtab.chain.answers import Block
from trimtab.chain.lens import Unreadable
from trimtab.domain.snapshot import Blocker, Reason, VaultSummary
from trimtab.domain.units import WAD
from trimtab.errors import BadInput, NodeUnreachable, StoreError
from trimtab.keeper.fleet import BOUNDS_SECONDS, Fleet, Ledger, Post, Squad
from trimtab.keeper.result import Action, StepResult
from trimtab.keeper.schedule import Pauses
from trimtab.store.database import Database
from trimtab.store.decisions import Decisions
from unit.chain.lens_answers import address
from unit.keeper.fake_clock import FakeClock

PAUSES = Pauses(shortest=12.0, longest=600.0)
VIEW = replace(dollar_snapshot([50, 50], [0.5, 0.5]), is_keeper=True)
CALM = VaultSummary("", 10**20, 10**20, 0, Reason.NONE, Blocker.NOT_DUE, 0, 4)
DUE = replace(CALM, reason=Reason.THRESHOLD, blocker=Blocker.NONE, total_drift=WAD // 10)
START = 1_800_000_000


class FakeReader:
    """Answers from a table; what is not in it is calm."""

    def __init__(self):
        self.table = {}
        self.looked, self.read = [], []

    def summaries(self, vaults, block):
        self.looked.append(list(vaults))
        return [self._answer(vault) for vault in vaults]

    def snapshots(self, vaults, block):
        self.read.append(list(vaults))
        bad = {v for v in vaults if isinstance(self.table.get(v), Unreadable)}
        return [self.table[v] if v in bad else replace(VIEW, vault=v) for v in vaults]

    def _answer(self, vault):
        found = self.table.get(vault, CALM)
        return found if isinstance(found, Unreadable) else replace(found, vault=vault)


class FakeKeeper:
    """Does what it is told; an exception is raised."""

    def __init__(self, yard, vault):
        self.yard, self.vault = yard, vault

    def step(self, head):
        self.yard.stepped.append(self.vault)
        outcome = self.yard.outcomes.get(self.vault, Action.REBALANCE)
        if isinstance(outcome, Exception):
            raise outcome
        return StepResult(replace(VIEW, vault=self.vault), None, outcome, "because")


class Yard:
    """A fleet of made-up vaults."""

    def __init__(self, database, count=3):
        self.reader, self.stepped, self.outcomes, self.misfits = FakeReader(), [], {}, set()
        self.vaults = [address(n) for n in range(1, count + 1)]
        posts = [Post(vault, self.build) for vault in self.vaults]
        self.decisions = Decisions(database)
        ledger = Ledger(self.decisions, FakeClock(), 31337)
        self.fleet = Fleet([Squad(self.reader, posts)], ledger, pauses=PAUSES, seed="test")
        self.now = START

    def build(self, snapshot):
        if snapshot.vault in self.misfits:
            raise BadInput("no keeper role")
        return FakeKeeper(self, snapshot.vault)

    def step(self, after=0):
        self.now += after
        return self.fleet.step(Block(1, "0x1", "0x0", self.now, 30_000_000, 7))

    def rows(self, vault):
        return self.decisions.latest(31337, vault)


@pytest.fixture
def yard():
    with Database(None) as database:
        yield Yard(database)


def test_calm_vaults_are_left_alone_until_their_time(yard):
    first, at_once, later = yard.step(), yard.step(after=12), yard.step(after=660)

    assert (first.looked, at_once.looked, later.looked) == (3, 0, 3)
    assert yard.stepped == []


def test_vaults_that_were_looked_at_together_drift_apart(yard):
    yard.step()

    assert len({post.next_look for post in yard.fleet.posts()}) == 3


def test_only_what_is_due_is_looked_at_closely(yard):
    yard.reader.table[yard.vaults[1]] = DUE

    turn = yard.step()

    assert yard.stepped == [yard.vaults[1]]
    assert [result.action for result in turn.results] == [Action.REBALANCE]
    assert len(turn.summaries) == 3


def test_a_breach_that_must_be_recorded_first_is_a_keepers_business(yard):
    yard.reader.table[yard.vaults[0]] = replace(CALM, blocker=Blocker.NOT_POKED)

    yard.step()

    assert yard.stepped == [yard.vaults[0]]


@pytest.mark.parametrize("blocker", [Blocker.PAUSED, Blocker.ORACLE, Blocker.LOSS_BUCKET])
def test_what_is_held_up_costs_no_closer_look(yard, blocker):
    yard.reader.table[yard.vaults[0]] = replace(DUE, blocker=blocker)

    yard.step()

    assert yard.stepped == []
    (row,) = yard.rows(yard.vaults[0])
    assert row.reason.startswith("held up: ")


def test_what_is_held_up_for_long_is_looked_at_less_and_less(yard):
    yard.reader.table[yard.vaults[0]] = replace(DUE, blocker=Blocker.PAUSED)
    waits = []
    for _ in range(8):
        yard.step()
        (post, *_) = yard.fleet.posts()
        waits.append(post.next_look - yard.now)
        yard.now = int(post.next_look) + 1

    assert waits[0] < 20
    assert 500 < waits[-1] <= 660


@pytest.mark.parametrize("error", [NodeUnreachable("n", "away"), BadInput("no")], ids=str)
def test_a_step_that_fails_leaves_the_others_alone(yard, error):
    yard.outcomes[yard.vaults[0]] = error
    yard.reader.table |= dict.fromkeys(yard.vaults, DUE)

    turn = yard.step()

    assert [result.snapshot.vault for result in turn.results] == yard.vaults[1:]
    assert turn.failures == [(yard.vaults[0], error)]


def test_a_vault_that_cannot_be_read_leaves_the_others_alone_and_is_tried_again(yard):
    bad = yard.vaults[0]
    yard.reader.table[bad] = Unreadable(bad, "it lies")
    first = yard.step()
    del yard.reader.table[bad]

    again = yard.step(after=60)

    assert [vault for vault, _ in first.failures] == [bad]
    assert [summary.vault for summary in first.summaries] == yard.vaults[1:]
    assert [summary.vault for summary in again.summaries] == [bad]


def test_a_vault_that_the_settings_do_not_fit_is_named_and_the_others_go_on(yard):
    yard.misfits.add(yard.vaults[2])

    turn = yard.step()

    assert [(vault, str(error)) for vault, error in turn.failures] == [
        (yard.vaults[2], "no keeper role")
    ]
    assert len(turn.summaries) == 2


def test_a_broken_store_stops_everything(yard):
    yard.outcomes[yard.vaults[0]] = StoreError("disk full")
    yard.reader.table[yard.vaults[0]] = DUE

    with pytest.raises(StoreError):
        yard.step()


def test_bounds_are_read_again_from_time_to_time(yard):
    yard.step()
    yard.step(after=700)
    assert len(yard.reader.read) == 1

    yard.step(after=BOUNDS_SECONDS)

    assert len(yard.reader.read) == 2


def test_that_nothing_is_due_is_written_down_once_an_hour_and_when_it_changes(yard):
    vault = yard.vaults[0]
    for _ in range(6):
        yard.step(after=700)
    assert len(yard.rows(vault)) == 1
    yard.step(after=700)
    assert len(yard.rows(vault)) == 2

    yard.reader.table[vault] = replace(CALM, blocker=Blocker.PAUSED)
    yard.step(after=700)

    newest = yard.rows(vault)[0]
    assert newest.reason == "held up: paused"
    assert newest.numbers["next_check"] > yard.now
