"""A person's desk for tests of the command line: a folder, a market, a vault that it deployed."""

import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest
from trimtab.cli.keystore import write_keystore
from trimtab.cli.settings.units import decimal_text, fraction_text, seconds_text
from trimtab.cli.verbs import load_verbs
from trimtab.deploy.record import read_record
from trimtab.domain.units import DAY
from trimtab.errors import LocalChainError
from trimtab.local.accounts import local_accounts
from trimtab.local.anvil import AnvilChain
from trimtab.local.blueprint import Blueprint
from trimtab.local.chain import CHAIN_ID
from trimtab.local.sender import Sender
from trimtab.local.synthetic import synthetic_history
from trimtab.local.world import SETUP_SECONDS, LocalWorld, build_local_world
from typer.testing import CliRunner
from web3.types import RPCEndpoint

PASSWORD = "correct horse"
WEIGHTS = (0.4, 0.3, 0.3)
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
        """Run a verb as somebody, or as nobody; variables override settings."""
        settings = {"TRIMTAB_PASSWORD": PASSWORD, "TRIMTAB_CONFIG": str(self.config)}
        if who:
            settings["TRIMTAB__KEYS__KEYSTORE"] = f"{who}.json"
        words = [str(argument) for argument in arguments]
        return CliRunner().invoke(load_verbs(words), words, env=settings | environment)

    def json(self, *arguments, **options):
        result = self.run(*arguments, "--json", **options)
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    def kill_while_sending(self, *arguments, who="holder"):
        """Run a verb until its transaction is on its way, kill it, and let the chain go on."""
        self._rpc("evm_setAutomine", False)
        environment = {
            **os.environ,
            "TRIMTAB_PASSWORD": PASSWORD,
            "TRIMTAB__KEYS__KEYSTORE": f"{who}.json",
            "TRIMTAB_CONFIG": str(self.config),
        }
        command = [sys.executable, "-m", "trimtab", *arguments]
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)
        for _ in range(1200):
            if int(self._rpc("txpool_status")["pending"], 16):
                break
            time.sleep(0.1)
        process.kill()
        process.communicate(timeout=30)
        self.chain.mine()
        self._rpc("evm_setAutomine", True)

    def _rpc(self, method, *parameters):
        return self.chain.provider.make_request(RPCEndpoint(method), list(parameters))["result"]

    def deploy(self):
        """Deploy the vault, dry and then live, and name its record in the configuration."""
        dry = self.run("deploy", who="deployer")
        live = self.run("deploy", "--live", who="deployer")
        assert live.exit_code == 0, live.output
        record = next(self.folder.glob("deployments/*/CLI.json")).relative_to(self.folder)
        self.config.write_text(f'[vault]\nrecord = "{record}"\n' + self.config.read_text())
        return dry, live

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


def settings_text(world, url, weights):
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
    for asset, weight in zip(spec.assets, weights, strict=True):
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
            f'weight = "{100 * weight:.6g} %"',
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


@contextmanager
def open_desk(folder, *, chain_id=CHAIN_ID, history=HISTORY, weights=WEIGHTS, crossing=True):
    """A desk in `folder` on a chain that mines by itself, with keystores and tokens."""
    blueprint = Blueprint(weights, chain_id=chain_id, crossing=crossing)
    try:
        chain = AnvilChain(history.timestamps[0] - SETUP_SECONDS, chain_id=chain_id)
    except LocalChainError as missing:
        pytest.skip(f"anvil is needed: {missing}")
    with chain:
        world = build_local_world(chain, history, blueprint)
        chain.provider.make_request(RPCEndpoint("evm_setAutomine"), [True])
        found = Desk(folder, world, chain)
        for who in ("deployer", "keeper", "holder", "manager", "guardian", "owner"):
            write_keystore(folder / f"{who}.json", getattr(local_accounts(), who), PASSWORD, work=2)
        found.config.write_text(settings_text(world, chain.url, weights))
        for token in world.tokens.values():
            for who in ("deployer", "holder"):
                account = getattr(local_accounts(), who)
                token.mint(found.sender("operator"), account.address, 10 ** (token.decimals + 6))
        yield found
