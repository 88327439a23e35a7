"""Which routes a rebalance may need, and up to which size each has to be quoted."""

from __future__ import annotations

from collections.abc import Iterable

from eth_utils.address import to_checksum_address

from trimtab.chain.quotes import QuoteRequest
from trimtab.domain.arithmetic import MIN_LEG
from trimtab.domain.portfolio import held_values
from trimtab.domain.snapshot import Route, VaultSnapshot
from trimtab.domain.units import PRICE_SCALE, WAD


def quote_requests(
    snapshot: VaultSnapshot, destination: tuple[int, ...], routes: Iterable[Route]
) -> list[QuoteRequest]:
    """The active routes from an asset to be sold to one to be bought, with the most each may carry.

    Routes that could not carry the vault's smallest leg are left out.

    Parameters
    ----------
    snapshot
        The vault; every price must be known.
    destination
        Weights to trade to, in WAD.
    routes
        Routes of the mandate.
    """
    surplus = _surpluses(snapshot, destination)
    least = held_values(snapshot)[1] * MIN_LEG // WAD
    requests = []
    for route in routes:
        value = min(surplus[route.token_in], -surplus[route.token_out])
        if route.active and value > least:
            requests.append(_request(snapshot, route, value))
    return requests


def _surpluses(snapshot: VaultSnapshot, destination: tuple[int, ...]) -> list[int]:
    """Value that each asset has above its destination, in WAD; negative below it."""
    values, nav = held_values(snapshot)
    return [value - weight * nav // WAD for value, weight in zip(values, destination, strict=True)]


def _request(snapshot: VaultSnapshot, route: Route, value: int) -> QuoteRequest:
    sold, bought = snapshot.holdings[route.token_in], snapshot.holdings[route.token_out]
    return QuoteRequest(
        route=route,
        token_in=to_checksum_address(sold.token),
        token_out=to_checksum_address(bought.token),
        up_to=value * PRICE_SCALE // sold.price,
    )
