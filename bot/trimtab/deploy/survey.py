"""What the chain says about a specification, before anything is sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import floor

from eth_typing import ChecksumAddress
from eth_utils.address import to_checksum_address

from trimtab.chain.answers import Block
from trimtab.chain.node import Node
from trimtab.deploy.questions import Chain
from trimtab.deploy.size import mandate_findings
from trimtab.deploy.spec import NO_ADDRESS, AssetSpec, DeploymentSpec, RouteSpec, UniswapSpec
from trimtab.domain.phrases import duration
from trimtab.domain.units import PRICE_SCALE, WAD
from trimtab.errors import DeploymentRefused

MIN_SEED = 10**6
"""Least first deposit of each weighted asset, in its smallest unit (`MIN_SEED` in Vault.sol)."""

PRICE_EXPONENT = 54
"""`price = answer * 10**(PRICE_EXPONENT - feed decimals - token decimals)`, as in PriceOracle."""

BOUND_DIGITS = 8
"""Significant digits of a bound that the oracle keeps (`CompactBound.sol`)."""

SEQUENCER_CHAINS = {8453: "Base", 42161: "Arbitrum One", 10: "OP Mainnet"}
"""Rollups whose sequencer has an uptime feed: there a vault without one is refused."""


@dataclass(frozen=True, slots=True)
class AssetFacts:
    """What the chain says of one asset.

    Attributes
    ----------
    decimals, feed_decimals
        Of the token and of its feed.
    answer, updated_at
        The feed's answer, in its decimals, and its time, in seconds.
    price
        Worth of one smallest unit in WAD, times `PRICE_SCALE`.
    """

    decimals: int
    feed_decimals: int
    answer: int
    updated_at: int
    price: int


@dataclass(frozen=True, slots=True)
class Survey:
    """A specification that the chain agrees with.

    Attributes
    ----------
    block
        The block that was read.
    factory
        Uniswap's factory, as router and quoter name it.
    assets
        In the order of the specification.
    seed
        First deposit of each asset, in its smallest unit.
    warnings
        What is allowed and yet should be looked at.
    owner_delay
        Delay of the timelock that is named as owner, in seconds; None if it is none.
    """

    block: Block
    factory: ChecksumAddress
    assets: tuple[AssetFacts, ...]
    seed: tuple[int, ...]
    warnings: tuple[str, ...]
    owner_delay: int | None = None


def survey(node: Node, spec: DeploymentSpec) -> Survey:
    """Check a specification against the chain.

    Raises
    ------
    WrongChain
        If the node serves another chain.
    DeploymentRefused
        With one line for each contradiction.
    """
    node.require_chain(spec.chain_id)
    chain = Chain(node, node.head())
    findings = list(mandate_findings(spec))
    factory = named_factory(chain, spec.uniswap, findings)
    found = [_asset_facts(chain, asset, findings) for asset in spec.assets]
    if factory is not None:
        for route in spec.routes:
            findings += _route_findings(chain, spec, route, factory)
    findings += _sequencer_findings(chain, spec)
    assets = tuple(fact for fact in found if fact is not None)
    seed: tuple[int, ...] = ()
    if len(assets) == len(spec.assets):
        seed = seed_amounts(spec, assets)
        findings += _seed_findings(spec, seed)
    if findings or factory is None:
        raise DeploymentRefused(findings)
    delay = chain.ask(spec.roles.owner, "getMinDelay()", "uint256") if spec.roles.owner else None
    return Survey(chain.block, factory, assets, seed, tuple(_warnings(chain, spec)), delay)


def imagined(node: Node, spec: DeploymentSpec, prices: Mapping[str, Decimal]) -> Survey:
    """What a survey would find once tokens and feeds exist that are yet to be made.

    Parameters
    ----------
    prices
        Values of whole tokens, by symbol.
    """
    block = node.head()
    assets = tuple(
        _facts(
            int(asset.decimals or 0),
            int(asset.feed_decimals or 0),
            int(prices[asset.symbol].scaleb(int(asset.feed_decimals or 0))),
            block.timestamp,
        )
        for asset in spec.assets
    )
    factory = to_checksum_address(spec.uniswap.factory or NO_ADDRESS)
    return Survey(block, factory, assets, seed_amounts(spec, assets), ())


def seed_amounts(spec: DeploymentSpec, assets: tuple[AssetFacts, ...]) -> tuple[int, ...]:
    """First deposit of each asset at its target weight, in its smallest unit, rounded down."""
    total = spec.shares()
    return tuple(
        total * asset.weight // WAD * PRICE_SCALE // facts.price
        for asset, facts in zip(spec.assets, assets, strict=True)
    )


def balance_findings(
    chain: Chain, spec: DeploymentSpec, seed: tuple[int, ...], deployer: str
) -> Iterator[str]:
    """What the deployer lacks for the first deposit."""
    for asset, amount in zip(spec.assets, seed, strict=True):
        held = chain.ask(asset.token, "balanceOf(address)", "uint256", deployer)
        if held is None or held < amount:
            yield (
                f"{asset.symbol}: the deployer {deployer} holds {held or 0} of its smallest units, "
                f"expected {amount} for the first deposit"
            )


def answer_bounds(asset: AssetSpec, feed_decimals: int) -> tuple[int, int]:
    """Least and greatest price as the feed states them, rounded inward as the oracle keeps them."""
    unit = 10**feed_decimals
    lowest, highest = Fraction(asset.min_price) * unit, Fraction(asset.max_price) * unit
    # Rounding up is rounding the negative number down.
    return -_compact_down(-lowest), _compact_down(highest)


def _compact_down(number: Fraction) -> int:
    """`number` to `BOUND_DIGITS` significant digits, rounded down, as in CompactBound.sol."""
    whole = floor(number)
    step: int = 10 ** max(0, len(str(abs(whole))) - BOUND_DIGITS)
    return whole // step * step


def named_factory(
    chain: Chain, uniswap: UniswapSpec, findings: list[str]
) -> ChecksumAddress | None:
    """The factory that router and quoter agree on, or None with findings."""
    named = {}
    for what, address in (("router", uniswap.router), ("quoter", uniswap.quoter)):
        named[what] = chain.ask(address, "factory()", "address")
        if named[what] is None:
            findings.append(
                f"uniswap.{what}: {address} {_state(chain, address, 'names no factory')}, expected "
                f"Uniswap V3's {'SwapRouter02' if what == 'router' else 'QuoterV2'} on this chain"
            )
    if None in named.values():
        return None
    before = len(findings)
    findings += _factory_findings(uniswap, named["router"], named["quoter"])
    return ChecksumAddress(named["router"]) if len(findings) == before else None


def _factory_findings(uniswap: UniswapSpec, of_router: str, of_quoter: str) -> Iterator[str]:
    if of_router != of_quoter:
        yield (
            f"uniswap: the router belongs to factory {of_router}, the quoter to {of_quoter}, "
            "expected one and the same"
        )
    elif uniswap.factory not in (None, of_router):
        yield (
            f"uniswap.factory: is {uniswap.factory}, but the router {uniswap.router} belongs to "
            f"{of_router}; expected one and the same"
        )


def _state(chain: Chain, address: str, otherwise: str) -> str:
    """What is wrong with an address that did not answer: nothing is there, or something else."""
    return otherwise if chain.has_code(address) else "has no code"


def _asset_facts(chain: Chain, asset: AssetSpec, findings: list[str]) -> AssetFacts | None:
    before = len(findings)
    symbol = chain.symbol(asset.token)
    decimals = chain.ask(asset.token, "decimals()", "uint8")
    findings += _token_findings(chain, asset, symbol, decimals)
    description = chain.ask(asset.feed, "description()", "string")
    feed_decimals = chain.ask(asset.feed, "decimals()", "uint8")
    kinds = ["uint80", "int256", "uint256", "uint256", "uint80"]
    round_data = chain.ask_all(asset.feed, "latestRoundData()", kinds)
    if feed_decimals is None or round_data is None:
        what = _state(chain, asset.feed, "is not a price feed")
        findings.append(f"{asset.symbol}: the feed {asset.feed} {what} on this chain")
    else:
        findings += _feed_findings(asset, description, feed_decimals)
    if len(findings) > before or round_data is None:
        return None
    facts = _facts(int(decimals), int(feed_decimals), int(round_data[1]), int(round_data[3]))
    findings += _answer_findings(chain.block, asset, facts)
    return facts if len(findings) == before else None


def _token_findings(
    chain: Chain, asset: AssetSpec, symbol: str | None, decimals: int | None
) -> Iterator[str]:
    what = f"{asset.symbol}: the token {asset.token}"
    if symbol is None:
        yield f"{what} {_state(chain, asset.token, 'is not a token')} on this chain"
    elif symbol != asset.symbol:
        yield f'{what} calls itself "{symbol}", expected "{asset.symbol}"'
    elif decimals is None:
        yield f"{what} does not say its decimals, expected an answer to decimals()"
    elif asset.decimals not in (None, decimals):
        yield f"{what} has {decimals} decimals, expected {asset.decimals}"


def _feed_findings(asset: AssetSpec, description: str | None, decimals: int) -> Iterator[str]:
    what = f"{asset.symbol}: the feed {asset.feed}"
    if description != asset.feed_description:
        yield f'{what} calls itself "{description}", expected "{asset.feed_description}"'
    if asset.feed_decimals not in (None, decimals):
        yield f"{what} has {decimals} decimals, expected {asset.feed_decimals}"


def _facts(decimals: int, feed_decimals: int, answer: int, updated_at: int) -> AssetFacts:
    exponent = PRICE_EXPONENT - feed_decimals - decimals
    price = answer * 10**exponent if exponent >= 0 else 0
    return AssetFacts(decimals, feed_decimals, answer, updated_at, price)


def _answer_findings(block: Block, asset: AssetSpec, facts: AssetFacts) -> Iterator[str]:
    price = Decimal(facts.answer).scaleb(-facts.feed_decimals)
    if facts.answer <= 0:
        yield f"{asset.symbol}: the feed {asset.feed} answers {facts.answer}, expected above 0"
        return
    if facts.price <= 0:
        yield (
            f"{asset.symbol}: {facts.decimals} decimals with an answer of {facts.answer} at "
            f"{facts.feed_decimals} decimals cannot be scaled to a price"
        )
    if not asset.min_price < price < asset.max_price:
        yield (
            f"{asset.symbol}: the feed answers {price:f}, expected strictly between min_price "
            f"{asset.min_price} and max_price {asset.max_price}"
        )
    age = block.timestamp - facts.updated_at
    if age < 0:
        yield f"{asset.symbol}: the feed's answer carries a time {duration(-age)} after the block's"
    if age > asset.heartbeat:
        yield (
            f"{asset.symbol}: the feed's answer is {duration(age)} old, expected at most the "
            f"heartbeat, {duration(asset.heartbeat)}"
        )


def _route_findings(
    chain: Chain, spec: DeploymentSpec, route: RouteSpec, factory: str
) -> Iterator[str]:
    ends = [spec.assets[route.token_in].token, spec.assets[route.token_out].token]
    path = [ends[0], *route.through, ends[1]]
    for token_a, token_b, fee in zip(path[:-1], path[1:], route.fees, strict=True):
        name = f"{_name(spec, token_a)}/{_name(spec, token_b)} with fee {fee}"
        pool = chain.pool(factory, token_a, token_b, fee)
        if pool is None:
            yield f"routes: there is no Uniswap V3 pool {name}"
        elif not chain.ask(pool, "liquidity()", "uint128"):
            yield f"routes: the Uniswap V3 pool {name}, {pool}, has no liquidity at its price"


def _sequencer_findings(chain: Chain, spec: DeploymentSpec) -> Iterator[str]:
    if spec.sequencer_feed == NO_ADDRESS:
        if spec.chain_id in SEQUENCER_CHAINS:
            yield (
                f"sequencer_feed: is not set, expected the uptime feed of "
                f"{SEQUENCER_CHAINS[spec.chain_id]}: prices are stale while its sequencer is down"
            )
        return
    what = f"sequencer_feed: {spec.sequencer_feed}"
    kinds = ["uint80", "int256", "uint256", "uint256", "uint80"]
    found = chain.ask_all(spec.sequencer_feed, "latestRoundData()", kinds)
    if found is None:
        yield f"{what} {_state(chain, spec.sequencer_feed, 'is not a feed')} on this chain"
    elif found[1] != 0 or found[2] == 0:
        yield (
            f"{what} answers {found[1]} since {found[2]}, expected 0 (up) since a while: "
            "while the sequencer is down no price counts"
        )


def _seed_findings(spec: DeploymentSpec, seed: tuple[int, ...]) -> Iterator[str]:
    for asset, amount in zip(spec.assets, seed, strict=True):
        if asset.weight and amount < MIN_SEED:
            yield (
                f"{asset.symbol}: the first deposit would be {amount} of its smallest units, "
                f"expected at least {MIN_SEED}: raise seed_value"
            )


def _warnings(chain: Chain, spec: DeploymentSpec) -> Iterator[str]:
    if spec.roles.owner and not chain.has_code(spec.roles.owner):
        yield (
            f"the owner {spec.roles.owner} is not a contract: meant is a timelock, whose delay "
            "gives holders time to leave"
        )
    if spec.roles.owner in (*spec.roles.keepers, spec.roles.guardian):
        yield "the owner holds another role as well: one lost key then does more harm"
    if not spec.roles.keepers:
        yield "no keeper is named: until the owner adds one, only the public tier can rebalance"


def _name(spec: DeploymentSpec, token: str) -> str:
    symbols = {asset.token: asset.symbol for asset in spec.assets}
    return symbols.get(token, token)
