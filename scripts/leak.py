"""What a feed's lag is worth to whoever may choose the moment, replayed on rounds of real feeds.

Two attackers on a vault of ether, bitcoin and a dollar that is its base asset. Both know each
answer a moment before it is published, trade elsewhere at that price without cost, and pay no gas:

- the visitor, who needs no role: deposits while the feeds are behind a rise and takes the assets
  out in kind, or mints in kind and withdraws while they are behind a fall;
- the keeper, who does that too, if only to push the base asset off its target, and then rebalances
  at exactly the feeds' prices, through a venue of their own, whenever these are wrong in the right
  direction. No loss is visible at those prices.

Every figure is what the other holders lose in a year, as a fraction of what they have, under the
best of a grid of thresholds. The vault's own rules are its spread, its flow buckets and its
turnover bucket; a rebalance needs an asset off its target by a band, and a cooldown.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import itertools
import operator
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

DAY = 86_400.0
YEAR = 365.0
UNBOUNDED = float("inf")
TARGETS = (0.45, 0.45, 0.10)
"""Weights of ether, bitcoin and the base asset."""
MIN_SPREAD = 0.005
SPREAD_MARGIN = 0.001
BASE_DEVIATION = 0.0025
HEARTBEAT = DAY
THRESHOLDS = (0.0, 0.001, 0.002, 0.003, 0.005, 0.008)
"""How large an error must be before the attacker acts, beside what the doors keep."""


@dataclass(frozen=True, slots=True)
class Rounds:
    """What one feed said.

    Attributes
    ----------
    times
        Shape (n,). When each answer was published, in seconds, ascending.
    answers
        Shape (n,). Prices.
    """

    times: Vector
    answers: Vector


@dataclass(frozen=True, slots=True)
class Moments:
    """The moment before each publication: what the feeds still say, and what is true.

    Attributes
    ----------
    times
        Shape (n,). In seconds, ascending.
    said
        Shape (n, 3). Prices by the feeds; the base asset is always worth one.
    true
        Shape (n, 3). Prices in the market.
    """

    times: Vector
    said: Vector
    true: Vector

    @property
    def years(self) -> float:
        """Length of the replay, in years."""
        return float(self.times[-1] - self.times[0]) / DAY / YEAR


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of a vault, as fractions of its net asset value.

    Attributes
    ----------
    spread
        Part that the doors keep.
    flow
        Capacity of each bucket of the doors, refilled in a day.
    turnover
        Capacity of the turnover bucket.
    turnover_rate
        Its refill a day.
    band
        Distance of a weight from its target at which the keeper may rebalance.
    cooldown
        Shortest time between two rebalances, in seconds.
    """

    spread: float
    flow: float = UNBOUNDED
    turnover: float = UNBOUNDED
    turnover_rate: float = UNBOUNDED
    band: float = 0.03
    cooldown: float = 3600.0


@dataclass(slots=True)
class Bucket:
    """A budget that refills continuously."""

    capacity: float
    rate: float
    used: float = 0.0
    since: float = 0.0

    def left(self, time: float) -> float:
        """What may pass now, as a fraction of net asset value."""
        if self.capacity == UNBOUNDED:
            return UNBOUNDED
        self.used = max(0.0, self.used - self.rate * (time - self.since) / DAY)
        self.since = time
        return self.capacity - self.used

    def charge(self, fraction: float) -> None:
        """Use a part of what `left` has just said."""
        self.used += fraction


@dataclass(slots=True)
class Vault:
    """Holdings, and what those who stay have lost."""

    rules: Rules
    capital: float
    amounts: list[float]
    inwards: Bucket = field(init=False)
    outwards: Bucket = field(init=False)
    traded: Bucket = field(init=False)
    rebalanced: float = 0.0
    lost: float = 0.0

    def __post_init__(self) -> None:
        rules = self.rules
        self.inwards = Bucket(rules.flow, rules.flow)
        self.outwards = Bucket(rules.flow, rules.flow)
        self.traded = Bucket(rules.turnover, rules.turnover_rate)

    def charge(self, before: float, prices: Sequence[float]) -> None:
        """Count what the holders have less of than `before`, at true prices."""
        self.lost += 1 - worth(self.amounts, prices) / before


def worth(amounts: Sequence[float], prices: Sequence[float]) -> float:
    """Value of a portfolio."""
    value: float = sum(map(operator.mul, amounts, prices))
    return value


# --- the record -----------------------------------------------------------------------------------


