"""JSON-RPC requests to one node, and every way in which they can fail.

Nothing is sent twice: web3's own retries would hand over a signed transaction up to five times
without saying so, and are refused.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import count
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import requests
import urllib3
from pydantic_core import from_json

from trimtab.chain.answers import MAX_TEXT, fields, shown
from trimtab.chain.bounded_http import Answer, Post, TooLong
from trimtab.chain.reverts import Refusal, data_in_message
from trimtab.errors import (
    BadInput,
    NodeAnsweredWrongly,
    NodeBusy,
    NodeRefused,
    NodeUnreachable,
    TransientError,
)
from trimtab.telemetry import HIDDEN, printable, redact, redact_url, secret_parts

if TYPE_CHECKING:
    from web3.providers.base import BaseProvider

TIMEOUT_SECONDS = 20.0
"""How long one answer is waited for."""

MAX_BYTES = 32 * 1024 * 1024
"""Longest answer that is read: that of the lens for a thousand vaults takes half of it."""

BUSY_STATUSES = (429, 503)
"""HTTP statuses by which a node asks to be left alone for a while."""

BUSY_CODES = (429, -32029)
"""JSON-RPC codes by which some do, under status 200."""

BUSY_WORDS = ("rate limit", "too many requests", "request limit", "per second")
"""Words by which the others do."""

LONGEST_REST = 600.0
"""Most that a node's `Retry-After` is heeded, in seconds."""

Asked = tuple[str, list[Any]]
"""A method and its parameters."""


@runtime_checkable
class Transport(Protocol):
    """A way to ask one node."""

    @property
    def name(self) -> str:
        """What the node is called in logs and errors; without secrets."""

    @property
    def pins_by_hash(self) -> bool:
        """Whether calls may name their block by its hash (EIP-1898)."""

    def request(self, method: str, params: list[Any]) -> object:
        """The node's result, unchecked.

        Raises
        ------
        NodeUnreachable, NodeRefused, NodeAnsweredWrongly
            If there is none.
        Refusal
            If a contract reverted.
        """


def transport_for(
    source: BaseProvider | Transport | str, *, timeout: float = TIMEOUT_SECONDS
) -> Transport:
    """The transport for an HTTP address or a web3 provider; a transport is taken as it is.

    Raises
    ------
    BadInput
        If the address is not one of HTTP, or the provider of another kind.
    """
    if isinstance(source, str):
        return HttpTransport(source, timeout=timeout)
    if isinstance(source, Transport):
        return source
    # A keeper asks addresses: it starts without web3, which takes longer to load than all the rest.
    from trimtab.chain.provider import provider_transport  # noqa: PLC0415 (loads web3)

    return provider_transport(source)


