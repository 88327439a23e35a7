"""Pages of the documentation that are made from the sources: MkDocs calls `on_files`.

Commands come from the command line itself, configuration from the example that `trimtab config`
prints, contracts from their NatSpec, Python from docstrings; so none of them is written twice.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from importlib.resources import files as resources
from pathlib import Path
from typing import Any

import trimtab
import typer
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from trimtab.cli.verbs import load_all

ROOT = Path(__file__).resolve().parent.parent
INTERFACES = ROOT / "contracts" / "interfaces"
OUTSIDE_LINK = re.compile(
    r"\[([^\]]+)\]\((?:\.\./)?((?:contracts|bot|scripts|tests|deployments)/[^)]+|LICENSE)\)"
)

DECLARED = re.compile(
    r"((?:^[ \t]*///[^\n]*\n)+)"
    r"[ \t]*((?:function|event|error|struct|enum|interface)\s[^;{]*)",
    re.MULTILINE,
)
"""A block of NatSpec and the declaration beneath it."""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made from the sources."""
    readme = (ROOT / "README.md").read_text("utf-8").replace("](docs/", "](")
    pages = {
        "index.md": _without_outside_links(readme),
        "reference/commands.md": commands(),
        "reference/configuration.md": configuration(),
        "reference/contracts.md": contracts(),
        "reference/python.md": python(),
    }
    for path, text in pages.items():
        files.append(File.generated(config, path, content=text))
    return files


def on_page_markdown(markdown: str, **_: object) -> str:
    """Links to files outside the documentation become plain words."""
    return _without_outside_links(markdown)


def commands() -> str:
    """Every verb with its help, as a page."""
    root = typer.main.get_command(load_all())
    lines = ["# Commands", "", "Made from the command line's own help.", ""]
    for name, command in _commands(root, "trimtab"):
        text = command.get_help(typer.Context(command, info_name=name))
        lines += [f"## {name}", "", "```text", text, "```", ""]
    return "\n".join(lines)


def configuration() -> str:
    """The example file, which explains every key."""
    example = resources("trimtab.cli.settings").joinpath("example.toml").read_text("utf-8")
    intro = (
        "One TOML file; `trimtab config example` prints this, `trimtab config check` checks yours."
    )
    return f"# Configuration\n\n{intro}\n\n```toml\n{example}```\n"


def contracts() -> str:
    """The interfaces with their NatSpec, as a page."""
    lines = ["# Contracts", "", "Made from the NatSpec of `contracts/interfaces`.", ""]
    for path in sorted(INTERFACES.glob("*.sol")):
        lines += [f"## {path.stem}", ""]
        for prose, declared in DECLARED.findall(path.read_text("utf-8")):
            lines += ["```solidity", " ".join(declared.split()), "```", "", _prose(prose), ""]
    return "\n".join(lines)


def python() -> str:
    """What `import trimtab` offers, and each room of the package with its modules."""
    lines = ["# Python", "", inspect.getdoc(trimtab) or "", ""]
    for name in getattr(trimtab, "__all__", ()):
        lines += [
            f"## trimtab.{name}",
            "",
            "```text",
            inspect.getdoc(getattr(trimtab, name)) or "",
            "```",
            "",
        ]
    package = Path(str(resources("trimtab")))
    for room in sorted(path for path in package.iterdir() if (path / "__init__.py").is_file()):
        lines += [f"## {room.name}", "", _docstring(room / "__init__.py"), ""]
        modules = sorted(room.glob("*.py"))
        rows = [f"- `{m.stem}`: {_docstring(m)}" for m in modules if m.stem != "__init__"]
        lines += [*rows, ""]
    return "\n".join(lines)


def _commands(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    yield name, command
    children = getattr(command, "commands", {})
    for child in sorted(children):
        yield from _commands(children[child], f"{name} {child}")


def _prose(natspec: str) -> str:
    """NatSpec as Markdown: one paragraph a tag, parameters as a list."""
    text = re.sub(r"^[ \t]*///[ \t]?", "", natspec, flags=re.MULTILINE)
    text = re.sub(r"^@(notice|dev|title)\s+", "\n", text, flags=re.MULTILINE)
    text = re.sub(r"^@param (\w+) ", r"\n- `\1`: ", text, flags=re.MULTILINE)
    text = re.sub(r"^@return ", "\n- returns ", text, flags=re.MULTILINE)
    return text.replace("<", "&lt;").strip()


def _docstring(module: Path) -> str:
    """The first sentence of a module."""
    said = ast.get_docstring(ast.parse(module.read_text("utf-8"))) or ""
    return " ".join(said.split("\n\n")[0].split())


def _without_outside_links(markdown: str) -> str:
    """Links to files of the repository that are no pages, as plain words."""
    return OUTSIDE_LINK.sub(r"\1 (`\2`)", markdown)
