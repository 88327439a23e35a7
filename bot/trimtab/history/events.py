"""The vault's events that move balances, as values. Amounts are in the smallest units.

Each field has the name of an argument of the event, as Python writes it.
"""

from __future__ import annotations

from dataclasses import dataclass

NOBODY = "0x" + "00" * 20
"""The address where shares come from and go to: the zero address."""


@dataclass(frozen=True, slots=True)
class Seeded:
    """The first assets came in, one amount for each asset."""

    shares: int
    assets: tuple[int, ...]
    receiver: str = NOBODY


@dataclass(frozen=True, slots=True)
class MintedInKind:
    """Shares were created against every asset."""

    shares: int
    assets: tuple[int, ...]
    receiver: str = NOBODY


@dataclass(frozen=True, slots=True)
class RedeemedInKind:
    """Shares were destroyed for every asset; `owed` is a bitmap of those set aside, not sent."""

    shares: int
    assets: tuple[int, ...]
    owed: int
    owner: str = NOBODY


@dataclass(frozen=True, slots=True)
class Deposit:
    """Shares were created against the base asset."""

    assets: int
    shares: int
    owner: str = NOBODY


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Shares were destroyed for the base asset."""

    assets: int
    shares: int
    owner: str = NOBODY


@dataclass(frozen=True, slots=True)
class FeeAccrued:
    """Shares were created for the recipient of the streaming fee."""

    shares: int
    recipient: str = NOBODY


@dataclass(frozen=True, slots=True)
class OwedClaimed:
    """An amount set aside earlier was paid out."""

    token: str
    assets: int
    holder: str = NOBODY


@dataclass(frozen=True, slots=True)
class SurplusAbsorbed:
    """A surplus began to vest; `unvested` is all that vests from now on."""

    token: str
    unvested: int


@dataclass(frozen=True, slots=True)
class SurplusVested:
    """A vested surplus joined the records."""

    token: str
    assets: int


@dataclass(frozen=True, slots=True)
class WrittenDown:
    """Records were lowered to what the vault has; both numbers are what is left."""

    token: str
    recorded: int
    owed: int


@dataclass(frozen=True, slots=True)
class LegSettled:
    """One asset was sold for another; values in WAD of the unit of account."""

    route_id: int
    token_in: str
    token_out: str
    amount_in: int
    amount_out: int
    value_in: int
    value_out: int


@dataclass(frozen=True, slots=True)
class Rebalanced:
    """All legs of a rebalance settled.

    Attributes
    ----------
    nonce
        Number of rebalances before it.
    nav_before, nav_after, drift_before, drift_after
        NAV and total drift, in WAD.
    loss, turnover
        Charges to the two buckets, in WAD of `nav_before`.
    """

    nonce: int
    nav_before: int
    nav_after: int
    drift_before: int
    drift_after: int
    loss: int
    turnover: int


@dataclass(frozen=True, slots=True)
class AssetListed:
    """An asset joined the list at its end."""

    token: str
    index: int


@dataclass(frozen=True, slots=True)
class AssetDelisted:
    """An asset left the list; the last one took its place."""

    token: str
    index: int


VaultEvent = (
    Seeded
    | MintedInKind
    | RedeemedInKind
    | Deposit
    | Withdraw
    | FeeAccrued
    | AssetListed
    | AssetDelisted
    | OwedClaimed
    | SurplusAbsorbed
    | SurplusVested
    | WrittenDown
    | LegSettled
    | Rebalanced
)
"""Any event that the ledger understands."""
