"""Whatever dies, lags, lies or is undone: TX-1, TX-2 and TX-3 hold after every step.

Two executors share an account and a journal. Each of their steps may be cut off before or after any
request and any write, requests and replies may be lost, and the node may lie about counts and
receipts. Meanwhile blocks are mined and undone, transactions are dropped, and another program uses
the key.
"""

from dataclasses import dataclass, replace

import pytest
import sqlalchemy as sql
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from trimtab.chain.node import Node
from trimtab.errors import NodeUnreachable, TransientError
from trimtab.executor.executor import Executor, Means, Patience
from trimtab.executor.fees import FixedFees
from trimtab.executor.intents import Intent
from trimtab.executor.signer import LocalSigner
from trimtab.executor.tenure import Claim
from trimtab.store.database import Database
from trimtab.store.journal import IntentState, Journal, Purpose, Subject
from trimtab.store.records import OPEN
from trimtab.store.schema import leases, metadata
from unit.executor.desk import ACCOUNT, FINAL_LATER, GWEI, VAULT, FakeClock
from unit.executor.fake_chain import FakeChain, Transaction

WISHES = 4
DEEPEST_UNDONE = 2
"""Blocks that a reorganisation undoes at most: what has as many on top is final."""


class Crash(BaseException):
    """The process dies: nothing catches it."""


@dataclass(frozen=True)
class Fault:
    """What goes wrong, and at which of the places where something can."""

    at: int
    kind: str


@dataclass(frozen=True)
class Lie:
    """What the node says that is not so."""

    count: int = 0
    only_latest: bool = False
    receipts: str = "true"


faults = st.builds(
    Fault, st.integers(1, 40), st.sampled_from(["none", "none", "crash", "no request", "no reply"])
)
truth = st.just(Lie())
lies = truth | st.builds(
    Lie,
    st.sampled_from([-2, -1, 0, 1, 2, 2**62, 2**63]),
    st.booleans(),
    st.sampled_from(["true", "hidden", "invented"]),
)
who = st.integers(0, 1)


class Fate:
    """Counts the places at which something can go wrong, and makes it so at one of them."""

    def __init__(self):
        self.fault, self.passed = Fault(0, "none"), 0

    def begin(self, fault):
        self.fault, self.passed = fault, 0

    def place(self, *kinds):
        self.passed += 1
        if self.passed == self.fault.at and self.fault.kind in kinds:
            if self.fault.kind == "crash":
                raise Crash
            raise NodeUnreachable("fake", self.fault.kind)


