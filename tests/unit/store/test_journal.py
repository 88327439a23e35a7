"""No nonce is given twice, and every intent ends in exactly one state (TX-1, TX-3)."""

import multiprocessing

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trimtab.errors import IntentPending, InvariantError, NodeBehind, StoreError
from trimtab.store.database import Database
from trimtab.store.journal import (
    Account,
    Draft,
    IntentState,
    Journal,
    MinedOutcome,
    Subject,
)

ALICE = Account(1, "0x" + "a" * 40)
BOB = Account(1, "0x" + "b" * 40)
VAULT = "0x" + "c" * 40


def draft(nonce, subject=None, *, mark=""):
    subject = subject or Subject("transfer")
    return Draft(
        subject=subject,
        recipient=None,
        data=b"\x01",
        value=2**200,
        gas=21_000,
        max_fee=2**70,
        priority_fee=1,
        transaction_hash=f"0x{mark}{nonce}",
        signed=b"\x02" + bytes([nonce]),
    )


def outcome(intent, *, succeeded=True):
    return MinedOutcome(intent.attempts[0].transaction_hash, 7, "0xb", succeeded, 21_000, 2**70, 0)


@pytest.fixture
def journal():
    with Database(None) as database:
        yield Journal(database)


def written(journal, account=ALICE, *, counted=0, subject=None, mark=""):
    return journal.write_down(
        account, counted=counted, draft_for=lambda nonce: draft(nonce, subject, mark=mark), now=1.0
    )


def test_what_was_written_down_is_read_back_unchanged(journal):
    intent = written(journal, subject=Subject("rebalance", VAULT, 3))

    (again,) = journal.unfinished(ALICE)

    assert again == intent
    assert again.subject == Subject("rebalance", VAULT, 3)
    assert again.attempts[0].max_fee == 2**70
    assert again.attempts[0].signed == b"\x02\x00"


def test_nonces_follow_the_nodes_count_and_then_each_other(journal):
    nonces = [written(journal, counted=5, mark=str(i)).nonce for i in range(3)]

    assert nonces == [5, 6, 7]


def test_a_count_beyond_the_journal_wins(journal):
    written(journal, counted=0)

    assert written(journal, counted=9, mark="x").nonce == 9


def test_accounts_have_nonces_of_their_own(journal):
    written(journal, ALICE)

    assert written(journal, BOB, mark="x").nonce == 0


def test_a_node_that_counts_less_than_the_journal_proves_is_refused(journal):
    intent = written(journal, counted=4)
    journal.finish(intent.intent_id, outcome(intent), now=2.0)

    with pytest.raises(NodeBehind, match=r"counts 4 .* for 5"):
        written(journal, counted=4, mark="x")


def test_the_same_effect_is_not_asked_for_twice(journal):
    subject = Subject("rebalance", VAULT, 3)
    first = written(journal, subject=subject)

    with pytest.raises(IntentPending, match=f"intent {first.intent_id} for rebalance number 3"):
        written(journal, BOB, subject=subject, mark="x")

    assert journal.unfinished(BOB) == []


def test_the_same_effect_may_be_asked_for_again_once_the_first_has_ended(journal):
    subject = Subject("rebalance", VAULT, 3)
    first = written(journal, subject=subject)
    journal.finish(first.intent_id, outcome(first, succeeded=False), now=2.0)

    assert written(journal, counted=1, subject=subject, mark="x").nonce == 1


def test_a_signer_that_fails_leaves_nothing_behind(journal):
    def refuse(_nonce):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        journal.write_down(ALICE, counted=0, draft_for=refuse, now=1.0)

    assert journal.unfinished(ALICE) == []
    assert written(journal).nonce == 0


def test_a_sent_intent_is_still_unfinished(journal):
    intent = written(journal)

    journal.mark_sent(intent.attempts[0].transaction_hash, now=2.0)

    assert [item.state for item in journal.unfinished(ALICE)] == [IntentState.SENT]


