"""A snapshot's portfolio as numbers: what is held, at which weights, against which targets."""

from trimtab.domain.arithmetic import total_drift, values_down, weights_down
from trimtab.domain.snapshot import VaultSnapshot

__all__ = ["held_drift", "held_values", "held_weights", "targets"]


def held_values(snapshot: VaultSnapshot) -> tuple[tuple[int, ...], int]:
    """Value of each holding and NAV, in WAD, from records and prices as the vault computes them."""
    amounts = [holding.recorded for holding in snapshot.holdings]
    return values_down(amounts, [holding.price for holding in snapshot.holdings])


def held_weights(snapshot: VaultSnapshot) -> tuple[int, ...]:
    """Weight of each holding, in WAD, rounded down; NAV must be above zero."""
    return weights_down(*held_values(snapshot))


def targets(snapshot: VaultSnapshot) -> tuple[int, ...]:
    """Target weights at the snapshot's block, in WAD."""
    return tuple(holding.target for holding in snapshot.holdings)


def held_drift(snapshot: VaultSnapshot) -> int:
    """Total drift, in WAD; NAV must be above zero."""
    return total_drift(held_weights(snapshot), targets(snapshot))
