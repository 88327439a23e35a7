"""A portfolio beside its benchmark: what choosing groups did, and choosing within them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import fsum

from trimtab.errors import BadInput


@dataclass(frozen=True, slots=True)
class GroupReturn:
    """Weight and return of one group, in the portfolio and in the benchmark."""

    weight: float
    gain: float
    benchmark_weight: float
    benchmark_gain: float


@dataclass(frozen=True, slots=True)
class BrinsonPart:
    """What one group brought beyond the benchmark.

    Attributes
    ----------
    allocation
        Of holding more or less of the group: `(w − b)(rᵦ − Rᵦ)`.
    selection
        Of other assets within it: `b(r − rᵦ)`.
    interaction
        Of both at once: `(w − b)(r − rᵦ)`.
    """

    allocation: float
    selection: float
    interaction: float

    @property
    def total(self) -> float:
        """All three."""
        return fsum((self.allocation, self.selection, self.interaction))


def brinson(groups: Mapping[str, GroupReturn]) -> dict[str, BrinsonPart]:
    """The difference of returns by group; all parts sum to it.

    Raises
    ------
    BadInput
        If the weights of either do not sum to one.

    References
    ----------
    G. Brinson and N. Fachler, "Measuring non-US equity portfolio performance", Journal of Portfolio
    Management 11 (1985).
    """
    for name in ("weight", "benchmark_weight"):
        total = fsum(getattr(group, name) for group in groups.values())
        if abs(total - 1) > 1e-9:
            raise BadInput(f"each {name} of the groups together: {total}, expected 1")
    whole = fsum(group.benchmark_weight * group.benchmark_gain for group in groups.values())
    return {name: _part(group, whole) for name, group in groups.items()}


def _part(group: GroupReturn, whole: float) -> BrinsonPart:
    more = group.weight - group.benchmark_weight
    better = group.gain - group.benchmark_gain
    return BrinsonPart(
        allocation=more * (group.benchmark_gain - whole),
        selection=group.benchmark_weight * better,
        interaction=more * better,
    )
