"""What trading costs and what it is worth, as estimates in the unit of account."""

from collections.abc import Sequence

from trimtab.domain.units import wei_to_float

__all__ = ["SECONDS_PER_YEAR", "gas_cost", "tracking_loss"]

SECONDS_PER_YEAR = 31_557_600
"""A year of 365.25 days, in seconds."""


def gas_cost(gas: int, gas_price: int, native_price: float, l1_fee: int = 0) -> float:
    """Value of the gas of a transaction, in the unit of account.

    Parameters
    ----------
    gas
        Gas used.
    gas_price
        Price of one gas, in wei of the native coin.
    native_price
        Value of one native coin, in the unit of account.
    l1_fee
        What a rollup charges beside gas for publishing the transaction, in wei.
    """
    return wei_to_float(gas * gas_price + l1_fee) * native_price


def tracking_loss(
    deviations: Sequence[float], covariance: Sequence[Sequence[float]], risk_aversion: float
) -> float:
    """Yearly loss of being away from target, as a fraction of NAV: `risk_aversion / 2 * d' S d`.

    Parameters
    ----------
    deviations
        Weight minus target of each asset, as fractions: `d`.
    covariance
        Covariance of the assets' returns per year: `S`.
    risk_aversion
        Relative risk aversion, dimensionless.
    """
    variance = sum(
        first * second * entry
        for first, row in zip(deviations, covariance, strict=True)
        for second, entry in zip(deviations, row, strict=True)
    )
    return risk_aversion / 2 * variance
