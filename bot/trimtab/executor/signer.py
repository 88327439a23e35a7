"""Whoever signs: the executor knows an address and asks for signatures, never for a key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from eth_keys.datatypes import PrivateKey
from eth_typing import ChecksumAddress

from trimtab.executor.fee_market import assembled, digest, encoded_fields

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
    """Signs with a key in this process.

    Parameters
    ----------
    key
        The private key, 32 bytes.
    """

    def __init__(self, key: bytes) -> None:
        private = PrivateKey(bytes(key))
        # What is shown of an object shows its attributes, but not what a function closes over.
        self._key: Callable[[], PrivateKey] = lambda: private
        self._address = private.public_key.to_checksum_address()

    def __repr__(self) -> str:
        return f"LocalSigner({self.address})"

    @property
    def address(self) -> ChecksumAddress:
        """Who sends."""
        return self._address

    def sign_transaction(self, transaction: Mapping[str, Any]) -> bytes:
        """The signed transaction, as it is broadcast."""
        fields = encoded_fields(transaction)
        signature = self._key().sign_msg_hash(digest(fields))
        return assembled(fields, signature.vrs)

    def sign_typed_data(self, message: Mapping[str, Any]) -> Signature:
        """The signature of typed data (EIP-712), such as a permit."""
        from eth_account import Account  # noqa: PLC0415 (a keeper, which signs none, starts sooner)

        signed = Account.sign_typed_data(self._key().to_bytes(), full_message=dict(message))
        return signed.v, signed.r.to_bytes(32, "big"), signed.s.to_bytes(32, "big")
