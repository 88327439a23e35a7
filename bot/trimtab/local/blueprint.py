"""What a local world consists of: which pools, which routes, which rules for the vault."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import permutations

from trimtab.deploy.spec import (
    NO_ADDRESS,
    AssetSpec,
    DeploymentSpec,
    RolesSpec,
    RouteSpec,
    UniswapSpec,
)
from trimtab.domain.snapshot import Limits
from trimtab.domain.units import WAD, weights_to_wad
from trimtab.errors import BadInput
from trimtab.local.accounts import local_accounts
from trimtab.local.chain import CHAIN_ID
from trimtab.local.feeds import PUBLICATION_SLACK, LocalFeed
from trimtab.local.tokens import LocalToken
from trimtab.local.uniswap import LocalPool, PoolSpec, UniswapV3

LIQUID = ("BTC", "ETH")
"""Assets whose pools have the low fee, and that have a pool between them."""

LOW_FEE, HIGH_FEE = 500, 3000
"""Pool fees, in millionths."""

SECOND_TIER = Fraction(1, 4)
"""Depth of a pair's second pool, as a fraction of its first."""

PRICE_ROOM = 1000
"""How far an answer may lie from the first price before the oracle refuses it, as a factor."""

LIMITS = Limits(
    slippage=WAD // 100,
    public_slippage=40 * WAD // 10_000,
    loss_capacity=30 * WAD // 10_000,
    loss_rate=WAD // 20_000,
    turnover_capacity=15 * WAD // 100,
    turnover_rate=15 * WAD // 1000,
    calendar_floor=WAD // 100,
    weight_speed=WAD // 100,
    cooldown=3600,
    public_cooldown=3600,
    calendar_period=0,
    calendar_anchor=0,
    notice=86_400,
    flow_capacity=WAD // 20,
    drawdown=0,
)
"""Limits of a local vault. Slippage leaves room for twice the fees of a path of a high and a low
fee: a pool may stand a fee away from the oracle's price, and the trade pays the fee once more."""


@dataclass(frozen=True, slots=True)
class Blueprint:
    """Choices for a local world.

    Attributes
    ----------
    weights
        Target weights in the order of the history's assets; scaled to sum to one.
    capital
        Worth of the vault when it is seeded, in units of account.
    depth
        Value that each pair's first pool sells before its price moves 2 %, in units of account.
    band
        Distance from target at which the keeper tier opens, as a fraction of the target.
    hard_band
        The same for the public tier.
    limits
        Limits of the mandate.
    sequencer
        Whether the chain counts as a rollup, whose sequencer has an uptime feed.
    chain_id
        Id of the chain it is built on.
    crossing
        Whether pairs without a pool have routes through the base asset. Of sixteen assets they are
        too many to be created with the vault.
    """

    weights: tuple[float, ...]
    capital: Decimal = Decimal(1_000_000)
    depth: Decimal = Decimal(5_000_000)
    band: Fraction = Fraction(15, 100)
    hard_band: Fraction = Fraction(50, 100)
    limits: Limits = LIMITS
    sequencer: bool = False
    chain_id: int = CHAIN_ID
    crossing: bool = True

    def check(self, assets: tuple[str, ...]) -> None:
        """Refuse choices that make no vault of these assets.

        Raises
        ------
        BadInput
            Naming the choice.
        """
        if len(self.weights) != len(assets):
            raise BadInput(
                f"{len(self.weights)} weights for {len(assets)} assets: give one for each of "
                f"{', '.join(assets)}"
            )
        if min(self.weights) <= 0:
            raise BadInput(f"each weight must be above 0, got {list(self.weights)}")
        if self.capital <= 0 or self.depth <= 0:
            raise BadInput(
                f"capital and depth must be above 0, got {self.capital} and {self.depth}"
            )
        if not 0 < self.band <= self.hard_band <= 1:
            raise BadInput(
                f"expected 0 < band <= hard band <= 1, got {self.band} and {self.hard_band}"
            )


