"""Endpoints that fail, lag, lie or serve another chain cost nothing while a good one is left."""

import dataclasses
import time

import pytest
from eth_utils.crypto import keccak
from trimtab import errors
from trimtab.chain.node import Call, Node
from trimtab.chain.pool import Pool, PoolLimits
from trimtab.chain.pool_endpoint import Chance, EndpointState
from trimtab.chain.reverts import Refusal

CHAIN_ID = 31337
ACCOUNT = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"
SIGNED = b"\x02signed"
SENT = "0x" + keccak(SIGNED).hex()
DOWN = errors.NodeUnreachable("fake", "it did not answer in time")


def block_hash(number, branch=""):
    return "0x" + keccak(text=f"{branch} {number}").hex()


def header(number, branch="", transactions=()):
    return {
        "number": hex(number),
        "hash": block_hash(number, branch),
        "parentHash": block_hash(number - 1, branch),
        "timestamp": hex(1_000 + 12 * number),
        "gasLimit": "0x1c9c380",
        "baseFeePerGas": "0x7",
        "transactions": list(transactions),
    }


def receipt(number, branch=""):
    return {
        "transactionHash": SENT,
        "blockNumber": hex(number),
        "blockHash": block_hash(number, branch),
        "status": "0x1",
        "gasUsed": "0x5208",
        "effectiveGasPrice": "0x7",
        "logs": [],
    }


@dataclasses.dataclass
class FakeEndpoint:
    """A node that does as it is told; `fork` is the first height of a branch of its own."""

    name: str
    head: int = 100
    chain_id: int = CHAIN_ID
    fork: int | None = None
    count: int = 5
    mined_in: int | None = None
    receipt: object = None
    answer: object = "0x01"
    sends: object = SENT
    fault: Exception | None = None
    pins_by_hash: bool = True
    by_hash: bool = True
    asked: list = dataclasses.field(default_factory=list)

    def branch(self, number):
        return self.name if self.fork is not None and number >= self.fork else ""

    def block(self, number):
        if number > self.head:
            return None
        return header(number, self.branch(number), [SENT] if number == self.mined_in else [])

    def holds(self, place):
        return any(
            block_hash(n, self.branch(n)) == place["blockHash"]
            for n in range(max(0, self.head - 300), self.head + 1)
        )

    def request(self, method, params):
        self.asked.append((method, params))
        if self.fault is not None:
            raise self.fault
        answer = getattr(self, method.removeprefix("eth_"))(*params)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def chainId(self):  # noqa: N802 (the method's own name)
        return hex(self.chain_id)

    def getBlockByNumber(self, place, _whole):  # noqa: N802
        return self.block(self.head if place == "latest" else int(place, 16))

    def at(self, place, answer):
        if isinstance(place, dict) and not self.by_hash:
            return errors.NodeRefused("any", -32602, "invalid argument 1")
        if isinstance(place, dict) and not self.holds(place):
            return errors.NodeRefused("any", -32000, "header not found")
        return answer

    def call(self, _call, place):
        return self.at(place, self.answer)

    def getTransactionCount(self, _account, place):  # noqa: N802
        return self.at(place, hex(self.count))

    def getTransactionReceipt(self, _hash):  # noqa: N802
        return self.receipt

    def sendRawTransaction(self, _signed):  # noqa: N802
        return self.sends

    def methods(self):
        return [method for method, _ in self.asked]


class Watch:
    """A clock that is set by hand."""

    time = 0.0

    def now(self):
        return self.time


@pytest.fixture
def watch():
    return Watch()


@pytest.fixture
def pool_of(watch):
    def make(*endpoints):
        limits = PoolLimits(lag=30.0, memory=120.0, grace=0.2)
        chance = Chance(watch.now, lambda: 1.0)
        return Pool(endpoints, CHAIN_ID, limits=limits, chance=chance)

    return make


def states(pool):
    return [health.state for health in pool.health()]


