"""Brings what an interrupted run sent to its end, before anything new is sent."""

from __future__ import annotations

from trimtab.cli.app import out
from trimtab.cli.session import Sending
from trimtab.executor.intents import Intent, Outcome


def finished_before(sending: Sending) -> set[str]:
    """Kinds of transactions of an earlier run that have taken effect by now; each is reported.

    Raises
    ------
    IntentPending
        If something that was sent is still on its way.
    """
    finished: set[str] = set()
    for item in sending.executor.settle():
        if item.intent.in_flight and item.outcome is not None and item.outcome.took_effect:
            kind = item.intent.subject.kind
            report(f"an earlier run's {kind}", item.outcome)
            finished.add(kind)
    return finished


def send(sending: Sending, intent: Intent, title: str) -> None:
    """Send a transaction and report it."""
    report(title, sending.executor.submit(intent).require_success())


def report(title: str, outcome: Outcome) -> None:
    """Say what was mined, where, and what gas it took."""
    out.print(
        f"{title}: block {outcome.block_number}, {outcome.gas_used} gas, "
        f"{outcome.transaction_hash}",
        soft_wrap=True,
    )
