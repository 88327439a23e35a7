"""The market publishes as real feeds do, and takes pools to the edge of their fee, not beyond."""

from fractions import Fraction

import pytest
from trimtab.chain.contracts import encode_call
from trimtab.chain.node import Call
from trimtab.deploy.pool_math import amounts_for_depth
from trimtab.errors import BadInput
from trimtab.local.accounts import local_accounts
from trimtab.local.chain import GENESIS_TIMESTAMP
from trimtab.local.ethtester import EthTesterChain
from trimtab.local.feeds import deploy_feed
from trimtab.local.market import deploy_market
from trimtab.local.sender import Sender
from trimtab.local.tokens import deploy_token
from trimtab.local.uniswap import PoolSpec, create_pool, deploy_uniswap

START = {"USDC": Fraction(1), "ETH": Fraction(2000)}
DEPTH = Fraction(1_000_000)
FEE = 3000
NOON = GENESIS_TIMESTAMP + 43_200


class Scene:
    """A pool and two feeds at `START`."""

    def __init__(self, chain):
        self.chain = chain
        self.sender = Sender(chain, local_accounts().operator)
        uniswap = deploy_uniswap(self.sender)
        self.tokens = {symbol: deploy_token(self.sender, symbol) for symbol in START}
        self.feeds = {symbol: deploy_feed(self.sender, symbol) for symbol in START}
        spec = PoolSpec(("USDC", "ETH"), FEE, DEPTH)
        self.pool = create_pool(self.sender, uniswap, spec, self.tokens, START)
        self.market = deploy_market(self.sender, tuple(self.feeds.values()), (self.pool,))
        self.step(NOON, 2000)

    def step(self, timestamp, eth, usdc=1):
        self.chain.set_next_timestamp(timestamp)
        return self.market.step({"USDC": Fraction(usdc), "ETH": Fraction(eth)})

    def answer(self, symbol):
        """Answer of a feed, through its proxy, as a price."""
        signature = "latestRoundData()"
        data = self.sender._node.call(_call(self.feeds[symbol].proxy, signature))
        return Fraction(int.from_bytes(data[32:64], "big"), 10**8)

    def updated_at(self, symbol):
        data = self.sender._node.call(_call(self.feeds[symbol].proxy, "latestRoundData()"))
        return int.from_bytes(data[96:128], "big")

    def root(self):
        return self.sender.read_number(self.pool.address, "slot0()")

    def range_at(self, eth, usdc=1):
        return self.pool.no_arbitrage_range({"USDC": Fraction(usdc), "ETH": Fraction(eth)})


def _call(to, signature):
    return Call(to, encode_call(signature))


@pytest.fixture(scope="module")
def built():
    with EthTesterChain() as chain:
        yield Scene(chain)


@pytest.fixture
def scene(built):
    snapshot = built.chain.snapshot()
    yield built
    built.chain.revert(snapshot)


def test_a_pool_starts_at_the_true_price(scene):
    around = scene.range_at(2000)

    assert scene.root() == pytest.approx((around.low + around.high) / 2, rel=1e-5)


def test_a_feed_says_nothing_while_neither_heartbeat_nor_deviation_demands_it(scene):
    scene.step(NOON + 3599, Fraction(20_099, 10))

    assert (scene.answer("ETH"), scene.updated_at("ETH")) == (2000, NOON)


@pytest.mark.parametrize("price", [2010, 1990], ids=["up", "down"])
def test_a_feed_publishes_when_the_price_has_moved_by_its_deviation(scene, price):
    scene.step(NOON + 12, price)

    assert (scene.answer("ETH"), scene.updated_at("ETH")) == (price, NOON + 12)


def test_a_feed_publishes_when_its_heartbeat_has_passed(scene):
    scene.step(NOON + 3600, 2001)

    assert (scene.answer("ETH"), scene.updated_at("ETH")) == (2001, NOON + 3600)


def test_each_feed_keeps_its_own_heartbeat(scene):
    scene.step(NOON + 3600, 2001, usdc=Fraction(1001, 1000))

    assert scene.updated_at("USDC") == NOON
    scene.step(NOON + 86_400, 2001, usdc=Fraction(1001, 1000))
    assert (scene.answer("USDC"), scene.updated_at("USDC")) == (Fraction("1.001"), NOON + 86_400)


def test_deviation_is_measured_from_the_last_answer_not_from_the_last_step(scene):
    scene.step(NOON + 12, 2006)
    scene.step(NOON + 24, 2012)

    assert scene.answer("ETH") == 2012


@pytest.mark.parametrize("price", [2500, 1500, 100, 40_000])
def test_a_pool_outside_its_range_is_taken_to_the_nearer_end(scene, price):
    before = scene.root()

    scene.step(NOON + 86_400, price)

    around = scene.range_at(price)
    assert scene.root() == (around.low if before < around.low else around.high)


def test_a_pool_inside_its_range_is_left_alone(scene):
    before = scene.root()
    balances = [token.balance(scene.sender, scene.pool.address) for token in scene.tokens.values()]

    scene.step(NOON + 86_400, Fraction(20_059, 10))

    assert scene.root() == before
    assert balances == [
        token.balance(scene.sender, scene.pool.address) for token in scene.tokens.values()
    ]


def test_the_base_price_moves_the_pool_too(scene):
    scene.step(NOON + 86_400, 2000, usdc=Fraction(9, 10))

    around = scene.range_at(2000, Fraction(9, 10))
    assert scene.root() in (around.low, around.high)


def test_a_pool_has_the_depth_that_was_asked_for(scene):
    values = Fraction(1, 10**6), Fraction(2000, 10**18)
    wanted = amounts_for_depth(DEPTH, *values)

    held = [token.balance(scene.sender, scene.pool.address) for token in scene.tokens.values()]

    assert held == pytest.approx(wanted, rel=1e-6)


def test_a_price_that_no_feed_can_state_is_refused(scene):
    with pytest.raises(BadInput, match="below 1e-8"):
        scene.step(NOON + 86_400, Fraction(1, 10**9))
