"""No split over any set of routes costs less than the one that is found."""

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trimtab.planner import transport
from trimtab.planner.network import least_flows
from trimtab.planner.transport import Problem, RouteCost, solve, total_cost

EPS = 1e-9
GRID = 12


@st.composite
def route_costs(draw, sellers, buyers):
    units = sorted(draw(st.lists(st.floats(-0.002, 0.06), min_size=1, max_size=4)))
    widths = draw(st.lists(st.floats(0.001, 0.1), min_size=len(units), max_size=len(units)))
    return RouteCost(
        seller=draw(st.sampled_from(sellers)),
        buyer=draw(st.sampled_from(buyers)),
        pieces=tuple(zip(widths, units, strict=True)),
        gas=draw(st.sampled_from([0.0, 0.00001, 0.0003, 0.002])),
    )


@st.composite
def problems(draw, *, most, limits=(1, 2, 32)):
    """One or two sellers and buyers, and up to `most` routes; `limits` on those used."""
    sellers = list(range(draw(st.integers(1, 2))))
    buyers = [len(sellers) + i for i in range(draw(st.integers(1, 2)))]
    amounts = st.floats(0.0, 0.15)
    return Problem(
        supplies=tuple(draw(amounts) for _ in sellers) + (0.0,) * len(buyers),
        demands=(0.0,) * len(sellers) + tuple(draw(amounts) for _ in buyers),
        routes=tuple(draw(st.lists(route_costs(sellers, buyers), min_size=1, max_size=most))),
        least=draw(st.sampled_from([0.0001, 0.01])),
        worth=0.05,
        most_routes=draw(st.sampled_from(limits)),
    )


def capacity(problem, route):
    return min(
        sum(width for width, _ in route.pieces),
        problem.supplies[route.seller],
        problem.demands[route.buyer],
    )


def is_feasible(problem, flows):
    used = [flow for flow in flows if flow > 0]
    carried = list(zip(problem.routes, flows, strict=True))
    return (
        len(used) <= problem.most_routes
        and all(flow >= problem.least - EPS for flow in used)
        and all(flow <= capacity(problem, route) + EPS for route, flow in carried)
        and all(
            sum(flow for route, flow in carried if route.seller == i) <= supply + EPS
            for i, supply in enumerate(problem.supplies)
        )
        and all(
            sum(flow for route, flow in carried if route.buyer == i) <= demand + EPS
            for i, demand in enumerate(problem.demands)
        )
    )


def brute_force(problem):
    """The least total cost over all splits on a grid that holds every corner of the pieces."""
    grids = []
    for route in problem.routes:
        room = capacity(problem, route)
        steps = {room * i / GRID for i in range(GRID + 1)} | {problem.least}
        size = 0.0
        for width, _ in route.pieces:
            size += width
            steps.add(size)
        grids.append([step for step in steps if step <= room])
    candidates = (flows for flows in product(*grids) if is_feasible(problem, flows))
    return min(total_cost(problem, flows) for flows in candidates)


@given(problems(most=3))
def test_no_split_on_a_grid_costs_less(problem):
    flows = solve(problem)

    assert is_feasible(problem, flows)
    assert total_cost(problem, flows) <= brute_force(problem) + EPS


@given(problems(most=6, limits=(32,)))
def test_opening_and_closing_routes_one_at_a_time_comes_near_the_best_set(problem):
    usable = [i for i in range(len(problem.routes)) if transport._usable(problem, i)]
    if not usable:
        return
    exact = total_cost(problem, solve(problem))

    climbed, flows = transport._climb(problem, usable)

    assert is_feasible(problem, flows)
    assert climbed == pytest.approx(total_cost(problem, flows))
    # Both are negative: at least nine tenths of what the best set gains.
    assert exact - EPS <= climbed <= exact * 0.9 + EPS


@given(problems(most=6, limits=(32,)), st.data())
def test_going_without_a_route_starts_from_the_flows_with_it_and_ends_where_starting_anew_does(
    problem, data
):
    usable = frozenset(i for i in range(len(problem.routes)) if transport._usable(problem, i))
    network = least_flows(problem, usable, frozenset())
    used = [i for i in usable if network.flows[i] > 0]
    if not used:
        return
    index = data.draw(st.sampled_from(used))

    least_more = network.cost_without(index)
    without = network.without(index, frozenset())

    anew = least_flows(problem, usable - {index}, frozenset())
    assert without.flows[index] == 0
    assert is_feasible(replace(problem, least=0.0), without.flows)
    assert without.value == pytest.approx(anew.value, abs=EPS)
    assert network.value + least_more <= anew.value + EPS
