"""A right to sign lasts while its holder works, and no longer."""

import pytest
from trimtab.errors import LeaseLost
from trimtab.executor.tenure import Claim, Tenure
from trimtab.store.database import Database
from trimtab.store.journal import Account, Journal
from trimtab.store.leases import require
from trimtab.store.schema import leases as table
from unit.executor.desk import FakeClock

ALICE = Account(1, "0x" + "a" * 40)
CLAIM = Claim("one", 60.0)


@pytest.fixture
def database():
    with Database(None) as opened:
        yield opened


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def tenure(database, clock):
    return Tenure(Journal(database).leases, clock)


def ends_at(database, moment=None):
    with database.write() as connection:
        if moment is not None:
            connection.execute(table.update().values(expires_at=moment))
        return connection.execute(table.select()).one().expires_at


def test_a_right_is_renewed_after_a_quarter_of_its_time(tenure, database, clock):
    assert tenure.take(ALICE, CLAIM)
    taken = ends_at(database)
    clock.sleep(14)
    assert tenure.keep()
    assert ends_at(database) == taken

    clock.sleep(1)
    assert tenure.keep()

    assert ends_at(database) > taken


def test_a_clock_that_is_set_back_does_not_keep_it_from_being_renewed(tenure, database, clock):
    tenure.take(ALICE, CLAIM)
    taken = ends_at(database)
    clock.sleep(-3600)

    assert tenure.keep()

    assert ends_at(database) > taken


def test_a_right_that_has_ended_is_not_renewed_but_taken_anew(tenure, database, clock):
    tenure.take(ALICE, CLAIM)
    first = tenure.lease
    ends_at(database, 1.0)
    clock.sleep(30)

    assert not tenure.keep()
    assert tenure.take(ALICE, CLAIM)

    assert tenure.lease.token > first.token


def test_nothing_is_signed_after_the_right_has_ended_and_been_noticed(tenure, database, clock):
    tenure.take(ALICE, CLAIM)
    ends_at(database, 1.0)
    clock.sleep(30)

    with pytest.raises(LeaseLost), tenure.signing():
        pytest.fail("signed")


def test_a_right_that_the_journal_says_is_lost_is_not_relied_on_again(tenure, database):
    tenure.take(ALICE, CLAIM)
    ends_at(database, 1.0)

    with pytest.raises(LeaseLost), tenure.signing() as lease, database.write() as connection:
        require(connection, ALICE, lease)

    assert tenure.lease is None
    assert tenure.take(ALICE, CLAIM)


def test_without_a_right_one_signs_under_none(tenure):
    with tenure.signing() as lease:
        assert lease is None
    assert not tenure.keep()
