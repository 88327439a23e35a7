"""Gas of a vault's operations on anvil, beside bare swaps on the same pools in the same run.

Three plain ERC-20s of 18 decimals (five for `rebalance_4`), full-range 0.3 % Uniswap V3 pools,
receipts' `gasUsed`. Every account that acts has held each token before, has approved what it needs
for ever, and every operation is measured the second time it happens, as in months of use.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from eth_typing import ChecksumAddress
from eth_utils.abi import function_signature_to_4byte_selector
from trimtab.chain.artifacts import load
from trimtab.chain.contracts import encode_arguments, encode_call, interface
from trimtab.chain.node import Call, Node
from trimtab.deploy.steps import with_libraries
from trimtab.local.accounts import local_accounts
from trimtab.local.anvil import AnvilChain
from trimtab.local.chain import LocalChain
from trimtab.local.sender import Sender
from trimtab.local.tokens import LocalToken, deploy_token
from trimtab.local.uniswap import PoolSpec, UniswapV3, create_pool, deploy_uniswap

WAD = 10**18
FEE = 3000
DEPTH = Fraction(10_000_000)
"""Value that moves a pool's price by 2 %, in the unit of account."""
NAV = 1_000_000 * WAD
FOREVER = 2**256 - 1
BASE_TARGET, BASE_SEED = WAD * 4 // 10, WAD * 2 // 10
"""Weight of the base asset; the others share the rest alike. The vault starts off its targets, so
that every rebalance below is due."""
THREE = ("BASE", "ONE", "TWO")
FIVE = (*THREE, "THREE", "FOUR")
LEG = NAV * 15 // 1000
"""What each leg sells: a part of the way to the target."""
LIMITS = (
    WAD // 100,
    WAD * 3 // 1000,
    WAD // 20_000,
    3600,
    3600,
    WAD * 15 // 100,
    WAD * 15 // 1000,
    WAD * 4 // 1000,
    0,
    WAD // 200,
    0,
    0,
    86_400,
    WAD // 100,
    WAD // 20,
)
"""The default limits of a vault, in the order of the contract's struct, calendar off."""
POOL_INIT_CODE_HASH = bytes.fromhex(
    "e34f199b19b2b4f47f68442619d555527d244f78a3297ea89325f843f87b8b54"
)
"""Hash of the code that creates a pool of Uniswap V3."""
EXACT_INPUT_SINGLE = "(address,address,uint24,address,uint256,uint256,uint160)"
HOUR = 3600


@dataclass(frozen=True, slots=True)
class World:
    """What the measurements act on.

    Attributes
    ----------
    tokens, feeds
        The tokens, the base asset first, and the aggregators behind their prices.
    """

    chain: LocalChain
    sender: Sender
    uniswap: UniswapV3
    tokens: tuple[LocalToken, ...]
    feeds: tuple[ChecksumAddress, ...]
    vault: ChecksumAddress

    def pool_routes(self) -> tuple[int, ...]:
        """Ids of the routes that sell each asset but the base straight in its pool."""
        return tuple(range(len(self.tokens) - 1))

    def router_routes(self) -> tuple[int, ...]:
        """Ids of the routes that sell the same through the router."""
        return tuple(len(self.tokens) - 1 + route for route in self.pool_routes())


def measure() -> dict[str, int]:
    """Gas of each operation, by name."""
    gas: dict[str, int] = {}
    for proxies, suffix in ((True, ""), (False, "_direct_feeds")):
        with AnvilChain() as chain:
            three = build(chain, THREE, proxies=proxies)
            if proxies:
                gas |= bare_swaps(three) | holder_operations(three)
            found = rebalances(three)
        with AnvilChain() as chain:
            found["rebalance_4"] = twice(build(chain, FIVE, proxies=proxies))
        gas |= {f"{name}{suffix}": used for name, used in found.items()}
    return gas


def build(chain: LocalChain, symbols: tuple[str, ...], *, proxies: bool) -> World:
    """Deploy tokens, pools, feeds and a vault, on its targets."""
    sender = Sender(chain, local_accounts().operator)
    uniswap = deploy_uniswap(sender)
    tokens = tuple(deploy_token(sender, symbol) for symbol in symbols)
    by_symbol = {token.symbol: token for token in tokens}
    prices = dict.fromkeys(by_symbol, Fraction(1))
    for pair in [(symbols[0], other) for other in symbols[1:]]:
        create_pool(sender, uniswap, PoolSpec(pair, FEE, DEPTH), by_symbol, prices)
    feeds = tuple(sender.create("MockAggregator", 8, f"{t.symbol} / USD") for t in tokens)
    shown = tuple(sender.create("MockFeedProxy", feed) if proxies else feed for feed in feeds)
    for feed in feeds:
        sender.send(feed, "setAnswer(int256,uint256)", 10**8, chain.timestamp())
    vault = deploy_vault(sender, uniswap, tokens, shown)
    return World(chain, sender, uniswap, tokens, feeds, vault)


