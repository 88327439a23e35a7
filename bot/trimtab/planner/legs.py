"""Sales turned into legs: whole units, minimum amounts, and what each leg is expected to cost."""

from collections.abc import Sequence
from dataclasses import dataclass

from trimtab.domain.arithmetic import (
    MIN_LEG,
    fraction_up,
    minimum_out_up,
    value_down,
    value_up,
)
from trimtab.domain.legs import Leg, PlannedLeg
from trimtab.domain.portfolio import held_values
from trimtab.domain.quotes import QuoteCurve
from trimtab.domain.snapshot import Holding, VaultSnapshot
from trimtab.domain.units import PRICE_SCALE, WAD, float_to_wad_down, wad_to_float
from trimtab.domain.verdict import slippage_limit
from trimtab.planner.curves import amount_out, unit_loss
from trimtab.planner.terms import PlanTerms

__all__ = ["Sale", "charges", "planned_legs"]


@dataclass(frozen=True, slots=True)
class Sale:
    """How much to sell over a route, in WAD of NAV."""

    curve: QuoteCurve
    share: int


def planned_legs(
    snapshot: VaultSnapshot, sales: Sequence[Sale], scale: int, terms: PlanTerms
) -> tuple[PlannedLeg, ...]:
    """Legs for `scale`, in WAD, of each sale; those that the vault would not run are left out.

    A leg is left out if it is below the smallest the vault runs, or if what its quotes promise is
    below the oracle floor. The margin above that is kept by the size of the sale.
    """
    _, nav = held_values(snapshot)
    basis = _Basis(
        holdings=snapshot.holdings,
        nav=nav,
        slippage=slippage_limit(snapshot),
        kept=WAD - float_to_wad_down(terms.tolerance),
        gas_value=terms.gas_value,
    )
    legs = (_planned_leg(basis, sale.curve, sale.share * scale // WAD) for sale in sales)
    return tuple(leg for leg in legs if leg is not None)


def charges(snapshot: VaultSnapshot, legs: Sequence[PlannedLeg]) -> tuple[int, int]:
    """Loss and turnover in WAD of NAV if every leg brings no more than its minimum."""
    _, nav = held_values(snapshot)
    loss = turnover = 0
    for planned in legs:
        price = snapshot.holdings[planned.token_out].low_price
        value_out = value_down(planned.leg.min_amount_out, price)
        loss += fraction_up(max(0, planned.value_in - value_out), nav)
        turnover += fraction_up(planned.value_in, nav)
    return loss, turnover


@dataclass(frozen=True, slots=True)
class _Basis:
    """What all legs of a plan have in common.

    Attributes
    ----------
    nav
        In WAD of the unit of account.
    slippage
        Largest shortfall of a leg, in WAD.
    kept
        Part of what is expected that a leg must bring, in WAD.
    gas_value
        Value of one unit of gas.
    """

    holdings: tuple[Holding, ...]
    nav: int
    slippage: int
    kept: int
    gas_value: float


def _planned_leg(basis: _Basis, curve: QuoteCurve, share: int) -> PlannedLeg | None:
    """The leg that sells `share`, in WAD of NAV, over a route."""
    sold, bought = basis.holdings[curve.token_in], basis.holdings[curve.token_out]
    value = share * basis.nav // WAD
    amount_in = min(value * PRICE_SCALE // sold.high_price, curve.amounts_in[-1])
    value_in = value_up(amount_in, sold.high_price)
    if fraction_up(value_in, basis.nav) < MIN_LEG:
        return None
    expected = amount_out(curve, amount_in)
    floor = minimum_out_up(value_in, bought.low_price, basis.slippage)
    if expected < floor:
        return None
    tolerated = expected * basis.kept // WAD
    lost = wad_to_float(value_in - value_down(expected, bought.low_price))
    fee = wad_to_float(value_in) * unit_loss(curve, (sold.high_price, bought.low_price))
    return PlannedLeg(
        leg=Leg(curve.route_id, amount_in, max(floor, tolerated)),
        token_in=curve.token_in,
        token_out=curve.token_out,
        value_in=value_in,
        expected_out=expected,
        fee_cost=fee,
        impact_cost=lost - fee,
        gas_cost=curve.gas * basis.gas_value,
    )