class TestHeads:
    """The newest block is that of the best endpoint that most agree with."""

    def test_the_highest_head_is_taken(self, pool_of):
        pool = pool_of(FakeEndpoint("a", 99), FakeEndpoint("b", 100))

        assert Node(pool).head().number == 100

    def test_an_endpoint_that_lags_is_behind_and_comes_back(self, pool_of):
        slow = FakeEndpoint("slow", 90)
        pool = pool_of(slow, FakeEndpoint("good"))

        Node(pool).head()
        before, lag = states(pool), pool.health()[0]
        slow.head = 100
        Node(pool).head()

        assert before == [EndpointState.BEHIND, EndpointState.GOOD]
        assert (lag.lag_blocks, lag.lag_seconds) == (10, 120)
        assert states(pool) == [EndpointState.GOOD, EndpointState.GOOD]

    def test_how_long_a_head_has_stood_still_is_told_by_no_clock_on_a_wall(self, pool_of, watch):
        pool = pool_of(FakeEndpoint("a"))

        Node(pool).head()
        watch.time = 77.0
        Node(pool).head()

        assert pool.health()[0].still_for == 77.0

    def test_another_chain_is_never_asked_for_anything_else(self, pool_of):
        other = FakeEndpoint("other", 10_000, chain_id=1)
        good = FakeEndpoint("good", answer="0x02")
        node = Node(pool_of(other, good))

        node.require_chain(CHAIN_ID)
        assert node.call(Call(ACCOUNT, b""), at=node.head()) == b"\x02"
        node.send_raw(SIGNED)

        assert set(other.methods()) == {"eth_chainId", "eth_getBlockByNumber"}

    def test_nothing_but_other_chains_is_refused(self, pool_of):
        node = Node(pool_of(FakeEndpoint("a", chain_id=1), FakeEndpoint("b", chain_id=10)))

        with pytest.raises(errors.WrongChain, match="chain 1"):
            node.require_chain(CHAIN_ID)

    def test_an_endpoint_that_changes_its_chain_is_left_out(self, pool_of):
        turncoat = FakeEndpoint("turncoat")
        pool = pool_of(turncoat, FakeEndpoint("good"))
        Node(pool).head()

        turncoat.chain_id = 1
        Node(pool).head()

        assert states(pool) == [EndpointState.WRONG_CHAIN, EndpointState.GOOD]

    def test_the_one_of_three_that_disagrees_is_left_out_and_named(self, pool_of):
        liar = FakeEndpoint("liar", 100, fork=90)
        pool = pool_of(liar, FakeEndpoint("a"), FakeEndpoint("b", 99))

        assert Node(pool).head().hash == block_hash(100)
        assert states(pool) == [EndpointState.DISAGREES, EndpointState.GOOD, EndpointState.GOOD]

    @pytest.mark.parametrize("head", [100, 101, 95])
    def test_two_that_disagree_stop_everything_that_is_new(self, pool_of, head):
        pool = pool_of(FakeEndpoint("a"), FakeEndpoint("b", head, fork=90))

        with pytest.raises(errors.NodesDisagree, match=r"a says block 100.*b says block"):
            Node(pool).head()

    def test_two_that_agree_again_are_used_again(self, pool_of):
        other = FakeEndpoint("b", fork=100)
        pool = pool_of(FakeEndpoint("a"), other)
        with pytest.raises(errors.NodesDisagree):
            Node(pool).head()

        other.fork = None

        assert Node(pool).head().number == 100
        assert states(pool) == [EndpointState.GOOD] * 2

    def test_the_only_endpoint_left_does_not_turn_back_time(self, pool_of, watch):
        good, slow = FakeEndpoint("good"), FakeEndpoint("slow", 50)
        node = Node(pool_of(good, slow))
        node.head()

        good.fault = DOWN
        with pytest.raises(errors.NodeAnsweredWrongly, match="block 100"):
            node.head()
        watch.time += 200.0

        assert node.head().number == 50