def pool_specs(assets: tuple[str, ...], depth: Fraction) -> list[PoolSpec]:
    """Pools of a world: every asset against the base asset, and the liquid ones against each other.

    The first pair has a second pool with the high fee, so that a sale can be split.

    Parameters
    ----------
    assets
        Symbols, the base asset first.
    depth
        Depth of each pair's first pool, in units of account.
    """
    base, *others = assets
    pools = [PoolSpec((base, asset), _fee(asset), depth) for asset in others]
    second = HIGH_FEE if pools[0].fee == LOW_FEE else LOW_FEE
    pools.append(PoolSpec(pools[0].tokens, second, depth * SECOND_TIER))
    liquid = [asset for asset in others if asset in LIQUID]
    if len(liquid) == len(LIQUID):
        pools.append(PoolSpec((liquid[0], liquid[1]), LOW_FEE, depth))
    return pools


def _fee(asset: str) -> int:
    return LOW_FEE if asset in LIQUID else HIGH_FEE


def deployment_spec(
    blueprint: Blueprint,
    prices: dict[str, Fraction],
    tokens: dict[str, LocalToken],
    feeds: dict[str, LocalFeed],
    uniswap: tuple[UniswapV3, tuple[LocalPool, ...]],
) -> DeploymentSpec:
    """The vault to deploy on a world whose tokens, feeds and pools exist.

    Parameters
    ----------
    prices, tokens, feeds
        By symbol, in the order of the vault's assets.
    uniswap
        The protocol and its pools.
    """
    accounts = local_accounts()
    contracts, pools = uniswap
    weights = weights_to_wad(blueprint.weights)
    return DeploymentSpec(
        chain_id=blueprint.chain_id,
        name="Trimtab Local",
        symbol="TRIM",
        seed_value=blueprint.capital,
        receiver=accounts.holder.address,
        sequencer_feed=NO_ADDRESS,
        uniswap=UniswapSpec(contracts.router, contracts.quoter),
        roles=RolesSpec(
            owner=accounts.owner.address,
            manager=accounts.manager.address,
            guardian=accounts.guardian.address,
            keepers=(accounts.keeper.address,),
        ),
        limits=blueprint.limits,
        assets=tuple(
            _asset(blueprint, tokens[symbol], feeds[symbol], (weight, prices[symbol]))
            for symbol, weight in zip(tokens, weights, strict=True)
        ),
        routes=tuple(_routes(list(tokens.values()), pools, crossing=blueprint.crossing)),
    )


def _asset(
    blueprint: Blueprint, token: LocalToken, feed: LocalFeed, start: tuple[int, Fraction]
) -> AssetSpec:
    weight, price = start
    return AssetSpec(
        symbol=token.symbol,
        token=token.address,
        feed=feed.proxy,
        feed_description=feed.description,
        heartbeat=feed.spec.heartbeat + PUBLICATION_SLACK,
        deviation=feed.spec.deviation,
        min_price=_decimal(price / PRICE_ROOM),
        max_price=_decimal(price * PRICE_ROOM),
        weight=weight,
        min_weight=0,
        max_weight=WAD,
        band=int(weight * blueprint.band),
        hard_band=int(weight * blueprint.hard_band),
    )


def _routes(
    tokens: list[LocalToken], pools: tuple[LocalPool, ...], *, crossing: bool
) -> Iterator[RouteSpec]:
    """Both directions of every pool and, if `crossing`, of every other pair by the base asset.

    A vault neither sells what it bought nor buys what it sold within one rebalance, so it could not
    trade such a pair in two legs.
    """
    symbols = [token.symbol for token in tokens]
    pairs = set()
    for pool in pools:
        first, second = symbols.index(pool.token0.symbol), symbols.index(pool.token1.symbol)
        pairs |= {(first, second), (second, first)}
        yield RouteSpec(first, second, (pool.fee,))
        yield RouteSpec(second, first, (pool.fee,))
    others = range(1, len(symbols)) if crossing else ()
    for first, second in permutations(others, 2):
        if (first, second) not in pairs:
            fees = _fee(symbols[first]), _fee(symbols[second])
            yield RouteSpec(first, second, fees, (tokens[0].address,))


def _decimal(number: Fraction) -> Decimal:
    """The nearest number that a feed can state, at least its smallest."""
    return max(round(Decimal(float(number)), 8), Decimal("1e-8"))
