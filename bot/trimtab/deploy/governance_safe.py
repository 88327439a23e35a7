"""Batches for the Transaction Builder of a Safe, in the format that it imports."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eth_typing import ChecksumAddress
from eth_utils.crypto import keccak

BATCH_VERSION = "1.0"
"""Version of the format."""

BUILDER_VERSION = "1.16.5"
"""Version of the Transaction Builder whose files look like this."""


@dataclass(frozen=True, slots=True)
class SafeTransaction:
    """One transaction of a batch; `value` in wei."""

    to: ChecksumAddress
    data: bytes
    value: int = 0


@dataclass(frozen=True, slots=True)
class SafeBatch:
    """A batch.

    Attributes
    ----------
    safe
        The Safe that is to send it.
    created_at
        When it was made, in seconds.
    name, description
        What the Transaction Builder shows.
    """

    chain_id: int
    safe: ChecksumAddress
    created_at: int
    name: str
    description: str
    transactions: Sequence[SafeTransaction]


def batch_json(batch: SafeBatch) -> dict[str, Any]:
    """The batch as its file holds it, checksum included."""
    content: dict[str, Any] = {
        "version": BATCH_VERSION,
        "chainId": str(batch.chain_id),
        "createdAt": batch.created_at * 1000,
        "meta": {
            "name": batch.name,
            "description": batch.description,
            "txBuilderVersion": BUILDER_VERSION,
            "createdFromSafeAddress": batch.safe,
            "createdFromOwnerAddress": "",
        },
        "transactions": [
            {"to": item.to, "value": str(item.value), "data": "0x" + item.data.hex()}
            for item in batch.transactions
        ],
    }
    content["meta"]["checksum"] = checksum(content)
    return content


def checksum(content: Mapping[str, Any]) -> str:
    """The checksum of a file that holds none yet, as the Transaction Builder computes it.

    References
    ----------
    safe-global/safe-react-apps, apps/tx-builder/src/lib/checksum.ts.
    """
    nameless = {**content, "meta": {**content["meta"], "name": None}}
    return "0x" + keccak(text=_serialised(nameless)).hex()


def _serialised(value: object) -> str:
    """A text that does not depend on the order of keys."""
    if isinstance(value, list):
        return f"[{','.join(map(_serialised, value))}]"
    if isinstance(value, dict):
        keys = sorted(value)
        return f"{{{_compact(keys)}{''.join(_serialised(value[key]) + ',' for key in keys)}}}"
    return _compact(value)


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
