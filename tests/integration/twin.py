"""A twin of a public network: anvil with its chain id, and its contracts at its own addresses.

Uniswap's published code runs there with the immutable values of that network's deployment; tokens
and feeds answer with the symbols, decimals and descriptions that the network's file states.
"""

from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest
from eth_utils.address import to_canonical_address, to_checksum_address
from trimtab.chain.artifacts import load
from trimtab.chain.contracts import encode_arguments, interface
from trimtab.chain.node import Node
from trimtab.deploy.networks import Network, load_network
from trimtab.deploy.pool_math import TICK_SPACING
from trimtab.deploy.spec import NO_ADDRESS
from trimtab.domain.units import DAY, WAD
from trimtab.errors import LocalChainError
from trimtab.local.accounts import local_accounts
from trimtab.local.anvil import AnvilChain
from trimtab.local.feeds import FeedSpec, LocalFeed
from trimtab.local.market import Market, deploy_market
from trimtab.local.packages import creation_code, node_modules
from trimtab.local.sender import Sender
from trimtab.local.tokens import LocalToken
from trimtab.local.uniswap import ARTIFACTS, PoolSpec, UniswapV3, create_pool
from web3.types import RPCEndpoint

START = 1_767_225_600
"""When a twin begins: 2026-01-01 00:00 UTC, in seconds."""

BLOCK_SECONDS = 2
DEPTH = Fraction(5_000_000)
PRICES = {"USDC": Fraction(1), "WETH": Fraction(3000), "LINK": Fraction(15)}
FEE = 3000
PLAIN_SLOTS = 24
"""Slots of storage that are copied: every variable of these contracts that is not in a mapping."""

L1_FEE_PER_BYTE = 10**9
EVERY_STEP = 0
"""A heartbeat at which feeds publish whenever the market moves."""


@dataclass(frozen=True)
class Twin:
    """A network's twin, with pools of USDC, WETH and LINK."""

    chain: AnvilChain
    network: Network
    tokens: dict[str, LocalToken]
    market: Market

    @property
    def operator(self):
        return Sender(self.chain, local_accounts().operator)

    @property
    def node(self):
        return Node(self.chain.provider)

    def move(self, **factors):
        """Move true prices by a factor, and feeds and pools with them."""
        self.market.step({name: PRICES[name] * Fraction(factors.get(name, 1)) for name in PRICES})

    def request(self, method, *params):
        return request(self.chain, method, *params)

    def empty(self, address):
        """Take the code away from an address."""
        self.request("anvil_setCode", address, "0x")

    def replace(self, address, name, *arguments):
        """Put another of our contracts at an address."""
        place(self.operator, creation(name, *arguments), address)

    @contextmanager
    def undone(self):
        before = self.chain.snapshot()
        try:
            yield self
        finally:
            self.chain.revert(before)


@contextmanager
def open_twin(name):
    """The twin of the network called `name`, mining whatever it is sent."""
    network = load_network(name)
    try:
        chain = AnvilChain(START, chain_id=network.chain_id)
    except LocalChainError as missing:
        pytest.skip(f"anvil is needed: {missing}")
    with chain:
        request(chain, "anvil_setBlockTimestampInterval", BLOCK_SECONDS)
        request(chain, "evm_setAutomine", True)
        yield _furnished(chain, network)


def _furnished(chain, network):
    sender = Sender(chain, local_accounts().operator)
    _place_uniswap(sender, network)
    _place_rollup(sender, network)
    tokens = {symbol: _place_token(sender, network, symbol) for symbol in PRICES}
    feeds = tuple(_place_feed(sender, network, symbol) for symbol in PRICES)
    preset = network.uniswap
    addresses = (preset.factory, preset.positions, preset.router, preset.quoter)
    uniswap = UniswapV3(*(to_checksum_address(address) for address in addresses))
    pairs = (("USDC", "WETH"), ("USDC", "LINK"))
    pools = tuple(
        create_pool(sender, uniswap, PoolSpec(pair, FEE, DEPTH), tokens, PRICES) for pair in pairs
    )
    twin = Twin(chain, network, tokens, deploy_market(sender, feeds, pools))
    twin.move()
    for token in tokens.values():
        for who in ("deployer", "holder"):
            account = getattr(local_accounts(), who)
            token.mint(sender, account.address, 10 ** (token.decimals + 5))
    return twin


def _place_uniswap(sender, network):
    folder, preset = node_modules(), network.uniswap
    wrapped = network.tokens[network.wrapped_native].address

    def at(address, name, *arguments):
        types = ("address",) * len(arguments)
        code = creation_code(folder, ARTIFACTS[name]) + encode_arguments(name, types, arguments)
        place(sender, code, address)

    at(preset.factory, "factory")
    for fee, spacing in TICK_SPACING.items():
        if fee != 100:
            factory = to_checksum_address(preset.factory)
            sender.send(factory, "enableFeeAmount(uint24,int24)", fee, spacing)
    at(preset.positions, "positions", preset.factory, wrapped, NO_ADDRESS)
    at(preset.router, "router", NO_ADDRESS, preset.factory, preset.positions, wrapped)
    at(preset.quoter, "quoter", preset.factory, wrapped)


