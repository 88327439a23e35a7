"""The loop takes each block once, forgives a bad block and not a bad run, and stops when told."""

import os
import signal

import pytest
from trimtab.chain.answers import Block
from trimtab.errors import (
    CallReverted,
    ConfigError,
    NoContract,
    NodeUnreachable,
    TooManyFailures,
)
from trimtab.keeper.loop import Pace, run, stop_on_signals

PACE = Pace(interval=10.0, longest_wait=100.0, most_failures=5)
AWAY = NodeUnreachable("fake", "away")


def block(number):
    return Block(number, f"0x{number:064x}", "0x0", number * 12, 30_000_000, 7)


class FakeHeads:
    """Answers with these block numbers in turn; an exception is raised instead."""

    def __init__(self, *answers):
        self.answers = list(answers)

    def head(self):
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return block(answer)


class StopAfter:
    """Asks to stop after a number of waits, and remembers how long they were."""

    def __init__(self, waits):
        self.left = waits
        self.waited = []

    def is_set(self):
        return self.left == 0

    def wait(self, timeout=None):
        self.waited.append(timeout)
        self.left -= 1
        return self.is_set()


def steps_over(*answers, step=None, pace=PACE):
    stepped = []
    stop = StopAfter(len(answers))
    run(FakeHeads(*answers), step or (lambda head: stepped.append(head.number)), stop, pace=pace)
    return stepped, stop.waited


def test_each_block_is_looked_at_once():
    stepped, waited = steps_over(1, 1, 2, 2, 5)

    assert stepped == [1, 2, 5]
    assert waited == [10.0] * 5


def test_one_bad_look_does_not_stop_the_keeper():
    stepped, _ = steps_over(1, AWAY, 2)

    assert stepped == [1, 2]


def test_a_block_whose_step_failed_is_tried_again():
    failures = [AWAY]
    stepped = []

    def step(head):
        if failures:
            raise failures.pop()
        stepped.append(head.number)

    steps_over(1, 1, step=step)

    assert stepped == [1]


def test_waits_grow_with_failures_up_to_a_bound_and_shrink_after_success():
    _, waited = steps_over(AWAY, AWAY, AWAY, AWAY, 1)

    assert waited == [20.0, 40.0, 80.0, 100.0, 10.0]


def test_too_many_failures_in_a_row_end_the_loop_with_the_last_one_named():
    with pytest.raises(TooManyFailures, match=r"5 blocks failed in a row.*away") as caught:
        steps_over(*[AWAY] * 6)

    assert caught.value.count == 5


@pytest.mark.parametrize(
    "error",
    [CallReverted("Unexplained", {}, "no reason"), NoContract("0x1", "the vault", 7)],
    ids=["reverts", "no-code"],
)
def test_a_vault_that_cannot_be_read_is_tried_again_more_and_more_slowly(error):
    def step(_head):
        raise error

    stop = StopAfter(9)
    with pytest.raises(TooManyFailures, match=str(error)):
        run(FakeHeads(*[1] * 9), step, stop, pace=PACE)

    assert stop.waited == [20.0, 40.0, 80.0, 100.0]


def test_a_vault_that_can_be_read_again_is_forgiven_what_it_was():
    failures = [CallReverted("Unexplained", {}, "no reason")] * 4

    def step(_head):
        if failures:
            raise failures.pop()

    _, waited = steps_over(*[1] * 5, 2, step=step)

    assert waited[-2:] == [10.0, 10.0]


def test_what_waiting_cannot_mend_ends_the_loop_at_once():
    def step(_head):
        raise ConfigError("is wrong", key="vault")

    with pytest.raises(ConfigError):
        steps_over(1, 2, step=step)


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_loop_after_the_step_that_runs(kind):
    finished = []

    def step(head):
        os.kill(os.getpid(), kind)
        finished.append(head.number)

    before = signal.getsignal(kind)
    with stop_on_signals() as stop:
        run(FakeHeads(1, 2, 3), step, stop, pace=Pace(interval=0.0))

    assert finished == [1]
    assert signal.getsignal(kind) is before


def test_a_second_interrupt_does_not_wait_for_the_step():
    def step(_head):
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt), stop_on_signals() as stop:
        run(FakeHeads(1, 2), step, stop, pace=PACE)
