"""What several endpoints say: who agrees with whom, and which of their errors says most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from eth_typing import HexStr

from trimtab.chain import answers
from trimtab.chain.answers import Receipt
from trimtab.chain.pool_endpoint import Endpoint
from trimtab.chain.reverts import Refusal
from trimtab.errors import NodeAnsweredWrongly, NodeRefused, TransientError

KNOWN_WORDS = ("known", "already")
"""Words by which nodes say that they hold a transaction; an answer with them is preferred to other
refusals."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Who holds the same chain.

    Attributes
    ----------
    together
        The largest group, that of the newest block first among equals.
    sentence
        What the others hold, or None if there are no others.
    """

    together: tuple[Endpoint, ...]
    sentence: str | None


@dataclass(frozen=True, slots=True)
class Decision:
    """What most endpoints answered.

    Attributes
    ----------
    minority
        Who answered otherwise; None if there is no majority.
    """

    value: object
    minority: tuple[Endpoint, ...] | None


def agreed(endpoints: Sequence[Endpoint]) -> Agreement:
    """The largest group of endpoints whose heads lie on one chain.

    Each head is looked for in the chains of those that are further. Endpoints at one and the same
    head, which is the usual case, need not be asked.
    """
    newest_first = sorted(endpoints, key=_height, reverse=True)
    groups = [tuple(e for e in endpoints if _is_on_chain(e, top)) for top in newest_first]
    largest = max(groups, key=len)
    if len(largest) == len(endpoints):
        return Agreement(largest, None)
    heads = {e.name: f"block {e.head.number} {e.head.hash}" for e in endpoints if e.head}
    return Agreement(largest, ways("newest block", heads))


def decided(given: Mapping[Endpoint, object]) -> Decision:
    """The answer of more than half of the endpoints that gave one."""
    votes = Counter(str(value) for value in given.values())
    (winner, count), *_ = votes.most_common(1)
    value = next(value for value in given.values() if str(value) == winner)
    if count * 2 <= len(given):
        return Decision(value, None)
    return Decision(value, tuple(e for e, own in given.items() if str(own) != winner))


def ways(what: str, said: Mapping[str, str]) -> str:
    """Who says what, in one line."""
    return f"{what}: " + "; ".join(f"{name} says {value[:100]}" for name, value in said.items())


def likeliest(found: Iterable[object]) -> Exception | None:
    """The error that says most: that a transaction is known, a refusal, anything else."""
    errors = [error for error in found if isinstance(error, TransientError | Refusal)]

    def rank(error: Exception) -> int:
        if isinstance(error, NodeRefused):
            return 0 if any(word in error.reason.lower() for word in KNOWN_WORDS) else 2
        return 1 if isinstance(error, Refusal) else 3

    return min(errors, key=rank, default=None)


def listed(block: object, receipt: Receipt) -> set[HexStr]:
    """Hashes of the transactions of a block, none if it is not the receipt's."""
    what = f"block {receipt.block_number}"
    if answers.block(block, what).hash != receipt.block_hash:
        return set()
    found = answers.items(answers.fields(block, what).get("transactions"), what)
    return {answers.hash32(item, f"{what}: transaction") for item in found}


def _height(endpoint: Endpoint) -> int:
    return endpoint.head.number if endpoint.head else -1


def _is_on_chain(endpoint: Endpoint, top: Endpoint) -> bool:
    """Whether the head of `endpoint` is part of the chain of `top`, which is asked if need be."""
    head, newest = endpoint.head, top.head
    if head is None or newest is None or head.number > newest.number:
        return False
    if head.hash in {newest.hash, newest.parent_hash}:
        return True
    try:
        return top.hash_at(head.number) == head.hash
    except TransientError as error:
        # Who cannot say is not contradicted; who answers nonsense is.
        return not isinstance(error, NodeAnsweredWrongly)
