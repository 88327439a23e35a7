"""How well the cost model predicts: what rebalances were to cost beside what they did cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from trimtab.keeper.realised import CostSplit
from trimtab.store.decisions import DecisionRecord, Number

FEWEST = 3
"""Rebalances before which the model is not judged."""

TOLERANCE = 0.25
"""Largest part by which realised costs may be off from those predicted."""

DUST = 0.0002
"""Errors below this part of the value traded count as none: a rounding of a small cost is no
fault of the model."""

PARTS = ("fee", "impact", "gas")
"""Parts of a cost, by their names in `CostSplit` and in the store."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One rebalance, in the unit of account.

    Attributes
    ----------
    block_number
        Block on which it was decided.
    predicted, realised
        What it was to cost, and what it did cost.
    traded
        Value sold.
    benefit
        What the policy held it to be worth; None where it did not weigh that.
    """

    block_number: int
    predicted: CostSplit
    realised: CostSplit
    traded: float
    benefit: float | None = None


@dataclass(frozen=True, slots=True)
class Calibration:
    """The model over some rebalances, in the unit of account.

    Attributes
    ----------
    count
        How many rebalances are compared.
    predicted, realised
        Sums over all of them.
    traded
        Value sold by all of them.
    worst
        Largest error of one rebalance's swaps, as a part of the value it sold.
    weighed, benefit
        How many of them a policy weighed, and what it held those to be worth.
    """

    count: int
    predicted: CostSplit
    realised: CostSplit
    traded: float
    worst: float
    weighed: int = 0
    benefit: float = 0.0

    def faults(self) -> tuple[str, ...]:
        """What the model gets wrong, each in one sentence; none while there is too little to say.

        Fee and impact are judged together: what a leg lost is known, where it went is an estimate.
        """
        if self.count < FEWEST:
            return ()
        swaps = (self.predicted.swaps, self.realised.swaps)
        pairs = (("swaps", *swaps), ("gas", self.predicted.gas, self.realised.gas))
        return tuple(
            f"{name} cost {realised:,.2f} where {predicted:,.2f} was predicted, over "
            f"{self.count} rebalances"
            for name, predicted, realised in pairs
            if self._is_off(predicted, realised)
        )

    def _is_off(self, predicted: float, realised: float) -> bool:
        error = abs(realised - predicted)
        return error > TOLERANCE * abs(predicted) and error > DUST * self.traded


def comparisons(records: Iterable[DecisionRecord]) -> tuple[Comparison, ...]:
    """The rebalances among decisions that have both a prediction and a result."""
    found = (_comparison(record) for record in records if record.action == "rebalance")
    return tuple(one for one in found if one is not None)


def calibration(rebalances: Sequence[Comparison]) -> Calibration:
    """The model over these rebalances."""
    worths = [one.benefit for one in rebalances if one.benefit is not None]
    return Calibration(
        count=len(rebalances),
        predicted=_sum(one.predicted for one in rebalances),
        realised=_sum(one.realised for one in rebalances),
        traded=sum(one.traded for one in rebalances),
        worst=max((_error(one) for one in rebalances), default=0.0),
        weighed=len(worths),
        benefit=sum(worths),
    )


def _comparison(record: DecisionRecord) -> Comparison | None:
    predicted = _split(record.numbers, "planned_")
    realised = _split(record.numbers, "")
    traded = record.numbers.get("traded")
    if predicted is None or realised is None or not isinstance(traded, int | float):
        return None
    worth = record.numbers.get("benefit")
    benefit = float(worth) if isinstance(worth, int | float) else None
    return Comparison(record.block_number, predicted, realised, float(traded), benefit)


def _split(numbers: Mapping[str, Number], prefix: str) -> CostSplit | None:
    parts = [numbers.get(prefix + part) for part in PARTS]
    if not all(isinstance(part, int | float) for part in parts):
        return None
    fee, impact, gas = (float(str(part)) for part in parts)
    return CostSplit(fee, impact, gas)


def _sum(costs: Iterable[CostSplit]) -> CostSplit:
    rows = [(cost.fee, cost.impact, cost.gas) for cost in costs]
    fee, impact, gas = (sum(column) for column in zip(*rows, strict=True)) if rows else (0.0,) * 3
    return CostSplit(fee, impact, gas)


def _error(one: Comparison) -> float:
    return abs(one.realised.swaps - one.predicted.swaps) / one.traded if one.traded else 0.0