def read_rounds(path: Path) -> Rounds:
    """Rounds of a gzipped CSV with the columns `updated_at` (seconds) and `price`."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = [(float(row["updated_at"]), float(row["price"])) for row in csv.DictReader(file)]
    times, answers = np.array(sorted(rows)).T
    return Rounds(times, answers)


def coarsen(rounds: Rounds, deviation: float) -> Rounds:
    """The rounds that a feed of a larger deviation would have published of the same market."""
    kept = [0]
    for i in range(1, len(rounds.times)):
        last = kept[-1]
        moved = abs(rounds.answers[i] / rounds.answers[last] - 1) >= deviation
        if moved or rounds.times[i] - rounds.times[last] >= HEARTBEAT:
            kept.append(i)
    return Rounds(rounds.times[kept], rounds.answers[kept])


def moments(ether: Rounds, bitcoin: Rounds) -> Moments:
    """The moments before every publication of either feed.

    The market is taken to be at the answer that is about to be published, and, for the other feed,
    on a straight line in time between its answers in logarithms.
    """
    start = max(ether.times[0], bitcoin.times[0])
    end = min(ether.times[-1], bitcoin.times[-1])
    times = np.union1d(ether.times, bitcoin.times)
    times = times[(times > start) & (times <= end)]
    ones = np.ones(len(times))
    feeds = (ether, bitcoin)
    said = [feed.answers[np.searchsorted(feed.times, times, side="left") - 1] for feed in feeds]
    true = [np.exp(np.interp(times, feed.times, np.log(feed.answers))) for feed in feeds]
    return Moments(times, np.column_stack([*said, ones]), np.column_stack([*true, ones]))


def spread_by_formula(deviation: float) -> float:
    """The spread of a vault on its targets whose two feeds have this deviation."""
    lag = deviation * (TARGETS[0] + TARGETS[1]) + BASE_DEVIATION * TARGETS[2]
    return max(MIN_SPREAD, lag + SPREAD_MARGIN)


# --- the doors ------------------------------------------------------------------------------------


def enter_low(vault: Vault, time: float, said: Sequence[float], true: Sequence[float]) -> None:
    """Deposit at the feeds' net asset value and take the shares out in kind."""
    nav = worth(vault.amounts, said)
    flow = min(vault.capital, vault.inwards.left(time))
    before = worth(vault.amounts, true)
    shares = flow * (1 - vault.rules.spread)
    vault.amounts[2] += flow * nav
    vault.amounts = [amount / (1 + shares) for amount in vault.amounts]
    vault.inwards.charge(flow)
    vault.charge(before, true)


def leave_high(vault: Vault, time: float, said: Sequence[float], true: Sequence[float]) -> None:
    """Mint in kind and redeem at the feeds' net asset value, as far as there is base asset."""
    nav, kept = worth(vault.amounts, said), 1 - vault.rules.spread
    left = min(vault.outwards.left(time), vault.amounts[2] / nav)
    # Minting m and paying m * kept of a vault grown to 1 + m is a flow of m * kept / (1 + m).
    shares = min(vault.capital, left / (kept - left) if left < kept else UNBOUNDED)
    before = worth(vault.amounts, true)
    vault.amounts = [amount * (1 + shares) for amount in vault.amounts]
    vault.amounts[2] -= shares * kept * nav
    vault.outwards.charge(shares * kept / (1 + shares))
    vault.charge(before, true)


def use_doors(
    vault: Vault, time: float, prices: tuple[Sequence[float], Sequence[float]], least: float
) -> None:
    """Go through whichever door is wrong by at least `least`."""
    said, true = prices
    error = worth(vault.amounts, true) / worth(vault.amounts, said) - 1
    if error >= least:
        enter_low(vault, time, said, true)
    elif error <= -least:
        leave_high(vault, time, said, true)


# --- the rebalances -------------------------------------------------------------------------------


def rebalance(
    vault: Vault, time: float, prices: tuple[Sequence[float], Sequence[float]], least: float
) -> None:
    """Trade every pair of assets whose feeds are wrong against each other by at least `least`."""
    if time < vault.rebalanced + vault.rules.cooldown:
        return
    said, true = prices
    nav = worth(vault.amounts, said)
    gaps = [
        amount * price - target * nav
        for amount, price, target in zip(vault.amounts, said, TARGETS, strict=True)
    ]
    if max(map(abs, gaps)) < vault.rules.band * nav:
        return
    before = worth(vault.amounts, true)
    lag = [b / a - 1 for a, b in zip(said, true, strict=True)]
    pairs = itertools.permutations(range(len(gaps)), 2)
    for sold, bought in sorted(pairs, key=lambda pair: lag[pair[1]] - lag[pair[0]]):
        gain = lag[sold] - lag[bought]
        value = min(gaps[sold], -gaps[bought], vault.traded.left(time) * nav)
        if gain < least or value <= 0:
            continue
        vault.amounts[sold] -= value / said[sold]
        vault.amounts[bought] += value / said[bought]
        gaps[sold] -= value
        gaps[bought] += value
        vault.traded.charge(value / nav)
        vault.rebalanced = time
    vault.charge(before, true)


