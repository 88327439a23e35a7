"""A market of one's own on a testnet: faucet tokens, feeds, and real Uniswap pools between them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from eth_utils.abi import function_signature_to_4byte_selector
from eth_utils.address import to_checksum_address

from trimtab.chain.artifacts import load
from trimtab.chain.contracts import encode_arguments, encode_call, interface
from trimtab.deploy.pool_math import (
    PriceRange,
    amounts_for_depth,
    full_range,
    no_arbitrage_range,
    sqrt_price,
)
from trimtab.deploy.steps import BYTE_GAS, CREATION_GAS, WORD_GAS, Step
from trimtab.domain.units import WAD
from trimtab.errors import BadInput

FEED_DECIMALS = 8
"""Decimals of every answer, as of the USD feeds on public networks."""

HEARTBEAT = 3600
"""Longest time between two answers while the market runs, in seconds."""

OLDEST_ANSWER = 86_400
"""Age at which a vault refuses an answer, in seconds: a market may stand still for a day."""

DEVIATION = WAD // 200
"""Move at which a feed publishes, in WAD."""

CALL_GAS = 150_000
POOL_GAS = 6_000_000
POSITION_GAS = 900_000
STEP_GAS = 150_000
"""Most gas of a plain call, of creating a pool, of filling it, and of a step for each feed or pool.
"""

FOREVER = 2**64 - 1
"""A deadline that never passes, in seconds."""

POSITION_TYPES = (
    *("address", "address", "uint24", "int24", "int24"),
    *("uint256",) * 4,
    *("address", "uint256"),
)
"""Fields of the position manager's argument: tokens, fee, ticks, amounts, receiver, deadline."""

MINT = function_signature_to_4byte_selector(f"mint(({','.join(POSITION_TYPES)}))")
"""Selector of the position manager's function that adds a position."""


@dataclass(frozen=True, slots=True)
class MockAsset:
    """A token to create, and the feed that prices it.

    Attributes
    ----------
    symbol, decimals
        Of the token.
    description
        What its feed calls itself.
    price
        Value of a whole token in the beginning, in units of account.
    gift
        What the deployer gets of it for a first deposit, in the smallest unit.
    """

    symbol: str
    decimals: int
    description: str
    price: Decimal
    gift: int

    def unit_value(self, prices: Mapping[str, Fraction]) -> Fraction:
        """Value of one smallest unit, from values of whole tokens by symbol."""
        return Fraction(prices[self.symbol], 10**self.decimals)


@dataclass(frozen=True, slots=True)
class MockPool:
    """A Uniswap V3 pool to create: positions of its two assets, and its fee in millionths."""

    first: int
    second: int
    fee: int


