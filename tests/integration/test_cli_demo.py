"""The demo runs the real thing and tells what it did."""

import json

import pytest
from trimtab.cli.verbs import load_verbs
from typer.testing import CliRunner

PRICES = """\
date,ETH,USDC
2021-01-01,1000,1
2021-01-02,1010,1
2021-01-03,1400,1
2021-01-04,1390,1
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run over a file in which ETH jumps by 40 %."""
    folder = tmp_path_factory.mktemp("demo")
    (folder / "prices.csv").write_text(PRICES)
    arguments = [
        "demo",
        *("--prices", folder / "prices.csv", "--assets", "ETH,USDC", "--weights", "60,40"),
        *("--json", folder / "out" / "figures.json", "--picture", folder / "picture.png"),
        *("--report", folder / "report.html"),
    ]
    result = CliRunner().invoke(load_verbs(["demo"]), [str(part) for part in arguments])
    return folder, result


def test_it_succeeds_and_says_where_prices_came_from(run):
    folder, result = run

    assert result.exit_code == 0, result.output
    assert f"prices from {folder / 'prices.csv'}: 4 rows, 4 days" in result.stderr
    assert "made-up" not in result.output


def test_the_rebalance_after_the_jump_is_shown_with_reason_legs_and_cost(run):
    lines = run[1].stdout.splitlines()

    (reason,) = [n for n, line in enumerate(lines) if line.startswith("2021-01-04 00:00  ")]
    assert "from its target, its trigger is" in lines[reason]
    assert lines[reason + 1].startswith("    sold ")
    assert "ETH, bought" in lines[reason + 1]
    assert any(line.startswith("    cost ") and "gas" in line for line in lines)


def test_the_table_compares_the_vault_with_its_yardsticks(run):
    for name in ("vault", "buy and hold", "frictionless mix", "tracking error a year", "turnover"):
        assert sum(line.startswith(name) for line in run[1].stdout.splitlines()) >= 1


def test_the_report_tells_what_became_of_the_run(run):
    folder, _ = run

    words = (folder / "report.plain.html").read_text()

    assert "Over 3 days" in words
    assert "Trading cost" in words
    assert (folder / "report.html").read_text().count("Plotly.newPlot(") == 4


def test_the_figures_on_disk_are_those_on_screen(run):
    folder, result = run

    figures = json.loads((folder / "out" / "figures.json").read_text())

    assert figures["days"] == 4
    assert figures["rebalances"] >= 1
    assert f"{figures['value']:,.2f}" in result.stdout
    assert f"{figures['tracking_error_bp']:.1f} bp" in result.stdout
    assert (folder / "picture.png").read_bytes().startswith(b"\x89PNG")


def test_a_made_up_market_is_called_made_up_and_repeats_itself(tmp_path):
    def values(name):
        arguments = ["demo", "--days", "3", "--seed", "5", "--assets", "ETH,USDC"]
        arguments += ["--weights", "50,50", "--json", str(tmp_path / name)]
        arguments += ["--picture", str(tmp_path / "p.png")]
        result = CliRunner().invoke(load_verbs(["demo"]), arguments)
        assert result.exit_code == 0, result.output
        assert "a made-up market of 3 days from seed 5, no real prices" in result.stderr
        return json.loads((tmp_path / name).read_text())["value"]

    assert values("first.json") == values("second.json")
