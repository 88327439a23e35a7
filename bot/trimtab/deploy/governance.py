"""Operations of a timelock: what it was asked to do, how far that is, and the calls to go on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from eth_abi.abi import encode
from eth_typing import ChecksumAddress
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from trimtab.chain.answers import MAX_TIME, Log
from trimtab.chain.contracts import interface
from trimtab.deploy.questions import Chain
from trimtab.deploy.spec import NO_ADDRESS
from trimtab.errors import InvariantError, NodeAnsweredWrongly, NodeRefused

NO_SALT = bytes(32)
"""Salt of an operation that was proposed once only, and predecessor of one that waits for none."""

FIRST_SPAN = 1 << 20
"""Blocks that are asked for events at once in the beginning; halved while the node refuses."""

CALL = ["address", "uint256", "bytes"]
SINGLE = [*CALL, "bytes32", "bytes32"]
BATCH = ["address[]", "uint256[]", "bytes[]", "bytes32", "bytes32"]


class OperationState(IntEnum):
    """How far an operation is. Numbers as in TimelockController.sol."""

    UNSET = 0
    """Never proposed, or cancelled."""
    WAITING = 1
    """Its delay has not passed."""
    READY = 2
    """It can be executed."""
    DONE = 3
    """It was executed."""


@dataclass(frozen=True, slots=True)
class TimelockCall:
    """One call that a timelock makes; `value` in wei."""

    target: ChecksumAddress
    value: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Operation:
    """What a timelock was asked to do.

    Attributes
    ----------
    operation_id
        Its id: the hash of everything below.
    calls
        In the order in which they are made.
    predecessor
        Id of the operation that must be done before, or zeros.
    salt
        Tells operations with the same calls apart.
    """

    operation_id: bytes
    calls: tuple[TimelockCall, ...]
    predecessor: bytes
    salt: bytes


@dataclass(frozen=True, slots=True)
class Standing:
    """How far an operation is.

    Attributes
    ----------
    ready_at
        When it can be executed, in seconds; 0 unless it waits or is ready.
    """

    operation: Operation
    state: OperationState
    ready_at: int
    cancelled: bool


class Timelock:
    """An OpenZeppelin `TimelockController` at one block."""

    def __init__(self, chain: Chain, address: ChecksumAddress, min_delay: int) -> None:
        self._chain = chain
        self.address = address
        self.min_delay = min_delay

    def may(self, role: str, account: str) -> bool:
        """Whether an account holds `PROPOSER_ROLE`, `CANCELLER_ROLE` or `EXECUTOR_ROLE`.

        Whatever the zero address may, anyone may execute.
        """
        holders = (account, NO_ADDRESS) if role == "EXECUTOR_ROLE" else (account,)
        return any(
            self._chain.ask(self.address, "hasRole(bytes32,address)", "bool", role_id(role), holder)
            for holder in holders
        )

    def state(self, operation_id: bytes) -> OperationState:
        """How far an operation is."""
        number = self._chain.ask(self.address, "getOperationState(bytes32)", "uint8", operation_id)
        if number not in tuple(OperationState):
            raise NodeAnsweredWrongly("state of an operation", number, "0 to 3")
        return OperationState(number)

    def ready_at(self, operation_id: bytes) -> int:
        """When an operation that is proposed can be executed, in seconds; 0 for others, or 1."""
        found = self._chain.ask(self.address, "getTimestamp(bytes32)", "uint256", operation_id)
        return min(int(found or 0), MAX_TIME)

    def propose(self, call: TimelockCall, predecessor: bytes = NO_SALT) -> Operation:
        """The operation that makes `call`, told apart from those that did the same before."""
        for count in range(1000):
            operation = single(call, predecessor, count.to_bytes(32, "big"))
            if self.state(operation.operation_id) is not OperationState.DONE:
                return operation
        raise InvariantError(f"{self.address} has done the same thing a thousand times")

    def standings(self, first_block: int) -> list[Standing]:
        """Every operation proposed since a block, the oldest first.

        Raises
        ------
        TransientError
            If the node gives no events, or events that contradict each other.
        """
        logs = list(self._logs(first_block))
        cancelled = {log.topics[1] for log in logs if log.topics[0] == _topic("Cancelled")}
        return [self._standing(item, cancelled) for item in operations_in(logs)]

    def _standing(self, operation: Operation, cancelled: set[bytes]) -> Standing:
        state = self.state(operation.operation_id)
        waits = state in (OperationState.WAITING, OperationState.READY)
        gone = state is OperationState.UNSET and operation.operation_id in cancelled
        ready_at = self.ready_at(operation.operation_id) if waits else 0
        return Standing(operation, state, ready_at, gone)

    def _logs(self, first: int) -> Iterator[Log]:
        topics = ["0x" + _topic(name).hex() for name in ("CallScheduled", "CallSalt", "Cancelled")]
        last, span = self._chain.block.number, FIRST_SPAN
        while first <= last:
            end = min(last, first + span - 1)
            try:
                found = self._chain.node.logs(self.address, topics, first=first, last=end)
            except NodeRefused:
                if span == 1:
                    raise
                span //= 2
                continue
            yield from found
            first = end + 1


def find_timelock(chain: Chain, address: str) -> Timelock | None:
    """The timelock at an address, or None if something else lives there."""
    delay = chain.ask(address, "getMinDelay()", "uint256")
    proposer = chain.ask(address, "PROPOSER_ROLE()", "bytes32")
    if delay is None or proposer != role_id("PROPOSER_ROLE") or delay > MAX_TIME:
        return None
    return Timelock(chain, to_checksum_address(address), int(delay))


def role_id(role: str) -> bytes:
    """The id of a role, as access control writes it."""
    return keccak(text=role)


def single(call: TimelockCall, predecessor: bytes, salt: bytes) -> Operation:
    """The operation that makes one call."""
    values = [call.target, call.value, call.data, predecessor, salt]
    return Operation(keccak(encode(SINGLE, values)), (call,), predecessor, salt)


def schedule_data(operation: Operation, delay: int) -> bytes:
    """Calldata that proposes an operation of one call; `delay` in seconds."""
    (call,) = operation.calls
    rest = (operation.predecessor, operation.salt, delay)
    return _timelock("schedule", call.target, call.value, call.data, *rest)


def execute_data(operation: Operation) -> bytes:
    """Calldata that executes an operation."""
    tail = (operation.predecessor, operation.salt)
    if _is_single(operation):
        (call,) = operation.calls
        return _timelock("execute", call.target, call.value, call.data, *tail)
    return _timelock("executeBatch", *_columns(operation.calls), *tail)


def cancel_data(operation: Operation) -> bytes:
    """Calldata that cancels an operation."""
    return _timelock("cancel", operation.operation_id)


def operations_in(logs: Iterable[Log]) -> list[Operation]:
    """The operations that events of a timelock tell of, in their order.

    Raises
    ------
    NodeAnsweredWrongly
        If the events of an operation do not hash to its id: a call is missing or was changed.
    """
    calls: dict[bytes, dict[int, Mapping[str, Any]]] = {}
    salts: dict[bytes, bytes] = {}
    abi = interface("TimelockController")
    for log in logs:
        if log.topics[0] == _topic("CallScheduled"):
            event = abi.event("CallScheduled").decode(log)
            calls.setdefault(event["id"], {})[event["index"]] = event
        elif log.topics[0] == _topic("CallSalt"):
            event = abi.event("CallSalt").decode(log)
            salts[event["id"]] = event["salt"]
    return [_operation(key, found, salts.get(key, NO_SALT)) for key, found in calls.items()]


def _operation(
    operation_id: bytes, events: Mapping[int, Mapping[str, Any]], salt: bytes
) -> Operation:
    ordered = [events[index] for index in sorted(events)]
    calls = tuple(TimelockCall(e["target"], e["value"], e["data"]) for e in ordered)
    operation = Operation(operation_id, calls, ordered[0]["predecessor"], salt)
    tail = [operation.predecessor, salt]
    hashes = {keccak(encode(BATCH, [*_columns(calls), *tail]))}
    if len(calls) == 1:
        hashes.add(single(calls[0], operation.predecessor, salt).operation_id)
    if operation_id not in hashes:
        raise NodeAnsweredWrongly("events of an operation", operation_id.hex(), "the hash of them")
    return operation


def _is_single(operation: Operation) -> bool:
    """Whether it was proposed alone: a batch of one has another id."""
    if len(operation.calls) != 1:
        return False
    alone = single(operation.calls[0], operation.predecessor, operation.salt)
    return alone.operation_id == operation.operation_id


def _columns(calls: Iterable[TimelockCall]) -> tuple[list[str], list[int], list[bytes]]:
    listed = list(calls)
    targets: list[str] = [call.target for call in listed]
    return targets, [call.value for call in listed], [call.data for call in listed]


def _timelock(function: str, *arguments: object) -> bytes:
    return interface("TimelockController").encode(function, *arguments)


def _topic(event: str) -> bytes:
    return interface("TimelockController").event(event).topic
