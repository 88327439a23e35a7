"""What waits is replaced or cancelled, and only whoever holds the lease signs (TX-1 to TX-3)."""

from dataclasses import replace

import pytest
from trimtab import errors
from trimtab.chain.reverts import Refusal, as_error_string
from trimtab.executor.fees import HistoryFees
from trimtab.executor.tenure import Claim
from trimtab.store.journal import IntentState, Journal, Purpose
from unit.executor.desk import (
    ACCOUNT,
    GWEI,
    INTENT,
    NEXT,
    FakeClock,
    executor_on,
    raw_sends,
    stuck_executor,
)
from unit.executor.fake_chain import FakeChain


def test_a_transaction_is_stuck_once_it_is_older_than_is_waited_for(database):
    executor, clock = stuck_executor(FakeChain(mines_at_once=False), database)
    pending = executor.in_flight()

    assert executor.is_stuck(pending)
    clock.time -= 100
    assert not executor.is_stuck(pending)


def test_a_clock_that_was_set_back_does_not_keep_a_transaction_young(database):
    executor, clock = stuck_executor(FakeChain(mines_at_once=False), database)

    clock.time -= 3700

    assert executor.is_stuck(executor.in_flight())


def test_a_replacement_has_fresh_calldata_the_same_nonce_and_an_eighth_more_fees(database):
    chain = FakeChain(mines_at_once=False)
    executor, clock = stuck_executor(chain, database)
    clock.while_asleep = chain.mine

    outcome = executor.replace(executor.in_flight(), replace(INTENT, data=b"fresh"))

    (only,) = chain.mined()
    assert (only.data, only.fields["nonce"]) == (b"fresh", 0)
    assert only.fields["maxFeePerGas"] == only.fields["maxPriorityFeePerGas"] == 1_125_000_000
    assert outcome.purpose is Purpose.ACT
    assert executor.unfinished() == []


def test_every_attempt_is_kept_and_whichever_is_mined_decides(database):
    chain = FakeChain(mines_at_once=False)
    executor, _ = stuck_executor(chain, database)
    (first,) = chain.mempool.values()
    with pytest.raises(errors.NotMined):
        executor.replace(executor.in_flight(), replace(INTENT, data=b"fresh"))
    chain.mempool = {first.slot: first}
    chain.mine()

    (settled,) = executor.reconcile()

    attempts = Journal(database).intent(settled.intent.intent_id).attempts
    assert [attempt.max_fee for attempt in attempts] == [GWEI, 1_125_000_000]
    assert [attempt.signed_at for attempt in attempts] == [1000.0, 1105.0]
    assert settled.outcome.transaction_hash == first.hash
    assert settled.state is IntentState.SUCCEEDED


def at_the_ceiling(chain, database):
    return stuck_executor(chain, database, fees=HistoryFees(ceiling=1_100_000_000))


def test_at_the_ceiling_nothing_is_replaced_and_what_is_there_waits(database):
    chain = FakeChain(mines_at_once=False)
    executor, _ = at_the_ceiling(chain, database)

    for _ in range(5):
        with pytest.raises(errors.FeeTooHigh, match="ceiling of 1100000000"):
            executor.replace(executor.in_flight(), INTENT)

    assert len(executor.in_flight().attempts) == 1
    # Handed over once more after so long, whatever nodes say that they have.
    assert raw_sends(chain) == 2


def test_what_was_dropped_at_the_ceiling_is_handed_over_again(database):
    chain = FakeChain(mines_at_once=False)
    executor, _ = at_the_ceiling(chain, database)
    (first,) = chain.mempool.values()

    for _ in range(2):
        chain.mempool.clear()
        with pytest.raises(errors.FeeTooHigh):
            executor.replace(executor.in_flight(), INTENT)
        assert [tx.hash for tx in chain.mempool.values()] == [first.hash]


def test_what_would_revert_and_cannot_be_replaced_at_the_ceiling_is_cancelled(database):
    chain = FakeChain(mines_at_once=False)
    executor, clock = at_the_ceiling(chain, database)
    pending = executor.in_flight()
    clock.while_asleep = chain.mine

    def expired(call, *_):
        if call["data"] == "0x" + INTENT.data.hex():
            raise Refusal(as_error_string("too late"))
        return "0x"

    chain.call = expired
    with pytest.raises(errors.Cancelled):
        executor.replace(pending, replace(INTENT, data=b"fresh"))

    (only,) = chain.mined()
    assert only.data == b""
    assert Journal(database).intent(pending.intent_id).state is IntentState.CANCELLED


def test_a_replacement_that_would_revert_is_not_signed(database):
    chain = FakeChain(mines_at_once=False)
    executor, _ = stuck_executor(chain, database)

    def revert(*_):
        raise Refusal(as_error_string("too late"))

    chain.call = revert

    with pytest.raises(errors.RejectedByVault, match="too late"):
        executor.replace(executor.in_flight(), INTENT)

    assert len(executor.in_flight().attempts) == 1


def test_an_intent_is_replaced_only_by_one_about_the_same(database):
    executor, _ = stuck_executor(FakeChain(mines_at_once=False), database)

    with pytest.raises(errors.InvariantError, match=r"number 4 .* cannot replace .* number 3"):
        executor.replace(executor.in_flight(), NEXT)


