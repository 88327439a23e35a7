"""Compiles a mutant by itself and puts its bytecode where forge looks for that of the source.

The sources that forge sees never change, so it compiles nothing: its tests deploy contracts by
artifact (`dynamic_test_linking`), and a run starts within a second of the compile.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

IMPORT = re.compile(r"^import\s[^\"']*[\"']([^\"']+)[\"']", re.MULTILINE)
EMBEDS = re.compile(r"\)\s+internal\b|^function\s", re.MULTILINE)
"""A file whose functions become part of the contracts that import it."""

WANTED = [
    f"evm.{code}.{part}"
    for code in ("bytecode", "deployedBytecode")
    for part in ("object", "linkReferences")
] + ["evm.deployedBytecode.immutableReferences"]

Code = dict[str, Any]
"""What solc says of one contract below `evm`: `bytecode` and `deployedBytecode`."""
Contracts = dict[tuple[str, str], Code]
"""By source and name."""


class DoesNotCompile(Exception):
    """The compiler refused a source."""


class Solc:
    """A warm compiler for the sources of one folder, with the settings of an artifact in it."""

    def __init__(self, tree: Path, settings: Mapping[str, Any]) -> None:
        self._settings = settings
        command = ["node", "scripts/mutate_solc", "--serve", str(tree)]
        self._process = subprocess.Popen(  # noqa: S603
            command, cwd=tree, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def close(self) -> None:
        """End the compiler."""
        self._process.kill()
        self._process.wait()

    def compile(self, sources: Mapping[str, str], wanted: list[str]) -> Contracts:
        """Code of each contract of the `wanted` files; other files are read as they are imported.

        Raises
        ------
        DoesNotCompile
            With the first error of the compiler.
        """
        settings = dict(self._settings)
        settings["outputSelection"] = {name: {"*": WANTED} for name in wanted}
        request = {
            "language": "Solidity",
            "sources": {name: {"content": text} for name, text in sources.items()},
            "settings": settings,
        }
        answer = self._ask(json.dumps(request))
        errors = [e for e in answer.get("errors", []) if e["severity"] == "error"]
        if errors:
            raise DoesNotCompile(errors[0]["formattedMessage"])
        return {
            (name, contract): found["evm"]
            for name in wanted
            for contract, found in answer["contracts"].get(name, {}).items()
            if found["evm"]["bytecode"]["object"]
        }

    def _ask(self, line: str) -> dict[str, Any]:
        stdin, stdout = _open(self._process.stdin), _open(self._process.stdout)
        stdin.write(line + "\n")
        stdin.flush()
        answer = stdout.readline()
        if not answer:
            raise RuntimeError("the compiler ended in the middle of a request; run again to go on")
        found: dict[str, Any] = json.loads(answer)
        return found


def _open(stream: IO[str] | None) -> IO[str]:
    if stream is None:
        raise RuntimeError("the compiler was started without pipes")
    return stream


@dataclass(frozen=True, slots=True)
class Imports:
    """Which files of a tree import which."""

    of: dict[str, set[str]]

    @classmethod
    def read(cls, tree: Path, folders: tuple[str, ...]) -> Imports:
        """The imports of every Solidity file below `folders`."""
        files = [path for folder in folders for path in (tree / folder).rglob("*.sol")]
        return cls({str(path.relative_to(tree)): _imported(path, tree) for path in files})

    def reaching(self, name: str) -> set[str]:
        """The files that import `name`, or a file that does, and so on; not itself."""
        found: set[str] = set()
        todo = {name}
        while todo:
            todo = {file for file, used in self.of.items() if used & todo} - found - {name}
            found |= todo
        return found


def _imported(path: Path, tree: Path) -> set[str]:
    found = IMPORT.findall(path.read_text(encoding="utf-8"))
    local = [name for name in found if name.startswith(".")]
    return {os.path.relpath(os.path.normpath(path.parent / name), tree) for name in local}


def affected(name: str, source: str, function: str, imports: Imports) -> list[str]:
    """The files whose bytecode holds that function of `name`: a linked one is nowhere else."""
    linked = re.search(rf"\bfunction {function}\([^{{;]*\)\s+(?:external|public)\b", source)
    is_library = re.search(r"^library ", source, re.MULTILINE)
    if not EMBEDS.search(source) or (is_library and linked):
        return [name]
    return [name, *sorted(filter(is_deployed, imports.reaching(name)))]


HOLDS_CODE = re.compile(r"^tests/contracts/(libraries/|BoundedCall\.t|Uniswap\w+Venue\.t)")
"""Tests that forge does not link to what they test: it is compiled into them."""


def is_deployed(name: str) -> bool:
    """Whether a file's contracts hold what it imports: ours, and a few tests."""
    if name.startswith("tests/"):
        return bool(HOLDS_CODE.match(name))
    return "/mocks/" not in name and "/interfaces/" not in name


class Artifacts:
    """What forge deploys, by source and name of the contract."""

    def __init__(self, out: Path) -> None:
        self._files = {}
        self.settings: dict[str, Any] = {}
        for path in out.rglob("*.json"):
            if "build-info" in path.parts:
                continue
            settings = _settings(path)
            for target in settings.pop("compilationTarget").items():
                self._files[target] = path
            self.settings = self.settings or settings | {"libraries": {}}

    def patched(self, code: Contracts) -> AbstractContextManager[None]:
        """As long as it is entered, forge finds `code` in the place of its own."""
        return _Patch({self._files[key]: found for key, found in code.items()})


def _settings(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["metadata"]["settings"]
    return found


class _Patch(AbstractContextManager[None]):
    def __init__(self, code: dict[Path, Code]) -> None:
        self._code = code
        self._before: dict[Path, str] = {}

    def __enter__(self) -> None:
        for path, code in self._code.items():
            text = self._before[path] = path.read_text(encoding="utf-8")
            path.write_text(json.dumps(_with_code(json.loads(text), code)), encoding="utf-8")

    def __exit__(self, *error: object) -> None:
        for path, text in self._before.items():
            path.write_text(text, encoding="utf-8")


def _with_code(artifact: dict[str, Any], code: Code) -> dict[str, Any]:
    for part in ("bytecode", "deployedBytecode"):
        artifact[part].update(code[part] | {"object": "0x" + code[part]["object"]})
    return artifact