@pytest.mark.parametrize(
    ("succeeded", "state"), [(True, IntentState.SUCCEEDED), (False, IntentState.REVERTED)]
)
def test_a_mined_intent_ends_as_the_chain_says(journal, succeeded, state):
    intent = written(journal)

    journal.finish(intent.intent_id, outcome(intent, succeeded=succeeded), now=2.0)
    journal.finish(intent.intent_id, outcome(intent, succeeded=succeeded), now=3.0)

    assert journal.intent(intent.intent_id).state is state
    assert journal.unfinished(ALICE) == []


def test_an_intent_that_has_ended_never_changes_its_end(journal):
    intent = written(journal)
    journal.supersede(intent.intent_id)

    with pytest.raises(InvariantError, match="superseded"):
        journal.finish(intent.intent_id, outcome(intent), now=2.0)

    assert journal.intent(intent.intent_id).state is IntentState.SUPERSEDED


def test_a_late_note_of_sending_does_not_reopen_an_intent(journal):
    intent = written(journal)
    journal.finish(intent.intent_id, outcome(intent), now=2.0)

    journal.mark_sent(intent.attempts[0].transaction_hash, now=3.0)

    assert journal.intent(intent.intent_id).state is IntentState.SUCCEEDED


def test_an_intent_that_was_never_written_is_not_found(journal):
    with pytest.raises(InvariantError, match="no intent 99"):
        journal.intent(99)


@given(st.lists(st.tuples(st.sampled_from([ALICE, BOB]), st.integers(0, 3)), max_size=20))
def test_no_two_intents_of_an_account_share_a_nonce(steps):
    with Database(None) as database:
        journal = Journal(database)
        given_out = [
            (account.signer, written(journal, account, counted=counted, mark=f"{i}-").nonce)
            for i, (account, counted) in enumerate(steps)
        ]

    assert len(set(given_out)) == len(given_out)


def take_nonces(path, mark, count, results):
    with Database(path) as database:
        journal = Journal(database)
        taken = [written(journal, mark=f"{mark}{i}-").nonce for i in range(count)]
    results.put(taken)


def test_two_processes_on_one_file_never_take_the_same_nonce(tmp_path):
    path = tmp_path / "store.db"
    Database(path).close()
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    racers = [context.Process(target=take_nonces, args=(path, m, 40, results)) for m in "pq"]

    for racer in racers:
        racer.start()
    taken = [nonce for _ in racers for nonce in results.get(timeout=60)]
    for racer in racers:
        racer.join()

    assert sorted(taken) == list(range(80))


def test_a_journal_on_a_broken_file_writes_nothing(tmp_path):
    path = tmp_path / "store.db"
    database = Database(path)
    database.close()
    path.write_bytes(b"x" * path.stat().st_size)
    for extra in (path.with_name("store.db-wal"), path.with_name("store.db-shm")):
        extra.unlink(missing_ok=True)

    with pytest.raises(StoreError):
        written(Journal(database))
    database.close()


def test_the_newest_transaction_that_took_effect_is_found_by_its_subject(journal):
    subject = Subject("deploy abc Vault")
    for nonce, succeeded in enumerate([True, True, False]):
        intent = written(journal, counted=nonce, subject=subject)
        journal.finish(intent.intent_id, outcome(intent, succeeded=succeeded), now=2.0)
    written(journal, counted=3, subject=subject)

    assert journal.effective(ALICE, subject) == "0x1"


@pytest.mark.parametrize(
    ("account", "subject"),
    [(ALICE, Subject("other")), (BOB, Subject("mint")), (ALICE, Subject("mint", VAULT, 1))],
)
def test_a_transaction_about_something_else_is_not_found(journal, account, subject):
    intent = written(journal, subject=Subject("mint"))
    journal.finish(intent.intent_id, outcome(intent), now=2.0)

    assert journal.effective(account, subject) is None
