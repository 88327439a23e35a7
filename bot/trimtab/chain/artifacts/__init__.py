"""Compiled contracts, as they lie in the package: ABI and bytecode."""

from __future__ import annotations

import json
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
        Code that creates it, without constructor arguments; empty for an interface.
    deployed_bytecode
        Code that then lives at its address, with immutable values as zeros.
    """

    name: str
    abi: list[dict[str, Any]]
    bytecode: bytes
    deployed_bytecode: bytes


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
        deployed_bytecode=bytes.fromhex(content["deployedBytecode"].removeprefix("0x")),
    )


def names() -> tuple[str, ...]:
    """Names of all compiled contracts in the package, sorted."""
    files = resources.files(__package__).iterdir()
    return tuple(sorted(f.name.removesuffix(".json") for f in files if f.name.endswith(".json")))
