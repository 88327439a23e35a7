"""Several endpoints of one chain as one: what fails, lags, lies or is of another chain is left out.

A pool is a transport, so that a `Node` on it is asked like a node of its own:

- reads go to the endpoint with the newest block, and to the next one if it fails; a read pinned to
  a block is answered by an endpoint that holds exactly this block;
- counts of transactions, from which nonces come, must be the same at most endpoints;
- a receipt counts once another endpoint holds a block with its transaction;
- a signed transaction goes to every endpoint.

None of this needs an archive.
"""

from __future__ import annotations

import random
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from eth_typing import HexStr
from eth_utils.crypto import keccak

from trimtab import telemetry
from trimtab.chain import answers
from trimtab.chain.answers import Block, Receipt
from trimtab.chain.pool_endpoint import Chance, Endpoint, EndpointHealth, EndpointState
from trimtab.chain.pool_fanout import GRACE_SECONDS, fan_out
from trimtab.chain.pool_votes import agreed, decided, likeliest, listed, ways
from trimtab.chain.reverts import Refusal
from trimtab.chain.transport import Transport
from trimtab.errors import (
    BadInput,
    NodeAnsweredWrongly,
    NodeRefused,
    NodesDisagree,
    NodeUnreachable,
    TransientError,
)

REMEMBERED_BLOCKS = 256
"""Blocks whose heights are remembered by their hashes."""

COUNT_STEP = 64
"""Most transactions of one account that are believed to fit into one block."""

_LOG = telemetry.logger("rpc")


@dataclass(frozen=True, slots=True)
class PoolLimits:
    """What a pool tolerates, in seconds.

    Attributes
    ----------
    lag
        How far an endpoint's head may be behind the best one, by the blocks' own times.
    memory
        How long a head is refused that is further back than that from the best ever seen; after
        this the chain is believed to have been reset.
    grace
        How long slower endpoints are waited for.
    """

    lag: float = 30.0
    memory: float = 120.0
    grace: float = GRACE_SECONDS


