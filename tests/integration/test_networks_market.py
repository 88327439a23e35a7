"""On a testnet without pools a market is made, a vault is put into it, and the market moves."""

import json
from dataclasses import replace
from fractions import Fraction

import pytest
from integration.test_deploy import Cut, DyingNode
from integration.twin import open_twin
from integration.twin_bench import bench_at
from trimtab.deploy.market_record import market_path, read_market, write_market
from trimtab.deploy.market_run import make_market
from trimtab.deploy.mock_market import MarketSpec, MockAsset, MockPool, market_slugs
from trimtab.deploy.progress import Means
from trimtab.deploy.questions import Chain
from trimtab.errors import RecordError
from trimtab.executor.clock import SystemClock
from trimtab.executor.executor import Executor
from trimtab.executor.executor import Means as ExecutorMeans
from trimtab.executor.fees import FixedFees
from trimtab.executor.signer import LocalSigner
from trimtab.local.accounts import local_accounts
from trimtab.store.database import Database
from trimtab.store.journal import Journal

NAME = "arbitrum-sepolia"
MARKET = {"[deploy.mock_market]": ["prices = { USDC = 1, WETH = 2_500, LINK = 12 }"]}
PAIR_FEE = 3000


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    with open_twin(NAME) as twin:
        yield bench_at(twin, tmp_path_factory.mktemp("market"), **MARKET)


@pytest.fixture(scope="module")
def made(bench):
    """The dry run's words, and the bench after the real one."""
    dry = bench.done("deploy", "--network", NAME, "--mock-market")
    bench.deploy("--mock-market")
    return dry, bench


def market_of(bench):
    return read_market(market_path(bench.record_file))


def feed_prices(bench):
    chain = Chain(bench.twin.node, bench.twin.node.head())
    answers = [
        chain.ask_all(item.feed, "latestRoundData()", ["uint80", "int256", "uint256"])[1]
        for item in market_of(bench).assets
    ]
    return [Fraction(answer, 10**8) for answer in answers]


def pool_price(bench, first, second):
    """Whole tokens of `second` that a whole token of `first` costs in their pool."""
    chain = Chain(bench.twin.node, bench.twin.node.head())
    ends = [item for item in market_of(bench).assets if item.asset.symbol in (first, second)]
    zero, one = sorted(ends, key=lambda item: int(item.token, 16))
    pool = chain.pool(bench.twin.network.uniswap.factory, zero.token, one.token, PAIR_FEE)
    root = chain.ask_all(pool, "slot0()", ["uint160", "int24"])[0]
    scale = Fraction(10**zero.asset.decimals, 10**one.asset.decimals)
    price = Fraction(root, 2**96) ** 2 * scale
    return price if zero.asset.symbol == first else 1 / price


def test_the_dry_run_names_every_address_that_the_live_one_creates(made):
    dry, bench = made
    market = market_of(bench)

    addresses = [entry["address"] for entry in bench.record.content["contracts"].values()]
    addresses += [item.token for item in market.assets] + [item.feed for item in market.assets]
    assert [a for a in (*addresses, market.market) if a not in dry.stdout] == []


def test_the_vault_holds_the_markets_tokens_and_is_in_good_health(made):
    _, bench = made

    bench.done("doctor")
    tokens = [item.token for item in market_of(bench).assets]
    assert [asset["token"] for asset in bench.record.content["assets"]] == tokens
    assert tokens[1] != bench.twin.network.tokens["WETH"].address


def test_making_it_again_sends_nothing(made):
    _, bench = made
    before = bench.sent

    bench.done("deploy", "--network", NAME, "--mock-market", "--live")

    assert bench.sent == before


def test_a_file_of_prices_moves_feeds_and_pools_until_the_keeper_has_something_to_do(made):
    _, bench = made
    file = bench.folder / "prices.csv"
    file.write_text("date,USDC,WETH,LINK\n2026-01-01,1,2500,12\n2026-01-02,1,4000,12\n")

    with bench.undone():
        arguments = ("--prices", file, "--interval", "1 s", "--live")
        moved = bench.done("market", "run", *arguments)
        prices, pooled = feed_prices(bench), pool_price(bench, "WETH", "USDC")
        step = json.loads(bench.done("keeper", "once", "--live", "--json", who="keeper").stdout)

    assert moved.stdout.count("block") == 2
    assert prices == [1, 4000, 12]
    assert abs(pooled / 4000 - 1) <= Fraction(PAIR_FEE, 10**6)
    assert step["action"] == "rebalance"