class TestReads:
    """A read is answered by an endpoint that holds the block."""

    def test_a_failing_endpoint_costs_one_more_question(self, pool_of):
        bad, good = FakeEndpoint("bad"), FakeEndpoint("good", answer="0x02")
        node = Node(pool_of(bad, good))
        head = node.head()

        bad.fault = DOWN

        assert node.call(Call(ACCOUNT, b""), at=head) == b"\x02"

    def test_an_endpoint_that_lost_the_block_is_passed_over(self, pool_of):
        pruned, good = FakeEndpoint("pruned", answer="0x03"), FakeEndpoint("good", answer="0x02")
        node = Node(pool_of(pruned, good))
        head = node.head()

        pruned.fork = 50

        assert node.call(Call(ACCOUNT, b""), at=head) == b"\x02"

    def test_an_endpoint_without_hashes_is_asked_by_height_and_its_block_checked(self, pool_of):
        old = FakeEndpoint("old", by_hash=False)
        node = Node(pool_of(old))

        assert node.call(Call(ACCOUNT, b""), at=node.head()) == b"\x01"
        assert old.asked[-1] == ("eth_call", [{"to": ACCOUNT, "data": "0x"}, "0x64"])

    def test_an_endpoint_without_hashes_that_moved_is_refused(self, pool_of):
        old = FakeEndpoint("old", by_hash=False)
        node = Node(pool_of(old))
        head = node.head()
        old.head, old.fork = 101, 100
        node.head()

        with pytest.raises(errors.BlockMoved):
            node.call(Call(ACCOUNT, b""), at=head)

    def test_a_revert_is_an_answer(self, pool_of):
        first, second = FakeEndpoint("first", answer=Refusal(b"")), FakeEndpoint("second")
        node = Node(pool_of(first, second))

        with pytest.raises(errors.CallReverted):
            node.call(Call(ACCOUNT, b""))

        assert "eth_call" not in second.methods()

    def test_all_down_names_each_endpoint_and_its_fault(self, pool_of):
        node = Node(pool_of(FakeEndpoint("a", fault=DOWN), FakeEndpoint("b", fault=DOWN)))

        with pytest.raises(
            errors.NodeUnreachable, match=r"2 endpoints.*a: .*in time.*b: .*in time"
        ):
            node.head()

    def test_a_slow_endpoint_is_not_waited_for(self, pool_of):
        class Slow(FakeEndpoint):
            def request(self, method, params):
                time.sleep(2.0)
                return super().request(method, params)

        node = Node(pool_of(Slow("slow"), FakeEndpoint("quick")))

        started = time.monotonic()

        assert node.head().number == 100
        assert time.monotonic() - started < 1.0


class TestRests:
    """An endpoint that fails is left alone, longer each time, and is used again when it works."""

    def test_it_rests_longer_each_time_and_recovers(self, pool_of, watch):
        bad = FakeEndpoint("bad", fault=DOWN)
        pool = pool_of(bad, FakeEndpoint("good"))
        rests = []
        for _ in range(8):
            Node(pool).head()
            rests.append(pool.health()[0].rests_for)
            watch.time += rests[-1]
        bad.fault = None
        Node(pool).head()

        assert rests == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]
        assert states(pool) == [EndpointState.GOOD] * 2
        assert (pool.health()[0].failures, pool.health()[0].faults) == (0, 8)

    def test_while_it_rests_it_is_not_asked(self, pool_of):
        bad = FakeEndpoint("bad", fault=DOWN)
        pool = pool_of(bad, FakeEndpoint("good"))
        Node(pool).head()
        asked = len(bad.asked)

        for _ in range(5):
            Node(pool).head()

        assert len(bad.asked) == asked
        assert states(pool)[0] == EndpointState.RESTING

    def test_the_last_one_is_asked_though_it_rests(self, pool_of):
        only = FakeEndpoint("only", fault=DOWN)
        node = Node(pool_of(only))
        with pytest.raises(errors.NodeUnreachable):
            node.head()

        only.fault = None

        assert node.head().number == 100

    def test_an_endpoint_that_names_a_time_is_left_alone_until_then(self, pool_of, watch):
        only = FakeEndpoint("only", fault=errors.NodeBusy("only", "HTTP status 429", 30.0))
        node = Node(pool_of(only))
        with pytest.raises(errors.NodeUnreachable):
            node.head()
        only.fault, asked = None, len(only.asked)

        with pytest.raises(errors.NodeUnreachable, match="429"):
            node.head()
        assert len(only.asked) == asked
        watch.time += 30.0

        assert node.head().number == 100


class TestCounts:
    """A nonce comes from a count that does not stand alone."""

    def test_what_most_state_is_taken_and_the_other_rests(self, pool_of):
        pool = pool_of(FakeEndpoint("a", count=10**9), FakeEndpoint("b"), FakeEndpoint("c"))

        assert Node(pool).transaction_count(ACCOUNT) == 5
        assert states(pool)[0] == EndpointState.RESTING

    @pytest.mark.parametrize("count", [6, 4, 10**9])
    def test_two_that_contradict_each_other_at_one_block_give_none(self, pool_of, count):
        pool = pool_of(FakeEndpoint("a", count=count), FakeEndpoint("b"))

        with pytest.raises(errors.NodesDisagree, match="eth_getTransactionCount"):
            Node(pool).transaction_count(ACCOUNT)

    def test_the_count_of_the_highest_head_is_taken(self, pool_of):
        class Ahead(FakeEndpoint):
            def getTransactionCount(self, account, place):  # noqa: N802
                self.count = 7 if place == {"blockHash": block_hash(101)} else 5
                return super().getTransactionCount(account, place)

        pool = pool_of(FakeEndpoint("behind"), Ahead("ahead", 101))

        assert Node(pool).transaction_count(ACCOUNT) == 7

    def test_a_count_that_cannot_follow_the_others_is_refused(self, pool_of):
        class Ahead(FakeEndpoint):
            def getTransactionCount(self, account, place):  # noqa: N802
                self.count = 5_000 if place == {"blockHash": block_hash(101)} else 5
                return super().getTransactionCount(account, place)

        pool = pool_of(FakeEndpoint("behind"), Ahead("ahead", 101))

        with pytest.raises(errors.NodeAnsweredWrongly, match="5000"):
            Node(pool).transaction_count(ACCOUNT)

    def test_counts_at_a_height_are_compared_as_well(self, pool_of):
        pool = pool_of(FakeEndpoint("a", count=6), FakeEndpoint("b"))

        with pytest.raises(errors.NodesDisagree):
            Node(pool).transaction_count(ACCOUNT, at=90)


