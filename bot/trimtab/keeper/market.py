"""What acting costs, gathered when something is due."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from eth_typing import ChecksumAddress

from trimtab.domain.snapshot import VaultSnapshot
from trimtab.domain.units import price_to_float
from trimtab.errors import BadInput
from trimtab.executor.fees import Caller, FeePolicy, FeeSource, l1_data_fee
from trimtab.policy.market import MarketView

REBALANCE_GAS = 95_000
"""Gas of a rebalance before its assets and legs, measured with the contracts of this package."""

ASSET_GAS = 29_000
"""Gas that each asset adds, traded or not: its price, its record and its weight."""

SMALLEST_LEG_GAS = 105_000
"""Gas of the cheapest leg: one pool, no tick crossed."""

Covariance = tuple[tuple[float, ...], ...]
"""Covariance of the assets' returns per year, in the vault's order; empty if unknown."""


def base_gas(snapshot: VaultSnapshot) -> int:
    """Gas of a rebalance of this vault that no leg adds."""
    return REBALANCE_GAS + ASSET_GAS * len(snapshot.holdings)


class NativePrice(Protocol):
    """Value of the coin that gas is paid in."""

    def of(self, snapshot: VaultSnapshot) -> float:
        """Value of one native coin, in the unit of account."""


@dataclass(frozen=True, slots=True)
class FixedNativePrice:
    """A value that was given.

    Attributes
    ----------
    value
        Units of account for one native coin.
    """

    value: float

    def of(self, snapshot: VaultSnapshot) -> float:  # noqa: ARG002 (it does not depend on it)
        """The value given."""
        return self.value


@dataclass(frozen=True, slots=True)
class AssetNativePrice:
    """The vault's own price of an asset that stands for the native coin, such as WETH.

    Attributes
    ----------
    asset
        Symbol or address of the asset.
    """

    asset: str

    def of(self, snapshot: VaultSnapshot) -> float:
        """The price of the asset at the snapshot's block.

        Raises
        ------
        BadInput
            If the vault holds no such asset.
        """
        for holding in snapshot.holdings:
            if self.asset in (holding.symbol, holding.token):
                return price_to_float(holding.price, holding.decimals)
        held = ", ".join(holding.label for holding in snapshot.holdings)
        raise BadInput(f'gas is to be priced as "{self.asset}", expected one of the assets, {held}')


USUAL_CALLDATA = bytes(range(32)) * 13
"""Stands for the calldata of a rebalance of three legs, whose many zeros would cost less."""


class MarketSource(Protocol):
    """Where a keeper learns what acting costs."""

    def view(self, snapshot: VaultSnapshot) -> MarketView:
        """Costs at the time of the snapshot, for a rebalance of one leg without swap costs."""


class CostSource(FeeSource, Caller, Protocol):
    """Where costs are read: a node, as far as fees and contracts' answers go."""


@dataclass(frozen=True, slots=True)
class ChainMarket:
    """Costs from the fees of the day and the price of the native coin.

    Attributes
    ----------
    source, fees
        The node, and how an offer for gas is made from its fees.
    native
        Value of the coin that gas is paid in.
    covariance
        What tracking error is weighed by; empty turns the weighing of cost and benefit off.
    l1_oracle
        Contract that says what a rollup charges for data beside gas; None where gas is all.
    """

    source: CostSource
    fees: FeePolicy
    native: NativePrice
    covariance: Covariance = ()
    l1_oracle: ChecksumAddress | None = None

    def view(self, snapshot: VaultSnapshot) -> MarketView:
        """Costs at the time of the snapshot.

        Raises
        ------
        FeeTooHigh
            If gas costs more than its ceiling.
        """
        return MarketView(
            gas_price_wei=self.fees.fees(self.source).expected,
            native_price=self.native.of(snapshot),
            gas=base_gas(snapshot) + SMALLEST_LEG_GAS,
            l1_fee_wei=l1_data_fee(self.source, self.l1_oracle, USUAL_CALLDATA),
            swap_gas=base_gas(snapshot) + SMALLEST_LEG_GAS,
            covariance=self.covariance,
        )
