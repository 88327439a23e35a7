"""Run the command line as `python -m trimtab`."""

from trimtab.cli import main

main()
