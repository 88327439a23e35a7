"""The sources of every contract as an explorer compiles them, and where this program is from."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path, PurePosixPath
from typing import Any

from trimtab.chain.artifacts import load
from trimtab.errors import InvariantError

CHECKOUT = Path(__file__).resolve().parents[3]
"""Root of the checkout, when the package runs from one."""

GIT_SECONDS = 5
"""How long git may take to name a commit, in seconds."""


def compiler() -> str:
    """The compiler's version as explorers name it, such as `v0.8.37+commit.f401782d`."""
    return str(_shipped()["compiler"])


def source_name(contract: str) -> str:
    """File and name of a contract, such as `contracts/Vault.sol:Vault`.

    Raises
    ------
    InvariantError
        If no source, or more than one, is called like it.
    """
    sources = _shipped()["input"]["sources"]
    found = [source for source in sources if PurePosixPath(source).stem == contract]
    if len(found) != 1:
        raise InvariantError(f"{len(found)} sources are called {contract}, expected one: {found}")
    return f"{found[0]}:{contract}"


def standard_input(addresses: Mapping[str, str]) -> dict[str, Any]:
    """The compiler's standard JSON input for contracts at `addresses`, by name.

    Libraries among them are linked, so that it compiles to the very code of the deployment.
    """
    content = dict(_shipped()["input"])
    libraries: dict[str, dict[str, str]] = {}
    for name in sorted(_linked(addresses)):
        source = source_name(name).partition(":")[0]
        libraries[source] = {name: addresses[name]}
    content["settings"] = content["settings"] | {"libraries": libraries}
    return content


@cache
def commit() -> str | None:
    """The git commit of the checkout that this package runs from; None if there is none.

    A checkout with changes of its own is no commit.
    """
    git = shutil.which("git")
    if git is None or not (CHECKOUT / ".git").exists():
        return None
    if _git(git, "status", "--porcelain", "--untracked-files=no") != "":
        return None
    return _git(git, "rev-parse", "HEAD") or None


def _git(program: str, *arguments: str) -> str | None:
    command = [program, "-C", str(CHECKOUT), *arguments]
    try:
        done = subprocess.run(  # noqa: S603 (our own words, and the git that the machine has)
            command, capture_output=True, text=True, timeout=GIT_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _linked(names: Iterable[str]) -> set[str]:
    """Libraries that some of the contracts are linked to."""
    return {library for name in names for library in load(name).links}


@cache
def _shipped() -> dict[str, Any]:
    text = files("trimtab.deploy").joinpath("sources.json").read_text(encoding="utf-8")
    content: dict[str, Any] = json.loads(text)
    return content
