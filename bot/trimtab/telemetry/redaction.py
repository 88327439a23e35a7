"""Keep secrets out of logs and error messages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

HIDDEN = "[hidden]"
"""What stands where a secret was."""

SECRET_LENGTH = 8
"""Shortest part of a node's address that is taken for a key."""

SECRET_WORDS = (
    "key",
    "password",
    "secret",
    "mnemonic",
    "token_value",
    "authorization",
    "signed",
    "raw",
)
"""A field whose name contains one of these words is never written out."""

PUBLIC_FIELDS = frozenset({"key_path", "config_key"})
"""Fields whose name contains a secret word and whose value is public all the same."""

_URL = re.compile(r"\b(?:https?|wss?)://[^\s'\"<>)\]}]*[^\s'\"<>)\]}.,:;]")
_WORDS = re.compile(r"[&=]")
_LONG_HEX = re.compile(r"\b0x[0-9a-fA-F]{130,}")
_BARE_KEY = re.compile(r"(?<![0-9a-fA-Fx])[0-9a-fA-F]{64}(?![0-9a-fA-F])")


def redact_url(url: str) -> str:
    """`url` without user, password, path and query: providers put their keys in all four."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return HIDDEN
    try:
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        port = ""
    rest = "/…" if parts.path.strip("/") or parts.query else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}{rest}"


def secret_parts(url: str) -> tuple[str, ...]:
    """Parts of `url` that may be a provider's key, the longest first: eight characters or more."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return (url,)
    pieces = {parts.username, parts.password, *parts.path.split("/"), *_WORDS.split(parts.query)}
    return tuple(
        sorted((p for p in pieces if p and len(p) >= SECRET_LENGTH), key=len, reverse=True)
    )


def printable(text: str) -> str:
    """`text` without control characters, line ends excepted: a terminal obeys the others."""
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)


def redact(text: str) -> str:
    """`text` with URLs cut to their host, and signed transactions and bare keys hidden.

    A 32-byte word without `0x` is taken for a private key; with `0x` it is a hash and stays.
    """
    text = _URL.sub(lambda match: redact_url(match.group()), text)
    text = _LONG_HEX.sub(
        lambda match: f"{match.group()[:10]}…({len(match.group()) // 2 - 1} bytes)", text
    )
    return _BARE_KEY.sub(HIDDEN, text)


def redact_field(name: str, value: object) -> object:
    """`value`, or what may be shown of it in a field called `name`."""
    if name not in PUBLIC_FIELDS and any(word in name.lower() for word in SECRET_WORDS):
        return HIDDEN
    match value:
        case str() | BaseException():
            return redact(str(value))
        case bytes():
            return f"({len(value)} bytes)"
        case Mapping():
            return {str(key): redact_field(str(key), item) for key, item in value.items()}
        case list() | tuple():
            return [redact_field("", item) for item in value]
        case _:
            return value
