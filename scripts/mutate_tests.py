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
    "Accounting": "Vault.(surplus|shortfall|inKind|owed|assets)",
    "AssetBook": "Mandate.(assets|schedule|t|plan)",
    "BoundedAnswer": "VaultLens|Zapper",
    "BoundedCall": "BoundedCall|VaultLens",
    "Bucket": "Bucket|Vault.(rebalance.buckets|doors.limits)",
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
    "Readiness": "Autopilot",
    "Reading": "PriceOracle",
    "Rebalancing": "Vault.(rebalance|publicTier|breaker|venues|reentrancy)|Overshoot|PingPong",
    "RouteBook": "RouteBook|Mandate.(routes|fees)",
    "RunningLeg": "Vault.(venues|reentrancy|rebalance)|RouteReuse",
    "SecondSource": "PriceOracle.(second|setSecond|pairs)",
    "TargetSchedule": "TargetSchedule|Mandate.schedule",
    "TickMean": "TickMean|PriceOracle.second",
    "Tiers": "Mandate.plan|Vault.(publicTier|rebalance.due)",
    "TokenBook": "VaultLens|Zapper",
    "Valuation": "Valuation|Vault.(rebalance|doors|assets)",
    "WeightMath": "WeightMath|Vault.rebalance|Mandate.plan",
}
"""Which test files, by the beginning of their names, are about a source without a name like it."""

ASIDE = re.compile(r"/(VaultLens|Zapper|Autopilot|CreReceiver)|\.gas\.t\.sol$")
"""Tests of what stands around the vault. They take half the time of all and tell little of it."""

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


def stages(
    source: str, suites: Iterable[str], imports: Imports, killers: Iterable[str]
) -> Iterator[list[str]]:
    """Test files in the order in which they are worth asking: none of them twice.

    Those that have killed mutants of the same place, those about the source, all others that
    reach it, and last the invariants.
    """
    within = imports.reaching(source)
    left = {suite for suite in suites if suite in within}
    about = re.compile(rf"/(?:{OWN.get(Path(source).stem, Path(source).stem)})\b")
    units = {suite for suite in left if not suite.startswith(INVARIANTS)}
    own = {suite for suite in units if about.search(suite)}
    stands_aside = any(ASIDE.search(suite) for suite in own)
    others = {suite for suite in units if stands_aside or not ASIDE.search(suite)}
    invariants = left - units
    asked = [left & set(killers), own, others, invariants]
    for stage in asked:
        chosen = stage & left
        left -= chosen
        if chosen:
            yield sorted(chosen)


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
