"""Tells people what they should know, once: conditions that last, and events.

A condition is told after it has lasted for some time, again after long, and when it is over.
However much goes wrong, only so many messages leave in an hour.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from trimtab import telemetry
from trimtab.domain.phrases import duration
from trimtab.executor.clock import Clock

HOUR = 3600.0
"""An hour, in seconds."""

_LOG = telemetry.logger("alerts")

Deliver = Callable[[str, str], None]
"""Hands a title and a body to whoever sends them; must not wait."""


@dataclass(frozen=True, slots=True)
class Habits:
    """How often people are told.

    Attributes
    ----------
    repeat
        Time after which a condition that lasts is told again, in seconds.
    per_hour
        Most messages in an hour; as many may leave at once.
    """

    repeat: float = 6 * HOUR
    per_hour: int = 12


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that should not be so.

    Attributes
    ----------
    key
        Tells it apart from every other condition, for example `gas`.
    holds
        Whether it is so.
    title, body
        What people are told.
    patience
        How long it may be so before they are, in seconds.
    """

    key: str
    holds: bool
    title: str
    body: str = ""
    patience: float = 0.0


class AlertDesk:
    """Decides what leaves, and when."""

    def __init__(self, deliver: Deliver, clock: Clock, habits: Habits | None = None) -> None:
        self._deliver = deliver
        self._clock = clock
        self._habits = habits or Habits()
        self._since: dict[str, float] = {}
        self._told: dict[str, float] = {}
        self._tokens = float(self._habits.per_hour)
        self._refilled_at = clock.now()
        self._held_back = 0

    def event(self, title: str, body: str) -> None:
        """Tell of something that happened once."""
        self._send(title, body)

    def check(self, condition: Condition) -> None:
        """Tell of a condition if it is time to; call it whenever the condition was looked at."""
        if condition.holds:
            self._lasts(condition)
        else:
            self._is_over(condition)

    def active(self) -> tuple[str, ...]:
        """Keys of conditions that were told and are not over."""
        return tuple(sorted(self._told))

    def _lasts(self, condition: Condition) -> None:
        now = self._clock.now()
        since = self._since.setdefault(condition.key, now)
        told = self._told.get(condition.key)
        if now - since < condition.patience or (
            told is not None and now - told < self._habits.repeat
        ):
            return
        lasted = f"for {duration(round(now - since))}" if now > since else "since now"
        if self._send(condition.title, f"{condition.body} ({lasted})"):
            self._told[condition.key] = now

    def _is_over(self, condition: Condition) -> None:
        since = self._since.pop(condition.key, None)
        if self._told.pop(condition.key, None) is not None and since is not None:
            lasted = duration(round(self._clock.now() - since))
            self._send(f"over: {condition.title}", f"it lasted {lasted}")

    def _send(self, title: str, body: str) -> bool:
        """Whether the message may leave now; what may not is counted and mentioned later."""
        self._refill()
        if self._tokens < 1:
            self._held_back += 1
            _LOG.warning("alert held back", title=title, held_back=self._held_back)
            return False
        self._tokens -= 1
        if self._held_back:
            body += f"\n{self._held_back} earlier alerts were held back: see the log"
            self._held_back = 0
        _LOG.info("alert", title=title, body=body)
        self._deliver(telemetry.redact(title), telemetry.redact(body))
        return True

    def _refill(self) -> None:
        now = self._clock.now()
        passed = max(0.0, now - self._refilled_at)
        self._refilled_at = now
        full = float(self._habits.per_hour)
        self._tokens = min(full, self._tokens + passed * full / HOUR)
