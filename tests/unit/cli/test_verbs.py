"""A verb loads what it needs: a keeper that starts waits for no library that it may never use."""

import subprocess
import sys

import pytest

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


@pytest.fixture(scope="module")
def loaded():
    """Modules of a process that knows the keeper's verbs."""
    script = "from trimtab.cli.verbs import load_verbs; load_verbs(['keeper']); import sys; "
    done = subprocess.run(
        [sys.executable, "-c", script + "print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


@pytest.mark.parametrize("library", HEAVY)
def test_a_keeper_starts_without(loaded, library):
    assert "trimtab.keeper.keeper" in loaded
    assert library not in loaded
