"""What a person writes becomes the exact integer it stands for, and is shown the same way back."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError
from trimtab.cli.settings.fields import parse_amount, parse_duration, parse_fraction, parse_interval
from trimtab.cli.settings.units import decimal_text, fraction_text, seconds_text


@given(st.integers(0, 10**18))
def test_a_fraction_survives_writing_and_reading(wad):
    assert parse_fraction(fraction_text(wad)) == wad


@given(st.integers(0, 10**9))
def test_a_length_of_time_survives_writing_and_reading(seconds):
    assert parse_duration(seconds_text(seconds)) == seconds


@given(st.decimals(min_value="0.000001", max_value="1e12", places=6))
def test_an_amount_survives_writing_and_reading(amount):
    assert parse_amount(decimal_text(amount)) == amount


@pytest.mark.parametrize(
    ("text", "wad"),
    [("30 %", 3 * 10**17), ("0.5bp", 5 * 10**13), ("100%", 10**18), ("0 %", 0), (" 1 bp ", 10**14)],
)
def test_fractions_are_exact(text, wad):
    assert parse_fraction(text) == wad


@pytest.mark.parametrize(
    "text",
    [
        "30",
        "-1 %",
        "100.1 %",
        "1e2 %",
        "0.00000000000000001 %",
        "30.00000000000000000000000000000001 %",
        "%",
        "",
        30,
        None,
    ],
)
def test_what_is_not_a_fraction_is_refused(text):
    with pytest.raises(PydanticCustomError):
        parse_fraction(text)


@pytest.mark.parametrize("text", ["12", "1.5 s", "-1 s", "1 month", 12, None])
def test_what_is_not_a_length_of_time_is_refused(text):
    with pytest.raises(PydanticCustomError):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "seconds"), [("250 ms", "0.25"), ("0.5 s", "0.5"), ("12 s", "12"), ("1.5 min", "90")]
)
def test_an_interval_may_be_a_part_of_a_second(text, seconds):
    assert parse_interval(text) == Decimal(seconds)


@pytest.mark.parametrize("text", ["12", "-1 s", "250 us", 1, None])
def test_what_is_not_an_interval_is_refused(text):
    with pytest.raises(PydanticCustomError):
        parse_interval(text)


@pytest.mark.parametrize(
    "value", ["0", "-1", "NaN", "Infinity", "1,5", "", True, None, 1.5, Decimal(0)]
)
def test_what_is_not_a_positive_number_is_refused(value):
    with pytest.raises(PydanticCustomError):
        parse_amount(value)
