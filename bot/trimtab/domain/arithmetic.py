"""The vault's arithmetic of values, weights and legs, equal to Solidity to the last unit.

Mirrors WeightMath.sol, LegMath.sol and the constants of Rebalancing.sol and LimitCaps.sol. Amounts
are in asset wei, values in WAD of the unit of account, weights in WAD. Every function states its
rounding.
"""

from collections.abc import Sequence

from trimtab.domain.units import PRICE_SCALE, WAD

__all__ = [
    "MAX_LEGS",
    "MAX_SLIPPAGE",
    "MIN_LEG",
    "PUBLIC_SLIPPAGE_MARGIN",
    "fraction_up",
    "gaps",
    "largest_gap",
    "minimum_out_up",
    "minimum_progress",
    "target_value",
    "total_drift",
    "value_down",
    "value_up",
    "values_down",
    "weights_down",
]

MAX_LEGS = 32
"""Most legs of a rebalance (`MAX_LEGS` in Rebalancing.sol)."""

MIN_LEG = WAD // 10_000
"""Least value of a leg, in WAD of NAV (`MIN_LEG` in Rebalancing.sol)."""

MAX_SLIPPAGE = 3 * WAD // 100
"""Largest shortfall the vault accepts, whatever its mandate says (`SLIPPAGE` in LimitCaps.sol)."""

PUBLIC_SLIPPAGE_MARGIN = WAD // 500
"""What a leg of the public tier may lose beyond the worst fee of a route, in WAD (the constant of
this name in LimitCaps.sol)."""


def value_down(amount: int, price: int) -> int:
    """Value of `amount` at `price`, rounded down."""
    return amount * price // PRICE_SCALE


def value_up(amount: int, price: int) -> int:
    """Value of `amount` at `price`, rounded up."""
    return _ceil_div(amount * price, PRICE_SCALE)


def values_down(amounts: Sequence[int], prices: Sequence[int]) -> tuple[tuple[int, ...], int]:
    """Values of `amounts` at `prices`, each rounded down, and their sum."""
    values = tuple(value_down(a, p) for a, p in zip(amounts, prices, strict=True))
    return values, sum(values)


def fraction_up(part: int, whole: int) -> int:
    """`part` as a fraction of `whole`, which must be above zero, in WAD, rounded up."""
    return _ceil_div(part * WAD, whole)


def weights_down(values: Sequence[int], nav: int) -> tuple[int, ...]:
    """Weight of each of `values` in `nav`, which must be above zero, rounded down."""
    return tuple(value * WAD // nav for value in values)


def gaps(weights: Sequence[int], targets: Sequence[int]) -> tuple[int, ...]:
    """Distance of each weight from its target, in WAD."""
    return tuple(abs(w - t) for w, t in zip(weights, targets, strict=True))


def total_drift(weights: Sequence[int], targets: Sequence[int]) -> int:
    """Half the sum of all gaps, in WAD, rounded down."""
    return sum(gaps(weights, targets)) // 2


def largest_gap(weights: Sequence[int], targets: Sequence[int]) -> tuple[int, int]:
    """Position and gap of the asset farthest from its target; the first of equals."""
    distances = gaps(weights, targets)
    largest = max(distances)
    return distances.index(largest), largest


def target_value(target: int, nav: int) -> int:
    """Value an asset has at its target weight, rounded down."""
    return target * nav // WAD


def minimum_out_up(value_in: int, price_out: int, slippage: int) -> int:
    """Least amount a leg may bring, in the smallest unit of the asset bought, rounded up.

    Parameters
    ----------
    value_in
        Value sold, in WAD of the unit of account.
    price_out
        Price of the asset bought, above zero.
    slippage
        Largest shortfall, in WAD, at most WAD.
    """
    value_kept = _ceil_div(value_in * (WAD - slippage), WAD)
    return _ceil_div(value_kept * PRICE_SCALE, price_out)


def minimum_progress(drift: int) -> int:
    """Least fall of total drift a rebalance must bring: a fifth of it, or 1 % of NAV if less."""
    return min(drift // 5, WAD // 100)


def _ceil_div(numerator: int, denominator: int) -> int:
    return -(-numerator // denominator)
