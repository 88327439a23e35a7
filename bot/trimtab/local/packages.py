"""Finds what npm installed for the local chain: Uniswap's published bytecode, and anvil."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from trimtab.errors import LocalChainError

NODE_MODULES_VARIABLE = "TRIMTAB_NODE_MODULES"
"""Environment variable that names the `node_modules` folder with the `@uniswap` packages."""

ANVIL_VARIABLE = "TRIMTAB_ANVIL"
"""Environment variable that names the anvil program."""

CHECKOUT = Path(__file__).resolve().parents[3]
"""Root of the checkout, when the package runs from one."""

SHIPPED = Path(__file__).parent / "shipped"
"""What a wheel carries of those packages; a checkout has none of it."""


def node_modules(explicit: Path | None = None) -> Path:
    """Folder that holds the `@uniswap` packages.

    Looks at `explicit`, then at the folder that `TRIMTAB_NODE_MODULES` names, then at what a wheel
    carries, then in the checkout; the first that was given decides.

    Raises
    ------
    LocalChainError
        If the packages are not there.
    """
    named = os.environ.get(NODE_MODULES_VARIABLE)
    installed = SHIPPED if SHIPPED.is_dir() else CHECKOUT / "node_modules"
    folder = explicit or (Path(named) if named else installed)
    if not (folder / "@uniswap").is_dir():
        raise LocalChainError(
            f"no @uniswap packages in {folder}: run `npm ci` at the root of a checkout, "
            f"or set {NODE_MODULES_VARIABLE} to the node_modules folder that has them"
        )
    return folder


@cache
def creation_code(folder: Path, artifact: str) -> bytes:
    """Creation code of a published contract.

    Parameters
    ----------
    folder
        The `node_modules` folder.
    artifact
        Path of its artifact inside that folder.

    Raises
    ------
    LocalChainError
        If the artifact is missing or has no bytecode.
    """
    path = folder / artifact
    try:
        bytecode: str = json.loads(path.read_text())["bytecode"]
        return bytes.fromhex(bytecode.removeprefix("0x"))
    except FileNotFoundError as fault:
        raise LocalChainError(f"no artifact {path}: run `npm ci` again") from fault
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise LocalChainError(f"{path} is not an artifact with a `bytecode` field") from fault


def anvil_binary() -> Path:
    """The anvil program: the one that `TRIMTAB_ANVIL` names, or the checkout's.

    Raises
    ------
    LocalChainError
        If there is none.
    """
    named = os.environ.get(ANVIL_VARIABLE)
    candidates = [Path(named)] if named else list(_installed_anvils())
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    where = ", ".join(str(c) for c in candidates)
    raise LocalChainError(
        f"anvil is not at {where}: run `npm ci` in scripts/foundry of a checkout, "
        f"or set {ANVIL_VARIABLE} to the program"
    )


def _installed_anvils() -> Iterator[Path]:
    system = platform.system().lower()
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    packages = CHECKOUT / "scripts" / "foundry" / "node_modules" / "@foundry-rs"
    yield packages / f"anvil-{system}-{machine}" / "bin" / "anvil"
