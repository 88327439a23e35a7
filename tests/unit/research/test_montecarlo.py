"""Simulated futures have the moments, probabilities and memory that they should."""

from dataclasses import replace
from math import erf, exp, log, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from trimtab.errors import BadInput
from trimtab.models.moments import Moments, ReturnHistory
from trimtab.research.market_models import StationaryBootstrap, best_block, fit_garch
from trimtab.research.montecarlo import (
    GeometricBrownian,
    Plan,
    accumulate,
    sequence_risk,
    simulate,
)

SIGMA = np.array([[0.04, 0.03], [0.03, 0.25]])
MARKET = GeometricBrownian(Moments(("A", "B"), np.array([0.05, 0.2]), SIGMA), 365.0)
HALF = np.array([0.5, 0.5])


def history(steps=600, seed=3):
    """Calm and stormy spells of two assets that move together."""
    random = np.random.default_rng(seed)
    spells = np.repeat(random.choice([0.01, 0.04], steps // 20), 20)[:, None]
    shocks = random.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], steps)
    return ReturnHistory(("A", "B"), shocks * spells, 365.0)


def test_brownian_growth_has_its_moments():
    growth = MARKET.draw(np.random.default_rng(1), 8_000, 365).astype(float)

    yearly = np.log(growth).sum(axis=1)
    assert np.cov(yearly, rowvar=False) == pytest.approx(SIGMA, rel=0.08)
    assert growth.prod(axis=1).mean(axis=0) == pytest.approx(np.exp([0.05, 0.2]), rel=0.05)


def test_paths_of_a_pair_are_each_others_mirror():
    growth = np.log(MARKET.draw(np.random.default_rng(1), 7, 50).astype(float))
    drift = (MARKET.moments.mean - np.diag(SIGMA) / 2) / 365

    assert growth.shape == (7, 50, 2)
    assert growth[0] + growth[4] == pytest.approx(np.tile(2 * drift, (50, 1)), abs=1e-6)


def test_probability_of_a_goal_is_the_lognormal_one():
    one = GeometricBrownian(Moments(("A",), np.array([0.08]), np.array([[0.09]])), 365.0)
    plan = Plan(100.0, np.array([1.0]), goal=110.0)

    found = simulate(one, plan, paths=20_000, steps=365, seed=2)

    distance = (log(1.1) - (0.08 - 0.045)) / 0.3
    expected = 0.5 * (1 - erf(distance / sqrt(2)))
    assert found.goal_probability == pytest.approx(expected, abs=0.012)
    assert found.worth[:, -1].mean() == pytest.approx(100 * exp(0.08), rel=0.02)


def test_the_same_seed_draws_the_same_futures_and_another_others():
    plan = Plan(1.0, HALF)

    first, again, other = (
        simulate(MARKET, plan, paths=130, steps=20, seed=seed) for seed in (7, 7, 8)
    )

    assert (first.worth == again.worth).all()
    assert (first.worth != other.worth).any()


def test_without_risk_everything_is_known():
    still = GeometricBrownian(Moments(("A", "B"), np.zeros(2), np.zeros((2, 2))), 365.0)
    saver = Plan(10.0, HALF, flow=2.0, goal=29.0)

    found = simulate(still, saver, paths=3, steps=10, seed=0)

    assert found.worth[:, -1] == pytest.approx([30.0] * 3)
    assert found.goal_probability == 1.0
    assert found.ruin_probability == 0.0


def test_who_spends_more_than_there_is_ends_with_nothing():
    still = GeometricBrownian(Moments(("A", "B"), np.zeros(2), np.zeros((2, 2))), 365.0)

    found = simulate(still, Plan(10.0, HALF, flow=-3.0), paths=2, steps=6, seed=0)

    assert found.worth[0] == pytest.approx([10, 7, 4, 1, 0, 0, 0])
    assert found.ruin_probability == 1.0


@given(st.integers(0, 1000))
def test_quantiles_of_a_fan_are_in_order(seed):
    found = simulate(MARKET, Plan(5.0, HALF), paths=50, steps=15, seed=seed)

    fan = found.fan()

    assert (np.diff(fan, axis=0) >= 0).all()
    assert (fan[:, 0] == 5.0).all()


def test_a_glide_path_leads_from_one_mixture_to_the_other():
    plan = Plan(1.0, np.array([0.0, 1.0]), final_weights=np.array([1.0, 0.0]))

    mixtures = plan.mixtures(5)
    late = simulate(MARKET, plan, paths=4_000, steps=730, seed=1).growth

    assert mixtures[:, 0] == pytest.approx([0, 0.25, 0.5, 0.75, 1])
    early, end = late[:, :50].std(), late[:, -50:].std()
    assert early == pytest.approx(0.5 / sqrt(365), rel=0.06)
    assert end == pytest.approx(0.2 / sqrt(365), rel=0.06)


