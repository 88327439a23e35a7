"""From section [deploy.mock_market] to a market on a testnet, made or only shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from trimtab.chain.node import Node
from trimtab.cli.session import Session
from trimtab.cli.settings.schema import AssetSettings, DeploySettings, MockMarketSettings
from trimtab.deploy.market_record import MarketRecord, market_path, market_record
from trimtab.deploy.market_run import check_uniswap, preview_market, standing_market
from trimtab.deploy.mock_market import MarketSpec, MockAsset, MockPool, market_slugs
from trimtab.deploy.networks import Network
from trimtab.deploy.pool_math import TICK_SPACING
from trimtab.deploy.preview import Done, Payer, PlannedStep
from trimtab.deploy.record import record_file
from trimtab.deploy.spec import UniswapSpec
from trimtab.domain.units import WAD
from trimtab.errors import BadInput, ConfigFaults

DEFAULT_DECIMALS = 18
"""Decimals of a token that the network does not know."""

GIFT = 2
"""How many times the first deposit the deployer gets, so that rounding cannot leave it short."""


Recall = Callable[[str, Iterable[str]], Done]
"""Which of some steps of a specification, by its fingerprint, an earlier run has done."""


@dataclass(frozen=True, slots=True)
class MarketPlan:
    """A market that is to be made for the vault of a file.

    Attributes
    ----------
    spec, path
        What it consists of, and where its record stands.
    network
        The testnet.
    """

    spec: MarketSpec
    path: Path
    network: Network

    def check(self, node: Node) -> None:
        """Refuse a network whose Uniswap is not what its file says."""
        preset = self.network.uniswap
        uniswap = UniswapSpec(preset.router, preset.quoter, preset.factory)
        check_uniswap(node, uniswap, preset.positions)

    def foreseen(
        self, node: Node, payer: Payer, recall: Recall
    ) -> tuple[MarketRecord, tuple[PlannedStep, ...]]:
        """The market as it stands or will stand, and the transactions that are still to send."""
        self.check(node)
        there = standing_market(node, self.spec, self.path)
        if there is not None:
            return there, ()
        done = recall(self.spec.fingerprint(), market_slugs(self.spec))
        planned = preview_market(payer, self.spec, done)
        made = {slug: address for slug, address in done.items() if address is not None}
        made |= {item.step.slug: item.address for item in planned if item.address is not None}
        return market_record(self.spec, made), planned


def market_plan(session: Session, network: Network | None) -> MarketPlan:
    """The market that section [deploy.mock_market] describes, on a testnet.

    Raises
    ------
    BadInput
        If no testnet is named.
    ConfigFaults
        With one line for each thing that is missing or cannot be.
    """
    if network is None or not network.testnet:
        named = "no --network is named" if network is None else f"{network.title} is none"
        raise BadInput(f"--mock-market needs a testnet, and {named}: its tokens are worth nothing")
    settings, market = session.deploy, session.deploy.mock_market
    if market is None:
        raise session.lacking("deploy.mock_market", "the first price of each asset")
    faults = list(_faults(settings, market))
    if faults:
        raise ConfigFaults([f"{session.file}: {fault}" for fault in faults])
    spec = MarketSpec(
        chain_id=network.chain_id,
        name=settings.symbol,
        positions=network.uniswap.positions,
        depth=market.depth,
        assets=tuple(_asset(settings, market, asset, network) for asset in settings.assets),
        pools=tuple(_pools(settings)),
    )
    return MarketPlan(spec, market_file(session), network)


def market_file(session: Session) -> Path:
    """Where the record of the market stands that belongs to the vault of section [deploy]."""
    folder = session.path(session.deploy.records)
    chain_id = session.settings.node.chain_id
    return market_path(record_file(folder, chain_id, session.deploy.symbol))


def _faults(settings: DeploySettings, market: MockMarketSettings) -> Iterator[str]:
    symbols = [asset.symbol for asset in settings.assets]
    for symbol in symbols:
        if symbol not in market.prices:
            yield f"deploy.mock_market.prices: has no first price of {symbol}"
    for index, route in enumerate(settings.routes):
        for token in route.through:
            if token not in symbols:
                yield f"deploy.routes[{index}].through: is {token}, expected one of the assets"
        for fee in route.fees:
            if fee not in TICK_SPACING:
                known = ", ".join(str(known) for known in TICK_SPACING)
                yield f"deploy.routes[{index}].fees: {fee}, expected one of {known}"


def _asset(
    settings: DeploySettings, market: MockMarketSettings, asset: AssetSettings, network: Network
) -> MockAsset:
    known, price = network.tokens.get(asset.symbol), market.prices[asset.symbol]
    feed = known.feed if known else None
    decimals = asset.decimals or (known.decimals if known else DEFAULT_DECIMALS)
    worth = Fraction(settings.seed_value) * asset.weight / WAD
    return MockAsset(
        symbol=asset.symbol,
        decimals=decimals,
        description=feed.description if feed else f"{asset.symbol} / USD",
        price=price,
        gift=int(GIFT * worth / Fraction(price) * 10**decimals) + 1,
    )


def _pools(settings: DeploySettings) -> Iterator[MockPool]:
    """One pool for each pair of neighbours on a route, and each fee."""
    symbols = [asset.symbol for asset in settings.assets]
    seen = set()
    for route in settings.routes:
        path = [symbols.index(name) for name in (route.sell, *route.through, route.buy)]
        for first, second, fee in zip(path[:-1], path[1:], route.fees, strict=True):
            pool = MockPool(min(first, second), max(first, second), fee)
            if pool not in seen:
                seen.add(pool)
                yield pool
