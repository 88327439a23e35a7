"""The command line: the only reader of configuration, where the other rooms are composed."""

from trimtab.cli import config, deploy, doctor, hold, inspect, keeper, keys
from trimtab.cli.app import app

__all__ = ["app", "config", "deploy", "doctor", "hold", "inspect", "keeper", "keys", "main"]


def main() -> None:
    """Run the command line with the arguments of this process."""
    app()
