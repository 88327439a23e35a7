"""Sales cut down to what the vault lets through, and put before its judgement."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

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

TOO_LITTLE = "TooLittleProgress"
"""The vault's error for a rebalance that lowers drift by too little."""

NO_LEG = "no leg is left that is large enough for the vault and pays the oracle's floor"
"""Why there is no plan when rounding leaves nothing of any sale."""


def fit(snapshot: VaultSnapshot, sales: Sequence[Sale], terms: PlanTerms) -> LegPlan | NoPlan:
    """The largest part of all sales, in proportion, that the vault would accept.

    It must accept them at the targets of now and of the end of the legs' life, whether the quotes
    come true or every leg brings no more than its minimum.
    """
    trial = _largest(lambda scale: _try(snapshot, sales, scale, terms))
    if not trial.legs:
        return _short(snapshot, sales, terms) or NoPlan(NoPlanReason.TOO_LITTLE, NO_LEG)
    expected = trial.verdicts[0]
    refusals = [verdict for verdict in trial.verdicts if isinstance(verdict, Refusal)]
    if refusals or isinstance(expected, Refusal):
        # A nearly empty bucket cuts all legs down until they bring too little progress.
        cut = refusals[0].error == TOO_LITTLE and _short(snapshot, sales, terms)
        return cut or _refused(refusals[0])
    return _leg_plan(snapshot, trial.legs, expected, terms)


@dataclass(frozen=True, slots=True)
class _Trial:
    """Legs at one scale, and what the vault would say of them.

    Attributes
    ----------
    verdicts
        The first is of now, if the quotes come true; none if a bucket takes not even that much.
    fits
        Whether the buckets let this much through, and no price above the oracle's overshoots.
    """

    legs: tuple[PlannedLeg, ...]
    verdicts: tuple[Outcome | Refusal, ...]
    fits: bool


def _largest(attempt: Callable[[int], _Trial]) -> _Trial:
    """The trial of the largest scale found to fit, in WAD; all of it if that fits."""
    best = attempt(WAD)
    if best.fits:
        return best
    low, high, best = 0, WAD, attempt(0)
    for _ in range(SCALE_STEPS):
        middle = (low + high) // 2
        trial = attempt(middle)
        low, high = (middle, high) if trial.fits else (low, middle)
        best = trial if trial.fits else best
    return best


def _try(snapshot: VaultSnapshot, sales: Sequence[Sale], scale: int, terms: PlanTerms) -> _Trial:
    legs = planned_legs(snapshot, sales, scale, terms)
    loss, turnover = charges(snapshot, legs)
    if loss > snapshot.loss_left or turnover > snapshot.turnover_left:
        return _Trial(legs, (), fits=False)
    verdicts = _verdicts(snapshot, legs, terms) if legs else ()
    past = any(isinstance(v, Refusal) and v.error == "PastTarget" for v in verdicts)
    return _Trial(legs, verdicts, fits=not past)


def _verdicts(
    snapshot: VaultSnapshot, legs: Sequence[PlannedLeg], terms: PlanTerms
) -> tuple[Outcome | Refusal, ...]:
    return tuple(
        judge(snapshot, fills, weights)
        for weights in targets_until(snapshot, terms.lifetime)
        for fills in (_fills(legs), _least_fills(legs))
    )


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


@dataclass(frozen=True, slots=True)
class _Bucket:
    """One of the vault's two buckets; what is left, capacity and refill a day in WAD of NAV."""

    name: str
    left: int
    capacity: int
    rate: int
    text: Callable[[int], str]

    def lack(self, charge: int) -> str:
        """What keeps this bucket from taking a charge, and for how long; empty if it can."""
        if charge <= self.left:
            return ""
        wanted = min(charge, self.capacity)
        seconds = seconds_until(self.left, self.rate, wanted)
        wait = "it does not refill" if seconds is None else f"it has that in {duration(seconds)}"
        if seconds is not None and wanted < charge:
            wait = f"it is full, at {self.text(wanted)}, in {duration(seconds)}"
        return (
            f"the {self.name} bucket lets through too little: all legs may charge it "
            f"{self.text(charge)} of NAV, {self.text(self.left)} is left; {wait}"
        )


def _short(snapshot: VaultSnapshot, sales: Sequence[Sale], terms: PlanTerms) -> NoPlan | None:
    """The buckets that cannot take what all legs may charge, or None if both can."""
    loss, turnover = charges(snapshot, planned_legs(snapshot, sales, WAD, terms))
    limits = snapshot.limits
    lacks = (
        _Bucket(
            "loss", snapshot.loss_left, limits.loss_capacity, limits.loss_rate, basis_points
        ).lack(loss),
        _Bucket(
            "turnover",
            snapshot.turnover_left,
            limits.turnover_capacity,
            limits.turnover_rate,
            percent,
        ).lack(turnover),
    )
    sentence = "; ".join(lack for lack in lacks if lack)
    return NoPlan(NoPlanReason.BUCKETS, sentence) if sentence else None


def _refused(refusal: Refusal) -> NoPlan:
    if refusal.error == TOO_LITTLE:
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
