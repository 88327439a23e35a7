"""Whether the code at an address is what this package would put there."""

from __future__ import annotations

from collections.abc import Mapping

from eth_utils.crypto import keccak

from trimtab.chain.artifacts import load

PUSH_ADDRESS = 0x73
"""First byte of a library's code: it then holds its own address, filled in when it is created."""


def code_hash(code: bytes) -> str:
    """Keccak-256 of `code`, as hexadecimal."""
    return "0x" + keccak(code).hex()


def is_ours(name: str, code: bytes, addresses: Mapping[str, str]) -> bool:
    """Whether `code` is the compiled contract `name`, whatever its immutable values.

    Parameters
    ----------
    name
        Name of the contract.
    code
        What lives at its address.
    addresses
        Addresses of the libraries it is linked to, by name.
    """
    artifact = load(name)
    return _anonymous(artifact.without_immutables(code)) == artifact.deployed(addresses)


def _anonymous(code: bytes) -> bytes:
    """`code` without the address that a library keeps of itself."""
    if code[:1] == bytes([PUSH_ADDRESS]):
        return code[:1] + bytes(20) + code[21:]
    return code
