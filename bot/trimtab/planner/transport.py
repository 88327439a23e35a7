"""Who sells to whom over which routes: a transport problem with rising costs and fixed charges.

Sellers have supplies, buyers demands; a route from one to the other loses more per unit the more it
carries, costs gas if it carries anything, and then carries at least a minimum. Quantities are
fractions of NAV. Without gas and minimum this is a minimum-cost flow, solved exactly by cheapest
augmenting paths; which routes to open is tried out: all sets while there are few routes, else by
opening, closing and exchanging one at a time.

References
----------
R. Ahuja, T. Magnanti and J. Orlin, Network Flows (1993), sections 9.7 and 14.5.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, combinations

from trimtab.planner.curves import Piece

__all__ = ["Problem", "RouteCost", "solve", "total_cost"]

EXACT_ROUTES = 6
"""Up to so many routes every set of them is tried."""

EPSILON = 1e-13
"""Quantities and costs below this are rounding."""

MOST_PATHS = 10_000
"""Augmenting paths tried before a flow is taken as it is: far more than curves that can arise need,
so that no made-up curve keeps the keeper busy."""

MOST_TRIALS = 150
"""Sets of routes tried when there are too many to try all."""

SCALINGS = 4
"""Rounds of slope scaling."""

Routes = frozenset[int]


@dataclass(frozen=True, slots=True)
class RouteCost:
    """A route as the solver sees it.

    Attributes
    ----------
    seller, buyer
        Positions of the assets.
    pieces
        Stretches by rising cost per unit.
    gas
        Cost of using the route at all, in NAV.
    """

    seller: int
    buyer: int
    pieces: tuple[Piece, ...]
    gas: float


@dataclass(frozen=True, slots=True)
class Problem:
    """What is to be moved, and over what.

    Attributes
    ----------
    supplies, demands
        By position of the asset; of each asset at most one is above zero.
    routes
        Routes, each from an asset with a supply to one with a demand.
    least
        Least quantity of a route that is used.
    worth
        What moving one unit is worth: what costs more is left unmoved.
    most_routes
        Most routes that may be used.
    """

    supplies: tuple[float, ...]
    demands: tuple[float, ...]
    routes: tuple[RouteCost, ...]
    least: float
    worth: float
    most_routes: int


def solve(problem: Problem) -> tuple[float, ...]:
    """Quantity of each route, zero or at least the minimum, that minimises `total_cost`."""
    usable = [index for index in range(len(problem.routes)) if _usable(problem, index)]
    if len(usable) <= EXACT_ROUTES:
        sizes = range(min(len(usable), problem.most_routes) + 1)
        sets = (frozenset(chosen) for size in sizes for chosen in combinations(usable, size))
        best = min((_flow(problem, routes, problem.least) for routes in sets), key=_cost)
    else:
        best = _climb(problem, usable)
    return best[1]


def total_cost(problem: Problem, flows: Iterable[float]) -> float:
    """Swap cost and gas, less the worth of what is moved, in NAV."""
    return sum(
        _swap_cost(route, flow) + route.gas - problem.worth * flow
        for route, flow in zip(problem.routes, flows, strict=True)
        if flow > 0
    )


def _usable(problem: Problem, index: int) -> bool:
    route = problem.routes[index]
    capacity = sum(width for width, _ in route.pieces)
    return problem.least <= min(
        capacity, problem.supplies[route.seller], problem.demands[route.buyer]
    )


def _swap_cost(route: RouteCost, flow: float) -> float:
    cost = 0.0
    for width, unit in route.pieces:
        part = min(width, flow)
        cost += part * unit
        flow -= part
    return cost


Solution = tuple[float, tuple[float, ...]]
"""Total cost and flows."""


def _cost(solution: Solution) -> float:
    return solution[0]


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
    network = _Network(problem, routes, least)
    if not network.feasible():
        return math.inf, ()
    for _ in range(MOST_PATHS):
        cost, path = network.cheapest_path()
        if cost >= problem.worth - EPSILON:
            break
        network.push(path)
    return total_cost(problem, network.flows), tuple(network.flows)


@dataclass(frozen=True, slots=True)
class _Step:
    """One step of a path: more over a route, or less (`sign` -1), and by how much at this cost."""

    route: int
    sign: int
    cost: float
    room: float


class _Network:
    """A flow in the making: what the routes carry, and what supplies and demands are left."""

    __slots__ = ("demands", "ends", "flows", "least", "problem", "routes", "supplies")

    def __init__(self, problem: Problem, routes: Routes, least: float) -> None:
        self.problem = problem
        self.routes = sorted(routes)
        self.least = least
        self.flows = [0.0] * len(problem.routes)
        self.supplies, self.demands = list(problem.supplies), list(problem.demands)
        self.ends = {
            index: list(accumulate(width for width, _ in problem.routes[index].pieces))
            for index in self.routes
        }
        for index in self.routes:
            self._add(index, least)

    def feasible(self) -> bool:
        """Whether the minimum flows alone fit the supplies and demands."""
        return min(*self.supplies, *self.demands) >= -EPSILON

    def cheapest_path(self) -> tuple[float, list[_Step]]:
        """Cost per unit and steps of the cheapest way from a supply to a demand that are left.

        Bellman and Ford's: costs may be negative where a pool pays more than the oracle's price,
        cycles of negative cost never arise.
        """
        steps = list(self._steps())
        cost = {i: 0.0 for i, left in enumerate(self.supplies) if left > EPSILON}
        arrived: dict[int, tuple[int, _Step]] = {}
        for _ in range(len(self.supplies)):
            if not self._relax(steps, cost, arrived):
                break
        reached = [i for i in cost if self.demands[i] > EPSILON]
        if not reached:
            return math.inf, []
        end = min(reached, key=lambda i: cost[i])
        path = []
        node = end
        while node in arrived:
            node, step = arrived[node]
            path.append(step)
        return cost[end], path

    @staticmethod
    def _relax(
        steps: list[tuple[int, int, _Step]],
        cost: dict[int, float],
        arrived: dict[int, tuple[int, _Step]],
    ) -> bool:
        """Take every step once; return whether some position became cheaper to reach."""
        changed = False
        for start, end, step in steps:
            reached = cost.get(start, math.inf) + step.cost
            if reached < cost.get(end, math.inf) - EPSILON:
                cost[end] = reached
                arrived[end] = (start, step)
                changed = True
        return changed

    def push(self, path: list[_Step]) -> None:
        """Send as much along a path as all of its steps, its supply and its demand allow."""
        first, last = self.problem.routes[path[-1].route], self.problem.routes[path[0].route]
        amount = min(
            self.supplies[first.seller],
            self.demands[last.buyer],
            *(step.room for step in path),
        )
        for step in path:
            self._add(step.route, step.sign * amount)

    def _add(self, index: int, amount: float) -> None:
        route = self.problem.routes[index]
        self.flows[index] += amount
        self.supplies[route.seller] -= amount
        self.demands[route.buyer] -= amount

    def _steps(self) -> Iterator[tuple[int, int, _Step]]:
        """Every way to change one flow: where it leads from and to, and the step."""
        for index in self.routes:
            route, flow, ends = self.problem.routes[index], self.flows[index], self.ends[index]
            piece = bisect_right(ends, flow + EPSILON)
            if piece < len(ends):
                more = _Step(index, 1, route.pieces[piece][1], ends[piece] - flow)
                yield route.seller, route.buyer, more
            if flow > self.least + EPSILON:
                piece = bisect_left(ends, flow - EPSILON)
                start = ends[piece - 1] if piece else 0.0
                room = flow - max(start, self.least)
                yield route.buyer, route.seller, _Step(index, -1, -route.pieces[piece][1], room)
