"""Hands a page's questions to the node, so that no address with a secret in it leaves the server.

Only questions that read are handed on; the wallet of whoever looks sends by a node of its own.
"""

from __future__ import annotations

from typing import Any

from trimtab.chain.reverts import Refusal
from trimtab.chain.transport import Transport
from trimtab.errors import NodeRefused, TrimtabError
from trimtab.telemetry import redact

READING = frozenset(
    {
        "eth_blockNumber",
        "eth_call",
        "eth_chainId",
        "eth_estimateGas",
        "eth_gasPrice",
        "eth_getBalance",
        "eth_getBlockByNumber",
        "eth_getCode",
        "eth_getLogs",
        "eth_getTransactionByHash",
        "eth_getTransactionReceipt",
    }
)
"""Methods that change nothing."""

MOST_AT_ONCE = 20
"""Longest batch."""

BAD_REQUEST, NO_METHOD, REVERTED, FAILED = -32600, -32601, 3, -32000
"""JSON-RPC error codes, as nodes use them."""


def relay(transport: Transport, body: object) -> object:
    """The answer to a JSON-RPC request or a batch of them; every failure is an answer too."""
    if not isinstance(body, list):
        return _answer(transport, body)
    if not 1 <= len(body) <= MOST_AT_ONCE:
        return _error(None, BAD_REQUEST, f"a batch of {len(body)}; expected 1 to {MOST_AT_ONCE}")
    return [_answer(transport, question) for question in body]


def _answer(transport: Transport, question: object) -> dict[str, Any]:
    known = question if isinstance(question, dict) else {}
    number = known.get("id")
    if not isinstance(number, int | str | None):
        number = None
    method, params = known.get("method"), known.get("params") or []
    if not isinstance(method, str) or not isinstance(params, list):
        return _error(number, BAD_REQUEST, "expected an object with method and a list of params")
    if method not in READING:
        allowed = ", ".join(sorted(READING))
        return _error(number, NO_METHOD, f"not handed on; expected one of {allowed}")
    return _asked(transport, method, params, number)


def _asked(
    transport: Transport, method: str, params: list[Any], number: int | str | None
) -> dict[str, Any]:
    try:
        return {"jsonrpc": "2.0", "id": number, "result": transport.request(method, params)}
    except Refusal as refusal:
        return _error(number, REVERTED, "execution reverted", "0x" + refusal.data.hex())
    except NodeRefused as refusal:
        return _error(number, FAILED, refusal.reason)
    except TrimtabError as error:
        return _error(number, FAILED, redact(str(error)))


def _error(
    number: int | str | None, code: int, message: str, data: str | None = None
) -> dict[str, Any]:
    error: dict[str, Any] = {"code": code, "message": message}
    if data is not None:
        error["data"] = data
    return {"jsonrpc": "2.0", "id": number, "error": error}
