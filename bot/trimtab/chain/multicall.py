"""Several calls in one, where the chain has a contract for it."""

from __future__ import annotations

from collections.abc import Sequence

from eth_abi.abi import encode
from eth_typing import ChecksumAddress
from eth_utils.abi import function_signature_to_4byte_selector

from trimtab.chain.answers import Block
from trimtab.chain.contracts import decode_result
from trimtab.chain.node import Call, Node
from trimtab.chain.reverts import decode_revert
from trimtab.errors import CallReverted, NodeAnsweredWrongly

AGGREGATE = function_signature_to_4byte_selector("aggregate3((address,bool,bytes)[])")
"""Selector of Multicall3's function that lets single calls fail."""

MAX_CALLS = 64
"""Most calls in one: nodes bound the gas of a simulated call, often at 50 million."""

Answer = bytes | CallReverted
"""What one call returned, or why it reverted."""


def call_all(
    node: Node, calls: Sequence[Call], *, block: Block, multicall: ChecksumAddress | None
) -> list[Answer]:
    """The answers of `calls` at one block, in their order; a call that reverts spoils no other.

    Parameters
    ----------
    node, calls
        The node, and calls without a sender, value or gas of their own.
    block
        The block that is read.
    multicall
        Multicall3 on this chain; None asks for each call by itself.
    """
    if multicall is None:
        return [_single(node, call, block) for call in calls]
    answers: list[Answer] = []
    for start in range(0, len(calls), MAX_CALLS):
        answers += _together(node, calls[start : start + MAX_CALLS], block, multicall)
    return answers


def _single(node: Node, call: Call, block: Block) -> Answer:
    try:
        return node.call(call, at=block)
    except CallReverted as revert:
        return revert


def _together(
    node: Node, calls: Sequence[Call], block: Block, multicall: ChecksumAddress
) -> list[Answer]:
    wanted = [(call.to, True, call.data) for call in calls]
    calldata = AGGREGATE + encode(["(address,bool,bytes)[]"], [wanted])
    data = node.call(Call(multicall, calldata), at=block)
    if not data:
        node.require_code(multicall, "Multicall3", at=block)
    (results,) = decode_result(["(bool,bytes)[]"], data, "aggregate3 result")
    if len(results) != len(calls):
        raise NodeAnsweredWrongly("number of answers", len(results), len(calls))
    return [answer if succeeded else _reverted(answer) for succeeded, answer in results]


def _reverted(data: bytes) -> CallReverted:
    revert = decode_revert(data)
    return CallReverted(revert.name, revert.args_by_name, revert.sentence, data=data)
