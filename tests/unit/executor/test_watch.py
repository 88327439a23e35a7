"""The journal says what the chain says: reorganisations are followed, lies do no lasting harm."""

from types import SimpleNamespace

import pytest
from trimtab import errors
from trimtab.store.journal import IntentState, Journal
from unit.executor.desk import (
    ACCOUNT,
    FINAL_LATER,
    INTENT,
    NEXT,
    FakeClock,
    executor_on,
    raw_sends,
    states,
)
from unit.executor.fake_chain import FakeChain, foreign_transaction


@pytest.fixture
def chain():
    return FakeChain()


@pytest.fixture
def executor(chain, database):
    return executor_on(chain, database, network=FINAL_LATER)


def waiting_executor(chain, database, *, clock=None):
    """An executor whose transaction is in the mempool."""
    executor = executor_on(chain, database, clock, network=FINAL_LATER)
    with pytest.raises(errors.NotMined):
        executor.submit(INTENT)
    return executor


def old(clock):
    clock.time += 100


# Finality


def test_a_mined_transaction_is_final_only_after_its_confirmations(chain, executor):
    executor.submit(INTENT)

    assert states(executor) == ["mined"]
    chain.mine()
    executor.reconcile()
    assert states(executor) == ["mined"]
    chain.mine()
    (settled,) = executor.reconcile()
    assert settled.state is IntentState.SUCCEEDED
    assert executor.unfinished() == []


def test_a_reverted_transaction_ends_as_reverted(chain, executor):
    chain.reverts = True
    executor.submit(INTENT)
    chain.mine(2)

    assert [one.state for one in executor.reconcile()] == [IntentState.REVERTED]


def test_the_next_transaction_need_not_wait_for_finality(chain, executor):
    executor.submit(INTENT)

    assert executor.in_flight() is None
    assert executor.submit(NEXT).succeeded
    assert [tx.fields["nonce"] for tx in chain.mined()] == [0, 1]
    assert states(executor) == ["mined", "mined"]


def test_the_same_effect_is_not_asked_for_again_before_the_first_is_final(executor):
    executor.submit(INTENT)

    with pytest.raises(errors.IntentPending, match="rebalance number 3"):
        executor.submit(INTENT)


# Reorganisations


def test_a_transaction_that_a_reorganisation_drops_is_in_flight_again(chain, executor, database):
    executor.submit(INTENT)
    chain.mines_at_once = False
    chain.reorganise(1, drop=True)

    (settled,) = executor.reconcile()

    assert settled.state is IntentState.SENT
    assert settled.outcome is None
    assert executor.in_flight().nonce == 0


def test_a_transaction_that_a_reorganisation_moves_is_found_in_its_new_block(chain, executor):
    first = executor.submit(INTENT)
    chain.reorganise(1)
    chain.mine()

    (settled,) = executor.reconcile()

    assert settled.state is IntentState.MINED
    assert settled.outcome.transaction_hash == first.transaction_hash
    assert settled.outcome.block_hash != first.block_hash


def test_what_a_reorganisation_makes_revert_ends_as_reverted(chain, executor):
    executor.submit(INTENT)
    chain.reorganise(1)
    chain.reverts = True
    chain.mine(3)

    (settled,) = executor.reconcile()

    assert settled.state is IntentState.REVERTED


def test_a_dropped_transaction_that_is_old_is_left_to_be_decided_on_anew(chain, database):
    clock = FakeClock()
    executor = executor_on(chain, database, clock, network=FINAL_LATER)
    executor.submit(INTENT)
    chain.reorganise(1, drop=True)
    old(clock)
    sends = raw_sends(chain)

    executor.reconcile()

    assert raw_sends(chain) == sends
    assert executor.is_stuck(executor.in_flight())
    executor.cancel(executor.in_flight())
    assert len(chain.mined()) == 1
    assert chain.mined()[0].data == b""


def test_the_account_goes_on_after_a_reorganisation_drops_its_last_transaction(chain, database):
    clock = FakeClock()
    executor = executor_on(chain, database, clock, network=FINAL_LATER)
    executor.submit(INTENT)
    chain.reorganise(1, drop=True)
    old(clock)
    executor.reconcile()
    executor.cancel(executor.in_flight())
    chain.mine(2)
    executor.reconcile()

    assert executor.submit(NEXT).succeeded
    assert executor.submit(INTENT).succeeded


