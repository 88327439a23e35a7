"""The application object that the verbs register with, and what every failure looks like."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text
from typer.core import TyperGroup

import trimtab
from trimtab.cli import INTERRUPTED
from trimtab.errors import BadInput, TrimtabError
from trimtab.telemetry import printable, redact

FAILED = 1
"""Exit code of a failure that is not the user's doing."""

USER_FAULT = 2
"""Exit code of something that the user must change."""

JOURNALLED = ("deploy", "hold", "keeper", "market", "vault")
"""Verbs that send through the journal."""

TRACEBACK_VARIABLE = "TRIMTAB_TRACEBACK"
"""Set to anything, an unforeseen failure shows where it happened."""

out = Console(highlight=False, markup=False)
"""Results: what a program may read."""

err = Console(stderr=True, highlight=False, markup=False)
"""Remarks and errors: what only a person reads."""

ConfigFile = Annotated[
    Path,
    typer.Option("--config", "-c", envvar="TRIMTAB_CONFIG", help="Configuration file."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]
Live = Annotated[
    bool, typer.Option("--live", help="Send transactions. Without it nothing is signed.")
]
DEFAULT_CONFIG = Path("trimtab.toml")


def example(words: str) -> str:
    """How the help of a verb ends: with one call of it, on a line of its own."""
    return f"\b\nExample:\n  trimtab {words}"


class Verbs(TyperGroup):
    """The group of all verbs: turns every failure into one message and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        """Run the verb that was named."""
        try:
            return super().invoke(ctx)
        except TrimtabError as error:
            complain(str(error))
            raise typer.Exit(USER_FAULT if isinstance(error, BadInput) else FAILED) from None
        except KeyboardInterrupt:
            journal = "; the journal is complete, and the next start goes on from it"
            complain("stopped" + (journal if ctx.invoked_subcommand in JOURNALLED else ""))
            raise typer.Exit(INTERRUPTED) from None
        except Exception as error:  # the outermost supervisor: a bug ends here, and is not hidden
            if _belongs_to_typer(error) or os.environ.get(TRACEBACK_VARIABLE):
                raise
            complain(
                f"a fault in trimtab: {type(error).__name__}: {error} "
                f"(set {TRACEBACK_VARIABLE}=1 to see where)"
            )
            raise typer.Exit(FAILED) from None


def complain(message: str) -> None:
    """Write an error to the standard error stream, with secrets taken out."""
    err.print(Text.assemble(("error: ", "red"), printable(redact(message))), soft_wrap=True)


def remark(message: str) -> None:
    """Write a remark to the standard error stream, out of the way of results."""
    err.print(message, soft_wrap=True)


def plain_table(first: str, *others: str) -> Table:
    """A table without lines: the first column is text, the others are numbers."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(first, no_wrap=True)
    for heading in others:
        table.add_column(heading, justify="right", no_wrap=True)
    return table


def _belongs_to_typer(error: Exception) -> bool:
    """Whether it is a usage error or a wish to exit, which typer itself turns into an exit."""
    return hasattr(error, "exit_code") or isinstance(error, typer.Abort)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"trimtab {trimtab.__version__}")
        raise typer.Exit


def _root(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", help="Show the version and exit.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Keep an on-chain portfolio on its target weights."""


def application() -> typer.Typer:
    """An application without verbs."""
    made = typer.Typer(
        name="trimtab",
        cls=Verbs,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        epilog=example("demo --days 60"),
    )
    made.callback()(_root)
    return made


app = application()
