"""What a decision needs to know of the world outside the vault."""

from dataclasses import dataclass

__all__ = ["MarketView"]


@dataclass(frozen=True, slots=True)
class MarketView:
    """Prices of acting, and the risk of not acting. Values are in the unit of account.

    Attributes
    ----------
    gas_price_wei
        Price of one gas, in wei of the native coin.
    native_price
        Value of one native coin.
    gas
        Gas that the rebalance would use.
    l1_fee_wei
        What a rollup charges beside gas for publishing the transaction, in wei.
    swap_cost
        What the swaps would lose against the oracle; 0 while quotes have not been asked for, so
        that a rebalance not even worth its gas needs none.
    swap_gas
        Gas of a rebalance of one swap; 0 takes `gas`.
    pair_costs
        What routes were quoted at: seller, buyer, fee and impact, such that a swap of `x` costs
        `fee * x + impact * x**2` beside its gas, as fractions of NAV.
    covariance
        Covariance of the assets' returns per year, in the vault's order; empty if unknown, and
        then no benefit is weighed against cost.
    """

    gas_price_wei: int
    native_price: float
    gas: int
    l1_fee_wei: int = 0
    swap_cost: float = 0.0
    swap_gas: int = 0
    pair_costs: tuple[tuple[int, int, float, float], ...] = ()
    covariance: tuple[tuple[float, ...], ...] = ()