class Wire:
    """The way to the chain: it breaks where fate says so, and lies as it is told."""

    pins_by_hash = False
    name = "wire"

    def __init__(self, chain, fate, journal):
        self.chain, self.fate, self.journal = chain, fate, journal
        self.lie = Lie()

    def request(self, method, params):
        if method == "eth_sendRawTransaction":
            self.require_journalled(params[0])
        self.fate.place("crash", "no request")
        answer = self.bend(method, params, self.chain.request(method, params))
        self.fate.place("crash", "no reply")
        return answer

    def require_journalled(self, signed):
        """TX-2: what leaves is in the journal."""
        name = Transaction.of(signed).hash
        known = [a.transaction_hash for i in every_intent(self.journal) for a in i.attempts]
        assert name in known, f"TX-2: {name} leaves and was not written down"

    def bend(self, method, params, answer):
        if method == "eth_getTransactionCount":
            told = answer if self.lie.only_latest and params[1] != "latest" else None
            return max(0, answer + self.lie.count) if told is None else told
        if method == "eth_getTransactionReceipt" and self.lie.receipts != "true":
            invented = self.chain.receipt(params[0], len(self.chain.blocks) // 2)
            return invented if self.lie.receipts == "invented" else None
        return answer


class MortalJournal(Journal):
    """A journal before and after each of whose writes the process may die."""

    def __init__(self, database, fate):
        super().__init__(database)
        self._fate = fate

    def __getattribute__(self, name):
        found = super().__getattribute__(name)
        writes = {"write_down", "add_attempt", "add_foreign", "mark_sent", "mine", "unmine"}
        if name not in writes | {"finish", "bind"}:
            return found

        def mortal(*args, **kwargs):
            self._fate.place("crash")
            result = found(*args, **kwargs)
            self._fate.place("crash")
            return result

        return mortal


def every_intent(journal):
    """All intents that were ever written down."""
    with journal._database.read() as connection:
        ids = connection.scalars(sql.text("SELECT id FROM intents ORDER BY id")).all()
    return [journal.intent(intent_id) for intent_id in ids]


DATABASE = Database(None)


class Transactions(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        with DATABASE.write() as connection:
            for table in reversed(metadata.sorted_tables):
                connection.execute(table.delete())
        self.chain = FakeChain(mines_at_once=False)
        self.chain.mine(DEEPEST_UNDONE + 1)
        self.clock, self.fate, self.journal = FakeClock(), Fate(), Journal(DATABASE)
        self.wire = Wire(self.chain, self.fate, self.journal)
        self.executors = [self.start(), self.start()]
        self.ended = {}
        self.signed = 0

    def start(self):
        means = Means(
            node=Node(self.wire),
            journal=MortalJournal(DATABASE, self.fate),
            signer=LocalSigner(ACCOUNT.key),
            fees=FixedFees(GWEI),
            clock=self.clock,
            network=FINAL_LATER,
        )
        return Executor(means, Patience(poll=1.0, wait=0.0, stuck=60.0))

    def run(self, who, step, fault, lie):
        """One step of an executor, which starts anew if it dies."""
        self.fate.begin(fault)
        self.wire.lie = lie
        try:
            step(self.executors[who])
        except TransientError:
            pass
        except Crash:
            self.executors[who] = self.start()
        finally:
            self.fate.begin(Fault(0, "none"))
            self.wire.lie = Lie()

    def wish(self, number):
        """A wish, with calldata that no attempt before it had."""
        self.signed += 1
        data = bytes([number]) + self.signed.to_bytes(4, "big")
        return Intent(Subject(f"wish {number}"), VAULT, data, gas=100_000)

    def wanted(self, number):
        """Whether a wish was neither fulfilled nor may yet be."""
        mine = [i for i in every_intent(self.journal) if i.subject.kind == f"wish {number}"]
        return all(i.state not in {*OPEN, IntentState.SUCCEEDED} for i in mine)

    # What the executors do

    @rule(who=who, number=st.integers(0, WISHES - 1), fault=faults, lie=lies)
    def submit(self, who, number, fault, lie):
        if self.wanted(number):
            self.run(who, lambda executor: executor.submit(self.wish(number)), fault, lie)

    @rule(who=who, fault=faults, lie=lies)
    def reconcile(self, who, fault, lie):
        self.run(who, lambda executor: executor.reconcile(), fault, lie)

    @rule(who=who, fault=faults, lie=lies)
    def replace(self, who, fault, lie):
        def step(executor):
            pending = executor.in_flight()
            if pending is not None:
                number = int(pending.subject.kind.removeprefix("wish "))
                executor.replace(pending, replace(self.wish(number), subject=pending.subject))

        self.run(who, step, fault, lie)

    @rule(who=who, fault=faults, lie=lies)
    def cancel(self, who, fault, lie):
        def step(executor):
            pending = executor.in_flight()
            if pending is not None:
                executor.cancel(pending)

        self.run(who, step, fault, lie)

    @rule(who=who, fault=faults, lie=lies)
    def lead(self, who, fault, lie):
        name = f"keeper {who}"
        self.run(who, lambda executor: executor.lead(Claim(name, 1000)), fault, lie)

    # What happens to them

    @rule()
    def leases_end(self):
        with DATABASE.write() as connection:
            connection.execute(leases.update().values(expires_at=0.0))

    @rule()
    def time_passes(self):
        self.clock.time += 100

    @rule(blocks=st.integers(1, 3))
    def blocks_are_mined(self, blocks):
        self.chain.mine(blocks)

    @rule(depth=st.integers(1, DEEPEST_UNDONE), drop=st.booleans())
    def blocks_are_undone(self, depth, drop):
        self.chain.reorganise(depth, drop=drop)

    @precondition(lambda self: self.chain.mempool)
    @rule()
    def the_mempool_is_dropped(self):
        self.chain.mempool.clear()

    @rule()
    def another_program_uses_the_key(self):
        self.chain.use_nonce_elsewhere(ACCOUNT)

    # What holds after every step

    @invariant()
    def tx1_a_wish_takes_effect_at_most_once(self):
        effects = [tx.data[0] for tx in self.chain.mined() if len(tx.data) == 5]

        assert len(effects) == len(set(effects)), f"TX-1: {effects}"

    @invariant()
    def tx3_what_has_ended_is_true_and_never_changes(self):
        found = {i.intent_id: i for i in every_intent(self.journal)}
        assert self.ended.keys() <= found.keys(), "TX-3: an intent was forgotten"
        mined = {tx.slot: tx.hash for tx in self.chain.mined()}
        for intent_id, intent in found.items():
            if intent.state in OPEN:
                assert intent_id not in self.ended, "TX-3: an intent that has ended is open again"
                continue
            assert self.ended.setdefault(intent_id, intent.state) is intent.state
            purpose = intent.purpose_of(mined[intent.signer, intent.nonce])
            ends = {
                Purpose.ACT: IntentState.SUCCEEDED,
                Purpose.CANCEL: IntentState.CANCELLED,
                Purpose.FOREIGN: IntentState.SUPERSEDED,
            }
            assert ends[purpose] is intent.state, f"TX-3: intent {intent_id} is {intent.state}"

    def teardown(self):
        """Once nothing goes wrong any more, everything ends, and the account goes on."""
        self.leases_end()
        executor = self.start()
        for _ in range(8):
            self.clock.time += 100
            self.run(0, lambda _: executor.reconcile(), Fault(0, "none"), Lie())
            pending = executor.in_flight()
            if pending is not None:
                self.run(0, lambda _, p=pending: executor.cancel(p), Fault(0, "none"), Lie())
            self.chain.mine(DEEPEST_UNDONE + 1)
        executor.reconcile()
        self.tx1_a_wish_takes_effect_at_most_once()
        self.tx3_what_has_ended_is_true_and_never_changes()
        left = executor.unfinished()
        counted = self.chain.count(ACCOUNT.address)
        assert all(one.nonce > counted for one in left), [(i.nonce, i.state) for i in left]
        self.the_account_goes_on(executor)

    def the_account_goes_on(self, executor):
        before = len(self.chain.mined())
        self.chain.mines_at_once = True
        outcome = executor.submit(Intent(Subject("last"), VAULT, b"last", gas=100_000))

        assert outcome.took_effect
        assert len(self.chain.mined()) > before


TestTransactions = Transactions.TestCase
TestTransactions.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)


@pytest.mark.deep
class TestTransactionsDeeply(Transactions.TestCase):
    """The same for longer."""

    settings = settings(max_examples=1500, stateful_step_count=50, deadline=None)
