"""The vault's judgement of a rebalance, reproduced leg by leg: Rebalancing.sol without a chain.

Amounts received are assumed, not swapped: the planner asks what the vault would say of a plan if
its quotes come true, and if every leg brings only its minimum.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from trimtab.domain.arithmetic import (
    MAX_LEGS,
    MAX_SLIPPAGE,
    MIN_LEG,
    PUBLIC_SLIPPAGE_MARGIN,
    fraction_up,
    minimum_out_up,
    minimum_progress,
    target_value,
    total_drift,
    value_down,
    value_up,
    weights_down,
)
from trimtab.domain.legs import Leg
from trimtab.domain.portfolio import held_values, held_weights
from trimtab.domain.portfolio import targets as portfolio_targets
from trimtab.domain.snapshot import Blocker, Reason, VaultSnapshot

__all__ = ["Fill", "Outcome", "Refusal", "judge", "slippage_limit"]


@dataclass(frozen=True, slots=True)
class Fill:
    """A leg and what its swap is assumed to bring.

    Attributes
    ----------
    leg
        What the vault is asked to do.
    token_in, token_out
        Positions of the assets sold and bought in the vault's order.
    received
        Amount bought, in the smallest unit of the asset bought.
    """

    leg: Leg
    token_in: int
    token_out: int
    received: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a rebalance that the vault accepts leads to.

    Attributes
    ----------
    amounts
        Records afterwards, in asset wei.
    nav_before, nav_after
        NAV at the prices read, in WAD.
    drift_before, drift_after
        Total drift, in WAD.
    loss, turnover
        Charges to the two buckets, in WAD of `nav_before`.
    """

    amounts: tuple[int, ...]
    nav_before: int
    nav_after: int
    drift_before: int
    drift_after: int
    loss: int
    turnover: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the vault would revert.

    Attributes
    ----------
    error
        Name of the custom error in IVault.sol.
    leg, asset
        Positions of the leg and of the asset at fault, or None if the fault is of the whole.
    value, limit
        The two numbers compared, in the units of the error.
    """

    error: str
    leg: int | None
    value: int
    limit: int
    asset: int | None = None


def slippage_limit(snapshot: VaultSnapshot) -> int:
    """Largest shortfall of a leg against the oracle price for the tier that is due, in WAD."""
    limits = snapshot.limits
    if snapshot.reason is not Reason.PUBLIC:
        return min(limits.slippage, MAX_SLIPPAGE)
    costs = snapshot.worst_fee + PUBLIC_SLIPPAGE_MARGIN
    return min(limits.public_slippage, costs, MAX_SLIPPAGE)


def judge(
    snapshot: VaultSnapshot, fills: Sequence[Fill], targets: Sequence[int] | None = None
) -> Outcome | Refusal:
    """What the vault would say of these legs at the snapshot's prices.

    Parameters
    ----------
    snapshot
        State of the vault; NAV and weights are computed from its records and prices.
    fills
        Legs in the order they run, each with the amount it is assumed to bring.
    targets
        Targets to judge by, in WAD, if not those of the snapshot.
    """
    if snapshot.blocker is not Blocker.NONE:
        return Refusal("RebalanceBlocked", None, snapshot.blocker, Blocker.NONE)
    if not 1 <= len(fills) <= MAX_LEGS:
        return Refusal("BadLegCount", None, len(fills), MAX_LEGS)
    book = _Book(snapshot, targets)
    if book.nav == 0 or not all(holding.counts_rightly for holding in snapshot.holdings):
        return Refusal("PriceUnavailable", None, 0, 1)
    for index, fill in enumerate(fills):
        refusal = book.refuse(index, fill)
        if refusal:
            return refusal
        book.enter(fill)
    return book.prove(snapshot)


class _Book:
    """A rebalance in memory: prices and NAV of its start, amounts and values as they change."""

    __slots__ = (
        "amounts", "bought", "holdings", "loss", "nav", "only_to_base", "prices", "slippage",
        "sold", "targets", "turnover", "values",
    )  # fmt: skip

    def __init__(self, snapshot: VaultSnapshot, targets: Sequence[int] | None) -> None:
        self.amounts = [holding.recorded for holding in snapshot.holdings]
        self.holdings = snapshot.holdings
        self.only_to_base = snapshot.only_to_base
        self.prices = [holding.price for holding in snapshot.holdings]
        values, self.nav = held_values(snapshot)
        self.values = list(values)
        self.targets = portfolio_targets(snapshot) if targets is None else targets
        self.slippage = slippage_limit(snapshot)
        self.sold: set[int] = set()
        self.bought: set[int] = set()
        self.loss = 0
        self.turnover = 0

    def refuse(self, index: int, fill: Fill) -> Refusal | None:
        """Why the vault would not run this leg now, or None."""
        value_in = self.value_in(fill)
        refusal = self._refuse_size(index, fill, value_in)
        if refusal:
            return refusal
        if self.only_to_base and fill.token_out != 0:
            return Refusal("OnlyToBase", index, fill.token_out, 0, fill.token_out)
        if fill.token_in in self.bought or fill.token_out in self.sold:
            return Refusal("SoldAndBought", index, fill.token_in, fill.token_out)
        floor = minimum_out_up(value_in, self.holdings[fill.token_out].low_price, self.slippage)
        minimum = max(fill.leg.min_amount_out, floor)
        if fill.received < minimum:
            return Refusal("ReceivedTooLittle", index, fill.received, minimum)
        return None

    def _refuse_size(self, index: int, fill: Fill, value_in: int) -> Refusal | None:
        fraction = fraction_up(value_in, self.nav)
        if fraction < MIN_LEG and not self.sells_out(fill):
            return Refusal("LegTooSmall", index, fraction, MIN_LEG)
        supply, demand = self.excess(fill.token_in), -self.excess(fill.token_out)
        if value_in > supply and self.targets[fill.token_in]:
            return Refusal("PastTarget", index, value_in, max(0, supply), fill.token_in)
        if value_in > demand:
            return Refusal("PastTarget", index, value_in, max(0, demand), fill.token_out)
        return None

    def amount_in(self, fill: Fill) -> int:
        """What a leg sells: what it names, or what there is if it names more."""
        return min(fill.leg.amount_in, self.amounts[fill.token_in])

    def sells_out(self, fill: Fill) -> bool:
        """Whether a leg sells the last unit of an asset without a target, however little."""
        amount = self.amount_in(fill)
        unwanted = self.targets[fill.token_in] == 0
        return unwanted and amount != 0 and amount == self.amounts[fill.token_in]

    def value_in(self, fill: Fill) -> int:
        """Value of what a leg sells, at the price that asks for more."""
        return value_up(self.amount_in(fill), self.holdings[fill.token_in].high_price)

    def excess(self, asset: int) -> int:
        """Value of an asset above what it has at its target; negative below."""
        return self.values[asset] - target_value(self.targets[asset], self.nav)

    def enter(self, fill: Fill) -> None:
        """Change the book as a settled leg does."""
        sold, bought = fill.token_in, fill.token_out
        value_in = self.value_in(fill)
        value_out = value_down(fill.received, self.holdings[bought].low_price)
        self.turnover += fraction_up(value_in, self.nav)
        self.loss += fraction_up(max(0, value_in - value_out), self.nav)
        self.amounts[sold] -= self.amount_in(fill)
        self.amounts[bought] += fill.received
        for asset in (sold, bought):
            self.values[asset] = value_down(self.amounts[asset], self.prices[asset])
        self.sold.add(sold)
        self.bought.add(bought)

    def prove(self, snapshot: VaultSnapshot) -> Outcome | Refusal:
        """What the vault proves once every leg has settled."""
        drift_before = total_drift(held_weights(snapshot), self.targets)
        nav_after = sum(self.values)
        drift_after = total_drift(weights_down(self.values, nav_after), self.targets)
        most = drift_before - minimum_progress(drift_before)
        if drift_after > most:
            return Refusal("TooLittleProgress", None, drift_after, most)
        if self.loss > snapshot.loss_left:
            return Refusal("LossBucketExceeded", None, self.loss, snapshot.loss_left)
        if self.turnover > snapshot.turnover_left:
            return Refusal("TurnoverBucketExceeded", None, self.turnover, snapshot.turnover_left)
        return Outcome(
            amounts=tuple(self.amounts),
            nav_before=self.nav,
            nav_after=nav_after,
            drift_before=drift_before,
            drift_after=drift_after,
            loss=self.loss,
            turnover=self.turnover,
        )
