"""What the user gave and cannot be used: the message says what would be."""

from collections.abc import Sequence

from trimtab.errors.base import TrimtabError


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
        self,
        problem: str,
        *,
        key: str,
        file: str | None = None,
        line: int | None = None,
    ) -> None:
        super().__init__(f"{_place(file, line)}{key}: {problem}")
        self.key = key
        self.file = file
        self.line = line


class ConfigFaults(BadInput):
    """Settings that cannot be used.

    Attributes
    ----------
    faults
        One line for each, with its place, its key, its value and what was expected.
    """

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


class KeystoreError(BadInput):
    """A keystore file or its password cannot be used. Never carries either's content."""


class RecordError(BadInput):
    """A deployment record cannot be read, or is not what its schema says."""


class DeploymentRefused(BadInput):
    """Nothing was deployed, because the chain is not as the configuration says.

    Attributes
    ----------
    findings
        One line for each contradiction.
    """

    def __init__(self, findings: Sequence[str]) -> None:
        super().__init__("\n".join(findings))
        self.findings = tuple(findings)


class PriceFileError(BadInput):
    """A file of prices that cannot be used.

    Attributes
    ----------
    file
        The file.
    line
        Line in it, from 1, or None if the file as a whole is at fault.
    column
        Name of the column, or None if no single one is at fault.
    """

    def __init__(
        self,
        problem: str,
        *,
        file: str,
        line: int | None = None,
        column: str | None = None,
    ) -> None:
        where = _place(file, line) + (f"column {column}: " if column else "")
        super().__init__(f"{where}{problem}")
        self.file = file
        self.line = line
        self.column = column


class MissingPrice(BadInput):
    """An asset has no price at a time.

    Attributes
    ----------
    asset, moment
        What is to be priced, and when.
    """

    def __init__(self, asset: str, moment: str, cause: str) -> None:
        super().__init__(f"no price of {asset} at {moment}: {cause}")
        self.asset = asset
        self.moment = moment


class WrongChain(BadInput):
    """The node serves another chain than the configuration names."""

    def __init__(self, expected: int, actual: int) -> None:
        super().__init__(
            f"the node serves chain {actual}, the configuration names chain {expected}: set "
            "node.chain_id, or name a node of that chain in node.url or node.urls"
        )
        self.expected = expected
        self.actual = actual


class NoContract(BadInput):
    """An address that must have code has none."""

    def __init__(self, address: str, what: str, block: int | str) -> None:
        super().__init__(
            f"{what} at {address} has no code at block {block}: check the address and the chain"
        )
        self.address = address


def _place(file: str | None, line: int | None) -> str:
    if file is None:
        return ""
    return f"{file}: " if line is None else f"{file}:{line}: "
