"""The farther a vault is from its trigger, the longer it is left alone, and never too long."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from property.strategies import LIMITS, dollar_snapshot
from trimtab.domain.snapshot import Blocker, Reason, VaultSummary
from trimtab.domain.units import DAY, WAD
from trimtab.keeper.schedule import (
    DAILY_MOVE,
    WEIGHT_SHARE,
    Bounds,
    Pauses,
    bounds_of,
    pause,
)

NOW = 1_800_000_000
BOUNDS = Bounds(band=WAD // 20, moves_until=0, speed=0, period=0, anchor=0, floor=WAD // 100)
PAUSES = Pauses(shortest=12.0, longest=100_000.0)
DRIFTS = st.integers(0, WAD)


def summary(drift=0, *, reason=Reason.NONE, blocker=Blocker.NOT_DUE, ready_at=0):
    return VaultSummary("0xv", 10**24, 10**24, drift, reason, blocker, ready_at, 0)


def wait(drift=0, bounds=BOUNDS, pauses=PAUSES, **state):
    return pause(summary(drift, **state), bounds, NOW, pauses)


@given(DRIFTS, DRIFTS)
def test_more_drift_is_never_looked_at_later(one, other):
    low, high = sorted((one, other))

    assert wait(high) <= wait(low)


@given(DRIFTS, st.sampled_from(Reason), st.sampled_from(Blocker), st.integers(0, 2 * NOW))
def test_no_pause_is_shorter_or_longer_than_allowed(drift, reason, blocker, ready_at):
    found = wait(drift, reason=reason, blocker=blocker, ready_at=ready_at)

    assert PAUSES.shortest <= found <= PAUSES.longest


@given(st.integers(0, WAD // 20))
def test_prices_that_move_as_reckoned_do_not_cross_a_band_unseen(drift):
    seconds = wait(drift)

    moved = WEIGHT_SHARE * DAILY_MOVE * (seconds / DAY) ** 0.5
    assert seconds == PAUSES.shortest or drift / WAD + moved <= BOUNDS.band / WAD


@given(st.integers(0, WAD // 20), st.integers(1, WAD // 50))
def test_targets_that_move_do_not_cross_a_band_unseen_either(drift, speed):
    bounds = replace(BOUNDS, moves_until=NOW + DAY, speed=speed)
    seconds = wait(drift, bounds)

    moved = WEIGHT_SHARE * DAILY_MOVE * (seconds / DAY) ** 0.5 + speed / WAD * seconds / DAY
    assert seconds == PAUSES.shortest or drift / WAD + moved <= BOUNDS.band / WAD * (1 + 1e-9)


@given(st.integers(60, 10**6))
def test_a_calendar_that_turns_is_met(period):
    bounds = replace(BOUNDS, period=period)
    turns_in = period - NOW % period

    assert wait(0, bounds) <= max(turns_in, PAUSES.shortest)


def test_what_is_held_up_until_a_time_is_looked_at_then():
    state = {"reason": Reason.THRESHOLD, "blocker": Blocker.COOLDOWN}

    assert wait(WAD // 10, ready_at=NOW + 3000, **state) == 3000
    assert wait(WAD // 10, ready_at=0, **state) == PAUSES.shortest


@pytest.mark.parametrize(("is_keeper", "band"), [(True, WAD // 20), (False, WAD // 10)])
def test_the_band_that_counts_is_the_callers(is_keeper, band):
    snapshot = dollar_snapshot([60, 40], [0.5, 0.5])

    found = bounds_of(
        replace(snapshot, is_keeper=is_keeper, limits=replace(LIMITS, calendar_period=DAY))
    )

    assert found.band == band
    assert found.period == (DAY if is_keeper else 0)
