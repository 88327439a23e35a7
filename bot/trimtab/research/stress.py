"""Episodes that a vault must survive, and what it did in one, held against its promises."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from trimtab.domain.arithmetic import minimum_progress
from trimtab.domain.snapshot import Limits
from trimtab.domain.units import DAY
from trimtab.history.chronicle import Entry
from trimtab.history.events import Rebalanced


class Disturbance(StrEnum):
    """What is wrong beside the prices."""

    NONE = "none"
    GAS = "gas"
    """Gas costs fifty times as much."""
    DEPTH = "depth"
    """Nine tenths of the pools' depth are gone."""
    CORRELATION = "correlation"
    """Any two assets have a correlation of .9."""
    STALE_FEED = "stale-feed"
    """One feed publishes nothing for a day."""
    SEQUENCER = "sequencer"
    """The sequencer of the rollup is down for two days."""


@dataclass(frozen=True, slots=True)
class Episode:
    """Something that may happen to a vault.

    Attributes
    ----------
    name
        What it is called.
    words
        What happens, for a person.
    first, last
        Days of real prices, as `2020-02-20`; empty for a made-up market.
    hourly
        Whether the prices are hourly.
    disturbance
        What is wrong beside the prices.
    """

    name: str
    words: str
    first: str = ""
    last: str = ""
    hourly: bool = False
    disturbance: Disturbance = Disturbance.NONE


EPISODES = (
    Episode("2020-03", "BTC and ETH lose half in a day", "2020-02-20", "2020-04-10"),
    Episode(
        "2022-05", "a stablecoin fails, everything falls for weeks", "2022-04-25", "2022-06-20"
    ),
    Episode("2022-11", "an exchange fails", "2022-10-25", "2022-12-05"),
    Episode(
        "2023-03", "USDC, the base asset, is worth 0.91", "2023-03-11", "2023-03-14", hourly=True
    ),
    Episode(
        "correlation",
        "all risky assets move together",
        disturbance=Disturbance.CORRELATION,
    ),
    Episode("gas", "gas costs fifty times as much", disturbance=Disturbance.GAS),
    Episode("depth", "pools are a tenth as deep", disturbance=Disturbance.DEPTH),
    Episode("stale-feed", "a feed is silent for a day", disturbance=Disturbance.STALE_FEED),
    Episode("sequencer", "the rollup is down for two days", disturbance=Disturbance.SEQUENCER),
)
"""Every episode."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One step of an episode, after the keeper has acted.

    Attributes
    ----------
    timestamp
        Its time, in seconds.
    action, sentence
        What the keeper did, and why.
    value
        Worth of the vault at true prices.
    recorded, owed, balances
        By asset, in smallest units: what the vault counts, what it has set aside, what it has.
    can_redeem, can_deposit, can_withdraw
        Whether a holder could leave in kind, and pass the doors of the base asset.
    left_at_venues
        What venues hold, in smallest units, all assets together.
    """

    timestamp: int
    action: str
    sentence: str
    value: float
    recorded: tuple[int, ...]
    owed: tuple[int, ...]
    balances: tuple[int, ...]
    can_redeem: bool
    can_deposit: bool
    can_withdraw: bool
    left_at_venues: int


@dataclass(frozen=True, slots=True)
class Check:
    """Whether a promise was kept, with the number that comes closest to breaking it."""

    promise: str
    kept: bool
    detail: str


def judge(
    observed: Sequence[Observation], entries: Sequence[Entry], limits: Limits
) -> tuple[Check, ...]:
    """What became of the promises in an episode.

    Parameters
    ----------
    observed
        Every step.
    entries
        The vault's chronicle.
    limits
        Its limits.
    """
    rebalances = [
        (entry.timestamp, entry.event) for entry in entries if isinstance(entry.event, Rebalanced)
    ]
    losses = [(at, event.loss) for at, event in rebalances]
    turnovers = [(at, event.turnover) for at, event in rebalances]
    shut = [step for step in observed if not step.can_redeem]
    return (
        _covered(observed),
        _bounded("INV-4a", losses, limits.loss_capacity, limits.loss_rate),
        _bounded("INV-4b", turnovers, limits.turnover_capacity, limits.turnover_rate),
        _progress(rebalances),
        Check(
            "INV-6",
            not shut,
            f"a holder could leave in {len(observed) - len(shut)} of {len(observed)} steps",
        ),
        _same_shares(entries),
        _nothing_left(observed),
    )


def worst_fall(observed: Sequence[Observation]) -> float:
    """Deepest fall of the vault's worth from its highest so far, as a fraction of at most 0."""
    highest, worst = 0.0, 0.0
    for step in observed:
        highest = max(highest, step.value)
        worst = min(worst, step.value / highest - 1)
    return worst


def _covered(observed: Sequence[Observation]) -> Check:
    """INV-1: recorded and owed are never more than what is there."""
    gaps = [
        balance - recorded - owed
        for step in observed
        for balance, recorded, owed in zip(step.balances, step.recorded, step.owed, strict=True)
    ]
    return Check("INV-1", min(gaps) >= 0, f"least balance beyond the records {min(gaps)} units")


def _bounded(promise: str, charges: list[tuple[int, int]], capacity: int, rate: int) -> Check:
    """In every window, charges sum to no more than `capacity + rate · T`."""
    kept, worst = True, 0.0
    for first in range(len(charges)):
        total = 0
        for timestamp, charge in charges[first:]:
            total += charge
            allowed = capacity + rate * (timestamp - charges[first][0]) // DAY
            kept = kept and total <= allowed
            worst = max(worst, total / max(1, allowed))
    return Check(promise, kept, f"at most {worst:.1%} of what is allowed in any window")


def _progress(rebalances: Sequence[tuple[int, Rebalanced]]) -> Check:
    """INV-5: every rebalance lowered drift by what it must."""
    short = [
        event
        for _, event in rebalances
        if event.drift_before - event.drift_after < minimum_progress(event.drift_before)
    ]
    return Check("INV-5", not short, f"{len(rebalances)} rebalances, {len(short)} without progress")


def _same_shares(entries: Sequence[Entry]) -> Check:
    """INV-7: rebalances leave the number of shares alone."""
    changed = [
        after
        for before, after in pairwise(entries)
        if isinstance(after.event, Rebalanced) and before.ledger.shares != after.ledger.shares
    ]
    return Check("INV-7", not changed, f"shares changed in {len(changed)} rebalances")


def _nothing_left(observed: Sequence[Observation]) -> Check:
    """INV-8: venues hold nothing."""
    most = max(step.left_at_venues for step in observed)
    return Check("INV-8", most == 0, f"at most {most} units at venues")
