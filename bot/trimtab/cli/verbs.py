"""Which module each verb lives in: only the verb that is called is loaded.

The demo draws with matplotlib and runs an EVM; a keeper, which runs for months, needs neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

import typer

from trimtab.cli.app import app

VERBS = (
    "backtest",
    "config",
    "demo",
    "deploy",
    "doctor",
    "hold",
    "inspect",
    "keeper",
    "keys",
    "market",
    "prices",
    "report",
    "serve",
    "stress",
    "sweep",
    "targets",
    "tax",
    "vault",
    "verify",
)
"""Every verb; each is a module of this package that registers itself with the application."""


def load_verbs(arguments: Sequence[str]) -> typer.Typer:
    """The application with the verb that `arguments` name, or with all verbs if they name none."""
    named = [argument for argument in arguments if not argument.startswith("-")][:1]
    wanted: Sequence[str] = named if set(named) <= set(VERBS) and named else VERBS
    if list(arguments) == ["--version"]:
        wanted = ()
    for verb in wanted:
        import_module(f"trimtab.cli.{verb}")
    return app
