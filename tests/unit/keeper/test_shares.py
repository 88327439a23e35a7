"""Processes of a fleet share its accounts evenly, each led by one, whoever comes or dies."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trimtab.errors import NodeUnreachable
from trimtab.keeper.leadership import Candidate
from trimtab.keeper.shares import Shares
from trimtab.store.database import Database
from trimtab.store.leases import Leases
from trimtab.store.records import Account
from trimtab.store.roster import Roster
from trimtab.store.schema import leases, members
from unit.keeper.fake_clock import FakeClock

ACCOUNTS = tuple(Account(1, "0x" + letter * 40) for letter in "abcde")


class FakeExecutor:
    """Knows its account, and what of it is on its way."""

    def __init__(self, account):
        self.account, self.flying = account, None

    def in_flight(self):
        if isinstance(self.flying, Exception):
            raise self.flying
        return self.flying


class FakeLeadership:
    """A lease in a real database, without the transactions that are signed under it."""

    def __init__(self, database, account):
        self.executor, self._leases = FakeExecutor(account), Leases(database)
        self.lease = None

    def keep(self):
        if self.lease and not self._leases.renew(self.lease, seconds=60):
            self.lease = None
        return self.lease is not None

    def adopt(self, lease, _claim):
        self.lease = lease

    def resign(self):
        self._leases.release(self.lease)
        self.lease = None


class Process:
    """One process of a fleet."""

    def __init__(self, database, name):
        self.clock = FakeClock()
        self.leaderships = [FakeLeadership(database, account) for account in ACCOUNTS]
        candidate = Candidate(name, 60.0)
        self.shares = Shares(Roster(database, 1), self.clock, candidate, self.leaderships)

    def settle(self):
        self.clock.sleep(20)
        self.shares.settle()

    def leads(self):
        return [one.executor.account for one in self.leaderships if one.keep()]


@pytest.fixture
def database():
    with Database(None) as opened:
        yield opened


def settled(*processes):
    for _ in range(3):
        for process in processes:
            process.settle()
    return [len(process.leads()) for process in processes]


def is_partition(processes):
    led = [account for process in processes for account in process.leads()]
    return sorted(led, key=str) == sorted(ACCOUNTS, key=str)


def test_one_process_leads_all(database):
    assert settled(Process(database, "one")) == [5]


def test_one_that_comes_later_is_given_its_share(database):
    one, two = Process(database, "one"), Process(database, "two")
    settled(one)

    assert settled(one, two) == [3, 2]
    assert is_partition([one, two])


def test_what_a_dead_one_led_is_taken_once_its_leases_have_ended(database):
    one, two = Process(database, "one"), Process(database, "two")
    settled(one, two)
    assert settled(two) == [2]

    dead = leases.c.holder == "one"
    with database.write() as connection:
        connection.execute(leases.update().where(dead).values(expires_at=1.0))
        connection.execute(members.update().where(members.c.holder == "one").values(expires_at=1.0))

    assert settled(two) == [5]


def test_what_one_leaves_is_taken_at_once(database):
    one, two = Process(database, "one"), Process(database, "two")
    settled(one, two)
    for leadership in one.leaderships:
        if leadership.lease:
            leadership.resign()
    one.shares.leave()

    two.settle()

    assert len(two.leads()) == 5


@pytest.mark.parametrize("flying", ["something", NodeUnreachable("node", "away")])
def test_an_account_with_something_on_its_way_is_not_given_up(database, flying):
    one, two = Process(database, "one"), Process(database, "two")
    settled(one)
    for leadership in one.leaderships:
        leadership.executor.flying = flying

    assert settled(one, two) == [5, 0]

    for leadership in one.leaderships:
        leadership.executor.flying = None
    assert settled(one, two) == [3, 2]


@given(st.lists(st.integers(0, 3), min_size=4, max_size=12))
def test_in_any_order_no_account_has_two_leaders_and_in_the_end_each_has_one(turns):
    with Database(None) as database:
        processes = [Process(database, name) for name in ("one", "two", "three", "four")]
        for turn in turns:
            processes[turn].settle()
            led = [account for process in processes for account in process.leads()]
            assert len(led) == len(set(led))

        counts = settled(*processes, *processes)

        assert is_partition(processes)
        assert max(counts) <= 2
