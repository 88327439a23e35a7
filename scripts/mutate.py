"""Plant faults in the contracts one at a time, and list those that no test notices.

A mutant is killed when it compiles and a test fails. Results are kept in build/mutants, and a run
goes on where the last one stopped. Ends with 1 while a survivor is not explained in
docs/mutants.md, an explanation has no survivor, or a mutant has not been judged.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, PriorityQueue

import mutate_results
from mutate_compile import (
    Artifacts,
    Contracts,
    DoesNotCompile,
    Imports,
    Solc,
    affected,
    is_deployed,
)
from mutate_faults import ARITHMETIC, Mutant, function_names, mutants_of
from mutate_results import Fate, Result, Verdict
from mutate_tests import Forge, Kill, frequent, suites_of

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / "build" / "mutants"
RESULTS = HOME / "results.jsonl"
DOCUMENT = ROOT / "docs" / "mutants.md"
CORE = ("Vault.sol", "Mandate.sol", "PriceOracle.sol", "libraries", "venues")
"""Below contracts/: what is mutated when no file is named."""
CORES = 2
"""Processor cores that the jobs share for their tests."""


@dataclass(frozen=True, slots=True)
class Task:
    """A mutant of a source that waits to be judged."""

    source: str
    mutant: Mutant
    mutated: str
    key: str


def main() -> int:
    """Do what was asked for; the exit code of the command."""
    arguments = _arguments()
    tasks = find_tasks(ROOT, arguments.only, arithmetic=arguments.arithmetic)
    if arguments.list:
        print("\n".join(f"{task.source}:{task.mutant.line} {task.mutant.name}" for task in tasks))
        return 0
    if not arguments.report:
        run(tasks, jobs=arguments.jobs, minutes=arguments.minutes)
    results = mutate_results.read(RESULTS)
    names = {task.key: task.mutant.name for task in tasks}
    explained = mutate_results.explanations(DOCUMENT)
    verdict = mutate_results.judge(names, results, explained)
    print(report([results[key] for key in names if key in results], verdict))
    if arguments.only:  # the document is about all files
        return 0 if not verdict.unexplained and not verdict.unjudged else 1
    return 0 if verdict.is_good else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=1, help="mutants judged at a time")
    parser.add_argument("--minutes", type=float, default=90, help="start none after so long")
    parser.add_argument("--only", action="append", metavar="FILE", help="a file of contracts/")
    parser.add_argument("--arithmetic", action="store_true", help="turn arithmetic, too")
    parser.add_argument("--list", action="store_true", help="name the mutants and end")
    parser.add_argument("--report", action="store_true", help="show what is known and end")
    return parser.parse_args()


def find_tasks(root: Path, only: list[str] | None, *, arithmetic: bool) -> list[Task]:
    """Every mutant of a guard in the sources, and those of `arithmetic` behind them.

    Raises
    ------
    SystemExit
        When a file of `only` is not there.
    """
    files = [_file(root, name) for name in only] if only else list(_sources(root))
    known = function_names(
        [path.read_text("utf-8") for path in (root / "contracts").rglob("*.sol")]
    )
    tasks = []
    for path in files:
        source, name = path.read_text("utf-8"), str(path.relative_to(root))
        for mutant in mutants_of(source, known):
            if mutant.rank == ARITHMETIC and not arithmetic:
                continue
            key = mutate_results.key_of(name, mutant.name, mutant.function)
            tasks.append(Task(name, mutant, mutant.applied(source), key))
    return sorted(tasks, key=lambda task: task.mutant.rank)


def _file(root: Path, name: str) -> Path:
    for path in (root / name, root / "contracts" / name):
        if path.is_file():
            return path
    raise SystemExit(f"error: no file {name}; expected one below contracts/, such as Vault.sol")


def _sources(root: Path) -> Iterable[Path]:
    for name in CORE:
        path = root / "contracts" / name
        yield from sorted(path.rglob("*.sol")) if path.is_dir() else [path]


def run(tasks: list[Task], *, jobs: int, minutes: float) -> None:
    """Judge what has not been judged, `jobs` at a time, each in a working copy of its own."""
    tests = mutate_results.hash_of((ROOT / "tests" / "contracts").rglob("*.sol"))
    record = Record(tests, mutate_results.read(RESULTS))
    turns = Turns(tasks, record)
    if turns.count() == 0:
        return
    print(f"{turns.count()} of {len(tasks)} mutants to judge", flush=True)
    copies = prepare(jobs)
    _prove_sound(copies[0], tests)
    deadline = time.monotonic() + minutes * 60
    with ThreadPoolExecutor(jobs) as pool:
        for done in [pool.submit(_work, copy, turns, record, deadline) for copy in copies]:
            done.result()


@dataclass(frozen=True, slots=True, order=True)
class Turn:
    """When a mutant is judged: guards first, and each rank by its own tests before all others."""

    rank: int
    late: bool
    number: int
    task: Task = field(compare=False)


class Turns:
    """Mutants that wait to be judged."""

    def __init__(self, tasks: Iterable[Task], record: Record) -> None:
        self._queue: PriorityQueue[Turn] = PriorityQueue()
        for task in tasks:
            result = record.known.get(task.key)
            lives = result is not None and result.fate in {Fate.SPARED, Fate.SURVIVED}
            if result is None or (lives and result.tests != record.tests):
                self.put(task, late=False)
            elif result.fate is Fate.SPARED:
                self.put(task, late=True)

    def put(self, task: Task, *, late: bool) -> None:
        """Let a mutant wait for the tests about its source, or for all others."""
        self._queue.put(Turn(task.mutant.rank, late, self._queue.qsize(), task))

    def get(self) -> Turn:
        """Whose turn it is.

        Raises
        ------
        Empty
            When none waits.
        """
        return self._queue.get_nowait()

    def count(self) -> int:
        """How many wait."""
        return self._queue.qsize()


def prepare(jobs: int) -> list[Forge]:
    """Working copies of contracts and tests, compiled, one for each job."""
    base = HOME / "base"
    _fill(base, ROOT / "build" / "forge")
    Forge(base, HOME / "solc", CORES).build()
    copies = [HOME / f"job{i}" for i in range(jobs)]
    for copy in copies:
        shutil.rmtree(copy, ignore_errors=True)
        _fill(copy, base / "build" / "forge")
    return [Forge(copy, HOME / "solc", max(1, CORES // jobs)) for copy in copies]


def _fill(tree: Path, compiled: Path) -> None:
    """Bring the sources of a working copy up to date; dependencies are linked, not copied.

    What it has compiled is kept. If it has nothing, it begins with what is `compiled` elsewhere.
    """
    linked = ("node_modules", "scripts/foundry/node_modules")
    for folder in ("contracts", "tests", "scripts", "node_modules"):
        shutil.rmtree(tree / folder, ignore_errors=True)
    for folder in ("contracts", "tests/contracts"):
        shutil.copytree(ROOT / folder, tree / folder)
    (tree / "scripts").mkdir()
    for name in ("foundry.toml", "scripts/solc", "scripts/mutate_solc"):
        shutil.copy2(ROOT / name, tree / name)
    for folder in linked:
        shutil.copytree(ROOT / folder, tree / folder, copy_function=os.link, symlinks=True)
    if compiled.exists() and not (tree / "build" / "forge").exists():
        shutil.copytree(compiled, tree / "build" / "forge")


@dataclass(frozen=True, slots=True)
class Record:
    """What the jobs share: results so far by key, and so who has killed what where."""

    tests: str
    known: dict[str, Result]

    def killers(self, name: str) -> list[str]:
        """The suites that have killed most in a mutant's function, and most of its kind."""
        place, what = name.partition(": ")[0], name.rpartition(": ")[2]
        contract = place.partition(".")[0] + "."
        near = [result for result in list(self.known.values()) if result.name.startswith(contract)]
        here = [result for result in near if result.name.startswith(f"{place}:")]
        alike = [result for result in near if result.name.endswith(f": {what}")]
        return [suite for some in (here or near, alike) for suite in _deadliest(some)]

    def add(self, result: Result) -> None:
        """Keep a result."""
        self.known[result.key] = result
        mutate_results.append(RESULTS, result)


