"""What the joint no-trade region, or a function of one's own, says about a vault."""

import numpy as np

from trimtab.domain.costs import gas_cost
from trimtab.domain.phrases import percent, percentage
from trimtab.domain.portfolio import held_drift, held_values, held_weights, targets
from trimtab.domain.snapshot import VaultSnapshot
from trimtab.domain.units import wad_to_float, weights_to_wad
from trimtab.policy import joint
from trimtab.policy.custom import Situation, checked
from trimtab.policy.decision import Hold, HoldReason, Rebalance
from trimtab.policy.kernels import Vector
from trimtab.policy.market import MarketView
from trimtab.policy.rules import Policy

__all__ = ["choose_custom", "choose_jointly"]


def choose_jointly(
    snapshot: VaultSnapshot, market: MarketView | None, policy: Policy
) -> Hold | Rebalance:
    """What the cost-optimal policy says about a vault that could be traded now.

    Without a market gas counts as free, which gives the narrowest bands: what is left alone then is
    left alone at any price, and prices need not be asked for.
    """
    weights, goal = _weights(snapshot)
    metric, triggers, destinations = _region(snapshot, market, policy, goal)
    out = np.empty_like(weights)
    fired = joint.joint_destination(weights, goal, metric, triggers, destinations, out)
    seller, buyer, distance, trigger = _farthest(weights - goal, metric, triggers)
    first, second = snapshot.holdings[seller].label, snapshot.holdings[buyer].label
    if not fired:
        sentence = (
            f"waiting costs less: {first} and {second} are {percentage(distance)} apart, trading "
            f"pays from {percentage(trigger)}"
        )
        return Hold(HoldReason.WITHIN_TRIGGERS, sentence, asset=seller)
    return Rebalance(
        destination=weights_to_wad(out.tolist()),
        reason=snapshot.reason,
        sentence=(
            f"{first} and {second} are {percentage(distance)} apart, trading pays from "
            f"{percentage(trigger)}; total drift is {percent(held_drift(snapshot))}"
        ),
    )


def choose_custom(
    snapshot: VaultSnapshot, market: MarketView | None, policy: Policy
) -> Hold | Rebalance:
    """What a function of one's own says about a vault that could be traded now.

    Raises
    ------
    BadInput
        If its answer breaks the contract.
    """
    weights, goal = _weights(snapshot)
    situation = Situation(
        weights=tuple(weights.tolist()),
        targets=tuple(goal.tolist()),
        covariance=() if market is None else market.covariance,
        fee=policy.fee,
        gas=_swap_gas(snapshot, market),
        timestamp=snapshot.timestamp,
        last_trade=max(snapshot.keeper_at, snapshot.public_at),
    )
    assert policy.function is not None  # noqa: S101 (a custom policy has one)
    answer = checked(policy.function(situation), situation)
    if answer is None:
        return Hold(HoldReason.WITHIN_TRIGGERS, "the policy of one's own waits")
    drift = percent(held_drift(snapshot))
    sentence = f"the policy of one's own calls for it: total drift is {drift}"
    return Rebalance(weights_to_wad(answer), snapshot.reason, sentence)


def _weights(snapshot: VaultSnapshot) -> tuple[Vector, Vector]:
    weights = np.array([wad_to_float(w) for w in held_weights(snapshot)])
    return weights, np.array([wad_to_float(t) for t in targets(snapshot)])


def _region(
    snapshot: VaultSnapshot, market: MarketView | None, policy: Policy, goal: Vector
) -> tuple[Vector, Vector, Vector]:
    """Metric, triggers and destinations at the costs of the moment."""
    size = goal.size
    fees, impacts = np.full((size, size), policy.fee), np.zeros((size, size))
    covariance = np.zeros((size, size))
    if market is not None:
        for seller, buyer, fee, impact in market.pair_costs:
            fees[seller, buyer], impacts[seller, buyer] = fee, impact
        if market.covariance:
            covariance[:] = market.covariance
    metric, triggers, destinations = np.empty((3, size, size))
    gas = _swap_gas(snapshot, market)
    joint.joint_bands(goal, fees, impacts, gas, policy.risk_aversion, triggers, destinations)
    joint.joint_metric(goal, covariance, policy.coupling, metric)
    return metric, triggers, destinations


def _swap_gas(snapshot: VaultSnapshot, market: MarketView | None) -> float:
    """Gas of a rebalance of one swap, L1 fee included, as a fraction of NAV."""
    if market is None:
        return 0.0
    gas = market.swap_gas or market.gas
    cost = gas_cost(gas, market.gas_price_wei, market.native_price, market.l1_fee_wei)
    return cost / wad_to_float(held_values(snapshot)[1])


def _farthest(gaps: Vector, metric: Vector, triggers: Vector) -> tuple[int, int, float, float]:
    """The pair that has used most of its trigger: seller, buyer, distance, trigger."""
    best, most = (0, 0, 0.0, float(triggers[0, -1])), -1.0
    pull = metric @ gaps
    for seller in np.flatnonzero(gaps > 0):
        for buyer in np.flatnonzero(gaps < 0):
            curvature = metric[seller, seller] + metric[buyer, buyer] - 2 * metric[seller, buyer]
            distance = float((pull[seller] - pull[buyer]) / curvature)
            trigger = float(triggers[seller, buyer])
            if distance / max(trigger, joint.LEAST_TRADE) > most:
                best = (int(seller), int(buyer), distance, trigger)
                most = distance / max(trigger, joint.LEAST_TRADE)
    return best
