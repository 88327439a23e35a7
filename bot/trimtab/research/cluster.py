"""Parts of a sweep on a Dask cluster; what has come back is kept if the cluster disappears."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pandas as pd

from trimtab.errors import BadInput
from trimtab.models.libraries import library
from trimtab.research.sweep import Runner, Task, compute

__all__ = ["Patience", "on_cluster"]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, in seconds.

    Attributes
    ----------
    connect
        For the scheduler's first answer.
    poll
        Between two looks.
    alone
        For a worker to be there, once there is none.
    """

    connect: float = 10.0
    poll: float = 0.1
    alone: float = 60.0


@contextmanager
def on_cluster(address: str, patience: Patience | None = None) -> Iterator[Runner]:
    """What computes parts on the workers of a scheduler, which need the same version of trimtab.

    Raises
    ------
    BadInput
        If the scheduler does not answer, or is gone before all parts are there.
    """
    waits, distributed = patience or Patience(), library("distributed", "cluster")
    try:
        # A client that cannot even begin would wait for itself when it is thrown away.
        distributed.comm.resolve_address(address)
        client = distributed.Client(address, timeout=waits.connect, set_as_default=False)
    except (OSError, ValueError, RuntimeError) as fault:
        raise BadInput(
            f"--scheduler {address}: no scheduler answers: {type(fault).__name__}; check the "
            "address, or leave it out to use this machine"
        ) from fault

    def run(tasks: Sequence[Task]) -> Iterator[tuple[int, pd.DataFrame]]:
        waiting = {client.submit(compute, task, pure=False): i for i, task in enumerate(tasks)}
        seen = time.monotonic()
        while waiting:
            done = [future for future in waiting if future.done()]
            for future in done:
                yield waiting.pop(future), _result(future, address)
            if done or (client.status == "running" and _workers(client)):
                seen = time.monotonic()
            if time.monotonic() - seen > waits.alone:
                raise _gone(address, f"no worker for {waits.alone:g} s")
            time.sleep(waits.poll)

    try:
        yield run
    finally:
        client.close(timeout=waits.connect)


def _workers(client: Any) -> int:
    try:
        return len(client.scheduler_info()["workers"])
    except (OSError, RuntimeError, KeyError):
        return 0


def _result(future: Any, address: str) -> pd.DataFrame:
    if future.cancelled():
        raise _gone(address, "it gave the work up")
    try:
        frame: pd.DataFrame = future.result(timeout=60)
    except (OSError, RuntimeError, asyncio.CancelledError) as fault:
        raise _gone(address, type(fault).__name__) from fault
    return frame


def _gone(address: str, why: str) -> BadInput:
    return BadInput(
        f"--scheduler {address}: the cluster is gone ({why}): finished parts are kept; run it "
        "again, there or without --scheduler, and it goes on"
    )
