"""Whatever goes wrong, a person gets one message on the error stream and a telling exit code."""

import json
import stat
import subprocess
import sys

import pytest
import typer
from eth_account import Account
from trimtab.cli.app import Verbs
from trimtab.cli.keystore import open_keystore
from trimtab.cli.verbs import load_all
from trimtab.errors import BadInput, TransientError
from typer.testing import CliRunner

KEY = "4c" * 32


def run(*arguments, **options):
    return CliRunner().invoke(load_all(), [str(argument) for argument in arguments], **options)


def raising(error, name="verb"):
    probe = typer.Typer(cls=Verbs, pretty_exceptions_enable=False)

    @probe.callback()
    def root() -> None:
        pass

    @probe.command(name)
    def verb() -> None:
        raise error

    return CliRunner().invoke(probe, [name])


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (BadInput("mend [this]"), 2, "error: mend [this]\n"),
        (TransientError("try later"), 1, "error: try later\n"),
        (KeyboardInterrupt(), 130, "error: stopped\n"),
        (
            ValueError("odd"),
            1,
            "error: a fault in trimtab: ValueError: odd (set TRIMTAB_TRACEBACK=1 to see where)\n",
        ),
        (BadInput(f"key {KEY}"), 2, "error: key [hidden]\n"),
        (TransientError("https://me:pw@node.example/secret"), 1, "error: https://node.example/…\n"),
    ],
)
def test_a_failure_is_one_message_and_an_exit_code(error, code, message):
    result = raising(error)

    assert (result.exit_code, result.stderr, result.stdout) == (code, message, "")


def test_whoever_stops_a_verb_that_sends_is_told_of_the_journal():
    result = raising(KeyboardInterrupt(), "deploy")

    assert result.exit_code == 130
    assert "the journal is complete, and the next start goes on from it" in result.stderr


def test_an_interrupt_while_a_verb_is_loaded_ends_without_a_traceback():
    interrupting = """
import sys
class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == "typer":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupting())
from trimtab.cli import main
main()
"""

    ended = subprocess.run([sys.executable, "-c", interrupting], capture_output=True, check=False)

    assert (ended.returncode, ended.stderr) == (130, b"")


def test_a_fault_of_the_program_can_be_traced(monkeypatch):
    monkeypatch.setenv("TRIMTAB_TRACEBACK", "1")

    assert isinstance(raising(ValueError("odd")).exception, ValueError)


def test_an_unknown_verb_is_a_user_fault():
    assert run("rebalnce").exit_code == 2


def test_the_version_is_that_of_the_package():
    result = run("--version")

    assert result.exit_code == 0
    assert result.stdout.split()[0] == "trimtab"


def test_a_new_key_is_written_encrypted_and_only_its_address_is_shown(tmp_path):
    file = tmp_path / "keeper.json"

    result = run("keys", "new", file, env={"TRIMTAB_PASSWORD": "pw"})

    assert result.exit_code == 0
    account = open_keystore(file, "pw")
    assert result.stdout == f"{account.address}\n"
    assert account.key.hex() not in result.output + file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_key_is_imported_from_standard_input(tmp_path):
    file = tmp_path / "keeper.json"

    result = run("keys", "import", file, env={"TRIMTAB_PASSWORD": "pw"}, input=f"0x{KEY}\n")

    assert result.stdout == f"{Account.from_key(KEY).address}\n"
    assert KEY not in result.output
    assert json.loads(file.read_text())["version"] == 3


def test_without_a_password_nothing_is_written(tmp_path):
    result = run("keys", "new", tmp_path / "k.json", env={"TRIMTAB_PASSWORD": ""})

    assert result.exit_code == 2
    assert "set TRIMTAB_PASSWORD" in result.stderr
    assert not (tmp_path / "k.json").exists()


def test_the_example_configuration_passes_the_check(tmp_path):
    file = tmp_path / "trimtab.toml"
    file.write_text(run("config", "example").stdout)

    result = run("config", "check", "--config", file)

    assert (result.exit_code, result.stdout) == (0, f"{file}: no faults\n")


def test_the_check_lists_every_fault(tmp_path):
    file = tmp_path / "trimtab.toml"
    file.write_text('[node]\nurl = "x"\nchain_id = "one"\n')

    result = run("config", "check", "--config", file)

    assert result.exit_code == 2
    assert f"{file}:2: node.url" in result.stderr
    assert f"{file}:3: node.chain_id" in result.stderr
