"""What a plan is made under, and the answer when there is none."""

from dataclasses import dataclass
from enum import StrEnum

from trimtab.domain.legs import RouteFault
from trimtab.errors import BadInput

__all__ = ["NoPlan", "NoPlanReason", "PlanTerms"]


@dataclass(frozen=True, slots=True)
class PlanTerms:
    """Margins and prices of a plan. Fractions are plain numbers: 0.01 is 1 %.

    Attributes
    ----------
    gas_value
        Value of one gas, in the unit of account.
    tolerance
        Share of the expected amount that a leg may fall short by before it reverts.
    overshoot_margin
        Share of a leg left untraded, so that prices may move a little before it lands.
    floor_margin
        How far above the vault's oracle floor the expected amount must be, as a share of it.
    lifetime
        Time for which the legs must stay good, in seconds from the snapshot.
    worth
        What moving a unit of value is worth: legs whose swap and gas cost more are left out.
    most_sold
        Most that may be sold of each asset, in asset wei, in the vault's order, as a budget of
        gains leaves it; empty for no such limit.
    """

    gas_value: float
    tolerance: float = 0.003
    overshoot_margin: float = 0.005
    floor_margin: float = 0.0005
    lifetime: int = 300
    worth: float = 0.05
    most_sold: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Refuse numbers without meaning.

        Raises
        ------
        BadInput
            Naming the field, its value and what it should be.
        """
        for name in ("tolerance", "overshoot_margin", "floor_margin", "worth"):
            number = getattr(self, name)
            if not 0 <= number < 1:
                raise BadInput(f"terms.{name} is {number}, expected a fraction from 0 to 1")
        for name in ("gas_value", "lifetime"):
            number = getattr(self, name)
            if not 0 <= number < float("inf"):
                raise BadInput(f"terms.{name} is {number}, expected a number of at least 0")
        if min(self.most_sold, default=0) < 0:
            raise BadInput(f"terms.most_sold is {self.most_sold}, expected amounts of at least 0")


class NoPlanReason(StrEnum):
    """Why no legs were found."""

    PRICE = "price"
    """A price is missing, or the vault holds nothing of value."""
    NOTHING_TO_TRADE = "nothing_to_trade"
    """The destination is within the smallest leg of the present weights."""
    NO_ROUTE = "no_route"
    """No usable route leads from an asset to sell to one to buy."""
    TOO_DEAR = "too_dear"
    """Every leg would cost more than moving its value is worth."""
    BUCKETS = "buckets"
    """The loss or the turnover bucket does not let enough through."""
    TOO_LITTLE = "too_little"
    """The routes cannot carry enough to lower drift by what the vault demands."""
    REFUSED = "refused"
    """The vault would refuse the legs."""


@dataclass(frozen=True, slots=True)
class NoPlan:
    """No legs, and why.

    Attributes
    ----------
    reason
        Why.
    sentence
        The same in one sentence, with the numbers compared.
    faults
        Routes that could not be used.
    """

    reason: NoPlanReason
    sentence: str
    faults: tuple[RouteFault, ...] = ()
