"""What a local chain can do, whichever program runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, Self

from trimtab.errors import LocalChainError

if TYPE_CHECKING:
    from web3.providers.base import BaseProvider

CHAIN_ID = 131277322940537
"""Chain id of every local chain. It is the id that eth-tester's own chain has and cannot change."""

BLOCK_SECONDS = 12
"""Seconds from one block to the next when no timestamp was set, as on Ethereum mainnet."""

GAS_LIMIT = 30_000_000
"""Gas limit of every block."""

GENESIS_TIMESTAMP = 1_577_836_800
"""Timestamp of the first block unless another is given: 2020-01-01 00:00 UTC, in seconds."""

GENESIS_BASE_FEE = 7
"""Base fee of the first block, in wei: the least that stays where it is while blocks are small.

Any price that a scenario names is above it; what things cost there never depends on it."""

GENESIS_BALANCE = 10**24
"""Balance of every local account in the first block, in wei."""


class LocalChain(Protocol):
    """A chain of one machine, on which every transaction is mined at once in a block of its own.

    The block's timestamp is the one set last, or `BLOCK_SECONDS` after the block before.
    """

    @property
    def name(self) -> str:
        """Name of the program that runs the chain: `eth-tester` or `anvil`."""

    @property
    def provider(self) -> BaseProvider:
        """The web3 provider through which everything reaches this chain."""

    def timestamp(self) -> int:
        """Timestamp of the newest block, in seconds."""

    def set_next_timestamp(self, timestamp: int) -> None:
        """Give the next block this timestamp, in seconds.

        Raises
        ------
        LocalChainError
            If it is not later than the newest block's.
        """

    def mine(self) -> None:
        """Mine one block without a transaction."""

    def snapshot(self) -> str:
        """Name of the state as it is now, for `revert`."""

    def revert(self, snapshot: str) -> None:
        """Return to the state that `snapshot` names; it and later ones can't be used again."""

    def close(self) -> None:
        """Stop the chain. Closing twice does nothing."""

    def __enter__(self) -> Self:
        """The chain itself; it is closed at the end of the block."""

    def __exit__(self, *_: object) -> None:
        """Close the chain."""


def require_later(timestamp: int, newest: int) -> None:
    """Refuse a timestamp that no block after `newest` may have.

    Raises
    ------
    LocalChainError
        If `timestamp` is not later than `newest`, both in seconds.
    """
    if timestamp <= newest:
        raise LocalChainError(
            f"the next block cannot have timestamp {timestamp}: the newest block has {newest}; "
            f"give {newest + 1} or more"
        )
