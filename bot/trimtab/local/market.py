"""The market on the local chain: one transaction a step moves every feed and every pool."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from eth_typing import ChecksumAddress

from trimtab.chain.answers import Receipt
from trimtab.local.feeds import LocalFeed, feed_answer
from trimtab.local.sender import Sender
from trimtab.local.uniswap import LocalPool


@dataclass(frozen=True, slots=True)
class Market:
    """Feeds and pools that move together.

    Attributes
    ----------
    address
        The contract that moves them.
    sender
        Who calls it.
    feeds, pools
        What it moves, in the contract's order.
    """

    address: ChecksumAddress
    sender: Sender
    feeds: tuple[LocalFeed, ...]
    pools: tuple[LocalPool, ...]

    def step(self, prices: dict[str, Fraction]) -> Receipt:
        """Bring feeds and pools to the true prices, in one transaction.

        A feed publishes only when its heartbeat or its deviation demands it, which the contract
        decides; a pool is left alone while its price is within its fee of the true one.

        Parameters
        ----------
        prices
            Values of whole tokens by symbol, in the unit of account.
        """
        ranges = [pool.no_arbitrage_range(prices) for pool in self.pools]
        return self.sender.send(
            self.address,
            "step(int256[],uint160[],uint160[])",
            [feed_answer(feed.symbol, prices[feed.symbol]) for feed in self.feeds],
            [r.low for r in ranges],
            [r.high for r in ranges],
        )


def deploy_market(
    sender: Sender, feeds: tuple[LocalFeed, ...], pools: tuple[LocalPool, ...]
) -> Market:
    """Deploy the contract that moves the market, and tell it what to move."""
    address = sender.create("Market")
    for feed in feeds:
        spec = feed.spec
        add = "addFeed(address,uint32,uint64)"
        sender.send(address, add, feed.aggregator, spec.heartbeat, spec.deviation)
    for pool in pools:
        sender.send(address, "addPool(address)", pool.address)
    return Market(address, sender, feeds, pools)
