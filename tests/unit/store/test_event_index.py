"""The index keeps events as they came, and forgets what the chain took back."""

import pytest
from trimtab.store.database import Database
from trimtab.store.event_index import MOST_MARKS, EventIndex, IndexedLog, Mark

VAULT = "0x" + "c" * 40


def log(block, index=0, topics=(b"t" * 32, b"u" * 32), data=b"\0data"):
    return IndexedLog(block, index, block * 12, VAULT, "0xab", topics, data)


def mark(number, branch="a"):
    return Mark(number, f"0x{branch}{number}")


@pytest.fixture
def index():
    with Database(None) as database:
        yield EventIndex(database, 1, VAULT)


def test_events_come_back_as_they_were_in_the_order_of_the_chain(index):
    logs = [log(3, 9), log(3, 10, topics=()), log(7, 0, data=b"")]

    index.extend(None, [logs[1], logs[0], logs[2]], mark(10))

    assert index.logs() == logs
    assert index.logs(after=3) == logs[2:]
    assert index.mark() == mark(10)


def test_what_came_after_a_mark_is_replaced_by_what_is_put_there(index):
    index.extend(None, [log(1)], mark(5))
    index.extend(mark(5), [log(6), log(8)], mark(9))

    index.extend(mark(5), [log(7)], mark(9, "b"))

    assert index.logs() == [log(1), log(7)]
    assert index.holds(mark(9, "b"))
    assert not index.holds(mark(9))


def test_a_step_back_goes_to_the_mark_before_and_at_last_to_nothing(index):
    index.extend(None, [log(1)], mark(5))
    index.extend(mark(5), [log(6)], mark(9))

    index.step_back()
    assert (index.mark(), index.logs()) == (mark(5), [log(1)])

    index.step_back()
    assert (index.mark(), index.logs()) == (None, [])


def test_another_vault_and_another_chain_are_indexes_of_their_own():
    with Database(None) as database:
        mine = EventIndex(database, 1, VAULT)
        others = [EventIndex(database, 2, VAULT), EventIndex(database, 1, "0x" + "d" * 40)]
        for one in (mine, *others):
            one.extend(None, [log(1)], mark(1))

        mine.step_back()

        assert [one.logs() for one in others] == [[log(1)]] * 2


def test_only_so_many_marks_are_kept_and_no_event_is_lost(index):
    before = None
    for number in range(MOST_MARKS + 10):
        index.extend(before, [log(number)], mark(number))
        before = mark(number)

    assert len(index.logs()) == MOST_MARKS + 10
    assert not index.holds(mark(9))
    assert index.holds(mark(10))
