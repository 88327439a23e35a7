"""A node's answers are checked, and each of its failures has a class of ours."""

import contextlib
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st
from trimtab import errors
from trimtab.chain.node import Call, Node
from trimtab.chain.reverts import Refusal

HASH = "0x" + "ab" * 32
OTHER = "0x" + "cd" * 32
ADDRESS = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"
WRONG_NONCE = keccak(text="WrongNonce(uint256,uint256)")[:4] + encode(
    ["uint256", "uint256"], [3, 4]
)


class FakeTransport:
    """Answers each method with what it was given; a function is asked with the parameters."""

    name = "fake"

    def __init__(self, answers, *, pins_by_hash=False):
        self.answers = answers
        self.pins_by_hash = pins_by_hash
        self.asked = []

    def request(self, method, params):
        self.asked.append((method, params))
        answer = self.answers[method]
        answer = answer(*params) if callable(answer) else answer
        if isinstance(answer, Exception):
            raise answer
        return answer


def header(**changes):
    fields = {
        "number": "0x10",
        "hash": HASH,
        "parentHash": OTHER,
        "timestamp": "0x64",
        "gasLimit": "0x1c9c380",
        "baseFeePerGas": "0x7",
    }
    return fields | changes


def receipt(**changes):
    fields = {
        "transactionHash": HASH,
        "blockNumber": "0x10",
        "blockHash": OTHER,
        "status": "0x1",
        "gasUsed": "0x5208",
        "effectiveGasPrice": "0x7",
        "contractAddress": None,
        "logs": [],
    }
    return fields | changes


def node(**answers):
    return Node(FakeTransport({f"eth_{name}": answer for name, answer in answers.items()}))


def test_a_header_is_read_from_hexadecimal_and_from_numbers():
    from_real = node(getBlockByNumber=header()).head()
    from_local = node(getBlockByNumber=header(number=16, timestamp=100, gasLimit=30_000_000)).head()

    assert from_real == from_local
    assert (from_real.number, from_real.timestamp, from_real.base_fee) == (16, 100, 7)


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(None, id="nothing"),
        pytest.param([], id="a-list"),
        pytest.param({}, id="no-fields"),
        pytest.param(header(hash="0x12"), id="short-hash"),
        pytest.param(header(number="16"), id="number-without-0x"),
        pytest.param(header(number=-1), id="negative"),
        pytest.param(header(number=True), id="boolean"),
        pytest.param(header(timestamp=hex(2**64)), id="time-out-of-range"),
        pytest.param(header(number="0x" + "f" * 70), id="number-too-long"),
    ],
)
def test_a_malformed_header_is_refused_with_its_part_named(bad):
    with pytest.raises(errors.NodeAnsweredWrongly, match="latest block"):
        node(getBlockByNumber=bad).head()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    )
)
def test_no_answer_whatever_gets_past_the_checks_or_breaks_them(answer):
    asked = node(
        getBlockByNumber=answer, getTransactionReceipt=answer, feeHistory=answer, getLogs=answer
    )

    for ask in (
        asked.head,
        lambda: asked.receipt(HASH),
        lambda: asked.fee_history(3, percentile=50.0),
        lambda: asked.logs(ADDRESS, [HASH], first=0, last=1),
    ):
        with contextlib.suppress(errors.NodeAnsweredWrongly):
            ask()


def test_a_receipt_of_another_transaction_is_refused():
    with pytest.raises(errors.NodeAnsweredWrongly, match=OTHER):
        node(getTransactionReceipt=receipt()).receipt(OTHER)


def test_a_status_other_than_0_and_1_is_refused():
    with pytest.raises(errors.NodeAnsweredWrongly, match="status"):
        node(getTransactionReceipt=receipt(status="0x2")).receipt(HASH)


def test_a_missing_receipt_is_none():
    assert node(getTransactionReceipt=None).receipt(HASH) is None


