"""What a rebalance really did, told by the vault's own events."""

from __future__ import annotations

from dataclasses import dataclass

from eth_typing import ChecksumAddress

from trimtab.chain.contracts import interface
from trimtab.domain.costs import gas_cost
from trimtab.domain.legs import LegPlan
from trimtab.domain.units import wad_to_float
from trimtab.errors import InvariantError
from trimtab.executor.intents import Outcome
from trimtab.policy.market import MarketView


@dataclass(frozen=True, slots=True)
class CostSplit:
    """Cost of a rebalance against the oracle's prices, in the unit of account.

    Attributes
    ----------
    fee
        What a trade of no size would have lost: pool fees, and the gap between pools and oracle.
    impact
        What was lost because of size.
    gas
        What the sender paid.
    """

    fee: float
    impact: float
    gas: float

    @property
    def total(self) -> float:
        """All three."""
        return self.fee + self.impact + self.gas


@dataclass(frozen=True, slots=True)
class RealisedLeg:
    """A leg as it settled: amounts in smallest units, values in WAD of the unit of account."""

    route_id: int
    token_in: str
    token_out: str
    amount_in: int
    amount_out: int
    value_in: int
    value_out: int


@dataclass(frozen=True, slots=True)
class Realised:
    """A rebalance as it settled; NAV, drifts and charges in WAD, as the vault states them."""

    legs: tuple[RealisedLeg, ...]
    nonce: int
    nav_before: int
    nav_after: int
    drift_before: int
    drift_after: int
    loss: int
    turnover: int
    cost: CostSplit


def predicted_cost(plan: LegPlan, *, base_gas: float) -> CostSplit:
    """What a plan expects to cost; `base_gas` is the value of the gas that no leg adds."""
    return CostSplit(
        fee=sum(leg.fee_cost for leg in plan.legs),
        impact=sum(leg.impact_cost for leg in plan.legs),
        gas=plan.gas_cost + base_gas,
    )


def realised(
    outcome: Outcome, vault: ChecksumAddress, *, plan: LegPlan, market: MarketView
) -> Realised:
    """What a mined rebalance did.

    A leg's fee is what its plan expected, for a fee is in proportion to the amount sold; the rest
    of what it lost is impact.

    Raises
    ------
    InvariantError
        If the transaction carries no event of a rebalance of the plan's legs.
    """
    events = interface("IVault")
    settled = events.events_in(outcome.logs, "LegSettled", of=vault)
    summaries = events.events_in(outcome.logs, "Rebalanced", of=vault)
    if len(summaries) != 1 or len(settled) != len(plan.legs):
        raise InvariantError(
            f"transaction {outcome.transaction_hash} has {len(summaries)} rebalances of {vault} "
            f"with {len(settled)} legs, expected 1 with {len(plan.legs)}"
        )
    legs = tuple(_leg(event) for event in settled)
    summary = summaries[0]
    return Realised(
        legs=legs,
        nonce=summary["nonce"],
        nav_before=summary["navBefore"],
        nav_after=summary["navAfter"],
        drift_before=summary["driftBefore"],
        drift_after=summary["driftAfter"],
        loss=summary["loss"],
        turnover=summary["turnover"],
        cost=_cost(legs, outcome, plan, market),
    )


def _leg(event: dict[str, int | str]) -> RealisedLeg:
    return RealisedLeg(
        route_id=int(event["routeId"]),
        token_in=str(event["tokenIn"]),
        token_out=str(event["tokenOut"]),
        amount_in=int(event["amountIn"]),
        amount_out=int(event["amountOut"]),
        value_in=int(event["valueIn"]),
        value_out=int(event["valueOut"]),
    )


def _cost(
    legs: tuple[RealisedLeg, ...], outcome: Outcome, plan: LegPlan, market: MarketView
) -> CostSplit:
    lost = wad_to_float(sum(leg.value_in - leg.value_out for leg in legs))
    fee = sum(leg.fee_cost for leg in plan.legs)
    price = outcome.effective_gas_price
    gas = gas_cost(outcome.gas_used, price, market.native_price, outcome.l1_fee)
    return CostSplit(fee=fee, impact=lost - fee, gas=gas)
