"""Who sells to whom over which routes: a transport problem with rising costs and fixed charges.

Sellers have supplies, buyers demands; a route from one to the other loses more per unit the more it
carries, costs gas if it carries anything, and then carries at least a minimum. Quantities are
fractions of NAV. Without gas and minimum this is a minimum-cost flow, solved exactly by cheapest
augmenting paths; which routes to open is found by branch and bound, or, should that take too long,
by opening, closing and exchanging one at a time.

References
----------
R. Ahuja, T. Magnanti and J. Orlin, Network Flows (1993), sections 9.7 and 14.5.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from trimtab.planner.network import (
    EPSILON,
    Network,
    Problem,
    RouteCost,
    Routes,
    least_flows,
    swap_cost,
)

__all__ = ["Problem", "RouteCost", "solve", "total_cost"]

MOST_TRIALS = 150
"""Flows that branch and bound solves before it gives up, and so many sets that are then tried."""

SCALINGS = 4
"""Rounds of slope scaling."""


def solve(problem: Problem) -> tuple[float, ...]:
    """Quantity of each route, zero or at least the minimum, that minimises `total_cost`."""
    usable = [index for index in range(len(problem.routes)) if _usable(problem, index)]
    best, proven = _Search(problem).run(usable)
    if not proven:
        best = min(best, _climb(problem, usable), key=_cost)
    return best[1]


def total_cost(problem: Problem, flows: Iterable[float]) -> float:
    """Swap cost and gas, less the worth of what is moved, in NAV."""
    return sum(
        swap_cost(route, flow) + route.gas - problem.worth * flow
        for route, flow in zip(problem.routes, flows, strict=True)
        if flow > 0
    )


def _usable(problem: Problem, index: int) -> bool:
    route = problem.routes[index]
    capacity = sum(width for width, _ in route.pieces)
    return problem.least <= min(
        capacity, problem.supplies[route.seller], problem.demands[route.buyer]
    )


Solution = tuple[float, tuple[float, ...]]
"""Total cost and flows."""


def _cost(solution: Solution) -> float:
    return solution[0]


class _Search:
    """Branch and bound over the routes that are used.

    A flow that may use some routes, and pays for the gas of those it must use, costs no more than
    any that also pays for the rest; so a branch whose flow costs more than the best so far ends.
    Neither is one begun whose flow is known to cost more from what going around a route costs.
    """

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._best: Solution = (0.0, (0.0,) * len(problem.routes))
        self._trials = MOST_TRIALS
        pieces = [route.pieces for route in problem.routes]
        self._capacity = [sum(width for width, _ in own) for own in pieces]
        self._cheapest = min((unit for own in pieces for _, unit in own), default=0.0)

    def run(self, usable: Sequence[int]) -> tuple[Solution, bool]:
        """The best solution found, and whether there is none better."""
        self._branch(frozenset(usable), frozenset(), None)
        return self._best, self._trials > 0

    def _branch(self, allowed: Routes, forced: Routes, network: Network | None) -> None:
        """Look through every set between `forced` and `allowed`; `network` is theirs if known."""
        if len(forced) > self._problem.most_routes or self._trials <= 0:
            return
        if network is None:
            if not self._could_improve(allowed):
                return
            self._trials -= 1
            network = least_flows(self._problem, allowed, forced)
            if network is None:
                return
            self._note(network.flows)
        flows = network.flows
        bound = network.value + sum(self._problem.routes[i].gas for i in forced)
        if not self._improves(bound):
            return
        open_routes = [i for i in allowed - forced if flows[i] > 0]
        if not open_routes:
            return
        # The one whose gas is spread over least is the likeliest to go.
        doubtful = max(open_routes, key=lambda i: (self._problem.routes[i].gas / flows[i], i))
        enough = flows[doubtful] >= self._problem.least
        self._branch(allowed, forced | {doubtful}, network if enough else None)
        if self._improves(bound) and self._improves(bound + network.cost_without(doubtful)):
            self._trials -= 1
            without = network.without(doubtful, forced)
            self._note(without.flows)
            self._branch(allowed - {doubtful}, forced, without)

    def _could_improve(self, allowed: Routes) -> bool:
        """Whether enough could move over these routes, were each as cheap as the cheapest."""
        problem = self._problem
        sold, bought = [0.0] * len(problem.supplies), [0.0] * len(problem.demands)
        for i in allowed:
            sold[problem.routes[i].seller] += self._capacity[i]
            bought[problem.routes[i].buyer] += self._capacity[i]
        most = min(sum(map(min, sold, problem.supplies)), sum(map(min, bought, problem.demands)))
        return (self._cheapest - problem.worth) * most < self._best[0] - EPSILON

    def _improves(self, bound: float) -> bool:
        return bound < self._best[0] - EPSILON

    def _note(self, flows: Sequence[float]) -> None:
        """Keep a flow if it is allowed as it is, and the best so far."""
        problem = self._problem
        used = [i for i, flow in enumerate(flows) if flow > 0]
        if len(used) > problem.most_routes or any(flows[i] < problem.least for i in used):
            return
        cost = total_cost(problem, flows)
        if cost < self._best[0] - EPSILON:
            self._best = (cost, tuple(flows))


def _climb(problem: Problem, usable: Sequence[int]) -> Solution:
    """A set of routes that opening, closing or exchanging one does not improve.

    Ends after `MOST_TRIALS` sets with the best of them.
    """
    best = _scaled_start(problem, usable)
    trials = MOST_TRIALS
    improved = True
    while improved:
        improved = False
        for routes in _neighbours(problem, best[1], usable):
            found = _flow(problem, routes, problem.least)
            improved = found[0] < best[0] - EPSILON
            trials -= 1
            if improved or not trials:
                break
        if improved:
            best = found
        if not trials:
            break
    return best


def _scaled_start(problem: Problem, usable: Sequence[int]) -> Solution:
    """A good set of routes by spreading each route's gas over what it carried the time before.

    Dynamic slope scaling: D. Kim and P. Pardalos, Operations Research Letters 24 (1999).
    """
    best: Solution = (0.0, (0.0,) * len(problem.routes))
    spread = [
        route.gas
        / max(problem.least, min(problem.supplies[route.seller], problem.demands[route.buyer]))
        for route in problem.routes
    ]
    for _ in range(SCALINGS):
        _, flows = _flow(_dearer(problem, spread), frozenset(usable), 0.0)
        large = sorted((i for i in usable if flows[i] >= problem.least), key=lambda i: -flows[i])
        routes = frozenset(large[: problem.most_routes])
        best = min(best, _flow(problem, routes, problem.least), key=_cost)
        for i in large:
            spread[i] = problem.routes[i].gas / flows[i]
    return best


def _dearer(problem: Problem, extra: Sequence[float]) -> Problem:
    """The problem with `extra` per unit on each route."""
    routes = tuple(
        replace(route, pieces=tuple((width, unit + more) for width, unit in route.pieces))
        for route, more in zip(problem.routes, extra, strict=True)
    )
    return replace(problem, routes=routes)


def _neighbours(
    problem: Problem, flows: Sequence[float], usable: Sequence[int]
) -> Iterator[Routes]:
    """Sets with one route less, one more, or one exchanged for another of its seller or buyer."""
    routes = frozenset(i for i in usable if flows[i] > 0)
    closed = [i for i in usable if i not in routes]
    by_size = sorted(routes, key=lambda i: flows[i])
    for i in by_size:
        yield routes - {i}
    if len(routes) < problem.most_routes:
        for other in closed:
            yield routes | {other}
    for i in by_size:
        for other in closed:
            mine, theirs = problem.routes[i], problem.routes[other]
            if mine.seller == theirs.seller or mine.buyer == theirs.buyer:
                yield routes - {i} | {other}


def _flow(problem: Problem, routes: Routes, least: float) -> Solution:
    """The cheapest flow over `routes` of which each carries at least `least`."""
    network = least_flows(problem, routes, routes if least else frozenset())
    if network is None:
        return math.inf, ()
    return total_cost(problem, network.flows), tuple(network.flows)
