"""What a rebalance really did, told by the vault's own events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from eth_typing import ChecksumAddress

from trimtab.domain.costs import gas_cost
from trimtab.domain.legs import LegPlan
from trimtab.domain.units import wad_to_float
from trimtab.errors import NodeAnsweredWrongly
from trimtab.executor.intents import Outcome
from trimtab.history.events import LegSettled, Rebalanced
from trimtab.history.logs import vault_events
from trimtab.policy.market import MarketView
from trimtab.store.decisions import Number


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
    def swaps(self) -> float:
        """What the swaps lose: fee and impact."""
        return self.fee + self.impact

    @property
    def total(self) -> float:
        """All three."""
        return self.fee + self.impact + self.gas


@dataclass(frozen=True, slots=True)
class Realised:
    """A rebalance as it settled, in the vault's own words, and what it cost."""

    legs: tuple[LegSettled, ...]
    whole: Rebalanced
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
    NodeAnsweredWrongly
        If the transaction carries no event of a rebalance of the plan's legs.
    """
    events = list(vault_events(outcome.logs, vault))
    legs = tuple(event for event in events if isinstance(event, LegSettled))
    wholes = [event for event in events if isinstance(event, Rebalanced)]
    if len(wholes) != 1 or len(legs) != len(plan.legs):
        raise NodeAnsweredWrongly(
            f"events of {vault} in {outcome.transaction_hash}",
            f"{len(wholes)} rebalances with {len(legs)} legs",
            f"1 with {len(plan.legs)}",
        )
    return Realised(legs, wholes[0], _cost(legs, outcome, plan, market))


def late_numbers(
    outcome: Outcome, vault: ChecksumAddress, planned: Mapping[str, Number]
) -> dict[str, Number]:
    """What a rebalance came to that was settled after the step that sent it had ended.

    Parameters
    ----------
    outcome
        A mined rebalance.
    planned
        The numbers that were stored when it was sent.

    Raises
    ------
    NodeAnsweredWrongly
        If the transaction carries no event of a rebalance.
    """
    events = list(vault_events(outcome.logs, vault))
    legs = tuple(event for event in events if isinstance(event, LegSettled))
    wholes = [event for event in events if isinstance(event, Rebalanced)]
    if len(wholes) != 1:
        raise NodeAnsweredWrongly(
            f"events of {vault} in {outcome.transaction_hash}", f"{len(wholes)} rebalances", 1
        )
    fee, price = (float(str(planned.get(name) or 0)) for name in ("planned_fee", "native_price"))
    lost = wad_to_float(sum(leg.value_in - leg.value_out for leg in legs))
    gas = gas_cost(outcome.gas_used, outcome.effective_gas_price, price, outcome.l1_fee)
    return dict(planned) | {
        "transaction": outcome.transaction_hash,
        "gas_used": outcome.gas_used,
        "drift_after": wholes[0].drift_after,
        "traded": wad_to_float(sum(leg.value_in for leg in legs)),
        "fee": fee,
        "impact": lost - fee,
        "gas": gas,
    }


def _cost(
    legs: tuple[LegSettled, ...], outcome: Outcome, plan: LegPlan, market: MarketView
) -> CostSplit:
    lost = wad_to_float(sum(leg.value_in - leg.value_out for leg in legs))
    fee = sum(leg.fee_cost for leg in plan.legs)
    price = outcome.effective_gas_price
    gas = gas_cost(outcome.gas_used, price, market.native_price, outcome.l1_fee)
    return CostSplit(fee=fee, impact=lost - fee, gas=gas)
