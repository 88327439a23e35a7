"""The README's commands do what it says beside them, in its order, on a vault of one's own."""

import re
import shlex
from datetime import date, timedelta
from pathlib import Path

import pytest
from integration.cli_desk import open_desk
from trimtab.cli.verbs import load_verbs
from trimtab.local.accounts import local_accounts
from typer.testing import CliRunner

README = Path(__file__).resolve().parents[2] / "README.md"
FLAGS = re.MULTILINE | re.DOTALL
BLOCK = re.compile(r"^```sh\n(.*?)^```$", FLAGS)

HERE = {
    "deploy --network base": "deploy",  # the chain here is none of the networks
    "keeper run --live": "keeper once --live",  # which ends
}
"""What is run in the place of a command that needs another network or all day."""

ELSEWHERE = {"serve"}
"""Tested with a browser, and with every other page of the server."""

WHO = {"deploy": "deployer", "keeper": "keeper"}

SAYS = {
    "config example": "[vault]",
    "config check": "no faults",
    "keys new": "0x",
    "deploy": "Vault",
    "inspect": "drift",
    "doctor": "",
    "verify": "Vault",
    "hold mint": "USDC",
    "vault operations": "timelock",
    "keeper run": "hold",
}
"""A word of what each prints."""


def commands():
    (block,) = [text for text in BLOCK.findall(README.read_text()) if "config example" in text]
    for line in block.splitlines():
        words = shlex.split(line.partition("#")[0].partition(">")[0])
        if words[:1] == ["trimtab"] and words[1] not in ELSEWHERE:
            yield " ".join(words[1:])


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    with open_desk(tmp_path_factory.mktemp("readme")) as found:
        proposer = local_accounts().owner.address
        text = found.config.read_text().replace(f'owner = "{proposer}"\n', "")
        lock = f'[deploy.timelock]\ndelay = "2 d"\nproposers = ["{proposer}"]\n'
        found.config.write_text(text + lock)
        yield found


def test_each_command_says_what_the_readme_promises(desk, monkeypatch):
    monkeypatch.chdir(desk.folder)
    done = []
    for command in commands():
        words = HERE.get(command, command).split()
        result = desk.run(*words, who=WHO.get(words[0], "holder"))
        assert result.exit_code == 0, f"{command}\n{result.output}"
        told = next(word for start, word in SAYS.items() if command.startswith(start))
        assert told in result.output, f"{command}\n{result.output}"
        done.append(command)
        if words[0] == "deploy":
            desk.deploy()

    assert len(done) == len(list(commands())) >= 9


def test_the_example_of_a_configuration_is_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    example = CliRunner().invoke(load_verbs(["config"]), ["config", "example"])

    Path("trimtab.toml").write_text(example.stdout)
    result = CliRunner().invoke(load_verbs(["config"]), ["config", "check"])

    assert result.exit_code == 0, result.output
    assert "no faults" in result.output


def test_the_demo_runs_along_a_file_of_ones_own(tmp_path, monkeypatch):
    """The README's own options, on a short file of the form that it describes."""
    (line,) = re.findall(r"^scripts/(demo --prices .*?)\s+#", README.read_text(), FLAGS)
    words = shlex.split(line.replace("\\\n", " "))
    words[words.index("--to") + 1] = "2022-01-30"  # a month will do
    first = date(2022, 1, 1)
    rows = [
        f"{first + timedelta(days=day)},{29_000 + 600 * day},{1_800 - 20 * day},12,1"
        for day in range(40)
    ]
    monkeypatch.chdir(tmp_path)
    Path("FILE.csv").write_text("\n".join(["date,BTC,ETH,LINK,USDC", *rows]) + "\n")

    result = CliRunner().invoke(load_verbs(["demo"]), words)

    assert result.exit_code == 0, result.output
    assert int(re.search(r"^rebalances +(\d+)", result.output, re.MULTILINE)[1]) > 0
    assert Path("build/demo.png").stat().st_size > 0
