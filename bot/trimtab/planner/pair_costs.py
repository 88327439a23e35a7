"""What routes were quoted at, as the fee and impact that a policy weighs."""

from collections.abc import Sequence

from trimtab.domain.costs import fitted_swap_cost
from trimtab.domain.portfolio import held_values
from trimtab.domain.quotes import QuoteCurve
from trimtab.domain.snapshot import VaultSnapshot
from trimtab.domain.units import PRICE_SCALE, WAD, wad_to_float
from trimtab.planner.curves import curve_fault

__all__ = ["pair_costs"]

PairCost = tuple[int, int, float, float]
"""Seller, buyer, fee and impact: a swap of `x` costs `fee * x + impact * x**2`, in NAV."""


def pair_costs(snapshot: VaultSnapshot, curves: Sequence[QuoteCurve]) -> tuple[PairCost, ...]:
    """Fee and impact of the cheapest route of each pair that was quoted.

    Parameters
    ----------
    snapshot
        A vault whose prices are known and whose NAV is above zero.
    curves
        Quotes; those that make no sense are left out.
    """
    cheapest: dict[tuple[int, int], tuple[float, float]] = {}
    for curve in curves:
        if curve_fault(curve, len(snapshot.holdings)):
            continue
        pair, cost = (curve.token_in, curve.token_out), _fitted(snapshot, curve)
        cheapest[pair] = min(cheapest.get(pair, cost), cost)
    return tuple((*pair, *cost) for pair, cost in sorted(cheapest.items()))


def _fitted(snapshot: VaultSnapshot, curve: QuoteCurve) -> tuple[float, float]:
    _, nav = held_values(snapshot)
    sold, bought = snapshot.holdings[curve.token_in], snapshot.holdings[curve.token_out]
    values = [amount * sold.high_price * WAD // (PRICE_SCALE * nav) for amount in curve.amounts_in]
    outs = [amount * bought.low_price * WAD // (PRICE_SCALE * nav) for amount in curve.amounts_out]
    points = [(v, v - out) for v, out in zip(values, outs, strict=True) if v > 0]
    if not points:
        return 0.0, 0.0
    sizes, losses = ([wad_to_float(n) for n in column] for column in zip(*points, strict=True))
    return fitted_swap_cost(sizes, losses)