class TestReceipts:
    """A receipt is believed when another endpoint holds its block."""

    def test_one_that_others_do_not_show_yet_is_found(self, pool_of):
        seeing = FakeEndpoint("seeing", mined_in=100, receipt=receipt(100))
        node = Node(pool_of(FakeEndpoint("late", mined_in=100), seeing))

        assert node.receipt(SENT).block_number == 100

    def test_one_that_another_contradicts_is_not_believed(self, pool_of):
        liar = FakeEndpoint("liar", mined_in=100, receipt=receipt(100))
        pool = pool_of(liar, FakeEndpoint("good"))

        assert Node(pool).receipt(SENT) is None
        assert "a receipt" in pool.health()[0].last_fault

    def test_one_in_a_block_that_nobody_else_has_waits_for_them(self, pool_of):
        other = FakeEndpoint("behind", 99)
        node = Node(pool_of(FakeEndpoint("a", 100, mined_in=100, receipt=receipt(100)), other))

        before = node.receipt(SENT)
        other.head, other.mined_in = 100, 100

        assert before is None
        assert node.receipt(SENT).block_hash == block_hash(100)

    def test_the_only_endpoint_must_hold_the_block_itself(self, pool_of):
        node = Node(pool_of(FakeEndpoint("a", receipt=receipt(100, "elsewhere"))))

        assert node.receipt(SENT) is None

    def test_none_is_there_only_if_somebody_says_so(self, pool_of):
        down = FakeEndpoint("a")
        node = Node(pool_of(down))
        node.head()
        down.fault = DOWN

        with pytest.raises(errors.NodeUnreachable):
            node.receipt(SENT)


class TestSending:
    """A transaction goes to every endpoint, and one that takes it is enough."""

    def test_every_endpoint_gets_it(self, pool_of):
        endpoints = [FakeEndpoint(name) for name in "abc"]

        assert Node(pool_of(*endpoints)).send_raw(SIGNED) == SENT

        deadline = time.monotonic() + 2
        while any("eth_sendRawTransaction" not in e.methods() for e in endpoints):
            assert time.monotonic() < deadline

    def test_one_that_takes_it_outweighs_all_that_do_not(self, pool_of):
        refusing = FakeEndpoint("a", sends=errors.NodeRefused("send", -32000, "underpriced"))
        node = Node(pool_of(refusing, FakeEndpoint("b", fault=None), FakeEndpoint("c", fault=DOWN)))

        assert node.send_raw(SIGNED) == SENT

    def test_known_outweighs_other_refusals_and_silence(self, pool_of):
        known = errors.NodeRefused("send", -32000, "already known")
        poor = errors.NodeRefused("send", -32000, "replacement transaction underpriced")
        node = Node(pool_of(FakeEndpoint("a", sends=poor), FakeEndpoint("b", sends=known)))

        with pytest.raises(errors.NodeRefused, match="already known"):
            node.send_raw(SIGNED)

    def test_a_hash_of_something_else_is_no_success(self, pool_of):
        node = Node(pool_of(FakeEndpoint("a", sends="0x" + "00" * 32)))

        with pytest.raises(errors.NodeAnsweredWrongly, match="hash of what was sent"):
            node.send_raw(SIGNED)


def test_a_pool_without_endpoints_is_refused():
    with pytest.raises(errors.BadInput, match="at least one"):
        Pool([], CHAIN_ID)


def test_health_before_anything_was_asked_says_so(pool_of):
    (health,) = pool_of(FakeEndpoint("a")).health()

    assert (health.state, health.head, health.still_for) == (EndpointState.UNKNOWN, None, None)