def test_what_is_no_longer_wanted_is_cancelled_by_a_transaction_that_does_nothing(database):
    chain = FakeChain(mines_at_once=False)
    executor, clock = stuck_executor(chain, database)
    pending = executor.in_flight()
    clock.while_asleep = chain.mine

    outcome = executor.cancel(pending)

    (only,) = chain.mined()
    assert (only.sender, bytes(only.fields["to"]), only.data) == (
        ACCOUNT.address,
        bytes.fromhex(ACCOUNT.address[2:]),
        b"",
    )
    assert (only.fields["value"], only.fields["maxFeePerGas"]) == (0, 1_125_000_000)
    assert outcome.purpose is Purpose.CANCEL
    assert Journal(database).intent(pending.intent_id).state is IntentState.CANCELLED


def test_a_cancellation_that_comes_too_late_changes_nothing(database):
    chain = FakeChain(mines_at_once=False)
    executor, _ = stuck_executor(chain, database)
    pending = executor.in_flight()
    chain.mine()

    outcome = executor.cancel(pending)

    assert outcome.purpose is Purpose.ACT
    assert Journal(database).intent(pending.intent_id).state is IntentState.SUCCEEDED
    assert len(chain.mined()) == 1


def cancel_until_too_dear(executor, clock):
    for _ in range(50):
        clock.time += 100
        try:
            executor.cancel(executor.in_flight())
        except errors.NotMined:
            continue
        except errors.FeeTooHigh:
            return
    pytest.fail("a cancellation has no limit")


def test_a_cancellation_may_pass_the_ceiling_but_costs_no_more_than_its_intent(database):
    chain = FakeChain(mines_at_once=False)
    executor, clock = stuck_executor(chain, database, fees=HistoryFees(ceiling=1_100_000_000))
    chain.base_fee = 10**12
    with pytest.raises(errors.NotMined):
        executor.cancel(executor.in_flight())

    (act, cancel) = executor.in_flight().attempts
    assert cancel.max_fee * 1000 >= act.max_fee * 1125
    cancel_until_too_dear(executor, clock)
    assert executor.in_flight().newest.max_fee <= 1_100_000_000 * 125_000 // 21_000


def test_what_was_cancelled_by_another_process_does_not_count_as_done(database):
    chain = FakeChain(mines_at_once=False)
    clock = FakeClock()
    executor, other = executor_on(chain, database, clock), executor_on(chain, database)

    def cancel():
        clock.while_asleep = chain.mine
        with pytest.raises(errors.NotMined):
            other.cancel(other.in_flight())

    clock.while_asleep = cancel

    with pytest.raises(errors.Cancelled, match="rebalance number 3"):
        executor.submit(INTENT)


def test_what_an_interrupted_run_left_is_settled_before_anything_new(database):
    chain = FakeChain(mines_at_once=False)
    executor, clock = stuck_executor(chain, database)
    clock.time -= 100
    with pytest.raises(errors.IntentPending, match="rebalance number 3"):
        executor.settle()
    clock.time += 100
    clock.while_asleep = chain.mine

    (settled,) = executor.settle()

    assert settled.state is IntentState.CANCELLED
    assert not settled.outcome.took_effect
    assert executor.settle() == ()


def test_what_an_interrupted_run_sent_and_was_mined_is_told_as_done(database):
    chain = FakeChain(mines_at_once=False)
    executor, _ = stuck_executor(chain, database)
    chain.mine()

    (settled,) = executor.settle()

    assert settled.outcome.took_effect
    assert settled.state is IntentState.SUCCEEDED


def test_who_does_not_hold_the_lease_signs_nothing(database):
    chain = FakeChain()
    leader, standby = executor_on(chain, database), executor_on(chain, database)

    assert leader.lead(Claim("one", 60))
    assert not standby.lead(Claim("two", 60))
    with pytest.raises(errors.LeaseLost, match="held by one"):
        standby.submit(INTENT)

    assert raw_sends(chain) == 0
    assert leader.submit(INTENT).succeeded


def test_whoever_takes_over_reconciles_first(database):
    chain = FakeChain(mines_at_once=False)
    leader, standby = executor_on(chain, database), executor_on(chain, database)
    leader.lead(Claim("one", 60))
    with pytest.raises(errors.NotMined):
        leader.submit(INTENT)
    chain.mine()
    leader.step_down()

    assert standby.lead(Claim("two", 60))

    assert standby.unfinished() == []


def test_a_take_over_that_fails_half_way_is_begun_again(database):
    chain = FakeChain(mines_at_once=False)
    leader, standby = executor_on(chain, database), executor_on(chain, database)
    leader.lead(Claim("one", 60))
    with pytest.raises(errors.NotMined):
        leader.submit(INTENT)
    leader.step_down()
    honest = chain.get_transaction_receipt

    def away(_):
        raise errors.NodeUnreachable("fake", "away")

    chain.get_transaction_receipt = away
    with pytest.raises(errors.NodeUnreachable):
        standby.lead(Claim("two", 60))
    chain.get_transaction_receipt = honest
    chain.mine()

    assert standby.lead(Claim("two", 60))
    assert standby.unfinished() == []