class Pool:
    """Endpoints of one chain, asked as if they were one node.

    Parameters
    ----------
    endpoints
        Transports, the preferred ones first.
    chain_id
        The chain that they must serve.
    """

    pins_by_hash = True

    def __init__(
        self,
        endpoints: Sequence[Transport],
        chain_id: int,
        *,
        limits: PoolLimits | None = None,
        chance: Chance | None = None,
    ) -> None:
        if not endpoints:
            raise BadInput("a pool needs at least one endpoint")
        self._chance = chance or Chance(time.monotonic, random.random)
        alone = len(endpoints) == 1
        self._endpoints = [Endpoint(t, self._chance, alone=alone) for t in endpoints]
        self._chain_id = chain_id
        self._limits = limits or PoolLimits()
        self._best: Block | None = None
        self._best_at = 0.0
        self._blocks: OrderedDict[str, Block] = OrderedDict()
        self._said: str | None = None
        self._routes: dict[str, Callable[[str, list[Any]], object]] = {
            "eth_chainId": self._ask_chain,
            "eth_getBlockByNumber": self._ask_block,
            "eth_getTransactionCount": self._ask_count,
            "eth_getTransactionReceipt": self._ask_receipt,
            "eth_sendRawTransaction": self._send,
        }

    @property
    def name(self) -> str:
        """Names of the endpoints."""
        return ", ".join(endpoint.name for endpoint in self._endpoints)

    def health(self) -> tuple[EndpointHealth, ...]:
        """What is known of each endpoint; asks nobody, and may be called from any thread."""
        best = self._best
        return tuple(endpoint.health(self._state(endpoint), best) for endpoint in self._endpoints)

    def request(self, method: str, params: list[Any]) -> object:
        """The endpoints' result, unchecked where nothing above says otherwise."""
        return self._routes.get(method, self._ask_best)(method, params)

    def _ask_chain(self, _method: str, _params: list[Any]) -> object:
        """The expected chain if an endpoint serves it, otherwise the one that they do serve."""
        self._probe()
        found = [e.chain_id for e in self._endpoints if e.chain_id is not None]
        if not found:
            raise self._nobody()
        return hex(self._chain_id if self._chain_id in found else found[0])

    def _ask_block(self, method: str, params: list[Any]) -> object:
        if params[0] != "latest":
            return self._ask_best(method, params)
        self._probe()
        endpoint = self._newest()
        head = endpoint.head
        if head is None:
            raise self._nobody()
        self._require_not_older(head)
        self._blocks[head.hash] = head
        if len(self._blocks) > REMEMBERED_BLOCKS:
            self._blocks.popitem(last=False)
        return endpoint.header

    def _require_not_older(self, head: Block) -> None:
        """Refuse to go back in time when the endpoints that were ahead have failed."""
        best, now = self._best, self._chance.now()
        if best is not None and head.timestamp + self._limits.lag < best.timestamp:
            if now - self._best_at < self._limits.memory:
                raise NodeAnsweredWrongly("newest block", head.number, f"block {best.number}")
            _LOG.warning("the chain went back", head=head.number, before=best.number)
        self._best, self._best_at = head, now

    def _ask_best(self, method: str, params: list[Any]) -> object:
        """The answer of the first endpoint that has one."""
        block = self._pinned(params)
        last: TransientError | None = None
        for endpoint in self._in_order():
            try:
                if block is not None:
                    return endpoint.ask_at(method, params[:-1], block)
                return endpoint.ask(method, params)
            except NodeRefused as refusal:
                last = refusal
            except TransientError as error:
                last = last if isinstance(last, NodeRefused) else error
        raise last or self._nobody()

    def _pinned(self, params: list[Any]) -> Block | None:
        """The block that the parameters name by its hash, if it is one that was seen here."""
        place = params[-1] if params else None
        if not isinstance(place, dict) or "blockHash" not in place:
            return None
        return self._blocks.get(str(place["blockHash"]))

    def _ask_count(self, method: str, params: list[Any]) -> object:
        """A count of transactions that most endpoints state.

        The newest count is that of the best head. If only one endpoint holds this block, the
        others vote at theirs, and its own count must be one that can follow.
        """
        account, place = params
        if place != "latest":
            return self._vote(method, params, self._in_order())
        self._probe()
        newest = self._newest().head
        if newest is None:
            raise self._nobody()
        holders = [e for e in self._usable() if e.head is not None and e.head.hash == newest.hash]
        others = [e for e in self._usable() if e not in holders and e.head is not None]
        counted = self._vote_at(method, [account], newest, holders)
        if len(holders) == 1 and others and others[0].head is not None:
            before = others[0].head
            earlier = self._vote_at(method, [account], before, [*others[:1], *holders])
            self._require_successor(holders[0], counted, earlier, newest.number - before.number)
        return counted

    def _require_successor(
        self, endpoint: Endpoint, counted: object, earlier: object, blocks: int
    ) -> None:
        what = "eth_getTransactionCount"
        now, then = answers.quantity(counted, what), answers.quantity(earlier, what)
        if not then <= now <= then + COUNT_STEP * max(1, blocks):
            error = NodeAnsweredWrongly(what, now, f"{then} and at most {COUNT_STEP} more a block")
            endpoint.blame(error)
            raise error

    def _vote_at(
        self, method: str, params: list[Any], block: Block, voters: Sequence[Endpoint]
    ) -> object:
        questions = [partial(voter.ask_at, method, params, block) for voter in voters]
        return self._decide(method, voters, questions)

    def _vote(self, method: str, params: list[Any], voters: Sequence[Endpoint]) -> object:
        block = self._pinned(params)
        if block is not None:
            return self._vote_at(method, params[:-1], block, voters)
        questions = [partial(voter.ask, method, params) for voter in voters]
        return self._decide(method, voters, questions)

    def _decide(
        self,
        method: str,
        voters: Sequence[Endpoint],
        questions: Sequence[Callable[[], object]],
    ) -> object:
        found = dict(fan_out(questions, grace=self._limits.grace))
        given = {voters[i]: v for i, v in found.items() if not isinstance(v, Exception)}
        if not given:
            raise likeliest(found.values()) or self._nobody()
        result = decided(given)
        if len({str(value) for value in given.values()}) == 1:
            return result.value
        said = ways(method, {voter.name: str(value) for voter, value in given.items()})
        if result.minority is None:
            raise NodesDisagree(method, said)
        for endpoint in result.minority:
            endpoint.blame(NodeAnsweredWrongly(method, given[endpoint], result.value))
        return result.value

    def _ask_receipt(self, method: str, params: list[Any]) -> object:
        """A receipt whose block another endpoint holds as well; None before that."""
        voters = self._in_order()
        questions = [partial(voter.ask, method, params) for voter in voters]
        found = dict(fan_out(questions, grace=self._limits.grace))
        for position, result in found.items():
            endpoint = voters[position]
            if result is None or isinstance(result, Exception):
                continue
            try:
                receipt = answers.receipt(result, HexStr(params[0]))
            except NodeAnsweredWrongly as error:
                endpoint.blame(error)
                continue
            if self._is_witnessed(endpoint, receipt):
                return result
        if found and all(isinstance(result, Exception) for result in found.values()):
            raise likeliest(found.values()) or self._nobody()
        return None

    def _is_witnessed(self, author: Endpoint, receipt: Receipt) -> bool:
        """Whether an endpoint other than `author` holds the block; alone, whether it itself does.

        Where the others have not come that far, the receipt has to wait for them.
        """
        others = [e for e in self._usable() if e is not author and self._keeps_up(e)]
        for witness in others or [author]:
            try:
                held = witness.ask("eth_getBlockByNumber", [hex(receipt.block_number), False])
                hashes = () if held is None else listed(held, receipt)
            except (TransientError, Refusal):
                continue
            if receipt.transaction_hash in hashes:
                return True
            if held is not None:
                fault = f"block {receipt.block_number} without it at {witness.name}"
                author.blame(NodeAnsweredWrongly("a receipt", receipt.block_hash, fault))
                return False
        return False

    def _send(self, method: str, params: list[Any]) -> object:
        """Hand a transaction to every endpoint of the chain; the first that takes it is enough."""
        wanted = "0x" + keccak(hexstr=params[0]).hex()
        takers = self._in_order()
        questions = [partial(taker.ask, method, params) for taker in takers]
        found: list[object] = []
        for position, result in fan_out(questions, grace=self._limits.grace):
            if str(result).lower() == wanted:
                return result
            found.append(result)
            if not isinstance(result, Exception):
                error = NodeAnsweredWrongly("hash of what was sent", str(result)[:66], wanted)
                takers[position].blame(error)
                found[-1] = error
        raise likeliest(found) or self._nobody()

    def _probe(self) -> None:
        """Bring every endpoint's chain and head up to date, then see who agrees with whom."""
        due = [e for e in self._endpoints if not e.rests_for] or self._least_tired()
        found = dict(fan_out([e.probe for e in due], grace=self._limits.grace))
        answered = [e for i, e in enumerate(due) if not isinstance(found.get(i, e), Exception)]
        serving = [e for e in answered if e.chain_id == self._chain_id]
        for endpoint in answered:
            if endpoint not in serving:
                fault = NodeAnsweredWrongly("eth_chainId", endpoint.chain_id, self._chain_id)
                endpoint.blame(fault)
        if len(serving) > 1:
            self._compare(serving)

    def _least_tired(self) -> list[Endpoint]:
        """The endpoint to ask when all rest, unless it wants to be left alone."""
        willing = [e for e in self._endpoints if not e.wants_peace]
        if not willing:
            raise self._nobody()
        return [min(willing, key=lambda e: e.rests_for)]

    def _compare(self, serving: Sequence[Endpoint]) -> None:
        """Find the chain that most endpoints hold; the others are left out until they hold it.

        Raises
        ------
        NodesDisagree
            If there is none.
        """
        result = agreed(serving)
        for endpoint in serving:
            endpoint.agrees = endpoint in result.together
        if result.sentence is None:
            self._said = None
            return
        if result.sentence != self._said:
            _LOG.warning("endpoints disagree", heads=result.sentence)
            self._said = result.sentence
        if len(result.together) * 2 <= len(serving):
            raise NodesDisagree("blocks", result.sentence)

    def _serving(self) -> list[Endpoint]:
        if all(endpoint.chain_id is None for endpoint in self._endpoints):
            self._probe()
        return [e for e in self._endpoints if e.chain_id == self._chain_id and e.agrees]

    def _usable(self) -> list[Endpoint]:
        """Endpoints of this chain that do not rest, newest head first."""
        awake = [e for e in self._serving() if not e.rests_for]
        return sorted(awake, key=lambda e: -e.head.number if e.head else 0)

    def _in_order(self) -> list[Endpoint]:
        """Endpoints to ask, in order; those that rest only if there are no others."""
        resting = (e for e in self._serving() if not e.wants_peace)
        found = self._usable() or sorted(resting, key=lambda e: e.rests_for)
        if not found:
            raise self._nobody()
        return found

    def _newest(self) -> Endpoint:
        usable = self._usable()
        if not usable:
            raise self._nobody()
        return usable[0]

    def _keeps_up(self, endpoint: Endpoint) -> bool:
        best, head = self._best, endpoint.head
        if best is None or head is None:
            return head is not None
        return head.timestamp + self._limits.lag >= best.timestamp

    def _state(self, endpoint: Endpoint) -> EndpointState:
        if endpoint.chain_id not in {None, self._chain_id}:
            return EndpointState.WRONG_CHAIN
        if not endpoint.agrees:
            return EndpointState.DISAGREES
        if endpoint.rests_for:
            return EndpointState.RESTING
        if endpoint.chain_id is None:
            return EndpointState.UNKNOWN
        return EndpointState.GOOD if self._keeps_up(endpoint) else EndpointState.BEHIND

    def _nobody(self) -> TransientError:
        """The error for when no endpoint is left: that of the only one, or all of them."""
        only, *others = self._endpoints
        if only.last_error is not None and not others:
            return only.last_error
        faults = "; ".join(
            f"{endpoint.name}: {self._state(endpoint)}, {endpoint.last_error or 'not asked yet'}"
            for endpoint in self._endpoints
        )
        return NodeUnreachable(f"({len(self._endpoints)} endpoints)", faults)