def _deadliest(results: list[Result]) -> list[str]:
    return frequent(kill for result in results if (kill := result.kill))


def _prove_sound(forge: Forge, tests: str) -> None:
    """See every test pass on the sources as they are, brought to forge the way mutants are.

    Raises
    ------
    SystemExit
        When a test fails: it would then be said to kill every mutant.
    """
    sources = mutate_results.hash_of((forge.tree / "contracts").rglob("*.sol"))
    proof = HOME / f"sound-{sources}-{tests}"
    if proof.exists():
        return
    imports, suites, artifacts = _make_way(forge)
    wanted = sorted(filter(is_deployed, imports.of))
    with closing(Solc(forge.tree, artifacts.settings)) as solc:
        code = solc.compile(
            {name: (forge.tree / name).read_text("utf-8") for name in wanted}, wanted
        )
    with artifacts.patched(code):
        if kill := forge.test(suites):
            raise SystemExit(f"error: {kill.test} in {kill.suite} fails without a fault; mend it")
    proof.touch()


def _make_way(forge: Forge) -> tuple[Imports, list[str], Artifacts]:
    imports = Imports.read(forge.tree, ("contracts", "tests/contracts"))
    suites = sorted(name for name in imports.of if name.endswith(".t.sol"))
    return imports, suites, Artifacts(forge.tree / "build" / "forge" / "out")


