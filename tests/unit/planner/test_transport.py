"""The cheapest way from sellers to buyers, with gas for each route that is used."""

import pytest
from trimtab.planner.transport import Problem, RouteCost, solve, total_cost


def problem(supplies, demands, *routes, least=0.0001, worth=0.05, most_routes=32):
    costs = tuple(
        RouteCost(seller, buyer, tuple(pieces), gas) for seller, buyer, pieces, gas in routes
    )
    return Problem(tuple(supplies), tuple(demands), costs, least, worth, most_routes)


def flows(*args, **kwargs):
    return pytest.approx(solve(problem(*args, **kwargs)), abs=1e-9)


CHEAP_BUT_SHALLOW = (0, 1, [(0.02, 0.0005), (0.02, 0.004), (0.5, 0.02)], 0.0)
DEAR_BUT_DEEP = (0, 1, [(0.5, 0.003)], 0.0)


def test_a_sale_is_split_where_two_routes_beat_one():
    assert flows([0.1, 0], [0, 0.1], CHEAP_BUT_SHALLOW, DEAR_BUT_DEEP) == [0.02, 0.08]


def test_gas_keeps_a_sale_on_one_route():
    # The shallow route saves 0.02 * 25 bp = 0.5 bp of NAV.
    just_worth = (*CHEAP_BUT_SHALLOW[:3], 0.000049), DEAR_BUT_DEEP
    not_worth = (*CHEAP_BUT_SHALLOW[:3], 0.000051), DEAR_BUT_DEEP

    assert flows([0.1, 0], [0, 0.1], *just_worth) == [0.02, 0.08]
    assert flows([0.1, 0], [0, 0.1], *not_worth) == [0.0, 0.1]


def test_an_earlier_choice_is_undone_when_a_later_one_needs_its_place():
    # 0 -> 2 is cheapest, but 1 can only reach 2, and 0 can also reach 3.
    routes = [
        (0, 2, [(1.0, 0.001)], 0.0),
        (0, 3, [(1.0, 0.002)], 0.0),
        (1, 2, [(1.0, 0.003)], 0.0),
    ]

    assert flows([0.1, 0.05, 0, 0], [0, 0, 0.1, 0.1], *routes) == [0.05, 0.05, 0.05]


def test_what_costs_more_than_it_is_worth_stays():
    route = (0, 1, [(0.05, 0.001), (0.05, 0.04), (0.5, 0.06)], 0.0)

    assert flows([0.3, 0], [0, 0.3], route) == [0.1]


def test_a_leg_whose_gas_is_more_than_moving_its_value_is_worth_is_not_opened():
    assert flows([0.01, 0], [0, 0.01], (0, 1, [(1.0, 0.001)], 0.0005)) == [0.0]
    assert flows([0.01, 0], [0, 0.01], (0, 1, [(1.0, 0.001)], 0.0004)) == [0.01]


def test_a_route_is_used_for_its_minimum_at_least():
    tiny = (0, 1, [(0.0001, 0.0001), (0.5, 0.01)], 0.0)

    assert flows([0.1, 0], [0, 0.1], tiny, DEAR_BUT_DEEP, least=0.01) == [0.0, 0.1]


def test_a_supply_below_the_minimum_stays():
    assert flows([0.005, 0], [0, 0.1], DEAR_BUT_DEEP, least=0.01) == [0.0]


def test_no_more_routes_are_used_than_allowed():
    assert flows([0.1, 0], [0, 0.1], CHEAP_BUT_SHALLOW, DEAR_BUT_DEEP, most_routes=1) == [0.0, 0.1]


def test_a_pool_that_pays_more_than_the_oracle_is_used_first():
    assert flows([0.1, 0], [0, 0.1], DEAR_BUT_DEEP, (0, 1, [(0.03, -0.01), (0.5, 0.02)], 0.0)) == [
        0.07,
        0.03,
    ]


def test_the_total_counts_swaps_and_gas_against_the_worth():
    case = problem([0.1, 0], [0, 0.1], (*CHEAP_BUT_SHALLOW[:3], 0.001), DEAR_BUT_DEEP)

    # 0.02 at 5 bp, 0.01 at 40 bp, gas of 10 bp, moving three per cent at five.
    assert total_cost(case, (0.03, 0.0)) == pytest.approx(
        0.02 * 0.0005 + 0.01 * 0.004 + 0.001 - 0.05 * 0.03
    )
