"""A transaction is written down before it is sent, and takes effect at most once (TX-1 to TX-3)."""

from dataclasses import replace

import pytest
from trimtab import errors
from trimtab.chain.reverts import Refusal, as_error_string
from trimtab.executor.signer import LocalSigner
from trimtab.store.journal import IntentState
from unit.executor.desk import (
    INTENT,
    NEXT,
    VAULT,
    FakeClock,
    executor_on,
    raw_sends,
    states,
)
from unit.executor.fake_chain import CHAIN_ID, FakeChain


def test_a_submitted_intent_is_mined_and_its_outcome_kept(database):
    chain = FakeChain()
    executor = executor_on(chain, database)

    outcome = executor.submit(INTENT)

    assert outcome.succeeded
    assert outcome.fee == 80_000 * 10**9
    assert executor.unfinished() == []
    assert chain.count(executor.address) == 1


def test_an_intent_that_would_revert_is_neither_written_down_nor_sent(database):
    chain = FakeChain()

    def revert(*_):
        raise Refusal(as_error_string("too early"))

    chain.call = revert
    executor = executor_on(chain, database)

    with pytest.raises(errors.RejectedByVault, match="too early"):
        executor.submit(INTENT)

    assert executor.unfinished() == []
    assert raw_sends(chain) == 0


@pytest.mark.parametrize("gas", [None, 200_000], ids=["estimated", "given"])
def test_a_sender_that_cannot_pay_for_gas_is_told_how_much_is_missing(database, gas):
    chain = FakeChain(balance=10**13)
    executor = executor_on(chain, database)

    with pytest.raises(errors.LowBalance, match=r"holds 0\.00001 native coins, but") as caught:
        executor.submit(replace(INTENT, gas=gas))

    assert caught.value.needed >= 125_000 * 10**9
    assert executor.unfinished() == []
    assert raw_sends(chain) == 0


def test_nothing_is_sent_when_the_journal_cannot_be_written(database, tmp_path):
    chain = FakeChain()
    executor = executor_on(chain, database)
    database.close()
    (tmp_path / "journal.db").write_bytes(b"broken" * 1000)

    with pytest.raises(errors.StoreError):
        executor.submit(INTENT)

    assert raw_sends(chain) == 0


def test_a_reverted_transaction_is_an_outcome_and_can_be_demanded_to_succeed(database):
    chain = FakeChain()
    chain.reverts = True

    outcome = executor_on(chain, database).submit(INTENT)

    assert not outcome.succeeded
    with pytest.raises(errors.TransactionReverted, match=f"rebalance number 3 of {VAULT}"):
        outcome.require_success()


def test_a_receipt_is_waited_for(database):
    chain = FakeChain(mines_at_once=False)
    clock = FakeClock()
    clock.while_asleep = chain.mine

    outcome = executor_on(chain, database, clock).submit(INTENT)

    assert outcome.succeeded
    assert clock.now() == 1001.0


def test_waiting_ends_and_the_transaction_stays_in_the_journal(database):
    chain = FakeChain(mines_at_once=False)
    executor = executor_on(chain, database)

    with pytest.raises(errors.NotMined, match="within 5 s"):
        executor.submit(INTENT)

    assert states(executor) == ["sent"]


def test_a_node_that_fails_while_the_receipt_is_waited_for_is_asked_again(database):
    chain = FakeChain()
    answer = chain.get_transaction_receipt
    failures = [errors.NodeUnreachable("fake", "away")] * 2

    def receipt(transaction_hash):
        if failures:
            raise failures.pop()
        return answer(transaction_hash)

    chain.get_transaction_receipt = receipt

    assert executor_on(chain, database).submit(INTENT).succeeded


def test_a_transaction_that_the_node_has_already_counts_as_sent(database):
    chain = FakeChain(mines_at_once=False)
    executor = executor_on(chain, database)
    take = chain.send_raw_transaction

    def twice(signed):
        take(signed)
        return take(signed)

    chain.send_raw_transaction = twice
    with pytest.raises(errors.NotMined):
        executor.submit(INTENT)

    assert states(executor) == ["sent"]


def test_what_waits_in_a_block_to_come_is_not_handed_to_nodes_again_and_again(database):
    chain = FakeChain(mines_at_once=False)
    executor = executor_on(chain, database)
    with pytest.raises(errors.NotMined):
        executor.submit(INTENT)

    for _ in range(3):
        (settled,) = executor.reconcile()

    assert settled.state is IntentState.SENT
    assert raw_sends(chain) == 1


