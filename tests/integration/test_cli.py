"""The command line on a chain of its own: deploy, inspect, rebalance, hold, examine."""

import os
import signal
import subprocess
import sys
import time

import pytest
from integration.cli_desk import HISTORY, PASSWORD, open_desk
from trimtab.chain.node import Node
from trimtab.local.accounts import local_accounts


@pytest.fixture(scope="module")
def deployed(tmp_path_factory):
    """A vault deployed by the command line itself, and what it said of it, dry and live."""
    with open_desk(tmp_path_factory.mktemp("desk")) as desk:
        yield desk, *desk.deploy()


@pytest.fixture
def vault(deployed):
    """The deployed vault; the chain is put back afterwards."""
    desk = deployed[0]
    with desk.undone():
        yield desk


def test_a_dry_deployment_shows_the_addresses_that_the_live_one_creates(deployed):
    desk, dry, live = deployed

    assert dry.exit_code == 0, dry.output
    assert "nothing was signed or sent" in dry.stderr
    for name, entry in desk.record.content["contracts"].items():
        assert entry["address"] in dry.stdout, name
        assert f"{name} at {entry['address']}" in live.stdout
    assert "is not a contract: meant is a timelock" in dry.stderr


def test_deploying_again_sends_nothing(vault):
    before = vault.world.node.transaction_count(local_accounts().deployer.address)

    again = vault.run("deploy", "--live", who="deployer")

    assert again.exit_code == 0, again.output
    assert vault.world.node.transaction_count(local_accounts().deployer.address) == before


def test_inspect_shows_every_asset_with_its_bar_and_a_reason(vault):
    result = vault.run("inspect")

    assert result.exit_code == 0, result.output
    for symbol in ("USDC", "BTC", "ETH"):
        assert sum(line.startswith(symbol) for line in result.stdout.splitlines()) == 2
    assert result.stdout.count("●") == 1 + 3
    assert "no rebalance is due" in result.stdout
    assert "20,000.00" in result.stdout
    assert max(len(line) for line in result.stdout.splitlines()[3:10]) <= 80


def test_inspect_looks_back_at_any_block_that_the_node_still_knows(vault):
    before = vault.json("inspect")
    vault.move(BTC="1.1")

    now, then = vault.json("inspect"), vault.json("inspect", "--at", before["block"]["number"])

    assert now["nav"] != before["nav"]
    assert then == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--at", "999999999"), "the chain has no such block"),
        (("--watch", "--json"), "leave out --json and --at"),
    ],
)
def test_inspect_refuses_what_it_cannot_show(vault, arguments, words):
    result = vault.run("inspect", *arguments)

    assert result.exit_code == 2
    assert words in result.stderr


