"""The command line: the only reader of configuration, where the other rooms are composed."""

import os
import sys

__all__ = ["INTERRUPTED", "main"]

INTERRUPTED = 130
"""Exit code after Ctrl-C."""


def main() -> None:
    """Run the command line with the arguments of this process."""
    try:
        # Loading a verb takes a second, in which Ctrl-C is to end the process without a traceback.
        from trimtab.cli import verbs  # noqa: PLC0415 (what is loaded is guarded)

        completing = verbs.COMPLETING in os.environ
        run = verbs.load_completed(os.environ) if completing else verbs.load_verbs(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    run()