def deploy_vault(
    sender: Sender,
    uniswap: UniswapV3,
    tokens: tuple[LocalToken, ...],
    feeds: tuple[ChecksumAddress, ...],
) -> ChecksumAddress:
    """A seeded vault of the tokens; the sender holds every role and every share."""
    me = sender.address
    configs = [
        (token.address, feed, 24 * HOUR, WAD // 200, 1, 10**16)
        for token, feed in zip(tokens, feeds, strict=True)
    ]
    oracle = sender.create("PriceOracle", me, "0x" + "00" * 20, configs, [], [])
    venues = (
        sender.create("UniswapV3PoolVenue", uniswap.factory, POOL_INIT_CODE_HASH),
        sender.create("UniswapV3Venue", uniswap.router),
    )
    assets = [
        (token.address, weight, 0, WAD, WAD // 100, WAD // 10)
        for token, weight in zip(tokens, shares(BASE_TARGET, len(tokens)), strict=True)
    ]
    routes = [(venue, i, 0, FEE.to_bytes(3)) for venue in venues for i in range(1, len(tokens))]
    libraries = create_libraries(sender, "Mandate", "Vault")
    roles = (me, me, me, [me])
    mandate = create_linked(sender, "Mandate", libraries, roles, LIMITS, assets, routes)
    vault = create_linked(sender, "Vault", libraries, "Bench", "BENCH", mandate, oracle)
    sender.transact(mandate, interface("Mandate").encode("bind", vault))
    for token in tokens:
        for spender in (vault, uniswap.router):
            sender.send(token.address, "approve(address,uint256)", spender, FOREVER)
        token.mint(sender, me, 10 * NAV)
    amounts = [NAV * weight // WAD for weight in shares(BASE_SEED, len(tokens))]
    sender.transact(vault, interface("Vault").encode("seed", NAV, amounts, me))
    return vault


def shares(base: int, count: int) -> tuple[int, ...]:
    """Weights of `count` assets, in WAD: `base`, and the rest in equal parts."""
    return (base, *[(WAD - base) // (count - 1)] * (count - 1))


def create_libraries(sender: Sender, *contracts: str) -> dict[str, str]:
    """Create every library that the contracts link, by name."""
    made: dict[str, str] = {}
    for name in with_libraries(contracts):
        if name not in contracts:
            made[name] = sender.deploy(load(name).linked(made))
    return made


def create_linked(
    sender: Sender, name: str, libraries: dict[str, str], *arguments: object
) -> ChecksumAddress:
    """Create a contract that links libraries."""
    encoded = interface(name).constructor_arguments(*arguments)
    return sender.deploy(load(name).linked(libraries) + encoded)


def bare_swaps(world: World) -> dict[str, int]:
    """One router swap, and two in one multicall, by an account that has done both before."""
    base, one, two = (token.address for token in world.tokens[:3])
    single = swap_call(world, one, base)
    double = encode_call("multicall(bytes[])", [single, swap_call(world, two, base)])

    def swap(data: bytes) -> int:
        return world.sender.transact(world.uniswap.router, data).gas_used

    swap(double)
    return {"bare_swap": swap(single), "bare_two_swaps": swap(double)}


def swap_call(world: World, token_in: str, token_out: str) -> bytes:
    """Calldata of SwapRouter02's `exactInputSingle`, as large as a leg of the vault."""
    values = (token_in, token_out, FEE, world.sender.address, LEG, 0, 0)
    selector = function_signature_to_4byte_selector(f"exactInputSingle({EXACT_INPUT_SINGLE})")
    return selector + encode_arguments("exactInputSingle", (EXACT_INPUT_SINGLE,), (values,))


def holder_operations(world: World) -> dict[str, int]:
    """Every way in and out, measured the second time."""
    vault = interface("Vault")
    me = world.sender.address
    calls = {
        "mint_in_kind_3": vault.encode("mintInKind", NAV // 100, [FOREVER] * 3, me),
        "redeem_in_kind_3": vault.encode("redeemInKind", NAV // 100, [0] * 3, me, me, 0),
        "deposit": encode_call("deposit(uint256,address)", NAV // 100, me),
        "withdraw": encode_call("withdraw(uint256,address,address)", NAV // 200, me, me),
    }
    for data in calls.values():
        world.sender.transact(world.vault, data)
    return {name: world.sender.transact(world.vault, data).gas_used for name, data in calls.items()}


def rebalances(world: World) -> dict[str, int]:
    """Rebalances of one and two legs, straight in the pools and through the router."""
    rebalance(world, world.pool_routes())
    return {
        "rebalance_1": rebalance(world, world.pool_routes()[:1]),
        "rebalance_2": rebalance(world, world.pool_routes()),
        "rebalance_2_router": twice(world, world.router_routes()),
    }


def twice(world: World, routes: tuple[int, ...] | None = None) -> int:
    """Gas of the second of two rebalances alike; through every pool unless told otherwise."""
    rebalance(world, routes or world.pool_routes())
    return rebalance(world, routes or world.pool_routes())


def rebalance(world: World, routes: tuple[int, ...]) -> int:
    """Gas of a rebalance that sells into the base asset, one leg through each of these routes."""
    world.chain.set_next_timestamp(world.chain.timestamp() + HOUR)
    vault = interface("Vault")
    legs = [(route, LEG, 0) for route in routes]
    nonce = vault.decode("state", read(world, vault.encode("state")))["0"]["nonce"]
    data = vault.encode("rebalance", legs, nonce, world.chain.timestamp() + 2 * HOUR)
    return world.sender.transact(world.vault, data).gas_used


def read(world: World, data: bytes) -> bytes:
    """What a call of the vault returns."""
    return Node(world.chain.provider).call(Call(world.vault, data))
