"""A flow from sellers to buyers over routes with rising costs: in the making, and its margins.

The flow is made by cheapest augmenting paths, which is exact as long as cost per unit rises along
each route. What it leaves open, its residual network, also tells what a route is worth to it.

References
----------
R. Ahuja, T. Magnanti and J. Orlin, Network Flows (1993), sections 9.7 and 14.5.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from trimtab.planner.curves import Piece

__all__ = ["EPSILON", "Network", "Problem", "RouteCost", "Routes", "least_flows", "swap_cost"]

EPSILON = 1e-13
"""Quantities and costs below this are rounding."""

MOST_PATHS = 10_000
"""Augmenting paths tried before a flow is taken as it is: far more than curves that can arise need,
so that no made-up curve keeps the keeper busy."""

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


_Step = tuple[int, int, float, int, int, float]
"""A way to change one flow: positions it leads from and to, cost per unit, the route, more over it
(1) or less (-1), and by how much at this cost."""


def least_flows(problem: Problem, allowed: Routes, forced: Routes) -> "Network | None":
    """The cheapest flows without gas; None if forced routes cannot carry the minimum."""
    network = Network(problem, allowed, forced)
    if not network.feasible():
        return None
    for _ in range(MOST_PATHS):
        cost, path = network.cheapest_path()
        if not path or cost >= problem.worth - EPSILON:
            break
        network.push(path)
    network.settle()
    return network


def swap_cost(route: RouteCost, flow: float) -> float:
    """What a route loses at a flow, in NAV; without gas."""
    cost = 0.0
    for width, unit in route.pieces:
        if flow <= width:
            return cost + flow * unit
        cost += width * unit
        flow -= width
    return cost


class Network:
    """A flow in the making: what the routes carry, and what supplies and demands are left.

    Attributes
    ----------
    value
        Swap cost less the worth of what is moved, in NAV, once the flow is made.
    """

    __slots__ = ("demands", "ends", "flows", "forced", "problem", "steps", "supplies", "value")

    def __init__(
        self,
        problem: Problem,
        allowed: Iterable[int],
        forced: Routes,
        flows: Sequence[float] | None = None,
    ) -> None:
        self.problem = problem
        self.forced = forced
        self.flows = [0.0] * len(problem.routes)
        self.supplies, self.demands = list(problem.supplies), list(problem.demands)
        self.ends = {
            index: list(accumulate(width for width, _ in problem.routes[index].pieces))
            for index in sorted(allowed)
        }
        for index in self.ends:
            least = problem.least if index in forced else 0.0
            self._add(index, least if flows is None else flows[index])
        self.steps = {index: self._steps_of(index) for index in self.ends}
        self.value = 0.0

    def feasible(self) -> bool:
        """Whether the minimum flows alone fit the supplies and demands."""
        return min(*self.supplies, *self.demands) >= -EPSILON

    def cheapest_path(self) -> tuple[float, list[_Step]]:
        """Cost per unit and steps of the cheapest way from a supply to a demand that are left."""
        steps = [step for own in self.steps.values() for step in own]
        cost = [0.0 if left > EPSILON else math.inf for left in self.supplies]
        arrived = _shortest(cost, steps)
        reachable = [
            c if left > EPSILON else math.inf for c, left in zip(cost, self.demands, strict=True)
        ]
        least = min(reachable)
        if least == math.inf:
            return math.inf, []
        return least, _way(arrived, reachable.index(least))

    def push(self, path: list[_Step]) -> None:
        """Send as much along a path as all of its steps, its supply and its demand allow."""
        amount = min(
            self.supplies[path[-1][0]],
            self.demands[path[0][1]],
            *(step[5] for step in path),
        )
        self._move(path, amount)

    def cost_without(self, index: int) -> float:
        """Least by which these flows, which are the cheapest, cost more without one of the routes.

        Costs are convex, so going without all of it costs at least what going without the last unit
        does, for each unit: sent around, or left unmoved for what it is worth.
        """
        saved = next((-step[2] for step in self.steps[index] if step[4] < 0), None)
        if saved is None:
            return 0.0
        cost, _ = self._detour(index)
        return self.flows[index] * (cost - saved)

    def without(self, index: int, forced: Routes) -> "Network":
        """The cheapest flows without one of the routes, made from these, which are the cheapest.

        Parameters
        ----------
        forced
            Routes that carry at least the minimum now, and are to go on doing so.
        """
        network = Network(self.problem, self.ends, forced, self.flows)
        for _ in range(MOST_PATHS):
            left = network.flows[index]
            path = network._detour(index)[1] if left > EPSILON else []
            if not path:
                break
            amount = min(left, *(step[5] for step in path))
            network._add(index, -amount)
            network._move(path, amount)
        network._add(index, -network.flows[index])
        del network.steps[index], network.ends[index]
        network.settle()
        return network

    def settle(self) -> None:
        """Work out the value of the flow that was made."""
        routes, worth = self.problem.routes, self.problem.worth
        self.value = sum(
            swap_cost(routes[index], flow) - worth * flow
            for index, flow in enumerate(self.flows)
            if flow > 0
        )

    def _detour(self, index: int) -> tuple[float, list[_Step]]:
        """Cost per unit and steps of the cheapest way around a route, or of leaving a unit unmoved.

        Leads over two positions behind those of the assets: all supplies, and all demands.
        """
        route = self.problem.routes[index]
        cost = [math.inf] * (len(self.supplies) + 2)
        cost[route.seller] = 0.0
        others = [step for other, own in self.steps.items() if other != index for step in own]
        arrived = _shortest(cost, others + self._exchanges())
        return cost[route.buyer], _way(arrived, route.buyer)

    def _exchanges(self) -> list[_Step]:
        """Steps by which one supply or demand takes the place of another, or nothing is moved."""
        source, sink = len(self.supplies), len(self.supplies) + 1
        steps = [(source, sink, self.problem.worth), (sink, source, -self.problem.worth)]
        found: list[_Step] = [(*step, -1, 1, math.inf) for step in steps]
        for asset, whole in enumerate(self.problem.supplies):
            left = self.supplies[asset]
            if left > EPSILON:
                found.append((source, asset, 0.0, -1, 1, left))
            if whole - left > EPSILON:
                found.append((asset, source, 0.0, -1, 1, whole - left))
        for asset, whole in enumerate(self.problem.demands):
            left = self.demands[asset]
            if left > EPSILON:
                found.append((asset, sink, 0.0, -1, 1, left))
            if whole - left > EPSILON:
                found.append((sink, asset, 0.0, -1, 1, whole - left))
        return found

    def _move(self, path: list[_Step], amount: float) -> None:
        """Change the flows of the routes along a path."""
        routes = [(step[3], step[4]) for step in path if step[3] >= 0]
        for index, sign in routes:
            self._add(index, sign * amount)
        for index, _ in routes:
            self.steps[index] = self._steps_of(index)

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


def _shortest(cost: list[float], steps: Sequence[_Step]) -> dict[int, _Step]:
    """Lower `cost` to that of the cheapest way to each position; the step that each way ends with.

    Bellman and Ford's: costs may be negative where a pool pays more than the oracle's price, cycles
    of negative cost never arise.
    """
    arrived: dict[int, _Step] = {}
    for _ in cost:
        changed = False
        for step in steps:
            reached = cost[step[0]] + step[2]
            if reached < cost[step[1]] - EPSILON:
                cost[step[1]] = reached
                arrived[step[1]] = step
                changed = True
        if not changed:
            break
    return arrived


def _way(arrived: Mapping[int, _Step], end: int) -> list[_Step]:
    """Steps that lead to a position, the last one first; none if rounding made them a circle."""
    way: list[_Step] = []
    while end in arrived and len(way) <= len(arrived):
        way.append(arrived[end])
        end = arrived[end][0]
    return [] if end in arrived else way
