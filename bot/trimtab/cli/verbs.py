"""Which module each verb lives in: only the verb that is called is loaded.

The demo draws with matplotlib and runs an EVM; a keeper, which runs for months, needs neither.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module

import typer

from trimtab.cli.app import app, application
from trimtab.errors import BadInput

VERBS = {
    "demo": "Watch a keeper hold a vault on a chain of its own.",
    "config": "Write and check the configuration file.",
    "keys": "Make and look at keystore files.",
    "deploy": "Create a vault with its rules, oracle and venues.",
    "doctor": "Check what is live against its record.",
    "verify": "Show or submit the sources to a block explorer.",
    "inspect": "Show the allocation, and why a rebalance is or is not due.",
    "serve": "Serve the vault's page, the operator's, and a JSON API.",
    "hold": "Join and leave a vault.",
    "keeper": "Rebalance when it is worth its cost.",
    "vault": "Govern a vault: each role does what it may.",
    "targets": "Make, show and schedule target weights.",
    "market": "Move a market of one's own on a testnet.",
    "report": "Report on a share of a vault, or on a backtest.",
    "tax": "Show tax lots, gains and losses.",
    "backtest": "Run a policy along past prices.",
    "stress": "Put a vault through bad times on a local chain.",
    "sweep": "Compare policies over many costs.",
    "timing": "Learn when to trade from past prices.",
    "prices": "Fetch and check past prices.",
}
"""Every verb, in the order in which people meet them, and what it does in one line.

Each is a module of this package that registers itself with the application.
"""

NEED_RESEARCH = ("backtest", "prices", "sweep", "timing")
"""Verbs whose modules load pandas or numba at once, which the extra `research` installs."""


NEED_NO_VERB = ("--version", "--install-completion", "--show-completion")
"""What the application answers by itself."""

COMPLETING = "_TRIMTAB_COMPLETE"
"""Set by a shell that asks how a line could go on."""

TYPED = ("COMP_WORDS", "_TYPER_COMPLETE_ARGS")
"""Where shells write the line: bash, and all others."""


def load_verbs(arguments: Sequence[str]) -> typer.Typer:
    """The application with the verb that `arguments` name, or a list of all if they name none."""
    named = [argument for argument in arguments if not argument.startswith("-")][:1]
    if set(arguments[:1]) & set(NEED_NO_VERB):
        return app
    if not named or not set(named) <= set(VERBS):
        return listed()
    _load(named[0])
    return app


def load_all() -> typer.Typer:
    """The application with every verb."""
    for verb in VERBS:
        _load(verb)
    return app


def load_completed(environment: Mapping[str, str]) -> typer.Typer:
    """The application as far as a shell needs it to complete a line: it waits for every key."""
    line = next((environment[name] for name in TYPED if name in environment), "")
    return load_verbs(line.split()[1:2])


def listed() -> typer.Typer:
    """An application that knows of each verb what it is called and does, and loads none."""
    found = application()
    for verb, summary in VERBS.items():
        found.command(verb, help=summary)(_nothing)
    return found


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
