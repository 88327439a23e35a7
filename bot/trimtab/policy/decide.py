"""The decision: one snapshot, one market, one policy, and either a reason to hold or a destination.

The vault's own triggers gate on chain; a policy decides within them. This module converts a
snapshot to arrays, calls the kernels, and puts the reason into words.
"""

import numpy as np

from trimtab.domain.costs import SECONDS_PER_YEAR, gas_cost, tracking_loss
from trimtab.domain.phrases import duration, percent, percentage
from trimtab.domain.portfolio import held_drift, held_values, held_weights, targets
from trimtab.domain.snapshot import Holding, Reason, VaultSnapshot
from trimtab.domain.units import float_to_wad_down, wad_to_float, weights_to_wad
from trimtab.errors import BadInput
from trimtab.policy import kernels
from trimtab.policy.decision import Hold, HoldReason, Rebalance
from trimtab.policy.market import MarketView
from trimtab.policy.obstacles import obstacle
from trimtab.policy.rules import Destination, Policy, PolicyKind

__all__ = ["EDGE_INSET", "decide", "rebalance_benefit"]

EDGE_INSET = 0.05
"""How far inside a trigger "the edge" lies, as a share of the trigger: a price that moves a little
must not fire again at once."""


def decide(snapshot: VaultSnapshot, market: MarketView | None, policy: Policy) -> Hold | Rebalance:
    """What to do with a vault now, and why.

    Parameters
    ----------
    snapshot
        State of the vault.
    market
        What acting costs; None if that is not to be weighed.
    policy
        When to act and how far.

    Raises
    ------
    BadInput
        If the policy or the market describes another number of assets than the vault has.
    """
    hold = obstacle(snapshot)
    if hold:
        return hold
    answer = _choose(snapshot, policy)
    if isinstance(answer, Hold) or market is None:
        return answer
    return _too_dear(snapshot, market, policy, answer) or answer


def rebalance_benefit(
    snapshot: VaultSnapshot, market: MarketView, policy: Policy, destination: tuple[int, ...]
) -> float:
    """Value of the tracking error that a rebalance removes over the horizon, in units of account.

    Raises
    ------
    BadInput
        If the covariance has not one row and one column for each asset.
    """
    size = len(snapshot.holdings)
    if any(len(row) != size for row in (market.covariance, *market.covariance)):
        raise BadInput(
            f"market.covariance has rows of {[len(row) for row in market.covariance]} numbers, "
            f"expected {size} rows of {size}"
        )
    goal = targets(snapshot)
    before, after = (
        tracking_loss(
            [wad_to_float(w - t) for w, t in zip(weights, goal, strict=True)],
            market.covariance,
            policy.risk_aversion,
        )
        for weights in (held_weights(snapshot), destination)
    )
    nav = wad_to_float(held_values(snapshot)[1])
    return (before - after) * nav * policy.horizon / SECONDS_PER_YEAR


def _choose(snapshot: VaultSnapshot, policy: Policy) -> Hold | Rebalance:
    weights = np.array([wad_to_float(w) for w in held_weights(snapshot)])
    goal = np.array([wad_to_float(t) for t in targets(snapshot)])
    triggers = _triggers(snapshot, policy)
    destinations = _destinations(snapshot, policy, triggers)
    # A breach of a hard band is due under every policy.
    late = None if snapshot.reason is Reason.PUBLIC else _calendar_hold(snapshot, policy)
    by_trigger = policy.kind is not PolicyKind.CALENDAR
    fired = by_trigger and kernels.fires(weights, goal, triggers)
    if late and not fired:
        return _waiting(snapshot, weights - goal, triggers) if by_trigger else late

    # "To target" means the whole portfolio, not only the assets that fired.
    to_target = policy.destination is Destination.TARGET and not policy.destinations
    out = np.empty_like(weights)
    everything = late is None or to_target
    if not kernels.destination(weights, goal, triggers, destinations, everything, out):
        return _waiting(snapshot, weights - goal, destinations)
    return Rebalance(
        destination=weights_to_wad(out.tolist()),
        reason=snapshot.reason,
        sentence=_acting(snapshot, weights - goal, triggers, fired),
    )


def _triggers(snapshot: VaultSnapshot, policy: Policy) -> kernels.Vector:
    if policy.triggers:
        return _for_each_asset(snapshot, "triggers", policy.triggers)
    return np.array([_trigger(snapshot, policy, holding) for holding in snapshot.holdings])


