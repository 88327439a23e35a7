"""From the bytes a contract reverted with to a sentence: the one place that does it.

The bytes reach us inside an error's `data` from real nodes and inside a message from the local
chain; both end here.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from string import Formatter
from typing import Any

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from trimtab.chain.revert_table import (
    HELPERS,
    LENS,
    LIBRARIES,
    MANDATE,
    ORACLE,
    VAULT,
    VENUES,
)
from trimtab.chain.revert_words import PANICS, WORDS
from trimtab.domain.phrases import amount_text, moment, words
from trimtab.domain.snapshot import Blocker, PriceStatus, Reason

MAX_WORDS = 300
"""Characters of a contract's own words that are repeated."""

ERROR_STRING = bytes.fromhex("08c379a0")
"""Selector of Solidity's `Error(string)`."""

PANIC = bytes.fromhex("4e487b71")
"""Selector of Solidity's `Panic(uint256)`."""


class Refusal(Exception):
    """A contract reverted during a call; `data` is what it returned. Only `Node` catches it."""

    def __init__(self, data: bytes) -> None:
        super().__init__(f"reverted with {len(data)} bytes")
        self.data = data


@dataclass(frozen=True, slots=True)
class TokenName:
    """How a token's amounts are written: `amount / 10**decimals symbol`."""

    symbol: str
    decimals: int


Tokens = Mapping[str, TokenName]
"""Names of tokens, by checksummed address."""


@dataclass(frozen=True, slots=True)
class DecodedRevert:
    """A revert, understood.

    Attributes
    ----------
    name
        Name of the error; `Error` and `Panic` are Solidity's own, `Unexplained` has no data, and
        `Unknown` is one of a contract that is not ours.
    args_by_name
        Its arguments.
    sentence
        What went wrong.
    data
        The bytes it was decoded from.
    """

    name: str
    args_by_name: Mapping[str, object]
    sentence: str
    data: bytes


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    types: tuple[str, ...]
    arguments: tuple[str, ...]
    template: str


def decode_revert(data: bytes, tokens: Tokens | None = None) -> DecodedRevert:
    """What `data`, returned by a call that reverted, says.

    Parameters
    ----------
    data
        Revert data: a selector and its arguments; may be empty or anything at all.
    tokens
        Names of tokens; amounts of others are given in smallest units.
    """
    if not data:
        return DecodedRevert("Unexplained", {}, "the call reverted without giving a reason", data)
    selector, body = data[:4], data[4:]
    try:
        if selector == ERROR_STRING:
            return _error_string(body, data)
        if selector == PANIC:
            return _panic(body, data)
        entry = _entries().get(selector)
        if entry is not None:
            return _custom(entry, data, tokens or {})
    except (DecodingError, UnicodeDecodeError, OverflowError):
        return _unknown(data)
    return _unknown(data)


def as_error_string(reason: str) -> bytes:
    """Revert data of Solidity's `Error(string)` for `reason`."""
    whole = reason.encode("utf-8", "replace").decode("utf-8")
    return ERROR_STRING + encode(["string"], [whole])


def data_in_message(message: str) -> bytes:
    """Revert data out of a message: eth-tester writes the bytes as a Python literal.

    Plain words are what `Error(string)` carried, and are encoded so again.
    """
    reason = message.removeprefix("execution reverted").removeprefix(":").strip()
    if not reason.startswith(("b'", 'b"')):
        return as_error_string(reason) if reason else b""
    try:
        literal = ast.literal_eval(reason)
    except (ValueError, SyntaxError):
        return as_error_string(reason)
    return literal if isinstance(literal, bytes) else b""


def known_errors() -> frozenset[str]:
    """Signatures, such as `WrongNonce(uint256,uint256)`, of all errors that have a sentence."""
    return frozenset(f"{entry.name}({','.join(entry.types)})" for entry in _entries().values())


