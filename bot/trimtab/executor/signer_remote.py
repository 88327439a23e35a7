"""A signer in another process, asked over JSON-RPC; it is not trusted to sign what it was asked.

The transaction is encoded here. Of the answer only the signature is new: every other field must be
the one that was asked for, byte for byte, and the signature must be that of the signer's address.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import rlp
from eth_keys.datatypes import Signature
from eth_keys.exceptions import BadSignature
from eth_typing import ChecksumAddress
from eth_utils.exceptions import ValidationError
from rlp.exceptions import RLPException

from trimtab.chain import answers
from trimtab.chain.answers import shown
from trimtab.chain.reverts import Refusal
from trimtab.chain.transport import Transport
from trimtab.errors import NodeAnsweredWrongly, NodeRefused, NodeUnreachable, SignerFailed
from trimtab.executor.fee_market import (
    FIELDS,
    SIGNATURE,
    TYPE_2,
    assembled,
    digest,
    encoded_fields,
)

SIGNATURE_ROOM = 100
"""Most bytes by which a signature makes a transaction longer."""

HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
"""Greatest `s` of a signature that nodes accept (EIP-2): the other half would be a second hash."""


class RemoteSigner:
    """Has transactions signed by a program that offers `eth_signTransaction`, such as web3signer.

    Parameters
    ----------
    transport
        The way to the signer.
    address
        Whose signature is wanted.
    """

    def __init__(self, transport: Transport, address: ChecksumAddress) -> None:
        self._transport = transport
        self._address = address

    def __repr__(self) -> str:
        return f"RemoteSigner({self.address})"

    @property
    def address(self) -> ChecksumAddress:
        """Who sends."""
        return self._address

    def require_account(self) -> None:
        """Refuse a signer that does not hold the key of this address.

        Raises
        ------
        SignerFailed
            If it is not among the accounts that the signer names, or none are named.
        """
        found = answers.items(self._request("eth_accounts", []), "eth_accounts")
        accounts = {answers.address(item, "eth_accounts") for item in found}
        if self._address not in accounts:
            held = ", ".join(sorted(accounts)) or "no account"
            raise SignerFailed(self._transport.name, f"holds {held}, expected {self._address}")

    def sign_transaction(self, transaction: Mapping[str, Any]) -> bytes:
        """The signed transaction, as it is broadcast.

        Raises
        ------
        SignerFailed
            If the signer gives no answer, or signs something else.
        """
        answer = self._request("eth_signTransaction", [self._params(transaction)])
        try:
            return checked(_raw(answer), transaction, self._address)
        except (NodeAnsweredWrongly, Unlike) as fault:
            raise SignerFailed(self._transport.name, str(fault)) from None

    def sign_typed_data(self, message: Mapping[str, Any]) -> None:
        """Nothing: what a permit allows is asked for in a transaction instead."""

    def _params(self, transaction: Mapping[str, Any]) -> dict[str, str]:
        numbers = {
            name: hex(value)
            for name, value in transaction.items()
            if isinstance(value, int) and name != "type"
        }
        texts = {name: value for name, value in transaction.items() if isinstance(value, str)}
        return {"from": self._address, "type": "0x2"} | texts | numbers

    def _request(self, method: str, params: list[Any]) -> object:
        try:
            return self._transport.request(method, params)
        except NodeUnreachable:
            raise SignerFailed(self._transport.name, "does not answer") from None
        except NodeRefused as refusal:
            raise SignerFailed(
                self._transport.name, f"refuses {method}: {refusal.reason}"
            ) from None
        except (NodeAnsweredWrongly, Refusal) as fault:
            raise SignerFailed(self._transport.name, str(fault)) from None


class Unlike(Exception):
    """What was signed is not what was asked for."""


def checked(signed: bytes, asked: Mapping[str, Any], signer: ChecksumAddress) -> bytes:
    """`signed` itself, if it is the transaction `asked`, signed by `signer`.

    Parameters
    ----------
    signed
        What a signer returned.
    asked
        Fields of a transaction of type 2 without an access list.

    Raises
    ------
    Unlike
        Naming the field that differs.
    """
    wanted = encoded_fields(asked)
    if len(signed) > len(rlp.encode(wanted)) + SIGNATURE_ROOM:
        raise Unlike(f"signed {len(signed)} bytes, more than the transaction has")
    found = _decoded(signed)
    for name, want, got in zip(FIELDS, wanted, found, strict=False):
        if want != got:
            raise Unlike(f"signed another {name}: {_hex(got)}, expected {_hex(want)}")
    signature = _signature(*found[len(FIELDS) :])
    recovered = signer_of(digest(wanted), signature)
    if recovered != signer:
        raise Unlike(f"signed as {recovered}, expected {signer}")
    if assembled(wanted, signature) != signed:
        raise Unlike("encoded the transaction in another way than the protocol")
    return signed


def _decoded(signed: bytes) -> list[Any]:
    try:
        fields = rlp.decode(signed[1:], strict=True) if signed[:1] == TYPE_2 else None
    except (RLPException, RecursionError):
        fields = None
    if not isinstance(fields, list) or len(fields) != len(FIELDS) + SIGNATURE:
        raise Unlike(f"{len(signed)} bytes that are no signed transaction of type 2")
    return fields


def _signature(parity: Any, r: Any, s: Any) -> tuple[int, int, int]:
    if not all(isinstance(part, bytes) and len(part) <= 32 for part in (parity, r, s)):
        raise Unlike("its signature is no signature")
    if int.from_bytes(s, "big") > HALF_ORDER:
        raise Unlike("its signature has the greater of two possible s, which nodes refuse")
    return int.from_bytes(parity, "big"), int.from_bytes(r, "big"), int.from_bytes(s, "big")


def signer_of(what: bytes, signature: tuple[int, int, int]) -> ChecksumAddress:
    """Whose signature of a digest it is; the signature as parity, r and s.

    Raises
    ------
    Unlike
        If it is nobody's.
    """
    try:
        key = Signature(vrs=signature).recover_public_key_from_msg_hash(what)
    except (BadSignature, ValidationError, ValueError):
        raise Unlike("its signature is no signature") from None
    return key.to_checksum_address()


def _raw(answer: object) -> bytes:
    """The signed bytes: web3signer and anvil answer with them alone, geth with an object."""
    if isinstance(answer, dict):
        answer = answer.get("raw")
    return answers.octets(answer, "eth_signTransaction")


def _hex(value: object) -> str:
    return shown("0x" + value.hex()) if isinstance(value, bytes) else shown(value)
