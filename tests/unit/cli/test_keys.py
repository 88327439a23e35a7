"""Keys live in keystore files: none is taken from a command line, and none is ever repeated."""

import pytest
from eth_account import Account
from trimtab.cli.keystore import write_keystore
from trimtab.cli.verbs import load_all
from typer.testing import CliRunner

KEY = "4c" * 32
PHRASE = "test test test test test test test test test test test junk"


def run(*arguments, **options):
    return CliRunner().invoke(load_all(), [str(argument) for argument in arguments], **options)


@pytest.mark.parametrize(
    "arguments",
    [
        ("import", KEY),
        ("import", f"0x{KEY}"),
        ("import", "key.json", f"0x{KEY}"),
        ("import", "key.json", f"--key=0x{KEY}"),
        ("import", "key.json", "--key", KEY.upper()),
        ("new", f"0x{KEY}"),
        ("show", KEY),
        ("import", "key.json", PHRASE),
        (f"0x{KEY}",),
    ],
)
def test_a_key_on_the_command_line_is_refused_and_not_repeated(arguments, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    result = run("keys", *arguments, env={"TRIMTAB_PASSWORD": "pw"}, input=f"{KEY}\n")

    assert result.exit_code == 2
    assert "stands on the command line (not repeated here)" in result.stderr
    for secret in (KEY, KEY.upper(), "junk"):
        assert secret not in result.output
    assert list(tmp_path.iterdir()) == []


def test_show_prints_the_address_and_asks_for_no_password(tmp_path):
    file = tmp_path / "k.json"
    write_keystore(file, Account.from_key(KEY), "pw", work=2)

    result = run("keys", "show", file)

    assert result.exit_code == 0
    assert result.output == f"{Account.from_key(KEY).address}\n"


def test_show_warns_of_a_file_that_others_can_read(tmp_path):
    file = tmp_path / "k.json"
    write_keystore(file, Account.from_key(KEY), "pw", work=2)
    file.chmod(0o644)

    assert "others can read" in run("keys", "show", file).stderr


def test_show_says_what_is_no_keystore(tmp_path):
    file = tmp_path / "k.json"
    file.write_text("{}")

    assert "not a keystore" in run("keys", "show", file).stderr
    assert "no such keystore" in run("keys", "show", tmp_path / "none.json").stderr