@dataclass(frozen=True, slots=True)
class MarketSpec:
    """A market to create.

    Attributes
    ----------
    chain_id
        Chain that it is for.
    name
        Symbol of the vault that it is made for.
    positions
        Uniswap's position manager.
    depth
        Value that each pool sells before its price moves 2 %, in units of account.
    assets, pools
        What it consists of.
    """

    chain_id: int
    name: str
    positions: str
    depth: Decimal
    assets: tuple[MockAsset, ...]
    pools: tuple[MockPool, ...]

    def prices(self) -> dict[str, Fraction]:
        """First prices of whole tokens, by symbol."""
        return {asset.symbol: Fraction(asset.price) for asset in self.assets}

    def fingerprint(self) -> str:
        """Name of exactly this specification."""
        text = json.dumps(asdict(self), sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def market_slugs(spec: MarketSpec) -> Iterator[str]:
    """Names of all steps, in order."""
    for index in range(len(spec.assets)):
        yield from (f"token {index}", f"answers {index}", f"feed {index}")
    yield "market"
    for index in range(len(spec.assets)):
        yield from (f"watch {index}", f"print {index}", f"allow {index}")
    for index in range(len(spec.pools)):
        yield from (f"pool {index}", f"supply {index}", f"list {index}")
    yield "prices"


def market_step(slug: str, spec: MarketSpec, addresses: Mapping[str, str], deployer: str) -> Step:
    """The transaction of one step.

    Parameters
    ----------
    slug
        One of `market_slugs`.
    addresses
        What earlier steps created, by their names; pools as well.
    """
    kind, _, number = slug.partition(" ")
    index = int(number or 0)
    if kind in ("token", "answers", "feed", "market"):
        return _creation(slug, _arguments(kind, index, spec, addresses))
    if kind in ("pool", "supply"):
        return _pool_step(slug, spec, addresses, deployer)
    if kind == "prices":
        return _first_prices(spec, addresses)
    to, signature, arguments = _call(kind, index, spec, addresses, deployer)
    data = encode_call(signature, *arguments)
    return Step(slug, to_checksum_address(to), data, None, (), CALL_GAS)


def market_step_data(
    assets: tuple[MockAsset, ...], pools: tuple[PriceRange, ...], prices: Mapping[str, Fraction]
) -> bytes:
    """Calldata that brings feeds and pools to true prices of whole tokens, by symbol.

    Raises
    ------
    BadInput
        If a price is too small for a feed to tell from zero.
    """
    answers = [round(prices[asset.symbol] * 10**FEED_DECIMALS) for asset in assets]
    for asset, answer in zip(assets, answers, strict=True):
        if answer < 1:
            raise BadInput(
                f"{asset.symbol} at {float(prices[asset.symbol])} is below 1e-8, the "
                "least that a feed can state"
            )
    return encode_call(
        "step(int256[],uint160[],uint160[])",
        answers,
        [pool.low for pool in pools],
        [pool.high for pool in pools],
    )


def pool_range(
    ends: tuple[tuple[str, MockAsset], tuple[str, MockAsset]],
    fee: int,
    prices: Mapping[str, Fraction],
) -> PriceRange:
    """Where arbitrage leaves a pool alone, given the token's address and the asset of each end."""
    (_, zero), (_, one) = sorted(ends, key=_by_address)
    return no_arbitrage_range(zero.unit_value(prices) / one.unit_value(prices), fee)


def _arguments(
    kind: str, index: int, spec: MarketSpec, addresses: Mapping[str, str]
) -> tuple[str, tuple[Any, ...]]:
    """Name of the contract that a step creates, and its constructor arguments."""
    asset = spec.assets[index]
    if kind == "token":
        return "MockToken", (f"Test {asset.symbol}", asset.symbol, asset.decimals)
    if kind == "answers":
        return "MockAggregator", (FEED_DECIMALS, asset.description)
    if kind == "feed":
        return "MockFeedProxy", (addresses[f"answers {index}"],)
    return "Market", ()


def _creation(slug: str, what: tuple[str, tuple[Any, ...]]) -> Step:
    name, arguments = what
    encoded = interface(name).constructor_arguments(*arguments)
    code = load(name).bytecode + encoded
    gas = CREATION_GAS + BYTE_GAS * len(code) + 6 * WORD_GAS
    return Step(slug, None, code, name, arguments, gas, encoded)


def _call(
    kind: str, index: int, spec: MarketSpec, addresses: Mapping[str, str], deployer: str
) -> tuple[str, str, tuple[Any, ...]]:
    """Callee, signature and arguments of a plain step."""
    market = addresses["market"]
    if kind == "watch":
        arguments = (addresses[f"answers {index}"], HEARTBEAT, DEVIATION)
        return market, "addFeed(address,uint32,uint64)", arguments
    if kind == "list":
        return market, "addPool(address)", (addresses[f"pool {index}"],)
    token, needed = addresses[f"token {index}"], _supply(index, spec, addresses)
    if kind == "print":
        return token, "mint(address,uint256)", (deployer, needed + spec.assets[index].gift)
    return token, "approve(address,uint256)", (spec.positions, needed)


def _supply(index: int, spec: MarketSpec, addresses: Mapping[str, str]) -> int:
    """What all pools together take of one asset, in its smallest unit."""
    token = addresses[f"token {index}"]
    pools = [pool for pool in spec.pools if index in (pool.first, pool.second)]
    return sum(dict(_filling(spec, pool, addresses))[token] for pool in pools)


def _filling(
    spec: MarketSpec, pool: MockPool, addresses: Mapping[str, str]
) -> tuple[tuple[str, int], ...]:
    """Tokens of a pool and the amounts that fill it, in the pool's order."""
    zero, one = _ends(spec, pool, addresses)
    values = [asset.unit_value(spec.prices()) for _, asset in (zero, one)]
    amounts = amounts_for_depth(Fraction(spec.depth), values[0], values[1])
    return ((zero[0], amounts[0]), (one[0], amounts[1]))


def _ends(
    spec: MarketSpec, pool: MockPool, addresses: Mapping[str, str]
) -> list[tuple[str, MockAsset]]:
    """Token and asset of each end of a pool, in the pool's order."""
    ends = [(addresses[f"token {i}"], spec.assets[i]) for i in (pool.first, pool.second)]
    return sorted(ends, key=_by_address)


def _by_address(end: tuple[str, MockAsset]) -> int:
    return int(end[0], 16)


def _pool_step(slug: str, spec: MarketSpec, addresses: Mapping[str, str], deployer: str) -> Step:
    kind, _, number = slug.partition(" ")
    pool = spec.pools[int(number)]
    (token0, amount0), (token1, amount1) = _filling(spec, pool, addresses)
    positions = to_checksum_address(spec.positions)
    if kind == "pool":
        (_, zero), (_, one) = _ends(spec, pool, addresses)
        price = zero.unit_value(spec.prices()) / one.unit_value(spec.prices())
        signature = "createAndInitializePoolIfNecessary(address,address,uint24,uint160)"
        data = encode_call(signature, token0, token1, pool.fee, sqrt_price(price))
        return Step(slug, positions, data, None, (), POOL_GAS)
    ticks = full_range(pool.fee)
    amounts = (amount0, amount1, 0, 0)
    position = (token0, token1, pool.fee, *ticks, *amounts, deployer, FOREVER)
    data = MINT + encode_arguments("mint", POSITION_TYPES, position)
    return Step(slug, positions, data, None, (), POSITION_GAS)


def _first_prices(spec: MarketSpec, addresses: Mapping[str, str]) -> Step:
    """The market's first step: feeds publish, and pools stand where they were created."""
    prices = spec.prices()
    ranges = []
    for pool in spec.pools:
        zero, one = _ends(spec, pool, addresses)
        ranges.append(pool_range((zero, one), pool.fee, prices))
    data = market_step_data(spec.assets, tuple(ranges), prices)
    gas = STEP_GAS * (1 + len(spec.assets) + len(spec.pools))
    return Step("prices", to_checksum_address(addresses["market"]), data, None, (), gas)
