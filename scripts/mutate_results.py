"""What became of each mutant: kept line by line, so that a run can stop and go on."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from mutate_tests import Kill

EXPLAINED = re.compile(r"^- `([^`]+)`:\s+(\S.*(?:\n  \S.*)*)", re.MULTILINE)
"""A list item: the name of a mutant in backticks, a colon, and why it may live."""


class Fate(StrEnum):
    """What became of a mutant."""

    KILLED = "killed"
    SURVIVED = "survived"
    SPARED = "spared"
    """The tests about its source all pass; the others have not been asked yet."""
    SAME_CODE = "same code"
    """The optimiser makes the same bytecode of it."""
    REFUSED = "refused"
    """The compiler takes no such source."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one mutant.

    Attributes
    ----------
    key
        Hash of file, name and mutated function; see `key_of`.
    tests
        Hash of the tests that judged it: a survivor is asked again when they change.
    suite, test
        The test that failed; empty for a survivor.
    seconds
        What it took.
    """

    key: str
    source: str
    name: str
    fate: Fate
    tests: str
    suite: str = ""
    test: str = ""
    seconds: float = 0

    @property
    def kill(self) -> Kill | None:
        """The test that killed it."""
        return Kill(self.suite, self.test) if self.fate is Fate.KILLED else None


def key_of(source: str, name: str, function: str) -> str:
    """The name under which the result for a mutant is kept: a changed function is judged anew."""
    return hashlib.sha256("\n".join((source, name, function)).encode()).hexdigest()[:32]


def hash_of(paths: Iterable[Path]) -> str:
    """One hash of the contents of several files."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def read(path: Path) -> dict[str, Result]:
    """Results by key; of several for one mutant the last. A line cut short by a crash is none."""
    found = {}
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True) if path.exists() else []
    for line in lines:
        if line.endswith("\n"):
            values = json.loads(line)
            found[values["key"]] = Result(**values | {"fate": Fate(values["fate"])})
    return found


def append(path: Path, result: Result) -> None:
    """Keep a result."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(result)) + "\n")


def explanations(document: Path) -> dict[str, str]:
    """Why each known survivor lives, by its name."""
    if not document.exists():
        return {}
    found = EXPLAINED.findall(document.read_text(encoding="utf-8"))
    return {" ".join(name.split()): " ".join(why.split()) for name, why in found}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a report comes to: anything in a list is a failure."""

    unexplained: list[Result]
    unjudged: list[str]
    stale: list[str]
    """Explained in the document, but killed or no longer made."""

    @property
    def is_good(self) -> bool:
        """Whether every mutant was judged, and every survivor is explained."""
        return not (self.unexplained or self.unjudged or self.stale)


def judge(names: dict[str, str], results: dict[str, Result], explained: dict[str, str]) -> Verdict:
    """Hold results against the mutants that there are (names by key) and the explanations."""
    survivors = {
        result.name: result
        for key, result in results.items()
        if key in names and result.fate is Fate.SURVIVED
    }
    unjudged = [name for key, name in names.items() if not _is_judged(results.get(key))]
    return Verdict(
        unexplained=[result for name, result in survivors.items() if name not in explained],
        unjudged=unjudged,
        stale=[name for name in explained if name not in {*survivors, *unjudged}],
    )


def _is_judged(result: Result | None) -> bool:
    return result is not None and result.fate is not Fate.SPARED
