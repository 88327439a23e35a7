"""One endpoint of a pool: what it said last, how often it failed, and when it is asked again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from threading import Lock
from typing import Any, Protocol, runtime_checkable

from eth_typing import HexStr

from trimtab import telemetry
from trimtab.chain import answers
from trimtab.chain.answers import Block
from trimtab.chain.reverts import Refusal
from trimtab.chain.transport import Asked, Transport
from trimtab.errors import (
    BlockMoved,
    NodeAnsweredWrongly,
    NodeBusy,
    NodeRefused,
    NodeUnreachable,
    TransientError,
)

FIRST_REST = 1.0
"""Rest after a first failure, in seconds; it doubles with each further one."""

LONGEST_REST = 60.0
"""Longest rest that is not the endpoint's own wish, in seconds."""

INVALID_PARAMS = -32602
"""JSON-RPC code for parameters that a node does not understand."""

_LOG = telemetry.logger("rpc")


class EndpointState(StrEnum):
    """Whether an endpoint is used, and if not, why."""

    UNKNOWN = "unknown"
    """It has not answered yet."""
    GOOD = "good"
    """It is used."""
    BEHIND = "behind"
    """Its head is too old: it is used when nothing else is left."""
    RESTING = "resting"
    """It failed, or asked to be left alone: it is used when nothing else is left."""
    DISAGREES = "disagrees"
    """It holds another block than most at one height: it is not used."""
    WRONG_CHAIN = "wrong chain"
    """It serves another chain: it is never used."""


@dataclass(frozen=True, slots=True)
class EndpointHealth:
    """What is known of one endpoint.

    Attributes
    ----------
    name
        The endpoint, without what may be secret in its address.
    chain_id, head
        What it said last; None before it answered.
    lag_blocks, lag_seconds
        How far its head is behind the best one, by the blocks' own times.
    still_for
        Seconds since its head last moved; None before it answered.
    rests_for
        Seconds until it is asked again; 0 if it is asked now.
    failures
        Failures in a row.
    requests, faults
        Requests, and those without a usable answer, since the start.
    last_fault
        The newest fault in words, or None.
    """

    name: str
    state: EndpointState
    chain_id: int | None
    head: Block | None
    lag_blocks: int
    lag_seconds: int
    still_for: float | None
    rests_for: float
    failures: int
    requests: int
    faults: int
    last_fault: str | None

    @property
    def serves(self) -> bool:
        """Whether it is used and its last answer was one; a rest may be over before it mends."""
        return self.state is EndpointState.GOOD and not self.failures


@dataclass(frozen=True, slots=True)
class Chance:
    """Time and luck, as a pool knows them.

    Attributes
    ----------
    now
        Seconds that only grow: the clock on the wall may be set at any time.
    jitter
        A number from 0 to 1, another one each time.
    """

    now: Callable[[], float]
    jitter: Callable[[], float]


@runtime_checkable
class Batching(Protocol):
    """A transport that can ask several things in one round trip."""

    def batch(self, asked: list[Asked]) -> list[object]:
        """Results in the order asked; what failed stands there as its error."""


