"""No offer is above the ceiling, and every offer can be taken by the next block."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trimtab.chain.answers import FeeHistory
from trimtab.errors import FeeTooHigh, NodeAnsweredWrongly
from trimtab.executor.fees import MIN_TIP, FixedFees, HistoryFees, l1_data_fee, outbid
from trimtab.executor.networks import ARBITRUM, ETHEREUM, OP_GAS_PRICE_ORACLE, POLYGON
from trimtab.store.journal import Attempt, Purpose

WEI = st.integers(0, 10**13)


class FakeFees:
    def __init__(self, base, tips):
        self.history = FeeHistory((base,), tuple(tips))

    def fee_history(self, blocks, *, percentile):
        return self.history


@given(WEI, st.lists(WEI, max_size=20), WEI)
def test_an_offer_covers_the_base_fee_and_the_tip_and_stays_below_the_ceiling(base, tips, ceiling):
    try:
        fees = HistoryFees(ceiling).fees(FakeFees(base, tips))
    except FeeTooHigh:
        return

    assert base + fees.priority_fee <= fees.max_fee <= ceiling
    assert fees.expected == base + fees.priority_fee


@given(WEI, st.lists(WEI, max_size=20))
def test_a_ceiling_below_the_price_of_the_day_is_an_error_that_names_both(base, tips):
    with pytest.raises(FeeTooHigh) as caught:
        HistoryFees(base).fees(FakeFees(base, tips))

    assert caught.value.fee >= base + MIN_TIP > caught.value.ceiling


def test_the_base_fee_may_double_when_the_ceiling_allows_it():
    fees = HistoryFees(10**12).fees(FakeFees(10**10, [10**9] * 3))

    assert (fees.max_fee, fees.priority_fee) == (21 * 10**9, 10**9)


def test_zero_tips_are_raised_to_what_chains_want():
    assert HistoryFees(10**12).fees(FakeFees(10**8, [0, 0])).priority_fee == MIN_TIP


def test_a_fixed_price_is_paid_whatever_the_base_fee():
    fees = FixedFees(5 * 10**9).fees(FakeFees(7, []))

    assert min(fees.max_fee, 7 + fees.priority_fee) == 5 * 10**9 == fees.expected


def attempt(max_fee, priority_fee):
    return Attempt("0x1", b"", max_fee, priority_fee, Purpose.ACT, 1.0, None)


@given(WEI, WEI, WEI, WEI)
def test_a_replacement_raises_both_fees_by_an_eighth_and_not_below_the_fresh_offer(
    base, tip, max_fee, priority_fee
):
    fresh = HistoryFees(10**15).fees(FakeFees(base, [tip]))
    before = attempt(max_fee, min(max_fee, priority_fee))

    fees = outbid(fresh, before, ceiling=None)

    assert fees.max_fee >= max(fresh.max_fee, -(-before.max_fee * 9 // 8), before.max_fee + 1)
    assert fees.priority_fee >= max(fresh.priority_fee, -(-before.priority_fee * 9 // 8))
    assert fees.priority_fee <= fees.max_fee


@given(WEI, WEI, WEI, WEI)
def test_a_replacement_stays_below_the_ceiling_or_is_not_made(base, tip, max_fee, ceiling):
    fresh = HistoryFees(10**15).fees(FakeFees(base, [tip]))
    before = attempt(max_fee, min(max_fee, tip))

    try:
        fees = outbid(fresh, before, ceiling=ceiling)
    except FeeTooHigh:
        return

    assert before.max_fee * 9 <= fees.max_fee * 8
    assert fees.max_fee <= ceiling


def test_a_replacement_takes_the_ceiling_where_a_fresh_offer_would_pass_it():
    fresh = HistoryFees(10**15).fees(FakeFees(10**10, [10**9]))

    fees = outbid(fresh, attempt(10**10, 10**9), ceiling=15 * 10**9)

    assert fees.max_fee == 15 * 10**9


def test_each_network_has_its_own_least_tip_and_room_for_the_base_fee():
    history = FakeFees(10**10, [0])

    assert HistoryFees.on(ARBITRUM, ceiling=10**12).fees(history).priority_fee == 0
    assert HistoryFees.on(POLYGON, ceiling=10**12).fees(history).priority_fee == 25 * 10**9
    assert HistoryFees.on(ETHEREUM, ceiling=10**12).fees(history).max_fee == 2 * 10**10 + MIN_TIP


class Oracle:
    """Answers as a GasPriceOracle might; a rollup's own runs in the integration tests."""

    def __init__(self, answer):
        self.answer, self.asked = answer, []

    def call(self, call):
        self.asked.append(call)
        return self.answer


def test_data_cost_what_the_oracle_says_of_all_their_bytes():
    oracle = Oracle((7).to_bytes(32))

    assert l1_data_fee(oracle, OP_GAS_PRICE_ORACLE, b"calldata") == 7
    (asked,) = oracle.asked
    assert asked.to == OP_GAS_PRICE_ORACLE
    assert asked.data[:4] == bytes.fromhex("49948e0e")
    assert b"calldata" in asked.data


def test_where_gas_is_all_nobody_is_asked():
    oracle = Oracle(b"")

    assert l1_data_fee(oracle, None, b"calldata") == 0
    assert oracle.asked == []


def test_an_oracle_that_is_not_there_is_named():
    with pytest.raises(NodeAnsweredWrongly, match="getL1Fee at 0x42"):
        l1_data_fee(Oracle(b""), OP_GAS_PRICE_ORACLE, b"calldata")
