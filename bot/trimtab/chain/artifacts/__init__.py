"""Compiled contracts, as they lie in the package: ABI and bytecode."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from trimtab.errors import InvariantError

__all__ = ["Artifact", "load", "names"]


@dataclass(frozen=True, slots=True)
class Artifact:
    """One compiled contract.

    Attributes
    ----------
    name
        Name of the contract.
    abi
        Its ABI, as the compiler writes it.
    bytecode
        Code that creates it, without constructor arguments; empty for an interface. Zeros stand
        where the addresses of linked libraries belong.
    links
        Where in `bytecode` the address of each linked library belongs, in bytes, by its name.
    deployed_bytecode
        Code that then lives at its address, with linked addresses and immutable values as zeros.
    deployed_links
        Where in `deployed_bytecode` the address of each linked library belongs.
    immutables
        Where in `deployed_bytecode` immutable values belong: start and length, in bytes.
    """

    name: str
    abi: list[dict[str, Any]]
    bytecode: bytes
    links: dict[str, list[int]]
    deployed_bytecode: bytes
    deployed_links: dict[str, list[int]]
    immutables: list[list[int]]

    def linked(self, libraries: Mapping[str, str]) -> bytes:
        """Code that creates it, with the addresses of its libraries filled in.

        Parameters
        ----------
        libraries
            Address of each library, as `0x` and 40 digits, by its name.

        Raises
        ------
        InvariantError
            If a library's address is missing.
        """
        return _filled(self.name, self.bytecode, self.links, libraries)

    def deployed(self, libraries: Mapping[str, str]) -> bytes:
        """Code expected at its address, with libraries filled in and immutable values as zeros.

        Parameters and errors are those of `linked`.
        """
        return _filled(self.name, self.deployed_bytecode, self.deployed_links, libraries)

    def without_immutables(self, code: bytes) -> bytes:
        """`code` as found at an address, with the immutable values replaced by zeros."""
        masked = bytearray(code)
        for start, length in self.immutables:
            masked[start : start + length] = bytes(length)
        return bytes(masked)


def _filled(
    name: str, code: bytes, links: Mapping[str, list[int]], libraries: Mapping[str, str]
) -> bytes:
    filled = bytearray(code)
    for library, places in links.items():
        if library not in libraries:
            raise InvariantError(f"{name} needs the address of {library}, which is not known")
        address = bytes.fromhex(libraries[library].removeprefix("0x"))
        for place in places:
            filled[place : place + 20] = address
    return bytes(filled)


@cache
def load(name: str) -> Artifact:
    """The compiled contract called `name`.

    Raises
    ------
    InvariantError
        If the package holds none: it was built without `scripts/build_contracts`.
    """
    file = resources.files(__package__).joinpath(f"{name}.json")
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InvariantError(
            f"the package holds no compiled contract {name}; it has "
            f"{', '.join(names()) or 'none'}; run scripts/build_contracts"
        ) from None
    return Artifact(
        name=name,
        abi=content["abi"],
        bytecode=bytes.fromhex(content["bytecode"].removeprefix("0x")),
        links=content["links"],
        deployed_bytecode=bytes.fromhex(content["deployedBytecode"].removeprefix("0x")),
        deployed_links=content["deployedLinks"],
        immutables=content["immutables"],
    )


def names() -> tuple[str, ...]:
    """Names of all compiled contracts in the package, sorted."""
    files = resources.files(__package__).iterdir()
    return tuple(sorted(f.name.removesuffix(".json") for f in files if f.name.endswith(".json")))
