"""Every operation of `trimtab vault` is run by command, for good, by a test on a real chain."""

import ast
from pathlib import Path

import pytest
from trimtab.cli.vault_table import OPERATIONS

TESTS = Path(__file__).resolve().parents[2] / "integration"
FOR_GOOD = ("does", "through")
"""Helpers that run an operation to its end and fail unless it succeeds."""


def operations_run():
    """Names of the tests that run each operation for good, by operation."""
    found = {}
    for file in sorted(TESTS.glob("test_governance*.py")):
        for test in ast.parse(file.read_text()).body:
            if isinstance(test, ast.FunctionDef) and test.name.startswith("test_"):
                for name in _run_in(test):
                    found.setdefault(name, []).append(f"{file.name}::{test.name}")
    return found


def _run_in(test):
    for call in ast.walk(test):
        if not isinstance(call, ast.Call) or getattr(call.func, "id", "") not in FOR_GOOD:
            continue
        words = [word.value for word in call.args[1:2] if isinstance(word, ast.Constant)]
        # What stands after the verb is checked by the chain; the verb alone is counted here.
        yield from (word for word in words if isinstance(word, str))


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_an_operation_is_run_by_command(name):
    assert operations_run().get(name), f"no test runs trimtab vault {name} for good"


def test_an_operation_that_no_test_names_would_be_missed():
    assert "renounce-everything" not in operations_run()
