"""Keep an on-chain portfolio on its target weights: the keeper and its Python interface."""

from importlib.metadata import version

__all__ = ["__version__"]

__version__ = version("trimtab")
"""Version of the installed package, as `MAJOR.MINOR.PATCH`."""
