"""Every verb says how it is called, and a shell can complete all of them."""

import os
import shlex
import subprocess
import sys

import pytest
import typer
from trimtab.cli.verbs import VERBS, load_all, load_completed
from typer.testing import CliRunner

ROOT = typer.main.get_command(load_all())


def walk(command, path=()):
    """Every command below one, with the words that lead to it."""
    yield path, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from walk(inner, (*path, name))


COMMANDS = dict(walk(ROOT))


def shown_example(path):
    """The example in the help of a command, as it is printed."""
    result = CliRunner().invoke(load_all(), [*path, "--help"])
    assert result.exit_code == 0, result.output
    _, found, last = result.stdout.rpartition("Example:\n")
    assert found, f"trimtab {' '.join(path)} --help shows no example"
    (line,) = last.strip().splitlines()
    return shlex.split(line.partition(" > ")[0])


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_the_help_of_every_command_shows_a_call_that_it_accepts(path):
    program, *words = shown_example(path)

    assert program == "trimtab"
    assert tuple(words[: len(path)]) == path
    at = max((p for p in COMMANDS if tuple(words[: len(p)]) == p), key=len)
    called = COMMANDS[at]
    assert not hasattr(called, "commands"), f"{words} names no command"
    called.make_context(at[-1], words[len(at) :])


def test_there_are_as_many_commands_as_the_walk_is_meant_to_find():
    assert {path[0] for path in COMMANDS if path} == set(VERBS)
    assert len(COMMANDS) > 90


def completed(line, shell="bash"):
    """What a shell is offered for the last word of a line."""
    asked = {"_TRIMTAB_COMPLETE": f"complete_{shell}", "_TYPER_COMPLETE_ARGS": line}
    if shell == "bash":
        asked |= {"COMP_WORDS": line, "COMP_CWORD": str(line.count(" "))}
    app = load_completed(asked)
    return CliRunner().invoke(app, [], prog_name="trimtab", env=asked).stdout.split()


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("trimtab vault propose set-b", ["set-bands", "set-bounds"]),
        ("trimtab hold zap ", ["in", "out"]),
        ("trimtab hold redeem 5 --sk", ["--skip"]),
    ],
)
def test_a_shell_completes_what_follows_a_verb(line, offered):
    assert completed(line) == offered


def test_zsh_completes_as_well():
    offered = " ".join(completed("trimtab hold zap ", "zsh"))

    assert '"in"' in offered
    assert '"out"' in offered


MAIN = (
    "import sys; sys.argv[1:] = {}; sys.argv[0] = 'trimtab'; from trimtab.cli import main; main()"
)


def test_verbs_are_completed_without_loading_any():
    loaded = "; ".join(
        [
            "import atexit, sys",
            "heavy = {'trimtab.cli.vault', 'numpy', 'sqlalchemy'}",
            "atexit.register(lambda: print(*sorted(heavy & set(sys.modules)), file=sys.stderr))",
        ]
    )
    asked = {"_TRIMTAB_COMPLETE": "complete_bash", "COMP_WORDS": "trimtab va", "COMP_CWORD": "1"}

    done = subprocess.run(
        [sys.executable, "-c", f"{loaded}; {MAIN.format([])}"],
        env=os.environ | asked,
        capture_output=True,
        check=False,
        text=True,
    )

    assert done.stdout.split() == ["vault"]
    assert not done.stderr.strip()


def test_the_script_for_a_shell_is_shown():
    script = f'{sys.executable} -c "{MAIN.format(["--show-completion"])}"; true'

    done = subprocess.run(["bash", "-c", script], capture_output=True, check=False, text=True)

    assert "complete -o default -F _trimtab_completion trimtab" in done.stdout, done.stderr
