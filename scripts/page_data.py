"""Writes what the page takes over from the package: ABIs, and the sentence of every error."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from trimtab.chain import artifacts
from trimtab.chain.revert_table import (
    HELPERS,
    LENS,
    LIBRARIES,
    MANDATE,
    ORACLE,
    VAULT,
    VENUES,
)
from trimtab.chain.revert_words import WORDS

INTERFACES = ("IVaultLens", "IVault", "IMandate", "IZapper")
"""Interfaces that the page calls; the name of each constant is the interface's."""


def abis() -> str:
    """A TypeScript module with one constant for each interface."""
    lines = ["// Made by scripts/page_data.py."]
    for name in INTERFACES:
        entries = [entry for entry in artifacts.load(name).abi if entry["type"] != "error"]
        lines.append(f"export const {name} = {_compact(entries)} as const;")
    return "\n".join(lines) + "\n"


def sentences() -> str:
    """A JSON object from the signature of each error to its sentence, as `revert_table` has it."""
    tables = (VAULT, MANDATE, ORACLE, VENUES, HELPERS, LENS, LIBRARIES)
    errors = {signature: text for table in tables for signature, text in table.items()}
    return _compact({"errors": errors, "words": WORDS}) + "\n"


def write(folder: Path) -> None:
    """Write both into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "abi.ts").write_text(abis(), encoding="utf-8")
    (folder / "reverts.json").write_text(sentences(), encoding="utf-8")


def main(arguments: Sequence[str]) -> int:
    """Write into the folder that the one argument names."""
    if len(arguments) != 1:
        print("usage: page_data.py FOLDER", file=sys.stderr)
        return 2
    write(Path(arguments[0]))
    return 0


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=True)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
