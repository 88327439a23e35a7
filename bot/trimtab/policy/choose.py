"""What calendars and thresholds say: a snapshot becomes arrays, and the kernels decide."""

import numpy as np

from trimtab.domain.phrases import duration, percent, percentage
from trimtab.domain.portfolio import held_drift, held_weights, targets
from trimtab.domain.snapshot import Holding, Reason, VaultSnapshot
from trimtab.domain.units import float_to_wad_down, wad_to_float, weights_to_wad
from trimtab.errors import BadInput
from trimtab.policy import kernels
from trimtab.policy.decision import Hold, HoldReason, Rebalance
from trimtab.policy.market import MarketView
from trimtab.policy.rules import Destination, Policy, PolicyKind

__all__ = ["EDGE_INSET", "choose", "held_back"]

EDGE_INSET = 0.05
"""How far inside a trigger "the edge" lies, as a share of the trigger: a price that moves a little
must not fire again at once."""


def choose(snapshot: VaultSnapshot, market: MarketView | None, policy: Policy) -> Hold | Rebalance:
    """What a calendar, a threshold or both say about a vault that could be traded now.

    Raises
    ------
    BadInput
        If the policy gives distances for another number of assets, or follows volatility and the
        market tells none.
    """
    weights = np.array([wad_to_float(w) for w in held_weights(snapshot)])
    goal = np.array([wad_to_float(t) for t in targets(snapshot)])
    triggers = _triggers(snapshot, market, policy)
    destinations = _destinations(snapshot, policy, triggers)
    start = weights.copy()
    spent = kernels.cash_first(weights, goal, start) if policy.cash_first else 0.0
    # A breach of a hard band is due under every policy.
    late = None if snapshot.reason is Reason.PUBLIC else _calendar_hold(snapshot, policy)
    by_trigger = policy.kind is not PolicyKind.CALENDAR
    fired = by_trigger and _fires(start, goal, triggers, policy)
    if late and not fired:
        if spent > 0 and _lowers_enough(weights, start, goal):
            return _buying(snapshot, start)
        return _waiting(snapshot, start - goal, triggers) if by_trigger else late

    # "To target" means the whole portfolio, not only the assets that fired.
    to_target = policy.destination is Destination.TARGET and not policy.destinations
    to_target = to_target and policy.inside is None
    out = np.empty_like(weights)
    everything = late is None or to_target or not kernels.fires(start, goal, triggers)
    if not kernels.destination(start, goal, triggers, destinations, everything, out):
        return _waiting(snapshot, weights - goal, destinations)
    return Rebalance(
        destination=weights_to_wad(out.tolist()),
        reason=snapshot.reason,
        sentence=_acting(snapshot, weights - goal, triggers, fired),
    )


def held_back(snapshot: VaultSnapshot, policy: Policy) -> tuple[str, ...]:
    """Assets whose band in the vault is wider than the policy's trigger: they are due later."""
    if policy.kind is PolicyKind.CALENDAR:
        return ()
    triggers = _triggers(snapshot, None, policy)
    bands = [wad_to_float(h.band if snapshot.is_keeper else h.hard_band) for h in snapshot.holdings]
    rows = zip(snapshot.holdings, triggers, bands, strict=True)
    return tuple(holding.label for holding, trigger, band in rows if trigger < band)


def _fires(
    weights: kernels.Vector, goal: kernels.Vector, triggers: kernels.Vector, policy: Policy
) -> bool:
    total = policy.total_trigger
    if total is not None:
        return bool(np.abs(weights - goal).sum() / 2 >= total)
    return kernels.fires(weights, goal, triggers)


def _lowers_enough(before: kernels.Vector, after: kernels.Vector, goal: kernels.Vector) -> bool:
    drift, left = (float(np.abs(weights - goal).sum() / 2) for weights in (before, after))
    return drift - left >= min(kernels.PROGRESS_SHARE * drift, kernels.PROGRESS_CAP)


def _triggers(snapshot: VaultSnapshot, market: MarketView | None, policy: Policy) -> kernels.Vector:
    if policy.triggers:
        return _for_each_asset(snapshot, "triggers", policy.triggers)
    if policy.volatility_trigger is not None and market is not None:
        return policy.volatility_trigger * _weight_volatility(snapshot, market)
    return np.array([_trigger(snapshot, policy, holding) for holding in snapshot.holdings])


def _weight_volatility(snapshot: VaultSnapshot, market: MarketView) -> kernels.Vector:
    """Standard deviation per year of each weight near its target: `w * sd(R - R_p)`."""
    if not market.covariance:
        raise BadInput(
            "policy.volatility_trigger needs a covariance, and the market tells none: state the "
            "assets' volatilities"
        )
    covariance = np.array(market.covariance)
    goal = np.array([wad_to_float(t) for t in targets(snapshot)])
    with_portfolio = covariance @ goal
    variance = covariance.diagonal() - 2 * with_portfolio + goal @ with_portfolio
    deviation: kernels.Vector = goal * np.sqrt(np.maximum(variance, 0.0))
    return deviation


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
    if policy.inside is not None:
        return np.minimum(policy.inside, edges)
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


def _buying(snapshot: VaultSnapshot, start: kernels.Vector) -> Rebalance:
    return Rebalance(
        destination=weights_to_wad(start.tolist()),
        reason=snapshot.reason,
        sentence=f"idle {snapshot.holdings[0].label} buys what is short; nothing is sold",
    )


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
