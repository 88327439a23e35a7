"""Numbers as people read them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trimtab.domain.phrases import (
    amount_text,
    basis_points,
    coins_text,
    counted,
    duration,
    moment,
    percent,
    percentage,
    words,
)
from trimtab.domain.snapshot import PriceStatus
from trimtab.domain.units import WAD


def test_fractions_are_shown_in_percent_or_basis_points():
    assert percent(WAD // 80) == percentage(0.0125) == "1.25 %"
    assert basis_points(WAD // 800) == "12.5 bp"


def test_a_change_is_shown_with_its_sign():
    assert percentage(0.0578, signed=True) == "+5.78 %"
    assert percentage(-0.0578, signed=True) == "-5.78 %"
    assert percentage(-0.00001, signed=True) == "+0.00 %"


@pytest.mark.parametrize(
    ("amount", "decimals", "text"),
    [
        (0, 18, "0"),
        (1, 18, "0.000000000000000001"),
        (1_234_567_890, 6, "1,234.56789"),
        (10**24, 18, "1,000,000"),
        (5, 0, "5"),
    ],
)
def test_amounts_are_written_exactly(amount, decimals, text):
    assert amount_text(amount, decimals) == text


@given(st.integers(0, 2**256 - 1), st.integers(0, 77))
def test_amounts_are_written_without_losing_a_digit(amount, decimals):
    whole, _, fraction = amount_text(amount, decimals).replace(",", "").partition(".")

    assert int(whole) * 10**decimals + int(fraction.ljust(decimals, "0") or 0) == amount


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (-5, "0 s"), (59, "59 s"), (3600, "1 h"), (93_784, "1 d 2 h"), (3605, "1 h 5 s")],
)
def test_lengths_of_time_are_shown_in_their_two_largest_units(seconds, text):
    assert duration(seconds) == text


def test_a_time_beyond_the_calendar_is_still_shown():
    assert moment(1_577_836_800) == "2020-01-01 00:00:00 UTC"
    assert moment(2**64) == f"second {2**64}"


def test_states_are_shown_in_small_letters():
    assert words(PriceStatus.OUT_OF_BOUNDS) == "out of bounds"


def test_coins_are_exact_and_things_are_counted():
    assert coins_text(50_000_000_000_000_001) == "0.050000000000000001 native coins"
    assert counted(1, "rebalance") == "1 rebalance"
    assert counted(62_499, "rebalance") == "62,499 rebalances"
