"""Quotes are refused if they make no sense, and read without promising too much."""

import pytest
from trimtab.domain.quotes import QuoteCurve
from trimtab.planner.curves import (
    amount_out,
    cost_pieces,
    curve_fault,
    unit_loss,
    within_average,
)

DOLLAR = 10**36
"""Price of an 18-decimal token worth one unit of account."""


def curve(sizes, outs, **changes):
    fields = {"route_id": 3, "token_in": 0, "token_out": 1, "gas": 100_000}
    return QuoteCurve(amounts_in=tuple(sizes), amounts_out=tuple(outs), **(fields | changes))


SOUND = curve([100, 200, 400], [99, 196, 380])


def test_a_sound_curve_has_no_fault():
    assert curve_fault(SOUND, 2) is None


@pytest.mark.parametrize(
    ("broken", "fault"),
    [
        (curve([], []), "has 0 amounts sold"),
        (curve([1, 2], [1]), "2 amounts sold and 1 amounts bought"),
        (curve([100, 100], [99, 99]), "does not rise: 100 follows 100"),
        (curve([200, 100], [99, 98]), "does not rise: 100 follows 200"),
        (curve([100, 200], [99, 98]), "pays less for more: selling 200 brings 98"),
        (curve([100, 200], [50, 150]), "is not concave: selling more than 100 pays better"),
        (curve([100], [0]), "pays nothing"),
        (curve([0], [1]), "not positive"),
        (curve([100], [-1]), "not positive"),
        (curve([100], [2**256]), "larger than any token"),
        (curve([100], [99], token_out=2), "names assets 0 and 2 of 2"),
        (curve([100], [99], token_in=-1), "names assets -1 and 1 of 2"),
        (curve([100], [99], gas=-1), "claims a gas of -1"),
    ],
)
def test_a_curve_without_sense_has_a_named_fault(broken, fault):
    assert fault in curve_fault(broken, 2)


def test_rounding_is_no_fault():
    # One unit sold at a rate of 2/3 rounds to nothing, three bring two.
    assert curve_fault(curve([1, 3, 6, 9], [0, 2, 4, 6]), 2) is None


@pytest.mark.parametrize(
    ("sold", "bought"), [(0, 0), (50, 49), (100, 99), (101, 99), (150, 147), (200, 196), (400, 380)]
)
def test_between_quotes_proceeds_are_linear_and_rounded_down(sold, bought):
    assert amount_out(SOUND, sold) == bought


def test_the_loss_of_a_route_is_measured_against_the_oracle():
    pieces = cost_pieces(SOUND, (DOLLAR, DOLLAR), 1000)

    assert [width for width, _ in pieces] == pytest.approx([0.1, 0.1, 0.2])
    assert [unit for _, unit in pieces] == pytest.approx([0.01, 0.03, 0.08])
    assert unit_loss(SOUND, (DOLLAR, DOLLAR)) == pytest.approx(0.01)


def test_a_pool_that_pays_more_than_the_oracle_loses_less_than_nothing():
    assert cost_pieces(SOUND, (DOLLAR, DOLLAR * 2), 1000)[0][1] == pytest.approx(-0.98)


def test_a_dent_from_rounding_is_bridged():
    # Two units missing at 200; a cost that fell with size would mislead the solver.
    dented = curve([10_000, 20_000, 30_000], [9_900, 19_798, 29_698])

    assert curve_fault(dented, 2) is None
    assert [unit for _, unit in cost_pieces(dented, (DOLLAR, DOLLAR), 10**6)] == pytest.approx(
        [0.01, 0.0101]
    )


def test_a_route_is_used_up_to_where_its_average_reaches_the_floor():
    pieces = ((0.1, 0.01), (0.1, 0.03), (0.2, 0.08))

    # 0.1 * 0.01 + 0.1 * 0.03 + x * 0.08 = 0.03 * (0.2 + x)
    assert within_average(pieces, 0.03) == (*pieces[:2], (pytest.approx(0.04), 0.08))
    assert within_average(pieces, 0.2) == pieces
    assert within_average(pieces, 0.009) == ()
