"""The band that minimises J is the one that simulation, dynamic programming and papers find."""

import math

import numpy as np
import pytest
from numba import njit
from trimtab.policy import kernels

BP = 1e-4
SIGMA, WEIGHT, GAMMA = 0.6, 0.6, 3.0
VARIANCE = (SIGMA * WEIGHT * (1 - WEIGHT)) ** 2
RISK = GAMMA * SIGMA**2

COSTS = [
    pytest.param((30 * BP, 0.0, 0.0), id="fee"),
    pytest.param((0.0, 0.0, 0.5 * BP), id="gas"),
    pytest.param((30 * BP, 0.0, 0.5 * BP), id="fee and gas"),
    pytest.param((5 * BP, 0.02, 0.05 * BP), id="small and with impact"),
    pytest.param((30 * BP, 0.1, 5 * BP), id="large and with impact"),
]


@njit(cache=True)
def simulate(trigger, inside, costs, steps, dt, seed):
    """Yearly cost and tracking loss of a diffusing weight that is traded from trigger to inside."""
    np.random.seed(seed)
    fee, impact, gas = costs
    step = math.sqrt(VARIANCE * dt)
    x = cost = square = 0.0
    for _ in range(steps):
        x += step * np.random.standard_normal()
        if abs(x) >= trigger:
            traded = abs(x) - inside
            cost += gas + fee * traded + impact * traded**2
            x = math.copysign(inside, x)
        square += x * x
    return (cost / dt + RISK / 2 * square) / steps


def best_band(costs):
    trigger, inside = kernels.optimal_band(VARIANCE, *costs, RISK)
    cost = kernels.unit_cost(trigger - inside, *costs)
    return trigger, inside, kernels.yearly_loss(trigger, inside, VARIANCE, cost, RISK)


@pytest.mark.parametrize("costs", COSTS)
def test_j_is_what_a_simulated_band_costs_a_year(costs):
    trigger, inside, loss = best_band(costs)
    # Steps small beside the band; the mean overshoot of a Gaussian walk, 0.5826 of a step, is
    # part of a simulation in steps and of no diffusion.
    dt = (0.03 * trigger) ** 2 / VARIANCE
    overshoot = 0.5826 * math.sqrt(VARIANCE * dt)
    steps = int(1_000 / dt)

    simulated = simulate(
        trigger - overshoot, inside - overshoot * (inside == trigger), costs, steps, dt, 1
    )

    assert simulated == pytest.approx(loss, rel=0.02)


@pytest.mark.parametrize("costs", [COSTS[0], COSTS[2], COSTS[4]])
def test_a_dynamic_programme_on_a_grid_finds_the_same_cost(costs):
    assert dynamic_programme(costs) == pytest.approx(best_band(costs)[2], rel=0.03)


def dynamic_programme(costs, points=121, width=2.0):
    """Least yearly cost of steering the weight, by value iteration on a grid, with no band given.

    In each step the weight stays or walks to one of its neighbours; every grid point may be left
    for any other at the cost of the swap.
    """
    fee, impact, gas = costs
    reach = width * best_band(costs)[0]
    grid = np.linspace(-reach, reach, points)
    gap = grid[1] - grid[0]
    dt = gap**2 / (2 * VARIANCE)
    size = np.abs(grid[:, None] - grid[None, :])
    swap = np.where(size > 0, gas + fee * size + impact * size**2, 0.0)
    return value_iteration(swap, RISK / 2 * grid**2 * dt) / dt


@njit(cache=True)
def value_iteration(swap, running):
    points = running.size
    value, wait, new = np.zeros(points), np.zeros(points), np.zeros(points)
    middle = points // 2
    gain = 0.0
    for _ in range(100_000):
        for i in range(points):
            left, right = max(i - 1, 0), min(i + 1, points - 1)
            wait[i] = running[i] + 0.25 * (value[left] + 2 * value[i] + value[right])
        for i in range(points):
            best = wait[i]
            for j in range(points):
                best = min(best, swap[i, j] + wait[j])
            new[i] = best
        gain = new[middle] - value[middle]
        moved = np.abs(new - value - gain).max()
        value[:] = new - new[middle]
        if moved < 1e-4 * gain:
            break
    return gain


