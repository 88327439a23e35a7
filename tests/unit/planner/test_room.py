"""Nothing is traded past a target, neither now nor while the targets move."""

from dataclasses import replace

import pytest
from property.strategies import NOW, dollar_snapshot
from trimtab.domain.units import WAD
from trimtab.errors import BadInput, InvariantError
from trimtab.planner.room import find_room, targets_until
from trimtab.planner.terms import PlanTerms

TERMS = PlanTerms(gas_value=0.0, overshoot_margin=0.01, lifetime=1000)
SNAPSHOT = dollar_snapshot([600, 250, 150], [0.5, 0.3, 0.2])
TARGETS = tuple(h.target for h in SNAPSHOT.holdings)


def shares(amounts):
    return pytest.approx([amount / WAD for amount in amounts], abs=1e-12)


def moving_to(*ends, starts=NOW, ends_at=NOW + 10_000):
    holdings = tuple(
        replace(h, end_target=round(e * 100) * WAD // 100)
        for h, e in zip(SNAPSHOT.holdings, ends, strict=True)
    )
    return replace(SNAPSHOT, holdings=holdings, schedule_start=starts, schedule_end=ends_at)


def test_trades_to_target_stop_a_margin_short_of_it():
    room = find_room(SNAPSHOT, TARGETS, TERMS)

    assert shares(room.supplies) == [0.1 / 1.01, 0, 0]
    assert shares(room.demands) == [0, 0.05 / 1.01, 0.05 / 1.01]


def test_trades_that_end_before_the_target_need_no_margin():
    goal = (55 * WAD // 100, 28 * WAD // 100, 17 * WAD // 100)

    room = find_room(SNAPSHOT, goal, TERMS)

    assert shares(room.supplies) == [0.05, 0, 0]
    assert shares(room.demands) == [0, 0.03, 0.02]


def test_a_destination_away_from_target_is_not_followed():
    goal = (70 * WAD // 100, 20 * WAD // 100, 10 * WAD // 100)

    room = find_room(SNAPSHOT, goal, TERMS)

    assert not any(room.supplies + room.demands)


def test_targets_that_will_move_before_the_deadline_count_where_they_are_nearer():
    # In a tenth of the schedule asset 0 comes down by 2 %, asset 1 and asset 2 up by 1 %.
    falling = moving_to(0.3, 0.4, 0.3)
    rising = moving_to(0.7, 0.2, 0.1)

    assert shares(find_room(falling, TARGETS, TERMS).supplies) == [0.1 / 1.01, 0, 0]
    assert shares(find_room(rising, TARGETS, TERMS).supplies) == [0.08 / 1.01, 0, 0]
    assert shares(find_room(rising, TARGETS, TERMS).demands) == [0, 0.04 / 1.01, 0.04 / 1.01]


def test_targets_stand_still_before_a_schedule_begins_and_after_it_ends():
    later = moving_to(0.3, 0.4, 0.3, starts=NOW + 5000)
    past = moving_to(0.3, 0.4, 0.3, starts=NOW - 20_000, ends_at=NOW - 10_000)

    assert set(targets_until(later, 1000)) == {TARGETS}
    assert set(targets_until(past, 1000)) == {TARGETS}


@pytest.mark.parametrize("goal", [(WAD, 0), (WAD, 0, 1), ()])
def test_a_destination_that_is_no_portfolio_is_a_fault_of_the_program(goal):
    with pytest.raises(InvariantError, match="expected 3 weights summing"):
        find_room(SNAPSHOT, goal, TERMS)


def test_no_more_is_supplied_than_may_be_sold():
    limited = replace(TERMS, most_sold=(40 * 10**18, 0, 0))

    room = find_room(SNAPSHOT, TARGETS, limited)

    assert shares(room.supplies) == [0.04, 0, 0]
    assert room.demands == find_room(SNAPSHOT, TARGETS, TERMS).demands


def test_a_limit_for_other_assets_is_a_fault_of_the_program():
    with pytest.raises(InvariantError, match="expected 3 amounts in most_sold, got 1"):
        find_room(SNAPSHOT, TARGETS, replace(TERMS, most_sold=(5,)))


def test_a_limit_below_nothing_is_refused():
    with pytest.raises(BadInput, match=r"terms\.most_sold is"):
        PlanTerms(gas_value=0.0, most_sold=(-1,))
