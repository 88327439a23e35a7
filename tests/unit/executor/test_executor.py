"""A transaction is written down before it is sent, and takes effect at most once (TX-1 to TX-3)."""

from dataclasses import replace

import pytest
from eth_account import Account as EthAccount
from trimtab import errors
from trimtab.chain.node import Node
from trimtab.chain.reverts import Refusal, as_error_string
from trimtab.executor.executor import Executor, Means, Patience
from trimtab.executor.fees import FixedFees
from trimtab.executor.intents import Intent
from trimtab.executor.signer import LocalSigner
from trimtab.store.database import Database
from trimtab.store.journal import IntentState, Journal, Subject
from unit.executor.fake_chain import CHAIN_ID, FakeChain

KEY = "0x" + "11" * 32
VAULT = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"
INTENT = Intent(Subject("rebalance", VAULT, 3), VAULT, b"\x01\x02")


class FakeClock:
    """Time passes only while somebody sleeps."""

    def __init__(self):
        self.time = 1000.0
        self.while_asleep = lambda: None

    def now(self):
        return self.time

    def sleep(self, seconds):
        self.time += seconds
        self.while_asleep()


@pytest.fixture
def database(tmp_path):
    with Database(tmp_path / "journal.db") as opened:
        yield opened


def executor_on(chain, database, clock=None):
    means = Means(
        node=Node(chain),
        journal=Journal(database),
        signer=LocalSigner(EthAccount.from_key(KEY)),
        fees=FixedFees(10**9),
        clock=clock or FakeClock(),
    )
    return Executor(means, Patience(poll=1.0, wait=5.0, depth=2))


def raw_sends(chain):
    return chain.asked.count("eth_sendRawTransaction")


def test_a_submitted_intent_is_mined_and_its_outcome_kept(database):
    chain = FakeChain()
    executor = executor_on(chain, database)

    outcome = executor.submit(INTENT)

    assert outcome.succeeded
    assert outcome.fee == 80_000 * 10**9
    assert executor.unfinished() == []
    assert chain.counts[executor.address] == 1


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
        executor.submit(Intent(INTENT.subject, VAULT, b"", gas=gas))

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

    assert [intent.state for intent in executor.unfinished()] == [IntentState.SENT]


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
    with pytest.raises(errors.NotMined):
        executor.submit(INTENT)

    (settled,) = executor.reconcile()

    assert settled.state is IntentState.SENT
    assert raw_sends(chain) == 2


def test_a_transaction_dropped_by_the_node_is_sent_again_byte_for_byte(database):
    chain = FakeChain(mines_at_once=False)
    executor = executor_on(chain, database)
    with pytest.raises(errors.NotMined):
        executor.submit(INTENT)
    first = set(chain.mempool)
    chain.mempool.clear()

    chain.mines_at_once = True
    (settled,) = executor.reconcile()

    assert settled.outcome.succeeded
    assert set(chain.receipts) == first


def test_an_intent_whose_nonce_was_used_elsewhere_is_superseded_and_never_sent_again(database):
    chain = FakeChain(mines_at_once=False)
    executor = executor_on(chain, database)
    with pytest.raises(errors.NotMined):
        executor.submit(INTENT)
    chain.mempool.clear()
    chain.use_nonce_elsewhere(executor.address)
    chain.mine()
    chain.mine()
    sends = raw_sends(chain)

    (settled,) = executor.reconcile()

    assert settled.state is IntentState.SUPERSEDED
    assert executor.reconcile() == ()
    assert raw_sends(chain) == sends


def test_losing_the_nonce_while_waiting_is_noticed_after_some_blocks(database):
    chain = FakeChain(mines_at_once=False)
    clock = FakeClock()
    executor = executor_on(chain, database, clock)

    def lose_the_nonce():
        chain.mempool.clear()
        chain.use_nonce_elsewhere(executor.address)

    clock.while_asleep = lose_the_nonce

    with pytest.raises(errors.Superseded, match="nonce 0"):
        executor.submit(INTENT)

    assert clock.now() == 1003.0
    assert executor.unfinished() == []


def test_a_node_that_knows_the_count_but_not_the_receipt_yet_is_not_believed_at_once(database):
    chain = FakeChain(mines_at_once=False)
    executor = executor_on(chain, database)
    with pytest.raises(errors.NotMined):
        executor.submit(INTENT)
    chain.mine()
    late, chain.receipts = chain.receipts, {}

    (unclear,) = executor.reconcile()
    chain.receipts = late
    (settled,) = executor.reconcile()

    assert unclear.state is IntentState.SENT
    assert settled.state is IntentState.SUCCEEDED


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

    assert executor.submit(replace(INTENT, subject=Subject("rebalance", VAULT, 4))).succeeded


def test_a_node_that_stays_behind_the_journal_is_given_up_on(database):
    chain = FakeChain()
    executor = executor_on(chain, database)
    executor.submit(INTENT)
    chain.get_transaction_count = lambda *_place: 0

    with pytest.raises(errors.NodeBehind, match="counts 0 transactions"):
        executor.submit(replace(INTENT, subject=Subject("rebalance", VAULT, 4)))

    assert raw_sends(chain) == 1


def test_the_same_rebalance_is_not_sent_by_two_executors(database):
    chain = FakeChain(mines_at_once=False)
    with pytest.raises(errors.NotMined):
        executor_on(chain, database).submit(INTENT)

    with pytest.raises(errors.IntentPending):
        executor_on(chain, database).submit(INTENT)


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

    def finish(self, *args, **kwargs):
        return self._around(super().finish, *args, **kwargs)


class Boundaries:
    """Counts the places between two steps and dies at one of them."""

    def __init__(self, deadly):
        self.deadly = deadly
        self.crossed = 0

    def cross(self):
        self.crossed += 1
        if self.crossed == self.deadly:
            raise KeyboardInterrupt


def crashing_executor(chain, database, boundaries):
    means = Means(
        node=Node(CrashingTransport(chain, boundaries)),
        journal=CrashingJournal(database, boundaries),
        signer=LocalSigner(EthAccount.from_key(KEY)),
        fees=FixedFees(10**9),
        clock=FakeClock(),
    )
    return Executor(means, Patience(poll=1.0, wait=5.0, depth=2))


def boundaries_in_one_run(tmp_path):
    counting = Boundaries(deadly=None)
    with Database(tmp_path / "count.db") as database:
        crashing_executor(FakeChain(), database, counting).submit(INTENT)
    return counting.crossed


def test_dying_between_any_two_steps_leaves_exactly_one_effect(tmp_path):
    for deadly in range(1, boundaries_in_one_run(tmp_path) + 1):
        chain = FakeChain()
        path = tmp_path / f"{deadly}.db"
        with Database(path) as database, pytest.raises(KeyboardInterrupt):
            crashing_executor(chain, database, Boundaries(deadly)).submit(INTENT)

        with Database(path) as database:
            executor = executor_on(chain, database)
            executor.reconcile()
            if not chain.receipts:
                executor.submit(INTENT)
            left = executor.unfinished()

        assert len(chain.receipts) == 1, f"boundary {deadly}"
        assert left == [], f"boundary {deadly}"


def test_dying_between_any_two_steps_of_reconciling_leaves_exactly_one_effect(tmp_path):
    for deadly in range(1, 15):
        chain = FakeChain(mines_at_once=False)
        path = tmp_path / f"{deadly}.db"
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

            assert len(chain.receipts) == 1, f"boundary {deadly}, died: {died}"
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
    signer = LocalSigner(EthAccount.from_key(KEY))

    assert "11" * 32 not in f"{signer!r} {signer} {vars(signer)}"
