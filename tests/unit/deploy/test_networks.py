"""Every network file is what its schema says, and names nothing that another part contradicts."""

import tomllib
from decimal import Decimal
from pathlib import Path

import pytest
from eth_utils.address import is_checksum_address
from trimtab.cli.settings.rules import HEARTBEAT_CAP
from trimtab.deploy.networks import load_network, network_names, network_of, parse_network
from trimtab.deploy.survey import SEQUENCER_CHAINS
from trimtab.domain.units import WAD
from trimtab.errors import BadInput, InvariantError
from trimtab.executor.networks import network_of as rules_of

NAMES = (
    "arbitrum-one",
    "arbitrum-sepolia",
    "base",
    "base-sepolia",
    "ethereum",
    "op",
    "op-sepolia",
    "polygon",
    "sepolia",
)
SOURCES = Path(__file__).parents[3] / "deployments" / "networks"


def text_of(name):
    return (SOURCES / f"{name}.toml").read_text()


def strings(value):
    if isinstance(value, dict):
        return [text for item in value.values() for text in strings(item)]
    return [value] if isinstance(value, str) else []


def test_the_networks_are_the_files_of_the_repository():
    assert network_names() == NAMES == tuple(sorted(file.stem for file in SOURCES.iterdir()))


@pytest.mark.parametrize("name", NAMES)
def test_a_network_is_found_by_its_chain_id(name):
    network = load_network(name)

    assert network_of(network.chain_id) == network


@pytest.mark.parametrize("name", NAMES)
def test_every_address_carries_its_checksum(name):
    addresses = [text for text in strings(tomllib.loads(text_of(name))) if text.startswith("0x")]

    assert len(addresses) > 8
    assert [address for address in addresses if not is_checksum_address(address)] == []


@pytest.mark.parametrize("name", NAMES)
def test_no_two_tokens_and_no_two_contracts_share_an_address(name):
    network = load_network(name)
    uniswap = network.uniswap
    listed = [token.address for token in network.tokens.values()]
    listed += [uniswap.factory, uniswap.router, uniswap.quoter, uniswap.positions]

    assert len(set(listed)) == len(listed)


@pytest.mark.parametrize("name", NAMES)
def test_wrapped_native_and_a_dollar_with_a_feed_are_there(name):
    network = load_network(name)

    assert network.wrapped_native in network.tokens
    assert network.tokens["USDC"].feed.description == "USDC / USD"
    assert network.tokens["WETH"].feed.description == "ETH / USD"


@pytest.mark.parametrize("name", NAMES)
def test_rollups_with_an_uptime_feed_name_it_and_no_other_network_does(name):
    network = load_network(name)

    assert (network.sequencer_feed is not None) == (network.chain_id in SEQUENCER_CHAINS)


@pytest.mark.parametrize("name", NAMES)
def test_a_price_is_refused_only_after_its_heartbeat_and_within_the_cap_of_the_contracts(name):
    feeds = [token.feed for token in load_network(name).tokens.values() if token.feed]

    for feed in feeds:
        assert 0 < feed.min_price < feed.max_price
        assert feed.deviation is None or 0 < feed.deviation < WAD // 10
        if feed.heartbeat is not None:
            assert feed.heartbeat < feed.oldest_answer <= HEARTBEAT_CAP


@pytest.mark.parametrize("name", NAMES)
def test_a_transaction_lasts_from_where_the_executor_takes_it_for_final(name):
    network = load_network(name)

    assert network.confirmations == rules_of(network.chain_id).finality.confirmations


def test_a_percentage_becomes_exact_wad():
    feed = load_network("base").tokens["WETH"].feed

    assert feed.deviation == 15 * WAD // 10_000
    assert feed.min_price == Decimal(100)
    assert feed.oldest_answer == 1200 + 300


def test_an_unknown_network_is_refused_with_those_that_are_known():
    with pytest.raises(BadInput, match=r'no network "mainnet"; expected one of arbitrum-one, .*'):
        load_network("mainnet")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("chain_id = 11155111", 'chain_id = "11155111"', "chain_id"),
        ("decimals = 6", "decimals = 600", "decimals"),
        ('feed = "USDC / USD"', 'feed = "USD / USDC"', "there is no feed USD / USDC"),
        ("[uniswap]", "[sushiswap]", "uniswap"),
        ("heartbeat_seconds = 86400", "heartbeat_seconds = 0", "heartbeat_seconds"),
    ],
)
def test_a_file_that_is_not_what_the_schema_says_is_refused(old, new, words):
    text = text_of("sepolia")
    assert old in text

    with pytest.raises(InvariantError, match=words):
        parse_network("sepolia", text.replace(old, new, 1))