def test_a_watched_vault_is_drawn_until_ctrl_c(vault):
    command = [sys.executable, "-m", "trimtab", "inspect", "--watch"]
    # What stands in for a screen.
    terminal = os.environ | {"FORCE_COLOR": "1", "TERM": "xterm", "COLUMNS": "100"}
    process = subprocess.Popen(
        command, cwd=vault.folder, env=terminal, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    said = b""
    deadline = time.monotonic() + 60
    while b"no rebalance is due" not in said and time.monotonic() < deadline:
        said += os.read(process.stdout.fileno(), 4096)
    process.send_signal(signal.SIGINT)
    rest, complaint = process.communicate(timeout=120)

    assert b"no rebalance is due" in said + rest
    assert process.returncode == 130
    assert b"stopped" in complaint


def test_inspect_as_json_is_exact(vault):
    found = vault.json("inspect")

    assert found["symbol"] == "CLI"
    assert int(found["total_supply"]) == 20_000 * 10**18
    assert sum(int(asset["value"]) for asset in found["assets"]) == int(found["nav"])
    assert found["due"]["blocker"] == "not_due"


def test_the_keeper_holds_while_nothing_is_due(vault):
    found = vault.json("keeper", "once", who="keeper")

    assert found["action"] == "hold"
    assert found["legs"] == []


def test_a_due_rebalance_is_planned_dry_and_then_sent_live(vault):
    vault.move(ETH="1.3")
    assert "a rebalance is due and allowed" in vault.run("inspect", who="keeper").stdout

    dry = vault.json("keeper", "once", who="keeper")
    nonce = vault.json("inspect")["rebalances"]
    live = vault.json("keeper", "once", "--live", who="keeper")

    assert dry["action"] == "plan"
    assert [leg["sell"] for leg in dry["legs"]] == ["ETH"] * len(dry["legs"])
    assert nonce == 0
    assert live["action"] == "rebalance"
    after = vault.json("inspect", who="keeper")
    assert after["rebalances"] == 1
    assert int(after["total_drift"]) < 10**16
    assert vault.run("keeper", "once", who="keeper").stdout.count("hold: ") == 1


def test_a_rebalance_is_shown_with_legs_and_costs(vault):
    vault.move(ETH="1.3")

    result = vault.run("keeper", "once", "--live", who="keeper")

    assert result.exit_code == 0, result.output
    assert "rebalance: ETH is" in result.stdout
    assert "real cost: " in result.stdout
    assert "route " in result.stdout


def test_anyone_may_act_in_the_public_tier(vault):
    vault.move(ETH="2")

    poked = vault.json("keeper", "once", "--live", "--public", who="manager")
    early = vault.json("keeper", "once", "--live", "--public", who="manager")

    assert poked["action"] == "poke"
    assert early["action"] == "hold"
    assert "ready in" in early["sentence"]


def test_holders_mint_and_redeem_what_they_were_shown(vault):
    token = vault.world.tokens["ETH"]
    sender = vault.sender("holder")
    before = token.balance(sender, sender.address)

    dry = vault.run("hold", "mint", "100")
    live = vault.run("hold", "mint", "100", "--live")
    paid = before - token.balance(sender, sender.address)

    assert "4. mint 100 CLI in kind" in dry.stdout
    assert "nothing was signed or sent" in dry.stderr
    assert live.exit_code == 0, live.output
    assert abs(paid - 30 * 10**18 / float(HISTORY.exact(0)["ETH"])) < 10**12
    redeemed = vault.run("hold", "redeem", "100", "--live")
    assert redeemed.exit_code == 0, redeemed.output
    assert 0 <= before - token.balance(sender, sender.address) <= 1


def test_a_skipped_asset_is_set_aside_and_claimed_later(vault):
    token = vault.world.tokens["BTC"]
    sender = vault.sender("holder")
    before = token.balance(sender, sender.address)

    redeemed = vault.run("hold", "redeem", "1000", "--skip", "BTC", "--live")

    assert redeemed.exit_code == 0, redeemed.output
    assert "  sets aside 0.01034482 BTC, at least " in redeemed.stdout
    assert token.balance(sender, sender.address) == before
    owed = next(a for a in vault.json("inspect")["assets"] if a["symbol"] == "BTC")["owed"]
    claimed = vault.run("hold", "claim", "BTC", "--live")
    assert claimed.exit_code == 0, claimed.output
    assert token.balance(sender, sender.address) - before == int(owed) > 0


def test_doctor_passes_a_fresh_deployment(vault):
    found = vault.json("doctor", who="keeper")

    assert found["passed"] is True
    troubles = [check["name"] for check in found["checks"] if check["status"] != "ok"]
    assert troubles == ["timelock"]


def test_a_running_keeper_acts_and_stops_cleanly_on_an_interrupt(vault):
    vault.move(ETH="1.3")
    environment = {
        **os.environ,
        "TRIMTAB_PASSWORD": PASSWORD,
        "TRIMTAB__KEYS__KEYSTORE": "keeper.json",
        "TRIMTAB__KEEPER__INTERVAL": "1 s",
    }
    command = [sys.executable, "-m", "trimtab", "keeper", "run", "--live"]
    process = subprocess.Popen(
        [*command, "--config", str(vault.config)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    node = Node(vault.chain.url)
    before = node.transaction_count(local_accounts().keeper.address)
    try:
        for _ in range(300):
            if node.transaction_count(local_accounts().keeper.address) > before:
                break
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()

    assert process.returncode == 130, err
    assert "rebalance: ETH is" in out
    assert "the journal is complete" in err
    assert "Traceback" not in err
    with_fresh_eyes = vault.json("keeper", "once", "--live", who="keeper")
    assert with_fresh_eyes["action"] == "hold"
