"""Quote curves: refused if they make no sense, read at a size, and turned into costs."""

from bisect import bisect_left
from itertools import pairwise

from trimtab.domain.quotes import QuoteCurve
from trimtab.domain.units import PRICE_SCALE, WAD, wad_to_float

__all__ = ["Piece", "amount_out", "cost_pieces", "curve_fault", "unit_loss", "within_average"]

Piece = tuple[float, float]
"""A stretch of a route: how much it takes, in NAV, and what it loses per unit traded."""

AMOUNT_LIMIT = 2**256
"""No token has as many units."""

ROUNDING_UNITS = 2
"""Units by which an amount sold (pool fees) or bought may be off from rounding, hop by hop."""

RELATIVE_SLACK = 1_000_000
"""One part in this many is accepted as noise when a curve is tested for concavity."""


def curve_fault(curve: QuoteCurve, assets: int) -> str | None:
    """Why a curve cannot be used, as the end of a sentence, or None.

    Parameters
    ----------
    curve
        Curve as a node reported it.
    assets
        Number of assets of the vault.
    """
    sizes, outs = curve.amounts_in, curve.amounts_out
    if not (0 <= curve.token_in < assets and 0 <= curve.token_out < assets):
        return f"names assets {curve.token_in} and {curve.token_out} of {assets}"
    if not sizes or len(sizes) != len(outs):
        return f"has {len(sizes)} amounts sold and {len(outs)} amounts bought"
    if curve.gas < 0:
        return f"claims a gas of {curve.gas}"
    if sizes[0] <= 0 or min(outs) < 0 or max(*sizes, *outs) >= AMOUNT_LIMIT:
        return "has an amount that is not positive, or larger than any token"
    return _shape_fault(_points(curve))


def _shape_fault(points: list[tuple[int, int]]) -> str | None:
    if points[-1][1] == 0:
        return "pays nothing"
    steps = [(x1 - x0, y1 - y0) for (x0, y0), (x1, y1) in pairwise(points)]
    for position, (step_in, step_out) in enumerate(steps):
        size = points[position + 1][0]
        if step_in <= 0:
            return f"does not rise: {size} follows {points[position][0]}"
        if step_out < 0:
            return f"pays less for more: selling {size} brings {points[position + 1][1]}"
    for position, ((dx0, dy0), (dx1, dy1)) in enumerate(pairwise(steps)):
        slack = ROUNDING_UNITS * (dx0 + dx1 + dy0 + dy1) + dy0 * dx1 // RELATIVE_SLACK
        if dy1 * dx0 > dy0 * dx1 + slack:
            return f"is not concave: selling more than {points[position + 1][0]} pays better"
    return None


def amount_out(curve: QuoteCurve, amount_in: int) -> int:
    """Proceeds of selling `amount_in`, linear between the quotes, rounded down.

    Below the first quote the line from the origin promises too little rather than too much, since
    proceeds are concave. The amount must not exceed the last quote.
    """
    points = _points(curve)
    right = max(1, bisect_left(points, amount_in, key=lambda point: point[0]))
    (x0, y0), (x1, y1) = points[right - 1 : right + 1]
    return y0 + (y1 - y0) * (amount_in - x0) // (x1 - x0)


def unit_loss(curve: QuoteCurve, prices: tuple[int, int]) -> float:
    """Loss against the oracle per unit of value at the rate of the smallest quote.

    Pool fee, and the gap between pool and oracle; negative if the pool pays more.
    """
    value_in, value_out = curve.amounts_in[0] * prices[0], curve.amounts_out[0] * prices[1]
    return (value_in - value_out) / value_in


def cost_pieces(curve: QuoteCurve, prices: tuple[int, int], nav: int) -> tuple[Piece, ...]:
    """Stretches of a route by rising cost against the oracle, as fractions of NAV.

    Taken along the concave hull of the quotes, which differs from them by rounding only.

    Parameters
    ----------
    curve
        A curve without a fault.
    prices
        Oracle prices of the assets sold and bought.
    nav
        NAV, in WAD, above zero.
    """
    pieces = []
    for (x0, y0), (x1, y1) in pairwise(_hull(_points(curve))):
        value_in, value_out = (x1 - x0) * prices[0], (y1 - y0) * prices[1]
        width = wad_to_float(value_in * WAD // (nav * PRICE_SCALE))
        pieces.append((width, (value_in - value_out) / value_in))
    return tuple(piece for piece in pieces if piece[0] > 0)


def within_average(pieces: tuple[Piece, ...], most: float) -> tuple[Piece, ...]:
    """The stretches of a route up to where its average loss reaches `most`.

    The oracle floor applies to a leg as a whole, and the average loss rises with size.
    """
    kept: list[Piece] = []
    size = lost = 0.0
    for width, unit in pieces:
        if lost + width * unit <= most * (size + width):
            kept.append((width, unit))
            size, lost = size + width, lost + width * unit
            continue
        # lost + w * unit = most * (size + w)
        part = (most * size - lost) / (unit - most)
        if part > 0:
            kept.append((part, unit))
        break
    return tuple(kept)


def _points(curve: QuoteCurve) -> list[tuple[int, int]]:
    return [(0, 0), *zip(curve.amounts_in, curve.amounts_out, strict=True)]


def _hull(points: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The points that are not below a line between two others, by rising size."""
    hull: list[tuple[int, int]] = []
    for x, y in points:
        while len(hull) > 1:
            (x0, y0), (x1, y1) = hull[-2:]
            if (y1 - y0) * (x - x0) > (y - y0) * (x1 - x0):
                break
            hull.pop()
        hull.append((x, y))
    return hull
