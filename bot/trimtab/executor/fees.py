"""What is offered for gas (EIP-1559), at most, and for a replacement at least."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median_low
from typing import Protocol

from eth_abi.abi import encode
from eth_typing import ChecksumAddress
from eth_utils.crypto import keccak

from trimtab.chain.answers import FeeHistory
from trimtab.chain.node import Call
from trimtab.errors import FeeTooHigh, NodeAnsweredWrongly
from trimtab.executor.networks import Network
from trimtab.store.journal import LEAST_RAISE_PERMILLE, Attempt

HISTORY_BLOCKS = 20
"""Blocks whose tips are looked at."""

TIP_PERCENTILE = 50.0
"""Percentile of the tips paid in a block that is taken as its tip."""

MIN_TIP = 10**6
"""Least tip, in wei per gas, unless a network says otherwise."""

BASE_FEE_GROWTH = 200
"""Room for the base fee in percent, unless a network says otherwise."""

ENVELOPE = bytes(range(130))
"""Stands for what surrounds calldata in a transaction, signature included; it does not compress."""


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


class Caller(Protocol):
    """Whom a contract's answer is asked of: a node, as far as this goes."""

    def call(self, call: Call) -> bytes:
        """What a contract returns."""


class FeePolicy(Protocol):
    """Decides what is offered."""

    @property
    def ceiling(self) -> int | None:
        """Most that is ever offered, in wei per gas; None for no limit."""

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

    @property
    def ceiling(self) -> int | None:
        """None: a replacement offers what it has to."""
        return None

    def fees(self, source: FeeSource) -> Fees:  # noqa: ARG002 (the price is not the node's)
        """The fixed price."""
        return Fees(self.price, self.price, self.price)


@dataclass(frozen=True, slots=True)
class HistoryFees:
    """The middle of recent tips, and room for the base fee to grow.

    Attributes
    ----------
    ceiling
        Most that is ever paid, in wei per gas.
    growth
        Room for the base fee, in percent of the present one.
    least_tip
        Least tip, in wei per gas.
    """

    ceiling: int
    growth: int = BASE_FEE_GROWTH
    least_tip: int = MIN_TIP

    @classmethod
    def on(cls, network: Network, *, ceiling: int) -> HistoryFees:
        """Fees as a network wants them."""
        return cls(ceiling, network.base_fee_growth, network.least_tip)

    def fees(self, source: FeeSource) -> Fees:
        """The offer for the next block."""
        history = source.fee_history(HISTORY_BLOCKS, percentile=TIP_PERCENTILE)
        base = history.base_fees[-1]
        usual = median_low(history.rewards) if history.rewards else 0
        tip = max(self.least_tip, usual)
        expected = base + tip
        if expected > self.ceiling:
            raise FeeTooHigh(expected, self.ceiling)
        max_fee = min(base * self.growth // 100 + tip, self.ceiling)
        return Fees(max_fee, min(tip, max_fee), expected)


def outbid(fresh: Fees, before: Attempt, *, ceiling: int | None) -> Fees:
    """The offer of a replacement: at least the fresh one, and an eighth above the one before.

    Both fees are raised by 12.5 % or more, since no client takes less as a replacement.

    Raises
    ------
    FeeTooHigh
        If that is above the ceiling: what is there already is left to wait.
    """
    tip = max(fresh.priority_fee, _raised(before.priority_fee))
    max_fee = max(fresh.max_fee, _raised(before.max_fee), tip)
    if ceiling is not None and max_fee > ceiling:
        # A fresh offer leaves room that a replacement at the ceiling can do without.
        max_fee = max(ceiling, _raised(before.max_fee), tip)
        if max_fee > ceiling:
            raise FeeTooHigh(max_fee, ceiling)
    return Fees(max_fee, tip, max(fresh.expected, tip))


def _raised(fee: int) -> int:
    """The least fee that replaces `fee`, in wei per gas, rounded up."""
    return max(fee + 1, -(-fee * (1000 + LEAST_RAISE_PERMILLE) // 1000))


def l1_data_fee(node: Caller, oracle: ChecksumAddress | None, data: bytes) -> int:
    """What a rollup charges beside gas for a transaction with this calldata, in wei.

    Parameters
    ----------
    oracle
        The chain's GasPriceOracle; None where gas is all that is paid.
    """
    if oracle is None:
        return 0
    selector = keccak(text="getL1Fee(bytes)")[:4]
    answer = node.call(Call(oracle, selector + encode(["bytes"], [data + ENVELOPE])))
    if len(answer) != 32:
        raise NodeAnsweredWrongly(f"getL1Fee at {oracle}", f"{len(answer)} bytes", "32 bytes")
    return int.from_bytes(answer)
