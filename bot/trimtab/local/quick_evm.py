"""Prague's rules for py-evm with the commonest opcodes in one step instead of seven calls.

Every function here handles the plain case alone: enough gas, enough on the stack, a valid jump. In
any other case it changes nothing and hands over to py-evm's own function, so errors, their order
and their gas are py-evm's. A lens read takes little more than half the time.
"""

# ruff: noqa: SLF001 (py-evm's stack, memory and gas have no public names that are as quick)

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from eth.abc import OpcodeAPI
from eth.vm import opcode_values as op
from eth.vm.forks.prague.computation import PragueComputation

Step = Callable[[Any], None]
"""An opcode's function. It reads the computation's inner parts, which have no types."""

WORD = 2**256
"""Number of values that a word can have."""

MASK = WORD - 1
"""Largest value of a word."""

STACK_LIMIT = 1024
"""Most words on the stack."""

BASE_GAS, VERY_LOW_GAS, LOW_GAS, MID_GAS, HIGH_GAS, JUMP_DESTINATION_GAS = 2, 3, 5, 8, 10, 1
"""Gas of the tiers that the yellow paper names."""

PUSH_BASE = op.PUSH1 - 1
"""A push of n bytes is this plus n."""

CODES_REMEMBERED = 256
"""Contracts whose jump destinations are kept."""


