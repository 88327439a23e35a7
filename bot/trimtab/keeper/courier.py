"""Carries alerts out of the process while the loop goes on."""

from __future__ import annotations

from queue import Full, Queue
from threading import Thread
from typing import Protocol, Self

from trimtab import telemetry
from trimtab.telemetry.metrics import Metrics

MOST_WAITING = 100
"""Messages that may wait for a service that is slow."""

END_SECONDS = 10.0
"""How long messages may take to leave when the keeper stops."""

_LOG = telemetry.logger("alerts")


class Notifier(Protocol):
    """A way to reach people."""

    def send(self, title: str, body: str) -> bool:
        """Send a message, and wait until it is gone; whether it is."""


class Courier:
    """A thread that sends, one message after the other."""

    def __init__(self, notifier: Notifier, metrics: Metrics) -> None:
        self._notifier = notifier
        self._metrics = metrics
        self._waiting: Queue[tuple[str, str] | None] = Queue(MOST_WAITING)
        self._thread = Thread(target=self._run, name="alerts", daemon=True)

    def deliver(self, title: str, body: str) -> None:
        """Have a message sent; it is dropped if too many wait already."""
        try:
            self._waiting.put_nowait((title, body))
        except Full:
            self._count("dropped")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._waiting.put(None, timeout=END_SECONDS)
        except Full:
            return
        self._thread.join(END_SECONDS)

    def _run(self) -> None:
        while (message := self._waiting.get()) is not None:
            sent = self._sent(*message)
            self._count("sent" if sent else "failed")
            if not sent:
                _LOG.warning("alert not delivered", title=message[0])

    def _sent(self, title: str, body: str) -> bool:
        try:
            return self._notifier.send(title, body)
        except Exception as error:  # noqa: BLE001 (whatever a service does, the next must be told)
            # Its words may carry the address with its secrets.
            _LOG.warning("alert service failed", error=type(error).__name__)
            return False

    def _count(self, fate: str) -> None:
        self._metrics.alerts.labels(fate).inc()
