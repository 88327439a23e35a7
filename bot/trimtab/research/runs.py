"""Variants of policies run over a price table: what goes in, and the series that come out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trimtab.errors import BadInput
from trimtab.research.engine import Joint, Records, Rules, World, run_joint, run_rules
from trimtab.research.price_table import PriceTable

__all__ = [
    "Runs",
    "SwapCost",
    "band_rules",
    "make_world",
    "run_bands",
    "run_cost_optimal",
    "runs_of",
]

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SwapCost:
    """Cost of a swap of `x`: `gas + fee * x + impact * x**2`, as fractions of NAV.

    Attributes
    ----------
    fee
        Pool fee and half the spread.
    impact
        NAV over the depth of the pool.
    gas
        Gas of one swap, in NAV.
    """

    fee: float = 0.003
    impact: float = 0.0
    gas: float = 0.0

    def __post_init__(self) -> None:
        """Refuse costs that no market has.

        Raises
        ------
        BadInput
            Naming the cost.
        """
        for name in ("fee", "impact", "gas"):
            number = getattr(self, name)
            if not 0 <= number < np.inf:
                raise BadInput(f"cost.{name} is {number}, expected a number of at least 0")
        if self.fee >= 1:
            raise BadInput(f"cost.fee is {self.fee}, expected a fraction below 1")

    def rows(self, variants: int) -> Vector:
        """The same for every variant, as the engine takes it."""
        return np.tile([self.fee, self.impact, self.gas], (variants, 1))


@dataclass(frozen=True, slots=True)
class Runs:
    """Series of `v` variants over `t` bars; `frictionless` is the mix without any cost.

    Attributes
    ----------
    records
        As the engine wrote them.
    frictionless
        Shape (t,). Value of the mix that is on target at every bar.
    bars_per_year
        Bars in a year.
    """

    records: Records
    frictionless: Vector
    bars_per_year: float

    @property
    def active(self) -> Vector:
        """Return of each bar less that of the frictionless mix, shape (t - 1, v)."""
        nav, mix = self.records.nav, self.frictionless
        difference: Vector = nav[1:] / nav[:-1] - (mix[1:] / mix[:-1])[:, None]
        return difference

    @property
    def tracking_error(self) -> Vector:
        """Annualised standard deviation of `active`, shape (v,)."""
        deviation: Vector = self.active.std(axis=0) * np.sqrt(self.bars_per_year)
        return deviation

    @property
    def yearly_cost(self) -> Vector:
        """Cost of all swaps per year as a fraction of NAV, shape (v,)."""
        cost: Vector = self.records.cost[1:].mean(axis=0) * self.bars_per_year
        return cost


def make_world(table: PriceTable, targets: Vector, scale: Vector | None = None) -> World:
    """A table and constant targets as the engine takes them.

    Parameters
    ----------
    targets
        Shape (n,). Weights above or at zero that sum to one.
    scale
        Shape (t, n). Factors on distances that follow volatility.

    Raises
    ------
    BadInput
        If the targets do not fit the table.
    """
    bars, assets = table.prices.shape
    if targets.shape != (assets,) or (targets < 0).any() or abs(targets.sum() - 1) > 1e-9:
        raise BadInput(
            f"targets {targets.tolist()}: expected {assets} weights of at least 0 that sum to 1"
        )
    return World(
        prices=np.ascontiguousarray(table.prices),
        targets=np.tile(targets, (bars, 1)),
        tradable=table.fresh,
        scale=np.ones((bars, assets)) if scale is None else scale,
        flow=np.zeros(bars),
        gas=np.ones(bars),
        gas_in_value=False,
    )


def band_rules(triggers: Vector, destinations: Vector, cost: SwapCost, *, whole: bool) -> Rules:
    """Variants that differ in their distances.

    Parameters
    ----------
    triggers, destinations
        Shape (n, v).
    whole
        Whether everything trades once anything does.

    Raises
    ------
    BadInput
        If a destination lies outside its trigger.
    """
    if (destinations > triggers).any():
        raise BadInput("a destination lies outside its trigger: it must be nearer to the target")
    variants = triggers.shape[1]
    return Rules(
        triggers=np.ascontiguousarray(triggers),
        destinations=np.ascontiguousarray(destinations),
        scaled=np.zeros(variants, bool),
        period=np.zeros(variants, np.int64),
        floor=np.zeros(variants),
        whole=np.full(variants, whole),
        cash=np.zeros(variants, bool),
        costs=cost.rows(variants),
    )


def run_bands(world: World, rules: Rules, bars_per_year: float, *, weights: bool = False) -> Runs:
    """Run variants of the band rule."""
    runs = runs_of(world, rules.costs.shape[0], bars_per_year, weights=weights)
    run_rules(world, rules, runs.records)
    return runs


def run_cost_optimal(
    world: World, joint: Joint, bars_per_year: float, *, weights: bool = False
) -> Runs:
    """Run variants of the cost-optimal policy."""
    runs = runs_of(world, joint.risk_aversion.size, bars_per_year, weights=weights)
    run_joint(world, joint, runs.records)
    return runs


def runs_of(world: World, variants: int, bars_per_year: float, *, weights: bool) -> Runs:
    """Empty series of so many variants, with room for weights if they are wanted."""
    bars, assets = world.prices.shape
    # Each variant's series lies in one piece, so that no two threads write to one line of memory.
    records = Records(
        nav=np.empty((bars, variants), order="F"),
        cost=np.zeros((bars, variants), order="F"),
        traded=np.zeros((bars, variants), order="F"),
        swaps=np.zeros((bars, variants), np.int64, order="F"),
        weights=np.empty((bars if weights else 0, assets, variants)),
    )
    return Runs(records, _frictionless(world), bars_per_year)


def _frictionless(world: World) -> Vector:
    returns = (world.targets[:-1] * (world.prices[1:] / world.prices[:-1])).sum(axis=1)
    growth: Vector = np.concatenate(([1.0], np.cumprod(returns * (1.0 + world.flow[1:]))))
    return growth
