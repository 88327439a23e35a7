"""The command line on a chain of its own: deploy, inspect, rebalance, hold, examine."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest
from eth_account import Account
from trimtab.chain.node import Node
from trimtab.cli.keystore import write_keystore
from trimtab.cli.settings.units import decimal_text, fraction_text, seconds_text
from trimtab.cli.verbs import load_verbs
from trimtab.deploy.record import read_record
from trimtab.domain.units import DAY
from trimtab.errors import LocalChainError
from trimtab.local.accounts import local_accounts
from trimtab.local.anvil import AnvilChain
from trimtab.local.blueprint import Blueprint
from trimtab.local.sender import Sender
from trimtab.local.synthetic import synthetic_history
from trimtab.local.world import SETUP_SECONDS, LocalWorld, build_local_world
from typer.testing import CliRunner
from web3.types import RPCEndpoint

PASSWORD = "correct horse"
HISTORY = synthetic_history(("USDC", "BTC", "ETH"), 3, 11)


@dataclass(frozen=True)
class Desk:
    """A person's folder: configuration, keystores, records; on a chain that mines by itself."""

    folder: Path
    world: LocalWorld
    chain: AnvilChain

    @property
    def config(self):
        return self.folder / "trimtab.toml"

    @property
    def record(self):
        (file,) = self.folder.glob("deployments/*/CLI.json")
        return read_record(file)

    def run(self, *arguments, who="holder", **environment):
        """Run a verb as somebody; variables override settings."""
        settings = {
            "TRIMTAB_PASSWORD": PASSWORD,
            "TRIMTAB__KEYS__KEYSTORE": f"{who}.json",
            "TRIMTAB_CONFIG": str(self.config),
        }
        words = [str(argument) for argument in arguments]
        return CliRunner().invoke(load_verbs(words), words, env=settings | environment)

    def json(self, *arguments, **options):
        result = self.run(*arguments, "--json", **options)
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    def sender(self, who):
        return Sender(self.chain, getattr(local_accounts(), who))

    def move(self, **factors):
        """Move true prices of some assets by a factor, feeds and pools with them."""
        prices = HISTORY.exact(0)
        self.chain.set_next_timestamp(self.chain.timestamp() + 60)
        self.world.market.step(
            {name: price * Fraction(factors.get(name, 1)) for name, price in prices.items()}
        )

    @contextmanager
    def undone(self):
        """Leave the chain as it was; the journal would contradict it, so it goes as well."""
        before = self.chain.snapshot()
        try:
            yield
        finally:
            self.chain.revert(before)
            for file in self.folder.glob("trimtab.sqlite*"):
                file.unlink()


