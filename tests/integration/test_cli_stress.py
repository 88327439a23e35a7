"""Episodes run on real contracts; what they break is seen, and every promise is kept."""

import json

import pytest
from real_prices import real_prices
from trimtab.cli.verbs import load_verbs
from trimtab.errors import LocalChainError
from trimtab.local.anvil import AnvilChain
from typer.testing import CliRunner


@pytest.fixture(scope="module", autouse=True)
def anvil():
    try:
        AnvilChain().close()
    except LocalChainError as missing:
        pytest.skip(f"anvil is needed: {missing}")


def stress(*arguments):
    words = ["stress", *map(str, arguments), "--chain", "anvil"]
    return CliRunner().invoke(load_verbs(words), words)


def report_of(*arguments):
    result = stress(*arguments, "--json")
    assert result.exit_code == 0, result.output
    (report,) = json.loads(result.stdout)["episodes"]
    return report


def test_while_a_feed_is_silent_nothing_trades_and_everybody_can_leave():
    report = report_of("stale-feed")

    assert report["could_redeem"] == report["steps"]
    assert report["could_deposit"] == report["could_withdraw"] == report["steps"] - 1
    assert all(check["kept"] for check in report["promises"])
    assert report["actions"]["rebalance"] >= 1


def test_while_the_sequencer_is_down_the_doors_are_shut_and_exits_open():
    report = report_of("sequencer")

    assert report["could_redeem"] == report["steps"]
    assert report["could_deposit"] < report["steps"] - 1


@pytest.mark.parametrize(
    ("episode", "option", "name"),
    [
        ("2020-03", "--daily", "daily_close_2020_2023.csv"),
        ("2023-03", "--hourly", "hourly_close_2021_2023.csv.gz"),
    ],
)
def test_real_episodes_keep_every_promise(episode, option, name):
    report = report_of(episode, option, real_prices(name))

    assert report["worst_fall"] < -0.03
    assert all(check["kept"] for check in report["promises"])


def test_without_prices_an_episode_is_left_out_with_its_reason():
    result = stress("2022-05", "--json")

    assert json.loads(result.stdout)["episodes"][0]["skipped"] == "no prices: --daily"
    assert "2022-05 is left out" in result.stderr


def test_an_unknown_episode_is_refused():
    result = stress("1929-10")

    assert result.exit_code == 2
    assert "no episode 1929-10; there are 2020-03" in result.output
