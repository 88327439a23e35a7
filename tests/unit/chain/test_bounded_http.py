"""A node that trickles, floods or cuts off its answer costs its time-out and no more."""

import json
import socket
import threading
import time
import zlib

import pytest
from trimtab import errors
from trimtab.chain.transport import HttpTransport

TIMEOUT = 0.4
LIMIT = 4096
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
GOOD = b'{"jsonrpc": "2.0", "id": 1, "result": "0x1"}'


def whole(body, *, more=b""):
    return HEAD + b"Content-Length: %d\r\n%s\r\n%s" % (len(body), more, body)


def read_request(reader):
    """One request, or nothing at the end of the connection."""
    length = 0
    while (line := reader.readline()) not in {b"\r\n", b""}:
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    return reader.read(length)


class RawServer:
    """Sends prepared pieces, with a pause after each, to whoever connects."""

    def __init__(self, pieces, *, pause=0.0):
        self.pieces, self.pause = pieces, pause
        self.requests = []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.socket.getsockname()[1]}/secretkey"

    def serve(self):
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return
            with client:
                try:
                    self.answer(client)
                except OSError:
                    continue

    def answer(self, client):
        with client.makefile("rb") as reader:
            while request := read_request(reader):
                self.requests.append(request)
                for piece in self.pieces:
                    client.sendall(piece)
                    time.sleep(self.pause)
                if b"Content-Length" not in b"".join(self.pieces):
                    return

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


@pytest.fixture
def serve():
    servers = []

    def start(pieces, **options):
        servers.append(RawServer(pieces, **options))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def asking(server):
    return HttpTransport(server.url, timeout=TIMEOUT, max_bytes=LIMIT)


def test_an_answer_in_one_piece_is_read(serve):
    assert asking(serve([whole(GOOD)])).request("eth_chainId", []) == "0x1"


def in_bytes(answer):
    return [answer[i : i + 1] for i in range(len(answer))]


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param(in_bytes(whole(GOOD)), id="status-and-headers"),
        pytest.param([HEAD + b"Content-Length: 44\r\n\r\n", *in_bytes(GOOD)], id="body"),
        pytest.param(
            [HEAD + b"Transfer-Encoding: chunked\r\n\r\n"] + [b"1\r\n \r\n"] * 100, id="chunks"
        ),
        pytest.param([b"HTTP/1.1 100 Continue\r\n\r\n"] * 100, id="endless-continue"),
        pytest.param([b""] * 20, id="silence"),
    ],
)
def test_a_trickling_node_does_not_outlast_the_time_out(serve, pieces):
    transport = asking(serve(pieces, pause=0.1))

    started = time.monotonic()
    with pytest.raises(errors.NodeUnreachable, match="in time"):
        transport.request("eth_chainId", [])

    assert time.monotonic() - started < TIMEOUT * 2


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param([whole(b"[" + b" " * LIMIT + b"]")], id="declared"),
        pytest.param([HEAD + b"\r\n"] + [b" " * 1024] * 64, id="until-it-closes"),
        pytest.param(
            [HEAD + b"Transfer-Encoding: chunked\r\n\r\n"]
            + [b"400\r\n" + b" " * 1024 + b"\r\n"] * 64,
            id="chunked",
        ),
    ],
)
def test_a_flooding_node_is_not_read_to_the_end(serve, pieces):
    with pytest.raises(errors.NodeAnsweredWrongly, match="4096 bytes"):
        asking(serve(pieces)).request("eth_chainId", [])


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param(
            [HEAD + b"Content-Length: 99\r\nConnection: close\r\n\r\n" + GOOD], id="short"
        ),
        pytest.param([b"HTTP/1.1 200 OK\r\nConte"], id="in-the-headers"),
        pytest.param([b"\x00\x01\x02"], id="no-http"),
    ],
)
def test_an_answer_that_is_cut_off_is_no_answer(pieces, caplog):
    server = RawServer(pieces)
    server.answer = lambda client: (client.recv(65536), client.sendall(pieces[0]))
    try:
        with pytest.raises((errors.NodeUnreachable, errors.NodeAnsweredWrongly)) as caught:
            asking(server).request("eth_chainId", [])
        assert "secretkey" not in str(caught.value) + caplog.text
    finally:
        server.close()


