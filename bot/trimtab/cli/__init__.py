"""The command line: the only reader of configuration, where the other rooms are composed."""

from typing import Annotated

import typer

import trimtab

__all__ = ["main"]

app = typer.Typer(name="trimtab", no_args_is_help=True, add_completion=False)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"trimtab {trimtab.__version__}")
        raise typer.Exit


@app.callback()
def root(
    _version: Annotated[
        bool,
        typer.Option("--version", help="Show the version and exit.", callback=_print_version, is_eager=True),
    ] = False,
) -> None:
    """Keep an on-chain portfolio on its target weights."""


def main() -> None:
    """Run the command line with the arguments of this process."""
    app()
