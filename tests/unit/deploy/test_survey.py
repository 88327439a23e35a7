"""Bounds of a price are sent and recorded as the oracle keeps them."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from trimtab.deploy.survey import BOUND_DIGITS, answer_bounds
from unit.deploy.test_spec import SPEC

prices = st.decimals("1e-8", "1e12", allow_nan=False, allow_infinity=False)


def bounds(lowest, highest, decimals=8):
    asset = replace(SPEC.assets[0], min_price=Decimal(lowest), max_price=Decimal(highest))
    return answer_bounds(asset, decimals)


def kept_by_the_oracle(bound):
    """The bound after CompactBound.sol, digit by digit."""
    digits, exponent = bound, 0
    while digits >= 10**BOUND_DIGITS:
        digits, exponent = digits // 10, exponent + 1
    return digits * 10**exponent


def test_bounds_that_a_person_writes_are_kept_exactly():
    assert bounds("0.05", "100_000") == (5_000_000, 10**13)


def test_longer_bounds_are_rounded_inward():
    assert bounds("1234.56789", "999.99999999") == (123_456_790_000, 99_999_999_000)


@given(prices, prices, st.integers(0, 18))
def test_the_oracle_changes_no_bound_that_is_sent(lowest, highest, decimals):
    least, greatest = bounds(lowest, highest, decimals)

    assert least >= lowest.scaleb(decimals)
    assert greatest <= highest.scaleb(decimals)
    assert [kept_by_the_oracle(bound) for bound in (least, greatest)] == [least, greatest]
