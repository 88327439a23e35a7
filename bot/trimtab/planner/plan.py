"""From a destination to ordered legs at the least total cost that the vault will accept."""

from collections.abc import Sequence
from dataclasses import replace

from trimtab.domain.arithmetic import MAX_LEGS, MIN_LEG
from trimtab.domain.legs import LegPlan, RouteFault
from trimtab.domain.phrases import basis_points, percent, percentage, words
from trimtab.domain.portfolio import held_values
from trimtab.domain.quotes import QuoteCurve
from trimtab.domain.snapshot import VaultSnapshot
from trimtab.domain.units import WAD, float_to_wad_down, wad_to_float
from trimtab.domain.verdict import slippage_limit
from trimtab.planner.curves import Piece, cost_pieces, curve_fault, within_average
from trimtab.planner.fit import fit
from trimtab.planner.legs import Sale
from trimtab.planner.room import Room, find_room
from trimtab.planner.terms import NoPlan, NoPlanReason, PlanTerms
from trimtab.planner.transport import Problem, RouteCost, solve

__all__ = ["plan"]

ROUNDING = 2e-6
"""Share by which what a curve's hull promises may exceed what its quotes do."""

Priced = tuple[QuoteCurve, tuple[Piece, ...]]
"""A curve, and what it loses against the oracle as far as the floor allows."""


def plan(
    snapshot: VaultSnapshot,
    destination: Sequence[int],
    curves: Sequence[QuoteCurve],
    terms: PlanTerms,
) -> LegPlan | NoPlan:
    """Legs that bring a vault to a destination at least cost, or why there are none.

    Sellers and buyers are matched over direct routes, split between routes where that is cheaper,
    with a leg opened only if it is worth its gas. The legs are short of every target, scaled down
    to what the buckets let through, above the oracle floor, and accepted by the vault's own rules
    whether the quotes come true or every leg brings no more than its minimum.

    Parameters
    ----------
    snapshot
        State of the vault.
    destination
        Weights to trade to, in WAD, summing to WAD.
    curves
        Quotes of routes at the snapshot's block; those that make no sense are left out and named.
    terms
        Margins, and the value of gas.

    Raises
    ------
    InvariantError
        If the destination is no portfolio of the vault's assets.
    """
    blind = _without_value(snapshot)
    if blind:
        return blind
    room = find_room(snapshot, destination, terms)
    if min(max(room.supplies), max(room.demands)) < MIN_LEG:
        return NoPlan(NoPlanReason.NOTHING_TO_TRADE, _nothing_to_trade(room))
    sensible, faults = _sift(curves, len(snapshot.holdings))
    priced, dear = _price(snapshot, room, sensible, terms)
    faults += dear
    if not priced:
        return NoPlan(NoPlanReason.NO_ROUTE, _no_route(snapshot, room), faults)
    flows = solve(_problem(snapshot, room, priced, terms))
    sales = [
        Sale(curve, float_to_wad_down(flow))
        for (curve, _), flow in zip(priced, flows, strict=True)
        if flow > 0
    ]
    if not sales:
        return NoPlan(NoPlanReason.TOO_DEAR, _too_dear(terms), faults)
    return replace(fit(snapshot, sales, terms), faults=faults)


def _without_value(snapshot: VaultSnapshot) -> NoPlan | None:
    for holding in snapshot.holdings:
        if not holding.counts_rightly:
            sentence = f"{holding.label} has no usable price ({words(holding.price_status)})"
            return NoPlan(NoPlanReason.PRICE, sentence)
    if held_values(snapshot)[1] == 0:
        return NoPlan(NoPlanReason.PRICE, "the vault holds nothing of value")
    return None


def _sift(
    curves: Sequence[QuoteCurve], assets: int
) -> tuple[list[QuoteCurve], tuple[RouteFault, ...]]:
    """Curves that make sense, in the order their legs will have, and the faults of the others."""
    good: dict[int, QuoteCurve] = {}
    faults = []
    for curve in curves:
        fault = curve_fault(curve, assets)
        if curve.route_id in good:
            fault = "was quoted twice"
        if fault:
            faults.append(RouteFault(curve.route_id, f"route {curve.route_id} {fault}"))
        else:
            good[curve.route_id] = curve
    ordered = sorted(good.values(), key=lambda c: (c.token_in, c.token_out, c.route_id))
    return ordered, tuple(faults)


def _price(
    snapshot: VaultSnapshot, room: Room, curves: Sequence[QuoteCurve], terms: PlanTerms
) -> tuple[list[Priced], tuple[RouteFault, ...]]:
    """Curves from sellers to buyers with their losses; those below the floor as faults."""
    _, nav = held_values(snapshot)
    slippage = wad_to_float(slippage_limit(snapshot))
    most = 1 - (1 - slippage) * (1 + terms.floor_margin) - ROUNDING
    priced, faults = [], []
    for curve in curves:
        if min(room.supplies[curve.token_in], room.demands[curve.token_out]) < MIN_LEG:
            continue
        if snapshot.only_to_base and curve.token_out != 0:
            continue
        sold, bought = snapshot.holdings[curve.token_in], snapshot.holdings[curve.token_out]
        pieces = cost_pieces(curve, (sold.high_price, bought.low_price), nav)
        allowed = within_average(pieces, most)
        if sum(width for width, _ in allowed) >= _least(terms):
            priced.append((curve, allowed))
            continue
        faults.append(RouteFault(curve.route_id, _useless(curve, pieces, most)))
    return priced, tuple(faults)


def _problem(
    snapshot: VaultSnapshot, room: Room, priced: Sequence[Priced], terms: PlanTerms
) -> Problem:
    nav = wad_to_float(held_values(snapshot)[1])
    return Problem(
        supplies=tuple(wad_to_float(supply) for supply in room.supplies),
        demands=tuple(wad_to_float(demand) for demand in room.demands),
        routes=tuple(
            RouteCost(curve.token_in, curve.token_out, pieces, curve.gas * terms.gas_value / nav)
            for curve, pieces in priced
        ),
        least=_least(terms),
        worth=terms.worth,
        most_routes=MAX_LEGS,
    )


def _least(terms: PlanTerms) -> float:
    """Smallest leg to plan, in NAV: the vault's, and room for prices that move before it lands."""
    return MIN_LEG / WAD * (1 + terms.overshoot_margin)


def _nothing_to_trade(room: Room) -> str:
    return (
        f"at most {basis_points(max(room.supplies))} of NAV can be sold and "
        f"{basis_points(max(room.demands))} bought of one asset; a leg needs "
        f"{basis_points(MIN_LEG)}"
    )


def _no_route(snapshot: VaultSnapshot, room: Room) -> str:
    sellers, buyers = (
        ", ".join(
            f"{holding.label} ({percent(share)})"
            for holding, share in zip(snapshot.holdings, shares, strict=True)
            if share >= MIN_LEG
        )
        for shares in (room.supplies, room.demands)
    )
    return f"no usable route leads from what is to sell, {sellers}, to what is to buy, {buyers}"


def _useless(curve: QuoteCurve, pieces: Sequence[Piece], most: float) -> str:
    if not pieces or pieces[0][1] <= most:
        return f"route {curve.route_id} takes less than the smallest leg"
    return (
        f"route {curve.route_id} pays {percentage(pieces[0][1])} below the oracle even for small "
        f"amounts, {percentage(most)} is allowed"
    )


def _too_dear(terms: PlanTerms) -> str:
    worth = percentage(terms.worth)
    return f"every leg costs more in swaps and gas than {worth} of the value it moves"
