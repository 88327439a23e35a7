"""Which tests judge a mutant, in which order, and what they say."""

from __future__ import annotations

import os
import re
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from mutate_compile import Imports

OWN = {
    "Accounting": "Vault.(surplus|shortfall|inKind|owed|assets|seed|rebalance.t)",
    "AssetBook": "Mandate",
    "BoundedAnswer": "VaultLens|Zapper",
    "BoundedCall": "BoundedCall|VaultLens",
    "Bucket": "Bucket|Vault.(rebalance.buckets|doors.limits)",
    "Budgets": "Vault.rebalance|VaultLens|Autopilot",
    "CompactBound": "CompactBound|PriceOracle",
    "CreReceiver": "CreReceiver|Autopilot",
    "Doors": "Vault.doors|TwoDoors|LagTrading",
    "Drawdown": "Drawdown|Vault.breaker",
    "FeedCheck": "PriceOracle",
    "FeedRound": "FeedRound|PriceOracle",
    "FeedWord": "PriceOracle|CompactBound",
    "LegMath": "LegMath|Vault.rebalance",
    "LegPlanner": "Autopilot",
    "LimitCaps": "LimitCaps|Vault.rebalance.caps|Vault.fee|Mandate.fees",
    "MulDiv": "MulDiv|Vault.(inKind|doors)",
    "Readiness": "VaultLens",
    "Reading": "PriceOracle",
    "Rebalancing": "Vault.(rebalance|publicTier|breaker|venues|reentrancy)|Overshoot|PingPong",
    "RouteBook": "RouteBook|Mandate.(routes|fees)",
    "RunningLeg": "Vault.(venues|reentrancy|rebalance)|RouteReuse",
    "SecondSource": "PriceOracle.(second|setSecondSource|pairs)",
    "TargetSchedule": "TargetSchedule|Mandate.schedule",
    "TickMean": "TickMean|PriceOracle.second",
    "Tiers": "Mandate.plan|Vault.(publicTier|rebalance.due)",
    "TokenBook": "VaultLens|Zapper",
    "Vault": "Vault|Mandate.vault",
    "Valuation": "Valuation|Vault.(rebalance|doors|assets)",
    "WeightMath": "WeightMath|Vault.rebalance|Mandate.plan",
}
"""Which test files, by the beginning of their names, are about a source without a name like it."""

ASIDE = re.compile(r"/(VaultLens|Zapper|Autopilot|CreReceiver)|\.gas\.t\.sol$")
"""Tests of what stands around the vault: they take half the time of all, tell little of it, and
come last."""

INVARIANTS = "tests/contracts/invariant/"
FAILED = re.compile(r"^\[FAIL[^\]]*\] (\w+)|^\[FAIL[^\n]*\] (\w+)\(", re.MULTILINE)
SUITE = re.compile(r"^Ran \d+ tests? for (\S+?):", re.MULTILINE)
TIMEOUT = 1200
"""Seconds after which a run of tests is given up."""


class Undecided(Exception):
    """Forge ended with an error, but no test failed."""


@dataclass(frozen=True, slots=True)
class Kill:
    """The test that told a mutant from the source."""

    suite: str
    test: str


@dataclass(frozen=True, slots=True)
class Suites:
    """Test files that reach a source, in the order in which they are worth asking."""

    own: list[str]
    """About the source."""
    others: list[str]
    invariants: list[str]
    aside: list[str]
    """About what stands around the vault, where the source is not."""

    def early(self, killers: Iterable[str], naming: Iterable[str]) -> Iterator[list[str]]:
        """Those that have killed mutants like it, those `naming` its function, then their own."""
        units = {*self.own, *self.others, *self.aside}
        known = set(killers) & units
        named = set(naming) & units - known
        yield from filter(None, map(sorted, [known, named, set(self.own) - known - named]))

    def late(self) -> Iterator[list[str]]:
        """All others: a mutant that survives has met every test that reaches it."""
        yield from filter(None, [self.others, self.invariants, self.aside])


def suites_of(source: str, files: Iterable[str], imports: Imports) -> Suites:
    """The test files of `files` that judge mutants of `source`."""
    within = imports.reaching(source)
    left = {name for name in files if name in within}
    stem = Path(source).stem
    about = re.compile(rf"/(?:{OWN.get(stem, re.escape(stem))})\b")
    units = {name for name in left if not name.startswith(INVARIANTS)}
    own = {name for name in units if about.search(name)}
    aside = {name for name in units - own if ASIDE.search(name)}
    return Suites(sorted(own), sorted(units - own - aside), sorted(left - units), sorted(aside))


def frequent(kills: Iterable[Kill], most: int = 2) -> list[str]:
    """The suites that have killed most."""
    return [suite for suite, _ in Counter(kill.suite for kill in kills).most_common(most)]


@dataclass(frozen=True, slots=True)
class Forge:
    """Forge in one working copy."""

    tree: Path
    memory: Path
    threads: int

    def test(self, suites: list[str]) -> Kill | None:
        """Run `suites` until a test fails; that test, or nothing if all pass."""
        paths = suites[0] if len(suites) == 1 else "{" + ",".join(suites) + "}"
        command = ["forge", "test", "--fail-fast", "--threads", str(self.threads)]
        ran = self._run([*command, "--match-path", paths])
        return None if ran.returncode == 0 else killed_by(ran.stdout + ran.stderr)

    def build(self) -> None:
        """Compile everything, so that later runs find it done."""
        ran = self._run(["forge", "build"])
        if ran.returncode:
            raise Undecided(f"forge build failed: {(ran.stdout + ran.stderr)[-2000:]}")

    def _run(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        env = os.environ | {
            "FOUNDRY_PROFILE": "quick",
            "FOUNDRY_SOLC": "scripts/mutate_solc",
            "SOLC_MEMORY": str(self.memory),
        }
        return subprocess.run(  # noqa: S603
            command,
            check=False,
            cwd=self.tree,
            env=env,
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
        )


def killed_by(output: str) -> Kill:
    """The first test that failed, from what forge printed.

    Raises
    ------
    Undecided
        When no test failed, whatever forge complains of.
    """
    failed = FAILED.search(output)
    if not failed:
        raise Undecided(f"forge failed, and no test did: {output[-2000:]}")
    suites = SUITE.findall(output[: failed.start()])
    return Kill(suites[-1] if suites else "", failed[1] or failed[2])
