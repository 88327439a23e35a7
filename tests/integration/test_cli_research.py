"""The verbs that look back and ahead, on a vault with a past of its own."""

import csv
import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from integration.cli_desk import open_desk
from trimtab.local.accounts import local_accounts
from trimtab.local.synthetic import synthetic_history


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A vault that was rebalanced, entered and left."""
    with open_desk(tmp_path_factory.mktemp("desk")) as found:
        found.deploy()
        found.move(ETH="1.3")
        for arguments, who in (
            (("keeper", "once"), "keeper"),
            (("hold", "mint", "3"), "holder"),
            (("hold", "redeem", "2"), "holder"),
        ):
            result = found.run(*arguments, "--live", who=who)
            assert result.exit_code == 0, result.output
        yield found


def held(desk):
    return {asset["symbol"]: asset for asset in desk.json("inspect")["assets"]}


def rows_of(file):
    return list(csv.DictReader(file.read_text().splitlines()))


def test_the_vaults_lots_are_what_it_holds(desk):
    found = desk.json("tax")

    assets = held(desk)
    assert {item["asset"] for item in found["open"]} == set(assets)
    for item in found["open"]:
        exact = Decimal(item["quantity"]).scaleb(assets[item["asset"]]["decimals"])
        assert int(exact) == int(assets[item["asset"]]["recorded"])
        assert sum(Decimal(lot["quantity"]) for lot in item["lots"]) == Decimal(item["quantity"])
    assert Decimal(found["realised"]["short_gain"]) > 0  # ETH rose before it was sold
    assert found["realised"]["long_gain"] == "0." + "0" * 18


def test_the_csv_sums_to_the_screen(desk):
    file = desk.folder / "gains.csv"

    found = desk.json("tax", "--csv", file)

    rows = rows_of(file)
    assert len(rows) == found["realised"]["parts"]
    for column, key in (("proceeds", "proceeds"), ("cost", "cost")):
        assert sum(Decimal(row[column]) for row in rows) == Decimal(found["realised"][key])
    assert all(
        Decimal(row["proceeds"]) - Decimal(row["cost"]) == Decimal(row["gain"]) for row in rows
    )


def test_a_holders_shares_have_lots_too(desk):
    holder = local_accounts().holder.address

    found = desk.json("tax", "--holder", holder, "--method", "hifo")

    (item,) = found["open"]
    assert item["asset"] == "CLI"
    assert found["realised"]["parts"] >= 1
    assert "short-term" in desk.run("tax", "--holder", holder).stdout


def test_a_sale_is_looked_ahead_at_within_a_budget(desk):
    found = desk.json("tax", "--sell", "ETH=0.5", "--budget", "10")

    assert Decimal(found["sale"]["gain"]) > 10
    assert 0 < Decimal(found["sale"]["within_budget"]) < Decimal("0.5")


def test_a_rebalance_shows_its_gains_and_what_a_budget_leaves_of_it(desk):
    desk.move(ETH="1.6")
    before = desk.json("inspect")

    found = desk.json("tax", "--rebalance", "--budget", "200")["rebalance"]

    sold = {sale["asset"]: Decimal(sale["quantity"]) for sale in found["sales"]}
    gains = [Decimal(sale["gain"]) for sale in found["sales"]]
    assert "ETH" in sold
    assert sum(gains) == Decimal(found["gain"]) > 200
    kept = found["within_budget"]
    assert 0 < Decimal(kept["gain"]) <= 200
    assert all(Decimal(sale["quantity"]) <= sold[sale["asset"]] for sale in kept["sales"])
    assert "total drift falls from" in kept["sentence"]
    assert desk.json("inspect")["assets"] == before["assets"]
    shown = desk.run("tax", "--rebalance", "--budget", "1").stdout
    assert "a rebalance to target: sells" in shown
    assert "within the budget: " in shown


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--rebalance", "--holder", "0x12"), "leave --holder out"),
        (("--holder", "0x12"), "--holder"),
        (("--method", "specific"), "--picks go together"),
        (("--sell", "DOGE=1"), "expected SYMBOL=AMOUNT, with one of USDC, BTC, ETH"),
        (("--prices", "absent.csv"), "no such file"),
    ],
)
def test_what_taxes_cannot_be_told_from_is_refused(desk, arguments, words):
    result = desk.run("tax", *arguments)

    assert result.exit_code in (1, 2)
    assert words in result.output


def test_a_past_that_begins_too_late_is_refused(desk):
    seed = desk.record.content["seed"]["block"]

    for first, words in ((seed, "an earlier block"), (seed + 1, "an earlier block")):
        result = desk.run("tax", "--from-block", first)
        assert result.exit_code == 1
        assert words in result.output
    assert "events are missing" in desk.run("tax", "--from-block", 10**6).output


def test_a_price_file_that_ends_too_early_names_asset_and_time(desk):
    file = desk.folder / "old.csv"
    file.write_text("date,USDC,BTC,ETH\n2019-12-01,1,9000,200\n2019-12-02,1,9000,200\n")

    result = desk.run("tax", "--prices", file)

    assert result.exit_code == 2
    assert "no price of " in result.output
    assert "the last one is of 2019-12-03" in result.output


def test_lots_can_be_named_in_a_file(desk):
    gains = desk.folder / "fifo.csv"
    desk.json("tax", "--csv", gains)
    picks = {}
    for row in rows_of(gains):
        picks.setdefault(row["disposal"], []).append(row["lot"])
    file = desk.folder / "picks.json"
    file.write_text(json.dumps(picks))

    named = desk.json("tax", "--method", "specific", "--picks", file)

    assert named == desk.json("tax")


@pytest.fixture(scope="module")
def priced(desk):
    """The desk with a file of prices and a section that says what to make of them."""
    history = synthetic_history(("USDC", "BTC", "ETH"), 200, 3)
    rows = [
        f"{day_of(at)},{','.join(map(str, row))}"
        for at, row in zip(history.timestamps, history.rows, strict=True)
    ]
    (desk.folder / "prices.csv").write_text("date,USDC,BTC,ETH\n" + "\n".join(rows) + "\n")
    desk.config.write_text(
        desk.config.read_text() + '[targets]\nprices = "prices.csv"\nbase = "30 %"\n'
    )
    return desk


def day_of(timestamp):
    return datetime.fromtimestamp(timestamp - 86_400, UTC).date().isoformat()


def test_targets_are_computed_from_the_settings(priced):
    found = priced.json("targets", "compute")

    targets = {name: int(weight) for name, weight in found["targets"].items()}
    assert sum(targets.values()) == 10**18
    assert abs(targets["USDC"] - 3 * 10**17) < 10**9
    assert targets["BTC"] > targets["ETH"]  # the calmer one
    assert "volatility" in priced.run("targets", "compute").stdout


def test_a_proposal_is_costed_stored_and_repeated(priced):
    found = priced.json("targets", "propose")

    assert found["due"] == "there is no earlier run of these assets"
    assert 0 < found["turnover"] < 10**18
    assert found["note"] == ""
    assert found["cost"] > 0
    result = priced.run("targets", "repeat", found["file"])
    assert "the same targets" in result.output, result.output
    again = priced.run("targets", "propose", "--when-due")
    assert "no run is due" in again.output


def test_a_changed_run_is_found_out(priced, tmp_path):
    content = json.loads(Path(priced.json("targets", "propose")["file"]).read_text())
    content["targets"][1:] = [content["targets"][1] - 10**16, content["targets"][2] + 10**16]
    file = tmp_path / "run.json"
    file.write_text(json.dumps(content))

    result = priced.run("targets", "repeat", file)

    assert result.exit_code == 2
    assert "the file was changed" in result.output


def test_targets_are_scheduled_by_the_manager_and_only_when_told_to(priced):
    file = priced.json("targets", "propose")["file"]
    before = held(priced)

    dry = priced.run("targets", "schedule", file, who="manager")
    live = priced.run("targets", "schedule", file, "--live", "--yes", who="manager")

    assert "dry run" in dry.output
    assert live.exit_code == 0, live.output
    assert "vault schedule: block" in live.output
    wanted = json.loads(Path(file).read_text())["targets"]
    after = priced.json("inspect")
    assert [int(asset["end_target"]) for asset in after["assets"]] == wanted
    assert wanted != [int(asset["end_target"]) for asset in before.values()]


def test_targets_that_the_vault_would_refuse_are_refused_in_its_words(priced):
    file = priced.json("targets", "propose")["file"]

    result = priced.run("targets", "schedule", file, "--days", "0.01", who="manager")

    assert result.exit_code != 0
    assert "the contracts would refuse: " in result.output
    assert "ScheduleTooFast" in result.output


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"TRIMTAB__TARGETS__MODEL": "astrology"}, "targets.model"),
        ({"TRIMTAB__TARGETS__RESERVE": "90 %"}, "expected 0 <= minimum <= maximum"),
        ({"TRIMTAB__TARGETS__EXCLUDED": "DOGE"}, "DOGE is none of the assets"),
        ({"TRIMTAB__TARGETS__PRICES": "absent.csv"}, "no such file"),
    ],
)
def test_settings_that_make_no_targets_are_refused(priced, settings, words):
    result = priced.run("targets", "compute", **settings)

    assert result.exit_code == 2, result.output
    assert words in result.output


def test_a_report_of_a_live_vault_comes_from_its_events(desk):
    file = desk.folder / "report.html"

    found = desk.json("report", "--html", file)

    assert found["moves"]["trade"] < 0  # a rebalance cost something
    parts = found["rebalancing_effect"]
    assert parts == pytest.approx(found["change"] - found["buy_and_hold"], abs=1e-9)
    page = file.read_text()
    assert page.count("Plotly.newPlot(") == 4
    assert "Taxes of the vault" in page
    assert "short-term gain" in page
    assert "events of 0x" in (desk.folder / "report.plain.html").read_text()
    assert "of one share" in desk.run("report").stdout


def test_feeds_that_only_know_their_latest_answer_make_no_history(desk):
    desk.chain.set_next_timestamp(desk.chain.timestamp() + 600)
    desk.chain.mine()
    feeds = {spec.symbol: spec.feed for spec in desk.world.spec.assets}
    output = desk.folder / "pulled.csv"
    named = [word for name, feed in feeds.items() for word in ("--feed", f"{name}={feed}")]
    since = datetime.fromtimestamp(desk.chain.timestamp() - 3 * 86_400, UTC).date().isoformat()
    source = ("--rpc", desk.chain.url, "--since", since, "--interval", "60")

    result = desk.run("prices", "pull", *source, *named, "--output", output, who=None)

    assert result.exit_code == 2
    assert "ETH: the present aggregator begins at 2020-" in result.output
    assert "in every row: a price must move" in result.output
    assert not output.exists()
