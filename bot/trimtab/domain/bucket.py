"""A budget that refills continuously, equal to Bucket.sol to the last unit.

Over any window T it lets through at most `capacity + rate * T`.
"""

from trimtab.domain.units import DAY

__all__ = ["left", "seconds_until", "used_up"]


def used_up(used: int, rate: int, elapsed: int) -> int:
    """What is used after `elapsed` seconds of refilling, in WAD; the refill is rounded down.

    Parameters
    ----------
    used
        What was used, in WAD.
    rate
        Refill in WAD per day.
    elapsed
        Seconds since `used` was true.
    """
    return max(0, used - rate * elapsed // DAY)


def left(used: int, capacity: int) -> int:
    """What is left, in WAD; zero if the capacity was lowered below what is used."""
    return max(0, capacity - used)


def seconds_until(free: int, rate: int, wanted: int) -> int | None:
    """Seconds until `wanted` is free if `free` is now, or None if nothing refills.

    The caller sees to it that `wanted` does not exceed the capacity.
    """
    if wanted <= free:
        return 0
    return None if rate == 0 else -(-(wanted - free) * DAY // rate)
