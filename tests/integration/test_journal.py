"""Several processes share a journal, on SQLite or PostgreSQL, and never a nonce."""

import multiprocessing
import os
import signal
import time
from contextlib import suppress

import psycopg
import pytest
import sqlalchemy as sql
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from trimtab.errors import IntentPending, LeaseLost, NodeBehind, StoreError
from trimtab.store.database import Database, clock
from trimtab.store.decisions import Decisions
from trimtab.store.journal import (
    Account,
    Draft,
    IntentState,
    Journal,
    MinedOutcome,
    Purpose,
    Subject,
    Writer,
)
from trimtab.store.leases import Leases
from trimtab.store.schema import metadata
from unit.store.test_decisions import decision

ALICE = Account(1, "0x" + "a" * 40)
BOB = Account(1, "0x" + "b" * 40)
VAULT = "0x" + "c" * 40
SPAWN = multiprocessing.get_context("spawn")


def draft(nonce, mark, *, subject=None, fee=1000, purpose=Purpose.ACT):
    name = f"0x{mark}{nonce}"
    subject = subject or Subject("spend")
    return Draft(subject, None, b"\x01", 2**200, 21_000, fee, fee, name, b"\x02", purpose)


def written(journal, account, *, counted, mark="", subject=None, lease=None):
    return journal.write_down(
        Writer(account, lease),
        counted=counted,
        draft_for=lambda nonce: draft(nonce, mark, subject=subject),
        now=1.0,
    )


def outcome(intent, attempt=0):
    return MinedOutcome(intent.attempts[attempt].transaction_hash, 7, "0xb", True, 21_000, 2**70, 0)


# One database


def test_the_migrations_lead_to_the_tables_that_the_program_uses(place):
    with Database(place) as database, database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_a_new_database_holds_each_vault_to_one_open_intent_of_a_kind(place):
    with Database(place) as database, database.read() as connection:
        (found,) = (
            index
            for index in sql.inspect(connection).get_indexes("intents")
            if index["name"] == "one_open_intent_per_subject"
        )
        condition = found["dialect_options"][f"{connection.dialect.name}_where"]

    assert found["unique"]
    assert "vault" in str(condition)
    assert "state" in str(condition)


