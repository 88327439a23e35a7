"""Processes that come at once share accounts: each is led by one, and none waits for another."""

import multiprocessing

import psycopg
import pytest
from trimtab.store.database import Database
from trimtab.store.journal import Account
from trimtab.store.leases import Leases
from trimtab.store.roster import Ask, Roster

SPAWN = multiprocessing.get_context("spawn")
ACCOUNTS = tuple(Account(31337, f"0x{number:040x}") for number in range(40))


def claim_one_by_one(place, name, barrier, results):
    """A keeper that takes an account at a time until none is left."""
    with Database(place) as database:
        roster, taken = Roster(database, 31337), []
        barrier.wait()
        while found := roster.claim(ACCOUNTS, Ask(name, 600.0, 1)):
            taken += [lease.account.signer for lease in found]
        results.put((name, taken))


def test_two_processes_that_claim_at_once_take_each_account_once(place):
    Database(place).close()
    results, barrier = SPAWN.Queue(), SPAWN.Barrier(2)
    processes = [
        SPAWN.Process(target=claim_one_by_one, args=(place, name, barrier, results))
        for name in ("one", "two")
    ]
    for process in processes:
        process.start()
    taken = dict(results.get(timeout=60) for _ in processes)
    for process in processes:
        process.join()

    assert sorted(taken["one"] + taken["two"]) == sorted(one.signer for one in ACCOUNTS)
    with Database(place) as database:
        leases = Leases(database)
        for name, signers in taken.items():
            assert {leases.holder(Account(31337, signer)) for signer in signers} <= {name}


@pytest.mark.parametrize("wanted", [1, 40])
def test_what_another_is_about_to_take_is_passed_over_without_waiting(postgres_database, wanted):
    with Database(postgres_database, lock_seconds=0.5) as database:
        roster = Roster(database, 31337)
        for lease in roster.claim(ACCOUNTS, Ask("before", 600.0, 40)):
            Leases(database).release(lease)
        with psycopg.connect(postgres_database) as other:
            other.execute("select * from leases order by signer limit 10 for update")
            found = roster.claim(ACCOUNTS, Ask("one", 600.0, wanted))

    assert len(found) == min(wanted, 30)
    locked = {account.signer for account in sorted(ACCOUNTS, key=lambda one: one.signer)[:10]}
    assert locked.isdisjoint(lease.account.signer for lease in found)
