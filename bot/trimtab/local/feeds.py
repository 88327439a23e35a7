"""The price feeds of the local chain: proxy and aggregator, publishing as their models do."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from eth_typing import ChecksumAddress

from trimtab.domain.units import DAY, WAD
from trimtab.errors import BadInput
from trimtab.local.sender import Sender

FEED_DECIMALS = 8
"""Decimals of every answer, as of the USD feeds on mainnet."""

PUBLICATION_SLACK = 3600
"""How much older than the heartbeat an answer may get before the oracle refuses it, in seconds."""


@dataclass(frozen=True, slots=True)
class FeedSpec:
    """When a feed publishes.

    Attributes
    ----------
    heartbeat
        Longest time between two answers, in seconds.
    deviation
        Move since the last answer at which a new one is published, in WAD.
    """

    heartbeat: int
    deviation: int


FEEDS = {
    "BTC": FeedSpec(3600, WAD // 200),
    "ETH": FeedSpec(3600, WAD // 200),
    "USDC": FeedSpec(86_400, WAD // 400),
    "USDT": FeedSpec(86_400, WAD // 400),
    "DAI": FeedSpec(3600, WAD // 400),
}
"""Heartbeats and deviations of the USD feeds on mainnet that differ from `DEFAULT_FEED`."""

DEFAULT_FEED = FeedSpec(3600, WAD // 100)
"""Every other feed: an hour, 1 %."""


@dataclass(frozen=True, slots=True)
class LocalFeed:
    """A feed that exists on the local chain."""

    symbol: str
    proxy: ChecksumAddress
    aggregator: ChecksumAddress
    spec: FeedSpec

    @property
    def description(self) -> str:
        """What the feed says it reports."""
        return _description(self.symbol)


def deploy_feed(sender: Sender, symbol: str) -> LocalFeed:
    """Deploy an aggregator without an answer, and the proxy that a vault's oracle reads."""
    aggregator = sender.create("MockAggregator", FEED_DECIMALS, _description(symbol))
    proxy = sender.create("MockFeedProxy", aggregator)
    return LocalFeed(symbol, proxy, aggregator, FEEDS.get(symbol, DEFAULT_FEED))


def deploy_sequencer(sender: Sender) -> ChecksumAddress:
    """Deploy the uptime feed of a sequencer that has been up for a day."""
    feed = sender.create("MockAggregator", 0, "L2 Sequencer Uptime Status Feed")
    since = sender.chain.timestamp() - DAY
    sender.send(feed, "setRound(int256,uint256,uint256)", 0, since, since)
    return feed


def _description(symbol: str) -> str:
    return f"{symbol} / USD"


def feed_answer(symbol: str, price: Fraction) -> int:
    """A price as a feed states it: in `FEED_DECIMALS` decimals, rounded to the nearest.

    Raises
    ------
    BadInput
        If the price is too small for the feed to tell from zero.
    """
    answer: int = round(price * 10**FEED_DECIMALS)
    if answer < 1:
        least = f"1e-{FEED_DECIMALS}"
        raise BadInput(f"{symbol} at {float(price)} is below {least}, the least a feed can state")
    return answer
