"""A backtest runs every kind of policy, and tells what came of it."""

import json
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from trimtab.cli import main
from trimtab.cli.backtest import forecast_at
from trimtab.errors import BadInput
from trimtab.policy.presets import PRESETS, preset
from trimtab.policy.rules import Destination, Policy, PolicyKind
from trimtab.research.backtest import run_backtest
from trimtab.research.backtest_report import series_frame, write_report
from trimtab.research.forecast import usual_covariance
from trimtab.research.price_table import PriceTable, write_prices
from trimtab.research.runs import SwapCost

TARGETS = np.array([0.4, 0.3, 0.3])
BARS = 500


@pytest.fixture(scope="module")
def table():
    moves = np.random.default_rng(1).standard_normal((BARS, 3)) * [0.0001, 0.03, 0.05]
    prices = np.exp(np.cumsum(moves, axis=0))
    return PriceTable(
        1_600_000_000 + 86_400 * np.arange(BARS), ("USD", "A", "B"), prices, np.ones(BARS, bool)
    )


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_runs_and_keeps_nearer_to_the_mix_than_holding(table, name):
    found = run_backtest(table, TARGETS, preset(name))
    held = run_backtest(table, TARGETS, Policy(kind=PolicyKind.THRESHOLD, trigger=0.99))

    assert found.summary()["rebalances"] > 0
    assert found.summary()["tracking_error_bp"] < held.summary()["tracking_error_bp"]
    np.testing.assert_allclose(found.runs.records.weights.sum(axis=1), 1, atol=1e-9)


@pytest.mark.parametrize(
    "policy",
    [
        Policy(kind=PolicyKind.THRESHOLD, volatility_trigger=0.2),
        Policy(kind=PolicyKind.THRESHOLD, triggers=(0.03, 0.04, 0.05), destinations=(0.01,) * 3),
        Policy(kind=PolicyKind.COMBINED, trigger=0.05, destination=Destination.BAND_EDGE),
    ],
)
def test_other_cases_of_the_rule_run_too(table, policy):
    assert run_backtest(table, TARGETS, policy).summary()["rebalances"] > 3


def to_target(situation):
    apart = max(abs(w - t) for w, t in zip(situation.weights, situation.targets, strict=True))
    return situation.targets if apart >= 0.05 else None


def test_a_function_of_ones_own_agrees_with_the_compiled_rule(table):
    cost = SwapCost(0.003, 0.01, 1e-5)
    own = Policy(kind=PolicyKind.CUSTOM, function=to_target)
    rule = Policy(kind=PolicyKind.THRESHOLD, trigger=0.05)

    plain = run_backtest(table, TARGETS, own, cost).runs.records.nav
    compiled = run_backtest(table, TARGETS, rule, cost).runs.records.nav

    np.testing.assert_allclose(plain, compiled, rtol=1e-12)


def test_the_cost_is_split_without_a_rest(table):
    found = run_backtest(table, TARGETS, preset("corridor"), SwapCost(0.003, 0.05, 1e-5))
    split, summary = found.cost_split(), found.summary()

    np.testing.assert_allclose(sum(split.values()), found.runs.records.cost[:, 0], atol=1e-15)
    assert min(series.min() for series in split.values()) > -1e-15
    assert all(series.sum() > 0 for series in split.values())
    assert sum(summary["cost_split_bp"].values()) == pytest.approx(summary["cost_bp"])


def test_dear_gas_means_fewer_trades(table):
    few = run_backtest(table, TARGETS, preset("cost-optimal"), SwapCost(0.003, 0.0, 1e-3))
    many = run_backtest(table, TARGETS, preset("cost-optimal"), SwapCost(0.003))

    assert few.summary()["swaps"] < many.summary()["swaps"] / 3


def test_distances_for_other_assets_are_refused(table):
    policy = Policy(kind=PolicyKind.THRESHOLD, triggers=(0.1, 0.1))

    with pytest.raises(BadInput, match=r"policy\.triggers has 2 numbers"):
        run_backtest(table, TARGETS, policy)


def test_the_page_needs_no_network_and_the_bars_can_be_read(table, tmp_path):
    found = run_backtest(table, TARGETS, preset("corridor"))

    write_report(found, tmp_path / "page.html")

    page = (tmp_path / "page.html").read_text()
    assert "rebalances" in page
    assert "what tracking costs on these prices" in page
    assert all(name in page for name in ("calendar", "band to target", "this backtest"))
    assert 'src="http' not in page
    assert len(series_frame(found)) == BARS
    with pytest.raises(BadInput, match="cannot be written"):
        write_report(found, tmp_path / "absent" / "page.html")


