"""The installed wheel works without the checkout."""

import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
import trimtab
from trimtab.chain import artifacts
from trimtab.deploy.networks import load_network, network_names
from trimtab.deploy.sources import compiler, source_name, standard_input
from trimtab.errors import StoreError
from trimtab.store.database import Database
from trimtab.store.journal import Account, Journal


def run(*arguments):
    command = [str(Path(sys.executable).parent / "trimtab"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_the_package_is_the_installed_one():
    assert "site-packages" in trimtab.__file__


def test_the_command_tells_its_version():
    result = run("--version")

    assert result.returncode == 0
    assert version("trimtab") in result.stdout


def test_every_contract_that_a_deployment_needs_is_in_the_wheel():
    needed = {"Accounting", "Mandate", "PriceOracle", "Rebalancing", "Vault", "VaultLens"}

    assert needed <= set(artifacts.names())
    assert all(artifacts.load(name).bytecode for name in needed)


def test_the_page_is_in_the_wheel():
    page = Path(trimtab.__file__).parent / "web" / "static"

    assert (page / "index.html").is_file()
    assert list(page.glob("assets/*.js"))


def test_the_demo_runs_on_what_the_wheel_carries_without_node_or_checkout(tmp_path):
    """The bytecode is Uniswap's, so its licences and where its sources are come with it."""
    home = {"HOME": str(tmp_path), "PATH": str(tmp_path)}
    command = [str(Path(sys.executable).parent / "trimtab"), "demo", "--days", "5"]
    result = subprocess.run(
        command, cwd=tmp_path, env=home, capture_output=True, text=True, timeout=300, check=False
    )

    assert result.returncode == 0, result.stderr
    assert "frictionless mix" in result.stdout
    shipped = Path(trimtab.__file__).parent / "local" / "shipped"
    notice = (shipped / "NOTICE").read_text()
    for package in ("v3-core", "v3-periphery", "swap-router-contracts"):
        assert (shipped / "@uniswap" / package / "LICENSE").is_file()
        assert re.search(rf"{package} [\d.]+: https://github.com/Uniswap/", notice)
    assert "Version 3, 29 June 2007" in (shipped / "COPYING-GPL-3").read_text()


def test_every_network_is_in_the_wheel():
    assert len(network_names()) == 9
    assert {load_network(name).uniswap.quoter for name in network_names()}


def test_the_sources_of_every_contract_are_in_the_wheel():
    sources = standard_input({})["sources"]

    assert compiler().startswith("v0.8.")
    assert sources[source_name("Vault").partition(":")[0]]["content"].startswith("// SPDX")


def test_a_journal_is_made_by_the_migrations_in_the_wheel(tmp_path):
    for _ in range(2):
        with Database(tmp_path / "journal.db") as database:
            assert Journal(database).proven(Account(1, "0x")) == 0


def test_without_its_extra_postgresql_says_what_to_install():
    with pytest.raises(StoreError, match=r"install trimtab\[postgres\]"):
        Database("postgresql://127.0.0.1/journal")


def test_a_verb_that_lacks_its_extra_says_what_to_install():
    result = run("backtest", "--prices", "x.csv")

    assert result.returncode == 2
    assert "pip install 'trimtab[research]'" in result.stderr


def test_an_unknown_command_is_refused_with_a_message():
    result = run("no-such-command")

    assert result.returncode == 2
    assert "no-such-command" in result.stderr
