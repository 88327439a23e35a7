"""Timing is learnt from what waiting cost, knows nothing of later days, and is judged on those."""

import json
import sys
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from timing_models import BETTER, WORSE, model
from trimtab.cli import main
from trimtab.errors import BadInput
from trimtab.policy import joint as plain
from trimtab.policy import timing
from trimtab.policy.presets import preset
from trimtab.research import frontier
from trimtab.research import timing as learning
from trimtab.research.backtest import run_backtest
from trimtab.research.engine import Joint
from trimtab.research.forecast import covariance_path
from trimtab.research.price_table import PriceTable, write_prices
from trimtab.research.runs import SwapCost, make_world
from trimtab.research.timing import TimingOptions, learn_timing, samples_of
from trimtab.research.timing_fit import EMBARGO, FOLDS, fit_timing, folds, scores
from trimtab.research.timing_samples import HORIZON, Samples, draw_samples

ASSETS = 4
TARGETS = np.array([0.4, 0.3, 0.2, 0.1])
COST = SwapCost(0.003, 0.02, 1e-5)
STEP = 1 / 365.25


def market(seed=1, bars=500):
    random = np.random.default_rng(seed)
    moves = random.standard_normal((bars, ASSETS)) * [0.0001, 0.03, 0.04, 0.05]
    prices = np.exp(np.cumsum(moves, axis=0))
    times = 1_577_836_800 + 86_400 * np.arange(1, bars + 1)
    return PriceTable(times, ("USD", "A", "B", "C"), prices, random.random(bars) > 0.05)


def bill_of(weights, goal):
    """Cost of going from one to the other, the largest seller serving the largest buyer."""
    left = [w - g for w, g in zip(weights, goal, strict=True)]
    bill = 0.0
    while True:
        seller, buyer = int(np.argmax(left)), int(np.argmin(left))
        size = min(left[seller], -left[buyer])
        if size <= 1e-9:
            return bill
        left[seller] -= size
        left[buyer] += size
        bill += COST.gas + COST.fee * size + COST.impact * size**2


class SlowLabel:
    """What waiting costs, by a loop in plain Python along the bars."""

    def __init__(self, table, aversion):
        self.table, self.aversion = table, aversion
        self.covariance = covariance_path(table.prices, table.bars_per_year, 90.0)
        self.region = np.zeros((5, ASSETS, ASSETS))
        self.region[3], self.region[4] = COST.fee, COST.impact
        plain.joint_bands(
            TARGETS, self.region[3], self.region[4], COST.gas, aversion, *self.region[1:3]
        )

    def metric(self, t):
        plain.joint_metric(TARGETS, self.covariance[t], plain.COUPLING, self.region[0])
        return self.region[0]

    def drifted(self, weights, t):
        grown = weights * self.table.prices[t] / self.table.prices[t - 1]
        return grown / grown.sum()

    def candidate(self, weights, t):
        self.metric(t)
        features, goal = np.empty(6), np.empty(ASSETS)
        reach = timing.timing_features(
            weights - TARGETS, TARGETS, self.region, self.covariance[t] * STEP, COST.gas, features
        )
        found = timing.timed_candidate(weights, TARGETS, self.region, reach, goal)
        return reach, features, goal if found else None

    def road(self, weights, t):
        cost = 0.0
        for s in range(t + 1, t + HORIZON + 1):
            gaps = weights - TARGETS
            cost += self.aversion / 2 * gaps @ self.covariance[s - 1] @ gaps * STEP
            weights = self.drifted(weights, s)
            metric, out = self.metric(s), np.empty(ASSETS)
            if self.table.fresh[s] and plain.joint_destination(
                weights, TARGETS, metric, *self.region[1:3], out
            ):
                cost += bill_of(weights, out)
                weights = out
        return cost, weights - TARGETS, self.metric(t + HORIZON).copy()

    def of(self, weights, goal, t):
        i, j, _ = timing.farthest_pair(weights - TARGETS, self.metric(t), self.region[1])
        high, low = self.region[1, i, j], self.region[2, i, j]
        metric = self.metric(t)
        curvature = metric[i, i] + metric[j, j] - 2 * metric[i, j]
        trade = COST.gas + COST.fee * (high - low) + COST.impact * (high - low) ** 2
        price = trade / (curvature * (high**2 - low**2))
        bill = bill_of(weights, goal)
        roads = [self.road(start, t) for start in (weights, goal)]
        waited, traded = (cost + price * gaps @ end @ gaps for cost, gaps, end in roads)
        return (waited - traded - bill) / bill


