"""Exact arithmetic of Uniswap V3 prices and depth, in integers."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import isqrt

from trimtab.chain.quotes import MAX_SQRT_RATIO, MIN_SQRT_RATIO

Q96 = 2**96
"""One, as a Q64.96 number."""

MAX_TICK = 887272
"""Largest tick of a price."""

FEE_UNIT = 1_000_000
"""Pool fees are in millionths of the amount sold: 3000 is 0.3 %."""

TICK_SPACING = {100: 1, 500: 10, 3000: 60, 10000: 200}
"""Distance of usable ticks, by pool fee."""

DEPTH_MOVE = Fraction(2, 100)
"""Price move within which depth is stated: 2 %, as depth charts do."""


@dataclass(frozen=True, slots=True)
class PriceRange:
    """Where arbitrage leaves a pool alone, as Q64.96 square roots of token1 per token0."""

    low: int
    high: int


def sqrt_price(price: Fraction) -> int:
    """Square root of a price in smallest units, as a Q64.96 number.

    Rounded down, and kept inside the range that a pool can have.
    """
    root = isqrt(price.numerator * Q96 * Q96 // price.denominator)
    return min(max(root, MIN_SQRT_RATIO + 1), MAX_SQRT_RATIO - 1)


def no_arbitrage_range(price: Fraction, fee: int) -> PriceRange:
    """Range of pool prices at which trading against the true price does not pay the fee.

    Parameters
    ----------
    price
        True price in smallest units.
    fee
        Pool fee, in millionths.
    """
    share = Fraction(fee, FEE_UNIT)
    return PriceRange(sqrt_price(price * (1 - share)), sqrt_price(price * (1 + share)))


def full_range(fee: int) -> tuple[int, int]:
    """Lowest and highest usable tick of a pool with this fee."""
    spacing = TICK_SPACING[fee]
    highest = MAX_TICK // spacing * spacing
    return -highest, highest


def amounts_for_depth(depth: Fraction, value0: Fraction, value1: Fraction) -> tuple[int, int]:
    """Amounts that give a full-range position a stated depth, rounded up.

    A full-range position worth `2 * v` sells token0 for `v * (1 - 1 / sqrt(1 + m))` until the price
    has risen by the fraction `m`, and token1 for `v * (1 - sqrt(1 - m))` until it has fallen by it.
    Depth is the sum of the two.

    Parameters
    ----------
    depth
        Value that can be bought from the pool before its price moves 2 % up or down.
    value0, value1
        Value of one smallest unit of each token, in the same unit.
    """
    move = float(DEPTH_MOVE)
    share = Fraction((1 - (1 + move) ** -0.5) + (1 - (1 - move) ** 0.5))
    side = depth / share
    return -(-side // value0), -(-side // value1)
