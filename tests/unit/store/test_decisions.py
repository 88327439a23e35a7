"""Every decision can be looked up with its reason and its numbers."""

import pytest
from trimtab.store.database import Database
from trimtab.store.decisions import DecisionRecord, Decisions

VAULT = "0x" + "c" * 40


def decision(block, **changes):
    fields = {
        "chain_id": 1,
        "vault": VAULT,
        "block_number": block,
        "block_hash": "0xb",
        "timestamp": 100,
        "action": "hold",
        "reason": "inside every band",
        "numbers": {"nav": 10**24, "drift": 0.01, "legs": 2, "note": None},
    }
    return DecisionRecord(**(fields | changes))


@pytest.fixture
def decisions():
    with Database(None) as database:
        yield Decisions(database)


def test_the_newest_decisions_come_first_and_only_those_of_the_vault(decisions):
    for block in (1, 2, 3):
        decisions.record(decision(block), now=5.0)
    decisions.record(decision(4, vault="0x" + "d" * 40), now=5.0)

    assert [item.block_number for item in decisions.latest(1, VAULT, most=2)] == [3, 2]


def test_large_integers_are_kept_as_text_and_lose_no_digit(decisions):
    decisions.record(decision(1, numbers={"nav": 10**24 + 1, "legs": 2}), now=5.0)

    assert decisions.latest(1, VAULT)[0].numbers == {"nav": str(10**24 + 1), "legs": 2}
