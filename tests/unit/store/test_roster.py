"""Keepers that share accounts count each other, and take what nobody holds, each once."""

import pytest
from trimtab.store.database import Database
from trimtab.store.leases import Leases
from trimtab.store.records import Account
from trimtab.store.roster import Ask, Roster
from trimtab.store.schema import leases as lease_table
from trimtab.store.schema import members

ACCOUNTS = tuple(Account(1, "0x" + letter * 40) for letter in "abcd")


@pytest.fixture
def database():
    with Database(None) as opened:
        yield opened


@pytest.fixture
def roster(database):
    return Roster(database, 1)


def end(database, table, **values):
    with database.write() as connection:
        connection.execute(table.update().values(expires_at=1.0, **values))


def test_whoever_reports_is_counted_until_it_is_not_heard_of_any_more(roster, database):
    assert roster.report("one", seconds=60) == 1
    assert roster.report("two", seconds=60) == 2
    assert roster.report("one", seconds=60) == 2

    end(database, members)

    assert roster.report("two", seconds=60) == 1


def test_whoever_leaves_counts_no_more(roster):
    roster.report("one", seconds=60)
    roster.report("two", seconds=60)

    roster.leave("one")

    assert roster.report("two", seconds=60) == 1


def test_keepers_of_other_chains_are_not_counted(roster, database):
    Roster(database, 2).report("far", seconds=60)

    assert roster.report("one", seconds=60) == 1


def test_a_process_in_the_seat_of_a_dead_one_takes_its_place(roster):
    roster.report("host 1 aa seat", seconds=60, seat="seat")

    assert roster.report("host 2 bb seat", seconds=60, seat="seat") == 1


def test_as_many_are_claimed_as_are_wanted_and_none_twice(roster):
    first = roster.claim(ACCOUNTS, Ask("one", 60, 3))
    second = roster.claim(ACCOUNTS, Ask("two", 60, 3))

    assert [len(first), len(second)] == [3, 1]
    taken = {lease.account for lease in (*first, *second)}
    assert taken == set(ACCOUNTS)


def test_a_claim_is_a_lease_with_a_higher_token(roster, database):
    (first,) = roster.claim(ACCOUNTS[:1], Ask("one", 60, 1))
    leases = Leases(database)
    assert leases.holder(ACCOUNTS[0]) == "one"
    assert leases.renew(first, seconds=60)
    end(database, lease_table)

    (second,) = roster.claim(ACCOUNTS[:1], Ask("two", 60, 1))

    assert second.token > first.token
    assert not leases.renew(first, seconds=60)


def test_what_a_dead_process_of_the_same_seat_holds_is_free(roster):
    roster.claim(ACCOUNTS, Ask("host 1 aa seat", 60, 4, "seat"))
    assert roster.claim(ACCOUNTS, Ask("host 2 bb other", 60, 4, "other")) == ()

    assert len(roster.claim(ACCOUNTS, Ask("host 2 bb seat", 60, 4, "seat"))) == 4


def test_accounts_that_were_not_asked_for_are_left_alone(roster, database):
    Leases(database).release(Leases(database).acquire(ACCOUNTS[3], "old", seconds=60))

    roster.claim(ACCOUNTS[:2], Ask("one", 60, 4))

    assert Leases(database).holder(ACCOUNTS[3]) is None
