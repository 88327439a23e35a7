"""From section [deploy] and a network to a specification that lacks nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from eth_typing import ChecksumAddress
from eth_utils.address import is_address, to_checksum_address

from trimtab.cli.session import Session
from trimtab.cli.settings import rules
from trimtab.cli.settings.faults import key_text
from trimtab.cli.settings.schema import (
    AssetSettings,
    DeploySettings,
    LimitsSettings,
    RouteSettings,
)
from trimtab.deploy.market_record import MarketAsset, MarketRecord
from trimtab.deploy.mock_market import DEVIATION, FEED_DECIMALS, OLDEST_ANSWER
from trimtab.deploy.networks import Network, TokenPreset
from trimtab.deploy.spec import (
    NO_ADDRESS,
    AssetSpec,
    DeploymentSpec,
    RolesSpec,
    RouteSpec,
    TimelockSpec,
    UniswapSpec,
)
from trimtab.domain.snapshot import Limits
from trimtab.errors import BadInput, ConfigFaults

PRICE_ROOM = 1000
"""How far a price of one's own market may go before the vault refuses it, as a factor."""

OPTIONAL = ("decimals", "feed_decimals")
"""What an asset may leave unsaid even without a network: then any answer is accepted."""


def specification(
    session: Session,
    network: Network | None,
    deployer: ChecksumAddress,
    market: MarketRecord | None = None,
) -> DeploymentSpec:
    """What section [deploy] says, with addresses and feeds of `network` where it says nothing.

    Tokens and feeds of a market that was made for the vault take the place of any others.

    Raises
    ------
    BadInput
        If the file is for another chain than the network.
    ConfigFaults
        With one line for each thing that neither of the two says.
    """
    chain_id = session.settings.node.chain_id
    if network is not None and network.chain_id != chain_id:
        raise BadInput(
            f"{session.file}: node.chain_id is {chain_id}, but --network {network.name} is chain "
            f"{network.chain_id}; expected the same"
        )
    settings = session.deploy
    assets = [_completed(asset, network, market) for asset in settings.assets]
    faults = list(_faults(settings, assets, network))
    if faults:
        raise ConfigFaults([f"{session.file}: {fault}" for fault in faults])
    return _specification(settings, assets, network, chain_id, deployer)


def _specification(
    settings: DeploySettings,
    assets: list[AssetSettings],
    network: Network | None,
    chain_id: int,
    deployer: ChecksumAddress,
) -> DeploymentSpec:
    sequencer = network.sequencer_feed if network else None
    return DeploymentSpec(
        chain_id=chain_id,
        name=settings.name,
        symbol=settings.symbol,
        seed_value=settings.seed_value,
        receiver=settings.receiver or deployer,
        sequencer_feed=settings.sequencer_feed or sequencer or NO_ADDRESS,
        uniswap=_uniswap(settings, network),
        roles=_roles(settings),
        limits=limits_of(settings.limits),
        assets=tuple(AssetSpec(**dict(asset)) for asset in assets),
        routes=tuple(r for route in settings.routes for r in _routes(assets, route)),
        timelock=_timelock(settings),
        network=network.name if network else None,
    )


def _completed(
    asset: AssetSettings, network: Network | None, market: MarketRecord | None
) -> AssetSettings:
    """The asset with what the network knows of its symbol; the file's own words come first."""
    made = market.asset(asset.symbol) if market else None
    if made is not None:
        return asset.model_copy(update=_made(made))
    token = network.tokens.get(asset.symbol) if network else None
    known = {} if token is None else _known(asset, token)
    unsaid = {key: value for key, value in known.items() if getattr(asset, key) is None}
    return asset.model_copy(update=unsaid)


def _made(item: MarketAsset) -> dict[str, Any]:
    """What is known of an asset of one's own market."""
    asset = item.asset
    return {
        "token": item.token,
        "decimals": asset.decimals,
        "feed": item.feed,
        "feed_description": asset.description,
        "feed_decimals": FEED_DECIMALS,
        "heartbeat": OLDEST_ANSWER,
        "deviation": DEVIATION,
        "min_price": asset.price / PRICE_ROOM,
        "max_price": asset.price * PRICE_ROOM,
    }


