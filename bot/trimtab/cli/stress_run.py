"""Runs an episode on a local chain: real contracts and pools, a live keeper, something wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
from eth_typing import ChecksumAddress
from eth_utils.address import to_checksum_address

from trimtab.chain.answers import Block
from trimtab.chain.contracts import encode_call, interface
from trimtab.chain.lens import read_snapshot
from trimtab.chain.node import Call
from trimtab.domain.snapshot import Limits, VaultSnapshot
from trimtab.domain.units import DAY
from trimtab.errors import CallReverted
from trimtab.history.chronicle import Entry, read_chronicle, require_backed, require_complete
from trimtab.history.tokens import balance_of
from trimtab.keeper.keeper import Keeper
from trimtab.keeper.result import StepResult
from trimtab.local.accounts import local_accounts
from trimtab.local.blueprint import Blueprint
from trimtab.local.costs import GasPrice
from trimtab.local.demo import CHAINS, GAS_PRICE, DemoOptions, local_keeper
from trimtab.local.feeds import FEED_DECIMALS, feed_answer
from trimtab.local.price_csv import DateRange, load_prices
from trimtab.local.prices import PriceHistory
from trimtab.local.sender import Sender
from trimtab.local.synthetic import synthetic_history
from trimtab.local.world import LocalWorld, build_local_world
from trimtab.policy.rules import Policy, PolicyKind
from trimtab.research.stress import Disturbance, Episode, Observation
from trimtab.store.database import Database

ASSETS = ("USDC", "BTC", "ETH", "LINK")
WEIGHTS = (0.25, 0.30, 0.30, 0.15)
MADE_UP_DAYS, SEED = 60, 3
BROKEN = (12, 13)
"""At the first of these steps a feed is silent; the sequencer is down during both."""

DEPEG_HOUR = 14
"""Hour of 2023-03-11 (UTC) at which the file's prices of USDC begin again."""

PROBE = 10**18
"""Shares with which it is tried whether a holder could leave."""


@dataclass(frozen=True, slots=True)
class Survived:
    """An episode as it went.

    Attributes
    ----------
    episode
        What happened.
    observed
        Every step.
    entries
        The vault's chronicle.
    limits
        Its limits.
    """

    episode: Episode
    observed: tuple[Observation, ...]
    entries: tuple[Entry, ...]
    limits: Limits


def run_episode(
    episode: Episode, history: PriceHistory, *, chain: str, packages: Path | None = None
) -> Survived:
    """Run an episode along its prices.

    Raises
    ------
    LocalChainError
        If the chain or Uniswap's packages are missing.
    LedgerError
        If the vault's events do not add up.
    """
    options = _options(episode, history, chain, packages)
    with CHAINS[chain](history.timestamps[0] - DAY) as local, Database(None) as database:
        world = build_local_world(local, history, options.blueprint, packages=packages)
        keeper = local_keeper(world, options, database)
        observed = tuple(_steps(world, keeper, history, episode.disturbance))
        head = world.node.head()
        vault = world.record.vault
        entries = read_chronicle(world.node, vault, last=head)
        require_backed(world.node, vault, entries[-1].ledger, at=head)
        require_complete(entries, _snapshot(world, head))
    return Survived(episode, observed, entries, options.blueprint.limits)


def made_up(episode: Episode) -> PriceHistory:
    """The market of an episode without real prices."""
    if episode.disturbance is Disturbance.CORRELATION:
        return synthetic_history(ASSETS, MADE_UP_DAYS, SEED, correlation=0.9)
    return synthetic_history(ASSETS, MADE_UP_DAYS, SEED)


def real(episode: Episode, file: Path) -> PriceHistory:
    """The real prices of an episode.

    Raises
    ------
    PriceFileError
        If the file does not hold them.
    """
    days = DateRange(date.fromisoformat(episode.first), date.fromisoformat(episode.last))
    if not episode.hourly:
        return load_prices(file, ASSETS, days)
    return _depeg(file, days)


def _depeg(file: Path, days: DateRange) -> PriceHistory:
    """Hourly prices from the hour in which those of USDC begin again.

    The file has none before; the first row states the hour before it with USDC at 1.
    """
    risky = load_prices(file, ASSETS[1:], days)
    day = datetime.combine(days.first or date.min, datetime.min.time(), UTC)
    opens = int(day.timestamp()) + (DEPEG_HOUR + 1) * 3600
    since = _Since(days.first, days.last, opens)
    base = load_prices(file, ("USDC", *ASSETS[1:2]), since)
    rows = dict(zip(risky.timestamps, risky.rows, strict=True))
    pegs = {at: row[0] for at, row in zip(base.timestamps, base.rows, strict=True)}
    pegs[opens - 3600] = 1.0
    times = tuple(sorted(pegs))
    return PriceHistory(times, ASSETS, tuple((pegs[at], *rows[at]) for at in times))


@dataclass(frozen=True, slots=True)
class _Since(DateRange):
    """Days, from an hour of the first on."""

    opens: int = 0

    def holds(self, timestamp: int) -> bool:
        """Whether the interval that begins at a time counts."""
        return timestamp >= self.opens - 3600 and DateRange.holds(self, timestamp)