def test_flows_and_no_flows_accumulate_alike():
    growth = np.random.default_rng(1).uniform(0.9, 1.1, (4, 30))
    plain = Plan(3.0, HALF)

    with_flows = accumulate(replace(plain, flow=1e-300), growth)

    assert accumulate(plain, growth) == pytest.approx(with_flows)


def test_the_order_of_returns_matters_only_to_those_who_save_or_spend():
    plain, spender = (
        simulate(MARKET, Plan(100.0, HALF, flow=flow), paths=200, steps=400, seed=3)
        for flow in (0.0, -0.05)
    )

    assert sequence_risk(plain, orders=200, seed=1).spread == pytest.approx(0, abs=1e-9)
    assert sequence_risk(spender, orders=200, seed=1).spread > 0.02


def test_the_bootstrap_draws_rows_of_history_in_runs_of_its_length():
    steps = 500
    rows = ReturnHistory(("A", "B"), np.column_stack([np.arange(steps)] * 2) / 1e6, 365.0)

    growth = StationaryBootstrap(rows, 25.0).draw(np.random.default_rng(1), 40, 1_000)

    drawn = np.rint((growth[:, :, 0] - 1) * 1e6).astype(int)
    assert (growth[:, :, 0] == growth[:, :, 1]).all()  # rows stay whole
    breaks = (np.diff(drawn, axis=1) % steps != 1).sum()
    assert breaks / (40 * 999) == pytest.approx(1 / 25, rel=0.1)


def test_the_bootstrap_keeps_the_mean_and_the_clusters_of_storms():
    past = history()
    growth = StationaryBootstrap(past, 20.0).draw(np.random.default_rng(2), 200, 600)

    def memory(returns):
        squares = returns**2
        return np.corrcoef(squares[:-1], squares[1:])[0, 1]

    drawn = np.mean([memory(path[:, 0] - 1) for path in growth])
    assert (growth - 1).mean() == pytest.approx(past.returns.mean(), abs=2e-4)
    assert drawn == pytest.approx(memory(past.returns[:, 0]), abs=0.1)
    assert drawn > 0.1


def test_block_length_grows_with_memory():
    forgetful = ReturnHistory(("A",), np.random.default_rng(1).normal(0, 0.01, (600, 1)), 365.0)

    assert best_block(forgetful) < best_block(history())


def test_garch_recovers_the_law_it_is_fitted_to():
    random = np.random.default_rng(11)
    steps, omega, alpha, beta = 6_000, 2e-6, 0.10, 0.85
    shocks = random.standard_t(6, steps) * sqrt(4 / 6)
    variance, returns = omega / (1 - alpha - beta), np.empty(steps)
    for step in range(steps):
        returns[step] = sqrt(variance) * shocks[step]
        variance = omega + alpha * returns[step] ** 2 + beta * variance

    fitted = fit_garch(ReturnHistory(("A",), returns[:, None], 365.0))

    assert fitted.alpha[0] == pytest.approx(alpha, abs=0.04)
    assert fitted.beta[0] == pytest.approx(beta, abs=0.06)
    assert fitted.freedom == pytest.approx(6, abs=1.5)


def test_garch_draws_heavy_tails_that_move_together():
    fitted = fit_garch(history(1_200))
    growth = fitted.draw(np.random.default_rng(4), 300, 400) - 1

    flat = growth.reshape(-1, 2)
    signs = np.corrcoef(np.sign(flat), rowvar=False)[0, 1]
    assert signs == pytest.approx(2 / np.pi * np.arcsin(0.6), abs=0.1)
    standard = flat[:, 0] / flat[:, 0].std()
    assert (standard**4).mean() > 4
    assert fitted.correlation[0, 1] == pytest.approx(0.6, abs=0.1)
    assert (fitted.alpha + fitted.beta <= 0.995 + 1e-12).all()
    assert flat.std() == pytest.approx(history(1_200).returns.std(), rel=0.5)


def test_an_asset_that_never_moves_stays_still():
    past = history()
    with_cash = ReturnHistory(
        ("USD", "A", "B"), np.column_stack([np.zeros(len(past.returns)), past.returns]), 365.0
    )

    growth = fit_garch(with_cash).draw(np.random.default_rng(1), 5, 50)

    assert (growth[:, :, 0] == 1).all()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: simulate(MARKET, Plan(1.0, HALF), paths=0, steps=1, seed=1), "0 paths of 1"),
        (lambda: simulate(MARKET, Plan(0.0, HALF), paths=1, steps=1, seed=1), "begins with 0"),
        (
            lambda: simulate(MARKET, Plan(1.0, HALF * 2), paths=1, steps=1, seed=1),
            "expected 2 that sum to 1",
        ),
        (lambda: StationaryBootstrap(history(), 0.5), "blocks of 0.5 steps"),
        (lambda: fit_garch(history(80)), "80 returns; a GARCH model"),
    ],
)
def test_what_cannot_be_simulated_is_refused(call, words):
    with pytest.raises(BadInput, match=words):
        call()