def test_the_label_is_the_cost_of_waiting_less_that_of_trading_by_a_slow_loop():
    table, aversion = market(bars=200), 8.0
    slow = SlowLabel(table, aversion)
    joint = Joint(slow.covariance, np.array([aversion]), np.array([plain.COUPLING]), COST.rows(1))

    found = draw_samples(make_world(table, TARGETS), joint, STEP, seed=1)

    coins = np.random.default_rng(1).random((6, 1, len(table))) < 0.5
    weights, expected = TARGETS, []
    for t in range(1, len(table) - HORIZON):
        weights = slow.drifted(weights, t)
        reach, features, goal = slow.candidate(weights, t)
        if not table.fresh[t] or goal is None:
            continue
        if reach < timing.LATEST and features[2] > 0:
            expected.append((t, *features, slow.of(weights, goal, t)))
        if coins[0, 0, t] or reach >= timing.LATEST:
            weights = goal
    rows = np.array(expected)
    count = len(rows)
    assert count > 20
    np.testing.assert_array_equal(found.bar[:count], rows[:, 0])
    np.testing.assert_allclose(found.features[:count], rows[:, 1:7], rtol=1e-9)
    np.testing.assert_allclose(found.label[:count], rows[:, 7], rtol=1e-9, atol=1e-12)


def test_prices_after_a_samples_horizon_change_nothing_about_it():
    table, border = market(), 300
    later = table.prices.copy()
    later[border + 1 :] *= np.random.default_rng(9).uniform(0.5, 2, (len(table) - border - 1, 1))
    later[border + 1 :, 1] *= 3

    whole, other = (
        samples_of(each, TARGETS, COST, 1) for each in (table, replace(table, prices=later))
    )

    kept = [samples.where(samples.bar + HORIZON <= border) for samples in (whole, other)]
    assert len(kept[0]) > 1000
    np.testing.assert_array_equal(kept[0].features, kept[1].features)
    np.testing.assert_array_equal(kept[0].label, kept[1].label)
    assert not np.array_equal(whole.label[-200:], other.label[-200:])


@given(st.lists(st.integers(0, 3000), min_size=50, max_size=300))
def test_no_fold_knows_a_bar_of_what_it_is_tried_on_or_next_to_it(bars):
    bar = np.array(bars)
    samples = Samples(np.zeros((bar.size, 6)), np.zeros(bar.size), bar)

    tried = np.zeros(bar.size, int)
    for fold in folds(samples):
        tried += fold.tried
        known = np.concatenate([bar[fold.known] + ahead for ahead in range(HORIZON + 1)])
        if known.size and fold.tried.any():
            assert known.max() + EMBARGO < bar[fold.tried].min()

    assert tried.max() <= 1
    assert tried[bar > bar.min() + (np.ptp(bar) + 1) / (FOLDS + 1)].all()


def test_the_same_seed_learns_the_same_and_another_one_something_else():
    first, again, other = (
        fit_timing(samples_of(market(), TARGETS, COST, seed)) for seed in (1, 1, 2)
    )

    assert first == again
    assert first.coefficients != other.coefficients


def test_the_kernel_scores_as_the_library_does():
    samples = samples_of(market(), TARGETS, COST, 1)
    fit = fit_timing(samples)
    numbers = learning.numbers_of(fit, market())

    expected = [timing.timing_score(row, numbers) for row in samples.features[:100]]

    np.testing.assert_allclose(scores(fit, samples.features[:100]), expected, rtol=1e-9)


def test_what_is_plain_is_learnt():
    random = np.random.default_rng(1)
    features = random.uniform(0.5, 1.5, (4000, 6))
    label = 2 * (features[:, 0] - 1.2) + random.standard_normal(4000) * 0.3
    fit = fit_timing(Samples(features, label, np.sort(random.integers(0, 1000, 4000))))

    now = scores(fit, features) > 0

    assert (now == (features[:, 0] > 1.2)).mean() > 0.95
    assert fit.gain > 0


def test_too_few_moments_teach_nothing():
    few = Samples(np.zeros((3, 6)), np.zeros(3), np.arange(3))

    with pytest.raises(BadInput, match="3 moments to learn timing from, expected at least 200"):
        fit_timing(few)


