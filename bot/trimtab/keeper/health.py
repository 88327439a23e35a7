"""Whether a keeper is alive and ready, as other machines ask it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from trimtab.chain.answers import Block
from trimtab.chain.pool_endpoint import EndpointHealth, EndpointState
from trimtab.domain.units import wei_to_float
from trimtab.executor.clock import Clock


@dataclass(frozen=True, slots=True)
class Limits:
    """What counts as alive and ready.

    Attributes
    ----------
    turn
        Longest time between two turns of the loop, in seconds: sending waits for a receipt.
    head_age
        Oldest newest block, in seconds.
    least_gas
        Least balance of the account that sends, in wei.
    """

    turn: float = 600.0
    head_age: float = 120.0
    least_gas: int = 0


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that has to hold, whether it does, and what was compared."""

    name: str
    holds: bool
    detail: str


Nodes = Callable[[], Sequence[EndpointHealth]]
"""Says how each node fares now, to any thread."""


class Health:
    """What a keeper last knew of itself; written by its loop and read by other threads.

    Every attribute is replaced as a whole, so a reader sees an old or a new value, never half.

    Parameters
    ----------
    clock, limits
        The time, and what counts as alive and ready.
    nodes
        How the nodes fare; None where nobody knows.
    """

    def __init__(self, clock: Clock, limits: Limits, nodes: Nodes | None = None) -> None:
        self._clock = clock
        self._limits = limits
        self._nodes = nodes or tuple
        self._turned_at = clock.now()
        self._head: Block | None = None
        self._balances: dict[str, int] = {}
        self._lease: bool | None = None

    def turned(self) -> None:
        """The loop went on, whatever it met."""
        self._turned_at = self._clock.now()

    def saw(self, head: Block) -> None:
        """A newest block came from a node."""
        self._head = head

    def holds_lease(self, held: bool) -> None:
        """Whether this keeper is the one that may sign."""
        self._lease = held

    def has_gas(self, address: str, balance: int) -> None:
        """The balance of an account that sends, in wei."""
        self._balances = self._balances | {address: balance}

    def alive(self) -> Condition:
        """Whether the loop goes on."""
        age = self._clock.now() - self._turned_at
        return Condition(
            "loop",
            age <= self._limits.turn,
            f"last turn {age:.0f} s ago, {self._limits.turn:.0f} s",
        )

    def conditions(self) -> tuple[Condition, ...]:
        """Everything that has to hold for the next rebalance to be sent."""
        found = [self.alive(), self._fresh()]
        nodes = self.nodes()
        if nodes:
            found.append(_serving(nodes))
        if self._lease is not None:
            found.append(Condition("lease", self._lease, "held" if self._lease else "not held"))
        if self._balances:
            found.append(self._funded(min(self._balances.values())))
        return tuple(found)

    def nodes(self) -> Sequence[EndpointHealth]:
        """How each node fares at this moment, whether or not the loop goes on."""
        return self._nodes()

    def ready(self) -> bool:
        """Whether all of them hold."""
        return all(condition.holds for condition in self.conditions())

    def _fresh(self) -> Condition:
        if self._head is None:
            return Condition("head", False, "no block was seen yet")
        age = self._clock.now() - self._head.timestamp
        detail = f"block {self._head.number} is {age:.0f} s old, {self._limits.head_age:.0f} s"
        return Condition("head", age <= self._limits.head_age, detail)

    def _funded(self, balance: int) -> Condition:
        least = self._limits.least_gas
        detail = f"{wei_to_float(balance):.6g} native coins, {wei_to_float(least):.6g}"
        return Condition("gas", balance >= least and balance > 0, detail)


def _serving(nodes: Sequence[EndpointHealth]) -> Condition:
    """One node is enough; those that do not serve are named."""
    good = sum(one.serves for one in nodes)
    faults = [f"{one.name} is {_trouble(one)}" for one in nodes if not one.serves]
    detail = "; ".join([f"{good} of {len(nodes)} serve", *faults])
    return Condition("nodes", good > 0, detail)


def _trouble(one: EndpointHealth) -> str:
    if one.state is EndpointState.BEHIND:
        return f"{one.lag_seconds} s behind"
    return "failing" if one.state is EndpointState.GOOD else str(one.state)
