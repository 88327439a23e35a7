"""On a twin of every network: from nothing to a rebalance and an exit, by commands alone."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from integration.twin import Twin, open_twin, vault_file, write_record_into
from trimtab.cli.keystore import write_keystore
from trimtab.cli.verbs import load_verbs
from trimtab.deploy.networks import network_names
from trimtab.deploy.record import read_record
from trimtab.local.accounts import local_accounts
from typer.testing import CliRunner

PASSWORD = "correct horse"


@dataclass(frozen=True)
class Bench:
    """A person's folder beside a twin."""

    twin: Twin
    folder: Path

    @property
    def config(self):
        return self.folder / "vault.toml"

    def run(self, *arguments, who="deployer"):
        settings = {
            "TRIMTAB_PASSWORD": PASSWORD,
            "TRIMTAB_CONFIG": str(self.config),
            "TRIMTAB__KEYS__KEYSTORE": f"{who}.json",
        }
        words = [str(argument) for argument in arguments]
        return CliRunner().invoke(load_verbs(words), words, env=settings)

    def done(self, *arguments, who="deployer"):
        result = self.run(*arguments, who=who)
        assert result.exit_code == 0, result.output
        return result


def bench_at(twin, folder):
    """A folder with keystores and a vault's file."""
    for who in ("deployer", "keeper", "holder"):
        write_keystore(folder / f"{who}.json", getattr(local_accounts(), who), PASSWORD, work=2)
    bench = Bench(twin, folder)
    bench.config.write_text(vault_file(twin.network, twin.chain.url))
    return bench


@pytest.fixture(scope="module", params=network_names())
def bench(request, tmp_path_factory):
    with open_twin(request.param) as twin:
        yield bench_at(twin, tmp_path_factory.mktemp(request.param))


def test_from_nothing_to_a_rebalance_and_an_exit_by_commands_alone(bench):
    network = bench.twin.network.name
    dry = bench.done("deploy", "--network", network)
    bench.done("deploy", "--network", network, "--live")
    (file,) = bench.folder.glob("deployments/*/TWIN.json")
    record = read_record(file)
    for contract in record.content["contracts"].values():
        assert contract["address"] in dry.stdout
    write_record_into(bench.config, file)
    bench.done("doctor")

    bench.twin.move(WETH=2)
    step = json.loads(bench.done("keeper", "once", "--live", "--json", who="keeper").stdout)
    assert step["action"] == "rebalance", step
    bench.done("hold", "redeem", "all", "--live", who="holder")

    token = bench.twin.tokens["WETH"]
    held = token.balance(bench.twin.operator, local_accounts().holder.address)
    assert held > 10 ** (token.decimals + 5)