def _place_rollup(sender, network):
    if network.sequencer_feed:
        aggregator = sender.create("MockAggregator", 0, "L2 Sequencer Uptime Status Feed")
        sender.send(
            aggregator, "setRound(int256,uint256,uint256)", 0, START - 7 * DAY, START - 7 * DAY
        )
        place(sender, creation("MockFeedProxy", aggregator), network.sequencer_feed)
    if network.l1_fee and network.l1_fee.model == "optimism":
        request(sender.chain, "anvil_setCode", network.l1_fee.contract, fee_by_length().hex())


def fee_by_length():
    """Code that answers any call with `L1_FEE_PER_BYTE` for each byte of its calldata."""
    calldatasize, push4, mul, push0, mstore = b"\x36", b"\x63", b"\x02", b"\x5f", b"\x52"
    number = push4 + L1_FEE_PER_BYTE.to_bytes(4, "big")
    return calldatasize + number + mul + push0 + mstore + b"\x60\x20" + push0 + b"\xf3"


def _place_token(sender, network, symbol):
    preset = network.tokens[symbol]
    place(sender, creation("MockToken", f"Twin {symbol}", symbol, preset.decimals), preset.address)
    return LocalToken(symbol, preset.decimals, to_checksum_address(preset.address))


def _place_feed(sender, network, symbol):
    preset = network.tokens[symbol].feed
    aggregator = sender.create("MockAggregator", preset.decimals, preset.description)
    place(sender, creation("MockFeedProxy", aggregator), preset.address)
    spec = FeedSpec(EVERY_STEP, WAD // 100)
    return LocalFeed(symbol, to_checksum_address(preset.address), aggregator, spec)


def creation(name, *arguments):
    """Creation code of one of our contracts."""
    return load(name).bytecode + interface(name).constructor_arguments(*arguments)


def place(sender, code, address):
    """Put what `code` creates at `address`: its code with its own address changed, its storage."""
    made = sender.deploy(code)
    chain = sender.chain
    runtime = Node(chain.provider).code(made)
    own, other = (bytes(12) + to_canonical_address(a) for a in (made, address))
    request(chain, "anvil_setCode", address, "0x" + runtime.replace(own, other).hex())
    for slot in range(PLAIN_SLOTS):
        value = request(chain, "eth_getStorageAt", made, hex(slot), "latest")
        if int(value, 16):
            request(chain, "anvil_setStorageAt", address, hex(slot), value)


def request(chain, method, *params):
    response = chain.provider.make_request(RPCEndpoint(method), list(params))
    assert "error" not in response, (method, response)
    return response["result"]


def vault_file(network, url, **changes):
    """The file of somebody who names assets by symbol, and what the network's file leaves out."""
    accounts = local_accounts()
    sections = {
        "[node]": [f'url = "{url}"', f"chain_id = {network.chain_id}"],
        "[keys]": ['keystore = "deployer.json"'],
        "[keeper]": ['native_asset = "WETH"', 'policy = "threshold"', "cost_multiple = 0.01"],
        "[deploy]": [
            'name = "Twin"',
            'symbol = "TWIN"',
            "seed_value = 9_000",
            f'receiver = "{accounts.holder.address}"',
        ],
        "[deploy.timelock]": ['delay = "2 d"', f'proposers = ["{accounts.owner.address}"]'],
        "[deploy.roles]": [
            f'manager = "{accounts.manager.address}"',
            f'guardian = "{accounts.guardian.address}"',
            f'keepers = ["{accounts.keeper.address}"]',
        ],
        "[deploy.limits]": ['slippage = "1 %"'],
    }
    lines = [line for head, body in (sections | changes).items() for line in (head, *body)]
    for symbol, weight in (("USDC", 40), ("WETH", 30), ("LINK", 30)):
        lines += ["[[deploy.assets]]", f'symbol = "{symbol}"', f'weight = "{weight} %"']
        lines += ['band = "3 %"', 'hard_band = "10 %"', *_unknown(network.tokens[symbol].feed)]
    for symbol in ("WETH", "LINK"):
        lines += ["[[deploy.routes]]", f'sell = "{symbol}"', 'buy = "USDC"', f"fees = [{FEE}]"]
    lines += ["[[deploy.routes]]", 'sell = "LINK"', 'buy = "WETH"', f"fees = [{FEE}, {FEE}]"]
    return "\n".join([*lines, 'through = ["USDC"]']) + "\n"


def _unknown(feed):
    if feed.heartbeat is None:
        yield 'heartbeat = "1 h"'
    if feed.deviation is None:
        yield 'deviation = "0.5 %"'


def write_record_into(config: Path, record: Path):
    """Name a record in a configuration, as a person does after deploying."""
    named = record.relative_to(config.parent)
    config.write_text(f'[vault]\nrecord = "{named}"\n' + config.read_text())