def test_two_transactions_that_a_reorganisation_drops_are_both_followed(chain, executor):
    executor.submit(INTENT)
    executor.submit(NEXT)
    chain.mines_at_once = False
    chain.reorganise(2, drop=True)

    executor.reconcile()

    assert states(executor) == ["sent", "sent"]
    assert executor.in_flight().nonce == 0
    chain.mine(3)
    executor.reconcile()
    assert executor.unfinished() == []
    assert len(chain.mined()) == 2


# Lies


def test_an_invented_receipt_does_not_hold_up_the_account(chain, database):
    chain.mines_at_once = False
    executor = waiting_executor(chain, database)
    honest = chain.get_transaction_receipt
    chain.get_transaction_receipt = lambda name: chain.receipt(name, 0)
    executor.reconcile()
    assert states(executor) == ["mined"]
    chain.get_transaction_receipt = honest

    executor.reconcile()

    assert states(executor) == ["sent"]
    chain.mine(3)
    executor.reconcile()
    assert executor.unfinished() == []


def test_an_invented_receipt_is_never_final_however_long_it_is_told(chain, database):
    chain.mines_at_once = False
    executor = waiting_executor(chain, database)
    chain.mempool.clear()
    chain.get_transaction_receipt = lambda name: chain.receipt(name, 0)
    chain.mine(50)

    executor.reconcile()

    assert states(executor) == ["mined"]


def test_a_receipt_of_a_block_that_the_chain_does_not_hold_is_not_believed(chain, database):
    chain.mines_at_once = False
    executor = waiting_executor(chain, database)
    invented = chain.receipt("0x" + "ab" * 32, 0) | {"blockHash": "0x" + "cd" * 32}
    chain.get_transaction_receipt = lambda name: invented | {"transactionHash": name}

    executor.reconcile()

    assert states(executor) == ["sent"]


def test_a_node_that_knows_the_count_but_not_the_receipt_yet_is_not_believed_at_once(
    chain, database
):
    chain.mines_at_once = False
    executor = waiting_executor(chain, database)
    chain.mine(10)
    honest = chain.get_transaction_receipt
    chain.get_transaction_receipt = lambda _name: None

    (unclear,) = executor.reconcile()
    chain.get_transaction_receipt = honest
    (settled,) = executor.reconcile()

    assert unclear.state is IntentState.SENT
    assert settled.state is IntentState.SUCCEEDED


def test_a_false_count_supersedes_nothing(chain, database):
    chain.mines_at_once = False
    executor = waiting_executor(chain, database)
    chain.mine_later = dict(chain.mempool)
    honest = chain.get_transaction_count
    chain.get_transaction_count = lambda *_: 7
    chain.get_transaction_receipt, receipts = (lambda _: None), chain.get_transaction_receipt
    for _ in range(3):
        chain._add([])
        executor.reconcile()
    assert states(executor) == ["sent"]
    chain.get_transaction_count, chain.get_transaction_receipt = honest, receipts

    chain.mine(3)
    (settled,) = executor.reconcile()

    assert settled.state is IntentState.SUCCEEDED


def test_a_count_beyond_what_a_database_holds_is_refused(chain, executor):
    chain.get_transaction_count = lambda *_: 2**63

    with pytest.raises(errors.NodeAnsweredWrongly, match="eth_getTransactionCount"):
        executor.submit(INTENT)

    assert executor.unfinished() == []


def test_a_count_that_only_the_newest_block_knows_is_not_used(chain, executor):
    chain.mine(5)
    honest = chain.get_transaction_count
    chain.get_transaction_count = lambda who, at: 9 if at == "latest" else honest(who, at)

    with pytest.raises(errors.CountUnproven, match=r"counts 9 .* of which 0 are certain"):
        executor.submit(INTENT)

    assert raw_sends(chain) == 0


def test_what_a_consistent_lie_had_signed_ahead_does_not_hold_up_the_account(chain, database):
    executor = executor_on(chain, database, FakeClock(), network=FINAL_LATER)
    honest = chain.get_transaction_count
    chain.get_transaction_count = lambda *_: 2
    with pytest.raises(errors.NotMined):
        executor.submit(INTENT)
    chain.get_transaction_count = honest
    executor.reconcile()

    assert executor.in_flight() is None
    assert executor.submit(NEXT).succeeded
    assert [tx.fields["nonce"] for tx in chain.mined()] == [0]


