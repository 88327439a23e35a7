"""Swaps of a rebalance: as the vault takes them, and with what the planner expects of them."""

from dataclasses import dataclass

__all__ = ["Leg", "LegPlan", "PlannedLeg", "RouteFault"]


@dataclass(frozen=True, slots=True)
class Leg:
    """One swap, as in Types.sol.

    Attributes
    ----------
    route_id
        Id of a route registered in the mandate.
    amount_in
        Amount to sell, in the smallest unit of the asset sold.
    min_amount_out
        Least amount to receive, in the smallest unit of the asset bought.
    """

    route_id: int
    amount_in: int
    min_amount_out: int


@dataclass(frozen=True, slots=True)
class PlannedLeg:
    """A leg and what it is expected to do. Costs are estimates in the unit of account.

    Attributes
    ----------
    leg
        What the vault is asked to do.
    token_in, token_out
        Positions of the assets sold and bought in the vault's order.
    value_in
        Oracle value of the amount sold, in WAD, rounded up as the vault does.
    expected_out
        Amount the quotes promise, in the smallest unit of the asset bought, rounded down.
    fee_cost
        Oracle value lost at the rate of the smallest quote: pool fee, and the gap between pool and
        oracle; negative if the pool pays more than the oracle price.
    impact_cost
        Further oracle value lost because of the leg's size.
    gas_cost
        Value of the gas the leg adds.
    """

    leg: Leg
    token_in: int
    token_out: int
    value_in: int
    expected_out: int
    fee_cost: float
    impact_cost: float
    gas_cost: float


@dataclass(frozen=True, slots=True)
class RouteFault:
    """A route the planner did not use, and why, in one sentence."""

    route_id: int
    sentence: str


@dataclass(frozen=True, slots=True)
class LegPlan:
    """Legs in the order they must run, and what they are expected to do together.

    Attributes
    ----------
    legs
        The legs; at least one.
    expected_nonce
        The vault's nonce they were planned for.
    deadline
        Last timestamp, in seconds, for which they were checked.
    drift_before, drift_after
        Total drift now and as expected afterwards, in WAD.
    loss, turnover
        What the legs are expected to charge to the two buckets, in WAD of NAV, at the oracle's
        prices; a pool that pays less than expected, down to the minimum, charges more.
    swap_cost, gas_cost
        Estimates in the unit of account, summed over the legs.
    faults
        Routes that could not be used.
    """

    legs: tuple[PlannedLeg, ...]
    expected_nonce: int
    deadline: int
    drift_before: int
    drift_after: int
    loss: int
    turnover: int
    swap_cost: float
    gas_cost: float
    faults: tuple[RouteFault, ...]
