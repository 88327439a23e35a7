"""The right to sign for an account, which keepers that share a journal pass on."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Sequence

from trimtab import telemetry
from trimtab.chain.answers import Block
from trimtab.executor.executor import Executor
from trimtab.executor.tenure import Claim
from trimtab.keeper.loop import Heads
from trimtab.keeper.seat import Seat
from trimtab.store.leases import Lease

_LOG = telemetry.logger("keeper")


def process_name() -> str:
    """A name that no other process has, on this machine or another."""
    return f"{socket.gethostname()[:60]} {os.getpid()} {secrets.token_hex(4)}"


class Candidate:
    """This process, as it asks for the right to sign.

    Parameters
    ----------
    name
        Name of the process, which no other one has.
    seconds
        How long a right lasts unless it is renewed.
    seat
        What proves that an earlier process of the same keeper has died; None without such a proof.
    """

    def __init__(self, name: str, seconds: float, seat: Seat | None = None) -> None:
        self.name, self.seconds = name, seconds
        self._seat = seat

    def claim(self) -> Claim:
        """What is asked for now; a process that has no seat yet may have one later."""
        seat = self._seat.take() if self._seat else None
        return Claim(f"{self.name} {seat}" if seat else self.name, self.seconds, seat)


class Leadership:
    """The right of one process to sign for one account.

    Parameters
    ----------
    executor, candidate
        What signs, and who asks for the right.
    shared
        Whether the right is taken only as a part of this process's share, by `adopt`.

    Attributes
    ----------
    held
        Whether this process had the right when that was last asked; None before.
    """

    def __init__(self, executor: Executor, candidate: Candidate, *, shared: bool = False) -> None:
        self.executor = executor
        self._candidate = candidate
        self._shared = shared
        self.held: bool | None = None

    def renew(self) -> bool:
        """Take or keep the right, before anything is decided; False while another keeper has it.

        Raises
        ------
        TransientError
            If what the last holder left cannot be reconciled yet.
        """
        if self._shared and not self.keep():
            held = False
        else:
            held = self.executor.lead(self._candidate.claim())
        if held != self.held:
            _LOG.info("leads" if held else "stands by", account=self.executor.address)
        self.held = held
        return held

    def keep(self) -> bool:
        """Have the right last; False if this process does not have it."""
        return self.executor.keep_leading()

    def adopt(self, lease: Lease, claim: Claim) -> None:
        """Lead by a lease that was taken for this process with others."""
        self.executor.adopt(lease, claim)

    def resign(self) -> None:
        """Give the right back at once."""
        self.executor.step_down()
        self.held = None


class LedHeads:
    """New blocks; each look for one keeps the right to sign, which a quiet chain must not cost."""

    def __init__(self, heads: Heads, leaderships: Sequence[Leadership]) -> None:
        self._heads, self._leaderships = heads, leaderships

    def head(self) -> Block:
        """The newest block."""
        for leadership in self._leaderships:
            leadership.keep()
        return self._heads.head()
