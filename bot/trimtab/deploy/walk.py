"""Made-up prices that go on from where they are: a random walk that a seed makes repeatable."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from fractions import Fraction

SCALE = 10**9
"""Factors are rounded to a billionth, so that prices stay fractions of moderate size."""

DIGITS = 12
"""Digits after the point that a price keeps."""


def walk(
    start: Mapping[str, Fraction], *, deviation: float, seed: int
) -> Iterator[dict[str, Fraction]]:
    """Prices by symbol, one set after the other, for ever.

    The first asset, the base, stays where it is. Every other one moves by a factor whose logarithm
    is normal, so that it is expected to stay where it is too.

    Parameters
    ----------
    start
        Prices before the first step; above zero.
    deviation
        Standard deviation of one step's logarithm, such as 0.02.
    seed
        The same seed gives the same walk.
    """
    source = random.Random(seed)  # noqa: S311 (prices for a test market, nothing secret)
    prices = dict(start)
    _, *moving = prices
    while True:
        for symbol in moving:
            move = source.lognormvariate(-(deviation**2) / 2, deviation)
            price = prices[symbol] * Fraction(round(move * SCALE), SCALE)
            prices[symbol] = max(
                Fraction(round(price * 10**DIGITS), 10**DIGITS), Fraction(1, SCALE)
            )
        yield dict(prices)
