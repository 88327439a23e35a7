"""A keeper without end: one step for each new block, until it is told to stop."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Protocol

from trimtab import telemetry
from trimtab.chain.answers import Block
from trimtab.errors import CallReverted, NoContract, TooManyFailures, TransientError, TrimtabError

FORGIVEN = (TransientError, CallReverted, NoContract)
"""What a later look may not meet again. A vault that cannot be read, or whose code a node does not
show, is one that is being changed, or a node that lies."""

_LOG = telemetry.logger("keeper")


class Heads(Protocol):
    """Where new blocks come from: a node, as far as the loop goes."""

    def head(self) -> Block:
        """The newest block."""


class Stop(Protocol):
    """A wish to stop, which can be waited for: `threading.Event` is one."""

    def is_set(self) -> bool:
        """Whether to stop."""

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the wish, at most `timeout` seconds; whether it came."""


class Observer(Protocol):
    """Whoever wants to know how the loop fares."""

    def turned(self) -> None:
        """The loop went on, whatever it met."""

    def saw(self, head: Block) -> None:
        """A newest block came, perhaps the one before."""

    def failed(self, error: TrimtabError, in_a_row: int) -> None:
        """A look failed and will be tried again."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How often the loop looks, and how much it forgives.

    Attributes
    ----------
    interval
        Time between two looks for a new block, in seconds.
    longest_wait
        Longest time between two tries after failures, in seconds; it doubles with each failure.
    most_failures
        Failures in a row after which the loop gives up.
    """

    interval: float = 12.0
    longest_wait: float = 300.0
    most_failures: int = 20

    def wait_after(self, failures: int) -> float:
        """Seconds to wait after a number of failures in a row."""
        return min(self.interval * 2.0 ** min(failures, 30), self.longest_wait)


def run(
    heads: Heads,
    step: Callable[[Block], object],
    stop: Stop,
    *,
    pace: Pace,
    observer: Observer | None = None,
) -> None:
    """Take a step for each new block until `stop` is set.

    Parameters
    ----------
    heads
        Where new blocks come from.
    step
        What is done for one; only what `FORGIVEN` names is tried again.
    stop
        Ends the loop between two steps: a step that has begun is finished.
    pace
        How often to look, and how much to forgive.
    observer
        Who is told how it fares.

    Raises
    ------
    TooManyFailures
        If too many tries in a row failed.
    TrimtabError
        What is not forgiven, as it comes.
    """
    seen: str | None = None
    failures = 0
    while not stop.is_set():
        try:
            head = heads.head()
            if observer:
                observer.saw(head)
            if head.hash != seen:
                step(head)
            seen, failures = head.hash, 0
        except FORGIVEN as error:
            failures += 1
            if observer:
                observer.failed(error, failures)
            _LOG.warning("failed", failures=failures, of=pace.most_failures, error=str(error))
            if failures >= pace.most_failures:
                raise TooManyFailures(failures, str(error)) from error
        if observer:
            observer.turned()
        stop.wait(pace.wait_after(failures))


@contextmanager
def stop_on_signals() -> Iterator[threading.Event]:
    """A wish to stop that Ctrl-C and SIGTERM make; a second Ctrl-C interrupts at once.

    Interrupting is safe at any time: the journal is consistent between any two steps.
    """
    stop = threading.Event()
    kinds = (signal.SIGINT, signal.SIGTERM)
    before = {kind: signal.getsignal(kind) for kind in kinds}

    def ask(number: int, _frame: FrameType | None) -> None:
        _LOG.info("stopping", signal=signal.Signals(number).name)
        stop.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    for kind in kinds:
        signal.signal(kind, ask)
    try:
        yield stop
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)
