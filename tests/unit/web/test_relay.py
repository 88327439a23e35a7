"""A page's questions reach the node only if they read, and every failure is an answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trimtab.chain.reverts import Refusal
from trimtab.errors import NodeRefused, NodeUnreachable
from trimtab.web.relay import MOST_AT_ONCE, READING, relay


class FakeTransport:
    """Answers every question with itself, or raises what it was given."""

    name = "a node"
    pins_by_hash = True

    def __init__(self, error=None):
        self.error = error
        self.asked = []

    def request(self, method, params):
        self.asked.append((method, params))
        if self.error:
            raise self.error
        return [method, params]


def question(method="eth_chainId", params=(), number=7):
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": list(params)}


def test_a_question_that_reads_is_handed_on():
    answer = relay(FakeTransport(), question(params=["0x1"]))

    assert answer == {"jsonrpc": "2.0", "id": 7, "result": ["eth_chainId", ["0x1"]]}


@pytest.mark.parametrize(
    "method",
    ["eth_sendRawTransaction", "eth_sign", "anvil_setBalance", "debug_traceCall", "", None, 5],
)
def test_anything_else_is_not(method):
    transport = FakeTransport()

    answer = relay(transport, question(method))

    assert "error" in answer
    assert not transport.asked


def test_a_batch_is_answered_one_by_one():
    answers = relay(FakeTransport(), [question(number=1), question("eth_sign", number=2)])

    assert [answer["id"] for answer in answers] == [1, 2]
    assert ["error" in answer for answer in answers] == [False, True]


@pytest.mark.parametrize("size", [0, MOST_AT_ONCE + 1])
def test_a_batch_of_nothing_or_too_much_is_refused(size):
    transport = FakeTransport()

    answer = relay(transport, [question()] * size)

    assert "expected 1 to" in answer["error"]["message"]
    assert not transport.asked


def test_what_a_contract_reverted_with_reaches_the_page():
    answer = relay(FakeTransport(Refusal(b"\x01\x02\x03\x04")), question("eth_call"))

    assert answer["error"] == {"code": 3, "message": "execution reverted", "data": "0x01020304"}


@pytest.mark.parametrize(
    "error", [NodeUnreachable("a node", "no answer"), NodeRefused("eth_call", "no", -32000)]
)
def test_a_failing_node_is_an_error_in_words(error):
    answer = relay(FakeTransport(error), question())

    assert answer["error"]["message"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "method", "params", "x"]), inner, max_size=4)
    ),
    max_leaves=8,
)


@given(JSON)
def test_whatever_is_asked_nothing_but_reading_reaches_the_node(body):
    transport = FakeTransport()

    answer = relay(transport, body)

    assert isinstance(answer, dict | list)
    assert {method for method, _ in transport.asked} <= READING