class HttpTransport:
    """A node behind HTTP; may be asked by several threads.

    Parameters
    ----------
    url
        Its address.
    timeout
        How long one whole answer is waited for, in seconds.
    max_bytes
        Longest answer that is read.
    """

    pins_by_hash = True

    def __init__(
        self, url: str, *, timeout: float = TIMEOUT_SECONDS, max_bytes: int = MAX_BYTES
    ) -> None:
        if not url.startswith(("http://", "https://")):
            raise BadInput(
                f"a node's address starts with http:// or https://, got {redact(shown(url))}"
            )
        self.name = redact_url(url)
        self._secrets = secret_parts(url)
        self._post = Post(url, timeout=timeout, max_bytes=max_bytes)
        self._ids = count(1)

    def request(self, method: str, params: list[Any]) -> object:
        """The node's result, unchecked."""
        (question,) = self._numbered([(method, params)])
        return self._result(question, self._ask(method, question))

    def batch(self, asked: Sequence[Asked]) -> list[object]:
        """Results in the order asked, in one round trip; what failed stands there as its error.

        Raises
        ------
        NodeUnreachable, NodeRefused, NodeAnsweredWrongly
            If the node does not answer, or takes no batches.
        """
        numbered = self._numbered(asked)
        found = self._ask("a batch", numbered)
        if not isinstance(found, list):
            self._result({"method": "a batch", "id": None}, found)
            raise NodeAnsweredWrongly("a batch", shown(found), "a list of answers")
        by_id = {str(answer.get("id")): answer for answer in found if isinstance(answer, dict)}
        return [
            self._result_or_error(question, by_id.get(str(question["id"]))) for question in numbered
        ]

    def close(self) -> None:
        """Give back the connections."""
        self._post.close()

    def _numbered(self, asked: Sequence[Asked]) -> list[dict[str, Any]]:
        return [
            {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": params}
            for method, params in asked
        ]

    def _result(self, question: Mapping[str, Any], answer: object) -> object:
        try:
            return rpc_result(question["method"], answer, wanted=question["id"])
        except NodeRefused as refusal:
            words = hidden(refusal, self._secrets)
            raise NodeBusy(self.name, words.reason) if _is_busy(words) else words from None

    def _result_or_error(self, question: Mapping[str, Any], answer: object) -> object:
        try:
            return self._result(question, answer)
        except (TransientError, Refusal) as error:
            return error

    def _ask(self, what: str, question: object) -> object:
        try:
            answer = self._post(json.dumps(question).encode())
        except TooLong as error:
            raise NodeAnsweredWrongly(what, str(error), f"at most {error.limit}") from None
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            raise NodeUnreachable(self.name, cause_of(error)) from None
        return self._parsed(what, answer)

    def _parsed(self, what: str, answer: Answer) -> object:
        """What stands in the body; some nodes send errors of JSON-RPC under another status."""
        found = fault = None
        try:
            # Python's own parser overflows its stack on nothing but brackets, as a library for
            # signing raises the limit that would stop it. This one has a limit of its own.
            found = from_json(answer.body, allow_inf_nan=False)
        except ValueError as error:
            fault = error
        if answer.status in BUSY_STATUSES:
            words = f"HTTP status {answer.status}{self._words_in(found)}"
            raise NodeBusy(self.name, words, _retry_after(answer.headers))
        if answer.status != 200 and not (isinstance(found, dict) and "error" in found):
            raise NodeUnreachable(self.name, f"HTTP status {answer.status}")
        if fault is not None:
            raise NodeAnsweredWrongly(what, redact(shown(str(fault))), "JSON")
        return found

    def _words_in(self, found: object) -> str:
        """What the node says in an error under a status that says enough by itself."""
        if not isinstance(found, dict) or not isinstance(found.get("error"), dict):
            return ""
        refusal = NodeRefused("", None, _words(found["error"]))
        return f": {hidden(refusal, self._secrets).reason}"


def hidden(refusal: NodeRefused, secrets: Sequence[str]) -> NodeRefused:
    """A node's refusal without the key of its own address: some repeat it."""
    words = refusal.reason
    for secret in secrets:
        words = words.replace(secret, HIDDEN)
    return NodeRefused(refusal.method, refusal.code, words)


def _is_busy(refusal: NodeRefused) -> bool:
    words = refusal.reason.lower()
    return refusal.code in BUSY_CODES or any(word in words for word in BUSY_WORDS)


def cause_of(error: Exception) -> str:
    """Why no answer came, without the original's words: they name the address with its key."""
    if isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError):
        return "it did not answer in time"
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate was not accepted"
    if isinstance(error, urllib3.exceptions.HTTPError):
        return "the connection ended in the middle of the answer"
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"HTTP status {error.response.status_code}"
    if isinstance(error, requests.ConnectionError):
        broken = "Connection aborted" in str(error) or "Connection broken" in str(error)
        return "the connection was cut" if broken else "the connection could not be made"
    return type(error).__name__


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, from a header that may also hold a date, which is not trusted."""
    words = headers.get("Retry-After", "").strip()
    if not (words.isascii() and words.isdigit() and len(words) < 10):
        return None
    return min(float(words), LONGEST_REST)


def rpc_result(method: str, answer: object, *, wanted: int | None = None) -> object:
    """What stands in `result` of a JSON-RPC answer, unchecked; `wanted` is the id it must name.

    Raises
    ------
    NodeRefused, NodeAnsweredWrongly, Refusal
        If the answer is an error or no answer at all.
    """
    got = fields(answer, method)
    error = got.get("error")
    if error is not None:
        raise _failure(method, error)
    if wanted is not None and got.get("id") != wanted:
        raise NodeAnsweredWrongly(f"{method}: id", shown(got.get("id")), wanted)
    if "result" not in got:
        raise NodeAnsweredWrongly(method, shown(sorted(got)), "an object with `result`")
    return got["result"]


def _failure(method: str, error: object) -> Exception:
    """Refusal by a contract or by the node, from the `error` of its answer.

    Nodes differ in where they put revert data: geth in `data`, some in `data.data`, older ones in
    the message. The code 3 means a revert; so does the word.
    """
    if not isinstance(error, dict):
        return NodeRefused(method, None, redact(shown(error)))
    message = _words(error)
    code = error.get("code")
    data = _revert_data(error.get("data"))
    if code == 3 or "revert" in message.lower():
        return Refusal(data if data is not None else data_in_message(message))
    return NodeRefused(method, code if isinstance(code, int) else None, message[:MAX_TEXT])


def _words(error: Mapping[str, Any]) -> str:
    """A node's words as they may stand in a log or on a terminal."""
    words = str(error.get("message", ""))[: MAX_TEXT * 10]
    return redact(printable(words).replace("\n", " "))


def _revert_data(data: object) -> bytes | None:
    if isinstance(data, dict):
        return _revert_data(data.get("data") or data.get("result"))
    if isinstance(data, str) and "0x" in data:
        return _bytes_or_none(data[data.index("0x") :].split()[0])
    return None


def _bytes_or_none(data: object) -> bytes | None:
    if not isinstance(data, str):
        return None
    try:
        return bytes.fromhex(data.removeprefix("0x"))
    except ValueError:
        return None
