"""What is offered for gas (EIP-1559), and the most that ever is."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median_low
from typing import Protocol

from trimtab.chain.answers import FeeHistory
from trimtab.errors import FeeTooHigh

HISTORY_BLOCKS = 20
"""Blocks whose tips are looked at."""

TIP_PERCENTILE = 50.0
"""Percentile of the tips paid in a block that is taken as its tip."""

MIN_TIP = 10**6
"""Least tip, in wei per gas: some chains report zeros and still want something."""

BASE_FEE_GROWTH = 2
"""Room for the base fee to grow: doubling takes six full blocks in a row."""


@dataclass(frozen=True, slots=True)
class Fees:
    """An offer for gas, in wei per gas.

    Attributes
    ----------
    max_fee
        Most that is paid in all.
    priority_fee
        Most that is paid as a tip.
    expected
        What is likely to be paid: the base fee now and the tip.
    """

    max_fee: int
    priority_fee: int
    expected: int


class FeeSource(Protocol):
    """Where fees come from: a node, as far as fees go."""

    def fee_history(self, blocks: int, *, percentile: float) -> FeeHistory:
        """Fees of the last blocks."""


class FeePolicy(Protocol):
    """Decides what is offered."""

    def fees(self, source: FeeSource) -> Fees:
        """The offer for a transaction that is sent now.

        Raises
        ------
        FeeTooHigh
            If no offer within the ceiling would be taken.
        """


@dataclass(frozen=True, slots=True)
class FixedFees:
    """One price for every transaction, whatever the chain's base fee says.

    With tip and maximum alike, a base fee below them makes the price paid exactly this one: the
    costs of a scenario belong to the scenario.

    Attributes
    ----------
    price
        Wei per gas; not below the chain's base fee.
    """

    price: int

    def fees(self, source: FeeSource) -> Fees:  # noqa: ARG002 (the price is not the node's)
        """The fixed price."""
        return Fees(self.price, self.price, self.price)


@dataclass(frozen=True, slots=True)
class HistoryFees:
    """The middle of recent tips, and room for the base fee to double.

    Attributes
    ----------
    ceiling
        Most that is ever paid, in wei per gas.
    """

    ceiling: int

    def fees(self, source: FeeSource) -> Fees:
        """The offer for the next block."""
        history = source.fee_history(HISTORY_BLOCKS, percentile=TIP_PERCENTILE)
        base = history.base_fees[-1]
        tip = max(MIN_TIP, median_low(history.rewards)) if history.rewards else MIN_TIP
        expected = base + tip
        if expected > self.ceiling:
            raise FeeTooHigh(expected, self.ceiling)
        max_fee = min(base * BASE_FEE_GROWTH + tip, self.ceiling)
        return Fees(max_fee, min(tip, max_fee), expected)