def test_what_was_signed_ahead_does_nothing_when_its_turn_comes(chain, database):
    executor = executor_on(chain, database, FakeClock(), network=FINAL_LATER)
    honest = chain.get_transaction_count
    chain.get_transaction_count = lambda *_: 1
    with pytest.raises(errors.NotMined):
        executor.submit(INTENT)
    ahead = executor.unfinished()[0]
    chain.get_transaction_count = honest
    executor.reconcile()

    executor.submit(NEXT)
    chain.mine(3)
    executor.reconcile()

    assert [tx.data for tx in chain.mined()] == [NEXT.data, b""]
    assert Journal(database).intent(ahead.intent_id).state is IntentState.CANCELLED


# Somebody else uses the key


def test_an_intent_whose_nonce_was_used_elsewhere_is_superseded_once_that_is_final(chain, database):
    chain.mines_at_once = False
    executor = waiting_executor(chain, database)
    chain.use_nonce_elsewhere(ACCOUNT)
    sends = raw_sends(chain)

    (seen,) = executor.reconcile()
    assert seen.state is IntentState.MINED
    chain.mine(2)
    (settled,) = executor.reconcile()

    assert settled.state is IntentState.SUPERSEDED
    assert raw_sends(chain) == sends
    assert executor.reconcile() == ()


def test_losing_the_nonce_while_waiting_is_noticed(chain, database):
    chain.mines_at_once = False
    clock = FakeClock()
    executor = executor_on(chain, database, clock, network=FINAL_LATER)
    clock.while_asleep = lambda: chain.use_nonce_elsewhere(ACCOUNT)

    with pytest.raises(errors.Superseded, match="nonce 0"):
        executor.submit(INTENT)

    assert clock.now() == 1001.0


def test_a_reorganisation_gives_a_lost_nonce_back(chain, database):
    chain.mines_at_once = False
    executor = waiting_executor(chain, database)
    (ours,) = chain.mempool.values()
    chain.use_nonce_elsewhere(ACCOUNT)
    executor.reconcile()
    chain.reorganise(1, drop=True)
    chain.mempool = {ours.slot: ours}
    chain.mine(3)

    (settled,) = executor.reconcile()

    assert settled.state is IntentState.SUCCEEDED
    assert settled.outcome.transaction_hash == ours.hash


def test_a_forged_transaction_supersedes_nothing(chain, database):
    chain.mines_at_once = False
    executor = waiting_executor(chain, database)
    (ours,) = chain.mempool.values()
    chain.mempool.clear()
    stranger = SimpleNamespace(
        hash="0x" + "ef" * 32, sender=ACCOUNT.address, as_json=lambda: forged, fields=ours.fields
    )
    forged = ours.as_json() | {"value": "0x1", "hash": "0x" + "ef" * 32}
    chain._add([stranger])
    chain.mine(3)

    (settled,) = executor.reconcile()

    assert settled.state is IntentState.SENT


def test_the_key_used_elsewhere_before_does_not_disturb_what_comes_after(chain, executor):
    for _ in range(3):
        chain.use_nonce_elsewhere(ACCOUNT)
    with pytest.raises(errors.CountUnproven):
        executor.submit(INTENT)
    chain.mine(2)

    assert executor.submit(INTENT).succeeded
    assert chain.mined()[-1].fields["nonce"] == 3


def test_a_use_of_the_nonce_that_is_long_past_is_found_where_the_node_knows_old_states(
    chain, database
):
    chain.mines_at_once = False
    executor = waiting_executor(chain, database)
    chain.use_nonce_elsewhere(ACCOUNT)
    chain.mine(1000)

    assert [one.state for one in executor.reconcile()] == [IntentState.SUPERSEDED]


def test_a_use_of_the_nonce_that_the_node_has_forgotten_leaves_the_intent_open(chain, database):
    chain.mines_at_once = False
    executor = waiting_executor(chain, database)
    chain.use_nonce_elsewhere(ACCOUNT)
    chain.mine(1000)
    honest = chain.get_transaction_count

    def count(who, at):
        if at != "latest" and int(at, 16) < 800:
            raise errors.NodeRefused("eth_getTransactionCount", -32000, "missing trie node")
        return honest(who, at)

    chain.get_transaction_count = count

    assert [one.state for one in executor.reconcile()] == [IntentState.SENT]


def test_a_foreign_transaction_is_really_one_of_the_key(chain):
    signed = foreign_transaction(ACCOUNT, 4)
    chain.send_raw_transaction(signed)

    assert next(iter(chain.mempool)) == (ACCOUNT.address, 4)