def test_the_chain_is_asked_for_once():
    transport = FakeTransport({"eth_chainId": "0x1"})
    asked = Node(transport)

    assert (asked.chain_id(), asked.chain_id(), len(transport.asked)) == (1, 1, 1)


def test_another_chain_is_refused():
    with pytest.raises(errors.WrongChain, match=r"chain 8453.*chain 1"):
        node(chainId="0x2105").require_chain(1)


def test_an_address_without_code_is_refused_by_its_purpose():
    with pytest.raises(errors.NoContract, match=f"the vault at {ADDRESS}"):
        node(getCode="0x").require_code(ADDRESS, "the vault")


class TestPinning:
    """A snapshot never mixes two blocks."""

    def test_calls_name_the_block_by_hash_where_the_node_can(self):
        transport = FakeTransport(
            {"eth_getBlockByNumber": header(), "eth_call": "0x01"}, pins_by_hash=True
        )
        pinned = Node(transport)

        pinned.call(Call(ADDRESS, b""), at=pinned.head())

        assert transport.asked[-1][1][1] == {"blockHash": HASH}

    def test_a_node_that_does_not_know_hashes_is_asked_by_height(self):
        def call(_call, place):
            return "0x01" if place == "0x10" else errors.NodeRefused("eth_call", -32602, "no")

        transport = FakeTransport(
            {"eth_getBlockByNumber": header(), "eth_call": call}, pins_by_hash=True
        )
        pinned = Node(transport)
        block = pinned.head()

        assert pinned.call(Call(ADDRESS, b""), at=block) == b"\x01"
        pinned.confirm(block)
        assert transport.asked[-1] == ("eth_getBlockByNumber", ["0x10", False])

    @pytest.mark.parametrize("now", [header(hash=OTHER), None], ids=["replaced", "gone"])
    def test_a_block_that_changed_while_it_was_read_is_refused(self, now):
        answers = iter([header(), now])
        moving = node(getBlockByNumber=lambda *_: next(answers))

        with pytest.raises(errors.BlockMoved, match=HASH):
            moving.confirm(moving.head())


