"""Sales cut down to what the vault lets through, and put before its judgement."""

from collections.abc import Callable, Sequence

from trimtab.domain.bucket import seconds_until
from trimtab.domain.legs import LegPlan, PlannedLeg
from trimtab.domain.phrases import basis_points, duration, percent
from trimtab.domain.snapshot import VaultSnapshot
from trimtab.domain.units import WAD
from trimtab.domain.verdict import Fill, Outcome, Refusal, judge
from trimtab.planner.legs import Sale, charges, planned_legs
from trimtab.planner.room import targets_until
from trimtab.planner.terms import NoPlan, NoPlanReason, PlanTerms

__all__ = ["fit"]

SCALE_STEPS = 24
"""Halvings in the search for the largest scale that fits: to one part in 16 millions."""


def fit(snapshot: VaultSnapshot, sales: Sequence[Sale], terms: PlanTerms) -> LegPlan | NoPlan:
    """The largest part of all sales, in proportion, that the vault would accept.

    It must accept them at the targets of now and of the end of the legs' life, whether the quotes
    come true or every leg brings no more than its minimum.
    """
    scale = _largest(lambda tried: _fits(snapshot, sales, tried, terms))
    legs = planned_legs(snapshot, sales, scale, terms)
    if not legs:
        return _too_little_left(snapshot, sales, terms)
    verdicts = _verdicts(snapshot, legs, terms)
    refusals = [verdict for verdict in verdicts if isinstance(verdict, Refusal)]
    if refusals and scale < WAD:
        return _too_little_left(snapshot, sales, terms)
    expected = judge(snapshot, _fills(legs))
    if refusals or isinstance(expected, Refusal):
        return _refused(refusals[0])
    return _leg_plan(snapshot, legs, expected, terms)


def _largest(fits: Callable[[int], bool]) -> int:
    """The largest scale found to fit, in WAD; all of it if that fits."""
    if fits(WAD):
        return WAD
    low, high = 0, WAD
    for _ in range(SCALE_STEPS):
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


def _fits(snapshot: VaultSnapshot, sales: Sequence[Sale], scale: int, terms: PlanTerms) -> bool:
    """Whether the buckets let this much through, and no price above the oracle's overshoots."""
    legs = planned_legs(snapshot, sales, scale, terms)
    loss, turnover = charges(snapshot, legs)
    if loss > snapshot.loss_left or turnover > snapshot.turnover_left:
        return False
    verdicts = _verdicts(snapshot, legs, terms) if legs else []
    return not any(isinstance(v, Refusal) and v.error == "PastTarget" for v in verdicts)


def _verdicts(
    snapshot: VaultSnapshot, legs: Sequence[PlannedLeg], terms: PlanTerms
) -> list[Outcome | Refusal]:
    return [
        judge(snapshot, fills, weights)
        for weights in targets_until(snapshot, terms.lifetime)
        for fills in (_fills(legs), _least_fills(legs))
    ]


def _fills(legs: Sequence[PlannedLeg]) -> list[Fill]:
    return [Fill(p.leg, p.token_in, p.token_out, p.expected_out) for p in legs]


def _least_fills(legs: Sequence[PlannedLeg]) -> list[Fill]:
    return [Fill(p.leg, p.token_in, p.token_out, p.leg.min_amount_out) for p in legs]


def _leg_plan(
    snapshot: VaultSnapshot, legs: tuple[PlannedLeg, ...], expected: Outcome, terms: PlanTerms
) -> LegPlan:
    return LegPlan(
        legs=legs,
        expected_nonce=snapshot.nonce,
        deadline=snapshot.timestamp + terms.lifetime,
        drift_before=expected.drift_before,
        drift_after=expected.drift_after,
        loss=expected.loss,
        turnover=expected.turnover,
        swap_cost=sum(leg.fee_cost + leg.impact_cost for leg in legs),
        gas_cost=sum(leg.gas_cost for leg in legs),
        faults=(),
    )


def _too_little_left(snapshot: VaultSnapshot, sales: Sequence[Sale], terms: PlanTerms) -> NoPlan:
    """The buckets, since they let through less than the vault demands of a rebalance."""
    loss, turnover = charges(snapshot, planned_legs(snapshot, sales, WAD, terms))
    limits = snapshot.limits
    waits = [
        seconds_until(snapshot.loss_left, limits.loss_rate, min(loss, limits.loss_capacity)),
        seconds_until(
            snapshot.turnover_left, limits.turnover_rate, min(turnover, limits.turnover_capacity)
        ),
    ]
    later = "" if None in waits else f"; they hold enough in {duration(max(w or 0 for w in waits))}"
    sentence = (
        f"the buckets let through too little: all legs may lose {basis_points(loss)} and trade "
        f"{percent(turnover)} of NAV, {basis_points(snapshot.loss_left)} and "
        f"{percent(snapshot.turnover_left)} are left{later}"
    )
    return NoPlan(NoPlanReason.BUCKETS, sentence)


def _refused(refusal: Refusal) -> NoPlan:
    if refusal.error == "TooLittleProgress":
        sentence = (
            f"the routes carry too little: total drift would be {percent(refusal.value)} "
            f"afterwards, the vault accepts {percent(refusal.limit)} at most"
        )
        return NoPlan(NoPlanReason.TOO_LITTLE, sentence)
    where = "" if refusal.leg is None else f" at leg {refusal.leg}"
    sentence = (
        f"the vault would refuse with {refusal.error}{where}: {refusal.value} against a limit of "
        f"{refusal.limit}"
    )
    return NoPlan(NoPlanReason.REFUSED, sentence)