def _work(forge: Forge, turns: Turns, record: Record, deadline: float) -> None:
    imports, suites, artifacts = _make_way(forge)
    with closing(Solc(forge.tree, artifacts.settings)) as solc:
        judge = Judge(forge, solc, artifacts, imports, suites)
        while time.monotonic() < deadline:
            try:
                turn = turns.get()
            except Empty:
                return
            task = turn.task
            result = _judged(judge, task, record, late=turn.late)
            record.add(result)
            if result.fate is Fate.SPARED:
                turns.put(task, late=True)
            line = f"{result.fate:<9} {result.seconds:>6} s  {task.source}:{task.mutant.line}"
            print(f"{line} {result.name}", flush=True)


def _judged(judge: Judge, task: Task, record: Record, *, late: bool) -> Result:
    started = time.monotonic()
    killers = record.killers(task.mutant.name)
    fate, kill = judge.fate(task, None if late else killers)
    before = record.known[task.key].seconds if late else 0
    return Result(
        key=task.key,
        source=task.source,
        name=task.mutant.name,
        fate=fate,
        tests=record.tests,
        suite=kill.suite if kill else "",
        test=kill.test if kill else "",
        seconds=round(before + time.monotonic() - started, 1),
    )


@dataclass(frozen=True, slots=True)
class Judge:
    """Everything it takes to decide about a mutant in one working copy."""

    forge: Forge
    solc: Solc
    artifacts: Artifacts
    imports: Imports
    suites: list[str]
    originals: dict[str, Contracts] = field(default_factory=dict)

    def fate(self, task: Task, killers: list[str] | None) -> tuple[Fate, Kill | None]:
        """What becomes of a mutant, and by which test.

        Asks the tests about its source, `killers` first; all others if there is no such list.
        """
        source = self._text(task.source)
        function = task.mutant.inside.rpartition(".")[2]
        wanted = affected(task.source, source, function, self.imports)
        try:
            mutated = self.solc.compile(self._sources(wanted, {task.source: task.mutated}), wanted)
        except DoesNotCompile:
            return Fate.REFUSED, None
        changed = self._changed(mutated, wanted)
        if not changed:
            return Fate.SAME_CODE, None
        with self.artifacts.patched(changed):
            for stage in self._stages(task, killers):
                if kill := self.forge.test(stage):
                    return Fate.KILLED, kill
        return Fate.SURVIVED if killers is None else Fate.SPARED, None

    def _stages(self, task: Task, killers: list[str] | None) -> Iterator[list[str]]:
        suites = suites_of(task.source, self.suites, self.imports)
        if killers is None:
            return suites.late()
        tested = f"_{task.mutant.inside.rpartition('.')[2]}_"
        naming = [name for name in suites.own + suites.others if tested in self._text(name)]
        return suites.early(killers, naming)

    def _text(self, name: str) -> str:
        return (self.forge.tree / name).read_text("utf-8")

    def _sources(self, wanted: list[str], replaced: dict[str, str]) -> dict[str, str]:
        return {name: self._text(name) for name in wanted} | replaced

    def _changed(self, mutated: Contracts, wanted: list[str]) -> Contracts:
        """The contracts whose code differs from what the same request makes of the source."""
        name = " ".join(wanted)
        if name not in self.originals:
            self.originals[name] = self.solc.compile(self._sources(wanted, {}), wanted)
        original = self.originals[name]
        return {key: code for key, code in mutated.items() if code != original.get(key)}


def report(results: list[Result], verdict: Verdict) -> str:
    """Figures by file, then everything that is wrong."""
    lines = [f"{'source':<44}{'mutants':>8}" + "".join(f"{fate:>11}" for fate in Fate)]
    for source in [*sorted({result.source for result in results}), ""]:
        counts = Counter(r.fate for r in results if source in {r.source, ""})
        total = f"{source or 'all':<44}{counts.total():>8}"
        lines.append(total + "".join(f"{counts[fate]:>11}" for fate in Fate))
    lines.append(f"{sum(result.seconds for result in results) / 60:.0f} minutes of one job")
    lines += [f"survives unexplained: {r.source} `{r.name}`" for r in verdict.unexplained]
    lines += [f"explained, but no survivor: `{name}`" for name in verdict.stale]
    if verdict.unjudged:
        lines.append(f"{len(verdict.unjudged)} not judged yet; run again to go on")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
