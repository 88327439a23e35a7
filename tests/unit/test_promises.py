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
