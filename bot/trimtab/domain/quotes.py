"""What a route pays for a sale, sampled at a few sizes at one block."""

from dataclasses import dataclass

__all__ = ["QuoteCurve"]


@dataclass(frozen=True, slots=True)
class QuoteCurve:
    """Proceeds of one route by amount sold, as the chain quoted them.

    Nothing is promised of the points: the planner refuses a curve that does not rise or is not
    concave. Between points, and from the origin to the first, proceeds are taken as linear; beyond
    the last point a route is not used.

    Attributes
    ----------
    route_id
        Id of the route in the mandate.
    token_in, token_out
        Positions of the assets sold and bought in the vault's order.
    amounts_in
        Amounts sold, in the smallest unit of the asset sold, rising.
    amounts_out
        What each would have bought, in the smallest unit of the asset bought.
    gas
        Gas that one leg over this route adds to a rebalance.
    """

    route_id: int
    token_in: int
    token_out: int
    amounts_in: tuple[int, ...]
    amounts_out: tuple[int, ...]
    gas: int
