"""What every error of this package is."""


class TrimtabError(Exception):
    """Base class: `except TrimtabError` catches nothing but our own failures."""