def _trigger(snapshot: VaultSnapshot, policy: Policy, holding: Holding) -> float:
    """Distance at which one asset is due: the smaller of the policy's, or else the vault's."""
    chosen = []
    if policy.trigger is not None:
        chosen.append(policy.trigger)
    # A share of a target of zero would be reached by holding none of the asset.
    if policy.relative_trigger is not None and holding.target > 0:
        chosen.append(policy.relative_trigger * wad_to_float(holding.target))
    band = holding.band if snapshot.is_keeper else holding.hard_band
    return min(chosen, default=wad_to_float(band))


def _destinations(
    snapshot: VaultSnapshot, policy: Policy, triggers: kernels.Vector
) -> kernels.Vector:
    edges: kernels.Vector = triggers * (1 - EDGE_INSET)
    if policy.destinations:
        chosen = _for_each_asset(snapshot, "destinations", policy.destinations)
        return np.minimum(chosen, edges)
    return edges if policy.destination is Destination.BAND_EDGE else np.zeros_like(edges)


def _for_each_asset(
    snapshot: VaultSnapshot, name: str, numbers: tuple[float, ...]
) -> kernels.Vector:
    expected = len(snapshot.holdings)
    if len(numbers) != expected:
        raise BadInput(
            f"policy.{name} has {len(numbers)} numbers, expected {expected}, one for each asset"
        )
    return np.array(numbers)


def _calendar_hold(snapshot: VaultSnapshot, policy: Policy) -> Hold | None:
    """Why the calendar does not call for a rebalance, or None if it does."""
    if policy.kind is PolicyKind.THRESHOLD:
        return Hold(HoldReason.WITHIN_TRIGGERS, "the policy has no calendar")
    anchor = snapshot.limits.calendar_anchor
    begun = snapshot.timestamp - (snapshot.timestamp - anchor) % policy.period
    last = max(snapshot.keeper_at, snapshot.public_at)
    if last >= begun:
        ends = begun + policy.period
        sentence = (
            f"this period has had its rebalance {duration(snapshot.timestamp - last)} ago; "
            f"the next begins in {duration(ends - snapshot.timestamp)}"
        )
        return Hold(HoldReason.PERIOD_DONE, sentence, ready_at=ends)
    floor = float_to_wad_down(policy.floor)
    drift = held_drift(snapshot)
    if drift < floor:
        sentence = (
            f"a period began {duration(snapshot.timestamp - begun)} ago, but total drift is "
            f"{percent(drift)}, below the policy's floor of {percent(floor)}"
        )
        return Hold(HoldReason.BELOW_FLOOR, sentence)
    return None


def _waiting(snapshot: VaultSnapshot, deviations: kernels.Vector, triggers: kernels.Vector) -> Hold:
    position, gap, trigger = _nearest(deviations, triggers)
    sentence = (
        f"the policy waits: {snapshot.holdings[position].label} is {percentage(gap)} from its "
        f"target, its trigger is {percentage(trigger)}"
    )
    return Hold(HoldReason.WITHIN_TRIGGERS, sentence, asset=position)


def _acting(
    snapshot: VaultSnapshot, deviations: kernels.Vector, triggers: kernels.Vector, fired: bool
) -> str:
    drift = percent(held_drift(snapshot))
    if not fired:
        return f"the calendar calls for it: total drift is {drift}"
    position, gap, trigger = _nearest(deviations, triggers)
    return (
        f"{snapshot.holdings[position].label} is {percentage(gap)} from its target, its "
        f"trigger is {percentage(trigger)}; total drift is {drift}"
    )


def _nearest(deviations: kernels.Vector, triggers: kernels.Vector) -> tuple[int, float, float]:
    """The asset that has used most of its trigger: position, distance from target, trigger."""
    reach = np.abs(deviations)
    position = int(np.argmax(reach / np.maximum(triggers, 1e-18)))
    return position, float(reach[position]), float(triggers[position])


def _too_dear(
    snapshot: VaultSnapshot, market: MarketView, policy: Policy, answer: Rebalance
) -> Hold | None:
    """The hold if a rebalance is not worth `cost_multiple` times its cost, or None."""
    if not market.covariance or policy.cost_multiple == 0:
        return None
    benefit = rebalance_benefit(snapshot, market, policy, answer.destination)
    gas = gas_cost(market.gas, market.gas_price_wei, market.native_price, market.l1_fee_wei)
    if benefit > policy.cost_multiple * (gas + market.swap_cost):
        return None
    sentence = (
        f"not worth it: {benefit:,.2f} over {duration(policy.horizon)} is not more than "
        f"{policy.cost_multiple:g} times the cost of {gas + market.swap_cost:,.2f} "
        f"(gas {gas:,.2f}, swaps {market.swap_cost:,.2f})"
    )
    return Hold(HoldReason.COST_ABOVE_BENEFIT, sentence)