class Endpoint:
    """One endpoint; may be asked by several threads.

    Parameters
    ----------
    alone
        Whether it is the only one.

    Attributes
    ----------
    agrees
        Whether most endpoints hold the same chain; the pool finds out.
    """

    def __init__(self, transport: Transport, chance: Chance, *, alone: bool) -> None:
        self.name = transport.name
        self.agrees = True
        self._transport = transport
        self._chance = chance
        self._alone = alone
        self._lock = Lock()
        self._batches = isinstance(transport, Batching)
        self._pins_by_hash = transport.pins_by_hash
        self._chain_id: int | None = None
        self._head: Block | None = None
        self._header: object = None
        self._moved_at = 0.0
        self._rests_until = self._peace_until = 0.0
        self._failures = self._requests = self._faults = 0
        self._last_error: TransientError | None = None

    @property
    def chain_id(self) -> int | None:
        """The chain it serves, as it said last."""
        return self._chain_id

    @property
    def head(self) -> Block | None:
        """Its newest block, as it said last."""
        return self._head

    @property
    def header(self) -> object:
        """The same, as it came."""
        return self._header

    @property
    def last_error(self) -> TransientError | None:
        """The newest fault."""
        return self._last_error

    @property
    def rests_for(self) -> float:
        """Seconds until it is asked again."""
        return max(0.0, self._rests_until - self._chance.now())

    @property
    def wants_peace(self) -> bool:
        """Whether it said itself that it is not to be asked yet."""
        return self._peace_until > self._chance.now()

    def probe(self) -> None:
        """Ask which chain it serves, each time anew, and for its newest block.

        Raises
        ------
        TransientError
            If it does not say.
        """
        try:
            chain_id, header = self._chain_and_header()
            self._note_head(answers.quantity(chain_id, "eth_chainId"), header)
        except NodeAnsweredWrongly as error:
            self.blame(error)
            raise
        except Refusal:
            wrong = NodeAnsweredWrongly("its newest block", "a revert", "a block")
            self.blame(wrong)
            raise wrong from None

    def ask(self, method: str, params: list[Any]) -> object:
        """The endpoint's result.

        Raises
        ------
        TransientError, Refusal
            If there is none.
        """
        with self._lock:
            self._requests += 1
        try:
            result = self._transport.request(method, params)
        except (NodeRefused, Refusal):
            self._note_answer()
            raise
        except TransientError as error:
            self.blame(error)
            raise
        self._note_answer()
        return result

    def ask_at(self, method: str, params: list[Any], block: Block) -> object:
        """The same, of the state at `block`, by its hash where the endpoint understands that.

        Raises
        ------
        BlockMoved
            If the endpoint holds another block at that height.
        """
        if self._pins_by_hash:
            try:
                return self.ask(method, [*params, {"blockHash": block.hash}])
            except NodeRefused as refusal:
                if refusal.code != INVALID_PARAMS:
                    raise
                self._pins_by_hash = False
        result = self.ask(method, [*params, hex(block.number)])
        held = self.hash_at(block.number)
        if held != block.hash:
            raise BlockMoved(block.number, block.hash, held)
        return result

    def hash_at(self, number: int) -> HexStr | None:
        """Hash of the block that it holds at a height, or None if it holds none."""
        if self._head is not None and self._head.number == number:
            return self._head.hash
        found = self.ask("eth_getBlockByNumber", [hex(number), False])
        return None if found is None else answers.block(found, f"block {number}").hash

    def blame(self, error: TransientError) -> None:
        """Note a fault, and let the endpoint rest: the longer the more often it failed."""
        with self._lock:
            self._failures += 1
            self._faults += 1
            self._last_error = error
            rest = min(FIRST_REST * 2.0 ** min(self._failures - 1, 30), LONGEST_REST)
            rest *= (1 + self._chance.jitter()) / 2
            if isinstance(error, NodeBusy) and error.retry_after is not None:
                rest = max(rest, error.retry_after)
                self._peace_until = self._chance.now() + error.retry_after
            self._rests_until = max(self._rests_until, self._chance.now() + rest)
        # The fault of an only endpoint is raised; that of one among several is seen nowhere else.
        if not self._alone:
            _LOG.warning(
                "endpoint failed", node=self.name, failures=self._failures, error=str(error)
            )

    def health(self, state: EndpointState, best: Block | None) -> EndpointHealth:
        """What is known of it; `best` is the newest block of all endpoints."""
        with self._lock:
            head = self._head
            top = best or head
            return EndpointHealth(
                name=self.name,
                state=state,
                chain_id=self._chain_id,
                head=head,
                lag_blocks=max(0, top.number - head.number) if top and head else 0,
                lag_seconds=max(0, top.timestamp - head.timestamp) if top and head else 0,
                still_for=None if head is None else self._chance.now() - self._moved_at,
                rests_for=self.rests_for,
                failures=self._failures,
                requests=self._requests,
                faults=self._faults,
                last_fault=None if self._last_error is None else str(self._last_error),
            )

    def _chain_and_header(self) -> tuple[object, object]:
        asked: list[Asked] = [("eth_chainId", []), ("eth_getBlockByNumber", ["latest", False])]
        if self._batches and isinstance(self._transport, Batching):
            try:
                return self._in_one(self._transport, asked)
            except (NodeRefused, NodeAnsweredWrongly):
                self._batches = False
        chain_id, header = (self.ask(*question) for question in asked)
        return chain_id, header

    def _in_one(self, transport: Batching, asked: list[Asked]) -> tuple[object, object]:
        with self._lock:
            self._requests += len(asked)
        try:
            results = transport.batch(asked)
        except NodeUnreachable as error:
            self.blame(error)
            raise
        for result in results:
            if isinstance(result, NodeBusy):
                self.blame(result)
            if isinstance(result, Exception):
                raise result
        chain_id, header = results
        return chain_id, header

    def _note_head(self, chain_id: int, header: object) -> None:
        head = answers.block(header, "latest block")
        with self._lock:
            self._chain_id = chain_id
            if self._head is None or self._head.hash != head.hash:
                self._moved_at = self._chance.now()
            self._head, self._header = head, header
        self._note_answer()

    def _note_answer(self) -> None:
        with self._lock:
            self._failures = 0
            self._rests_until = 0.0
