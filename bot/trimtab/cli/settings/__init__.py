"""The configuration file: what may stand in it, and how its faults are reported."""

from trimtab.cli.settings.load import load_settings
from trimtab.cli.settings.schema import Settings

__all__ = ["Settings", "load_settings"]
