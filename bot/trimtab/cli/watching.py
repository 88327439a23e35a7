"""Around a keeper that runs: the monitor, alerts, systemd's watchdog, and what they are told."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from trimtab.chain.answers import Block
from trimtab.cli.duty import Duty
from trimtab.cli.session import Session
from trimtab.cli.settings.schema import AlertSettings
from trimtab.domain.units import DAY
from trimtab.errors import BadInput, TransientError
from trimtab.executor.clock import SystemClock
from trimtab.keeper.alerts import AlertDesk, Deliver, Habits
from trimtab.keeper.calibration import calibration, comparisons
from trimtab.keeper.courier import Courier
from trimtab.keeper.fleet import Turn
from trimtab.keeper.health import Health, Limits
from trimtab.keeper.monitor import Monitor
from trimtab.keeper.result import Action
from trimtab.keeper.watchdog import watchdog
from trimtab.keeper.watcher import Outlets, Patience, Watcher
from trimtab.store.decisions import Decisions
from trimtab.store.overview import Overview
from trimtab.telemetry.metrics import Metrics
from trimtab.telemetry.notify import AppriseNotifier

PURSE_SECONDS = 300.0
"""Time between two looks at the balance of the account that sends."""


class Watch:
    """Keepers whose steps are seen by a watcher."""

    def __init__(self, session: Session, duty: Duty, watcher: Watcher) -> None:
        self.watcher = watcher
        self._session = session
        self._duty = duty
        self._overview = Overview(duty.database, session.settings.node.chain_id)
        self._least_gas = int(session.settings.monitor.least_gas * 10**18)
        self._purse_at = self._forgot_at = float("-inf")

    def step(self, head: Block) -> Turn:
        """Have the keepers take a step, and tell the watcher of it."""
        started = time.monotonic()
        turn = self._duty.take(head)
        self.watcher.timed(time.monotonic() - started)
        self._tell_of_turn(turn)
        self.tell_of_account()
        self._forget()
        return turn

    def _tell_of_turn(self, turn: Turn) -> None:
        self.watcher.looked_at(turn.looked)
        for summary in turn.summaries:
            self.watcher.summarised(summary)
        for vault, error in turn.failures:
            self.watcher.one_failed(vault, error)
        for result in turn.results:
            self.watcher.decided(result)
            if result.action is Action.REBALANCE:
                self.tell_of_model(result.snapshot.vault)

    def tell_of_account(self) -> None:
        """Look after nodes, what is on its way, and from time to time what is left for gas."""
        self.watcher.endpoints(self._session.pool.health())
        if not self._duty.leaderships:
            return
        held = [one.held for one in self._duty.leaderships if one.held is not None]
        if held:
            self.watcher.leads(any(held))
        self.watcher.in_flight(self._overview.in_flight())
        if time.monotonic() - self._purse_at < PURSE_SECONDS:
            return
        for executor in (one.executor for one in self._duty.leaderships):
            try:
                balance = self._session.node.balance(executor.address)
            except TransientError:
                return  # the next step is about to meet the same node, and says so
            self.watcher.has_gas(executor.address, balance, self._least_gas)
        self._purse_at = time.monotonic()

    def _forget(self) -> None:
        """Once a day, let go of old decisions to do nothing."""
        if time.monotonic() - self._forgot_at >= DAY:
            before = time.time() - self._session.settings.keeper.keep_idle
            Decisions(self._duty.database).forget_idle(before=before)
            self._forgot_at = time.monotonic()

    def tell_of_model(self, vault: str) -> None:
        """Look at how well costs were predicted."""
        self.watcher.judged(vault, calibration(comparisons(self._overview.rebalances(vault))))


@contextmanager
def watched(session: Session, duty: Duty) -> Iterator[Watch]:
    """A keeper that answers other machines and tells people, as far as the settings want it.

    Raises
    ------
    BadInput
        If the monitor cannot listen, or alerts have no usable address.
    """
    metrics, clock = Metrics(), SystemClock()
    health = Health(clock, _limits(session), session.pool.health)
    settings = session.settings.alerts
    with ExitStack() as open_things:
        deliver = _courier(session, settings, metrics, open_things)
        desk = AlertDesk(deliver, clock, _habits(settings))
        watcher = Watcher(Outlets(health, metrics, desk), clock, _patience(settings))
        if session.settings.monitor.listen is not None:
            address, port = session.settings.monitor.listen
            monitor = Monitor(address, port, health=health, metrics=metrics)
            open_things.enter_context(monitor)
        watch = Watch(session, duty, watcher)
        metrics.vaults.set(len(duty.vaults))
        for vault in duty.vaults:
            watch.tell_of_model(vault)
        watch.tell_of_account()
        open_things.enter_context(watchdog(lambda: health.alive().holds))
        yield watch


def alert_urls(
    settings: AlertSettings, folder: Path, environment: Mapping[str, str]
) -> tuple[str, ...]:
    """Addresses of the services that alerts go to, one a line.

    Raises
    ------
    BadInput
        If there are none.
    """
    text = environment.get(settings.urls_variable, "")
    if settings.urls_file is not None and not text:
        file = folder / settings.urls_file
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput(f"{file}: cannot be read: {type(error).__name__}") from None
    urls = tuple(line.strip() for line in text.splitlines() if line.strip())
    if not urls:
        raise BadInput(
            f"section [alerts] is there, but no address: expected one a line in the variable "
            f"{settings.urls_variable}, or in a file that alerts.urls_file names"
        )
    return urls


def _courier(
    session: Session, settings: AlertSettings | None, metrics: Metrics, open_things: ExitStack
) -> Deliver:
    if settings is None:
        return lambda _title, _body: None
    notifier = AppriseNotifier(alert_urls(settings, session.file.parent, os.environ))
    return open_things.enter_context(Courier(notifier, metrics)).deliver


def _limits(session: Session) -> Limits:
    monitor = session.settings.monitor
    return Limits(head_age=float(monitor.head_age), least_gas=int(monitor.least_gas * 10**18))


def _habits(settings: AlertSettings | None) -> Habits:
    if settings is None:
        return Habits()
    return Habits(repeat=float(settings.repeat), per_hour=settings.per_hour)


def _patience(settings: AlertSettings | None) -> Patience:
    if settings is None:
        return Patience()
    return Patience(
        blocked=float(settings.blocked_after),
        stale=float(settings.stale_after),
        stuck=float(settings.stuck_after),
        down=float(settings.down_after),
    )
