"""Prices along which the local market moves."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from trimtab.domain.units import DAY
from trimtab.errors import BadInput


@dataclass(frozen=True, slots=True)
class PriceHistory:
    """Prices of some assets at rising times, without gaps.

    Attributes
    ----------
    timestamps
        When each row was true, in seconds since 1970, rising.
    assets
        Symbols, in the order of the columns; the first is the base asset.
    rows
        Prices of one whole token in the unit of account: one row for each timestamp, one column for
        each asset, all positive and finite.
    """

    timestamps: tuple[int, ...]
    assets: tuple[str, ...]
    rows: tuple[tuple[float, ...], ...]

    def __len__(self) -> int:
        return len(self.timestamps)

    def exact(self, step: int) -> dict[str, Fraction]:
        """Prices at a step, by symbol, exactly as the floats are."""
        return {a: Fraction(p) for a, p in zip(self.assets, self.rows[step], strict=True)}

    @property
    def interval(self) -> int:
        """Seconds from one row to the next."""
        return self.timestamps[1] - self.timestamps[0]

    @property
    def days(self) -> int:
        """Days that the rows cover, each row standing for one interval; rounded."""
        return round(len(self) * self.interval / DAY)


def require_assets(assets: tuple[str, ...]) -> None:
    """Refuse a choice of assets that no vault can hold.

    Raises
    ------
    BadInput
        If there are fewer than two, or one is named twice.
    """
    if len(assets) < 2:
        raise BadInput(f"a portfolio needs at least 2 assets, got {len(assets)}: {list(assets)}")
    twice = sorted({asset for asset in assets if assets.count(asset) > 1})
    if twice:
        raise BadInput(f"each asset can be named once; named more often: {', '.join(twice)}")
