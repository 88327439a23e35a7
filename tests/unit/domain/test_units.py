"""Integers become floats and back in one place, rounded as stated."""

import math

import pytest
from trimtab.domain import units
from trimtab.domain.units import WAD
from trimtab.errors import InvariantError


def test_a_price_is_shown_in_units_of_account_for_one_whole_token():
    two_thousand_dollar_token = 2000 * 10 ** (54 - 18)

    assert units.price_to_float(two_thousand_dollar_token, 18) == 2000.0


def test_the_price_of_a_token_of_six_decimals_is_scaled_by_them():
    assert units.price_to_float(10 ** (54 - 6), 6) == 1.0


def test_amounts_become_whole_tokens():
    assert units.amount_to_float(1_500_000, 6) == 1.5
    assert units.wei_to_float(25 * 10**17) == 2.5
    assert units.wad_to_float(WAD // 4) == 0.25


def test_floats_are_rounded_down_from_their_exact_value():
    # 0.1 as a float is a little more than a tenth, 0.3 a little less than three tenths.
    assert units.float_to_wad_down(0.1) == WAD // 10 + 5
    assert units.float_to_wad_down(0.3) == 3 * WAD // 10 - 12


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_what_is_not_a_number_never_becomes_an_amount(number):
    with pytest.raises(InvariantError, match="finite"):
        units.float_to_wad_down(number)


@pytest.mark.parametrize("weights", [[0.0, 0.0], [1.5, -0.5]])
def test_weights_without_meaning_are_refused(weights):
    with pytest.raises(InvariantError, match="expected weights"):
        units.weights_to_wad(weights)


def test_the_missing_units_go_to_the_largest_remainders():
    assert units.weights_to_wad([1.0, 1.0, 1.0]) == (WAD // 3 + 1, WAD // 3, WAD // 3)
