"""`trimtab deploy` by command: killed wherever it stands, it goes on, and says what is left."""

import os
import re
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from decimal import Decimal

import pytest
from integration.twin import open_twin
from integration.twin_bench import PASSWORD, bench_at
from trimtab.local.accounts import local_accounts

NAME = "sepolia"
DEPLOYER = local_accounts().deployer.address
STEPS = 17
"""A timelock, five libraries, six contracts, the binding, three approvals, the first deposit."""

ROW = re.compile(r"^(\w+(?: \w+)?) +(?:≤ )?[\d,]+ +[\d.]+ +(0x\w{40})", re.MULTILINE)
"""A transaction of the dry run."""

MARKET = {"[deploy.mock_market]": ["prices = { USDC = 1, WETH = 2_500, LINK = 12 }"]}


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with open_twin(NAME) as twin:
        yield bench_at(twin, tmp_path_factory.mktemp("resume"), **MARKET)


@pytest.fixture
def bench(shared):
    with shared.undone():
        yield shared
    shutil.rmtree(shared.folder / "deployments", ignore_errors=True)


@contextmanager
def deploying(bench):
    """A process that deploys, until it is killed."""
    environment = {
        **os.environ,
        "TRIMTAB_PASSWORD": PASSWORD,
        "TRIMTAB_CONFIG": str(bench.config),
        "TRIMTAB__KEYS__KEYSTORE": "deployer.json",
    }
    command = [sys.executable, "-m", "trimtab", "deploy", "--network", NAME, "--live"]
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait(timeout=30)


def run_until(bench, sent):
    """Deploy until the deployer has sent so many transactions, and kill the process."""
    deadline = time.monotonic() + 120
    with deploying(bench) as process:
        while bench.sent < sent and process.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.01)


def left(bench):
    """Rows of the dry run: the name of each transaction, and the address it would create."""
    shown = bench.done("deploy", "--network", NAME)
    rows = re.findall(
        r"^(\w+(?: \w+)?) +(?:≤ )?[\d,]+ +[\d.]+ +(0x\w{40})", shown.stdout, re.MULTILINE
    )
    return rows, shown.stderr


@pytest.mark.parametrize(
    "at",
    [
        pytest.param((3, 13), id="twice"),
        pytest.param(range(1, STEPS + 1), id="at-every-transaction", marks=pytest.mark.deep),
    ],
)
def test_a_process_that_is_killed_again_and_again_deploys_one_vault(bench, at):
    before = bench.sent
    for count in at:
        run_until(bench, before + count)

    bench.done("deploy", "--network", NAME, "--live")

    assert bench.sent - before == STEPS
    assert bench.done("deploy", "--network", NAME, "--live").exit_code == 0
    assert bench.sent - before == STEPS
    record = bench.record.content["contracts"]
    assert len({entry["address"] for entry in record.values()}) == len(record)


def test_after_an_interruption_the_dry_run_shows_what_is_left_and_where_it_will_be(bench):
    whole, _ = left(bench)
    run_until(bench, bench.sent + 5)
    # What was sent when the process died is mined; the next run finds that out and settles it.
    rest, said = left(bench)

    bench.done("deploy", "--network", NAME, "--live")

    sent = len(whole) - len(rest)
    assert 4 <= sent < STEPS
    assert f"earlier runs have sent {sent} transactions; {len(rest)} are left" in said
    names = [name for name, _ in rest]
    assert names == [name for name, _ in whole][sent:]
    assert bench.record.vault == dict(whole)["Vault"]


def test_once_all_is_done_the_dry_run_says_where_it_lives(bench):
    before = bench.done("deploy", "--network", NAME).stderr
    bench.done("deploy", "--network", NAME, "--live")

    after = bench.done("deploy", "--network", NAME)

    assert "the record would be" in before
    assert f"Twin lives at {bench.record.vault}" in after.stdout
    assert "nothing is left to send" in after.stderr


def test_a_record_of_a_chain_that_was_reset_is_refused_dry_and_live(bench):
    with bench.twin.undone():
        bench.done("deploy", "--network", NAME, "--live")

    for words in ((), ("--live",)):
        refused = bench.run("deploy", "--network", NAME, *words)

        assert refused.exit_code == 2
        assert "the chain was reset" in refused.stderr


def test_a_journal_of_a_chain_that_was_reset_is_not_believed(bench):
    with bench.twin.undone():
        bench.done("deploy", "--network", NAME, "--live")
    shutil.rmtree(bench.folder / "deployments")

    refused = bench.run("deploy", "--network", NAME)

    assert refused.exit_code == 2
    assert "the node does not know it: the chain was reset or reorganised" in refused.stderr


def refused_with(bench, wei):
    """What a deployment with a market of its own says to a deployer who has so much."""
    bench.twin.request("anvil_setBalance", DEPLOYER, hex(wei))
    refused = bench.run("deploy", "--network", NAME, "--mock-market", "--live")
    assert refused.exit_code == 2, refused.output
    return refused.stderr


def test_money_for_the_market_alone_makes_no_market(bench):
    before = bench.sent
    missing = r"holds 0 native coins, expected ([\d.]+) native coins for 43 "
    needed = Decimal(re.search(missing, refused_with(bench, 0))[1])

    said = refused_with(bench, int(needed * 10**18) * 6 // 10)

    assert "for 43 transactions" in said
    assert bench.sent == before
    assert not list(bench.folder.glob("deployments/**/*.json"))


def test_an_address_that_nobody_has_the_key_of_is_warned_of(bench):
    nobody = "0x" + "1" * 40
    environment = {"TRIMTAB__DEPLOY__RECEIVER": nobody, "TRIMTAB__DEPLOY__ROLES__MANAGER": nobody}

    shown = bench.done("deploy", "--network", NAME, **environment)

    assert f"warning: {nobody}, the manager, looks like a placeholder" in shown.stderr
