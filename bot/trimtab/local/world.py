"""Builds a whole market with a vault in it on a local chain."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory

from trimtab.chain.node import Node
from trimtab.deploy.progress import Means as DeployMeans
from trimtab.deploy.record import DeploymentRecord
from trimtab.deploy.run import deploy
from trimtab.deploy.spec import DeploymentSpec
from trimtab.domain.units import WAD
from trimtab.errors import LocalChainError
from trimtab.executor.clock import SystemClock
from trimtab.executor.executor import Executor
from trimtab.executor.executor import Means as ExecutorMeans
from trimtab.executor.fees import FixedFees
from trimtab.executor.signer import LocalSigner
from trimtab.local.accounts import local_accounts
from trimtab.local.blueprint import Blueprint, deployment_spec, pool_specs
from trimtab.local.chain import LocalChain
from trimtab.local.feeds import deploy_feed, deploy_sequencer
from trimtab.local.market import Market, deploy_market
from trimtab.local.prices import PriceHistory
from trimtab.local.sender import MAX_FEE, Sender
from trimtab.local.tokens import LocalToken, deploy_token
from trimtab.local.uniswap import UniswapV3, create_pool, deploy_uniswap
from trimtab.store.database import Database
from trimtab.store.journal import Journal

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
    tokens
        By symbol, in the order of the vault's assets.
    uniswap, market
        The exchange, and what moves it and the feeds.
    spec, record
        What was to be deployed, and what was.
    """

    chain: LocalChain
    node: Node
    tokens: dict[str, LocalToken]
    uniswap: UniswapV3
    market: Market
    spec: DeploymentSpec
    record: DeploymentRecord


def build_local_world(
    chain: LocalChain, history: PriceHistory, blueprint: Blueprint, *, packages: Path | None = None
) -> LocalWorld:
    """Put a market at the first prices of `history` on a new chain, and a seeded vault in it.

    Parameters
    ----------
    chain
        A chain whose newest block is older than the first price by `SETUP_SECONDS` or more.
    history
        Prices; its assets become the vault's, in their order.
    blueprint
        Everything else.
    packages
        The `node_modules` folder with Uniswap's bytecode; None looks for it.

    Raises
    ------
    BadInput
        If the blueprint does not fit the assets.
    LocalChainError
        If the packages are missing, or the chain is too far ahead.
    """
    blueprint.check(history.assets)
    _require_time(chain, history)
    node = Node(chain.provider)
    prices = history.exact(0)
    operator = Sender(chain, local_accounts().operator)
    uniswap = deploy_uniswap(operator, packages)
    tokens = {asset: deploy_token(operator, asset) for asset in history.assets}
    feeds = {asset: deploy_feed(operator, asset) for asset in history.assets}
    pools = tuple(
        create_pool(operator, uniswap, spec, tokens, prices)
        for spec in pool_specs(history.assets, Fraction(blueprint.depth))
    )
    market = deploy_market(operator, tuple(feeds.values()), pools)
    market.step(prices)
    spec = deployment_spec(blueprint, prices, tokens, feeds, (uniswap, pools))
    if blueprint.sequencer:
        spec = replace(spec, sequencer_feed=deploy_sequencer(operator))
    _fund_deployer(operator, spec, tokens, prices)
    record = _deploy_vault(node, spec)
    return LocalWorld(chain, node, tokens, uniswap, market, spec, record)


def _require_time(chain: LocalChain, history: PriceHistory) -> None:
    latest = history.timestamps[0] - SETUP_SECONDS
    if chain.timestamp() > latest:
        raise LocalChainError(
            f"{chain.name} stands at {chain.timestamp()}, too late for a world whose first price "
            f"is at {history.timestamps[0]}: start the chain at {latest} or earlier"
        )


def _fund_deployer(
    operator: Sender,
    spec: DeploymentSpec,
    tokens: dict[str, LocalToken],
    prices: dict[str, Fraction],
) -> None:
    """Print what the deployer will put into the vault, and room for rounding."""
    deployer = local_accounts().deployer.address
    for asset in spec.assets:
        token = tokens[asset.symbol]
        worth = Fraction(spec.seed_value) * Fraction(asset.weight, WAD)
        token.mint(operator, deployer, ceil(worth / token.unit_value(prices)) * SEED_ROOM)


def _deploy_vault(node: Node, spec: DeploymentSpec) -> DeploymentRecord:
    """Deploy and seed as on any other chain; journal and record are not needed afterwards."""
    with Database(None) as database, TemporaryDirectory() as folder:
        journal = Journal(database)
        signer = LocalSigner(local_accounts().deployer.key)
        fees = FixedFees(MAX_FEE)
        executor = Executor(ExecutorMeans(node, journal, signer, fees, SystemClock()))
        return deploy(DeployMeans(node, executor, journal, fees), spec, Path(folder))
