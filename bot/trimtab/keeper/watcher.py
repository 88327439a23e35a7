"""Turns what a keeper meets into health, figures and alerts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eth_typing import ChecksumAddress

from trimtab.chain.answers import Block
from trimtab.chain.pool_endpoint import EndpointHealth
from trimtab.domain.phrases import words
from trimtab.domain.snapshot import Blocker, Reason, VaultSummary
from trimtab.domain.units import wad_to_float, wei_to_float
from trimtab.errors import (
    CallReverted,
    NoContract,
    NodeAnsweredWrongly,
    NodeRefused,
    NodeUnreachable,
    TrimtabError,
)
from trimtab.executor.clock import Clock
from trimtab.keeper.alerts import AlertDesk, Condition
from trimtab.keeper.calibration import Calibration
from trimtab.keeper.fleet import CALM, wants_a_closer_look
from trimtab.keeper.health import Health
from trimtab.keeper.realised import CostSplit
from trimtab.keeper.result import Action, StepResult
from trimtab.policy.decision import Hold, HoldReason
from trimtab.store.overview import InFlight
from trimtab.telemetry.metrics import Metrics

AT_FAULT = (NodeUnreachable, NodeRefused, NodeAnsweredWrongly)
"""Errors that are a node's."""

UNREAD = (*AT_FAULT, CallReverted, NoContract)
"""Errors with which a look comes to nothing though blocks come."""

WANTED_HOLDS = frozenset(
    {
        HoldReason.WITHIN_TRIGGERS,
        HoldReason.PERIOD_DONE,
        HoldReason.BELOW_FLOOR,
        HoldReason.COST_ABOVE_BENEFIT,
    }
)
"""Reasons to hold that the policy chose: nothing is held up by them."""

DONE = frozenset({Action.REBALANCE, Action.POKE, Action.SEND, Action.PLAN, Action.WAIT})
"""What a step did about a rebalance that was due."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long something may last before people are told, in seconds.

    Attributes
    ----------
    blocked
        A due rebalance that is held up.
    stale
        A price that cannot be used.
    stuck
        A transaction on its way.
    down
        Nodes that fail, and looks that come to nothing.
    """

    blocked: float = 86_400.0
    stale: float = 600.0
    stuck: float = 900.0
    down: float = 300.0


@dataclass(frozen=True, slots=True)
class Outlets:
    """Where a watcher tells what it sees."""

    health: Health
    metrics: Metrics
    alerts: AlertDesk