@njit(cache=True)
def tracking_and_turnover(period, trigger, inside, steps, dt, seed):
    """Root mean square distance and yearly turnover of one weight under a calendar or a band."""
    np.random.seed(seed)
    x = traded = square = 0.0
    for t in range(1, steps + 1):
        x += math.sqrt(dt) * np.random.standard_normal()
        square += x * x
        if (period > 0 and t % period == 0) or abs(x) >= trigger:
            traded += abs(x) - inside
            x = math.copysign(inside, x)
    return math.sqrt(square / steps), traded / (steps * dt)


def test_at_equal_tracking_error_bands_turn_over_less_than_calendars_in_lelands_ratios():
    steps, dt = 20_000_000, 1e-4
    # A frontier scales: turnover times tracking error does not depend on the band's width.
    calendar = np.prod(tracking_and_turnover(10_000, np.inf, 0.0, steps, dt, 1))
    target = np.prod(tracking_and_turnover(0, 1.0, 0.0, steps, dt, 2))
    edge = np.prod(tracking_and_turnover(0, 0.5, 0.5, steps, dt, 3))

    assert edge / calendar == pytest.approx(math.sqrt(math.pi / 2) / (2 * math.sqrt(1.5)), rel=0.03)
    assert target / calendar == pytest.approx(0.724, rel=0.03)
    assert edge / target == pytest.approx(0.707, rel=0.03)


@njit(cache=True)
def pool_against_mix(sigma, weight, years, steps, seed):
    """Loss rate of a pool whose weights arbitrage holds, against the mix that trades freely."""
    np.random.seed(seed)
    dt = years / steps
    lost = 0.0
    for _ in range(steps):
        move = math.exp(sigma * math.sqrt(dt) * np.random.standard_normal() - sigma**2 * dt / 2)
        lost += weight * (move - 1.0) - (move**weight - 1.0)
    return lost / years


def test_a_weighted_pool_loses_half_w_one_minus_w_times_variance_to_arbitrage():
    lost = pool_against_mix(0.8, 0.5, 2_000.0, 20_000_000, 1)

    assert lost == pytest.approx(0.5 * 0.5 * 0.5 * 0.8**2, rel=0.01)
    assert lost == pytest.approx(0.08, rel=0.01)


def test_doubling_the_fee_widens_the_band_by_the_cube_root_of_two():
    narrow, wide = (kernels.optimal_band(VARIANCE, fee, 0.0, 0.0, RISK)[0] for fee in (1e-3, 2e-3))

    assert wide / narrow == pytest.approx(2 ** (1 / 3), rel=1e-9)


def test_the_kinds_of_policy_rank_as_in_the_published_table():
    # Sun et al. 2006: dynamic programming, best band, best calendar, 5 % band, annual, quarterly,
    # monthly. Two assets at 60/40 whose difference moves by 15 % a year, quadratic utility, a
    # proportional cost; the figures depend on their data, the order does not.
    sigma, weight, fee, risk_aversion = 0.15, 0.6, 0.006, 3.0
    variance, risk = (sigma * weight * (1 - weight)) ** 2, risk_aversion * sigma**2
    losses = yearly_losses(variance, fee, risk)

    assert sorted(losses, key=losses.get) == list(losses)
    assert losses["dynamic programming"] * 1.05 < losses["best band"]
    assert losses["monthly"] / losses["dynamic programming"] > 2.5


def yearly_losses(variance, fee, risk):
    """Yearly loss of each kind, in the order of the table; bands here trade to target."""

    def band(trigger, inside):
        return kernels.yearly_loss(trigger, inside, variance, fee, risk)

    def calendar(years):
        deviation = math.sqrt(variance * years)
        return fee * deviation * math.sqrt(2 / math.pi) / years + risk / 2 * variance * years / 2

    edge = kernels.optimal_band(variance, fee, 0.0, 0.0, risk)[0]
    return {
        "dynamic programming": band(edge, edge),
        "best band": min(band(h, 0.0) for h in np.linspace(0.005, 0.3, 600)),
        "best calendar": min(calendar(t) for t in np.linspace(0.05, 20, 2000)),
        "band of 5 %": band(0.05, 0.0),
        "annual": calendar(1.0),
        "quarterly": calendar(0.25),
        "monthly": calendar(1 / 12),
        "daily": calendar(1 / 252),
    }
