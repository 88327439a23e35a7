"""The reference is made from the sources, so nothing in it can be out of date."""

import importlib
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[3] / "scripts"


@pytest.fixture(scope="module")
def reference():
    sys.path.insert(0, str(SCRIPTS))
    yield importlib.import_module("docs_reference")
    sys.path.remove(str(SCRIPTS))


def test_every_verb_has_its_help(reference):
    page = reference.commands()

    for name in ("trimtab inspect", "trimtab keeper run", "trimtab vault pause"):
        assert f"## {name}\n" in page


def test_every_external_function_of_the_vault_has_its_prose(reference):
    page = reference.contracts()

    assert "function redeemInKind(" in page
    assert "@notice" not in page
    assert "- `shares`: " in page


def test_links_out_of_the_documentation_become_words(reference):
    found = reference.on_page_markdown("see [promises](../contracts/README.md#promises), [x](a.md)")

    assert found == "see promises (`contracts/README.md#promises`), [x](a.md)"