def test_a_walk_goes_on_from_where_the_market_stands_and_is_repeatable(made):
    _, bench = made
    runs = []
    for _ in range(2):
        with bench.undone():
            arguments = ("--walk", 5, "--steps", 2, "--interval", "1 s", "--deviation", "10 %")
            bench.done("market", "run", *arguments, "--live")
            runs.append(feed_prices(bench))

    assert runs[0] == runs[1]
    assert runs[0][0] == 1
    assert runs[0][1] != 2500


def test_a_dry_step_and_a_dry_faucet_send_nothing(made):
    _, bench = made
    before = bench.sent

    stepped = bench.done("market", "run", "--walk", 1)
    printed = bench.done("market", "faucet", "WETH", "2.5")

    assert "would move to USDC 1, WETH " in stepped.stdout
    assert "would print 2.5 WETH for 0x" in printed.stdout
    assert bench.sent == before


def test_the_faucet_prints_for_whoever_asks(made):
    _, bench = made
    holder = local_accounts().holder.address
    token = market_of(bench).asset("WETH").token
    with bench.undone():
        bench.done("market", "faucet", "WETH", "2.5", "--live", who="holder")
        chain = Chain(bench.twin.node, bench.twin.node.head())
        held = chain.ask(token, "balanceOf(address)", "uint256", holder)

    assert held == 25 * 10**17


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("market", "run"), "expected either --prices with a file or --walk with a seed"),
        (("market", "run", "--walk", "1", "--interval", "1"), '--interval is "1", expected a len'),
        (("market", "faucet", "DOGE", "1"), "the market has no DOGE"),
        (("deploy", "--mock-market"), "--mock-market needs a testnet, and no --network is named"),
        (("deploy", "--mock-market", "--network", "base"), "Base is none"),
    ],
)
def test_what_a_market_cannot_do_is_said(made, arguments, sentence):
    _, bench = made

    result = bench.run(*arguments)

    assert result.exit_code == 2
    assert sentence in result.stderr


def test_an_asset_without_a_first_price_is_named(made):
    _, bench = made
    environment = {"TRIMTAB__DEPLOY__ASSETS__2__SYMBOL": "UNI"}
    environment |= {f"TRIMTAB__DEPLOY__ROUTES__{index}__SELL": "UNI" for index in (1, 2)}

    result = bench.run("deploy", "--mock-market", "--network", NAME, **environment)

    assert result.exit_code == 2
    assert "deploy.mock_market.prices: has no first price of UNI" in result.stderr


def small_market(network):
    assets = (
        MockAsset("USDX", 6, "USDX / USD", 1, 10**9),
        MockAsset("WETX", 18, "WETX / USD", 2000, 10**18),
    )
    pools = (MockPool(0, 1, 500), MockPool(0, 1, 3000))
    positions = network.uniswap.positions
    return MarketSpec(network.chain_id, "SMALL", positions, 100_000, assets, pools)


def test_a_market_whose_making_dies_at_every_transaction_is_made_once(bench, tmp_path):
    twin, spec = bench.twin, small_market(bench.twin.network)
    deaths, path = 0, tmp_path / "SMALL.market.json"
    fees, maker = FixedFees(10**10), local_accounts().manager
    while True:
        with Database(tmp_path / "journal.sqlite") as database:
            dying = DyingNode(twin.node, "send_raw", 1, served=True)
            signer, journal = LocalSigner(maker.key), Journal(database)
            executor = Executor(ExecutorMeans(dying, journal, signer, fees, SystemClock()))
            means = Means(dying, executor, journal, fees)
            try:
                record = make_market(means, spec, path, NAME, report=lambda _: None)
                break
            except Cut:
                deaths += 1

    steps = len(list(market_slugs(spec)))
    assert twin.node.transaction_count(maker.address) == deaths == steps
    assert read_market(path).market == record.market


def test_another_market_in_the_same_place_is_refused(made, tmp_path):
    _, bench = made
    record = replace(market_of(bench), fingerprint="0" * 16)
    write_market(path := tmp_path / "OTHER.market.json", record)

    with pytest.raises(RecordError, match="the record of another market stands here"):
        make_market(NodeAlone(bench), small_market(bench.twin.network), path, NAME, report=print)


class NodeAlone:
    """Means of which only the node is asked."""

    def __init__(self, bench):
        self.node = bench.twin.node