def _error_string(body: bytes, data: bytes) -> DecodedRevert:
    (reason,) = decode(["string"], body)
    words = _printable(reason)
    meaning = WORDS.get(reason)
    sentence = f"{meaning} ({words})" if meaning else f"the call reverted: {words}"
    return DecodedRevert("Error", {"reason": words}, sentence, data)


def _panic(body: bytes, data: bytes) -> DecodedRevert:
    (code,) = decode(["uint256"], body)
    meaning = PANICS.get(code, "a panic without a name")
    return DecodedRevert("Panic", {"code": code}, f"{meaning} (panic {code:#04x})", data)


def _custom(entry: _Entry, data: bytes, tokens: Tokens) -> DecodedRevert:
    values = decode(entry.types, data[4:])
    arguments = {
        name: to_checksum_address(value) if kind == "address" else value
        for name, kind, value in zip(entry.arguments, entry.types, values, strict=True)
    }
    sentence = _Words(arguments, tokens).vformat(entry.template, (), arguments)
    return DecodedRevert(entry.name, arguments, sentence, data)


def _unknown(data: bytes) -> DecodedRevert:
    shown = data[:36].hex() + ("…" if len(data) > 36 else "")
    return DecodedRevert("Unknown", {}, f"the call reverted with an unknown error 0x{shown}", data)


@cache
def _entries() -> dict[bytes, _Entry]:
    tables: tuple[dict[str, str], ...] = (
        VAULT,
        MANDATE,
        ORACLE,
        VENUES,
        HELPERS,
        LENS,
        LIBRARIES,
    )
    entries = (_entry(signature, text) for table in tables for signature, text in table.items())
    return {_selector(entry): entry for entry in entries}


def _entry(signature: str, template: str) -> _Entry:
    name, _, rest = signature.partition("(")
    pairs = [part.split(" ") for part in rest.removesuffix(")").split(",") if part]
    return _Entry(name, tuple(kind for kind, _ in pairs), tuple(arg for _, arg in pairs), template)


def _selector(entry: _Entry) -> bytes:
    return keccak(text=f"{entry.name}({','.join(entry.types)})")[:4]


@dataclass(slots=True)
class _Words(Formatter):
    """Fills a template, each argument in the unit that its field names."""

    arguments: Mapping[str, object]
    tokens: Tokens = field(default_factory=dict)

    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec.startswith("of "):
            return self._amount(value, str(self.arguments[format_spec.removeprefix("of ")]))
        if format_spec == "token":
            name = self.tokens.get(str(value))
            return _printable(name.symbol) if name else str(value)
        if format_spec in _UNITS:
            return _UNITS[format_spec](value)
        return "0x" + value.hex() if isinstance(value, bytes) else _printable(str(value))

    def _amount(self, value: int, token: str) -> str:
        name = self.tokens.get(token)
        if name is None:
            return f"{value} smallest units of {token}"
        return f"{amount_text(value, name.decimals)} {_printable(name.symbol)}"


def _percent(wad: int) -> str:
    return f"{amount_text(wad, 16)} %"


def _time(seconds: int) -> str:
    if seconds == 0:
        return "not by waiting"
    if seconds > 2**40:
        return "never"
    return moment(seconds)


def _member(enum: type[Reason | Blocker | PriceStatus], number: int) -> str:
    try:
        return words(enum(number))
    except ValueError:
        return f"state {number}"


_UNITS: dict[str, Callable[[int], str]] = {
    "wad": lambda value: amount_text(value, 18),
    "pct": _percent,
    "time": _time,
    "seconds": lambda value: f"{value:,} s",
    "reason": lambda value: _member(Reason, value),
    "blocker": lambda value: _member(Blocker, value),
    "status": lambda value: _member(PriceStatus, value),
}


def _printable(text: str) -> str:
    """`text` as one bounded line: a contract's words may hold anything."""
    line = "".join(letter if letter.isprintable() else "?" for letter in text)
    return line if len(line) <= MAX_WORDS else line[:MAX_WORDS] + "…"
