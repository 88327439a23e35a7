"""What the guides quote from failures is what the program says."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
QUOTED = [
    (page, text)
    for page in ("testnet", "hold", "govern")
    for text in re.findall(
        r"^\| `([^`]+)` \| [A-Z`]",
        (ROOT / "docs" / f"{page}.md").read_text().partition("## If something ")[2],
        re.MULTILINE,
    )
]


def said_by_the_program():
    """Every text in the source; what a sentence is filled with stands as an ellipsis."""
    for file in (ROOT / "bot/trimtab").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value
            elif isinstance(node, ast.JoinedStr):
                yield "".join(
                    getattr(part, "value", "") if isinstance(part, ast.Constant) else "…"
                    for part in node.values
                )


SAID = "\n".join(said_by_the_program())


def test_each_guide_says_what_to_do_on_failures():
    pages = [page for page, _ in QUOTED]

    assert all(pages.count(page) >= 12 for page in ("testnet", "hold", "govern")), pages


@pytest.mark.parametrize(("page", "text"), QUOTED)
def test_what_a_guide_quotes_is_said_somewhere(page, text):
    assert text in SAID, f"docs/{page}.md quotes what nothing says: {text}"
