"""What a scenario tells of each step, and the figures of the whole run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trimtab.domain.units import BPS, WAD
from trimtab.keeper.result import Action
from trimtab.local.figures import (
    CostBp,
    TradeCost,
    cost_in_bp,
    tracking_error_bp,
    turnover,
)
from trimtab.local.prices import PriceHistory


@dataclass(frozen=True, slots=True)
class RebalanceReport:
    """One rebalance of the vault.

    Attributes
    ----------
    transaction_hash, block_number
        Where it stands.
    legs
        Route and amounts of each leg, in smallest units: `(route_id, amount_in, amount_out)`.
    value_before
        Worth of the vault before it, at true prices, in the unit of account.
    cost
        What it cost, at true prices.
    drift_before, drift_after
        Total drifts at the oracle's prices, in WAD.
    """

    transaction_hash: str
    block_number: int
    legs: tuple[tuple[int, int, int], ...]
    value_before: float
    cost: TradeCost
    drift_before: int
    drift_after: int


@dataclass(frozen=True, slots=True)
class StepReport:
    """The vault and its two yardsticks after one price step. Values are at true prices.

    Attributes
    ----------
    step, timestamp
        Position in the history, from 0, and its time, in seconds.
    action, sentence
        What the keeper did, and why, in its own words.
    recorded
        What the vault holds of each asset, in smallest units.
    weights, targets, bands
        Fractions of the value, by asset.
    value
        Worth of the vault, in the unit of account.
    buy_and_hold
        Worth of the first deposit if it were never traded.
    frictionless
        Worth of the first deposit if it were rebalanced to its targets at every step, at no cost.
    value_error_bp
        Difference between the vault's own value and that of the ledger kept from its events, both
        at the oracle's prices before the keeper acted, in bp.
    rebalances
        Rebalances of this step.
    """

    step: int
    timestamp: int
    action: str
    sentence: str
    recorded: tuple[int, ...]
    weights: tuple[float, ...]
    targets: tuple[float, ...]
    bands: tuple[float, ...]
    value: float
    buy_and_hold: float
    frictionless: float
    value_error_bp: float
    rebalances: tuple[RebalanceReport, ...]


@dataclass(frozen=True, slots=True)
class RunFigures:
    """Figures of a run.

    Attributes
    ----------
    days
        Days that the prices cover.
    rebalances
        Number of rebalances.
    refused
        Number of rebalances that the keeper planned and the vault refused.
    value, buy_and_hold, frictionless
        Worth at the end, in the unit of account.
    tracking_error_bp
        Yearly standard deviation of the difference of returns against the frictionless mix, in bp.
    turnover
        Value sold over the run, as a fraction of the vault's value at the time.
    cost
        Costs, in bp of the vault's value at the time, summed over the run.
    max_drift_after_bp
        Largest total drift that a rebalance left, at the oracle's prices, in bp.
    value_error_bp
        Largest difference between the vault's own value and the ledger's, in bp.
    """

    days: int
    rebalances: int
    refused: int
    value: float
    buy_and_hold: float
    frictionless: float
    tracking_error_bp: float
    turnover: float
    cost: CostBp
    max_drift_after_bp: float
    value_error_bp: float


def run_figures(history: PriceHistory, steps: Sequence[StepReport]) -> RunFigures:
    """Figures of a run over the steps of a history."""
    rebalances = [rebalance for step in steps for rebalance in step.rebalances]
    costs = [rebalance.cost for rebalance in rebalances]
    values = [rebalance.value_before for rebalance in rebalances]
    last = steps[-1]
    return RunFigures(
        days=history.days,
        rebalances=len(rebalances),
        refused=sum(step.action in (Action.REJECTED, Action.REVERTED) for step in steps),
        value=last.value,
        buy_and_hold=last.buy_and_hold,
        frictionless=last.frictionless,
        tracking_error_bp=tracking_error_bp(
            np.array([step.value for step in steps]),
            np.array([step.frictionless for step in steps]),
            history.interval,
        ),
        turnover=turnover(costs, values),
        cost=cost_in_bp(costs, values),
        max_drift_after_bp=max((r.drift_after for r in rebalances), default=0) * BPS / WAD,
        value_error_bp=max(step.value_error_bp for step in steps),
    )
