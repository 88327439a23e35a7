"""A transaction is written down before it is sent, and takes effect at most once (TX-1 to TX-3)."""

from contextlib import suppress
from dataclasses import replace

import pytest
from trimtab import errors
from trimtab.chain.node import Node
from trimtab.chain.reverts import Refusal, as_error_string
from trimtab.executor.executor import Executor, Means, Patience
from trimtab.executor.fees import FixedFees, HistoryFees
from trimtab.executor.signer import LocalSigner
from trimtab.executor.tenure import Claim
from trimtab.store.database import Database
from trimtab.store.journal import IntentState, Journal, Purpose
from unit.executor.desk import (
    ACCOUNT,
    FINAL_AT_ONCE,
    GWEI,
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

    with pytest.raises(errors.LowBalance, match="10000000000000 wei") as caught:
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


# Replacement and cancellation


def stuck_executor(chain, database, *, fees=None):
    """An executor whose transaction is in the mempool, and older than is waited for."""
    clock = FakeClock()
    executor = executor_on(chain, database, clock, fees=fees)
    with pytest.raises(errors.NotMined):
        executor.submit(INTENT)
    clock.time += 100
    return executor, clock


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


# Leases


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


# Crashes


class CrashingTransport:
    """A chain before and after each of whose answers the process may die."""

    pins_by_hash = False
    name = "crashing"

    def __init__(self, chain, boundaries):
        self.chain = chain
        self.boundaries = boundaries

    def request(self, method, params):
        self.boundaries.cross()
        answer = self.chain.request(method, params)
        self.boundaries.cross()
        return answer


class CrashingJournal(Journal):
    """A journal before and after each of whose writes the process may die."""

    def __init__(self, database, boundaries):
        super().__init__(database)
        self.boundaries = boundaries

    def _around(self, write, *args, **kwargs):
        self.boundaries.cross()
        result = write(*args, **kwargs)
        self.boundaries.cross()
        return result

    def write_down(self, *args, **kwargs):
        return self._around(super().write_down, *args, **kwargs)

    def mark_sent(self, *args, **kwargs):
        return self._around(super().mark_sent, *args, **kwargs)

    def mine(self, *args, **kwargs):
        return self._around(super().mine, *args, **kwargs)

    def finish(self, *args, **kwargs):
        return self._around(super().finish, *args, **kwargs)

    def add_attempt(self, *args, **kwargs):
        return self._around(super().add_attempt, *args, **kwargs)


class Boundaries:
    """Counts the places between two steps and dies at one of them."""

    def __init__(self, deadly):
        self.deadly = deadly
        self.crossed = 0

    def cross(self):
        self.crossed += 1
        if self.crossed == self.deadly:
            raise KeyboardInterrupt


def crashing_executor(chain, database, boundaries, clock=None):
    means = Means(
        node=Node(CrashingTransport(chain, boundaries)),
        journal=CrashingJournal(database, boundaries),
        signer=LocalSigner(ACCOUNT.key),
        fees=FixedFees(10**9),
        clock=clock or FakeClock(),
        network=FINAL_AT_ONCE,
    )
    return Executor(means, Patience(poll=1.0, wait=5.0, stuck=60.0))


def boundaries_in_one_run(new_journal):
    counting = Boundaries(deadly=None)
    with Database(new_journal("count.db")) as database:
        crashing_executor(FakeChain(), database, counting).submit(INTENT)
    return counting.crossed


def test_dying_between_any_two_steps_leaves_exactly_one_effect(new_journal):
    for deadly in range(1, boundaries_in_one_run(new_journal) + 1):
        chain = FakeChain()
        path = new_journal(f"{deadly}.db")
        with Database(path) as database, pytest.raises(KeyboardInterrupt):
            crashing_executor(chain, database, Boundaries(deadly)).submit(INTENT)

        with Database(path) as database:
            executor = executor_on(chain, database)
            executor.reconcile()
            if not chain.mined():
                executor.submit(INTENT)
            left = executor.unfinished()

        assert len(chain.mined()) == 1, f"boundary {deadly}"
        assert left == [], f"boundary {deadly}"


def test_dying_between_any_two_steps_of_reconciling_leaves_exactly_one_effect(new_journal):
    for deadly in range(1, 15):
        chain = FakeChain(mines_at_once=False)
        path = new_journal(f"{deadly}.db")
        with Database(path) as database:
            with pytest.raises(errors.NotMined):
                executor_on(chain, database).submit(INTENT)
            chain.mempool.clear()
            chain.mines_at_once = True
            died = False
            try:
                crashing_executor(chain, database, Boundaries(deadly)).reconcile()
            except KeyboardInterrupt:
                died = True
            executor = executor_on(chain, database)
            executor.reconcile()

            assert len(chain.mined()) == 1, f"boundary {deadly}, died: {died}"
            assert executor.unfinished() == []


def replace_mortally(database, chain, boundaries):
    """Replace what is stuck, until it is mined or the process dies; returns the clock."""
    _, clock = stuck_executor(chain, database)
    clock.while_asleep = chain.mine
    mortal = crashing_executor(chain, database, boundaries, clock)
    with suppress(KeyboardInterrupt):
        mortal.replace(mortal.in_flight(), replace(INTENT, data=b"fresh"))
    return clock


def test_dying_between_any_two_steps_of_a_replacement_leaves_exactly_one_effect(new_journal):
    whole = Boundaries(deadly=None)
    with Database(new_journal("whole.db")) as database:
        replace_mortally(database, FakeChain(mines_at_once=False), whole)
    for deadly in range(1, whole.crossed + 1):
        chain = FakeChain(mines_at_once=False)
        with Database(new_journal(f"{deadly}.db")) as database:
            clock = replace_mortally(database, chain, Boundaries(deadly))
            chain.mine()
            executor = executor_on(chain, database, clock)
            executor.reconcile()

            assert len(chain.mined()) == 1, f"boundary {deadly}"
            assert executor.unfinished() == []


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
