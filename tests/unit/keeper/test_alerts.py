"""People are told once of what lasts, again after long, when it is over, and never in floods."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trimtab.keeper.alerts import AlertDesk, Condition, Habits
from unit.keeper.fake_clock import FakeClock

HABITS = Habits(repeat=1000.0, per_hour=4)


class Desk:
    """An alert desk, its clock and what left it."""

    def __init__(self, habits=HABITS):
        self.sent = []
        self.clock = FakeClock()
        self.desk = AlertDesk(lambda *message: self.sent.append(message), self.clock, habits)

    def gas(self, holds, *, patience=0.0):
        self.desk.check(Condition("gas", holds, "gas is low", "0.1 left", patience))

    def titles(self):
        return [title for title, _ in self.sent]


@pytest.fixture
def at():
    return Desk()


def test_a_condition_is_told_once(at):
    for _ in range(10):
        at.gas(True)
        at.clock.sleep(10)

    assert at.titles() == ["gas is low"]
    assert at.desk.active() == ("gas",)


def test_a_condition_is_told_only_after_it_has_lasted(at):
    at.gas(True, patience=60)
    at.clock.sleep(59)
    at.gas(True, patience=60)
    assert at.titles() == []

    at.clock.sleep(1)
    at.gas(True, patience=60)

    assert at.sent == [("gas is low", "0.1 left (for 1 min)")]


def test_a_condition_that_came_and_went_is_never_told(at):
    at.gas(True, patience=60)
    at.clock.sleep(59)
    at.gas(False, patience=60)
    at.clock.sleep(59)
    at.gas(True, patience=60)

    assert at.titles() == []


def test_what_lasts_is_told_again_after_long(at):
    at.gas(True)
    at.clock.sleep(1000)
    at.gas(True)

    assert at.titles() == ["gas is low"] * 2


def test_the_end_of_what_was_told_is_told(at):
    at.gas(True)
    at.clock.sleep(120)
    at.gas(False)
    at.gas(False)

    assert at.sent[1:] == [("over: gas is low", "it lasted 2 min")]
    assert at.desk.active() == ()


def test_different_conditions_are_told_apart(at):
    at.gas(True)
    at.desk.check(Condition("node", True, "node is down"))

    assert at.titles() == ["gas is low", "node is down"]


def test_a_flood_is_held_back_and_mentioned_later(at):
    for number in range(10):
        at.desk.event(f"event {number}", "")
    at.clock.sleep(3600)
    at.desk.event("later", "body")

    assert at.titles() == [*[f"event {n}" for n in range(4)], "later"]
    assert at.sent[-1][1] == "body\n6 earlier alerts were held back: see the log"


def test_a_condition_that_was_held_back_is_told_as_soon_as_it_may(at):
    for number in range(4):
        at.desk.event(f"event {number}", "")
    at.gas(True)
    at.clock.sleep(900)
    at.gas(True)

    assert at.titles()[-1] == "gas is low"


@given(st.lists(st.tuples(st.floats(0, 5000), st.booleans()), max_size=80))
def test_no_hour_has_more_messages_than_allowed_at_once_and_in_an_hour(moments):
    at, times = Desk(), []
    at.desk = AlertDesk(lambda *_: times.append(at.clock.now()), at.clock, HABITS)
    for wait, holds in moments:
        at.clock.sleep(wait)
        at.gas(holds)
        at.desk.event("event", "")

    for start in times:
        assert sum(start <= time < start + 3600 for time in times) <= 2 * HABITS.per_hour


def test_secrets_do_not_leave(at):
    at.desk.event("node https://eth.example/v2/abcdefghijkl failed", "key " + "ab" * 32)

    ((title, body),) = at.sent
    assert "abcdefghijkl" not in title
    assert "ab" * 32 not in body
