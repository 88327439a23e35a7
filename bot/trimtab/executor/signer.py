"""Whoever signs: the executor knows an address and asks for signatures, never for a key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from eth_account.signers.local import LocalAccount
from eth_typing import ChecksumAddress

Signature = tuple[int, bytes, bytes]
"""A signature's v, and its r and s in 32 bytes each."""


class Signer(Protocol):
    """Signs transactions of one address."""

    @property
    def address(self) -> ChecksumAddress:
        """Who sends."""

    def sign_transaction(self, transaction: Mapping[str, Any]) -> bytes:
        """The signed transaction, as it is broadcast."""

    def sign_typed_data(self, message: Mapping[str, Any]) -> Signature | None:
        """The signature of typed data (EIP-712); None if it signs transactions only."""


class LocalSigner:
    """Signs with a key in this process."""

    def __init__(self, account: LocalAccount) -> None:
        self._account = account

    def __repr__(self) -> str:
        return f"LocalSigner({self.address})"

    @property
    def address(self) -> ChecksumAddress:
        """Who sends."""
        return self._account.address

    def sign_transaction(self, transaction: Mapping[str, Any]) -> bytes:
        """The signed transaction, as it is broadcast."""
        return bytes(self._account.sign_transaction(dict(transaction)).raw_transaction)

    def sign_typed_data(self, message: Mapping[str, Any]) -> Signature:
        """The signature of typed data (EIP-712), such as a permit."""
        signed = self._account.sign_typed_data(full_message=dict(message))
        return signed.v, signed.r.to_bytes(32, "big"), signed.s.to_bytes(32, "big")
