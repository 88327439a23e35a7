"""Uniswap V3 on a local chain: the published bytecode, and pools of a stated depth."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from eth_typing import ChecksumAddress

from trimtab.chain.contracts import encode_arguments
from trimtab.deploy.mock_market import FOREVER, MINT, POSITION_TYPES
from trimtab.deploy.pool_math import (
    PriceRange,
    amounts_for_depth,
    full_range,
    no_arbitrage_range,
    sqrt_price,
)
from trimtab.deploy.spec import NO_ADDRESS
from trimtab.local.packages import creation_code, node_modules
from trimtab.local.sender import Sender
from trimtab.local.tokens import LocalToken

_CORE = "@uniswap/v3-core/artifacts/contracts"
_PERIPHERY = "@uniswap/v3-periphery/artifacts/contracts"
_ROUTERS = "@uniswap/swap-router-contracts/artifacts/contracts"

ARTIFACTS = {
    "factory": f"{_CORE}/UniswapV3Factory.sol/UniswapV3Factory.json",
    "positions": f"{_PERIPHERY}/NonfungiblePositionManager.sol/NonfungiblePositionManager.json",
    "router": f"{_ROUTERS}/SwapRouter02.sol/SwapRouter02.json",
    "quoter": f"{_PERIPHERY}/lens/QuoterV2.sol/QuoterV2.json",
}
"""Artifacts of the contracts deployed here, inside `node_modules`."""


@dataclass(frozen=True, slots=True)
class UniswapV3:
    """Addresses of a Uniswap V3 deployment."""

    factory: ChecksumAddress
    positions: ChecksumAddress
    router: ChecksumAddress
    quoter: ChecksumAddress


@dataclass(frozen=True, slots=True)
class PoolSpec:
    """A pool to create.

    Attributes
    ----------
    tokens
        Symbols of the two tokens, in any order.
    fee
        Pool fee, in millionths: 500, 3000 or 10000.
    depth
        Value that can be bought before the price moves 2 % up or down, in the unit of account.
    """

    tokens: tuple[str, str]
    fee: int
    depth: Fraction


@dataclass(frozen=True, slots=True)
class LocalPool:
    """A pool that exists, with its tokens in the pool's order."""

    address: ChecksumAddress
    token0: LocalToken
    token1: LocalToken
    fee: int

    def no_arbitrage_range(self, prices: dict[str, Fraction]) -> PriceRange:
        """Where the market leaves the pool alone, at these values of whole tokens."""
        return no_arbitrage_range(pair_price(self.token0, self.token1, prices), self.fee)


def deploy_uniswap(sender: Sender, packages: Path | None = None) -> UniswapV3:
    """Deploy the factory, position manager, router and quoter from their published bytecode.

    No pool here holds wrapped native currency, so the contracts are told that there is none, and
    nobody can pay them in native currency.
    """
    folder = node_modules(packages)

    def create(name: str, *addresses: str) -> ChecksumAddress:
        types = ("address",) * len(addresses)
        arguments = encode_arguments(name, types, addresses)
        return sender.deploy(creation_code(folder, ARTIFACTS[name]) + arguments)

    none = NO_ADDRESS
    factory = create("factory")
    positions = create("positions", factory, none, none)
    router = create("router", none, factory, positions, none)
    quoter = create("quoter", factory, none)
    return UniswapV3(factory, positions, router, quoter)


def create_pool(
    sender: Sender,
    uniswap: UniswapV3,
    spec: PoolSpec,
    tokens: dict[str, LocalToken],
    prices: dict[str, Fraction],
) -> LocalPool:
    """Create a pool at the true price and give it the stated depth over the full range.

    Parameters
    ----------
    tokens, prices
        Tokens by symbol, and values of whole tokens in the unit of account.
    """
    pair = [tokens[symbol] for symbol in spec.tokens]
    token0, token1 = sorted(pair, key=lambda token: int(token.address, 16))
    key = (token0.address, token1.address, spec.fee)
    create = "createAndInitializePoolIfNecessary(address,address,uint24,uint160)"
    root = sqrt_price(pair_price(token0, token1, prices))
    sender.send(uniswap.positions, create, *key, root)
    address = sender.read_address(uniswap.factory, "getPool(address,address,uint24)", *key)
    pool = LocalPool(address, token0, token1, spec.fee)
    amounts = amounts_for_depth(spec.depth, token0.unit_value(prices), token1.unit_value(prices))
    _provide(sender, uniswap, pool, amounts)
    return pool


def pair_price(token0: LocalToken, token1: LocalToken, prices: dict[str, Fraction]) -> Fraction:
    """True raw price: smallest units of token1 that one smallest unit of token0 is worth."""
    return token0.unit_value(prices) / token1.unit_value(prices)


def _provide(sender: Sender, uniswap: UniswapV3, pool: LocalPool, amounts: tuple[int, int]) -> None:
    """Print `amounts` of the two tokens and add them to the pool over the full range."""
    operator = sender.address
    for token, amount in zip((pool.token0, pool.token1), amounts, strict=True):
        token.mint(sender, operator, amount)
        sender.send(token.address, "approve(address,uint256)", uniswap.positions, amount)
    position = (
        pool.token0.address,
        pool.token1.address,
        pool.fee,
        *full_range(pool.fee),
        *amounts,
        0,
        0,
        operator,
        FOREVER,
    )
    sender.transact(uniswap.positions, MINT + encode_arguments("mint", POSITION_TYPES, position))
