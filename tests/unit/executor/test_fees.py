"""No offer is above the ceiling, and every offer can be taken by the next block."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trimtab.chain.answers import FeeHistory
from trimtab.errors import FeeTooHigh, NodeRefused
from trimtab.executor.fees import MIN_TIP, FixedFees, HistoryFees
from trimtab.executor.refusals import Refused, why

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


@pytest.mark.parametrize(
    ("words", "meaning"),
    [
        ("already known", Refused.KNOWN),
        ("transaction already imported", Refused.KNOWN),
        ("AlreadyKnown", Refused.KNOWN),
        ("nonce too low: next nonce 5, tx nonce 4", Refused.NONCE_USED),
        ("OldNonce", Refused.NONCE_USED),
        ("ValidationError: Invalid transaction nonce: Expected 1, but got 0", Refused.NONCE_USED),
        ("ValidationError: Invalid transaction nonce: Expected 1, but got 5", Refused.NONCE_AHEAD),
        ("insufficient funds for gas * price + value", Refused.NO_MONEY),
        ("Sender b'x' cannot afford txn gas 3000", Refused.NO_MONEY),
        ("replacement transaction underpriced", Refused.UNDERPRICED),
        ("max fee per gas less than block base fee", Refused.UNDERPRICED),
        ("Sender's max fee per gas (5) is lower than block's base fee", Refused.UNDERPRICED),
        ("exceeds block gas limit", Refused.OTHER),
        ("", Refused.OTHER),
    ],
)
def test_the_words_of_every_client_are_understood(words, meaning):
    assert why(NodeRefused("eth_sendRawTransaction", -32000, words)) is meaning
