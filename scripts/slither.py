"""Run Slither over the contracts, and name every finding that docs/slither.md does not explain.

An explanation is a row of a table: detector, contract and function, why it is safe. It covers every
finding of that detector in that function. Ends with 1 while a finding has no row, or a row no
finding.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from build_contracts import SOURCES, standard_input

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / "build" / "slither"
DOCUMENT = ROOT / "docs" / "slither.md"
ROW = re.compile(r"^\| `([\w-]+)` \| `([\w.]+)` \| (\S.*\S) \|$", re.MULTILINE)
"""Detector, place, reason."""
OUTPUT = {
    "*": {
        "*": ["abi", "metadata", "devdoc", "userdoc", "evm.bytecode", "evm.deployedBytecode"],
        "": ["ast"],
    }
}
"""What Slither reads of a compile."""


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Where a detector found something: in a function, or in a contract or file as a whole."""

    detector: str
    place: str
    """Such as `Vault.seed`."""
    line: int
    text: str


def main() -> int:
    """Analyse, print what is wrong, and return the exit code of the command."""
    found = findings(analyse())
    explained = explanations(DOCUMENT.read_text(encoding="utf-8"))
    faults = unexplained(found, explained)
    print("\n".join(faults))
    print(f"{len(found)} findings, {len(explained)} explanations, {len(faults)} faults")
    return 1 if faults else 0


def analyse() -> Mapping[str, Any]:
    """What Slither says of our contracts, compiled as they ship.

    Raises
    ------
    SystemExit
        When it does not get to the end.
    """
    HOME.mkdir(parents=True, exist_ok=True)
    names = sorted(path.relative_to(ROOT).as_posix() for path in SOURCES.rglob("*.sol"))
    request = standard_input([name for name in names if "/mocks/" not in name])
    request["settings"]["outputSelection"] = OUTPUT
    source, answer = HOME / "input.json", HOME / "findings.json"
    source.write_text(json.dumps(request), encoding="utf-8")
    answer.unlink(missing_ok=True)
    command = [str(HOME / "venv/bin/slither"), str(source), "--solc", "scripts/solc"]
    command += ["--compile-force-framework", "Solc-json", "--json", str(answer)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    if not answer.exists():
        raise SystemExit(f"error: slither gave no answer: {ran.stderr[-2000:]}")
    result: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
    if not result["success"]:
        raise SystemExit(f"error: slither failed: {result['error']}")
    return result


def findings(result: Mapping[str, Any]) -> list[Finding]:
    """The findings of an analysis, in order."""
    return sorted(
        Finding(found["check"], *_where(found["elements"]), " ".join(found["description"].split()))
        for found in result["results"].get("detectors", [])
    )


def _where(elements: list[Mapping[str, Any]]) -> tuple[str, int]:
    """Contract and function of a finding's first element, and its line."""
    first, names = elements[0], []
    here: Mapping[str, Any] | None = first
    while here:
        if here["type"] in {"function", "contract"}:
            names.append(here["name"])
        here = here.get("type_specific_fields", {}).get("parent")
    if not names:
        names = [Path(first["source_mapping"]["filename_relative"]).stem]
    lines = first["source_mapping"]["lines"]
    return ".".join(reversed(names)), lines[0] if lines else 0


def explanations(text: str) -> dict[tuple[str, str], str]:
    """Why a finding is safe, by detector and place."""
    return {(detector, place): why for detector, place, why in ROW.findall(text)}


def unexplained(found: Iterable[Finding], explained: Mapping[tuple[str, str], str]) -> list[str]:
    """A line for each finding without explanation and each explanation without finding."""
    seen = list(found)
    places = {(finding.detector, finding.place) for finding in seen}
    return [
        f"not explained: {f.detector} in {f.place}, line {f.line}: {f.text}"
        for f in seen
        if (f.detector, f.place) not in explained
    ] + [f"explained, but not found: {' in '.join(key)}" for key in explained if key not in places]


if __name__ == "__main__":
    sys.exit(main())
