"""One holder at a time signs for an account, and none after its lease has ended."""

import pytest
from trimtab.errors import LeaseLost
from trimtab.store.database import Database
from trimtab.store.journal import Account, Draft, Journal, Subject, Writer
from trimtab.store.leases import Leases
from trimtab.store.schema import leases as table

ALICE = Account(1, "0x" + "a" * 40)
BOB = Account(1, "0x" + "b" * 40)


@pytest.fixture
def database():
    with Database(None) as opened:
        yield opened


@pytest.fixture
def leases(database):
    return Leases(database)


def end_leases(database):
    with database.write() as connection:
        connection.execute(table.update().values(expires_at=1.0))


def sign(database, account, lease=None, *, mark=""):
    def draft(nonce):
        name = f"0x{mark}{nonce}"
        return Draft(Subject("spend"), None, b"", 0, 21_000, 1, 1, name, b"")

    writer = Writer(account, lease)
    return Journal(database).write_down(writer, counted=0, draft_for=draft, now=1.0)


def test_a_lease_has_one_holder(leases):
    assert leases.acquire(ALICE, "one", seconds=60) is not None

    assert leases.acquire(ALICE, "two", seconds=60) is None
    assert leases.holder(ALICE) == "one"


def test_accounts_have_leases_of_their_own(leases):
    leases.acquire(ALICE, "one", seconds=60)

    assert leases.acquire(BOB, "two", seconds=60) is not None


def test_a_renewal_keeps_the_token(leases):
    first = leases.acquire(ALICE, "one", seconds=60)

    assert leases.acquire(ALICE, "one", seconds=60) == first


def test_each_change_of_hands_gives_a_higher_token(leases, database):
    tokens = []
    for holder in ("one", "two", "two"):
        tokens.append(leases.acquire(ALICE, holder, seconds=60).token)
        end_leases(database)

    assert tokens == sorted(set(tokens))


def test_a_lease_that_is_given_back_can_be_taken_at_once(leases):
    leases.release(leases.acquire(ALICE, "one", seconds=60))

    assert leases.holder(ALICE) is None
    assert leases.acquire(ALICE, "two", seconds=60) is not None


def test_a_lost_lease_is_not_given_back(leases, database):
    lost = leases.acquire(ALICE, "one", seconds=60)
    end_leases(database)
    leases.acquire(ALICE, "two", seconds=60)

    leases.release(lost)

    assert leases.holder(ALICE) == "two"


def test_the_holder_signs(leases, database):
    lease = leases.acquire(ALICE, "one", seconds=60)

    assert sign(database, ALICE, lease).nonce == 0


def test_a_leader_that_wakes_after_its_lease_ended_signs_nothing(leases, database):
    lease = leases.acquire(ALICE, "one", seconds=60)
    end_leases(database)

    with pytest.raises(LeaseLost, match="has ended"):
        sign(database, ALICE, lease)

    assert Journal(database).unfinished(ALICE) == []


def test_a_leader_that_was_replaced_signs_nothing(leases, database):
    lost = leases.acquire(ALICE, "one", seconds=60)
    end_leases(database)
    leases.acquire(ALICE, "two", seconds=60)

    with pytest.raises(LeaseLost, match="held by two"):
        sign(database, ALICE, lost)


def test_a_leader_that_got_its_lease_again_does_not_use_the_lost_one(leases, database):
    lost = leases.acquire(ALICE, "one", seconds=60)
    end_leases(database)
    leases.acquire(ALICE, "one", seconds=60)

    with pytest.raises(LeaseLost):
        sign(database, ALICE, lost)


def test_without_a_lease_one_signs_only_where_nobody_holds_one(leases, database):
    sign(database, BOB)
    leases.acquire(ALICE, "one", seconds=60)

    with pytest.raises(LeaseLost, match="held by one"):
        sign(database, ALICE, mark="x")


def test_a_renewal_outlasts_the_first_end(leases, database):
    lease = leases.acquire(ALICE, "one", seconds=60)
    with database.read() as connection:
        before = connection.execute(table.select()).one().expires_at

    assert leases.renew(lease, seconds=120)

    with database.read() as connection:
        assert connection.execute(table.select()).one().expires_at > before + 50


def test_what_has_ended_or_was_taken_over_is_not_renewed(leases, database):
    lost = leases.acquire(ALICE, "one", seconds=60)
    end_leases(database)
    assert not leases.renew(lost, seconds=60)

    leases.acquire(ALICE, "two", seconds=60)

    assert not leases.renew(lost, seconds=60)
    assert leases.holder(ALICE) == "two"


def test_who_proves_that_the_holder_died_takes_over_with_a_higher_token(leases, database):
    dead = leases.acquire(ALICE, "host 1 aa seat", seconds=60, seat="seat")
    assert leases.acquire(ALICE, "host 2 bb", seconds=60) is None
    assert leases.acquire(ALICE, "host 2 bb other", seconds=60, seat="other") is None

    heir = leases.acquire(ALICE, "host 2 bb seat", seconds=60, seat="seat")

    assert heir.token == dead.token + 1
    with pytest.raises(LeaseLost, match="held by host 2"):
        sign(database, ALICE, dead)


def test_the_end_of_a_name_is_a_seat_only_as_a_word_of_its_own(leases):
    leases.acquire(ALICE, "host 1 aaseat", seconds=60)

    assert leases.acquire(ALICE, "host 2 bb seat", seconds=60, seat="seat") is None
