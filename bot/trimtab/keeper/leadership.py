"""The right to sign for an account, which keepers that share a journal pass on."""

from __future__ import annotations

import os
import secrets
import socket

from trimtab import telemetry
from trimtab.executor.executor import Executor

LEASE_SECONDS = 300.0
"""How long the right lasts unless it is renewed: longer than a step that waits for a receipt."""

_LOG = telemetry.logger("keeper")


def process_name() -> str:
    """A name that no other process has, on this machine or another."""
    return f"{socket.gethostname()[:60]} {os.getpid()} {secrets.token_hex(4)}"


class Leadership:
    """The right of one process to sign for one account.

    Parameters
    ----------
    executor
        What signs.
    holder
        Name of this process.
    seconds
        How long the right lasts.
    """

    def __init__(self, executor: Executor, holder: str, *, seconds: float = LEASE_SECONDS) -> None:
        self.executor = executor
        self._holder, self._seconds = holder, seconds
        self.held: bool | None = None

    def renew(self) -> bool:
        """Take or renew the right, before anything is decided; False while another keeper has it.

        Raises
        ------
        TransientError
            If what the last holder left cannot be reconciled yet.
        """
        held = self.executor.lead(self._holder, seconds=self._seconds)
        if held != self.held:
            _LOG.info("leads" if held else "stands by", account=self.executor.address)
        self.held = held
        return held

    def resign(self) -> None:
        """Give the right back at once."""
        self.executor.step_down()
        self.held = None
