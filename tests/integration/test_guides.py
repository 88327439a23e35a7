"""Every command on the pages for holders and for those who govern runs, and shows what they say."""

from pathlib import Path

import pytest
from integration.cli_desk import open_desk
from integration.guide import play, steps_of
from trimtab.cli.vault_table import OPERATIONS
from trimtab.local.accounts import local_accounts

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    with open_desk(tmp_path_factory.mktemp("guides")) as found:
        proposer = local_accounts().owner.address
        text = found.config.read_text().replace(f'owner = "{proposer}"\n', "")
        lock = f'[deploy.timelock]\ndelay = "2 d"\nproposers = ["{proposer}"]\n'
        found.config.write_text(text + lock)
        found.deploy()
        yield found


def later(desk, seconds):
    if seconds:
        desk.chain.set_next_timestamp(desk.chain.timestamp() + seconds)
        desk.chain.mine()


@pytest.mark.parametrize("name", ["hold.md", "govern.md"])
def test_a_page_says_what_its_commands_do(desk, name, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    with desk.undone():
        count = play(desk, DOCS / name, later=later)

    assert count == sum(len(step.commands) for step in steps_of(DOCS / name)) >= 12


def test_the_page_lists_every_operation_with_its_roles():
    rows = [
        [cell.strip() for cell in line.strip("|\n ").split("|")]
        for line in (DOCS / "govern.md").read_text().split("## Every operation")[1].splitlines()
        if line.startswith("| `")
    ]

    listed = {row[0].strip("`"): tuple(row[1].split(", ")) for row in rows}
    assert listed == {name: known.roles for name, known in OPERATIONS.items()}
