"""Allowances by signature (EIP-2612): whether a token takes them, and what has to be signed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eth_abi.abi import encode
from eth_typing import ChecksumAddress
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from trimtab.chain.contracts import encode_call
from trimtab.chain.node import Call, Node
from trimtab.deploy.questions import Chain
from trimtab.errors import CallReverted
from trimtab.executor.signer import Signature

DOMAIN_TYPE = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
"""The domain that a permit is signed for (EIP-712)."""

PERMIT_TYPE = "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
"""What is signed (EIP-2612); tokens with another permit are not asked for one."""

PERMIT = "permit(address,address,uint256,uint256,uint8,bytes32,bytes32)"

PERMIT_SECONDS = 1800
"""How long a signature stays good."""

DEFAULT_VERSION = "1"
"""Version of a token's domain that does not say its own."""

MAX_NAME = 100
"""Longest name or version of a token that is signed."""


@dataclass(frozen=True, slots=True)
class PermitDomain:
    """A token that takes permits, as its own domain separator confirms.

    Attributes
    ----------
    token, chain_id
        The token and its chain.
    name, version
        What the token calls itself in its domain.
    nonce
        Number of permits that the owner has used up.
    """

    token: ChecksumAddress
    chain_id: int
    name: str
    version: str
    nonce: int

    def separator(self) -> bytes:
        """The domain's hash, which the token must answer with."""
        hashes = [keccak(text=text) for text in (DOMAIN_TYPE, self.name, self.version)]
        kinds = ["bytes32", "bytes32", "bytes32", "uint256", "address"]
        return keccak(encode(kinds, [*hashes, self.chain_id, self.token]))


@dataclass(frozen=True, slots=True)
class Permit:
    """An allowance to be signed.

    Attributes
    ----------
    owner, spender
        Who grants it, to whom.
    amount
        How much, in the token's smallest unit.
    deadline
        Last timestamp at which the token takes it, in seconds.
    """

    domain: PermitDomain
    owner: ChecksumAddress
    spender: ChecksumAddress
    amount: int
    deadline: int

    def typed_data(self) -> Mapping[str, Any]:
        """What is signed, as EIP-712 writes it."""
        domain = self.domain
        return {
            "primaryType": "Permit",
            "types": {"EIP712Domain": _fields(DOMAIN_TYPE), "Permit": _fields(PERMIT_TYPE)},
            "domain": {
                "name": domain.name,
                "version": domain.version,
                "chainId": domain.chain_id,
                "verifyingContract": domain.token,
            },
            "message": {
                "owner": self.owner,
                "spender": self.spender,
                "value": self.amount,
                "nonce": domain.nonce,
                "deadline": self.deadline,
            },
        }

    def calldata(self, signature: Signature) -> bytes:
        """The call that hands the signature to the token."""
        return encode_call(PERMIT, self.owner, self.spender, self.amount, self.deadline, *signature)


def permit_domain(chain: Chain, token: str, owner: ChecksumAddress) -> PermitDomain | None:
    """How `owner` would sign a permit of `token`, or None if the token takes none.

    A token's word is not enough: its separator must be the hash of the domain it describes, and
    its `permit` must refuse a void signature. A contract that answers any call at all, as wrapped
    coins do, would otherwise seem to take it.
    """
    separator = chain.ask(token, "DOMAIN_SEPARATOR()", "bytes32")
    nonce = chain.ask(token, "nonces(address)", "uint256", owner)
    name, version = _described(chain, token)
    if separator is None or nonce is None or name is None or version is None:
        return None
    domain = PermitDomain(
        to_checksum_address(token), chain.node.chain_id(), name, version, int(nonce)
    )
    if separator != domain.separator() or not _refuses_void(chain, domain, owner):
        return None
    return domain


def works(node: Node, permit: Permit, signature: Signature) -> bool:
    """Whether the token takes the signature now."""
    try:
        node.call(Call(permit.domain.token, permit.calldata(signature), permit.owner))
    except CallReverted:
        return False
    return True


def _described(chain: Chain, token: str) -> tuple[str | None, str | None]:
    """Name and version of the token's domain; None for what cannot be signed."""
    kinds = ["bytes1", "string", "string", "uint256", "address", "bytes32", "uint256[]"]
    told = chain.ask_all(token, "eip712Domain()", kinds)
    if told:
        return _short(told[1]), _short(told[2])
    version = chain.ask(token, "version()", "string")
    return _short(chain.ask(token, "name()", "string")), _short(version or DEFAULT_VERSION)


def _short(text: str | None) -> str | None:
    return text if text is not None and len(text) <= MAX_NAME else None


def _refuses_void(chain: Chain, domain: PermitDomain, owner: ChecksumAddress) -> bool:
    """Whether the token has a permit of this shape, and it looks at the signature."""
    deadline = chain.block.timestamp + PERMIT_SECONDS
    void = Permit(domain, owner, domain.token, 1, deadline)
    call = Call(domain.token, void.calldata((27, bytes(31) + b"\1", bytes(31) + b"\1")), owner)
    try:
        chain.node.call(call, at=chain.block)
    except CallReverted as revert:
        # A contract without the function reverts without a word.
        return bool(revert.data)
    return False


def _fields(type_text: str) -> list[dict[str, str]]:
    inside = type_text.partition("(")[2].removesuffix(")")
    pairs = (part.split(" ") for part in inside.split(","))
    return [{"type": kind, "name": name} for kind, name in pairs]