def restore(vault: Vault, true: Sequence[float]) -> None:
    """Put the vault on its targets, as an honest keeper without costs would."""
    nav = worth(vault.amounts, true)
    vault.amounts = [target * nav / price for target, price in zip(TARGETS, true, strict=True)]


# --- the attackers --------------------------------------------------------------------------------


def visitor_leak(record: Moments, rules: Rules, capital: float = 1.0) -> float:
    """What the visitor takes in a year at the best threshold; an honest keeper is at work."""
    return max(
        _visit(record, rules, capital, rules.spread + least) / record.years for least in THRESHOLDS
    )


def keeper_leak(record: Moments, rules: Rules, capital: float = 1.0) -> float:
    """What the keeper takes in a year at the best pair of thresholds.

    Parameters
    ----------
    record
        The replay.
    rules
        The vault's rules.
    capital
        Most that passes a door at once, as a fraction of net asset value; 0 leaves the keeper the
        drift that the market makes.

    Returns
    -------
    float
        Fraction of what the holders have.
    """
    doors = (UNBOUNDED, *(rules.spread + least - 0.003 for least in THRESHOLDS))
    return max(
        _keep(record, rules, capital, (door, trade)) / record.years
        for door, trade in itertools.product(doors, THRESHOLDS[1:])
    )


def _visit(record: Moments, rules: Rules, capital: float, least: float) -> float:
    vault = _open(record, rules, capital)
    for time, said, true in _steps(record):
        restore(vault, said)
        use_doors(vault, time, (said, true), least)
    return vault.lost


def _keep(record: Moments, rules: Rules, capital: float, least: tuple[float, float]) -> float:
    vault = _open(record, rules, capital)
    for time, said, true in _steps(record):
        use_doors(vault, time, (said, true), least[0])
        rebalance(vault, time, (said, true), least[1])
    return vault.lost


def _open(record: Moments, rules: Rules, capital: float) -> Vault:
    prices = record.true[0].tolist()
    amounts = [target / price for target, price in zip(TARGETS, prices, strict=True)]
    return Vault(rules, capital, amounts)


def _steps(record: Moments) -> Iterable[tuple[float, list[float], list[float]]]:
    return zip(record.times.tolist(), record.said.tolist(), record.true.tolist(), strict=True)


# --- the table ------------------------------------------------------------------------------------


def table(ether: Rounds, bitcoin: Rounds) -> list[tuple[str, float]]:
    """Each case with what it leaks in a year, as a fraction."""
    fine = moments(ether, bitcoin)
    coarse = moments(coarsen(ether, 0.01), coarsen(bitcoin, 0.01))
    bare = Rules(spread=MIN_SPREAD)
    by_formula = Rules(spread=spread_by_formula(0.005), flow=0.05)
    capped = replace(by_formula, turnover=0.15, turnover_rate=0.015)
    wide = replace(capped, spread=spread_by_formula(0.01))
    return [
        ("visitor, 50 bp, no bucket", visitor_leak(fine, bare)),
        ("visitor, 75 bp, no bucket", visitor_leak(fine, Rules(spread=0.0075))),
        ("visitor, 100 bp, no bucket", visitor_leak(fine, Rules(spread=0.01))),
        ("visitor, spread by formula, flow bucket", visitor_leak(fine, by_formula)),
        ("visitor, 1 % feeds, 100 bp, no bucket", visitor_leak(coarse, Rules(spread=0.01))),
        ("visitor, 1 % feeds, by formula, flow bucket", visitor_leak(coarse, wide)),
        ("keeper, 50 bp, no bucket", keeper_leak(fine, bare)),
        ("keeper, 50 bp, no bucket, a quarter of the capital", keeper_leak(fine, bare, 0.25)),
        ("keeper, by formula, flow bucket alone", keeper_leak(fine, by_formula)),
        ("keeper, by formula, both buckets", keeper_leak(fine, capped)),
        ("keeper, no deposits, turnover bucket", keeper_leak(fine, capped, 0.0)),
        ("keeper, 1 % feeds, by formula, both buckets", keeper_leak(coarse, wide)),
    ]


def main() -> int:
    """Print the table; the exit code of the command."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("ether", type=Path, help="rounds of ETH / USD, gzipped CSV")
    parser.add_argument("bitcoin", type=Path, help="rounds of BTC / USD, gzipped CSV")
    arguments = parser.parse_args()
    for path in (arguments.ether, arguments.bitcoin):
        if not path.is_file():
            parser.error(f"{path} does not exist; give a file with columns updated_at and price")
    for case, leak in table(read_rounds(arguments.ether), read_rounds(arguments.bitcoin)):
        print(f"{case:<52}{leak:>8.1%} of NAV a year")
    return 0


if __name__ == "__main__":
    sys.exit(main())