def test_a_transaction_dropped_by_the_node_is_sent_again_byte_for_byte(database):
    chain = FakeChain(mines_at_once=False)
    executor = executor_on(chain, database)
    with pytest.raises(errors.NotMined):
        executor.submit(INTENT)
    first = [tx.hash for tx in chain.mempool.values()]
    chain.mempool.clear()

    chain.mines_at_once = True
    (settled,) = executor.reconcile()

    assert settled.outcome.succeeded
    assert [tx.hash for tx in chain.mined()] == first


def test_a_transaction_refused_for_its_fee_stays_in_the_journal_and_goes_out_later(database):
    chain = FakeChain()
    chain.refusals = ["transaction underpriced"]
    executor = executor_on(chain, database)

    with pytest.raises(errors.NodeRefused, match="underpriced"):
        executor.submit(INTENT)
    (settled,) = executor.reconcile()

    assert settled.outcome.succeeded


def test_a_node_that_runs_out_of_the_senders_money_says_so(database):
    chain = FakeChain()
    chain.refusals = ["insufficient funds for gas * price + value"]

    with pytest.raises(errors.LowBalance, match="but more may be needed"):
        executor_on(chain, database).submit(INTENT)


def test_a_node_that_names_another_hash_is_not_believed(database):
    chain = FakeChain()
    chain.send_raw_transaction = lambda _signed: "0x" + "00" * 32

    with pytest.raises(errors.NodeAnsweredWrongly, match="hash of what was sent"):
        executor_on(chain, database).submit(INTENT)


def test_a_count_that_another_process_overtook_is_taken_again(database):
    chain = FakeChain()
    executor = executor_on(chain, database)
    executor.submit(INTENT)
    honest = chain.get_transaction_count
    stale = [0]
    chain.get_transaction_count = lambda *place: stale.pop() if stale else honest(*place)

    assert executor.submit(NEXT).succeeded


def test_a_node_that_stays_behind_the_journal_is_given_up_on(database):
    chain = FakeChain()
    executor = executor_on(chain, database)
    executor.submit(INTENT)
    chain.get_transaction_count = lambda *_place: 0

    with pytest.raises(errors.NodeBehind, match="counts 0 transactions"):
        executor.submit(NEXT)

    assert raw_sends(chain) == 1


def test_the_same_rebalance_is_not_sent_by_two_executors(database):
    chain = FakeChain(mines_at_once=False)
    with pytest.raises(errors.NotMined):
        executor_on(chain, database).submit(INTENT)

    with pytest.raises(errors.IntentPending):
        executor_on(chain, database).submit(INTENT)


def test_one_transaction_of_an_account_is_in_flight_at_a_time(database):
    chain = FakeChain(mines_at_once=False)
    executor = executor_on(chain, database)
    with pytest.raises(errors.NotMined):
        executor.submit(INTENT)

    with pytest.raises(errors.IntentPending, match="rebalance number 3"):
        executor.submit(NEXT)

    assert raw_sends(chain) == 1


def test_a_journal_of_another_chain_is_refused_and_nothing_is_sent(database):
    executor_on(FakeChain(), database).submit(INTENT)
    reset = FakeChain()
    reset._add([])
    del reset.blocks[0]

    with pytest.raises(errors.StoreError, match="name another database"):
        executor_on(reset, database).submit(NEXT)

    assert raw_sends(reset) == 0


def test_what_reaches_the_node_is_in_the_journal_already(database):
    chain = FakeChain()
    executor = executor_on(chain, database)
    send = chain.send_raw_transaction
    known_when_sent = []

    def watch(signed):
        known_when_sent.append([a.signed.hex() for i in executor.unfinished() for a in i.attempts])
        return send(signed)

    chain.send_raw_transaction = watch
    executor.submit(INTENT)

    assert len(known_when_sent) == 1
    assert len(known_when_sent[0]) == 1


def test_the_signature_is_for_this_chain(database):
    executor = executor_on(FakeChain(), database)

    assert executor.account.chain_id == CHAIN_ID


def test_a_signer_never_shows_its_key():
    signer = LocalSigner(bytes.fromhex("11" * 32))

    assert "11" * 32 not in f"{signer!r} {signer} {vars(signer)}"
