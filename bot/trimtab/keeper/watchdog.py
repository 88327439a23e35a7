"""Tells systemd that the keeper runs, and goes on doing so; silent where systemd did not ask."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from threading import Event, Thread

PINGS = 3
"""Messages in the time after which systemd takes the process for hung."""


def notify(state: str, environment: Mapping[str, str] = os.environ) -> bool:
    """Send one message of systemd's protocol; False where nobody listens.

    References
    ----------
    sd_notify(3)
    """
    place = environment.get("NOTIFY_SOCKET", "")
    if not place.startswith(("/", "@")):
        return False
    # An abstract socket is written with @ and named with a zero byte.
    address = "\0" + place[1:] if place.startswith("@") else place
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as wire:
        wire.connect(address)
        wire.sendall(state.encode())
        return True
    return False


@contextmanager
def watchdog(
    alive: Callable[[], bool], environment: Mapping[str, str] = os.environ
) -> Iterator[None]:
    """Say that the keeper is ready, and then, as long as it is alive, that it is.

    Parameters
    ----------
    alive
        Whether the loop goes on; once it does not, systemd hears nothing and restarts the process.
    environment
        Where systemd says how to be told.
    """
    notify("READY=1", environment)
    stop = Event()
    seconds = _period(environment)
    thread = Thread(
        target=_ping, args=(alive, stop, seconds, environment), name="watchdog", daemon=True
    )
    if seconds:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        notify("STOPPING=1", environment)
        if seconds:
            thread.join()


def _ping(
    alive: Callable[[], bool], stop: Event, seconds: float, environment: Mapping[str, str]
) -> None:
    while True:
        if alive():
            notify("WATCHDOG=1", environment)
        if stop.wait(seconds):
            return


def _period(environment: Mapping[str, str]) -> float:
    """Seconds between two messages; 0 where systemd wants none of this process."""
    owner = environment.get("WATCHDOG_PID", str(os.getpid()))
    text = environment.get("WATCHDOG_USEC", "")
    if owner != str(os.getpid()) or not text.isdecimal():
        return 0.0
    return int(text) / 1e6 / PINGS
