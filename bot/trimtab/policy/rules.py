"""Policies: when a portfolio is due, and how far it is then brought."""

from dataclasses import dataclass
from enum import StrEnum

from trimtab.domain.units import DAY
from trimtab.errors import BadInput
from trimtab.policy.custom import CustomPolicy
from trimtab.policy.joint import COUPLING
from trimtab.policy.timing_model import TimingModel

__all__ = ["Destination", "Policy", "PolicyKind"]


class PolicyKind(StrEnum):
    """What makes a portfolio due."""

    CALENDAR = "calendar"
    """A new period has begun and drift has reached the floor."""
    THRESHOLD = "threshold"
    """An asset is its trigger away from its target."""
    COMBINED = "combined"
    """Either."""
    COST_OPTIMAL = "cost_optimal"
    """A pair of assets is outside the band that `J` gives for the costs of the moment."""
    CUSTOM = "custom"
    """What a function of one's own says."""


class Destination(StrEnum):
    """Where trades end."""

    TARGET = "target"
    """Every asset is brought to its target."""
    BAND_EDGE = "band_edge"
    """Assets outside their trigger are brought just inside it, as far as the vault allows."""


@dataclass(frozen=True, slots=True)
class Policy:
    """One case of the one rule.

    Attributes
    ----------
    kind
        What makes a portfolio due.
    destination
        Where trades end; `destinations` takes precedence.
    trigger
        Distance from target at which an asset is due, as a fraction of NAV.
    relative_trigger
        The same as a fraction of the asset's target. If both are given, the smaller counts; if
        neither is, the bands of the vault do.
    total_trigger
        Total drift, half the sum of all distances, at which a portfolio is due.
    volatility_trigger
        Distance at which an asset is due in units of the yearly standard deviation of its weight,
        as forecast.
    inside
        Distance from target to which assets are brought, the same for all.
    triggers, destinations
        Distances for each asset as fractions of NAV, in the vault's order; empty unless chosen one
        by one.
    period
        Length of a calendar period, in seconds; the grid begins at the vault's anchor.
    floor
        Least total drift for a calendar rebalance, as a fraction of NAV.
    cost_multiple
        How many times its cost a rebalance must be worth; 0 turns the test off.
    risk_aversion
        Relative risk aversion that puts a value on tracking error.
    horizon
        Time for which a rebalance is credited with the tracking error it removes, in seconds.
    cash_first
        Whether idle base asset buys what is short before anything is sold.
    fee
        Fee of a swap that the cost-optimal policy expects until routes were quoted.
    coupling
        Share of the covariance in the metric of the cost-optimal policy.
    function
        The function of a custom policy.
    timing
        A model of learnt timing for the cost-optimal policy, used only if it beats the closed form.
    """

    kind: PolicyKind = PolicyKind.COMBINED
    destination: Destination = Destination.TARGET
    trigger: float | None = None
    relative_trigger: float | None = None
    total_trigger: float | None = None
    volatility_trigger: float | None = None
    inside: float | None = None
    triggers: tuple[float, ...] = ()
    destinations: tuple[float, ...] = ()
    period: int = 7 * DAY
    floor: float = 0.01
    cost_multiple: float = 2.0
    risk_aversion: float = 3.0
    horizon: int = 30 * DAY
    cash_first: bool = False
    fee: float = 0.003
    coupling: float = COUPLING
    function: CustomPolicy | None = None
    timing: TimingModel | None = None

    def __post_init__(self) -> None:
        """Refuse numbers without meaning.

        Raises
        ------
        BadInput
            Naming the field, its value and what it should be.
        """
        _positive("trigger", self.trigger)
        _positive("relative_trigger", self.relative_trigger)
        _positive("total_trigger", self.total_trigger)
        _positive("volatility_trigger", self.volatility_trigger)
        for trigger in self.triggers:
            _positive("triggers", trigger)
        _positive("period", self.period)
        _positive("risk_aversion", self.risk_aversion)
        _positive("horizon", self.horizon)
        _from_zero("floor", self.floor)
        _from_zero("cost_multiple", self.cost_multiple)
        _from_zero("fee", self.fee)
        for distance in (*self.destinations, self.inside or 0):
            _from_zero("destinations", distance)
        if not 0 <= self.coupling <= 1:
            raise BadInput(f"policy.coupling is {self.coupling}, expected a number from 0 to 1")
        if self.inside is not None and self.trigger is not None and self.inside > self.trigger:
            raise BadInput(
                f"policy.inside is {self.inside}, beyond the trigger of {self.trigger}: expected a "
                "destination nearer to the target"
            )
        if (self.kind is PolicyKind.CUSTOM) != (self.function is not None):
            raise BadInput("a custom policy needs its function, and no other policy has one")
        if self.timing is not None and self.kind is not PolicyKind.COST_OPTIMAL:
            raise BadInput(
                f"policy.timing is given to a {self.kind} policy, expected the cost-optimal one"
            )


def _positive(name: str, number: float | None) -> None:
    if number is not None and not number > 0:
        raise BadInput(f"policy.{name} is {number}, expected a number above 0")


def _from_zero(name: str, number: float) -> None:
    if not number >= 0:
        raise BadInput(f"policy.{name} is {number}, expected a number of at least 0")
