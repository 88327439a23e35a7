"""What is told follows the index: growing with it, anew after a reorganisation."""

import time

import pytest
from trimtab.domain.units import WAD
from trimtab.errors import NodeUnreachable
from trimtab.store.database import Database
from trimtab.store.event_index import EventIndex
from trimtab.web.past import Background, PastReader
from unit.history.test_indexer import KEEPER, LOGS, VAULT, FakeChain, indexer, rebalanced


@pytest.fixture
def index():
    with Database(None) as database:
        yield EventIndex(database, 1, VAULT)


def reader(chain, index):
    return PastReader(indexer(chain, index), index, vault=VAULT, first=0)


def told(one):
    return one.answer(before=None, limit=50)


def test_what_is_new_is_added_to_what_is_told(index):
    chain = FakeChain(40, LOGS)
    one = reader(chain, index)
    one.catch_up()
    assert (told(one)["count"], told(one)["keepers"]) == (0, [KEEPER])

    chain.height = 100
    one.catch_up()

    assert told(one)["count"] == 1
    assert told(one)["supply"] == str(4 * WAD)


def test_what_the_chain_took_back_is_no_longer_told(index):
    chain = FakeChain(60, LOGS)
    one = reader(chain, index)
    one.catch_up()
    chain.fork(45, 61, LOGS[:2])

    one.catch_up()

    assert (told(one)["count"], told(one)["last_block"]) == (0, 61)


def test_what_another_process_indexed_is_told_from_the_start(index):
    reader(FakeChain(100, LOGS), index).catch_up()
    silent = FakeChain(100, [])

    one = reader(silent, index)
    one.catch_up()

    assert told(one)["count"] == 1
    assert silent.asked == []


def test_a_node_that_fails_leaves_what_is_known_and_says_why(index):
    chain = FakeChain(100, LOGS)
    one = reader(chain, index)
    one.catch_up()

    def down():
        raise NodeUnreachable("a node", "no answer")

    chain.head = down
    one.catch_up()

    assert told(one)["count"] == 1
    assert not told(one)["complete"]
    assert "a node" in told(one)["fault"]


def test_pages_of_the_past_meet_without_a_gap(index):
    logs = [*LOGS[:2]]
    for nonce in range(7):
        logs += rebalanced(nonce, WAD, 10 + nonce)
    one = reader(FakeChain(100, logs), index)
    one.catch_up()

    first = one.answer(before=None, limit=3)["rebalances"]
    second = one.answer(before=first[-1]["nonce"], limit=3)["rebalances"]
    third = one.answer(before=second[-1]["nonce"], limit=3)["rebalances"]

    assert [item["nonce"] for item in (*first, *second, *third)] == [6, 5, 4, 3, 2, 1, 0]


def test_work_in_the_background_goes_on_until_it_is_stopped():
    calls = []

    with Background(lambda: calls.append(1), pause=0.001):
        for _ in range(1000):
            if len(calls) > 3:
                break
            time.sleep(0.001)

    done = len(calls)
    time.sleep(0.01)
    assert len(calls) == done > 3