def test_a_model_that_did_not_win_leaves_the_backtest_as_it_was():
    table, closed = market(3), preset("cost-optimal")
    lost = replace(closed, timing=model(intercept=-1.0, compared=WORSE))

    one, other = (run_backtest(table, TARGETS, policy, COST) for policy in (closed, lost))

    np.testing.assert_array_equal(one.runs.records.nav, other.runs.records.nav)


def test_a_model_that_won_decides_in_the_backtest_as_the_plain_kernels_do():
    table = market(3)
    slope = np.zeros(timing.TERMS)
    slope[0], slope[2] = 1.0, -0.5
    won = replace(preset("cost-optimal"), timing=model(-0.6, slope, BETTER))

    found = run_backtest(table, TARGETS, won, COST).runs.records

    slow, numbers = SlowLabel(table, won.risk_aversion), won.timing.numbers
    held, navs = TARGETS / table.prices[0], [1.0]
    for t in range(1, len(table)):
        nav = held @ table.prices[t]
        weights, out = held * table.prices[t] / nav, np.empty(ASSETS)
        slow.metric(t)
        if table.fresh[t] and timing.timed_destination(
            weights, TARGETS, slow.region, slow.covariance[t], COST.gas, numbers, out
        ):
            nav *= 1 - bill_of(weights, out)
            held = out * nav / table.prices[t]
        navs.append(nav)
    assert (found.swaps > 0).sum() > 10
    np.testing.assert_allclose(found.nav[:, 0], navs, rtol=1e-12)
    closed = run_backtest(table, TARGETS, preset("cost-optimal"), COST).runs.records
    assert not np.array_equal(closed.swaps, found.swaps)


TRAIN = (date(2020, 1, 1), date(2021, 6, 30))
TEST = (date(2021, 7, 1), date(2022, 6, 30))


def options(**fields):
    return TimingOptions(TARGETS, COST, TRAIN, TEST, **fields)


@pytest.fixture
def coarse(monkeypatch):
    monkeypatch.setattr(frontier, "GRID", 20)
    monkeypatch.setattr(frontier, "STARTS", 2)
    monkeypatch.setattr(learning, "DRAWS", 200)


def test_a_model_is_learnt_from_one_window_and_judged_on_the_other(coarse):
    table = market(5, 912)
    later = table.prices.copy()
    later[560:, 1] = later[560:, 1][::-1]

    found = learn_timing(table, options(levels=(0.01, 0.02)))
    other = learn_timing(replace(table, prices=later), options(levels=(0.01, 0.02)))

    assert found.numbers.tolist() == other.numbers.tolist()
    assert found.learnt == other.learnt
    assert found.compared != other.compared
    assert found.compared.first == "2021-07-01"


def test_windows_that_overlap_are_refused():
    with pytest.raises(BadInput, match="expected a test on later days"):
        replace(options(), test=TRAIN)


def test_levels_that_nothing_reaches_cannot_be_compared(coarse):
    with pytest.raises(BadInput, match="no tracking error can be compared"):
        learn_timing(market(5, 912), options(levels=(5.0,)))


@pytest.fixture
def trimtab(monkeypatch, capsys):
    """Runs the command line: exit code, output, errors."""

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["trimtab", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code, *capsys.readouterr()

    return run


def test_the_command_writes_a_model_and_the_backtest_says_which_of_the_two_decides(
    coarse, tmp_path, trimtab
):
    prices, file = tmp_path / "prices.csv", tmp_path / "timing.json"
    write_prices(replace(market(5, 912), fresh=np.ones(912, bool)), prices)
    days = ["--train", "2020-01-01:2021-06-30", "--test", "2021-07-01:2022-06-30"]

    code, found, _ = trimtab("timing", "--prices", prices, *days, "--output", file, "--json")
    ended, tried, _ = trimtab("backtest", "--prices", prices, "--timing", file, "--json")

    assert code == ended == 0
    beats, sentence = json.loads(found)["beats"], json.loads(tried)["timing"]
    assert sentence.startswith("learnt timing decides" if beats else "the closed form decides")


def test_a_file_that_is_no_model_is_refused_by_its_name(tmp_path, trimtab):
    prices, file = tmp_path / "prices.csv", tmp_path / "timing.json"
    write_prices(replace(market(bars=100), fresh=np.ones(100, bool)), prices)
    file.write_bytes(b"\x80\x04\x95cos\nsystem\n")

    code, _, complaint = trimtab("backtest", "--prices", prices, "--timing", file)

    assert code == 2
    assert "timing.json: cannot be read" in complaint
