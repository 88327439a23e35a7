"""`trimtab config`: a model of the configuration file, and a check of yours."""

from __future__ import annotations

import os
from importlib.resources import files

import typer

from trimtab.cli.app import DEFAULT_CONFIG, ConfigFile, app, example, out
from trimtab.cli.settings import load_settings

config = typer.Typer(
    help="Write and check the configuration file.",
    no_args_is_help=True,
    epilog=example("config check"),
)
app.add_typer(config, name="config")


@config.command(name="example", epilog=example("config example > trimtab.toml"))
def example_verb() -> None:
    """Print a model of the file, with every key explained."""
    typer.echo(files("trimtab.cli.settings").joinpath("example.toml").read_text(), nl=False)


@config.command(epilog=example("config check --config vault.toml"))
def check(file: ConfigFile = DEFAULT_CONFIG) -> None:
    """Check the file and the TRIMTAB__ variables, without asking any node."""
    load_settings(file, os.environ)
    out.print(f"{file}: no faults", soft_wrap=True)
