"""Operations of a timelock are what its events tell of, and events that lie are refused."""

from types import SimpleNamespace

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st
from trimtab.chain.answers import Log
from trimtab.chain.contracts import interface
from trimtab.deploy.governance import (
    BATCH,
    NO_SALT,
    Operation,
    OperationState,
    Timelock,
    TimelockCall,
    cancel_data,
    execute_data,
    operations_in,
    schedule_data,
    single,
)
from trimtab.deploy.questions import Chain
from trimtab.errors import NodeAnsweredWrongly, NodeRefused

LOCK = "0x00000000000000000000000000000000000000aA"
TARGET = "0x00000000000000000000000000000000000000bb"
ABI = interface("TimelockController")

calls = st.builds(TimelockCall, st.just(TARGET), st.integers(0, 2**256 - 1), st.binary(max_size=99))
salts = st.one_of(st.just(NO_SALT), st.binary(min_size=32, max_size=32))


def hashed(listed, predecessor, salt):
    """A batch, with the id that the timelock gives it."""
    columns = ([c.target for c in listed], [c.value for c in listed], [c.data for c in listed])
    operation_id = keccak(encode(BATCH, [*columns, predecessor, salt]))
    return Operation(operation_id, tuple(listed), predecessor, salt)


def logs_of(operation, delay=9):
    """The events that a timelock writes when an operation is proposed."""
    for index, call in enumerate(operation.calls):
        kinds = ["address", "uint256", "bytes", "bytes32", "uint256"]
        data = encode(kinds, [call.target, call.value, call.data, operation.predecessor, delay])
        topics = (
            ABI.event("CallScheduled").topic,
            operation.operation_id,
            index.to_bytes(32, "big"),
        )
        yield Log(LOCK, topics, data, 1, "0x", index)
    if operation.salt != NO_SALT:
        topics = (ABI.event("CallSalt").topic, operation.operation_id)
        yield Log(LOCK, topics, operation.salt, 1, "0x", 99)


@given(calls, salts, salts)
def test_a_single_operation_is_read_back_from_its_events(call, predecessor, salt):
    operation = single(call, predecessor, salt)

    (found,) = operations_in(logs_of(operation))

    assert found == operation
    given_back = ABI.function("execute").decode_arguments(execute_data(found))
    assert (given_back["target"], given_back["payload"]) == (call.target, call.data)
    assert cancel_data(found)[4:] == operation.operation_id


@given(st.lists(calls, min_size=1, max_size=4), salts, salts)
def test_a_batch_is_read_back_and_executed_as_a_batch(listed, predecessor, salt):
    operation = hashed(listed, predecessor, salt)

    (found,) = operations_in(logs_of(operation))

    assert found == operation
    given_back = ABI.function("executeBatch").decode_arguments(execute_data(found))
    assert given_back["payloads"] == tuple(call.data for call in listed)


@given(calls, salts)
def test_events_that_do_not_hash_to_their_id_are_refused(call, salt):
    operation = single(call, NO_SALT, salt)
    changed = TimelockCall(call.target, call.value, call.data + b"\1")
    lie = Operation(operation.operation_id, (changed,), NO_SALT, salt)

    with pytest.raises(NodeAnsweredWrongly, match="the hash of them"):
        operations_in(logs_of(lie))


def test_a_proposal_says_all_that_its_id_was_made_of():
    call = TimelockCall(TARGET, 0, b"\x12\x34")
    found = ABI.function("schedule").decode_arguments(
        schedule_data(single(call, NO_SALT, NO_SALT), 7)
    )

    assert found == {
        "target": TARGET,
        "value": 0,
        "data": b"\x12\x34",
        "predecessor": NO_SALT,
        "salt": NO_SALT,
        "delay": 7,
    }


class FakeNode:
    """A node that gives events of at most `most` blocks at once, and knows one state."""

    def __init__(self, logs, most, state=OperationState.WAITING):
        self._logs = logs
        self._most = most
        self._state = state
        self.spans = []

    def logs(self, _address, _topics, *, first, last):
        if last - first + 1 > self._most:
            raise NodeRefused("eth_getLogs", -32005, "too many blocks")
        self.spans.append((first, last))
        return tuple(log for log in self._logs if first <= log.block_number <= last)

    def call(self, call, **_):
        selector = call.data[:4]
        if selector == ABI.function("getOperationState").selector:
            return encode(["uint8"], [self._state])
        return encode(["uint256"], [1_700_000_000])


def lock(node, head=5000):
    return Timelock(Chain(node, SimpleNamespace(number=head)), LOCK, 60)


@pytest.mark.parametrize("most", [10**9, 1000, 7])
def test_a_node_that_gives_few_blocks_at_once_is_asked_for_all_of_them(most):
    operation = single(TimelockCall(TARGET, 0, b""), NO_SALT, NO_SALT)
    node = FakeNode(list(logs_of(operation)), most)

    (standing,) = lock(node).standings(0)

    assert standing.operation == operation
    assert node.spans[0][0] == 0
    assert node.spans[-1][1] == 5000
    pairs = zip(node.spans, node.spans[1:], strict=False)
    assert all(before[1] + 1 == after[0] for before, after in pairs)


def test_a_node_that_gives_no_events_at_all_is_not_asked_for_ever():
    with pytest.raises(NodeRefused):
        lock(FakeNode([], 0)).standings(0)


def test_an_operation_with_a_state_that_there_is_not_is_refused():
    with pytest.raises(NodeAnsweredWrongly, match="state of an operation"):
        lock(FakeNode([], 1, state=4)).state(NO_SALT)