def test_a_newer_journal_is_refused_with_what_to_do(place):
    with Database(place) as database, database.write() as connection:
        connection.execute(sql.text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(StoreError, match=r"revision 9999; .* use the version"):
        Database(place)


def test_a_database_of_another_program_is_left_alone(postgres_database):
    with psycopg.connect(postgres_database) as foreign:
        foreign.execute("CREATE TABLE recipes (name TEXT)")

    with pytest.raises(StoreError, match="recipes"):
        Database(postgres_database)


def test_an_intent_goes_its_whole_way(place):
    with Database(place) as database:
        journal = Journal(database)
        journal.bind(1, "0xaa")
        intent = written(journal, ALICE, counted=0, subject=Subject("rebalance", VAULT, 3))
        journal.mark_sent("0x0", now=2.0)
        again = journal.add_attempt(
            Writer(ALICE),
            intent.intent_id,
            draft_for=lambda nonce: draft(nonce, "r", fee=1125, purpose=Purpose.CANCEL),
            now=3.0,
        )
        journal.mine(intent.intent_id, outcome(again, 1), now=4.0)
        journal.unmine(intent.intent_id)
        assert journal.unfinished(ALICE)[0].state is IntentState.SENT
        journal.mine(intent.intent_id, outcome(again, 1), now=5.0)
        journal.finish(intent.intent_id, outcome(again, 1))

        assert journal.intent(intent.intent_id).state is IntentState.CANCELLED
        assert journal.intent(intent.intent_id).value == 2**200
        assert journal.proven(ALICE) == 1
        with pytest.raises(StoreError, match="about chain 1"):
            journal.bind(2, "0xaa")


def test_decisions_are_kept_with_their_numbers(place):
    with Database(place) as database:
        decisions = Decisions(database)
        decisions.record(decision(1, vault=VAULT), now=5.0)

        assert decisions.latest(1, VAULT)[0].numbers["nav"] == str(10**24)


def test_the_clock_is_the_databases_own(place):
    with Database(place) as database, database.read() as connection:
        assert abs(clock(connection) - time.time()) < 5


def test_a_lock_that_somebody_keeps_is_an_error_after_the_wait(postgres_database):
    with Database(postgres_database, lock_seconds=0.2) as database:
        journal = Journal(database)
        written(journal, ALICE, counted=0)
        with psycopg.connect(postgres_database) as other:
            other.execute("SELECT * FROM leases FOR UPDATE")

            with pytest.raises(StoreError, match="lock timeout; nothing was sent"):
                written(journal, ALICE, counted=1, mark="x")


def test_a_server_that_goes_away_is_an_error_and_comes_back_without_a_restart(postgres_database):
    with Database(postgres_database) as database:
        journal = Journal(database)
        written(journal, ALICE, counted=0)
        with psycopg.connect(postgres_database, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

        assert len(journal.unfinished(ALICE)) == 1


# Processes that race


def take_nonces(place, mark, count, results):
    """Mine `count` transactions of one account that another process uses as well."""
    taken = []
    with Database(place) as database:
        journal = Journal(database)
        while len(taken) < count:
            with suppress(IntentPending, NodeBehind):
                counted = journal.proven(ALICE)
                intent = written(journal, ALICE, counted=counted, mark=f"{mark}{len(taken)}-")
                journal.mine(intent.intent_id, outcome(intent), now=2.0)
                taken.append(intent.nonce)
    results.put(taken)


def race(target, arguments):
    """What each of the processes puts into the queue."""
    results = SPAWN.Queue()
    racers = [SPAWN.Process(target=target, args=(*one, results)) for one in arguments]
    for racer in racers:
        racer.start()
    found = [results.get(timeout=60) for _ in racers]
    for racer in racers:
        racer.join()
    return found


def test_two_processes_never_take_the_same_nonce(place):
    Database(place).close()

    taken = race(take_nonces, [(place, mark, 15) for mark in "pq"])

    assert sorted(nonce for one in taken for nonce in one) == list(range(30))


def ask_for_the_same(place, signer, count, results):
    """Ask for rebalances that another account asks for as well; those that were written down."""
    got = []
    with Database(place) as database:
        journal, account = Journal(database), Account(1, signer)
        for number in range(count):
            with suppress(IntentPending):
                subject, counted = Subject("rebalance", VAULT, number), journal.proven(account)
                intent = written(
                    journal, account, counted=counted, mark=f"{signer}{number}", subject=subject
                )
                journal.mine(intent.intent_id, outcome(intent), now=2.0)
                got.append(number)
    results.put(got)


def test_two_accounts_never_have_the_same_effect_open_at_once(place):
    Database(place).close()

    got = race(ask_for_the_same, [(place, account.signer, 15) for account in (ALICE, BOB)])

    assert sorted(number for one in got for number in one) == list(range(15))


def open_database(place, results):
    with Database(place) as database:
        results.put(database.name)


def test_processes_that_open_a_new_database_at_once_all_find_it_ready(place):
    assert len(race(open_database, [(place,)] * 2)) == 2


# Leases


def lead_then_sleep(place, pipe):
    """A leader that is paused after it checked everything but its lease."""
    with Database(place) as database:
        journal = Journal(database)
        lease = Leases(database).acquire(ALICE, "leader", seconds=1.0)
        pipe.send(lease.token)
        pipe.recv()
        try:
            written(journal, ALICE, counted=0, mark="late", lease=lease)
        except LeaseLost as error:
            pipe.send(str(error))
        else:
            pipe.send("signed")


def test_a_leader_that_is_paused_past_its_lease_signs_nothing_when_it_wakes(place):
    Database(place).close()
    ours, theirs = SPAWN.Pipe()
    leader = SPAWN.Process(target=lead_then_sleep, args=(place, theirs))
    leader.start()
    assert ours.poll(30)
    token = ours.recv()
    os.kill(leader.pid, signal.SIGSTOP)
    with Database(place) as database:
        leases, taken = Leases(database), None
        while taken is None:
            taken = leases.acquire(ALICE, "standby", seconds=60)
            time.sleep(0.05)
        ours.send("wake")
        os.kill(leader.pid, signal.SIGCONT)

        assert ours.poll(30)
        said = ours.recv()
        leader.join()

        assert "is held by standby: nothing was signed" in said
        assert taken.token > token
        assert written(Journal(database), ALICE, counted=0, lease=taken).nonce == 0
        assert len(Journal(database).unfinished(ALICE)) == 1


def sign_slowly(place, pipe):
    """A leader that is paused while it signs, inside the journal's own transaction."""
    with Database(place) as database:
        lease = Leases(database).acquire(ALICE, "leader", seconds=1.0)

        def slow(nonce):
            pipe.send("signing")
            pipe.recv()
            return draft(nonce, "slow")

        Journal(database).write_down(Writer(ALICE, lease), counted=0, draft_for=slow, now=1.0)
        pipe.send("written")


def test_nobody_takes_a_lease_over_while_its_holder_writes_down_what_it_signs(place):
    Database(place).close()
    ours, theirs = SPAWN.Pipe()
    leader = SPAWN.Process(target=sign_slowly, args=(place, theirs))
    leader.start()
    assert ours.poll(30)
    assert ours.recv() == "signing"
    with Database(place, lock_seconds=1.5) as database:
        with pytest.raises(StoreError):
            Leases(database).acquire(ALICE, "standby", seconds=60)
        ours.send("go on")
        assert ours.poll(30)
        assert ours.recv() == "written"
        leader.join()

        taken = Leases(database).acquire(ALICE, "standby", seconds=60)
        with pytest.raises(IntentPending):
            written(Journal(database), ALICE, counted=0, mark="x", lease=taken)
