"""Which module each verb lives in: only the verb that is called is loaded.

The demo draws with matplotlib and runs an EVM; a keeper, which runs for months, needs neither.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module

import typer

from trimtab.cli.app import app
from trimtab.errors import BadInput

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

NEED_RESEARCH = ("backtest", "prices", "sweep")
"""Verbs whose modules load pandas or numba at once, which the extra `research` installs."""


NEED_NO_VERB = ("--version", "--install-completion", "--show-completion")
"""What the application answers by itself."""

COMPLETING = "_TRIMTAB_COMPLETE"
"""Set by a shell that asks how a line could go on."""

TYPED = ("COMP_WORDS", "_TYPER_COMPLETE_ARGS")
"""Where shells write the line: bash, and all others."""


def load_verbs(arguments: Sequence[str]) -> typer.Typer:
    """The application with the verb that `arguments` name, or with all verbs if they name none."""
    named = [argument for argument in arguments if not argument.startswith("-")][:1]
    wanted: Sequence[str] = named if set(named) <= set(VERBS) and named else VERBS
    if set(arguments[:1]) & set(NEED_NO_VERB):
        wanted = ()
    for verb in wanted:
        _load(verb)
    return app


def load_completed(environment: Mapping[str, str]) -> typer.Typer:
    """The application as far as a shell needs it to complete a line: it waits for every key."""
    line = next((environment[name] for name in TYPED if name in environment), "")
    typed = line.split()[1:2]
    if set(typed) & set(VERBS):
        return load_verbs(typed)
    for verb in VERBS:
        app.command(verb)(_nothing)
    return app


def _nothing() -> None:
    """Stand for a verb of which only the name is asked."""


def _load(verb: str) -> None:
    try:
        import_module(f"trimtab.cli.{verb}")
    except ModuleNotFoundError as error:
        if verb not in NEED_RESEARCH:
            raise
        _stand_in(verb, str(error.name))


def _stand_in(verb: str, missing: str) -> None:
    """Register a verb that says what it lacks, so that the others work without it."""

    @app.command(verb, context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
    def lacking() -> None:
        """Not installed: needs the extra `research`."""
        raise BadInput(
            f"trimtab {verb} needs {missing}; install it with: pip install 'trimtab[research]'"
        )
