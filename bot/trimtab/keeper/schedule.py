"""When to look at a vault again: the farther from its trigger, the later.

A price is taken to move no faster than `DAILY_MOVE` in a day, with the square root of time, and a
weight no more than a quarter of that; targets move at their own pace. Half of the way that is left
is granted to each.
"""

from __future__ import annotations

from dataclasses import dataclass

from trimtab.domain.snapshot import Blocker, Reason, VaultSnapshot, VaultSummary
from trimtab.domain.units import DAY, wad_to_float

DAILY_MOVE = 0.35
"""Move of a price against the others in a day that is reckoned with: four deviations of an asset
whose volatility is 165 % a year."""

WEIGHT_SHARE = 0.25
"""Largest change of a weight by a relative change of its price: `w (1 - w)` at one half."""


@dataclass(frozen=True, slots=True)
class Pauses:
    """Shortest and longest time between two looks, in seconds."""

    shortest: float = 12.0
    longest: float = 600.0


@dataclass(frozen=True, slots=True)
class Bounds:
    """What changes rarely of a vault, and says how near a trigger is.

    Attributes
    ----------
    band
        Least distance of an asset from its target at which something is due, in WAD.
    moves_until
        When the targets cease to move, in seconds.
    speed
        How fast they may move, in WAD a day.
    period, anchor, floor
        The vault's calendar grid, in seconds, and the drift that it needs, in WAD; period 0
        without one.
    """

    band: int
    moves_until: int
    speed: int
    period: int
    anchor: int
    floor: int


def bounds_of(snapshot: VaultSnapshot) -> Bounds:
    """The bounds of a vault, for the caller that its snapshot was read for."""
    limits = snapshot.limits
    bands = [
        holding.band if snapshot.is_keeper else holding.hard_band
        for holding in snapshot.holdings
        if not holding.written_off
    ]
    return Bounds(
        band=min(bands, default=0),
        moves_until=snapshot.schedule_end,
        speed=limits.weight_speed,
        period=limits.calendar_period if snapshot.is_keeper else 0,
        anchor=limits.calendar_anchor,
        floor=limits.calendar_floor,
    )


def pause(summary: VaultSummary, bounds: Bounds, now: int, pauses: Pauses) -> float:
    """Seconds until a vault has to be looked at again.

    Total drift is never below the distance of the farthest asset, so that what is left to the band
    is never overrated.

    Parameters
    ----------
    summary
        The vault at a block.
    bounds
        What changes rarely of it.
    now
        Timestamp of that block, in seconds.
    pauses
        Shortest and longest answer.
    """
    if summary.reason is Reason.NONE and summary.blocker in (Blocker.NONE, Blocker.NOT_DUE):
        wait = _until_due(summary.total_drift, bounds, now)
    else:
        # Something is due and held up: the vault says until when, if time alone will end it.
        wait = float(summary.ready_at - now) if summary.ready_at > now else 0.0
    return max(pauses.shortest, min(pauses.longest, wait))


def _until_due(drift: int, bounds: Bounds, now: int) -> float:
    left = wad_to_float(max(0, bounds.band - drift)) / 2
    by_prices = DAY * (left / (WEIGHT_SHARE * DAILY_MOVE)) ** 2
    waits = [by_prices]
    if bounds.moves_until > now and bounds.speed:
        waits.append(DAY * left / wad_to_float(bounds.speed))
    if bounds.period:
        waits.append(float(bounds.period - (now - bounds.anchor) % bounds.period))
    return min(waits)
