"""Everything this package raises on purpose. The first split is what the loop should do.

TrimtabError
├── TransientError        try again later: node unreachable, fee too low
├── RejectedByVault       the vault or the mandate refused: carries the decoded revert
├── BadInput              what was given cannot be used: the user must change it
│   └── ConfigError       a setting: names its file, line and key
├── LocalChainError       the embedded chain could not do what a scenario asked
└── InvariantError        a fault in this program: stop, do not retry
"""

from collections.abc import Mapping

__all__ = [
    "BadInput",
    "ConfigError",
    "InvariantError",
    "LocalChainError",
    "RejectedByVault",
    "TransientError",
    "TrimtabError",
]


class TrimtabError(Exception):
    """Base class: `except TrimtabError` catches nothing but our own failures."""


class TransientError(TrimtabError):
    """A failure that may not happen again on the next block."""


class RejectedByVault(TrimtabError):
    """A contract of ours refused a call, for a reason that it names.

    Attributes
    ----------
    name
        Name of the custom error, for example `SellsPastTarget`.
    args_by_name
        The error's arguments, by their names in the contract.
    sentence
        What was refused and why, in plain English.
    """

    def __init__(self, name: str, args_by_name: Mapping[str, object], sentence: str) -> None:
        super().__init__(f"{name}: {sentence}")
        self.name = name
        self.args_by_name = dict(args_by_name)
        self.sentence = sentence


class BadInput(TrimtabError):
    """Something given by the user cannot be used; the message says what would be."""


class ConfigError(BadInput):
    """A setting that cannot be used.

    Attributes
    ----------
    key
        Path of the setting, for example `vaults.0.policy.kind`.
    file
        File it was read from, or None if it came from elsewhere, such as a variable.
    line
        Line in that file, from 1, or None if it is not known.
    """

    def __init__(
        self, problem: str, *, key: str, file: str | None = None, line: int | None = None
    ) -> None:
        super().__init__(f"{_place(file, line)}{key}: {problem}")
        self.key = key
        self.file = file
        self.line = line


class LocalChainError(TrimtabError):
    """The embedded chain could not do what a scenario asked of it."""


class InvariantError(TrimtabError):
    """Something that cannot happen has happened: a fault in this program, not in its input."""


def _place(file: str | None, line: int | None) -> str:
    if file is None:
        return ""
    return f"{file}: " if line is None else f"{file}:{line}: "
