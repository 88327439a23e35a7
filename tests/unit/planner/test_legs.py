"""Sales become legs in whole units, and those that the vault would not run are left out."""

import pytest
from property.strategies import dollar_snapshot
from trimtab.domain.quotes import QuoteCurve
from trimtab.domain.units import WAD
from trimtab.planner.legs import Sale, charges, planned_legs
from trimtab.planner.terms import PlanTerms

SNAPSHOT = dollar_snapshot([600, 400], [0.5, 0.5])
TERMS = PlanTerms(gas_value=0.0, tolerance=0.002)


def curve(loss):
    """A pool that takes a hundred dollars and keeps `loss` basis points."""
    return QuoteCurve(5, 0, 1, (100 * 10**18,), (100 * 10**18 * (10_000 - loss) // 10_000,), 9)


def legs(loss, share, scale=WAD):
    return planned_legs(SNAPSHOT, [Sale(curve(loss), share)], scale, TERMS)


def test_a_sale_is_scaled():
    (leg,) = legs(10, WAD // 20, WAD // 2)

    assert leg.leg.amount_in == 25 * 10**18
    assert leg.expected_out == 24_975 * 10**15


def test_a_sale_ends_at_the_last_quote():
    (leg,) = legs(10, WAD // 5)

    assert leg.leg.amount_in == 100 * 10**18


@pytest.mark.parametrize(("share", "count"), [(WAD // 10_000, 1), (WAD // 10_000 - 1, 0)])
def test_a_leg_below_the_smallest_is_left_out(share, count):
    assert len(legs(10, share)) == count


@pytest.mark.parametrize(("loss", "count"), [(100, 1), (101, 0)])
def test_a_leg_below_the_floor_is_left_out(loss, count):
    assert len(legs(loss, WAD // 20)) == count


def test_charges_are_those_of_the_minimum():
    loss, turnover = charges(SNAPSHOT, legs(10, WAD // 20))

    assert turnover == WAD // 20
    # Ten basis points expected and twenty tolerated, of a twentieth.
    assert loss / WAD == pytest.approx((1 - 0.999 * 0.998) / 20)