def answer_with(body, *, status=200):
    """An HTTP node on a free port that answers everything with `body`."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.server.requests_seen += 1
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.requests_seen = 0
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    return server


@pytest.fixture
def served():
    servers = []

    def start(body, **options):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        servers.append(answer_with(body, **options))
        return Node(f"http://127.0.0.1:{servers[-1].server_port}/secretkey", timeout=2.0)

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


class TestOverHttp:
    """Each failure of a node behind HTTP has its class."""

    @pytest.mark.parametrize(
        "error",
        [
            pytest.param(
                {"code": 3, "message": "execution reverted", "data": "0x" + WRONG_NONCE.hex()},
                id="geth",
            ),
            pytest.param(
                {"code": -32000, "message": "revert", "data": {"data": "0x" + WRONG_NONCE.hex()}},
                id="nested",
            ),
            pytest.param(
                {
                    "code": -32015,
                    "message": "VM execution error: reverted",
                    "data": "Reverted 0x" + WRONG_NONCE.hex(),
                },
                id="words-before",
            ),
        ],
    )
    def test_a_revert_is_decoded_wherever_the_node_puts_its_data(self, served, error):
        with pytest.raises(errors.CallReverted) as caught:
            served({"jsonrpc": "2.0", "id": 1, "error": error}).call(Call(ADDRESS, b""))

        assert caught.value.args_by_name == {"expected": 3, "actual": 4}

    def test_a_revert_in_words_only_keeps_the_words(self, served):
        error = {"code": 3, "message": "execution reverted: SPL"}

        with pytest.raises(errors.CallReverted, match="price limit"):
            served({"jsonrpc": "2.0", "id": 1, "error": error}).call(Call(ADDRESS, b""))

    def test_an_error_of_the_node_is_a_refusal_with_its_code(self, served):
        error = {"code": -32000, "message": "header not found"}

        with pytest.raises(errors.NodeRefused) as caught:
            served({"jsonrpc": "2.0", "id": 1, "error": error}).head()

        assert (caught.value.code, caught.value.reason) == (-32000, "header not found")

    def test_an_error_under_another_status_is_read_all_the_same(self, served):
        error = {"code": -32000, "message": "header not found"}

        with pytest.raises(errors.NodeRefused, match="header not found"):
            served({"jsonrpc": "2.0", "id": 1, "error": error}, status=400).head()

    @pytest.mark.parametrize(
        ("status", "error"),
        [
            pytest.param(429, {"code": -32005, "message": "slow down"}, id="status"),
            pytest.param(200, {"code": 429, "message": "slow down"}, id="code"),
            pytest.param(200, {"code": -1, "message": "rate limit: slow down"}, id="words"),
        ],
    )
    def test_a_node_that_asks_for_fewer_requests_is_busy(self, served, status, error):
        with pytest.raises(errors.NodeBusy, match="slow down"):
            served({"jsonrpc": "2.0", "id": 1, "error": error}, status=status).head()

    @pytest.mark.parametrize("body", [b"<html>", b"\xff\xfe", b"[1]", b'{"id": 1}', b"null"])
    def test_what_is_not_json_rpc_is_refused(self, served, body):
        with pytest.raises(errors.NodeAnsweredWrongly):
            served(body).head()

    def test_a_status_without_an_answer_is_no_answer(self, served):
        with pytest.raises(errors.NodeUnreachable, match="503"):
            served(b"", status=503).head()

    def test_a_signed_transaction_is_sent_exactly_once(self):
        server = answer_with(b"", status=503)
        try:
            with pytest.raises(errors.NodeUnreachable):
                Node(f"http://127.0.0.1:{server.server_port}").send_raw(b"\x02")
            assert server.requests_seen == 1
        finally:
            server.shutdown()
            server.server_close()

    def test_a_closed_port_is_unreachable_and_the_key_in_its_address_stays_hidden(self):
        with pytest.raises(errors.NodeUnreachable) as caught:
            Node("http://127.0.0.1:9/secretkey").head()

        assert "secretkey" not in str(caught.value)
        assert caught.value.__cause__ is None

    def test_an_address_of_another_kind_is_refused(self):
        with pytest.raises(errors.BadInput, match="http://"):
            Node("ws://127.0.0.1:1")


@pytest.mark.parametrize("method", ["chain_id", "head"])
def test_a_request_that_runs_no_contract_cannot_revert(method):
    """A node may write about reverting a database; the keeper waits and asks again."""
    name = {"chain_id": "eth_chainId", "head": "eth_getBlockByNumber"}[method]
    node = Node(FakeTransport({name: Refusal(b"")}))

    with pytest.raises(errors.NodeRefused, match=name):
        getattr(node, method)()


@pytest.fixture
def no_limit():
    """Python's limit where libraries for pairings on curves leave it."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(100_000)
    yield
    sys.setrecursionlimit(before)


@pytest.mark.usefixtures("no_limit")
def test_a_deep_answer_is_refused_rather_than_parsed_to_the_end(served):
    with pytest.raises(errors.NodeAnsweredWrongly):
        served(b"[" * 200_000).chain_id()


def test_a_nodes_words_neither_command_a_terminal_nor_tell_its_key(served):
    words = "\x1b[2Jproject secretkey exceeded its quota\nerror: fake"
    answer = {"jsonrpc": "2.0", "id": 1, "error": {"code": -1, "message": words}}

    with pytest.raises(errors.NodeRefused) as caught:
        served(answer).chain_id()

    assert "secretkey" not in str(caught.value)
    assert str(caught.value).isprintable()


def test_words_that_are_no_text_are_refused(served):
    body = b'{"jsonrpc": "2.0", "id": 1, "error": {"code": 3, "message": "\\ud800 reverted"}}'

    with pytest.raises(errors.NodeAnsweredWrongly, match="JSON"):
        served(body).call(Call(ADDRESS, b""))
