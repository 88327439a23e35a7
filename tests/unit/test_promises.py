"""Every promise that the contracts' page makes has a test that names it."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROMISES = re.findall(
    r"^\| (INV-\d+b?) \|", (ROOT / "contracts/README.md").read_text(), re.MULTILINE
)
FORGE_TESTS = [path.read_text() for path in sorted((ROOT / "tests/contracts").rglob("*.t.sol"))]


def test_the_page_makes_promises():
    assert len(PROMISES) >= 10


@pytest.mark.parametrize("promise", PROMISES)
def test_a_forge_test_names_the_promise(promise):
    named = re.compile(rf"{promise}\b|_{promise.replace('-', '')}_")

    assert any(named.search(text) for text in FORGE_TESTS)


SENDING = re.findall(
    r"^\| (TX-\d) \|.*\| (.*) \|$", (ROOT / "docs/sending.md").read_text(), re.MULTILINE
)


def test_the_page_on_sending_makes_promises():
    assert [promise for promise, _ in SENDING] == ["TX-1", "TX-2", "TX-3"]


@pytest.mark.parametrize(("promise", "shown_by"), SENDING)
def test_a_test_that_the_page_names_holds_the_promise(promise, shown_by):
    files = [ROOT / name for name in re.findall(r"`([^`]+)`", shown_by)]

    assert any(promise in file.read_text() for file in files)
