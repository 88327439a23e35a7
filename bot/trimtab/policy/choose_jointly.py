"""What the joint no-trade region, or a function of one's own, says about a vault."""

import numpy as np

from trimtab.domain.costs import gas_cost
from trimtab.domain.phrases import percent, percentage
from trimtab.domain.portfolio import held_drift, held_values, held_weights, targets
from trimtab.domain.snapshot import VaultSnapshot
from trimtab.domain.units import wad_to_float, weights_to_wad
from trimtab.policy import joint, timing
from trimtab.policy.custom import Situation, asked
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
    region, covariance = _region(snapshot, market, policy, goal)
    seller, buyer, distance = timing.farthest_pair(weights - goal, region[0], region[1])
    trigger = float(region[1, seller, buyer])
    learnt = np.empty(0) if policy.timing is None else policy.timing.row
    out = np.empty_like(weights)
    if learnt.size == 0:
        fired = joint.joint_destination(weights, goal, region[0], region[1], region[2], out)
    elif market is None:
        reach = distance / max(trigger, joint.LEAST_TRADE)
        fired = timing.timed_candidate(weights, goal, region, reach, out)
    else:
        gas = _swap_gas(snapshot, market)
        fired = timing.timed_destination(weights, goal, region, covariance, gas, learnt, out)
    first, second = snapshot.holdings[seller].label, snapshot.holdings[buyer].label
    apart = (
        f"{first} and {second} are {percentage(distance)} apart, trading pays from "
        f"{percentage(trigger)}{', give or take what was learnt' if learnt.size else ''}"
    )
    if not fired:
        return Hold(HoldReason.WITHIN_TRIGGERS, f"waiting costs less: {apart}", asset=seller)
    return Rebalance(
        destination=weights_to_wad(out.tolist()),
        reason=snapshot.reason,
        sentence=f"{apart}; total drift is {percent(held_drift(snapshot))}",
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
    answer = asked(policy.function, situation)
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
) -> tuple[Vector, Vector]:
    """The region at the costs of the moment as `timed_destination` takes it; the covariance."""
    size = goal.size
    region, covariance = np.zeros((5, size, size)), np.zeros((size, size))
    region[3] = policy.fee
    if market is not None:
        for seller, buyer, fee, impact in market.pair_costs:
            region[3, seller, buyer], region[4, seller, buyer] = fee, impact
        if market.covariance:
            covariance[:] = market.covariance
    gas = _swap_gas(snapshot, market)
    joint.joint_bands(goal, region[3], region[4], gas, policy.risk_aversion, region[1], region[2])
    joint.joint_metric(goal, covariance, policy.coupling, region[0])
    return region, covariance


def _swap_gas(snapshot: VaultSnapshot, market: MarketView | None) -> float:
    """Gas of a rebalance of one swap, L1 fee included, as a fraction of NAV."""
    if market is None:
        return 0.0
    gas = market.swap_gas or market.gas
    cost = gas_cost(gas, market.gas_price_wei, market.native_price, market.l1_fee_wei)
    return cost / wad_to_float(held_values(snapshot)[1])
