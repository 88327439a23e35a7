"""What a vault's own routes pay for exact amounts: the best way for each pair of assets.

Where no registered route leads from one asset to another, two in a row do, as one path of pools.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from eth_utils.address import to_checksum_address

from trimtab.chain.answers import Block
from trimtab.chain.node import Node
from trimtab.chain.quotes import FEE_BYTES, HOP_BYTES, QuoteRequest, Quoters, sample
from trimtab.domain.legs import RouteFault
from trimtab.domain.phrases import amount_text
from trimtab.domain.quotes import QuoteCurve
from trimtab.domain.snapshot import Route, VaultSnapshot
from trimtab.errors import BadInput

Pair = tuple[int, int]
"""Positions of the assets sold and bought."""


@dataclass(frozen=True, slots=True)
class Way:
    """One registered route, or two in a row.

    Attributes
    ----------
    route
        The whole way; its id serves only to tell ways apart.
    parts
        Ids of the registered routes.
    """

    route: Route
    parts: tuple[int, ...]

    @property
    def text(self) -> str:
        """Its name, as it stands before what it sells."""
        if len(self.parts) == 1:
            return f"route {self.parts[0]} sells"
        return f"routes {' and '.join(map(str, self.parts))} in a row sell"


@dataclass(frozen=True, slots=True)
class Quote:
    """What one way pays for an amount; both in smallest units."""

    way: Way
    amount_in: int
    amount_out: int


@dataclass(frozen=True, slots=True)
class RouteMarket:
    """The registered routes of a vault at one block.

    Attributes
    ----------
    node, quoters, block
        Where quotes come from.
    routes
        All routes of the mandate.
    """

    node: Node
    quoters: Quoters
    block: Block
    snapshot: VaultSnapshot
    routes: tuple[Route, ...]

    def best(self, wanted: Mapping[Pair, int]) -> dict[Pair, Quote]:
        """The way that pays most for each amount.

        Parameters
        ----------
        wanted
            Amounts to sell, in smallest units, by the pair of assets.

        Raises
        ------
        BadInput
            If a pair has no way, or none that takes the amount; all such are named.
        """
        ways = {way.route.route_id: way for way in self._ways(wanted)}
        requests = [self._request(way.route, wanted) for way in ways.values()]
        found = sample(self.node, self.quoters, requests, block=self.block)
        quotes = {pair: _best_of(ways, found.curves, pair, wanted[pair]) for pair in wanted}
        missing = [
            self._why(ways, pair, wanted[pair], found.faults) for pair in wanted if not quotes[pair]
        ]
        if missing:
            raise BadInput("\n".join(missing))
        return {pair: quote for pair, quote in quotes.items() if quote is not None}

    def _ways(self, pairs: Iterable[Pair]) -> Iterator[Way]:
        """Registered routes of each pair, or else two of them in a row."""
        new_id = len(self.routes)
        for sold, bought in pairs:
            direct = [r for r in self._from(sold) if r.token_out == bought]
            yield from (Way(route, (route.route_id,)) for route in direct)
            for first, second in () if direct else self._detours(sold, bought):
                between = bytes.fromhex(self.snapshot.holdings[first.token_out].token[2:])
                data = first.data + between + second.data
                route = replace(first, route_id=new_id, token_out=bought, data=data)
                yield Way(route, (first.route_id, second.route_id))
                new_id += 1

    def _from(self, sold: int) -> list[Route]:
        return [route for route in self.routes if route.active and route.token_in == sold]

    def _detours(self, sold: int, bought: int) -> Iterator[tuple[Route, Route]]:
        """Two routes in a row that one venue can take as one path."""
        for first in self._from(sold):
            for second in self._from(first.token_out):
                fits = second.token_out == bought and second.venue == first.venue
                if fits and _is_path(first.data) and _is_path(second.data):
                    yield first, second

    def _request(self, route: Route, wanted: Mapping[Pair, int]) -> QuoteRequest:
        sold, bought = (self.snapshot.holdings[i] for i in (route.token_in, route.token_out))
        amount = wanted[route.token_in, route.token_out]
        return QuoteRequest(
            route, to_checksum_address(sold.token), to_checksum_address(bought.token), amount
        )

    def _why(
        self, ways: Mapping[int, Way], pair: Pair, amount: int, faults: Iterable[RouteFault]
    ) -> str:
        sold, bought = (self.snapshot.holdings[position] for position in pair)
        own = {key: way for key, way in ways.items() if _pair_of(way.route) == pair}
        if not own:
            return (
                f"no registered route sells {sold.label} for {bought.label}, nor do two in a row; "
                "in kind one can always join and leave: trimtab hold mint, trimtab hold redeem"
            )
        text = f"{amount_text(amount, sold.decimals)} {sold.label}"
        reasons = [
            f"{own[f.route_id].text} nothing: {f.sentence}" for f in faults if f.route_id in own
        ]
        detail = "; ".join(reasons) or "the pools have too little liquidity"
        return f"no route takes {text} for {bought.label}: {detail}"


def _best_of(
    ways: Mapping[int, Way], curves: Iterable[QuoteCurve], pair: Pair, amount: int
) -> Quote | None:
    quotes = [
        Quote(ways[curve.route_id], amount, curve.amounts_out[-1])
        for curve in curves
        if (curve.token_in, curve.token_out) == pair and curve.amounts_in[-1] == amount
    ]
    return max(quotes, key=lambda quote: quote.amount_out, default=None)


def _pair_of(route: Route) -> Pair:
    return route.token_in, route.token_out


def _is_path(data: bytes) -> bool:
    """Whether data are the pools of a path, as every other route's are not."""
    return len(data) % HOP_BYTES == FEE_BYTES
