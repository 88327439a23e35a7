"""Units of on-chain numbers, and the one door between integers and floats.

Every amount that moves is an `int` in its smallest unit. Floats are estimates: what enters from
here into the maths may have lost digits past the sixteenth, and what comes back is rounded as each
function says.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import isfinite, lcm
from typing import NewType

from trimtab.errors import InvariantError

__all__ = [
    "BPS",
    "DAY",
    "PRICE_SCALE",
    "WAD",
    "Wad",
    "amount_to_float",
    "float_to_wad_down",
    "price_to_float",
    "wad_to_float",
    "wei_to_float",
    "weights_to_wad",
]

Wad = NewType("Wad", int)
"""A fraction, or a value in the unit of account, times 1e18."""

WAD = 10**18
"""One, as a fraction or as a unit of account (`WAD` in Types.sol)."""

PRICE_SCALE = 10**36
"""A value in WAD is `amount * price // PRICE_SCALE` (`PRICE_SCALE` in Types.sol)."""

BPS = 10_000
"""One, in basis points."""

DAY = 86_400
"""Seconds in a day."""


def wad_to_float(wad: int) -> float:
    """`wad / 1e18`, rounded to the nearest float."""
    return wad / WAD


def wei_to_float(amount: int) -> float:
    """Native coins for `amount` wei, rounded to the nearest float."""
    return amount / 10**18


def amount_to_float(amount: int, decimals: int) -> float:
    """Whole tokens for `amount` smallest units, rounded to the nearest float."""
    return float(Fraction(amount, 10**decimals))


def price_to_float(price: int, decimals: int) -> float:
    """Units of account for one whole token, rounded to the nearest float.

    Parameters
    ----------
    price
        The vault's price: WAD of value per smallest unit, times `PRICE_SCALE`.
    decimals
        Decimals of the token.
    """
    return float(Fraction(price * 10**decimals, PRICE_SCALE * WAD))


def float_to_wad_down(number: float) -> Wad:
    """The exact value of `number` times 1e18, rounded down.

    Raises
    ------
    InvariantError
        If `number` is not finite.
    """
    numerator, denominator = _exact(number)
    return Wad(numerator * WAD // denominator)


def weights_to_wad(weights: Sequence[float]) -> tuple[Wad, ...]:
    """`weights`, scaled to sum to exactly 1e18.

    Each is rounded down; the units that are then missing go one each to the largest remainders,
    the earlier first, so no weight is more than one unit from its exact share.

    Raises
    ------
    InvariantError
        If a weight is negative or not finite, or if all are zero.
    """
    exact = [_exact(weight) for weight in weights]
    unit = lcm(*(denominator for _, denominator in exact))
    shares = [numerator * (unit // denominator) for numerator, denominator in exact]
    total = sum(shares)
    if total <= 0 or min(shares) < 0:
        raise InvariantError(
            f"expected weights of at least 0 with a positive sum, got {list(weights)}"
        )
    parts = [divmod(share * WAD, total) for share in shares]
    wads = [whole for whole, _ in parts]
    by_remainder = sorted(range(len(wads)), key=lambda i: -parts[i][1])
    for i in by_remainder[: WAD - sum(wads)]:
        wads[i] += 1
    return tuple(Wad(weight) for weight in wads)


def _exact(number: float) -> tuple[int, int]:
    """Numerator and denominator of the very number that a float is."""
    if not isfinite(number):
        raise InvariantError(f"expected a finite number, got {number}")
    return number.as_integer_ratio()
