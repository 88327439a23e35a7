"""No nonce is given twice, and every intent ends in exactly one state (TX-1, TX-3)."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trimtab.errors import (
    IntentPending,
    InvariantError,
    NodeAnsweredWrongly,
    NodeBehind,
    StoreError,
)
from trimtab.store.database import Database
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

ALICE = Account(1, "0x" + "a" * 40)
BOB = Account(1, "0x" + "b" * 40)
VAULT = "0x" + "c" * 40


def draft(nonce, subject=None, *, mark="", fees=(2**70, 1000), purpose=Purpose.ACT):
    return Draft(
        subject=subject or Subject("transfer"),
        recipient=None,
        data=b"\x01",
        value=2**200,
        gas=21_000,
        max_fee=fees[0],
        priority_fee=fees[1],
        transaction_hash=f"0x{mark}{nonce}",
        signed=b"\x02" + bytes([nonce % 256]),
        purpose=purpose,
    )


def outcome(intent, *, succeeded=True, block=7, attempt=0):
    name = intent.attempts[attempt].transaction_hash
    return MinedOutcome(name, block, f"0xb{block}", succeeded, 21_000, 2**70, 0)


@pytest.fixture
def journal():
    with Database(None) as database:
        yield Journal(database)


def written(journal, account=ALICE, *, counted=0, subject=None, mark=""):
    return journal.write_down(
        Writer(account),
        counted=counted,
        draft_for=lambda nonce: draft(nonce, subject, mark=mark),
        now=1.0,
    )


def mined(journal, intent, **how):
    journal.mine(intent.intent_id, outcome(intent, **how), now=2.0)


def ended(journal, intent, **how):
    mined(journal, intent, **how)
    journal.finish(intent.intent_id, outcome(intent, **how))


def test_what_was_written_down_is_read_back_unchanged(journal):
    intent = written(journal, subject=Subject("rebalance", VAULT, 3))

    (again,) = journal.unfinished(ALICE)

    assert again == intent
    assert again.subject == Subject("rebalance", VAULT, 3)
    assert again.attempts[0].max_fee == 2**70
    assert again.attempts[0].signed == b"\x02\x00"


def test_the_next_nonce_is_the_nodes_count(journal):
    assert written(journal, counted=5).nonce == 5


def test_one_intent_of_an_account_is_in_flight_at_a_time(journal):
    first = written(journal, counted=5)

    for counted in (5, 6, 9):
        with pytest.raises(IntentPending, match=f"intent {first.intent_id}"):
            written(journal, counted=counted, mark="x")


def test_an_intent_that_a_block_holds_does_not_hold_up_the_next(journal):
    mined(journal, written(journal, counted=5))

    assert written(journal, counted=6, mark="x").nonce == 6


def test_an_intent_signed_too_far_ahead_does_not_hold_up_those_before_it(journal):
    written(journal, counted=9)

    assert written(journal, counted=5, mark="x").nonce == 5


def test_accounts_have_nonces_of_their_own(journal):
    written(journal, ALICE)

    assert written(journal, BOB, mark="x").nonce == 0


def test_a_node_that_counts_less_than_the_journal_proves_is_refused(journal):
    mined(journal, written(journal, counted=4))

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
    ended(journal, first, succeeded=False)

    assert written(journal, counted=1, subject=subject, mark="x").nonce == 1


def test_the_same_effect_is_not_asked_for_while_a_block_that_holds_it_may_be_undone(journal):
    subject = Subject("rebalance", VAULT, 3)
    mined(journal, written(journal, subject=subject))

    with pytest.raises(IntentPending):
        written(journal, counted=1, subject=subject, mark="x")


def test_a_signer_that_fails_leaves_nothing_behind(journal):
    def refuse(_nonce):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        journal.write_down(Writer(ALICE), counted=0, draft_for=refuse, now=1.0)

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

    for _ in range(2):
        ended(journal, intent, succeeded=succeeded)

    assert journal.intent(intent.intent_id).state is state
    assert journal.unfinished(ALICE) == []


@pytest.mark.parametrize(
    ("purpose", "state"),
    [(Purpose.CANCEL, IntentState.CANCELLED), (Purpose.FOREIGN, IntentState.SUPERSEDED)],
)
def test_whichever_attempt_is_mined_decides_how_an_intent_ends(journal, purpose, state):
    intent = written(journal)
    if purpose is Purpose.CANCEL:
        intent = replaced(journal, intent, purpose=purpose)
    else:
        intent = journal.add_foreign(intent.intent_id, transaction_hash="0xf", signed=b"f", now=2.0)

    ended(journal, intent, attempt=1)

    assert journal.intent(intent.intent_id).state is state


def test_a_mined_intent_is_in_flight_again_when_its_block_is_undone(journal):
    intent = written(journal)
    mined(journal, intent)

    journal.unmine(intent.intent_id)

    assert journal.intent(intent.intent_id).state is IntentState.SENT
    assert journal.proven(ALICE) == 0


def test_what_was_undone_meanwhile_does_not_end(journal):
    intent = written(journal)
    mined(journal, intent)
    mined(journal, intent, block=8)

    journal.finish(intent.intent_id, outcome(intent, block=7))
    assert journal.intent(intent.intent_id).state is IntentState.MINED
    journal.unmine(intent.intent_id)
    journal.finish(intent.intent_id, outcome(intent, block=8))

    assert journal.intent(intent.intent_id).state is IntentState.SENT


def test_an_intent_that_has_ended_never_changes_its_end(journal):
    intent = written(journal)
    ended(journal, intent)

    with pytest.raises(NodeAnsweredWrongly, match="what became of intent"):
        mined(journal, intent, succeeded=False)
    journal.unmine(intent.intent_id)

    assert journal.intent(intent.intent_id).state is IntentState.SUCCEEDED


def test_a_late_note_of_sending_does_not_reopen_an_intent(journal):
    intent = written(journal)
    ended(journal, intent)

    journal.mark_sent(intent.attempts[0].transaction_hash, now=3.0)

    assert journal.intent(intent.intent_id).state is IntentState.SUCCEEDED


def replaced(journal, intent, *, fees=(2**70 * 9 // 8, 1125), purpose=Purpose.ACT):
    return journal.add_attempt(
        Writer(ALICE),
        intent.intent_id,
        draft_for=lambda nonce: draft(nonce, mark="r", fees=fees, purpose=purpose),
        now=2.0,
    )


def test_a_replacement_keeps_the_nonce_and_every_attempt_before_it(journal):
    intent = written(journal, counted=4)

    again = replaced(journal, intent)

    assert again.nonce == 4
    assert [attempt.transaction_hash for attempt in again.attempts] == ["0x4", "0xr4"]
    assert again.newest.max_fee == 2**70 * 9 // 8


@pytest.mark.parametrize(
    "fees", [(2**70 * 105 // 100, 1050), (2**70 * 9 // 8, 1124), (2**70 * 9 // 8 - 1, 1125)]
)
def test_a_replacement_that_raises_a_fee_by_less_than_an_eighth_is_refused(journal, fees):
    intent = written(journal)

    with pytest.raises(InvariantError, match=r"12\.5 % more"):
        replaced(journal, intent, fees=fees)

    assert len(journal.intent(intent.intent_id).attempts) == 1


def test_what_a_block_holds_is_not_replaced(journal):
    intent = written(journal)
    mined(journal, intent)

    with pytest.raises(IntentPending):
        replaced(journal, intent)


def test_a_foreign_transaction_is_noted_once(journal):
    intent = written(journal)
    for _ in range(2):
        journal.add_foreign(intent.intent_id, transaction_hash="0xf", signed=b"f", now=2.0)

    assert len(journal.intent(intent.intent_id).attempts) == 2
    assert journal.intent(intent.intent_id).newest.transaction_hash == "0x0"


def test_a_journal_is_about_one_chain(journal):
    journal.bind(1, "0xaa")
    journal.bind(1, "0xaa")

    for other in ((2, "0xaa"), (1, "0xbb")):
        with pytest.raises(StoreError, match=r"is about chain 1 .*name another database"):
            journal.bind(*other)


def test_a_journal_with_transactions_of_another_chain_is_not_bound(journal):
    written(journal)

    with pytest.raises(StoreError, match="transactions of chain 1"):
        journal.bind(5, "0xaa")


def test_an_intent_that_was_never_written_is_not_found(journal):
    with pytest.raises(InvariantError, match="no intent 99"):
        journal.intent(99)


@given(st.lists(st.tuples(st.sampled_from([ALICE, BOB]), st.integers(0, 3)), max_size=20))
@settings(max_examples=25)
def test_no_two_intents_of_an_account_share_a_nonce(steps):
    given_out = []
    with Database(None) as database:
        journal = Journal(database)
        for i, (account, counted) in enumerate(steps):
            with suppress(IntentPending, NodeBehind):
                intent = written(journal, account, counted=counted, mark=f"{i}-")
                given_out.append((account.signer, intent.nonce))
                mined(journal, intent)

    assert len(set(given_out)) == len(given_out)


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
        mined(journal, written(journal, counted=nonce, subject=subject), succeeded=succeeded)
    written(journal, counted=3, subject=subject)

    assert journal.effective(ALICE, subject) == "0x1"


@pytest.mark.parametrize(
    ("account", "subject"),
    [(ALICE, Subject("other")), (BOB, Subject("mint")), (ALICE, Subject("mint", VAULT, 1))],
)
def test_a_transaction_about_something_else_is_not_found(journal, account, subject):
    ended(journal, written(journal, subject=Subject("mint")))

    assert journal.effective(account, subject) is None


def test_a_cancelled_intent_took_no_effect(journal):
    intent = written(journal, subject=Subject("transfer"))
    ended(journal, replaced(journal, intent, purpose=Purpose.CANCEL), attempt=1)

    assert journal.effective(ALICE, Subject("transfer")) is None