def test_the_command_prints_json_and_writes_every_bar(table, tmp_path, monkeypatch, capsys):
    write_prices(table, tmp_path / "prices.parquet")
    bars = tmp_path / "bars.csv"
    words = ["backtest", "--prices", str(tmp_path / "prices.parquet"), "--weights", "40,30,30"]
    monkeypatch.setattr(sys, "argv", ["trimtab", *words, "--output", str(bars), "--json"])

    with pytest.raises(SystemExit) as ended:
        main()

    assert not ended.value.code
    printed = json.loads(capsys.readouterr().out)
    expected = run_backtest(table, TARGETS, preset("cost-optimal")).summary()
    assert printed["cost_bp"] == pytest.approx(expected["cost_bp"])
    assert pd.read_csv(bars)["value"].iloc[-1] == pytest.approx(printed["end_value"])


@pytest.mark.parametrize("aversion", [0.5, 3.0, 30.0])
def test_a_greater_risk_aversion_tracks_more_closely(table, aversion):
    policy = replace(preset("cost-optimal"), risk_aversion=aversion)
    closer = replace(policy, risk_aversion=aversion * 4)

    loose, tight = (run_backtest(table, TARGETS, p).summary() for p in (policy, closer))

    assert tight["tracking_error_bp"] < loose["tracking_error_bp"]
    assert tight["cost_bp"] > loose["cost_bp"]


OWN = Policy(kind=PolicyKind.CUSTOM, function=to_target)
RULE = Policy(kind=PolicyKind.THRESHOLD, trigger=0.05)


@pytest.mark.parametrize("policy", [OWN, RULE, preset("cost-optimal")])
def test_after_a_fall_only_the_base_asset_is_bought_until_it_has_recovered(table, policy):
    records = run_backtest(table, TARGETS, policy, breaker=0.1).runs.records
    free = run_backtest(table, TARGETS, policy).runs.records

    nav = records.nav[:, 0]
    fallen = nav <= 0.9 * np.maximum.accumulate(nav)
    traded = np.flatnonzero(fallen & (records.swaps[:, 0] > 0))
    weights = records.weights[:, :, 0]
    drifted = weights[traded - 1] * table.prices[traded] / table.prices[traded - 1]
    drifted /= drifted.sum(axis=1, keepdims=True)
    assert fallen.any()
    assert (weights[traded][:, 1:] <= drifted[:, 1:] + 1e-12).all()
    assert records.swaps[fallen].sum() < free.swaps[fallen].sum()


def test_the_breaker_works_the_same_where_the_rule_is_compiled(table):
    plain, compiled = (
        run_backtest(table, TARGETS, policy, breaker=0.1).runs.records.nav for policy in (OWN, RULE)
    )

    np.testing.assert_allclose(plain, compiled, rtol=1e-12)


def test_a_breaker_beyond_everything_is_refused(table):
    with pytest.raises(BadInput, match=r"breaker is 1\.5"):
        run_backtest(table, TARGETS, RULE, breaker=1.5)


def test_a_replay_forecasts_at_each_moment_what_the_backtest_knew_then(table):
    path, known = usual_covariance(table.prices, table.bars_per_year), forecast_at(table)

    for bar in (0, 1, 100, BARS - 1):
        begins = int(table.timestamps[bar])
        for now in (begins, begins + 86_399):
            np.testing.assert_array_equal(known(now), path[bar])
    np.testing.assert_array_equal(known(0), path[0])


def test_so_few_bars_that_no_volatility_is_known_are_remarked_on(
    table, tmp_path, monkeypatch, capsys
):
    few = PriceTable(table.timestamps[:9], table.assets, table.prices[:9], table.fresh[:9])
    write_prices(few, tmp_path / "prices.csv")
    monkeypatch.setattr(
        sys, "argv", ["trimtab", "backtest", "--prices", str(tmp_path / "prices.csv")]
    )

    with pytest.raises(SystemExit) as ended:
        main()

    assert ended.value.code == 0
    assert "9 bars: no volatility is forecast before 20 returns" in capsys.readouterr().err
