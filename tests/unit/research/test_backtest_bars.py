"""A report can be made of the bars of a backtest, and says what the backtest said."""

import json

import numpy as np
import pytest
from trimtab.cli.verbs import load_verbs
from trimtab.errors import BadInput
from trimtab.policy.presets import preset
from trimtab.research.backtest import run_backtest
from trimtab.research.backtest_bars import bars_path
from trimtab.research.backtest_report import series_frame
from trimtab.research.price_table import PriceTable
from trimtab.research.runs import SwapCost
from typer.testing import CliRunner

TARGETS = np.array([0.4, 0.3, 0.3])
BARS = 400


@pytest.fixture(scope="module")
def found():
    moves = np.random.default_rng(4).standard_normal((BARS, 3)) * [0.0001, 0.03, 0.05]
    prices = np.exp(np.cumsum(moves, axis=0))
    times = 1_600_000_000 + 86_400 * np.arange(BARS)
    table = PriceTable(times, ("USD", "A", "B"), prices, np.ones(BARS, bool))
    return run_backtest(table, TARGETS, preset("corridor"), SwapCost(0.003))


@pytest.fixture(scope="module")
def bars(found, tmp_path_factory):
    file = tmp_path_factory.mktemp("bars") / "bars.parquet"
    series_frame(found).to_parquet(file, index=False)
    return file


def test_the_path_is_worth_what_the_backtest_was(found, bars):
    path = bars_path(bars)

    np.testing.assert_allclose(path.worth, found.runs.records.nav[:, 0], rtol=1e-12)
    traded = np.flatnonzero(found.runs.records.swaps[:, 0])
    assert [move.step for move in path.moves] == traded.tolist()


def test_the_verb_writes_the_report_of_a_backtest(found, bars):
    words = ["report", str(bars), "--html", str(bars.with_name("page.html")), "--json"]

    result = CliRunner().invoke(load_verbs(words), words)

    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    nav = found.runs.records.nav[:, 0]
    assert told["total_return"] == pytest.approx(nav[-1] / nav[0] - 1)
    spent = -(found.runs.records.cost[:, 0] * nav / (1 - found.runs.records.cost[:, 0])).sum()
    assert told["moves"]["trade"] == pytest.approx(spent)
    assert (
        "A backtest, from the bars in bars.parquet" in bars.with_name("page.plain.html").read_text()
    )


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("price_A", 0.0, "line 12 has a number"),
        ("value", np.nan, "line 12 has a number"),
        ("weight_B", -0.1, "line 12 has a number"),
    ],
)
def test_a_number_that_cannot_be_is_named_by_its_line(found, tmp_path, column, value, words):
    frame = series_frame(found)
    frame.loc[10, column] = value
    frame.to_csv(tmp_path / "bars.csv", index=False)

    with pytest.raises(BadInput, match=words):
        bars_path(tmp_path / "bars.csv")


def test_a_table_that_no_backtest_wrote_is_refused(found, tmp_path):
    series_frame(found).drop(columns="swaps").to_csv(tmp_path / "bars.csv", index=False)

    with pytest.raises(BadInput, match="no column swaps: expected a file that trimtab backtest"):
        bars_path(tmp_path / "bars.csv")


def test_options_of_a_vault_are_refused_for_a_backtest(bars):
    words = ["report", str(bars), "--from-block", "5"]

    result = CliRunner().invoke(load_verbs(words), words)

    assert result.exit_code == 2
    assert "belong to a vault" in result.output
