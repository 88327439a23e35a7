"""The same decisions by the cost model and by the real contracts, rebalance by rebalance.

A live keeper with the policy runs on the local chain along the prices. Every rebalance it makes is
also charged by the model that the backtest uses: a fee for what each swap trades, and an impact
that grows with its square, from the depth of the pool it went through. SIM-1 says that the two
leave the portfolio with the same value within 1 bp.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from trimtab.domain.costs import pool_impact, swap_bill
from trimtab.domain.units import BPS, DAY
from trimtab.errors import BadInput
from trimtab.local.blueprint import SECOND_TIER
from trimtab.local.demo import CHAINS, DemoOptions, local_keeper
from trimtab.local.reports import RebalanceReport, StepReport
from trimtab.local.scenario import run_scenario
from trimtab.local.world import LocalWorld, build_local_world
from trimtab.store.database import Database

__all__ = ["SIM1_BP", "Replayed", "replay"]

SIM1_BP = 1.0
"""Largest difference in value per rebalance between model and contracts, in bp of NAV (SIM-1)."""

DEPTH_MOVE = 0.02
"""Move of a pool's price by which its depth is stated."""

FEE_UNIT = 1_000_000
"""Pool fees are in millionths."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """One rebalance, charged twice. Costs in bp of NAV; gas is no part of them, the keeper pays it.

    Attributes
    ----------
    timestamp
        When, in seconds.
    swaps
        How many legs it had.
    traded
        Value sold, as a fraction of NAV.
    model_bp, contracts_bp
        What the model says it cost, and what the vault lost at true prices.
    gap_bp
        Part of what it lost that comes from pools standing up to a fee away from the true price,
        which no model of costs knows; below zero where the vault gained by it.
    """

    timestamp: int
    swaps: int
    traded: float
    model_bp: float
    contracts_bp: float
    gap_bp: float

    @property
    def difference_bp(self) -> float:
        """By how much the contracts cost more than the model says, at the pools' own prices."""
        return self.contracts_bp - self.gap_bp - self.model_bp

    def as_json(self) -> dict[str, Any]:
        """The figures under stable keys."""
        return {
            "timestamp": self.timestamp,
            "swaps": self.swaps,
            "traded": self.traded,
            "model_bp": self.model_bp,
            "contracts_bp": self.contracts_bp,
            "gap_bp": self.gap_bp,
            "difference_bp": self.difference_bp,
        }


def replay(
    options: DemoOptions, on_event: Callable[[StepReport], None] = lambda _: None
) -> tuple[Replayed, ...]:
    """Run a policy through the real contracts, and charge each of its rebalances by the model.

    Raises
    ------
    BadInput
        If the run has no rebalance to compare.
    """
    history, found = options.history, []
    with CHAINS[options.chain](history.timestamps[0] - DAY) as chain, Database(None) as database:
        world = build_local_world(chain, history, options.blueprint, packages=options.packages)
        keeper = local_keeper(world, options, database)
        for step in run_scenario(world, keeper.step, history, gas_price=options.gas_price):
            on_event(step)
            found += [_charged(world, options, step, report) for report in step.rebalances]
    if not found:
        raise BadInput("the policy never traded along these prices: nothing can be compared")
    return tuple(found)


def _charged(
    world: LocalWorld, options: DemoOptions, step: StepReport, report: RebalanceReport
) -> Replayed:
    cost, nav = report.cost, report.value_before
    prices = options.history.exact(step.step)
    modelled = sum(_modelled(world, options, prices, leg) for leg in report.legs)
    return Replayed(
        timestamp=step.timestamp,
        swaps=len(report.legs),
        traded=cost.sold / nav,
        model_bp=modelled / nav * BPS,
        contracts_bp=(cost.fee + cost.impact + cost.gap) / nav * BPS,
        gap_bp=cost.gap / nav * BPS,
    )


def _modelled(
    world: LocalWorld, options: DemoOptions, prices: dict[str, Fraction], leg: tuple[int, int, int]
) -> float:
    """Value that the model says a leg loses: fees, and the square of its size over the depth."""
    route_id, amount_in, _ = leg
    route = world.spec.routes[route_id]
    token = list(world.tokens.values())[route.token_in]
    size = float(amount_in * token.unit_value(prices))
    side = float(options.blueprint.depth) / ((1 - DEPTH_MOVE) ** -0.5 - 1)
    first = world.spec.routes[0]
    second_tier = {route.token_in, route.token_out} == {first.token_in, first.token_out} and (
        route.fees != first.fees
    )
    side *= float(SECOND_TIER) if second_tier else 1.0
    # The bill of the backtest with this leg as the whole portfolio: a swap of all of it.
    weights, goal = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    fee = sum(route.fees) / FEE_UNIT
    impact = pool_impact(size, side) * len(route.fees)
    bill, _, _ = swap_bill(weights, goal, fee, impact, 0.0, np.empty(2))
    return float(size * bill)
