"""What each route pays now, against the oracle: a pool can die while its route stands."""

from __future__ import annotations

from collections.abc import Iterator

from eth_utils.address import to_checksum_address

from trimtab.chain.lens import read_routes
from trimtab.chain.quotes import QuoteRequest, Quoters, sample
from trimtab.deploy.health import Check, Patient, Status, snapshot_of
from trimtab.domain.phrases import basis_points, percent
from trimtab.domain.quotes import QuoteCurve
from trimtab.domain.snapshot import Route, VaultSnapshot
from trimtab.domain.units import PRICE_SCALE, WAD, float_to_wad_down

DUST = WAD // 100
"""Worth of a leg, in WAD of the unit of account, below which a quote says nothing about a pool."""


def examine_routes(patient: Patient, multicall: str | None) -> Iterator[Check]:
    """One line for each route: what it loses on a typical leg, against the slippage limit."""
    snapshot = snapshot_of(patient)
    record = patient.record
    lens = record.contract("VaultLens")
    routes = read_routes(patient.node, lens, vault=record.vault, block=patient.block)
    if not all(holding.counts_rightly for holding in snapshot.holdings):
        yield Check("routes", Status.WARN, "not quoted: a price is missing")
        return
    if not any(_worth(route, snapshot) >= DUST for route in routes):
        yield Check("routes", Status.OK, "not quoted: the vault holds next to nothing")
        return
    requests = [_request(route, snapshot) for route in routes if _trades(route, snapshot)]
    quoters = Quoters(
        {record.contract("UniswapV3Venue"): record.quoter},
        None if multicall is None else to_checksum_address(multicall),
    )
    quotes = sample(patient.node, quoters, requests, block=patient.block)
    curves = {curve.route_id: curve for curve in quotes.curves}
    faults = {fault.route_id: fault.sentence for fault in quotes.faults}
    for route in routes:
        yield _route_check(route, snapshot, curves.get(route.route_id), faults)


def _trades(route: Route, snapshot: VaultSnapshot) -> bool:
    """Whether the vault can trade it: it stands, and neither of its assets is written off."""
    ends = snapshot.holdings[route.token_in], snapshot.holdings[route.token_out]
    return route.active and not any(holding.written_off for holding in ends)


def _typical(route: Route, snapshot: VaultSnapshot) -> int:
    """Size of a usual leg, in WAD of NAV: the drift at which a keeper may act on this pair."""
    return min(snapshot.holdings[route.token_in].band, snapshot.holdings[route.token_out].band)


def _worth(route: Route, snapshot: VaultSnapshot) -> int:
    """Worth of a usual leg, in WAD of the unit of account."""
    return snapshot.nav * _typical(route, snapshot) // WAD


def _request(route: Route, snapshot: VaultSnapshot) -> QuoteRequest:
    sold, bought = snapshot.holdings[route.token_in], snapshot.holdings[route.token_out]
    up_to = _worth(route, snapshot) * PRICE_SCALE // sold.price
    return QuoteRequest(
        route, to_checksum_address(sold.token), to_checksum_address(bought.token), up_to
    )


def _route_check(
    route: Route, snapshot: VaultSnapshot, curve: QuoteCurve | None, faults: dict[int, str]
) -> Check:
    sold, bought = snapshot.holdings[route.token_in], snapshot.holdings[route.token_out]
    name = f"route {route.route_id}, {sold.label} to {bought.label}"
    if sold.written_off or bought.written_off:
        return Check(name, Status.OK, "not traded: one of the two is written off")
    if not route.active:
        return Check(name, Status.WARN, "removed")
    if curve is None:
        return Check(name, Status.FAIL, faults.get(route.route_id, "gives no quote"))
    paid = curve.amounts_in[-1] * sold.price
    shortfall = 1 - curve.amounts_out[-1] * bought.price / paid
    limit = snapshot.limits.slippage
    lost = float_to_wad_down(shortfall)
    status = Status.OK if lost <= limit else Status.WARN
    size = percent(_typical(route, snapshot))
    detail = f"{basis_points(lost)} below the oracle for a leg of {size} of the vault"
    return Check(name, status, f"{detail}, limit {basis_points(limit)}")
