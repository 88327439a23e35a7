"""Builds a whole market with a vault in it on a local chain."""

from __future__ import annotations

from dataclasses import dataclass

from trimtab.chain.node import Node
from trimtab.deploy.spec import DeploymentSpec
from trimtab.local.accounts import LocalAccounts
from trimtab.local.chain import LocalChain
from trimtab.local.feeds import LocalFeed
from trimtab.local.market import Market
from trimtab.local.tokens import LocalToken
from trimtab.local.uniswap import UniswapV3

SETUP_SECONDS = 3600
"""Time before the first price in which a world is built, in seconds: far more than its blocks."""

SEED_ROOM = 2
"""How many times its first deposit the deployer is given, so that rounding can't leave it short."""


@dataclass(frozen=True, slots=True)
class LocalWorld:
    """A market and a vault on a local chain.

    Attributes
    ----------
    chain, node
        The chain, and the same as a node.
    accounts
        Who acts on it.
    tokens, feeds
        By symbol, in the order of the vault's assets.
    uniswap, market
        The exchange, and what moves it and the feeds.
    spec
        What was deployed.
    """

    chain: LocalChain
    node: Node
    accounts: LocalAccounts
    tokens: dict[str, LocalToken]
    feeds: dict[str, LocalFeed]
    uniswap: UniswapV3
    market: Market
    spec: DeploymentSpec