def quick_opcodes(stock: Mapping[int, OpcodeAPI]) -> dict[int, Any]:
    """All opcodes of `stock`, the commonest of them replaced by quick ones."""
    quick: dict[int, Step] = {
        op.POP: _pop(stock[op.POP]),
        op.JUMPDEST: _jump_destination(stock[op.JUMPDEST]),
        op.JUMP: _jump(stock[op.JUMP]),
        op.JUMPI: _jump_if(stock[op.JUMPI]),
        op.MLOAD: _memory_load(stock[op.MLOAD]),
        op.MSTORE: _memory_store(stock[op.MSTORE]),
        op.ISZERO: _unary(lambda a: 0 if a else 1, stock[op.ISZERO]),
        op.NOT: _unary(lambda a: MASK - a, stock[op.NOT]),
        op.ADD: _binary(lambda a, b: (a + b) & MASK, VERY_LOW_GAS, stock[op.ADD]),
        op.SUB: _binary(lambda a, b: (a - b) & MASK, VERY_LOW_GAS, stock[op.SUB]),
        op.MUL: _binary(lambda a, b: (a * b) & MASK, LOW_GAS, stock[op.MUL]),
        op.DIV: _binary(lambda a, b: a // b if b else 0, LOW_GAS, stock[op.DIV]),
        op.LT: _binary(lambda a, b: 1 if a < b else 0, VERY_LOW_GAS, stock[op.LT]),
        op.GT: _binary(lambda a, b: 1 if a > b else 0, VERY_LOW_GAS, stock[op.GT]),
        op.EQ: _binary(lambda a, b: 1 if a == b else 0, VERY_LOW_GAS, stock[op.EQ]),
        op.AND: _binary(lambda a, b: a & b, VERY_LOW_GAS, stock[op.AND]),
        op.OR: _binary(lambda a, b: a | b, VERY_LOW_GAS, stock[op.OR]),
        op.XOR: _binary(lambda a, b: a ^ b, VERY_LOW_GAS, stock[op.XOR]),
        op.SHL: _binary(lambda a, b: b << a & MASK if a < 256 else 0, VERY_LOW_GAS, stock[op.SHL]),
        op.SHR: _binary(lambda a, b: b >> a if a < 256 else 0, VERY_LOW_GAS, stock[op.SHR]),
        op.PUSH0: _push(0, BASE_GAS, stock[op.PUSH0]),
    }
    for size in range(1, 33):
        quick[PUSH_BASE + size] = _push(size, VERY_LOW_GAS, stock[PUSH_BASE + size])
    for depth in range(1, 17):
        quick[op.DUP1 + depth - 1] = _duplicate(depth, stock[op.DUP1 + depth - 1])
        quick[op.SWAP1 + depth - 1] = _swap(depth, stock[op.SWAP1 + depth - 1])
    return {**stock, **quick}


@lru_cache(maxsize=CODES_REMEMBERED)
def jump_destinations(code: bytes) -> frozenset[int]:
    """Positions of the code that a jump may go to: JUMPDESTs that are not part of a push."""
    found = set()
    position = 0
    while position < len(code):
        byte = code[position]
        if byte == op.JUMPDEST:
            found.add(position)
        position += byte - PUSH_BASE + 1 if op.PUSH1 <= byte <= op.PUSH32 else 1
    return frozenset(found)


def _push(size: int, gas: int, stock: Step) -> Step:
    def push(computation: Any) -> None:
        meter, code = computation._gas_meter, computation.code
        values = computation._stack.values
        start = code.program_counter
        end = start + size
        if meter.gas_remaining < gas or len(values) >= STACK_LIMIT or end > code._length_cache:
            stock(computation)
            return
        meter.gas_remaining -= gas
        code.program_counter = end
        values.append(int.from_bytes(code._raw_code_bytes[start:end], "big"))

    return push


def _duplicate(depth: int, stock: Step) -> Step:
    def duplicate(computation: Any) -> None:
        meter, values = computation._gas_meter, computation._stack.values
        if meter.gas_remaining < VERY_LOW_GAS or not depth <= len(values) < STACK_LIMIT:
            stock(computation)
            return
        meter.gas_remaining -= VERY_LOW_GAS
        values.append(values[-depth])

    return duplicate


def _swap(depth: int, stock: Step) -> Step:
    lower = -depth - 1

    def swap(computation: Any) -> None:
        meter, values = computation._gas_meter, computation._stack.values
        if meter.gas_remaining < VERY_LOW_GAS or len(values) <= depth:
            stock(computation)
            return
        meter.gas_remaining -= VERY_LOW_GAS
        values[-1], values[lower] = values[lower], values[-1]

    return swap


def _pop(stock: Step) -> Step:
    def pop(computation: Any) -> None:
        meter, values = computation._gas_meter, computation._stack.values
        if meter.gas_remaining < BASE_GAS or not values:
            stock(computation)
            return
        meter.gas_remaining -= BASE_GAS
        values.pop()

    return pop


def _unary(function: Callable[[int], int], stock: Step) -> Step:
    def unary(computation: Any) -> None:
        meter, values = computation._gas_meter, computation._stack.values
        if meter.gas_remaining < VERY_LOW_GAS or not values:
            stock(computation)
            return
        meter.gas_remaining -= VERY_LOW_GAS
        values[-1] = function(_number(values[-1]))

    return unary


def _binary(function: Callable[[int, int], int], gas: int, stock: Step) -> Step:
    def binary(computation: Any) -> None:
        meter, values = computation._gas_meter, computation._stack.values
        if meter.gas_remaining < gas or len(values) < 2:
            stock(computation)
            return
        meter.gas_remaining -= gas
        first = values.pop()
        values[-1] = function(_number(first), _number(values[-1]))

    return binary


def _jump_destination(stock: Step) -> Step:
    def jump_destination(computation: Any) -> None:
        meter = computation._gas_meter
        if meter.gas_remaining < JUMP_DESTINATION_GAS:
            stock(computation)
            return
        meter.gas_remaining -= JUMP_DESTINATION_GAS

    return jump_destination


def _jump(stock: Step) -> Step:
    def jump(computation: Any) -> None:
        meter, values = computation._gas_meter, computation._stack.values
        code = computation.code
        if meter.gas_remaining < MID_GAS or not values:
            stock(computation)
            return
        target = _number(values[-1])
        if target not in jump_destinations(code._raw_code_bytes):
            stock(computation)
            return
        meter.gas_remaining -= MID_GAS
        values.pop()
        code.program_counter = target

    return jump


def _jump_if(stock: Step) -> Step:
    def jump_if(computation: Any) -> None:
        meter, values = computation._gas_meter, computation._stack.values
        code = computation.code
        if meter.gas_remaining < HIGH_GAS or len(values) < 2:
            stock(computation)
            return
        target, condition = _number(values[-1]), _number(values[-2])
        if condition and target not in jump_destinations(code._raw_code_bytes):
            stock(computation)
            return
        meter.gas_remaining -= HIGH_GAS
        del values[-2:]
        if condition:
            code.program_counter = target

    return jump_if


def _memory_load(stock: Step) -> Step:
    def memory_load(computation: Any) -> None:
        meter, values = computation._gas_meter, computation._stack.values
        if meter.gas_remaining < VERY_LOW_GAS or not values:
            stock(computation)
            return
        meter.gas_remaining -= VERY_LOW_GAS
        start = _number(values.pop())
        if start + 32 > len(computation._memory._bytes):
            computation.extend_memory(start, 32)
        values.append(int.from_bytes(computation._memory._bytes[start : start + 32], "big"))

    return memory_load


def _memory_store(stock: Step) -> Step:
    def memory_store(computation: Any) -> None:
        meter, values = computation._gas_meter, computation._stack.values
        if meter.gas_remaining < VERY_LOW_GAS or len(values) < 2:
            stock(computation)
            return
        meter.gas_remaining -= VERY_LOW_GAS
        start = _number(values.pop())
        word = _number(values.pop())
        if start + 32 > len(computation._memory._bytes):
            computation.extend_memory(start, 32)
        computation._memory._bytes[start : start + 32] = word.to_bytes(32, "big")

    return memory_store


def _number(word: int | bytes) -> int:
    """A word of the stack as a number: py-evm keeps some as bytes."""
    return word if isinstance(word, int) else int.from_bytes(word, "big")


class QuickPragueComputation(PragueComputation):
    """Prague's computation with the quick opcodes."""

    opcodes = quick_opcodes(PragueComputation.opcodes)
