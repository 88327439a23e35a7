"""What ends the work: records that contradict each other, a database, a fault of our own."""

from trimtab.errors.base import TrimtabError


class LedgerError(TrimtabError):
    """An event does not fit what the events before it left."""


class HistoryGap(LedgerError):
    """The events of a vault do not arrive at what it holds.

    Attributes
    ----------
    what, told, held
        What differs, what the events come to, and what the vault has.
    """

    def __init__(self, what: str, told: object, held: object) -> None:
        super().__init__(
            f"{what}: the events come to {told}, the vault has {held}: events are missing; read "
            "from the vault's first block, and from a node that keeps all logs"
        )
        self.what = what
        self.told = told
        self.held = held


class StoreError(TrimtabError):
    """The database is locked, broken or of another version. Nothing was sent."""


class TooManyFailures(TrimtabError):
    """The keeper failed on too many blocks in a row.

    Attributes
    ----------
    count
        Number of consecutive failures.
    """

    def __init__(self, count: int, last: str) -> None:
        super().__init__(f"{count} blocks failed in a row, the last one with: {last}")
        self.count = count


class LocalChainError(TrimtabError):
    """The embedded chain could not do what a scenario asked of it."""


class InvariantError(TrimtabError):
    """Something that cannot happen has happened: a fault in this program, not in its input."""
