"""Amounts are read and written without losing a unit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trimtab.cli.format import amount_of, price_text, time_text, value_text
from trimtab.domain.phrases import amount_text
from trimtab.domain.units import WAD
from trimtab.errors import BadInput


@given(st.integers(1, 2**256 - 1), st.integers(0, 36))
def test_an_amount_survives_being_written_and_read(amount, decimals):
    assert amount_of(amount_text(amount, decimals), decimals, "x") == amount


@pytest.mark.parametrize("text", ["", "x", "-1", "0", "nan", "inf", "1.0000001", "1e-9"])
def test_what_is_no_amount_of_the_token_is_refused(text):
    with pytest.raises(BadInput, match="AMOUNT"):
        amount_of(text, 6, "AMOUNT")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0.00"),
        (WAD // 2, "0.50"),
        (1234567 * WAD, "1,234,567.00"),
        (10**45, "1" + ",000" * 9 + ".00"),
    ],
)
def test_values_have_two_digits(value, text):
    assert value_text(value) == text


def test_prices_are_those_of_whole_tokens():
    assert price_text(29_000 * 10**54 // 10**8, 8) == "29,000.00"
    assert price_text(10**54 // 10**6, 6) == "1"
    assert price_text(0, 18) == "—"


def test_never_is_not_1970():
    assert time_text(0) == "never"
    assert time_text(1_577_836_800) == "2020-01-01 00:00:00 UTC"
