"""Proof that an earlier process of the same keeper has died: the system's lock on a file.

A process that has the lock of its configuration file knows that no other process of this machine
has it. The system gives it back when a process dies, however it dies, and not before. The name
of a seat says which file of which start of which machine it is, so that it is never mistaken for
another one.
"""

from __future__ import annotations

import fcntl
import os
import socket
from hashlib import blake2b
from pathlib import Path
from typing import Self

BOOT = Path("/proc/sys/kernel/random/boot_id")
"""Where Linux names this start of the machine."""


class Seat:
    """A place that one process of this machine has at a time.

    Parameters
    ----------
    file
        The file that is locked; it is only read.
    """

    def __init__(self, file: Path, *, boot: Path = BOOT) -> None:
        self._descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
        self._name = _name(self._descriptor, boot)
        self._taken = False

    def take(self) -> str | None:
        """Name of the seat; None while another process has it, or where none can be known."""
        if self._name is None:
            return None
        if not self._taken:
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return None
            self._taken = True
        return self._name

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)
        self._taken, self._name = False, None


def _name(descriptor: int, boot: Path) -> str | None:
    try:
        start = boot.read_text(encoding="ascii").strip()
    except OSError:
        return None
    found = os.fstat(descriptor)
    text = f"{start} {socket.gethostname()} {found.st_dev} {found.st_ino}"
    return blake2b(text.encode(), digest_size=8).hexdigest()
