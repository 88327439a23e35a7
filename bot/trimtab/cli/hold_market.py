"""What a vault's own routes pay for exact amounts: the best of them for each pair of assets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from eth_utils.address import to_checksum_address

from trimtab.chain.answers import Block
from trimtab.chain.node import Node
from trimtab.chain.quotes import QuoteRequest, Quoters, sample
from trimtab.domain.legs import RouteFault
from trimtab.domain.phrases import amount_text
from trimtab.domain.quotes import QuoteCurve
from trimtab.domain.snapshot import Route, VaultSnapshot
from trimtab.errors import BadInput

Pair = tuple[int, int]
"""Positions of the assets sold and bought."""


@dataclass(frozen=True, slots=True)
class Quote:
    """What one route pays for an amount; both in smallest units."""

    route: Route
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
        """The route that pays most for each amount.

        Parameters
        ----------
        wanted
            Amounts to sell, in smallest units, by the pair of assets.

        Raises
        ------
        BadInput
            If a pair has no route, or none that takes the amount; all such are named.
        """
        requests = [self._request(route, wanted) for route in self._between(wanted)]
        found = sample(self.node, self.quoters, requests, block=self.block)
        quotes = {pair: self._best_of(found.curves, pair, wanted[pair]) for pair in wanted}
        missing = [
            self._why(pair, wanted[pair], found.faults) for pair in wanted if not quotes[pair]
        ]
        if missing:
            raise BadInput("\n".join(missing))
        return {pair: quote for pair, quote in quotes.items() if quote is not None}

    def _between(self, pairs: Iterable[Pair]) -> list[Route]:
        wanted = set(pairs)
        return [
            route
            for route in self.routes
            if route.active and (route.token_in, route.token_out) in wanted
        ]

    def _request(self, route: Route, wanted: Mapping[Pair, int]) -> QuoteRequest:
        sold, bought = (self.snapshot.holdings[i] for i in (route.token_in, route.token_out))
        amount = wanted[route.token_in, route.token_out]
        return QuoteRequest(
            route, to_checksum_address(sold.token), to_checksum_address(bought.token), amount
        )

    def _best_of(self, curves: Iterable[QuoteCurve], pair: Pair, amount: int) -> Quote | None:
        quotes = [
            Quote(self.routes[curve.route_id], amount, curve.amounts_out[-1])
            for curve in curves
            if (curve.token_in, curve.token_out) == pair and curve.amounts_in[-1] == amount
        ]
        return max(quotes, key=lambda quote: quote.amount_out, default=None)

    def _why(self, pair: Pair, amount: int, faults: Iterable[RouteFault]) -> str:
        sold, bought = (self.snapshot.holdings[position] for position in pair)
        routes = {route.route_id for route in self._between([pair])}
        if not routes:
            return f"no registered route sells {sold.label} for {bought.label}"
        text = f"{amount_text(amount, sold.decimals)} {sold.label}"
        reasons = [f"route {f.route_id}: {f.sentence}" for f in faults if f.route_id in routes]
        detail = "; ".join(reasons) or "the pools have too little liquidity"
        return f"no route takes {text} for {bought.label}: {detail}"
