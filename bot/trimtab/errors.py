"""Everything this package raises on purpose.

TrimtabError
"""


class TrimtabError(Exception):
    """Base class: `except TrimtabError` catches nothing but our own failures."""
