"""One policy along one price table: every bar, and the figures of the whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trimtab.domain.costs import swap_bill
from trimtab.errors import BadInput
from trimtab.policy.custom import Situation, asked
from trimtab.policy.kernels import base_only, cash_first, destination
from trimtab.policy.rules import Destination, Policy, PolicyKind
from trimtab.research.engine import CLOSED_FORM, Joint, Records, Rules, World
from trimtab.research.forecast import usual_covariance, weight_volatility
from trimtab.research.price_table import PriceTable
from trimtab.research.runs import (
    Runs,
    SwapCost,
    band_rules,
    make_world,
    run_bands,
    run_cost_optimal,
    runs_of,
)

__all__ = ["Backtest", "run_backtest"]

Vector = NDArray[np.float64]

VAULT_BAND = 0.15
"""Band of an asset as a share of its target where neither policy nor vault states one."""

EDGE = 0.95
"""Where "the edge" of a band lies, as a share of it, as for the keeper."""

BP = 1e-4


@dataclass(frozen=True, slots=True)
class Backtest:
    """What came of one policy.

    Attributes
    ----------
    table
        The prices.
    targets
        Shape (n,).
    runs
        Series of one variant, weights included.
    cost
        Cost of a swap.
    """

    table: PriceTable
    targets: Vector
    runs: Runs
    cost: SwapCost

    def cost_split(self) -> dict[str, Vector]:
        """Cost of each bar by what it is paid for, as fractions of NAV; they sum to the whole."""
        records = self.runs.records
        fee = self.cost.fee * records.traded[:, 0]
        gas = self.cost.gas * records.swaps[:, 0]
        return {
            "fee": fee,
            "price impact": np.maximum(records.cost[:, 0] - fee - gas, 0.0),
            "gas": gas,
        }

    def summary(self) -> dict[str, Any]:
        """Figures under stable keys; `_bp` are basis points a year unless named otherwise."""
        records, mix = self.runs.records, self.runs.frictionless
        nav = records.nav[:, 0]
        years = (len(self.table) - 1) / self.table.bars_per_year
        hold = self.table.prices / self.table.prices[0] @ self.targets
        return {
            "bars": len(self.table),
            "years": round(years, 4),
            "assets": list(self.table.assets),
            "carried_bars": int((~self.table.fresh).sum()),
            "end_value": float(nav[-1]),
            "end_frictionless": float(mix[-1]),
            "end_buy_and_hold": float(hold[-1]),
            "rebalances": int((records.swaps > 0).sum()),
            "swaps": int(records.swaps.sum()),
            "turnover_per_year": float(records.traded.sum() / years),
            "cost_bp": float(self.runs.yearly_cost[0] / BP),
            "cost_split_bp": {
                name.replace("price ", ""): float(series.sum() / years / BP)
                for name, series in self.cost_split().items()
            },
            "tracking_error_bp": float(self.runs.tracking_error[0] / BP),
            "max_drawdown": float((1 - nav / np.maximum.accumulate(nav)).max()),
        }


def run_backtest(
    table: PriceTable,
    targets: Vector,
    policy: Policy,
    cost: SwapCost | None = None,
    *,
    breaker: float = 0.0,
) -> Backtest:
    """Run a policy along a table, the same kernels deciding as in the keeper.

    Parameters
    ----------
    table
        Prices.
    targets
        Shape (n,). Target weights that sum to one.
    policy
        When to act and how far.
    cost
        Cost of a swap; 30 bp and no gas if None.
    breaker
        Fall of NAV from its highest, as a fraction, from which only the base asset is bought until
        NAV has recovered; 0 for never.

    Raises
    ------
    BadInput
        If targets or policy do not fit the table, or a policy of one's own breaks its contract.
    """
    cost = cost or SwapCost()
    covariance = usual_covariance(table.prices, table.bars_per_year)
    if not 0 <= breaker < 1:
        raise BadInput(f"breaker is {breaker}, expected a fraction from 0 to 1")
    world = make_world(table, targets)._replace(breaker=breaker)
    if policy.volatility_trigger is not None:
        world = world._replace(scale=_known(weight_volatility(covariance, targets)))
    if policy.kind is PolicyKind.COST_OPTIMAL:
        joint = Joint(
            covariance=covariance,
            risk_aversion=np.array([policy.risk_aversion]),
            coupling=np.array([policy.coupling]),
            costs=cost.rows(1),
            timing=CLOSED_FORM if policy.timing is None else policy.timing.row,
        )
        runs = run_cost_optimal(world, joint, table.bars_per_year, weights=True)
    elif policy.function is not None or policy.total_trigger is not None:
        runs = _run_plainly(world, table, covariance, policy, cost)
    else:
        runs = run_bands(
            world, _rules(table, targets, policy, cost), table.bars_per_year, weights=True
        )
    return Backtest(table, targets, runs, cost)


def _known(volatility: Vector) -> Vector:
    """Volatilities with infinity where none is known yet: nothing is due before."""
    return np.where(volatility > 0, volatility, np.inf)


def _rules(table: PriceTable, targets: Vector, policy: Policy, cost: SwapCost) -> Rules:
    triggers = _triggers(targets, policy)[:, None]
    inside = policy.inside
    if policy.destinations:
        destinations = np.minimum(np.array(policy.destinations)[:, None], triggers)
    elif inside is not None:
        destinations = np.minimum(inside, triggers)
    elif policy.destination is Destination.BAND_EDGE:
        destinations = triggers * EDGE
    else:
        destinations = np.zeros_like(triggers)
    rules = band_rules(triggers, destinations, cost, whole=not destinations.any())
    by_calendar = policy.kind in {PolicyKind.CALENDAR, PolicyKind.COMBINED}
    period = max(1, round(policy.period / table.interval)) if by_calendar else 0
    return rules._replace(
        period=np.array([period]),
        floor=np.array([policy.floor]),
        cash=np.array([policy.cash_first]),
        scaled=np.array([policy.volatility_trigger is not None]),
    )


def _triggers(targets: Vector, policy: Policy) -> Vector:
    size = targets.size
    if policy.kind is PolicyKind.CALENDAR:
        return np.full(size, np.inf)
    if policy.triggers:
        if len(policy.triggers) != size:
            raise BadInput(
                f"policy.triggers has {len(policy.triggers)} numbers, expected {size}, one for "
                "each asset"
            )
        return np.array(policy.triggers)
    if policy.volatility_trigger is not None:
        return np.full(size, policy.volatility_trigger)
    chosen = []
    if policy.trigger is not None:
        chosen.append(np.full(size, policy.trigger))
    if policy.relative_trigger is not None:
        chosen.append(np.where(targets > 0, policy.relative_trigger * targets, np.inf))
    found: Vector = np.min(chosen, axis=0) if chosen else VAULT_BAND * targets
    return found


Decide = Callable[[int, Vector, int], Vector | None]
"""Goal at a bar from the weights and the bar of the last trade, or None."""


def _run_plainly(
    world: World, table: PriceTable, covariance: Vector, policy: Policy, cost: SwapCost
) -> Runs:
    """Run what the compiled rule does not know, bar by bar."""
    decide = (
        _custom(table, world, covariance, policy, cost)
        if policy.function
        else _total(world, policy)
    )
    runs = runs_of(world, 1, table.bars_per_year, weights=True)
    held = world.targets[0] / world.prices[0]
    last = 0
    for t in range(len(table)):
        nav = float(held @ world.prices[t])
        weights = held * world.prices[t] / nav
        goal = decide(t, weights, last) if t > 0 and world.tradable[t] else None
        fallen = breaker_tripped(nav, runs.records.nav[:t, 0], world.breaker)
        if goal is not None and fallen and not base_only(weights, world.targets[t], goal):
            goal = None
        if goal is not None:
            bill, traded, swaps = swap_bill(
                weights, goal, cost.fee, cost.impact, cost.gas, np.empty_like(goal)
            )
            nav, weights, last = nav * (1 - bill), goal, t
            held = goal * nav / world.prices[t]
            _note(runs.records, t, bill, traded, swaps)
        runs.records.nav[t, 0] = nav
        runs.records.weights[t, :, 0] = weights
    return runs


def breaker_tripped(nav: float, earlier: Vector, breaker: float) -> bool:
    """Whether NAV has fallen so far from its highest that only the base asset may be bought."""
    return bool(breaker > 0 and earlier.size and nav <= (1 - breaker) * earlier.max())


def _note(records: Records, t: int, bill: float, traded: float, swaps: int) -> None:
    records.cost[t, 0] = bill
    records.traded[t, 0] = traded
    records.swaps[t, 0] = swaps


def _total(world: World, policy: Policy) -> Decide:
    def decide(t: int, weights: Vector, _: int) -> Vector | None:
        targets, goal = world.targets[t], weights.copy()
        spent = cash_first(weights, targets, goal) if policy.cash_first else 0.0
        start, nothing = goal.copy(), np.zeros_like(goal)
        if np.abs(start - targets).sum() / 2 >= (policy.total_trigger or np.inf):
            destination(start, targets, nothing, nothing, True, goal)
            return goal
        return start if spent > 0 else None

    return decide


def _custom(
    table: PriceTable, world: World, covariance: Vector, policy: Policy, cost: SwapCost
) -> Decide:
    function = policy.function

    def decide(t: int, weights: Vector, last: int) -> Vector | None:
        situation = Situation(
            weights=tuple(weights.tolist()),
            targets=tuple(world.targets[t].tolist()),
            covariance=tuple(tuple(row) for row in covariance[t].tolist()),
            fee=cost.fee,
            gas=cost.gas,
            timestamp=int(table.timestamps[t]),
            last_trade=int(table.timestamps[last]) if last else 0,
        )
        answer = asked(function, situation) if function else None
        return None if answer is None else np.array(answer)

    return decide
