"""The cost of a swap falls apart into fee, impact and gap, and into nothing else."""

from fractions import Fraction
from math import isqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trimtab.chain.answers import Log
from trimtab.deploy.pool_math import Q96
from trimtab.local.costs import SWAP_TOPIC, GasPrice, Swap, swaps_in, trade_cost
from trimtab.local.tokens import LocalToken
from trimtab.local.uniswap import LocalPool

POOL = "0x00000000000000000000000000000000000000aA"
USDC = LocalToken("USDC", 6, "0x0000000000000000000000000000000000000001")
ETH = LocalToken("ETH", 18, "0x0000000000000000000000000000000000000002")
PRICES = {"USDC": Fraction(1), "ETH": Fraction(2000)}
FEE = 3000
TRUE_ROOT = isqrt(Q96**2 * 10**18 // (2000 * 10**6))


def pool_with(fee=FEE):
    return LocalPool(POOL, USDC, ETH, fee)


def sale_of_usdc(paid, received, root=TRUE_ROOT):
    """A swap that sells USDC, the first token, for ETH."""
    return Swap(pool_with(), paid, -received, root)


def cost_of(swap, sold):
    return trade_cost([swap], Fraction(sold), 0.0, PRICES)


def test_a_swap_at_the_true_price_costs_its_fee_alone():
    received = 997 * 10**18 // 2000

    cost = cost_of(sale_of_usdc(1000 * 10**6, received), 1000)

    assert (cost.sold, cost.fee) == (1000, 3)
    assert cost.impact == pytest.approx(0, abs=1e-9)
    assert cost.gap == pytest.approx(0, abs=1e-9)


def test_what_a_trade_gets_less_than_the_price_before_it_is_impact():
    received = 987 * 10**18 // 2000

    cost = cost_of(sale_of_usdc(1000 * 10**6, received), 1000)

    assert cost.impact == pytest.approx(10)


def test_a_pool_that_is_off_the_true_price_is_a_gap():
    root = isqrt(Q96**2 * 10**18 // (2020 * 10**6))
    received = 997 * 10**18 // 2020

    cost = cost_of(sale_of_usdc(1000 * 10**6, received, root), 1000)

    assert cost.gap == pytest.approx(997 - 997 * 2000 / 2020)
    assert cost.impact == pytest.approx(0, abs=1e-6)


def test_a_sale_of_the_second_token_reads_the_price_the_other_way():
    swap = Swap(pool_with(), -997 * 2 * 10**6, 10**15, TRUE_ROOT)

    cost = cost_of(swap, 2)

    assert cost.fee == pytest.approx(0.006)
    assert cost.impact == pytest.approx(2 * 0.997 - 1994, rel=1e-6)


@given(
    st.integers(10**3, 10**15),
    st.integers(1, 10**24),
    st.fractions(Fraction(1, 2), Fraction(2)),
    st.booleans(),
)
def test_the_parts_sum_to_the_value_that_was_lost(first, second, ratio, forward):
    root = int(TRUE_ROOT * ratio)
    changes = (first, -second) if forward else (-first, second)
    swap = Swap(pool_with(), *changes, root)
    values = Fraction(first, 10**6), Fraction(2000 * second, 10**18)
    sold, got = values if forward else values[::-1]

    cost = cost_of(swap, sold)

    total = cost.fee + cost.impact + cost.gap
    assert total == pytest.approx(float(sold - got), rel=1e-9, abs=1e-9 * float(sold + got))


def test_the_price_before_the_second_swap_of_a_pool_is_that_after_the_first():
    swaps = swaps_in([log(1, -1, 111), log(2, -2, 222)], {POOL: pool_with()}, {POOL: 99})

    assert [swap.root_before for swap in swaps] == [99, 111]
    assert [(swap.change0, swap.change1) for swap in swaps] == [(1, -1), (2, -2)]


def test_swaps_of_other_pools_and_other_events_are_left_out():
    elsewhere = log(1, -1, 5, address="0x00000000000000000000000000000000000000bB")
    other = log(1, -1, 5, topic=b"\x01" * 32)

    assert swaps_in([elsewhere, other], {POOL: pool_with()}, {POOL: 99}) == []


def log(change0, change1, root, *, address=POOL, topic=SWAP_TOPIC):
    words = [change0 % 2**256, change1 % 2**256, root, 10**18, 0]
    data = b"".join(word.to_bytes(32, "big") for word in words)
    topics = (topic, b"\0" * 32, b"\0" * 32)
    return Log(address, topics, data, 1, "0x" + "00" * 32, 0)


@pytest.mark.parametrize("native", [2000.0, "ETH"], ids=["fixed", "asset"])
def test_gas_costs_what_the_scenario_says(native):
    assert GasPrice(20 * 10**9, native).cost(400_000, PRICES) == pytest.approx(16.0)
