"""A promise that was broken in an episode is named, whichever it is."""

from dataclasses import replace

import pytest
from trimtab.domain.units import DAY, WAD
from trimtab.history.chronicle import Entry
from trimtab.history.events import Rebalanced
from trimtab.history.ledger import open_ledger
from trimtab.local.blueprint import LIMITS
from trimtab.research.stress import Observation, judge, worst_fall

CALM = Observation(0, "hold", "", 100.0, (5, 5), (0, 1), (5, 6), True, True, True, 0)


def rebalanced(at, *, loss=0, turnover=0, after=0, shares=100):
    event = Rebalanced(0, WAD, WAD, WAD // 10, after, loss, turnover)
    ledger = replace(open_ledger(["A", "B"]), shares=shares)
    return Entry(1, at, "0x", 0, event, ledger)


def broken(observed=(CALM,), entries=()):
    return [check.promise for check in judge(observed, entries, LIMITS) if not check.kept]


def test_a_calm_episode_keeps_every_promise():
    assert broken(entries=[rebalanced(0), rebalanced(DAY)]) == []


@pytest.mark.parametrize(
    ("step", "promise"),
    [
        (replace(CALM, balances=(5, 5)), "INV-1"),
        (replace(CALM, can_redeem=False), "INV-6"),
        (replace(CALM, left_at_venues=1), "INV-8"),
    ],
)
def test_one_bad_step_breaks_a_promise(step, promise):
    assert broken(observed=[CALM, step, CALM]) == [promise]


def test_losses_are_bounded_in_every_window():
    most = LIMITS.loss_capacity
    spread = [rebalanced(0, loss=most), rebalanced(100 * DAY, loss=most)]
    crowded = [rebalanced(0), rebalanced(100 * DAY, loss=most), rebalanced(101 * DAY, loss=most)]

    assert broken(entries=spread) == []
    full = rebalanced(60 * DAY, loss=60 * LIMITS.loss_rate)
    assert broken(entries=[spread[0], full]) == []
    over = rebalanced(60 * DAY, loss=60 * LIMITS.loss_rate + 1)
    assert broken(entries=[spread[0], over]) == ["INV-4a"]
    assert broken(entries=crowded) == ["INV-4a"]


def test_turnover_progress_and_shares_are_watched():
    assert broken(entries=[rebalanced(0, turnover=LIMITS.turnover_capacity + 1)]) == ["INV-4b"]
    assert broken(entries=[rebalanced(0, after=WAD // 10)]) == ["INV-5"]
    assert broken(entries=[rebalanced(0), rebalanced(1, shares=101)]) == ["INV-7"]


def test_the_deepest_fall_is_from_the_highest_so_far():
    steps = [replace(CALM, value=value) for value in (100.0, 120.0, 60.0, 110.0)]

    assert worst_fall(steps) == -0.5
