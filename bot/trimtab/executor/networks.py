"""What differs between networks when sending: finality, fees, gas beside gas.

Every figure is a setting with a value that fits the network's kind; a chain that is not known here
is treated with the most caution.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from eth_typing import ChecksumAddress
from eth_utils.address import to_checksum_address

from trimtab.chain.answers import Block

OP_GAS_PRICE_ORACLE = to_checksum_address("0x420000000000000000000000000000000000000F")
"""Contract of every OP-stack chain that says what a transaction's data cost on layer 1."""


class Finalizing(Protocol):
    """What finality is read from: a node, as far as this goes."""

    def head(self) -> Block:
        """The newest block."""

    def finalized(self) -> Block:
        """The newest block that consensus holds to be final."""


@dataclass(frozen=True, slots=True)
class Finality:
    """When a block is held to be there for ever.

    Attributes
    ----------
    confirmations
        Blocks that must stand on top of it; 0 where blocks are never undone.
    tag
        Whether the chain's consensus must say so too, by its `finalized` block.
    """

    confirmations: int
    tag: bool = False

    def height(self, node: Finalizing) -> int:
        """Height of the newest block that is final; negative if none is.

        A node that calls its newest blocks finalized is not believed: the confirmations count.
        """
        deepest = node.head().number - self.confirmations
        return min(deepest, node.finalized().number) if self.tag else deepest


@dataclass(frozen=True, slots=True)
class Network:
    """How transactions are sent on a network.

    Attributes
    ----------
    kind
        What it is called in logs.
    finality
        When a transaction is final.
    gas_headroom
        Gas added to an estimate, in percent: prices move between the estimate and the block.
    base_fee_growth
        Room for the base fee, in percent of the present one; doubling takes six full blocks.
    least_tip
        Least tip, in wei per gas; some chains report zeros and still want something.
    l1_oracle
        Contract that says what a rollup charges for data beside gas; None where gas is all.
    """

    kind: str
    finality: Finality
    gas_headroom: int = 25
    base_fee_growth: int = 200
    least_tip: int = 10**6
    l1_oracle: ChecksumAddress | None = None


ETHEREUM = Network("ethereum", Finality(32, tag=True))
"""Two epochs pass before consensus calls a block final, about 13 minutes."""

OP_STACK = Network("op-stack", Finality(60, tag=True), l1_oracle=OP_GAS_PRICE_ORACLE)
"""Final once its data are final on layer 1; the data are paid for beside gas."""

ARBITRUM = Network(
    "arbitrum", Finality(60, tag=True), gas_headroom=60, base_fee_growth=200, least_tip=0
)
"""The data are part of gas, whose estimate moves with layer 1; tips are not looked at."""

POLYGON = Network("polygon", Finality(64, tag=True), least_tip=25 * 10**9)
"""Wants a tip of 25 gwei at least."""

LOCAL = Network("local", Finality(0))
"""A chain on this machine, whose blocks are never undone."""

CAUTIOUS = Network("unknown", Finality(128))
"""Blocks that no chain of note has ever undone, for want of a better rule."""

NETWORKS = {
    1: ETHEREUM,
    11155111: ETHEREUM,
    17000: ETHEREUM,
    560048: ETHEREUM,
    10: OP_STACK,
    130: OP_STACK,
    8453: OP_STACK,
    84532: OP_STACK,
    11155420: OP_STACK,
    42161: ARBITRUM,
    42170: ARBITRUM,
    421614: ARBITRUM,
    137: POLYGON,
    80002: POLYGON,
    1337: LOCAL,
    31337: LOCAL,
    131277322940537: LOCAL,
}
"""Networks by chain id; the last ones are Ganache's, Hardhat's and anvil's, and eth-tester's."""


def network_of(chain_id: int) -> Network:
    """How transactions are sent on a chain."""
    return NETWORKS.get(chain_id, CAUTIOUS)