def test_what_was_compressed_unasked_is_not_unpacked(serve):
    bomb = zlib.compress(b" " * 10_000_000)[:LIMIT]

    with pytest.raises(errors.NodeAnsweredWrongly, match="JSON"):
        asking(serve([whole(bomb, more=b"Content-Encoding: deflate\r\n")])).request(
            "eth_chainId", []
        )


def test_a_redirection_is_not_followed(serve):
    target = serve([whole(GOOD)])
    pointer = serve(
        [
            b"HTTP/1.1 307 Elsewhere\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n"
            % target.url.encode()
        ]
    )

    with pytest.raises(errors.NodeUnreachable, match="307"):
        asking(pointer).request("eth_sendRawTransaction", ["0x02"])

    assert target.requests == []


def test_a_request_that_failed_is_not_repeated(serve):
    server = serve([b"HTTP/1.1 502 Bad\r\nContent-Length: 0\r\n\r\n"])

    with pytest.raises(errors.NodeUnreachable, match="502"):
        asking(server).request("eth_sendRawTransaction", ["0x02"])

    assert len(server.requests) == 1


def test_a_connection_is_kept_and_each_answer_has_its_own_time(serve):
    transport = asking(
        serve([whole(b'{"jsonrpc": "2.0", "id": null, "error": {"message": "no"}}')], pause=0.25)
    )

    for _ in range(3):
        with pytest.raises(errors.NodeRefused):
            transport.request("eth_chainId", [])


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        pytest.param(b"7", 7.0, id="seconds"),
        pytest.param(b"999999", 600.0, id="bounded"),
        pytest.param(b"Wed, 21 Oct 2026 07:28:00 GMT", None, id="a-date"),
        pytest.param(b"-1", None, id="nonsense"),
    ],
)
def test_how_long_a_busy_node_asks_for_is_read(serve, header, expected):
    answer = b"HTTP/1.1 429 Slow\r\nContent-Length: 0\r\nRetry-After: %s\r\n\r\n" % header

    with pytest.raises(errors.NodeBusy) as caught:
        asking(serve([answer])).request("eth_chainId", [])

    assert caught.value.retry_after == expected


class TestBatches:
    """Several requests in one round trip."""

    ASKED = (("eth_chainId", []), ("eth_call", [{}, "latest"]), ("eth_blockNumber", []))

    def answers(self, serve, *given):
        return asking(serve([whole(json.dumps(list(given)).encode())])).batch(self.ASKED)

    def test_answers_in_any_order_are_put_in_that_of_the_questions(self, serve):
        first, second, third = self.answers(
            serve,
            {"id": 3, "result": "0x3"},
            {"id": 1, "result": "0x1"},
            {"id": 2, "result": "0x2"},
        )

        assert (first, second, third) == ("0x1", "0x2", "0x3")

    def test_what_is_missing_or_failed_spoils_nothing_else(self, serve):
        first, second, third = self.answers(
            serve,
            {"id": 2, "error": {"code": 3, "message": "reverted"}},
            {"id": 3, "result": "0x3"},
            7,
        )

        assert isinstance(first, errors.NodeAnsweredWrongly)
        assert type(second).__name__ == "Refusal"
        assert third == "0x3"

    @pytest.mark.parametrize(
        "body", [b'{"id": null, "error": {"code": -32600, "message": "no batch"}}', b"7"]
    )
    def test_a_node_that_takes_no_batches_says_so(self, serve, body):
        with pytest.raises((errors.NodeRefused, errors.NodeAnsweredWrongly)):
            asking(serve([whole(body)])).batch(self.ASKED)


def test_an_answer_to_another_question_is_refused(serve):
    answer = whole(GOOD.replace(b'"id": 1', b'"id": 9'))

    with pytest.raises(errors.NodeAnsweredWrongly, match="id"):
        asking(serve([answer])).request("eth_chainId", [])
