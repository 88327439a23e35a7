"""Transactions with a fee market (EIP-1559), encoded byte for byte as the protocol wants them.

The rest of the program hands over a mapping of fields; a key signs a digest. Both kinds of signers
encode here, so a transaction has one form whoever signs it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import rlp
from eth_utils.crypto import keccak

TYPE_2 = b"\x02"
"""First byte of a transaction with a fee market."""

FIELDS = (
    "chainId",
    "nonce",
    "maxPriorityFeePerGas",
    "maxFeePerGas",
    "gas",
    "to",
    "value",
    "data",
    "accessList",
)
"""Fields of such a transaction, in the order in which they are encoded."""

SIGNATURE = 3
"""How many numbers follow them once it is signed: the parity of v, then r and s."""


def encoded_fields(transaction: Mapping[str, Any]) -> list[Any]:
    """The fields of a transaction without an access list, as RLP takes them.

    Parameters
    ----------
    transaction
        Integers, and texts in hexadecimal; without `to` it creates a contract.
    """
    return [encoded(transaction.get(name)) for name in FIELDS[:-1]] + [[]]


def encoded(value: object) -> bytes:
    """One field: numbers without leading zeros, nothing for no recipient."""
    if isinstance(value, int):
        return value.to_bytes((value.bit_length() + 7) // 8, "big")
    return b"" if value is None else bytes.fromhex(str(value).removeprefix("0x"))


def digest(fields: Sequence[Any]) -> bytes:
    """What is signed of a transaction, in 32 bytes."""
    return keccak(TYPE_2 + bytes(rlp.encode(fields)))


def assembled(fields: Sequence[Any], signature: tuple[int, int, int]) -> bytes:
    """The signed transaction, as it is broadcast.

    Parameters
    ----------
    signature
        The parity of v, then r and s.
    """
    return TYPE_2 + bytes(rlp.encode([*fields, *map(encoded, signature)]))
