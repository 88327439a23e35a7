"""What routes pay, sampled at a few sizes at one block through Uniswap's QuoterV2."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from eth_typing import ChecksumAddress

from trimtab.chain.answers import Block
from trimtab.chain.contracts import decode_result, encode_call
from trimtab.chain.multicall import Answer, call_all
from trimtab.chain.node import Call, Node
from trimtab.domain.legs import RouteFault
from trimtab.domain.quotes import QuoteCurve
from trimtab.domain.snapshot import Route
from trimtab.errors import CallReverted, NodeAnsweredWrongly

SIZE_FRACTIONS = ((1, 32), (1, 8), (3, 8), (2, 3), (1, 1))
"""Sizes that are sampled, as fractions of the largest: dense where curves bend little and the
first so small that it shows the fee alone."""

LEG_OVERHEAD_GAS = 36_000
"""Gas that a leg adds to what the quoter states for its swap, measured on rebalances of one to
three legs: the vault, the venue and the router, less the transfers that the quoter counts too."""

MIN_SQRT_RATIO = 4295128739
"""Lowest price of a Uniswap V3 pool (`TickMath.MIN_SQRT_RATIO`)."""

MAX_SQRT_RATIO = 1461446703485210103287273052203988822378723970342
"""Highest price of a Uniswap V3 pool (`TickMath.MAX_SQRT_RATIO`)."""

FEE_BYTES = 3
"""Length of a pool's fee in a path."""

HOP_BYTES = 23
"""Length of a fee and the token after it."""

MAX_GAS = 30_000_000
"""Most gas that is believed of one swap."""

_RESULT = ["uint256", "uint160[]", "uint32[]", "uint256"]


@dataclass(frozen=True, slots=True)
class QuoteRequest:
    """A route to sample.

    Attributes
    ----------
    route
        The route.
    token_in, token_out
        Addresses of the tokens sold and bought.
    up_to
        Largest amount to sell, in the smallest unit of `token_in`.
    """

    route: Route
    token_in: ChecksumAddress
    token_out: ChecksumAddress
    up_to: int


@dataclass(frozen=True, slots=True)
class Quotes:
    """Curves of the routes that answered, and why the others gave none."""

    curves: tuple[QuoteCurve, ...]
    faults: tuple[RouteFault, ...]


@dataclass(frozen=True, slots=True)
class Quoters:
    """Where quotes come from.

    Attributes
    ----------
    by_venue
        QuoterV2 of each venue's protocol, by the venue's address.
    multicall
        Multicall3, if the chain has it: all quotes then take one call.
    """

    by_venue: Mapping[str, ChecksumAddress]
    multicall: ChecksumAddress | None = None


@dataclass(frozen=True, slots=True)
class _Point:
    amount_in: int
    amount_out: int
    gas: int


def sample(
    node: Node, quoters: Quoters, requests: Sequence[QuoteRequest], *, block: Block
) -> Quotes:
    """The curves of `requests` at one block.

    A route without liquidity, without a pool or with data that name no path has no curve and a
    named reason. A curve ends before the size that would empty the pool.

    Raises
    ------
    NodeAnsweredWrongly
        If an answer is not a quote.
    NoContract
        If a quoter has no code.
    """
    faults: dict[int, str] = {}
    curves: list[QuoteCurve] = []
    asked = [request for request in requests if not _note_fault(request, quoters, faults)]
    calls = [call for request in asked for call in _calls(request, quoters)]
    answers = iter(call_all(node, calls, block=block, multicall=quoters.multicall))
    node.confirm(block)
    for request in asked:
        own = list(islice(answers, len(_amounts(request))))
        if b"" in own:
            node.require_code(quoters.by_venue[request.route.venue], "the quoter", at=block)
        try:
            curves.append(_curve(request, own))
        except CallReverted as revert:
            faults[request.route.route_id] = f"the pool gives no quote: {_reason(revert)}"
    return Quotes(tuple(curves), tuple(RouteFault(*fault) for fault in faults.items()))


def _reason(revert: CallReverted) -> str:
    """Why a pool gives no quote; a quoter says nothing of a pool that does not exist."""
    silent = revert.name == "Unexplained"
    return "does it exist, and has it liquidity?" if silent else revert.sentence


def _note_fault(request: QuoteRequest, quoters: Quoters, faults: dict[int, str]) -> bool:
    """Whether the route cannot even be asked about; the reason goes to `faults`."""
    route = request.route
    if not route.active:
        faults[route.route_id] = "the route was removed"
    elif route.venue not in quoters.by_venue:
        faults[route.route_id] = f"no quoter is known for the venue {route.venue}"
    elif len(route.data) % HOP_BYTES != FEE_BYTES:
        faults[route.route_id] = f"0x{route.data.hex()} is no Uniswap V3 path"
    elif request.up_to < 1:
        faults[route.route_id] = "there is nothing to sell"
    return route.route_id in faults


def _amounts(request: QuoteRequest) -> list[int]:
    """Sizes to sample, rising, each once."""
    sizes = {request.up_to * part // whole for part, whole in SIZE_FRACTIONS}
    return sorted(sizes - {0})


def _calls(request: QuoteRequest, quoters: Quoters) -> list[Call]:
    path = bytes.fromhex(request.token_in[2:]) + request.route.data
    path += bytes.fromhex(request.token_out[2:])
    quoter = quoters.by_venue[request.route.venue]
    return [
        Call(quoter, encode_call("quoteExactInput(bytes,uint256)", path, amount))
        for amount in _amounts(request)
    ]


def _curve(request: QuoteRequest, answers: list[Answer]) -> QuoteCurve:
    """The curve through the sizes that the pool can take.

    Raises
    ------
    CallReverted
        If it cannot take even the smallest.
    """
    points: list[_Point] = []
    refusal = CallReverted("PaysNothing", {}, f"it pays nothing for {request.up_to} smallest units")
    for amount, answer in zip(_amounts(request), answers, strict=True):
        point = _point(amount, answer)
        if not isinstance(point, _Point):
            refusal = point
            break
        # The smallest sizes may buy less than one unit.
        if point.amount_out:
            points.append(point)
    if not points:
        raise refusal
    return QuoteCurve(
        route_id=request.route.route_id,
        token_in=request.route.token_in,
        token_out=request.route.token_out,
        amounts_in=tuple(point.amount_in for point in points),
        amounts_out=tuple(point.amount_out for point in points),
        gas=points[-1].gas + LEG_OVERHEAD_GAS,
    )


def _point(amount: int, answer: Answer) -> _Point | CallReverted:
    if isinstance(answer, CallReverted):
        return answer
    amount_out, prices, _ticks, gas = decode_result(_RESULT, answer, "quoteExactInput result")
    if gas > MAX_GAS:
        raise NodeAnsweredWrongly("gas of a quote", gas, f"at most {MAX_GAS}")
    # A pool that runs dry stops at the end of its prices and quotes what it had.
    if {MIN_SQRT_RATIO + 1, MAX_SQRT_RATIO - 1} & set(prices):
        return CallReverted(
            "PoolDry", {"amount": amount}, f"it cannot take {amount} smallest units"
        )
    return _Point(amount, amount_out, gas)
