"""What a lag is worth: nothing within the spread, a bounded part of it beyond."""

import gzip
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scripts import leak
from scripts.leak import Bucket, Moments, Rounds, Rules

DEVIATION = 0.005
CAPPED = Rules(leak.spread_by_formula(DEVIATION), 0.05, 0.15, 0.015)
BESIDE = Path(__file__).parents[4] / "shared" / "data"
ROUNDS = Path(os.environ.get("TRIMTAB_ROUNDS", BESIDE))
"""Folder with the rounds of real feeds, which are not part of this repository."""


def feed(seed, volatility, days=30):
    """Rounds of a market that moves at random, published by deviation or once a day."""
    random = np.random.default_rng(seed)
    minutes = 10 * np.arange(days * 144)
    prices = 2000 * np.exp(np.cumsum(random.normal(0, volatility, len(minutes))))
    return leak.coarsen(Rounds(60.0 * minutes, prices), DEVIATION)


@pytest.fixture(scope="module")
def calm():
    return leak.moments(feed(1, 0.0005), feed(2, 0.0005))


@pytest.fixture(scope="module")
def wild():
    return leak.moments(feed(1, 0.006), feed(2, 0.006))


def one_jump(size):
    """Both feeds behind by `size` at a single moment, and a quiet day on either side."""
    said = np.array([[100.0, 100.0, 1.0]] * 2 + [[100.0 * (1 + size)] * 2 + [1.0]])
    true = np.array([said[0], said[2], said[2]])
    return Moments(leak.DAY * np.arange(3.0), said, true)


# --- the record


def test_a_moment_knows_the_answer_about_to_be_published_and_the_feed_the_last():
    ether = Rounds(np.array([0.0, 100.0, 300.0]), np.array([10.0, 11.0, 12.0]))
    bitcoin = Rounds(np.array([0.0, 200.0, 300.0]), np.array([20.0, 40.0, 40.0]))

    record = leak.moments(ether, bitcoin)

    assert record.times.tolist() == [100.0, 200.0, 300.0]
    assert record.said[:, 0].tolist() == [10.0, 11.0, 11.0]
    assert record.said[:, 1].tolist() == [20.0, 20.0, 40.0]
    assert record.true[[0, 2], 0] == pytest.approx([11.0, 12.0])
    assert record.true[:, 1] == pytest.approx([20 * 2**0.5, 40.0, 40.0])


def test_a_coarser_feed_publishes_when_it_has_moved_or_a_day_has_passed():
    times = np.array([0.0, 10.0, 20.0, 30.0, leak.DAY + 20.0])
    rounds = Rounds(times, np.array([100.0, 100.9, 101.0, 101.5, 101.0]))

    kept = leak.coarsen(rounds, 0.01)

    assert kept.times.tolist() == [0.0, 20.0, leak.DAY + 20.0]


def test_rounds_are_read_in_order_of_time(tmp_path):
    path = tmp_path / "rounds.csv.gz"
    path.write_bytes(gzip.compress(b"round,updated_at,price\n2,20,3.5\n1,10,3.0\n"))

    rounds = leak.read_rounds(path)

    assert (rounds.times.tolist(), rounds.answers.tolist()) == ([10.0, 20.0], [3.0, 3.5])


# --- the rules


def test_a_bucket_lets_through_its_capacity_and_what_refills():
    bucket, passed = Bucket(0.05, 0.05), 0.0
    for time in range(0, 3 * 86_400, 3600):
        left = bucket.left(time)
        bucket.charge(left)
        passed += left

    assert passed == pytest.approx(0.05 + 0.05 * 71 / 24)


@pytest.mark.parametrize(
    ("deviation", "spread"),
    [
        pytest.param(0.001, 0.005, id="at least 50 bp"),
        pytest.param(0.005, 0.00575, id="0.9 of 50 bp, 0.1 of 25 bp, and 10 bp"),
        pytest.param(0.01, 0.01025, id="0.9 of 1 %, 0.1 of 25 bp, and 10 bp"),
    ],
)
def test_the_spread_is_that_of_the_vault(deviation, spread):
    assert leak.spread_by_formula(deviation) == pytest.approx(spread)


# --- one jump


def test_a_deposit_before_a_rise_takes_the_error_beyond_the_spread():
    leaked = leak.visitor_leak(one_jump(0.02), Rules(spread=0.005, flow=0.05)) * 2 / leak.YEAR

    shares = 0.05 * 0.995
    worth, after = 1.018, (1.018 + 0.05) / (1 + shares)
    assert leaked == pytest.approx(1 - after / worth)
    assert leaked < 0.05 * (0.018 - 0.005)


def test_a_withdrawal_before_a_fall_takes_the_error_beyond_the_spread():
    leaked = leak.visitor_leak(one_jump(-0.02), Rules(spread=0.005, flow=0.05)) * 2 / leak.YEAR

    shares = 0.05 / (0.995 - 0.05)
    assert leaked == pytest.approx(shares * (0.995 - 0.982) / 0.982)


def test_a_jump_within_the_spread_is_worth_nothing():
    assert leak.visitor_leak(one_jump(0.005), Rules(spread=0.005)) == 0
    assert leak.visitor_leak(one_jump(-0.005), Rules(spread=0.005)) == 0


def test_a_keeper_without_capital_needs_drift():
    assert leak.keeper_leak(one_jump(0.02), Rules(spread=0.005), 0.0) == 0


# --- random markets


def test_feeds_that_keep_their_word_leak_nothing_through_the_doors(calm):
    assert leak.visitor_leak(calm, CAPPED) == 0


def test_buckets_bound_what_a_wild_market_leaks(wild):
    worst = np.abs(wild.true / wild.said - 1).max()
    days = wild.years * leak.YEAR

    leaked = leak.keeper_leak(wild, CAPPED) * wild.years

    doors = 2 * 0.05 * (1 + days) * worst
    trades = (0.15 + 0.015 * days) * 2 * worst / (1 - worst)
    assert 0 < leaked <= (doors + trades) / (1 - worst)


def test_every_rule_taken_out_lets_more_through(wild):
    capped = leak.keeper_leak(wild, CAPPED)
    without_turnover = leak.keeper_leak(
        wild, replace(CAPPED, turnover=leak.UNBOUNDED, turnover_rate=leak.UNBOUNDED)
    )
    bare = leak.keeper_leak(wild, Rules(spread=leak.MIN_SPREAD))

    assert capped <= without_turnover < bare
    assert bare > 5 * capped


def test_a_larger_spread_leaks_less(wild):
    leaks = [leak.visitor_leak(wild, Rules(spread)) for spread in (0.005, 0.0075, 0.01, 0.02)]

    assert leaks == sorted(leaks, reverse=True)


# --- the real record


@pytest.mark.skipif(not ROUNDS.is_dir(), reason=f"no rounds of real feeds in {ROUNDS}")
def test_on_real_rounds_the_caps_leave_a_small_part_of_the_leak():
    ether, bitcoin = (
        leak.read_rounds(ROUNDS / f"chainlink_{name}_usd_rounds_2023_2024.csv.gz")
        for name in ("eth", "btc")
    )
    record = leak.moments(ether, bitcoin)

    assert leak.visitor_leak(record, Rules(spread=leak.MIN_SPREAD)) > 0.2
    assert leak.visitor_leak(record, CAPPED) < 0.02
    assert leak.keeper_leak(record, CAPPED) < 0.04
