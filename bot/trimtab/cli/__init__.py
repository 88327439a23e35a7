"""The command line: the only reader of configuration, where the other rooms are composed."""

import sys

from trimtab.cli.verbs import load_verbs

__all__ = ["main"]


def main() -> None:
    """Run the command line with the arguments of this process."""
    load_verbs(sys.argv[1:])()