def _options(
    episode: Episode, history: PriceHistory, chain: str, packages: Path | None
) -> DemoOptions:
    blueprint = Blueprint(WEIGHTS, sequencer=episode.disturbance is Disturbance.SEQUENCER)
    if episode.disturbance is Disturbance.DEPTH:
        blueprint = replace(blueprint, depth=blueprint.depth / Decimal(10))
    gas = GAS_PRICE
    if episode.disturbance is Disturbance.GAS:
        gas = GasPrice(gas.wei * 50, gas.native)
    return DemoOptions(
        history=history,
        blueprint=blueprint,
        policy=Policy(kind=PolicyKind.THRESHOLD),
        chain=chain,
        gas_price=gas,
        covariance=_covariance(history) if episode.disturbance is Disturbance.GAS else (),
        packages=packages,
    )


def _covariance(history: PriceHistory) -> tuple[tuple[float, ...], ...]:
    """Yearly covariance of the episode's own returns, so that benefit is weighed against cost."""
    prices = np.array(history.rows)
    yearly = np.cov(prices[1:] / prices[:-1] - 1, rowvar=False) * 365 * DAY / history.interval
    return tuple(tuple(float(entry) for entry in row) for row in yearly)


def _steps(
    world: LocalWorld, keeper: Keeper, history: PriceHistory, disturbance: Disturbance
) -> Iterator[Observation]:
    for step, timestamp in enumerate(history.timestamps):
        prices = history.exact(step)
        world.chain.set_next_timestamp(timestamp)
        world.market.step(prices)
        _disturb(world, history, disturbance, step)
        view = keeper.step(world.node.head())
        yield _observe(world, view, timestamp, [float(price) for price in prices.values()])


def _disturb(world: LocalWorld, history: PriceHistory, disturbance: Disturbance, step: int) -> None:
    """Break what the episode breaks at a step, or mend it."""
    operator = Sender(world.chain, local_accounts().operator)
    first, last = BROKEN
    if disturbance is Disturbance.STALE_FEED and step in (first, last):
        feed = next(feed for feed in world.market.feeds if feed.symbol == "ETH")
        old = history.exact(first - 1)["ETH"]
        behind = (
            _silent(operator, feed_answer("ETH", old), history.timestamps[first - 1])
            if step == first
            else feed.aggregator
        )
        operator.send(feed.proxy, "setAggregator(address)", behind)
    if disturbance is Disturbance.SEQUENCER and step in (first, last + 1):
        now = world.chain.timestamp()
        down = int(step == first)
        feed_address = to_checksum_address(world.spec.sequencer_feed)
        operator.send(feed_address, "setRound(int256,uint256,uint256)", down, now, now)


def _silent(operator: Sender, answer: int, since: int) -> ChecksumAddress:
    """An aggregator that published last at a time, and not again."""
    aggregator = operator.create("MockAggregator", FEED_DECIMALS, "ETH / USD")
    operator.send(aggregator, "setAnswer(int256,uint256)", answer, since)
    return aggregator


def _observe(
    world: LocalWorld, view: StepResult, timestamp: int, prices: Sequence[float]
) -> Observation:
    node, vault, head = world.node, world.record.vault, world.node.head()
    records = interface("Vault").decode(
        "records", node.call(Call(vault, interface("Vault").encode("records")), at=head)
    )
    (rows,) = records.values()
    tokens = tuple(world.tokens.values())
    recorded = tuple(int(row["recorded"]) for row in rows)
    venue = world.record.contract("UniswapV3Venue")
    return Observation(
        timestamp=timestamp,
        action=str(view.action),
        sentence=view.sentence,
        value=sum(
            amount / 10**token.decimals * price
            for amount, token, price in zip(recorded, tokens, prices, strict=True)
        ),
        recorded=recorded,
        owed=tuple(int(row["owed"]) for row in rows),
        balances=tuple(balance_of(node, token.address, vault, at=head) for token in tokens),
        can_redeem=_can_redeem(world, head),
        can_deposit=_most(world, "maxDeposit(address)", head) > 0,
        can_withdraw=_most(world, "maxWithdraw(address)", head) > 0,
        left_at_venues=sum(balance_of(node, token.address, venue, at=head) for token in tokens),
    )


def _can_redeem(world: LocalWorld, head: Block) -> bool:
    holder = local_accounts().holder.address
    data = interface("Vault").encode(
        "redeemInKind", PROBE, [0] * len(world.tokens), holder, holder, 0
    )
    try:
        world.node.call(Call(world.record.vault, data, holder), at=head)
    except CallReverted:
        return False
    return True


def _most(world: LocalWorld, view: str, head: Block) -> int:
    call = Call(world.record.vault, encode_call(view, local_accounts().holder.address))
    return int.from_bytes(world.node.call(call, at=head), "big")


def _snapshot(world: LocalWorld, head: Block) -> VaultSnapshot:
    lens, caller = world.record.contract("VaultLens"), local_accounts().keeper.address
    return read_snapshot(world.node, lens, vault=world.record.vault, caller=caller, block=head)
