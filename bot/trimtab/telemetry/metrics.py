"""The figures that a keeper publishes, by their names in Prometheus."""

from __future__ import annotations

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""Of what `Metrics.text` writes."""

STEP_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 180.0)
"""Bounds of the times that a look at a block is sorted by, in seconds."""


class Metrics:
    """One keeper process; each figure is an attribute.

    Times are in seconds since 1970, values in the vaults' units of account, fractions plain.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._chain()
        self._decisions()
        self._money()

    def text(self) -> bytes:
        """Every figure, as Prometheus reads it."""
        return generate_latest(self.registry)

    def _chain(self) -> None:
        self.block_number = self._gauge("block_number", "Newest block that was looked at.")
        self.block_time = self._gauge("block_timestamp_seconds", "Time of that block.")
        self.turn_time = self._gauge("loop_turn_timestamp_seconds", "When the loop last went on.")
        self.ready = self._gauge("ready", "1 if a condition of readiness holds.", "condition")
        self.endpoint_up = self._gauge("endpoint_up", "1 if a node serves well.", "endpoint")
        self.endpoint_lag = self._gauge(
            "endpoint_lag_seconds", "How far its head is behind the best one.", "endpoint"
        )
        self.endpoint_head = self._gauge(
            "endpoint_head_timestamp_seconds", "Time of a node's newest block.", "endpoint"
        )
        self.endpoint_failures = self._gauge(
            "endpoint_failures_in_a_row",
            "Requests that a node failed since it did one.",
            "endpoint",
        )
        self.failures = self._counter("failures", "Looks that failed, by kind of error.", "error")
        self.failures_in_a_row = self._gauge(
            "failures_in_a_row", "Looks that failed since one did."
        )
        self.step_seconds = Histogram(
            "trimtab_step_seconds",
            "Time from a new block to the decision, sending included.",
            buckets=STEP_BUCKETS,
            registry=self.registry,
        )

    def _decisions(self) -> None:
        self.decisions = self._counter("decisions", "Decisions, by what was done.", "action")
        self.vaults = self._gauge("vaults", "Vaults in this keeper's charge.")
        self.vaults_due = self._gauge("vaults_due", "Vaults that were looked at on this block.")
        self.vault_nav = self._gauge("vault_nav", "Value of a vault.", "vault")
        self.vault_drift = self._gauge("vault_drift", "Total drift, as a fraction.", "vault")
        self.vault_blocked = self._gauge(
            "vault_blocked_seconds", "How long a due rebalance has been held up.", "vault"
        )
        self.in_flight = self._gauge("in_flight", "Transactions on their way.")
        self.in_flight_age = self._gauge("in_flight_age_seconds", "Age of the oldest of them.")

    def _money(self) -> None:
        self.gas_balance = self._gauge(
            "gas_balance_native", "Native coins of the account that sends.", "address"
        )
        self.cost = self._gauge("rebalance_cost", "Cost of all rebalances so far.", "part", "kind")
        self.traded = self._gauge("traded_value", "Value sold by all rebalances so far.")
        self.model_faults = self._gauge(
            "model_faults", "Parts of the cost model that are off.", "vault"
        )
        self.alerts = self._counter("alerts", "Alerts, by what became of them.", "fate")

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"trimtab_{name}", text, labels, registry=self.registry)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"trimtab_{name}", text, labels, registry=self.registry)