def settings_text(world, url):
    """The world's own specification as a person would write it."""
    spec = world.spec
    lines = [
        "[node]",
        f'url = "{url}"',
        f"chain_id = {spec.chain_id}",
        "[keys]",
        'keystore = "deployer.json"',
        "[keeper]",
        'native_asset = "ETH"',
        'policy = "threshold"',
        "[deploy]",
        'name = "From the command line"',
        'symbol = "CLI"',
        "seed_value = 20_000",
        f'receiver = "{local_accounts().holder.address}"',
        "[deploy.uniswap]",
        f'router = "{spec.uniswap.router}"',
        f'quoter = "{spec.uniswap.quoter}"',
        "[deploy.roles]",
        f'owner = "{spec.roles.owner}"',
        f'manager = "{spec.roles.manager}"',
        f'guardian = "{spec.roles.guardian}"',
        f"keepers = {list(spec.roles.keepers)}",
        "[deploy.limits]",
        'slippage = "1 %"',
    ]
    for asset, weight in zip(spec.assets, ("40 %", "30 %", "30 %"), strict=True):
        lines += [
            "[[deploy.assets]]",
            f'symbol = "{asset.symbol}"',
            f'token = "{asset.token}"',
            f'feed = "{asset.feed}"',
            f'feed_description = "{asset.feed_description}"',
            f'heartbeat = "{seconds_text(3 * DAY)}"',
            f'deviation = "{fraction_text(asset.deviation)}"',
            f"min_price = {decimal_text(asset.min_price)}",
            f"max_price = {decimal_text(asset.max_price)}",
            f'weight = "{weight}"',
            'band = "3 %"',
            'hard_band = "10 %"',
        ]
    for route in spec.routes[::2]:
        sold, bought = spec.assets[route.token_in], spec.assets[route.token_out]
        lines += [
            "[[deploy.routes]]",
            f'sell = "{sold.symbol}"',
            f'buy = "{bought.symbol}"',
            f"fees = {list(route.fees)}",
        ]
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A vault deployed by the command line itself."""
    try:
        chain = AnvilChain(HISTORY.timestamps[0] - SETUP_SECONDS)
    except LocalChainError as missing:
        pytest.skip(f"anvil is needed: {missing}")
    with chain:
        world = build_local_world(chain, HISTORY, Blueprint((0.4, 0.3, 0.3)))
        chain.provider.make_request(RPCEndpoint("evm_setAutomine"), [True])
        folder = tmp_path_factory.mktemp("desk")
        found = Desk(folder, world, chain)
        for who in ("deployer", "keeper", "holder", "manager"):
            write_keystore(folder / f"{who}.json", getattr(local_accounts(), who), PASSWORD, work=2)
        found.config.write_text(settings_text(world, chain.url))
        for token in world.tokens.values():
            for who in ("deployer", "holder"):
                account = getattr(local_accounts(), who)
                token.mint(found.sender("operator"), account.address, 10 ** (token.decimals + 6))
        yield found


@pytest.fixture(scope="module")
def deployed(desk):
    dry = desk.run("deploy", who="deployer")
    live = desk.run("deploy", "--live", who="deployer")
    assert live.exit_code == 0, live.output
    record = next(desk.folder.glob("deployments/*/CLI.json")).relative_to(desk.folder)
    desk.config.write_text(f'[vault]\nrecord = "{record}"\n' + desk.config.read_text())
    return desk, dry, live


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


def test_a_dry_deployment_says_what_the_deployer_lacks(vault):
    poor = Account.create()
    write_keystore(vault.folder / f"{poor.address}.json", poor, PASSWORD, work=2)

    result = vault.run("deploy", who=poor.address)

    assert result.exit_code == 0, result.output
    assert f"warning: ETH: the deployer {poor.address} holds 0 of its smallest" in result.stderr
    assert f"warning: {poor.address} holds 0 wei of the native currency" in result.stderr


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


def test_live_without_the_role_is_refused_with_a_way_out(vault):
    result = vault.run("keeper", "once", "--live", who="manager")

    assert result.exit_code == 2
    assert "does not hold the keeper role" in result.stderr
    assert "--public" in result.stderr


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


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("hold", "mint", "100", "--max-in", "ETH=0.001"), "more than the limit of 0.001 ETH"),
        (("hold", "mint", "1e9"), "the holder has"),
        (("hold", "mint", "-1"), "No such option"),
        (("hold", "mint", "0"), 'SHARES: "0" must be a number above 0'),
        (("hold", "mint", "1", "--max-in", "ETH"), "expected SYMBOL=AMOUNT"),
        (("hold", "mint", "1", "--max-in", "LINK=1"), "expected one of USDC, BTC, ETH"),
        (("hold", "mint", "1", "--max-in", "BTC=0.123456789"), "more than 8 digits"),
        (("hold", "mint", "1", "--tolerance", "5"), "expected a fraction with its unit"),
        (("hold", "mint", "1", "--receiver", "me"), "expected an address"),
        (("hold", "redeem", "1e9"), "asked to redeem 1,000,000,000"),
        (("hold", "redeem", "1", "--min-out", "ETH=5"), "less than the limit of 5 ETH"),
        (("hold", "redeem", "1", "--skip", "LINK"), '"LINK" is not an asset'),
        (("hold", "claim", "ETH"), "nothing of ETH is set aside"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is_sent(vault, arguments, message):
    before = vault.world.node.transaction_count(local_accounts().holder.address)

    result = vault.run(*arguments)

    assert result.exit_code == 2
    assert message in result.stderr
    assert vault.world.node.transaction_count(local_accounts().holder.address) == before


def test_doctor_passes_a_fresh_deployment(vault):
    found = vault.json("doctor", who="keeper")

    assert found["passed"] is True
    assert {check["status"] for check in found["checks"]} == {"ok"}


def test_doctor_fails_a_keeper_that_lost_its_role(vault):
    mandate = vault.record.contract("Mandate")
    keeper = local_accounts().keeper.address
    vault.sender("guardian").send(mandate, "removeKeeper(address)", keeper)

    result = vault.run("doctor", who="keeper")

    assert result.exit_code == 1
    assert f"keeper {keeper}" in result.stdout
    assert "does not hold the role" in result.stdout


def test_a_wrong_password_is_called_wrong(vault):
    result = vault.run("hold", "redeem", "1", "--live", TRIMTAB_PASSWORD="wrong")

    assert (result.exit_code, result.stdout.count("hold redeem")) == (2, 0)
    assert "holder.json: the password is wrong" in result.stderr


def test_a_node_of_another_chain_is_refused(vault):
    result = vault.run("inspect", TRIMTAB__NODE__CHAIN_ID="8453")

    assert result.exit_code == 2
    assert "the configuration names chain 8453: set node.chain_id, or name a node" in result.stderr


def test_a_vault_without_code_is_named(vault):
    lens = vault.record.contract("VaultLens")
    nobody = local_accounts().owner.address
    text = vault.config.read_text()
    other = vault.folder / "other.toml"
    record_line = text.splitlines()[1]
    other.write_text(text.replace(record_line, f'address = "{nobody}"\nlens = "{lens}"'))

    result = vault.run("inspect", "--config", other)

    assert result.exit_code == 2
    assert f"the vault at {nobody} has no code" in result.stderr


def test_a_node_that_does_not_answer_is_named_without_its_secret(vault):
    result = vault.run("inspect", TRIMTAB__NODE__URL="http://127.0.0.1:9/secret-key")

    assert result.exit_code == 1
    assert (
        "no answer from the node http://127.0.0.1:9/…: the connection could not be made; check "
        "the address and the network" in result.stderr
    )
    assert "secret-key" not in result.output


def test_an_account_without_gas_money_is_told_how_much_it_needs(vault):
    poor = Account.create()
    write_keystore(vault.folder / f"{poor.address}.json", poor, PASSWORD, work=2)
    mandate = vault.record.contract("Mandate")
    vault.sender("owner").send(mandate, "addKeeper(address)", poor.address)
    vault.move(ETH="1.3")

    result = vault.run("keeper", "once", "--live", who=poor.address)

    assert result.exit_code == 1
    assert f"{poor.address} holds 0 wei of the native currency" in result.stderr


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


def grow_stale(vault):
    vault.chain.set_next_timestamp(vault.chain.timestamp() + 4 * DAY)
    vault.chain.mine()


def answer(number):
    def publish(vault):
        (feed,) = [feed for feed in vault.world.market.feeds if feed.symbol == "ETH"]
        publication = ("setAnswer(int256,uint256)", number, vault.chain.timestamp())
        vault.sender("operator").send(feed.aggregator, *publication)

    return publish


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        pytest.param(grow_stale, " old, at most 3 d is accepted", id="stale"),
        pytest.param(answer(0), "the price of ETH is outside its bounds", id="zero"),
        pytest.param(answer(-5), "the price of ETH is outside its bounds", id="negative"),
    ],
)
def test_a_price_that_cannot_be_used_is_named_wherever_it_matters(vault, spoil, sentence):
    spoil(vault)

    held = vault.json("keeper", "once", "--live", who="keeper")
    looked = vault.run("inspect")
    examined = vault.run("doctor", who="keeper")

    assert held["action"] == "hold"
    assert sentence in held["sentence"]
    assert "value and drift unknown without every price" in looked.stdout
    assert "no rebalance is possible: the price of" in looked.stdout
    assert examined.exit_code == 1
    assert "fail price of ETH: " in examined.stdout
