"""How much of each asset may be sold or bought on the way to a destination."""

from collections.abc import Sequence
from dataclasses import dataclass

from trimtab.domain.arithmetic import target_value, value_down
from trimtab.domain.portfolio import held_values, targets
from trimtab.domain.schedule import weights_at
from trimtab.domain.snapshot import VaultSnapshot
from trimtab.domain.units import WAD, float_to_wad_down
from trimtab.errors import InvariantError
from trimtab.planner.terms import PlanTerms

__all__ = ["Room", "find_room", "targets_until"]


@dataclass(frozen=True, slots=True)
class Room:
    """Value that may be sold and bought of each asset, in WAD of NAV; at most one is above 0."""

    supplies: tuple[int, ...]
    demands: tuple[int, ...]


def targets_until(snapshot: VaultSnapshot, lifetime: int) -> tuple[tuple[int, ...], ...]:
    """Targets now and `lifetime` seconds later; in between they lie between these."""
    now = targets(snapshot)
    if snapshot.schedule_end <= snapshot.timestamp:
        return (now,)
    begins = max(snapshot.schedule_start, snapshot.timestamp)
    lines = [(holding.target, holding.end_target) for holding in snapshot.holdings]
    later = weights_at(lines, begins, snapshot.schedule_end, snapshot.timestamp + lifetime)
    return (now, later)


def find_room(snapshot: VaultSnapshot, destination: Sequence[int], terms: PlanTerms) -> Room:
    """What the destination asks for, as far as it stays short of every target until the end.

    Parameters
    ----------
    snapshot
        A vault whose prices are known and whose NAV is above zero.
    destination
        Weights to trade to, in WAD, summing to WAD.
    terms
        The overshoot margin, the lifetime, and what may be sold at most.

    Raises
    ------
    InvariantError
        If the destination has another length, or does not sum to WAD.
    """
    if len(destination) != len(snapshot.holdings) or sum(destination) != WAD:
        raise InvariantError(
            f"expected {len(snapshot.holdings)} weights summing to {WAD}, "
            f"got {len(destination)} summing to {sum(destination)}"
        )
    if terms.most_sold and len(terms.most_sold) != len(destination):
        raise InvariantError(
            f"expected {len(destination)} amounts in most_sold, got {len(terms.most_sold)}"
        )
    values, nav = held_values(snapshot)
    margin = float_to_wad_down(terms.overshoot_margin)
    schedule = targets_until(snapshot, terms.lifetime)
    supplies, demands = [], []
    for asset, value in enumerate(values):
        goal = target_value(destination[asset], nav)
        highest = target_value(max(weights[asset] for weights in schedule), nav)
        lowest = target_value(min(weights[asset] for weights in schedule), nav)
        supply = min(value - goal, (value - highest) * WAD // (WAD + margin))
        if terms.most_sold:
            price = snapshot.holdings[asset].high_price
            supply = min(supply, value_down(terms.most_sold[asset], price))
        demand = min(goal - value, (lowest - value) * WAD // (WAD + margin))
        supplies.append(max(0, supply) * WAD // nav)
        demands.append(max(0, demand) * WAD // nav)
    return Room(tuple(supplies), tuple(demands))
