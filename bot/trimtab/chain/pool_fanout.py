"""Several questions at once, without waiting for the slowest."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TypeVar

from trimtab.chain.reverts import Refusal
from trimtab.errors import TransientError

GRACE_SECONDS = 1.0
"""How long others are waited for after the first good answer."""

T = TypeVar("T")
Result = TransientError | Refusal | object
"""What a question brought: its answer, or the error in its place."""


def fan_out(
    questions: Sequence[Callable[[], T]], *, grace: float = GRACE_SECONDS
) -> Iterator[tuple[int, T | TransientError | Refusal]]:
    """Answers with the positions of their questions, as they come.

    It ends when all are there, or `grace` seconds after the first one that is no error: what comes
    later is dropped. Every question must end by itself.
    """
    if len(questions) == 1:
        yield 0, _attempt(questions[0])
        return
    answers: SimpleQueue[tuple[int, T | TransientError | Refusal]] = SimpleQueue()
    for position, question in enumerate(questions):
        # Threads that end with the program: a node that hangs does not keep it from stopping.
        Thread(target=_put, args=(answers, position, question), daemon=True).start()
    deadline: float | None = None
    for _ in questions:
        left = None if deadline is None else max(0.0, deadline - time.monotonic())
        try:
            position, answer = answers.get(timeout=left)
        except Empty:
            return
        if deadline is None and not isinstance(answer, TransientError):
            deadline = time.monotonic() + grace
        yield position, answer


def _put(
    answers: SimpleQueue[tuple[int, T | TransientError | Refusal]],
    position: int,
    question: Callable[[], T],
) -> None:
    answers.put((position, _attempt(question)))


def _attempt(question: Callable[[], T]) -> T | TransientError | Refusal:
    try:
        return question()
    except (TransientError, Refusal) as error:
        return error