class Watcher:
    """Sees what a keeper does; changes nothing."""

    def __init__(self, outlets: Outlets, clock: Clock, patience: Patience | None = None) -> None:
        self._health, self._metrics = outlets.health, outlets.metrics
        self._alerts = outlets.alerts
        self._clock = clock
        self._patience = patience or Patience()
        self._blocked_since: dict[str, float] = {}
        self._sees_head = False

    def turned(self) -> None:
        """The loop went on."""
        self._sees_head = False
        self._health.turned()
        self._metrics.turn_time.set(self._clock.now())
        for condition in self._health.conditions():
            self._metrics.ready.labels(condition.name).set(condition.holds)

    def saw(self, head: Block) -> None:
        """A newest block came."""
        self._sees_head = True
        self._health.saw(head)
        self._metrics.block_number.set(head.number)
        self._metrics.block_time.set(head.timestamp)
        self._node_works(True, "")

    def failed(self, error: TrimtabError, in_a_row: int) -> None:
        """A look failed and will be tried again."""
        self._metrics.failures.labels(type(error).__name__).inc()
        self._metrics.failures_in_a_row.set(in_a_row)
        if isinstance(error, AT_FAULT) and not self._sees_head:
            self._node_works(False, str(error))
        elif isinstance(error, UNREAD):
            self._looks_work(False, str(error))

    def gave_up(self, error: TrimtabError) -> None:
        """The keeper ends."""
        self._alerts.event("the keeper stopped", str(error))

    def timed(self, seconds: float) -> None:
        """A look at a new block took so long."""
        self._metrics.step_seconds.observe(seconds)
        self._metrics.failures_in_a_row.set(0)
        self._looks_work(True, "")

    def decided(self, result: StepResult) -> None:
        """One vault was looked at."""
        snapshot = result.snapshot
        self._metrics.decisions.labels(str(result.action)).inc()
        self._metrics.vault_nav.labels(snapshot.vault).set(wad_to_float(snapshot.nav))
        self._metrics.vault_drift.labels(snapshot.vault).set(wad_to_float(snapshot.total_drift))
        missing = isinstance(result.decision, Hold) and result.decision.reason is HoldReason.PRICE
        self._price(snapshot.vault, missing, result.sentence)
        self._blocked(snapshot.vault, _is_blocked(result), result.sentence)
        if result.action is Action.REBALANCE:
            self._rebalanced(result)
        if result.action is Action.REVERTED:
            self._alerts.event(f"a transaction for {snapshot.vault} reverted", result.sentence)

    def happened(self, title: str, text: str) -> None:
        """Something that people are to know happened once."""
        self._alerts.event(title, text)

    def summarised(self, summary: VaultSummary) -> None:
        """One vault of a fleet was looked at from afar."""
        vault = summary.vault
        self._metrics.vault_nav.labels(vault).set(wad_to_float(summary.nav))
        self._metrics.vault_drift.labels(vault).set(wad_to_float(summary.total_drift))
        if wants_a_closer_look(summary):
            return  # its own step says more
        self._metrics.decisions.labels(str(Action.HOLD)).inc()
        self._price(vault, summary.blocker is Blocker.ORACLE, words(summary.blocker))
        self._blocked(vault, summary.blocker not in CALM, words(summary.blocker))

    def one_failed(self, vault: str, error: TrimtabError) -> None:
        """One vault of a fleet could not be read, or its step failed; the others went on."""
        self._metrics.failures.labels(type(error).__name__).inc()
        self._blocked(vault, True, str(error))

    def looked_at(self, vaults: int) -> None:
        """So many vaults were looked at on this block."""
        self._metrics.vaults_due.set(vaults)

    def endpoints(self, found: Sequence[EndpointHealth]) -> None:
        """How each node fares."""
        for one in found:
            title = f"the node {one.name} does not serve"
            body = f"{one.state}: {one.last_fault or f'{one.lag_blocks} blocks behind'}"
            self._alerts.check(
                Condition(f"node {one.name}", not one.serves, title, body, self._patience.down)
            )

    def leads(self, held: bool) -> None:
        """Whether this keeper may sign for an account; others may have the rest."""
        self._health.holds_lease(held)

    def has_gas(self, address: ChecksumAddress, balance: int, least: int) -> None:
        """What the account that sends holds, and what it should, in wei."""
        self._health.has_gas(address, balance)
        self._metrics.gas_balance.labels(address).set(wei_to_float(balance))
        body = f"{wei_to_float(balance):.6g} native coins, {wei_to_float(least):.6g} wanted"
        low = balance < least or balance == 0
        self._alerts.check(Condition(f"gas {address}", low, f"{address} runs out of gas", body))

    def in_flight(self, flying: list[InFlight]) -> None:
        """Transactions on their way."""
        now = self._clock.now()
        ages = [now - one.since for one in flying]
        oldest = max(ages, default=0.0)
        self._metrics.in_flight.set(len(flying))
        self._metrics.in_flight_age.set(oldest)
        body = "; ".join(f"{one.kind} nonce {one.nonce}, {one.transaction_hash}" for one in flying)
        stuck = oldest >= self._patience.stuck
        self._alerts.check(Condition("stuck", stuck, "a transaction is stuck", body))

    def judged(self, vault: str, model: Calibration) -> None:
        """How well the cost model did for a vault."""
        faults = model.faults()
        self._metrics.model_faults.labels(vault).set(len(faults))
        title = f"the cost model of {vault} is off"
        self._alerts.check(Condition(f"model {vault}", bool(faults), title, "; ".join(faults)))

    def _node_works(self, works: bool, fault: str) -> None:
        down = self._patience.down
        self._alerts.check(Condition("node", not works, "no node answers", fault, down))

    def _looks_work(self, works: bool, fault: str) -> None:
        title = "blocks come, and looks at them fail"
        self._alerts.check(Condition("looks", not works, title, fault, self._patience.down))

    def _price(self, vault: str, missing: bool, why: str) -> None:
        title, patience = f"a price of {vault} cannot be used", self._patience.stale
        self._alerts.check(Condition(f"price {vault}", missing, title, why, patience))

    def _blocked(self, vault: str, blocked: bool, why: str) -> None:
        now = self._clock.now()
        since = self._blocked_since.setdefault(vault, now) if blocked else now
        if not blocked:
            self._blocked_since.pop(vault, None)
        self._metrics.vault_blocked.labels(vault).set(now - since)
        title, patience = f"a due rebalance of {vault} is held up", self._patience.blocked
        self._alerts.check(Condition(f"blocked {vault}", blocked, title, why, patience))

    def _rebalanced(self, result: StepResult) -> None:
        if result.realised is None or result.predicted is None:
            return
        for kind, cost in (("predicted", result.predicted), ("realised", result.realised.cost)):
            for part in ("fee", "impact", "gas"):
                self._metrics.cost.labels(part, kind).inc(getattr(cost, part))
        traded = wad_to_float(sum(leg.value_in for leg in result.realised.legs))
        self._metrics.traded.inc(traded)
        body = f"{result.sentence}; {_cost_text(result.realised.cost)}, {traded:,.2f} traded"
        self._alerts.event(f"{result.snapshot.vault} was rebalanced", body)


def _is_blocked(result: StepResult) -> bool:
    """Whether a rebalance is due by the vault's rules, and no choice of the policy stops it."""
    if result.snapshot.reason is Reason.NONE or result.action in DONE:
        return False
    return not (isinstance(result.decision, Hold) and result.decision.reason in WANTED_HOLDS)


def _cost_text(cost: CostSplit) -> str:
    return f"it cost {cost.total:,.2f} (swaps {cost.swaps:,.2f}, gas {cost.gas:,.2f})"
