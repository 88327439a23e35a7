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
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from trimtab.planner.curves import Piece

__all__ = ["Problem", "RouteCost", "solve", "total_cost"]

EPSILON = 1e-13
"""Quantities and costs below this are rounding."""

MOST_PATHS = 10_000
"""Augmenting paths tried before a flow is taken as it is: far more than curves that can arise need,
so that no made-up curve keeps the keeper busy."""

MOST_TRIALS = 150
"""Flows that branch and bound solves before it gives up, and so many sets that are then tried."""

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
    best, proven = _Search(problem).run(usable)
    if not proven:
        best = min(best, _climb(problem, usable), key=_cost)
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


class _Search:
    """Branch and bound over the routes that are used.

    A flow that may use some routes, and pays for the gas of those it must use, costs no more than
    any that also pays for the rest; so a branch whose flow costs more than the best so far ends.
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

    def _branch(self, allowed: Routes, forced: Routes, flows: Sequence[float] | None) -> None:
        """Look through every set between `forced` and `allowed`; `flows` is known to be theirs."""
        if len(forced) > self._problem.most_routes or self._trials <= 0:
            return
        if flows is None:
            if not self._could_improve(allowed):
                return
            self._trials -= 1
            flows = _least_flows(self._problem, allowed, forced)
        if flows is None or not self._may_improve(flows, forced):
            return
        used = [i for i in allowed if flows[i] > 0]
        self._note(flows, used)
        open_routes = [i for i in used if i not in forced]
        if not open_routes:
            return
        # The one whose gas is spread over least is the likeliest to go.
        doubtful = max(open_routes, key=lambda i: (self._problem.routes[i].gas / flows[i], i))
        enough = flows[doubtful] >= self._problem.least
        self._branch(allowed, forced | {doubtful}, flows if enough else None)
        self._branch(allowed - {doubtful}, forced, None)

    def _could_improve(self, allowed: Routes) -> bool:
        """Whether enough could move over these routes, were each as cheap as the cheapest."""
        problem = self._problem
        sold, bought = [0.0] * len(problem.supplies), [0.0] * len(problem.demands)
        for i in allowed:
            sold[problem.routes[i].seller] += self._capacity[i]
            bought[problem.routes[i].buyer] += self._capacity[i]
        most = min(sum(map(min, sold, problem.supplies)), sum(map(min, bought, problem.demands)))
        return (self._cheapest - problem.worth) * most < self._best[0] - EPSILON

    def _may_improve(self, flows: Sequence[float], forced: Routes) -> bool:
        bound = _swap_value(self._problem, flows)
        bound += sum(self._problem.routes[i].gas for i in forced)
        return bound < self._best[0] - EPSILON

    def _note(self, flows: Sequence[float], used: Sequence[int]) -> None:
        """Keep a flow if it is allowed as it is, and the best so far."""
        problem = self._problem
        if len(used) > problem.most_routes or any(flows[i] < problem.least for i in used):
            return
        cost = total_cost(problem, flows)
        if cost < self._best[0] - EPSILON:
            self._best = (cost, tuple(flows))


def _swap_value(problem: Problem, flows: Sequence[float]) -> float:
    """Swap cost less the worth of what is moved, without gas."""
    return sum(
        _swap_cost(route, flow) - problem.worth * flow
        for route, flow in zip(problem.routes, flows, strict=True)
        if flow > 0
    )


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
    flows = _least_flows(problem, routes, routes if least else frozenset())
    if flows is None:
        return math.inf, ()
    return total_cost(problem, flows), tuple(flows)


def _least_flows(problem: Problem, allowed: Routes, forced: Routes) -> list[float] | None:
    """The cheapest flows without gas; None if forced routes cannot carry the minimum."""
    network = _Network(problem, allowed, forced)
    if not network.feasible():
        return None
    for _ in range(MOST_PATHS):
        cost, path = network.cheapest_path()
        if cost >= problem.worth - EPSILON:
            break
        network.push(path)
    return network.flows


_Step = tuple[int, int, float, int, int, float]
"""A way to change one flow: positions it leads from and to, cost per unit, the route, more over it
(1) or less (-1), and by how much at this cost."""


class _Network:
    """A flow in the making: what the routes carry, and what supplies and demands are left."""

    __slots__ = ("demands", "ends", "flows", "forced", "problem", "steps", "supplies")

    def __init__(self, problem: Problem, allowed: Routes, forced: Routes) -> None:
        self.problem = problem
        self.forced = forced
        self.flows = [0.0] * len(problem.routes)
        self.supplies, self.demands = list(problem.supplies), list(problem.demands)
        self.ends = {
            index: list(accumulate(width for width, _ in problem.routes[index].pieces))
            for index in sorted(allowed)
        }
        for index in sorted(forced):
            self._add(index, problem.least)
        self.steps = {index: self._steps_of(index) for index in self.ends}

    def feasible(self) -> bool:
        """Whether the minimum flows alone fit the supplies and demands."""
        return min(*self.supplies, *self.demands) >= -EPSILON

    def cheapest_path(self) -> tuple[float, list[_Step]]:
        """Cost per unit and steps of the cheapest way from a supply to a demand that are left.

        Bellman and Ford's: costs may be negative where a pool pays more than the oracle's price,
        cycles of negative cost never arise.
        """
        steps = [step for own in self.steps.values() for step in own]
        cost = [0.0 if left > EPSILON else math.inf for left in self.supplies]
        arrived: dict[int, _Step] = {}
        for _ in self.supplies:
            changed = False
            for step in steps:
                reached = cost[step[0]] + step[2]
                if reached < cost[step[1]] - EPSILON:
                    cost[step[1]] = reached
                    arrived[step[1]] = step
                    changed = True
            if not changed:
                break
        reachable = [
            c if left > EPSILON else math.inf for c, left in zip(cost, self.demands, strict=True)
        ]
        least = min(reachable)
        if least == math.inf:
            return math.inf, []
        path = []
        node = reachable.index(least)
        while node in arrived:
            path.append(arrived[node])
            node = arrived[node][0]
        return least, path

    def push(self, path: list[_Step]) -> None:
        """Send as much along a path as all of its steps, its supply and its demand allow."""
        amount = min(
            self.supplies[path[-1][0]],
            self.demands[path[0][1]],
            *(step[5] for step in path),
        )
        for _, _, _, index, sign, _ in path:
            self._add(index, sign * amount)
        for step in path:
            self.steps[step[3]] = self._steps_of(step[3])

    def _add(self, index: int, amount: float) -> None:
        route = self.problem.routes[index]
        self.flows[index] += amount
        self.supplies[route.seller] -= amount
        self.demands[route.buyer] -= amount

    def _steps_of(self, index: int) -> list[_Step]:
        """The ways to change the flow of one route."""
        route, flow, ends = self.problem.routes[index], self.flows[index], self.ends[index]
        least = self.problem.least if index in self.forced else 0.0
        steps: list[_Step] = []
        piece = bisect_right(ends, flow + EPSILON)
        if piece < len(ends):
            unit, room = route.pieces[piece][1], ends[piece] - flow
            steps.append((route.seller, route.buyer, unit, index, 1, room))
        if flow > least + EPSILON:
            piece = bisect_left(ends, flow - EPSILON)
            room = flow - max(ends[piece - 1] if piece else 0.0, least)
            steps.append((route.buyer, route.seller, -route.pieces[piece][1], index, -1, room))
        return steps
