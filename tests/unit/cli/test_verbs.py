"""A verb loads what it needs: a keeper that starts waits for no library that it may never use."""

import subprocess
import sys

import pytest
from trimtab.cli.verbs import VERBS, listed
from typer.testing import CliRunner

HEAVY = (
    "alembic",
    "apprise",
    "eth_account",
    "jsonschema",
    "matplotlib",
    "numba",
    "pandas",
    "psycopg",
    "sqlalchemy.dialects.postgresql",
    "web3",
)


def loaded_by(call):
    """Modules of a process after a call of `trimtab.cli.verbs`."""
    script = f"from trimtab.cli import verbs; verbs.{call}; import sys; "
    done = subprocess.run(
        [sys.executable, "-c", script + "print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


@pytest.fixture(scope="module")
def loaded():
    """Modules of a process that knows the keeper's verbs."""
    return loaded_by("load_verbs(['keeper'])")


@pytest.mark.parametrize("library", HEAVY)
def test_a_keeper_starts_without(loaded, library):
    assert "trimtab.keeper.keeper" in loaded
    assert library not in loaded


@pytest.mark.parametrize("arguments", [[], ["--help"], ["inpsect"]], ids=str)
def test_the_list_of_all_verbs_loads_none_of_them(arguments):
    known = loaded_by(f"load_verbs({arguments})")

    assert not known & {"numpy", *HEAVY, *(f"trimtab.cli.{verb}" for verb in VERBS)}


def test_the_list_says_of_every_verb_what_it_does_in_a_whole_line():
    shown = CliRunner().invoke(listed(), ["--help"]).stdout

    for verb, summary in VERBS.items():
        assert f"  {verb.ljust(9)} {summary}\n" in shown
