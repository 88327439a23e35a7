"""The history of a Chainlink feed, round by round, from any node: no third party is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from eth_typing import ChecksumAddress
from eth_utils.abi import function_signature_to_4byte_selector

from trimtab.chain.answers import Block
from trimtab.chain.contracts import decode_result, encode_call
from trimtab.chain.multicall import MAX_CALLS, call_all
from trimtab.chain.node import Call, Node
from trimtab.errors import CallReverted, NodeAnsweredWrongly

__all__ = ["FeedRounds", "Round", "read_rounds"]

PHASE_BITS = 64
"""A proxy's round id is the aggregator's, with the aggregator's number above these bits."""

ROUND = ["uint80", "int256", "uint256", "uint256", "uint80"]

Answer = tuple[Any, ...]

MOST_DECIMALS = 36
"""No feed has more; a node may say anything."""


@dataclass(frozen=True, slots=True)
class Round:
    """One answer: a price, and when it was given, in seconds."""

    round_id: int
    price: float
    updated_at: int


@dataclass(frozen=True, slots=True)
class FeedRounds:
    """Answers of one feed by rising time.

    Attributes
    ----------
    description
        What the feed says it prices.
    rounds
        The answers.
    complete
        Whether they reach back to the time that was asked for; the present aggregator may have
        begun later.
    """

    description: str
    rounds: tuple[Round, ...]
    complete: bool


def read_rounds(
    node: Node,
    feed: ChecksumAddress,
    *,
    since: int,
    block: Block,
    multicall: ChecksumAddress | None = None,
) -> FeedRounds:
    """Answers of a feed's present aggregator from `since` on, as one block holds them.

    Parameters
    ----------
    since
        Time in seconds; one answer before it is read as well, since it was true then.

    Raises
    ------
    NodeAnsweredWrongly
        If an answer is no price, or a time runs backwards.
    """
    decimals = _ask(node, feed, "decimals()", ["uint8"], block)[0]
    if decimals > MOST_DECIMALS:
        raise NodeAnsweredWrongly("decimals()", str(decimals), f"at most {MOST_DECIMALS}")
    description = str(_ask(node, feed, "description()", ["string"], block)[0])[:80]
    newest = _round(_ask(node, feed, "latestRoundData()", ROUND, block), decimals)
    first = (newest.round_id >> PHASE_BITS << PHASE_BITS) + 1
    rounds = [newest]
    while rounds[-1].updated_at >= since and rounds[-1].round_id > first:
        older = range(rounds[-1].round_id - 1, max(first, rounds[-1].round_id - MAX_CALLS) - 1, -1)
        calls = [Call(feed, encode_call("getRoundData(uint80)", number)) for number in older]
        for answer in call_all(node, calls, block=block, multicall=multicall):
            if isinstance(answer, CallReverted):
                continue  # a round that was never answered
            found = _round(decode_result(ROUND, answer, "getRoundData"), decimals)
            _require_earlier(found, rounds[-1])
            rounds.append(found)
        if rounds[-1].round_id not in older:
            break
    complete = rounds[-1].updated_at <= since
    return FeedRounds(description, tuple(reversed(rounds)), complete)


def _ask(
    node: Node, feed: ChecksumAddress, function: str, types: list[str], block: Block
) -> Answer:
    selector = function_signature_to_4byte_selector(function)
    return decode_result(types, node.call(Call(feed, selector), at=block), function)


def _round(answer: Answer, decimals: int) -> Round:
    round_id, price, _, updated_at, _ = answer
    if price <= 0 or updated_at <= 0:
        raise NodeAnsweredWrongly(
            "getRoundData", f"price {price} at {updated_at}", "a price above 0 and a time"
        )
    return Round(round_id, price / 10**decimals, updated_at)


def _require_earlier(found: Round, later: Round) -> None:
    if found.round_id >= later.round_id or found.updated_at > later.updated_at:
        raise NodeAnsweredWrongly(
            "getRoundData",
            f"round {found.round_id} at {found.updated_at}",
            f"a round before {later.round_id} at {later.updated_at}",
        )
