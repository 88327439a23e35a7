"""A node that fails as it is told: an HTTP proxy in front of a real one.

A fault is a function of the call and of what the real node does with it. It returns the JSON-RPC
answer, or raises `Broken` with the bytes that go back instead of any.
"""

import json
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.request import Request, urlopen

from eth_utils.crypto import keccak

FOREVER = 10**9


class Broken(Exception):
    """No JSON-RPC answer: a status and bytes instead; without bytes the connection is cut."""

    def __init__(self, status=None, body=b"", *, headers=(), length=None):
        super().__init__(status)
        self.status, self.body = status, body
        self.headers = dict(headers)
        self.length = len(body) if length is None else length


@dataclass
class Rule:
    """A fault for one method, or for all, as often as it says."""

    method: str | None
    fault: Callable
    times: int = FOREVER


@dataclass
class Seen:
    """One call that came in, and what went back: an answer, or nothing."""

    method: str
    params: list
    answer: dict | None = None
    at: float = field(default_factory=time.monotonic)


class FaultyProxy:
    """Passes calls on to a node, except those that it has a rule for."""

    def __init__(self, target):
        self.target = target
        self.rules = []
        self.seen = []
        self.on_broadcast = lambda _hash: None
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.proxy = self
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}"

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def fail(self, method, fault, *, times=FOREVER):
        """Answer `method` (None: everything) by `fault`, the newest rule first."""
        self.rules.insert(0, Rule(method, fault, times))
        return self.rules[0]

    @contextmanager
    def failing(self, method, fault):
        rule = self.fail(method, fault)
        yield
        self.rules.remove(rule)

    def heal(self):
        self.rules.clear()

    def count(self, method):
        return sum(seen.method == method for seen in self.seen)

    def broadcast(self):
        """Hashes of the transactions that came by, in order, each as often as it came."""
        return [
            "0x" + keccak(hexstr=seen.params[0]).hex()
            for seen in self.seen
            if seen.method == "eth_sendRawTransaction"
        ]

    def answer(self, call):
        seen = Seen(call["method"], call.get("params", []))
        self.seen.append(seen)
        if seen.method == "eth_sendRawTransaction":
            self.on_broadcast(self.broadcast()[-1])
        seen.answer = self._by_rule(seen.method)(call, self.forward)
        return seen.answer

    def _by_rule(self, method):
        for rule in self.rules:
            if rule.method in (None, method) and rule.times > 0:
                rule.times -= 1
                return rule.fault
        return lambda call, forward: forward(call)

    def forward(self, call):
        """What the real node says."""
        request = Request(
            self.target,
            json.dumps(call).encode(),
            {"Content-Type": "application/json"},
        )
        with urlopen(request, timeout=30) as answer:
            return json.load(answer)


class Handler(BaseHTTPRequestHandler):
    """Hands calls to its server's proxy, and breaks off where that says so."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        try:
            self.reply(200, json.dumps(self.answer(asked)).encode())
        except Broken as broken:
            self.close_connection = True
            if broken.status is not None:
                self.reply(broken.status, broken.body, headers=broken.headers, length=broken.length)

    def answer(self, asked):
        if isinstance(asked, list):
            return [self.server.proxy.answer(call) for call in asked]
        return self.server.proxy.answer(asked)

    def reply(self, status, body, *, headers=(), length=None):
        self.send_response(status)
        for name, value in dict(headers).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def handle_one_request(self):
        try:
            super().handle_one_request()
        except OSError:  # a keeper that was killed no longer listens
            self.close_connection = True

    def log_message(self, *_):
        pass


def result_of(call, result):
    return {"jsonrpc": "2.0", "id": call["id"], "result": result}


def replying(result):
    """An invented result."""
    return lambda call, _forward: result_of(call, result)


def refusing(code, message):
    """An error of the node's own."""
    error = {"code": code, "message": message}
    return lambda call, _forward: {"jsonrpc": "2.0", "id": call["id"], "error": error}


def status(number, **headers):
    """A status without an answer."""

    def fault(_call, _forward):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        raise Broken(number, b"", headers=named)

    return fault


def silent(seconds):
    """No answer for so long that nobody waits for it."""

    def fault(_call, _forward):
        time.sleep(seconds)
        raise Broken

    return fault


def cut(_call, _forward):
    """The connection ends without an answer."""
    raise Broken


def malformed(_call, _forward):
    raise Broken(200, b'{"jsonrpc": "2.0", "result": 0x')


def truncated(call, forward):
    """Half of the real answer."""
    body = json.dumps(forward(call)).encode()
    raise Broken(200, body[: len(body) // 2], length=len(body))


def reply_lost(call, forward):
    """The node does what it is asked, and its answer does not arrive."""
    forward(call)
    raise Broken


def swallowed(call, _forward):
    """A transaction that is taken with thanks, and dropped."""
    return result_of(call, "0x" + keccak(hexstr=call["params"][0]).hex())


def first_then(action, fault=None):
    """Do something before the call goes on, or fails."""

    def wrapped(call, forward):
        action()
        return (fault or (lambda c, f: f(c)))(call, forward)

    return wrapped


def then(action):
    """Do something after the node has answered, before the answer goes back."""

    def fault(call, forward):
        answer = forward(call)
        action()
        return answer

    return fault


def standing_at(number):
    """A node whose head stands still."""

    def fault(call, forward):
        place, *rest = call["params"]
        place = hex(number) if place in ("latest", "pending") else place
        return forward(call | {"params": [place, *rest]})

    return fault


def changing(**fields):
    """The real answer with some fields of its result changed."""

    def fault(call, forward):
        answer = forward(call)
        if isinstance(answer.get("result"), dict):
            answer["result"] |= fields
        return answer

    return fault
