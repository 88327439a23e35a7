"""The history of a vault for the page: indexed by a thread, told from memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Event, Thread
from typing import Any

from trimtab.errors import TrimtabError
from trimtab.history.events import LegSettled
from trimtab.history.indexer import Indexer
from trimtab.history.past import Past, PastRebalance
from trimtab.store.event_index import EventIndex, Mark
from trimtab.telemetry import printable, redact

PAUSE_SECONDS = 10.0
"""How long the thread waits once it has read the newest block, or has failed to."""

MOST_AT_ONCE = 200
"""Most rebalances in one answer."""


@dataclass(frozen=True, slots=True)
class Told:
    """What is known, up to a block; `past` may have grown by more since, `count` says how far."""

    past: Past
    count: int
    supply: int
    keepers: tuple[str, ...]
    mark: Mark | None
    complete: bool
    fault: str | None = None


class PastReader:
    """Keeps the index of one vault up with the chain, and answers from it.

    Parameters
    ----------
    indexer, index
        What reads, and where it puts it.
    vault, first
        The vault, and the block where its history begins.
    """

    def __init__(self, indexer: Indexer, index: EventIndex, *, vault: str, first: int) -> None:
        self._indexer = indexer
        self._index = index
        self._vault = vault
        self._first = first
        self._told = Told(Past(vault), 0, 0, (), None, complete=False)

    def catch_up(self) -> None:
        """Read to the newest block; a failure is told with what is known, and tried again later."""
        try:
            self._tell(complete=False)
            while self._indexer.step():
                self._tell(complete=False)
            self._tell(complete=True)
        except TrimtabError as error:
            self._told = _failed(self._told, printable(redact(str(error))))

    def answer(self, *, before: int | None, limit: int) -> dict[str, Any]:
        """What happened, the newest first; `before` is the nonce that the answer ends below."""
        told = self._told
        known = told.past.rebalances[: told.count]
        end = told.count if before is None else max(0, min(before, told.count))
        shown = known[max(0, end - min(limit, MOST_AT_ONCE)) : end]
        points = known if before is None else []
        return {
            "first_block": self._first,
            "last_block": None if told.mark is None else told.mark.number,
            "complete": told.complete,
            "fault": told.fault,
            "count": told.count,
            "supply": str(told.supply),
            "keepers": list(told.keepers),
            "rebalances": [_rebalance_json(one) for one in reversed(shown)],
            "per_share": [(one.block_number, one.timestamp, str(one.per_share)) for one in points],
        }

    def _tell(self, *, complete: bool) -> None:
        """Take in what the index has beyond what is told; all of it anew after a reorganisation."""
        told, mark = self._told, self._index.mark()
        past, after = told.past, -1 if told.mark is None else told.mark.number
        if told.mark is not None and not self._index.holds(told.mark):
            past, after = Past(self._vault), -1
        if mark != told.mark:
            past.tell(self._index.logs(after=after))
        self._told = Told(
            past, len(past.rebalances), past.supply, tuple(past.keepers), mark, complete
        )


class Background:
    """Runs something again and again in a thread, until it is stopped."""

    def __init__(self, work: Callable[[], None], *, pause: float = PAUSE_SECONDS) -> None:
        self._work = work
        self._pause = pause
        self._stopped = Event()
        self._thread = Thread(target=self._run, name="history", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join(timeout=self._pause)

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._work()
            self._stopped.wait(self._pause)


def _failed(told: Told, fault: str) -> Told:
    return Told(
        told.past, told.count, told.supply, told.keepers, told.mark, complete=False, fault=fault
    )


def _rebalance_json(one: PastRebalance) -> dict[str, Any]:
    totals = one.totals
    return {
        "nonce": totals.nonce,
        "block": one.block_number,
        "timestamp": one.timestamp,
        "transaction": one.transaction_hash,
        "caller": one.caller,
        "reason": one.reason.name.lower(),
        "nav_before": str(totals.nav_before),
        "nav_after": str(totals.nav_after),
        "drift_before": str(totals.drift_before),
        "drift_after": str(totals.drift_after),
        "loss": str(totals.loss),
        "turnover": str(totals.turnover),
        "per_share": str(one.per_share),
        "legs": [_leg_json(leg) for leg in one.legs],
    }


def _leg_json(leg: LegSettled) -> dict[str, str]:
    return {
        "token_in": leg.token_in,
        "token_out": leg.token_out,
        "amount_in": str(leg.amount_in),
        "amount_out": str(leg.amount_out),
        "value_in": str(leg.value_in),
        "value_out": str(leg.value_out),
    }
