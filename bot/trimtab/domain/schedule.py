"""Targets that move linearly between two times, equal to TargetSchedule.sol to the last unit."""

from collections.abc import Sequence

from trimtab.domain.units import WAD

__all__ = ["distance_up", "weight_at", "weights_at"]


def weight_at(line: tuple[int, int], starts_at: int, ends_at: int, time: int) -> int:
    """Weight at `time` on a line, in WAD, rounded down.

    Parameters
    ----------
    line
        Weight until `starts_at` and weight from `ends_at`, in WAD.
    starts_at, ends_at
        When the weight begins and ceases to move, in seconds.
    time
        The moment asked for, in seconds.
    """
    start, end = line
    if time >= ends_at:
        return end
    if time <= starts_at:
        return start
    elapsed = time - starts_at
    duration = ends_at - starts_at
    return (start * (duration - elapsed) + end * elapsed) // duration


def weights_at(
    lines: Sequence[tuple[int, int]], starts_at: int, ends_at: int, time: int
) -> tuple[int, ...]:
    """Targets at `time`, in WAD, summing to WAD; parameters as in `weight_at`.

    Every weight but the first is rounded down; the first takes what is missing to WAD.
    """
    others = tuple(weight_at(line, starts_at, ends_at, time) for line in lines[1:])
    return (WAD - sum(others), *others)


def distance_up(before: Sequence[int], after: Sequence[int]) -> int:
    """Half the sum of absolute changes between two sets of targets, in WAD, rounded up."""
    return (sum(abs(b - a) for b, a in zip(before, after, strict=True)) + 1) // 2
