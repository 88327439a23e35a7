"""Chain integers as a person reads them, exact unless it says otherwise."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from trimtab.domain.phrases import moment
from trimtab.domain.units import price_to_float
from trimtab.errors import BadInput

SHARE_DECIMALS = 18
"""Decimals of a vault's shares."""

EMPTY = "—"
"""Stands where there is no number."""


def amount_of(text: str, decimals: int, what: str) -> int:
    """Smallest units for a number of whole tokens that a person wrote.

    Raises
    ------
    BadInput
        If it is not a positive number, or finer than the token.
    """
    cleaned = text.replace(",", "").replace("_", "")
    try:
        scaled = Fraction(Decimal(cleaned)) * 10**decimals
    except (ArithmeticError, ValueError):
        raise BadInput(f'{what}: "{text}" is not a number, expected one such as 1.5') from None
    if scaled <= 0:
        raise BadInput(f'{what}: "{text}" must be a number above 0')
    if scaled.denominator != 1:
        raise BadInput(f'{what}: "{text}" has more than {decimals} digits after the point')
    return int(scaled)


def value_text(value: int) -> str:
    """A value in WAD, to two digits after the point, rounded to the nearest."""
    return f"{Decimal(value).scaleb(-18):,.2f}"


def price_text(price: int, decimals: int) -> str:
    """Units of account for one whole token, to six significant digits."""
    if not price:
        return EMPTY
    number = price_to_float(price, decimals)
    return f"{number:,.2f}" if number >= 1000 else f"{number:.6g}"


def time_text(timestamp: int) -> str:
    """A moment, UTC; 0 stands for never."""
    return moment(timestamp) if timestamp else "never"
