"""The quick opcodes do what py-evm's own do: same stack, memory, gas, output and errors."""

import pytest
from eth.vm import opcode_values as op
from eth.vm.code_stream import CodeStream
from eth.vm.forks.prague.computation import PragueComputation
from eth.vm.message import Message
from eth.vm.transaction_context import BaseTransactionContext
from hypothesis import given, settings
from hypothesis import strategies as st
from trimtab.local.ethtester import EthTesterChain
from trimtab.local.quick_evm import QuickPragueComputation, jump_destinations

CALLER = b"\xaa" * 20
CONTRACT = b"\xbb" * 20

COMMON = [
    *(op.ADD, op.SUB, op.MUL, op.DIV, op.LT, op.GT, op.EQ, op.AND, op.OR, op.XOR, op.SHL, op.SHR),
    *(op.ISZERO, op.NOT, op.POP, op.MLOAD, op.MSTORE, op.JUMP, op.JUMPI, op.JUMPDEST, op.PUSH0),
    *range(op.DUP1, op.DUP16 + 1),
    *range(op.SWAP1, op.SWAP16 + 1),
]
OTHERS = [op.MSTORE8, op.SHA3, op.CALLDATALOAD, op.GAS, op.PC, op.MSIZE, op.BYTE, op.SIGNEXTEND]
ENDS = [op.STOP, op.RETURN, op.REVERT, 0xFE]

small = st.integers(0, 96).map(lambda n: bytes([op.PUSH1, n]))
words = st.integers(1, 32).flatmap(
    lambda n: st.binary(min_size=n, max_size=n).map(lambda data: bytes([op.PUSH1 - 1 + n]) + data)
)
edges = st.sampled_from([0, 1, 255, 256, 2**255, 2**256 - 1]).map(
    lambda n: bytes([op.PUSH32]) + n.to_bytes(32, "big")
)
single = st.sampled_from(COMMON * 4 + OTHERS * 2 + ENDS).map(lambda code: bytes([code]))
programs = st.lists(st.one_of(small, small, words, edges, single), max_size=60).map(b"".join)


@pytest.fixture(scope="module")
def state():
    with EthTesterChain() as chain:
        yield chain._backend.chain.get_vm().state


def run(kind, state, code, gas):
    """Everything that can be seen of one run."""
    message = Message(gas=gas, to=CONTRACT, sender=CALLER, value=0, data=b"\x07" * 40, code=code)
    context = BaseTransactionContext(gas_price=1, origin=CALLER)
    done = kind.apply_computation(state, message, context)
    error = done.error if done.is_error else None
    return {
        "error": (type(error), str(error)),
        "gas": done.get_gas_remaining(),
        "refund": done.get_gas_refund(),
        "output": bytes(done.output),
        "stack": [
            int.from_bytes(v, "big") if isinstance(v, bytes) else v for v in done._stack.values
        ],
        "memory": bytes(done._memory._bytes),
        "position": done.code.program_counter,
    }


def number(word):
    return int.from_bytes(word, "big") if isinstance(word, bytes) else word


@given(programs, st.one_of(st.integers(0, 400), st.just(5_000)))
def test_any_program_runs_alike(state, code, gas):
    # A loop ends when its gas does, so every program ends.
    assert run(QuickPragueComputation, state, code, gas) == run(PragueComputation, state, code, gas)


@pytest.mark.parametrize("code", [op.SHL, op.SHR])
@pytest.mark.parametrize("shift", [0, 1, 255, 256, 257, 2**256 - 1])
def test_shifts_run_alike_at_their_ends(state, code, shift):
    program = pushed(2**256 - 2) + pushed(shift) + bytes([code])

    assert run(QuickPragueComputation, state, program, 99) == run(
        PragueComputation, state, program, 99
    )


@pytest.mark.parametrize("code", [op.MLOAD, op.MSTORE])
@pytest.mark.parametrize("start", [0, 1, 31, 32, 33, 63, 64, 65])
def test_memory_runs_alike_at_its_end(state, code, start):
    two_words = pushed(2**256 - 1) + pushed(32) + bytes([op.MSTORE])
    program = two_words + pushed(7) + pushed(start) + bytes([code])

    assert run(QuickPragueComputation, state, program, 99) == run(
        PragueComputation, state, program, 99
    )


def pushed(value):
    return bytes([op.PUSH32]) + value.to_bytes(32, "big")


@pytest.mark.parametrize("code", COMMON)
@settings(max_examples=settings.default.max_examples // 4)
@given(pushes=st.lists(st.one_of(small, edges, words), max_size=17), room=st.integers(-1, 12))
def test_each_opcode_runs_alike_on_any_stack(state, code, pushes, room):
    program = b"".join(pushes) + bytes([code])
    gas = max(0, 3 * len(pushes) + room)

    quick, stock = (
        run(kind, state, program, gas) for kind in (QuickPragueComputation, PragueComputation)
    )

    assert quick == stock


@pytest.mark.parametrize(
    "code", [op.PUSH1, op.DUP1, op.PUSH0, op.GAS], ids=["push", "dup", "0", "gas"]
)
def test_a_full_stack_is_refused_alike(state, code):
    program = bytes([op.PUSH0]) * 1024 + bytes([code, 1])

    quick, stock = (
        run(kind, state, program, 10_000) for kind in (QuickPragueComputation, PragueComputation)
    )

    assert quick == stock
    assert "Stack limit" in quick["error"][1]


SUM_TO_HUNDRED = bytes.fromhex(
    "5f6064"  # sum and counter
    "5b801560145780910190600190036003565b"  # 3: until the counter is 0, add it and count down
    "505f5260205ff3"  # return the sum
)


def test_a_loop_runs_alike(state):
    quick, stock = (
        run(kind, state, SUM_TO_HUNDRED, 50_000)
        for kind in (QuickPragueComputation, PragueComputation)
    )

    assert quick == stock
    assert int.from_bytes(quick["output"], "big") == 5050


@given(st.binary(max_size=200))
def test_jump_destinations_are_those_that_py_evm_finds(code):
    stream = CodeStream(code)
    expected = {
        i for i, byte in enumerate(code) if byte == op.JUMPDEST and stream.is_valid_opcode(i)
    }

    assert jump_destinations(code) == expected
