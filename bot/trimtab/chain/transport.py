"""One JSON-RPC request to one node, and every way in which it can fail.

web3's own retries are off: it would send a signed transaction up to five times without saying so.
"""

from __future__ import annotations

import sys
from typing import Any, Protocol

import requests
from web3.providers.base import BaseProvider
from web3.providers.eth_tester import EthereumTesterProvider
from web3.providers.rpc import HTTPProvider
from web3.types import RPCEndpoint

from trimtab.chain.answers import MAX_TEXT, fields, shown
from trimtab.chain.reverts import Refusal, data_in_message
from trimtab.errors import BadInput, NodeAnsweredWrongly, NodeRefused, NodeUnreachable
from trimtab.telemetry import HIDDEN, printable, redact, redact_url, secret_parts

# A library below web3 raises this for arithmetic that no client does. So deep, a node's answer that
# is nothing but brackets would overflow the stack of the parser, which no `except` survives.
sys.setrecursionlimit(1000)

TIMEOUT_SECONDS = 20.0
"""How long one answer is waited for."""


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
        return HttpTransport(_http_provider(source, timeout))
    if isinstance(source, EthereumTesterProvider):
        # A keeper of a real chain never loads the EVM of the local one.
        from trimtab.chain.tester import TesterTransport  # noqa: PLC0415 (heavy, as said above)

        return TesterTransport(source)
    if isinstance(source, HTTPProvider):
        return HttpTransport(source)
    if isinstance(source, BaseProvider):
        raise BadInput(f"expected an HTTP or an eth-tester provider, got {type(source).__name__}")
    return source


def _http_provider(url: str, timeout: float) -> HTTPProvider:
    if not url.startswith(("http://", "https://")):
        raise BadInput(
            f"a node's address starts with http:// or https://, got {redact(shown(url))}"
        )
    return HTTPProvider(
        url, request_kwargs={"timeout": timeout}, exception_retry_configuration=None
    )


class HttpTransport:
    """A node behind HTTP."""

    pins_by_hash = True

    def __init__(self, provider: HTTPProvider) -> None:
        retries: object = provider.exception_retry_configuration
        if retries is not None:
            raise BadInput("the HTTP provider must be made with exception_retry_configuration=None")
        self._provider = provider
        self._secrets = secret_parts(str(provider.endpoint_uri))
        self.name = redact_url(str(provider.endpoint_uri))

    def request(self, method: str, params: list[Any]) -> object:
        """The node's result, unchecked."""
        try:
            return rpc_result(method, self._answer(method, params))
        except NodeRefused as refusal:
            raise NodeRefused(method, refusal.code, self._hide(refusal.reason)) from None

    def _hide(self, words: str) -> str:
        """A node's words without its own key: some repeat it."""
        for secret in self._secrets:
            words = words.replace(secret, HIDDEN)
        return words

    def _answer(self, method: str, params: list[Any]) -> object:
        try:
            return self._provider.make_request(RPCEndpoint(method), params)
        except requests.HTTPError as error:
            return _answer_in(error) or self._fail(error)
        except requests.RequestException as error:
            return self._fail(error)
        except (ValueError, RecursionError) as error:
            raise NodeAnsweredWrongly(method, redact(shown(str(error))), "JSON") from None

    def _fail(self, error: requests.RequestException) -> object:
        """Raise without chaining: the original names the address with its key."""
        if isinstance(error, requests.Timeout):
            raise NodeUnreachable(self.name, "it did not answer in time") from None
        if error.response is not None:
            raise NodeUnreachable(self.name, f"HTTP status {error.response.status_code}") from None
        if isinstance(error, requests.ConnectionError):
            raise NodeUnreachable(self.name, "the connection could not be made") from None
        raise NodeUnreachable(self.name, type(error).__name__) from None


def _answer_in(error: requests.HTTPError) -> object | None:
    """The JSON-RPC error that some nodes send with a status other than 200."""
    if error.response is None:
        return None
    try:
        answer: object = error.response.json()
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) and "error" in answer else None


def rpc_result(method: str, answer: object) -> object:
    """What stands in `result` of a JSON-RPC answer, unchecked.

    Raises
    ------
    NodeRefused, NodeAnsweredWrongly, Refusal
        If the answer is an error or no answer at all.
    """
    got = fields(answer, method)
    error = got.get("error")
    if error is not None:
        raise _failure(method, error)
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
    message = _one_line(str(error.get("message", ""))[: MAX_TEXT * 10])
    code = error.get("code")
    data = _revert_data(error.get("data"))
    if code == 3 or "revert" in message.lower():
        return Refusal(data if data is not None else data_in_message(message))
    return NodeRefused(method, code if isinstance(code, int) else None, redact(message[:MAX_TEXT]))


def _one_line(words: str) -> str:
    """A node's words as they may stand in a log or on a terminal."""
    return printable(words).replace("\n", " ")


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
