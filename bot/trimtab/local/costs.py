"""What a rebalance cost, told by the swaps in its receipt and the true prices of its step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from eth_typing import ChecksumAddress
from eth_utils.crypto import keccak

from trimtab.chain.answers import Log
from trimtab.chain.contracts import decode_result
from trimtab.deploy.pool_math import FEE_UNIT, Q96
from trimtab.domain.costs import gas_cost
from trimtab.local.figures import TradeCost
from trimtab.local.uniswap import LocalPool

SWAP_TOPIC = keccak(text="Swap(address,address,int256,int256,uint160,uint128,int24)")
"""First topic of a pool's event for a swap."""

_SWAP = ["int256", "int256", "uint160", "uint128", "int24"]


@dataclass(frozen=True, slots=True)
class Swap:
    """One swap in one pool.

    Attributes
    ----------
    pool
        The pool.
    change0, change1
        What the pool received of each token, below zero for what it paid, in smallest units.
    root_before
        Square root of the pool's price before it, as a Q64.96 number.
    """

    pool: LocalPool
    change0: int
    change1: int
    root_before: int


@dataclass(frozen=True, slots=True)
class GasPrice:
    """What gas costs in a scenario; never read from a local chain.

    Attributes
    ----------
    wei
        Price of one unit of gas, in wei.
    native
        Value of one native coin in the unit of account, or the symbol of the asset it is worth as
        much as.
    """

    wei: int
    native: float | str

    def cost(self, gas: int, prices: Mapping[str, Fraction]) -> float:
        """Value of an amount of gas, in the unit of account, at true prices by symbol."""
        native = self.native
        coin = float(prices[native]) if isinstance(native, str) else native
        return gas_cost(gas, self.wei, coin)


def swaps_in(
    logs: Iterable[Log],
    pools: Mapping[ChecksumAddress, LocalPool],
    roots: Mapping[ChecksumAddress, int],
) -> list[Swap]:
    """Every swap that the logs of one transaction tell of, in order.

    Parameters
    ----------
    logs
        Logs of the transaction.
    pools
        Pools that are known, by address; swaps elsewhere are left out.
    roots
        Square root of each pool's price before the transaction.
    """
    now = dict(roots)
    swaps = []
    for log in logs:
        if log.address in pools and log.topics[:1] == (SWAP_TOPIC,):
            change0, change1, root, _, _ = decode_result(_SWAP, log.data, "event Swap")
            swaps.append(Swap(pools[log.address], change0, change1, now[log.address]))
            now[log.address] = root
    return swaps


def trade_cost(
    swaps: Iterable[Swap], sold: Fraction, gas: float, prices: Mapping[str, Fraction]
) -> TradeCost:
    """Cost of one rebalance, split into what caused it.

    Parameters
    ----------
    swaps
        Its swaps, in order.
    sold
        True value of what the vault sold.
    gas
        Value of the gas it used.
    prices
        True values of whole tokens, by symbol.
    """
    parts = [_split(swap, prices) for swap in swaps]
    fee, impact, gap = (float(sum(part[i] for part in parts)) for i in range(3))
    return TradeCost(float(sold), fee, impact, gap, gas)


def _split(swap: Swap, prices: Mapping[str, Fraction]) -> tuple[Fraction, Fraction, Fraction]:
    """Fee, impact and gap of one swap; together the value it lost."""
    pool, forward = swap.pool, swap.change0 > 0
    unit0, unit1 = pool.token0.unit_value(prices), pool.token1.unit_value(prices)
    price: Fraction = Fraction(swap.root_before, Q96) ** 2
    paid, received = (swap.change0, -swap.change1) if forward else (swap.change1, -swap.change0)
    unit_in, unit_out, rate = (unit0, unit1, price) if forward else (unit1, unit0, 1 / price)
    fee = Fraction(paid * pool.fee, FEE_UNIT)
    expected = (paid - fee) * rate
    impact = (expected - received) * unit_out
    gap = (paid - fee) * unit_in - expected * unit_out
    return fee * unit_in, impact, gap