def _known(asset: AssetSettings, token: TokenPreset) -> dict[str, Any]:
    """What a network knows; nothing of its feed where the file names another."""
    facts: dict[str, Any] = {}
    if asset.token in (None, token.address):
        facts |= {"token": token.address, "decimals": token.decimals}
    feed = token.feed
    if feed is not None and asset.feed in (None, feed.address):
        facts |= {
            "feed": feed.address,
            "feed_description": feed.description,
            "feed_decimals": feed.decimals,
            "heartbeat": feed.oldest_answer,
            "deviation": feed.deviation,
            "min_price": feed.min_price,
            "max_price": feed.max_price,
        }
    return facts


def _faults(
    settings: DeploySettings, assets: list[AssetSettings], network: Network | None
) -> Iterator[str]:
    """What is missing or wrong although every source was asked."""
    where = f"network {network.name} does not know it" if network else "no --network is named"
    for index, asset in enumerate(assets):
        for key in type(asset).model_fields:
            if getattr(asset, key) is None and key not in OPTIONAL:
                path = key_text(("deploy", "assets", index, key))
                yield f"{path}: is missing for {asset.symbol}, and {where}"
        for below, problem in rules.asset_faults(asset):
            yield f"{key_text(('deploy', 'assets', index, *below))}: {problem}"
    if settings.uniswap is None and network is None:
        yield "deploy.uniswap: is missing: Uniswap V3 on this chain, or --network"


def _uniswap(settings: DeploySettings, network: Network | None) -> UniswapSpec:
    own = settings.uniswap
    if own is not None:
        return UniswapSpec(own.router, own.quoter, own.factory)
    if network is None:
        raise BadInput("deploy.uniswap is missing, and no --network is named")
    preset = network.uniswap
    return UniswapSpec(preset.router, preset.quoter, preset.factory)


def _roles(settings: DeploySettings) -> RolesSpec:
    roles = settings.roles
    return RolesSpec(roles.owner, roles.manager, roles.guardian, tuple(roles.keepers))


def _timelock(settings: DeploySettings) -> TimelockSpec | None:
    """The timelock that is to be created; without executors, anyone may execute."""
    lock = settings.timelock
    if lock is None:
        return None
    return TimelockSpec(lock.delay, tuple(lock.proposers), tuple(lock.executors or [NO_ADDRESS]))


def limits_of(limits: LimitsSettings) -> Limits:
    """Limits as the mandate takes them."""
    return Limits(
        slippage=limits.slippage,
        public_slippage=limits.public_slippage,
        loss_capacity=limits.loss_capacity,
        loss_rate=limits.loss_per_day,
        turnover_capacity=limits.turnover_capacity,
        turnover_rate=limits.turnover_per_day,
        calendar_floor=limits.calendar_floor,
        weight_speed=limits.weight_speed_per_day,
        cooldown=limits.cooldown,
        public_cooldown=limits.public_cooldown,
        calendar_period=limits.calendar_period,
        calendar_anchor=limits.calendar_start,
        notice=limits.notice,
        flow_capacity=limits.flow_capacity,
        drawdown=limits.drawdown,
    )


def _routes(assets: list[AssetSettings], route: RouteSettings) -> list[RouteSpec]:
    """One path, or that and its reverse."""
    symbols = [asset.symbol for asset in assets]
    tokens = {asset.symbol: str(asset.token) for asset in assets}
    through = tuple(
        to_checksum_address(name) if is_address(name) else tokens[name] for name in route.through
    )
    ends = symbols.index(route.sell), symbols.index(route.buy)
    there = RouteSpec(*ends, tuple(route.fees), through)
    if not route.both_ways:
        return [there]
    return [there, RouteSpec(ends[1], ends[0], there.fees[::-1], through[::-1])]
