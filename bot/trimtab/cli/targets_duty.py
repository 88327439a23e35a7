"""New targets while a keeper runs: looked for on a calendar, proposed, and scheduled if told to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from eth_utils.address import to_checksum_address

from trimtab import telemetry
from trimtab.chain.answers import Block
from trimtab.cli.proposals import change_to, require_accepted, run_now, settings_of, why_due
from trimtab.cli.session import Session
from trimtab.cli.settings.schema import TargetsSettings
from trimtab.cli.target_runs import ModelRun, newest_run, store_run
from trimtab.cli.vault_rules import Rules
from trimtab.cli.vault_table import OPERATIONS
from trimtab.domain.phrases import duration, percent
from trimtab.errors import BadInput, TrimtabError
from trimtab.executor.executor import Executor
from trimtab.executor.intents import Intent
from trimtab.keeper.leadership import Candidate, Leadership, process_name
from trimtab.store.journal import Subject

RETRY = 3_600
"""Time after which a look that came to nothing is made again, in seconds."""

LEASE_SECONDS = 300.0
"""How long the right to sign for the manager lasts: longer than waiting for a receipt."""

Tell = Callable[[str, str], None]
"""Told a title and a text: what people are to know."""

_LOG = telemetry.logger("targets")


@dataclass(frozen=True, slots=True)
class Manager:
    """The manager's account, which alone may schedule targets."""

    executor: Executor
    leadership: Leadership


class ModelDuty:
    """Looks from time to time whether new targets are due; a fault never stops the keeper.

    Parameters
    ----------
    manager
        Who schedules; None only proposes.
    tell
        Who is told of a proposal, of targets on their way, and of faults.
    leads
        Whether this process is the one that acts.
    """

    def __init__(
        self, session: Session, manager: Manager | None, tell: Tell, leads: Callable[[], bool]
    ) -> None:
        self._session, self._manager = session, manager
        self._tell, self._leads = tell, leads
        self._next_at = 0

    def step(self, head: Block) -> None:
        """Look, if it is time to."""
        if head.timestamp < self._next_at or not self._leads():
            return
        settings = settings_of(self._session)
        self._next_at = head.timestamp + settings.look_every
        try:
            self._look(settings)
        except TrimtabError as error:
            self._next_at = head.timestamp + RETRY
            _LOG.warning("no new targets", error=str(error))
            self._tell("no new targets could be made", str(error))

    def _look(self, settings: TargetsSettings) -> None:
        rules = Rules(self._session)
        snapshot = rules.snapshot
        if snapshot.weights_frozen or snapshot.schedule_end > snapshot.timestamp:
            _LOG.info(
                "targets are left", frozen=snapshot.weights_frozen, until=snapshot.schedule_end
            )
            return
        run = run_now(self._session, snapshot)
        require_recent(run, settings)
        folder = self._session.path(settings.runs)
        reason = why_due(newest_run(folder), run, settings)
        if not reason:
            _LOG.info("targets are recent")
            return
        change = change_to(rules, run)
        require_accepted(rules, run, change)
        words = f"{reason}; they are {percent(change.turnover)} from those of now"
        if self._manager is None:
            file = store_run(run, folder)
            _LOG.info("targets proposed", file=str(file), reason=reason, turnover=change.turnover)
            self._tell(f"new targets for {snapshot.vault} are proposed", f"{words}: {file}")
            return
        if not self._manager.leadership.renew():
            return
        times = (change.starts_at, change.ends_at)
        transaction = self._schedule(rules, run, times)
        file = store_run(run, folder)  # only now: what was not scheduled is still due
        _LOG.info("targets scheduled", file=str(file), reason=reason, transaction=transaction)
        self._tell(f"new targets for {snapshot.vault} are scheduled", f"{words}: {transaction}")

    def _schedule(self, rules: Rules, run: ModelRun, times: tuple[int, int]) -> str:
        assert self._manager is not None  # noqa: S101 (the caller looked)
        known, executor = OPERATIONS["schedule"], self._manager.executor
        executor.settle()
        intent = Intent(
            Subject("schedule targets", rules.snapshot.vault),
            to_checksum_address(rules.address(known.contract)),
            known.data((list(run.targets), *times)),
        )
        return executor.submit(intent).require_success().transaction_hash


def require_recent(run: ModelRun, settings: TargetsSettings) -> None:
    """Refuse a run on prices that have not been kept up to date.

    Raises
    ------
    BadInput
        Naming their age.
    """
    age = run.made_at - run.timestamps[-1]
    if age > settings.max_age:
        raise BadInput(
            f"{settings.prices}: the newest prices are {duration(age)} old, targets.max_age is "
            f"{duration(settings.max_age)}: bring them up to date, as trimtab prices pull does"
        )


@contextmanager
def models_on_duty(
    session: Session, tell: Tell, leads: Callable[[], bool], *, live: bool
) -> Iterator[ModelDuty]:
    """What section [targets] asks of a keeper that runs; only a live one ever schedules.

    Raises
    ------
    BadInput
        If the settings do not fit, or the signer named is not the vault's manager.
    """
    settings = settings_of(session)
    if session.settings.fleet:
        raise BadInput('targets.keeper looks after one vault: set it to "off" beside [[fleet]]')
    if settings.keeper == "propose" or not live:
        yield ModelDuty(session, None, tell, leads)
        return
    if settings.signer not in session.settings.signers:
        known = ", ".join(session.settings.signers) or "none"
        raise BadInput(
            f"targets.signer is {settings.signer}, expected the manager's entry in [signers], "
            f"which has {known}"
        )
    keys = session.settings.signers[settings.signer]
    manager, ours = Rules(session).holder("manager", "Mandate"), session.address(keys)
    if manager != ours:
        raise BadInput(
            f"targets.signer is {ours}, but the vault's manager is {manager}: name its key, or "
            'set targets.keeper to "propose"'
        )
    with session.sending(keys) as sending:
        leadership = Leadership(sending.executor, Candidate(process_name(), LEASE_SECONDS))
        try:
            yield ModelDuty(session, Manager(sending.executor, leadership), tell, leads)
        finally:
            leadership.resign()
