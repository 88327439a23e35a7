"""Signed transactions as blocks hold them, encoded anew so that their signatures can be checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import rlp
from eth_typing import ChecksumAddress, HexStr
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from trimtab.chain import answers

LEGACY, ACCESS_LIST, DYNAMIC_FEE = 0, 1, 2
"""Kinds of transactions whose encoding is known here (EIP-155, EIP-2930, EIP-1559)."""

RECIPIENT, DATA = 5, 7
"""Places of these fields in a transaction with a fee market (EIP-1559)."""


@dataclass(frozen=True, slots=True)
class SignedTransaction:
    """A transaction, and the bytes whose signature was checked."""

    transaction_hash: HexStr
    nonce: int
    raw: bytes


def hashes(block: object, what: str) -> tuple[HexStr, ...]:
    """Hashes of the transactions of a block, as a node lists them."""
    listed = answers.items(answers.fields(block, what).get("transactions"), f"{what}: transactions")
    return tuple(answers.hash32(item, f"{what}: transaction") for item in listed)


def by(
    account: ChecksumAddress, block: object, *, chain_id: int, what: str
) -> tuple[SignedTransaction, ...]:
    """Transactions of a block that `account` signed for the chain, by their own signatures."""
    listed = answers.items(answers.fields(block, what).get("transactions"), f"{what}: transactions")
    claimed = [answers.fields(item, f"{what}: transaction") for item in listed]
    found = (
        _checked(item, account, chain_id, what)
        for item in claimed
        if answers.address(item.get("from"), f"{what}: from") == account
    )
    return tuple(transaction for transaction in found if transaction is not None)


def signed_call(raw: bytes) -> tuple[ChecksumAddress | None, bytes]:
    """Recipient and calldata of a transaction of type 2 that was signed here."""
    fields = rlp.decode(raw[1:])
    recipient, data = fields[RECIPIENT], fields[DATA]
    return (to_checksum_address(recipient) if recipient else None), bytes(data)


def _checked(
    item: Mapping[str, Any], account: str, chain_id: int, what: str
) -> SignedTransaction | None:
    """The transaction, unless it is of another kind or somebody else signed it."""
    raw = _encoded(item, chain_id, what)
    if raw is None:
        return None
    nonce = answers.quantity(item.get("nonce"), f"{what}: nonce")
    ours = _signer_of(raw) == account
    return SignedTransaction(HexStr("0x" + keccak(raw).hex()), nonce, raw) if ours else None


def _signer_of(raw: bytes) -> str | None:
    from eth_account import Account  # noqa: PLC0415 (seldom needed, and a third of a start-up)

    try:
        return str(Account.recover_transaction(raw))
    except Exception:  # noqa: BLE001 (libraries disagree on what a bad signature raises)
        return None


def _encoded(item: Mapping[str, Any], chain_id: int, what: str) -> bytes | None:
    kind = answers.quantity(item.get("type", 0), f"{what}: type")
    if kind == LEGACY:
        return _legacy(item, chain_id, what)
    if kind not in {ACCESS_LIST, DYNAMIC_FEE}:
        return None
    names = ["nonce", "gas", "value", "r", "s"]
    names += ["gasPrice"] if kind == ACCESS_LIST else ["maxFeePerGas", "maxPriorityFeePerGas"]
    values: dict[str, Any] = {name: answers.quantity(item.get(name), name) for name in names}
    values |= {
        "type": kind,
        "chainId": chain_id,
        "v": _parity(item, what),
        "to": _receiver(item, what),
        "data": _input(item, what),
        "accessList": _access_list(item, what),
    }
    return _typed(values)


def _typed(values: dict[str, Any]) -> bytes:
    from eth_account.typed_transactions import typed_transaction as kinds  # noqa: PLC0415 (seldom)

    return bytes(kinds.TypedTransaction.from_dict(values).encode())


def _legacy(item: Mapping[str, Any], chain_id: int, what: str) -> bytes | None:
    """None for a signature that names no chain: it might have been given for another one."""
    v = answers.quantity(item.get("v"), f"{what}: v")
    if v not in {2 * chain_id + 35, 2 * chain_id + 36}:
        return None
    names = ("nonce", "gasPrice", "gas")
    head = [answers.quantity(item.get(name), f"{what}: {name}") for name in names]
    value = answers.quantity(item.get("value"), f"{what}: value")
    r, s = (answers.quantity(item.get(name), f"{what}: {name}") for name in "rs")
    body = [*head, _receiver(item, what), value, _input(item, what), v, r, s]
    return bytes(rlp.encode(body))


def _parity(item: Mapping[str, Any], what: str) -> int:
    stated = item.get("yParity")
    return answers.quantity(item.get("v") if stated is None else stated, f"{what}: v", maximum=1)


def _receiver(item: Mapping[str, Any], what: str) -> bytes:
    to = item.get("to")
    return b"" if to in {None, "", b""} else answers.octets(to, f"{what}: to", length=20)


def _input(item: Mapping[str, Any], what: str) -> bytes:
    data = item.get("input")
    return answers.octets(item.get("data") if data is None else data, f"{what}: input")


def _access_list(item: Mapping[str, Any], what: str) -> list[dict[str, Any]]:
    listed = answers.items(item.get("accessList") or [], f"{what}: accessList")
    return [_access(answers.fields(entry, f"{what}: accessList"), what) for entry in listed]


def _access(entry: Mapping[str, Any], what: str) -> dict[str, Any]:
    keys = answers.items(entry.get("storageKeys") or [], f"{what}: storageKeys")
    return {
        "address": answers.address(entry.get("address"), f"{what}: address"),
        "storageKeys": [answers.hash32(key, f"{what}: storageKey") for key in keys],
    }
