"""A market's record is written whole, read only if it fits its schema, and moves as it was made."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from eth_utils.address import to_checksum_address
from hypothesis import given
from hypothesis import strategies as st
from trimtab.deploy.market_record import market_record, read_market, write_market
from trimtab.deploy.mock_market import (
    MarketSpec,
    MockAsset,
    MockPool,
    market_slugs,
    market_step,
    pool_range,
)
from trimtab.deploy.pool_math import sqrt_price
from trimtab.errors import BadInput, RecordError

POSITIONS, DEPLOYER = "0x" + "11" * 20, "0x" + "22" * 20
DOLLAR = MockAsset("USDC", 6, "USDC / USD", Decimal(1), 10**9)
ETHER = MockAsset("WETH", 18, "ETH / USD", Decimal("2500.5"), 10**18)
SPEC = MarketSpec(1, "TWO", POSITIONS, Decimal(10**6), (DOLLAR, ETHER), (MockPool(0, 1, 3000),))
MADE = {
    slug: to_checksum_address(f"0x{number:040x}")
    for number, slug in enumerate(market_slugs(SPEC), start=1)
}


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "TWO.market.json"
    write_market(path, market_record(SPEC, MADE))
    return path


def test_what_is_written_is_read_back(file):
    made = market_record(SPEC, MADE)
    forgotten = [replace(i, asset=replace(i.asset, gift=0)) for i in made.assets]

    assert read_market(file) == replace(made, assets=tuple(forgotten))


def test_a_market_that_was_read_moves_as_the_one_that_was_made(file):
    prices = {"USDC": Fraction(1), "WETH": Fraction(3000)}

    assert read_market(file).move_data(prices) == market_record(SPEC, MADE).move_data(prices)


def test_the_first_step_of_a_market_is_its_first_prices():
    step = market_step("prices", SPEC, MADE, DEPLOYER)

    assert step.data == market_record(SPEC, MADE).move_data(SPEC.prices())


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"decimals": 6', '"decimals": 600', "600 is greater than the maximum"),
        ('"format": 1', '"format": 9', "1 was expected"),
        ('"price": "1"', '"price": "-1"', "does not match"),
        ('"second": 1', '"second": 5', "a pool names an asset beyond the 2 there are"),
        ('"chain_id"', '"chain"', "chain_id"),
    ],
)
def test_a_record_that_cannot_be_is_named_with_its_file(file, old, new, words):
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))

    with pytest.raises(RecordError) as caught:
        read_market(file)

    assert words in str(caught.value)
    assert str(file) in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"), [("{", "not the record of a market"), (None, "no such")]
)
def test_a_file_that_is_no_record_is_named(tmp_path, text, words):
    path = tmp_path / "X.market.json"
    if text is not None:
        path.write_text(text)

    with pytest.raises(RecordError, match=words):
        read_market(path)


@given(price=st.fractions(Fraction(1, 100), Fraction(10**6)), turned=st.booleans())
def test_a_pools_range_holds_its_price_in_whichever_order_its_ends_are_named(price, turned):
    ends = ((MADE["token 0"], DOLLAR), (MADE["token 1"], ETHER))
    prices = {"USDC": Fraction(1), "WETH": price}

    found = pool_range(ends[::-1] if turned else ends, 3000, prices)

    raw = DOLLAR.unit_value(prices) / ETHER.unit_value(prices)
    assert found.low < sqrt_price(raw) < found.high


def test_a_price_that_no_feed_can_state_is_refused():
    with pytest.raises(BadInput, match="below 1e-8"):
        market_record(SPEC, MADE).move_data({"USDC": Fraction(1), "WETH": Fraction(1, 10**9)})


def test_every_step_has_a_name_of_its_own_in_the_journal():
    """The journal keeps the first 16 characters of a step's name."""
    many = replace(SPEC, assets=(DOLLAR,) * 16, pools=(MockPool(0, 1, 500),) * 99)

    names = [slug[:16] for slug in market_slugs(many)]

    assert len(set(names)) == len(names) == len(list(market_slugs(many)))
