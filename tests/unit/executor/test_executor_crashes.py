"""Dying between any two steps leaves exactly one effect, and a journal that knows it (TX-1)."""

from contextlib import suppress
from dataclasses import replace

import pytest
from trimtab import errors
from trimtab.chain.node import Node
from trimtab.executor.executor import Executor, Means, Patience
from trimtab.executor.fees import FixedFees
from trimtab.executor.signer import LocalSigner
from trimtab.store.database import Database
from trimtab.store.journal import Journal
from unit.executor.desk import (
    ACCOUNT,
    FINAL_AT_ONCE,
    INTENT,
    FakeClock,
    executor_on,
    stuck_executor,
)
from unit.executor.fake_chain import FakeChain


class CrashingTransport:
    """A chain before and after each of whose answers the process may die."""

    pins_by_hash = False
    name = "crashing"

    def __init__(self, chain, boundaries):
        self.chain = chain
        self.boundaries = boundaries

    def request(self, method, params):
        self.boundaries.cross()
        answer = self.chain.request(method, params)
        self.boundaries.cross()
        return answer


class CrashingJournal(Journal):
    """A journal before and after each of whose writes the process may die."""

    def __init__(self, database, boundaries):
        super().__init__(database)
        self.boundaries = boundaries

    def _around(self, write, *args, **kwargs):
        self.boundaries.cross()
        result = write(*args, **kwargs)
        self.boundaries.cross()
        return result

    def write_down(self, *args, **kwargs):
        return self._around(super().write_down, *args, **kwargs)

    def mark_sent(self, *args, **kwargs):
        return self._around(super().mark_sent, *args, **kwargs)

    def mine(self, *args, **kwargs):
        return self._around(super().mine, *args, **kwargs)

    def finish(self, *args, **kwargs):
        return self._around(super().finish, *args, **kwargs)

    def add_attempt(self, *args, **kwargs):
        return self._around(super().add_attempt, *args, **kwargs)


class Boundaries:
    """Counts the places between two steps and dies at one of them."""

    def __init__(self, deadly):
        self.deadly = deadly
        self.crossed = 0

    def cross(self):
        self.crossed += 1
        if self.crossed == self.deadly:
            raise KeyboardInterrupt


def crashing_executor(chain, database, boundaries, clock=None):
    means = Means(
        node=Node(CrashingTransport(chain, boundaries)),
        journal=CrashingJournal(database, boundaries),
        signer=LocalSigner(ACCOUNT.key),
        fees=FixedFees(10**9),
        clock=clock or FakeClock(),
        network=FINAL_AT_ONCE,
    )
    return Executor(means, Patience(poll=1.0, wait=5.0, stuck=60.0))


def boundaries_in_one_run(new_journal):
    counting = Boundaries(deadly=None)
    with Database(new_journal("count.db")) as database:
        crashing_executor(FakeChain(), database, counting).submit(INTENT)
    return counting.crossed


def test_dying_between_any_two_steps_leaves_exactly_one_effect(new_journal):
    for deadly in range(1, boundaries_in_one_run(new_journal) + 1):
        chain = FakeChain()
        path = new_journal(f"{deadly}.db")
        with Database(path) as database, pytest.raises(KeyboardInterrupt):
            crashing_executor(chain, database, Boundaries(deadly)).submit(INTENT)

        with Database(path) as database:
            executor = executor_on(chain, database)
            executor.reconcile()
            if not chain.mined():
                executor.submit(INTENT)
            left = executor.unfinished()

        assert len(chain.mined()) == 1, f"boundary {deadly}"
        assert left == [], f"boundary {deadly}"


def test_dying_between_any_two_steps_of_reconciling_leaves_exactly_one_effect(new_journal):
    for deadly in range(1, 15):
        chain = FakeChain(mines_at_once=False)
        path = new_journal(f"{deadly}.db")
        with Database(path) as database:
            with pytest.raises(errors.NotMined):
                executor_on(chain, database).submit(INTENT)
            chain.mempool.clear()
            chain.mines_at_once = True
            died = False
            try:
                crashing_executor(chain, database, Boundaries(deadly)).reconcile()
            except KeyboardInterrupt:
                died = True
            executor = executor_on(chain, database)
            executor.reconcile()

            assert len(chain.mined()) == 1, f"boundary {deadly}, died: {died}"
            assert executor.unfinished() == []


def replace_mortally(database, chain, boundaries):
    """Replace what is stuck, until it is mined or the process dies; returns the clock."""
    _, clock = stuck_executor(chain, database)
    clock.while_asleep = chain.mine
    mortal = crashing_executor(chain, database, boundaries, clock)
    with suppress(KeyboardInterrupt):
        mortal.replace(mortal.in_flight(), replace(INTENT, data=b"fresh"))
    return clock


def test_dying_between_any_two_steps_of_a_replacement_leaves_exactly_one_effect(new_journal):
    whole = Boundaries(deadly=None)
    with Database(new_journal("whole.db")) as database:
        replace_mortally(database, FakeChain(mines_at_once=False), whole)
    for deadly in range(1, whole.crossed + 1):
        chain = FakeChain(mines_at_once=False)
        with Database(new_journal(f"{deadly}.db")) as database:
            clock = replace_mortally(database, chain, Boundaries(deadly))
            chain.mine()
            executor = executor_on(chain, database, clock)
            executor.reconcile()

            assert len(chain.mined()) == 1, f"boundary {deadly}"
            assert executor.unfinished() == []
