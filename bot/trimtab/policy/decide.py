"""The decision: one snapshot, one market, one policy, and either a reason to hold or a destination.

The vault's own triggers gate on chain; a policy decides within them. This module converts a
snapshot to arrays, calls the kernels, and puts the reason into words.
"""

from dataclasses import replace

import numpy as np

from trimtab.domain.costs import SECONDS_PER_YEAR, gas_cost, tracking_loss
from trimtab.domain.phrases import duration, percentage
from trimtab.domain.portfolio import held_values, held_weights, targets
from trimtab.domain.snapshot import Reason, VaultSnapshot
from trimtab.domain.units import wad_to_float, weights_to_wad
from trimtab.errors import BadInput
from trimtab.policy import kernels
from trimtab.policy.choose import choose
from trimtab.policy.choose_jointly import choose_custom, choose_jointly
from trimtab.policy.decision import Hold, HoldReason, Rebalance
from trimtab.policy.market import MarketView
from trimtab.policy.obstacles import obstacle
from trimtab.policy.rules import Policy, PolicyKind

__all__ = ["WEIGHED", "decide", "rebalance_benefit", "weighed_benefit"]

WEIGHED = (PolicyKind.COST_OPTIMAL, PolicyKind.CUSTOM)
"""Policies that weigh cost against benefit themselves: the band that minimises `J` is where a trade
begins to be worth its cost."""


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
    answer = _choose(snapshot, market, policy)
    if snapshot.only_to_base and isinstance(answer, Rebalance):
        answer = _to_base(snapshot, answer)
    if isinstance(answer, Hold) or market is None or policy.kind in WEIGHED:
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


def weighed_benefit(
    snapshot: VaultSnapshot, market: MarketView, policy: Policy, destination: tuple[int, ...]
) -> float | None:
    """`rebalance_benefit`, or None where nothing says how far prices move."""
    if not market.covariance:
        return None
    return rebalance_benefit(snapshot, market, policy, destination)


def _choose(snapshot: VaultSnapshot, market: MarketView | None, policy: Policy) -> Hold | Rebalance:
    # A breach of a hard band is due under every policy.
    if snapshot.reason is not Reason.PUBLIC:
        if policy.kind is PolicyKind.COST_OPTIMAL:
            return choose_jointly(snapshot, market, policy)
        if policy.function is not None:
            return choose_custom(snapshot, market, policy)
    return choose(snapshot, market, policy)


def _to_base(snapshot: VaultSnapshot, answer: Rebalance) -> Hold | Rebalance:
    """What is left of a rebalance once the drawdown breaker lets only the base asset be bought."""
    weights, goal, out = (
        np.array([wad_to_float(wad) for wad in wads])
        for wads in (held_weights(snapshot), targets(snapshot), answer.destination)
    )
    base = snapshot.holdings[0].label
    if not kernels.base_only(weights, goal, out):
        sentence = (
            f"the drawdown breaker lets nothing but {base} be bought, and too little can be sold "
            f"for it: {base} is at {percentage(weights[0])} of its {percentage(goal[0])}"
        )
        return Hold(HoldReason.ONLY_TO_BASE, sentence, asset=0)
    sentence = f"{answer.sentence}; after the drawdown only {base} is bought"
    return replace(answer, destination=weights_to_wad(out.tolist()), sentence=sentence)


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
