"""The page for a testnet works as it stands: its file, and every command, on Sepolia's twin."""

import os
import re
import shlex
from pathlib import Path

import pytest
from integration.guide import unvarying
from integration.twin import open_twin
from trimtab.cli.verbs import load_verbs
from trimtab.deploy.record import read_record
from typer.testing import CliRunner

PAGE = Path(__file__).resolve().parents[2] / "docs" / "testnet.md"
BLOCK = re.compile(r"^```(sh|toml|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ETHER = 10**18
FUNDED = {"deployer": 3 * ETHER // 10, "keeper": ETHER // 20, "holder": ETHER // 20}
"""What the page says to send to each."""

PLACEHOLDERS = {"keeper": "0x" + "4" * 40, "holder": "0x" + "1" * 40}
GAS_PRICE = 5 * 10**9


class Reader:
    """Somebody who follows the page, block by block."""

    def __init__(self, twin):
        self.twin = twin
        self.addresses = {}
        self.environment = {}
        self.printed = ""
        self.commands = []

    def follow(self, kind, text):
        if kind == "sh":
            self.printed = ""
            for line in text.splitlines():
                self.type(line)
        elif kind == "toml":
            self.write(text)
        else:
            missing = [line for line in unvarying(text) if line not in unvarying(self.printed)]
            assert not missing, self.printed

    def type(self, line):
        program, *words = shlex.split(line)
        if program == "export":
            name, _, value = words[0].partition("=")
            self.environment[name] = value
            return
        assert program == "trimtab", line
        result = CliRunner().invoke(load_verbs(words), words, env=self.environment)
        assert result.exit_code == 0, f"{line}\n{result.output}"
        self.commands.append(line)
        self.printed += result.output
        if words[:2] == ["keys", "new"]:
            who = Path(words[2]).stem
            self.addresses[who] = result.stdout.strip()
            self.twin.request("anvil_setBalance", self.addresses[who], hex(FUNDED[who]))

    def write(self, text):
        for who, placeholder in PLACEHOLDERS.items():
            assert placeholder in text
            text = text.replace(placeholder, self.addresses[who])
        url = re.search(r'url = "(.*)"', text)[1]
        Path("vault.toml").write_text(text.replace(url, self.twin.chain.url))


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    """Somebody who has followed the page to its end."""
    home = Path.cwd()
    os.chdir(tmp_path_factory.mktemp("testnet"))
    try:
        with open_twin("sepolia") as twin:
            found = Reader(twin)
            for kind, text in BLOCK.findall(PAGE.read_text()):
                found.follow(kind, text)
            yield found
    finally:
        os.chdir(home)


def test_every_command_of_the_page_runs_as_it_stands(reader):
    typed = [line for line in PAGE.read_text().splitlines() if line.startswith("trimtab ")]

    assert reader.commands == typed
    assert len(typed) >= 20


def test_the_reader_ends_with_a_vault_that_rebalanced(reader):
    record = read_record(Path("deployments/11155111/TRIM3.json"))

    assert record.content["roles"]["keepers"] == [reader.addresses["keeper"]]
    assert "1 rebalance so far" in reader_runs(reader, "doctor")


def test_the_money_that_the_page_asks_for_is_enough_at_usual_prices(reader):
    """At 5 gwei in all, which is a busy day on Sepolia."""
    gas = dict.fromkeys(reader.addresses, 0)
    for number in range(1, reader.twin.node.head().number + 1):
        block = reader.twin.request("eth_getBlockByNumber", hex(number), True)
        for transaction in block["transactions"]:
            receipt = reader.twin.request("eth_getTransactionReceipt", transaction["hash"])
            for who, address in reader.addresses.items():
                if receipt["from"] == address.lower():
                    gas[who] += int(receipt["gasUsed"], 16)

    assert all(0 < gas[who] * GAS_PRICE < FUNDED[who] for who in gas), gas


def reader_runs(reader, *words):
    result = CliRunner().invoke(load_verbs(words), list(words), env=reader.environment)
    assert result.exit_code == 0, result.output
    return result.stdout
