"""A deployment on paper: every transaction with its gas, its cost and the address it creates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from eth_typing import ChecksumAddress

from trimtab.chain.node import Call, Node
from trimtab.deploy.networks import load_network
from trimtab.deploy.questions import Chain
from trimtab.deploy.spec import DeploymentSpec
from trimtab.deploy.steps import Step, created_address, slugs, step
from trimtab.deploy.survey import Survey
from trimtab.errors import CallReverted, NodeRefused
from trimtab.executor.fees import Fees

ENVELOPE = b"\xff" * 64
"""Stands for what a transaction carries beside its data, when its fee on Ethereum is asked for."""

Done = Mapping[str, ChecksumAddress | None]
"""Steps that have taken effect, with the contract that each created."""

NEEDS_EARLIER = ("bind", "seed")
"""Steps whose callee does not exist before: a node would take them for plain transfers."""


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A transaction that would be sent.

    Attributes
    ----------
    step
        The transaction.
    address
        Contract it would create, if nothing else is sent from the account before, or None.
    gas
        What it would use: the node's estimate, or a bound where it needs an earlier step.
    estimated
        Whether `gas` is the node's estimate.
    l1_fee
        What a rollup charges for its data beside gas, in wei.
    """

    step: Step
    address: ChecksumAddress | None
    gas: int
    estimated: bool
    l1_fee: int = 0

    def cost(self, price: int) -> int:
        """What it costs at a price of gas, both in wei."""
        return self.gas * price + self.l1_fee


def preview(
    node: Node,
    spec: DeploymentSpec,
    found: Survey,
    deployer: ChecksumAddress,
    done: Done | None = None,
) -> tuple[PlannedStep, ...]:
    """Every transaction of a deployment that is not among those done."""
    return tuple(_planned(node, spec, found, deployer, done or {}))


def money_needed(planned: tuple[PlannedStep, ...], fees: Fees) -> int:
    """What an account must hold before the first transaction, in wei.

    Every step at the price that is expected, and for the dearest what it may cost at most.
    """
    room = max((item.gas for item in planned), default=0) * (fees.max_fee - fees.expected)
    return sum(item.cost(fees.expected) for item in planned) + room


def _planned(
    node: Node, spec: DeploymentSpec, found: Survey, deployer: ChecksumAddress, done: Done
) -> Iterator[PlannedStep]:
    nonce = node.transaction_count(deployer)
    addresses = {slug: address for slug, address in done.items() if address is not None}
    oracle = _l1_oracle(spec)
    for slug in slugs(spec):
        if slug in done:
            continue
        wanted = step(slug, spec, found, addresses)
        address = None
        if wanted.contract is not None:
            address = created_address(deployer, nonce)
            addresses[slug] = address
        nonce += 1
        gas = _estimate(node, wanted, deployer)
        fee = _l1_fee(Chain(node, found.block), oracle, wanted)
        yield PlannedStep(wanted, address, gas or wanted.gas_bound, gas is not None, fee)


def _estimate(node: Node, wanted: Step, deployer: ChecksumAddress) -> int | None:
    """The node's estimate, or None where the step calls what does not exist yet."""
    if wanted.slug in NEEDS_EARLIER:
        return None
    try:
        return node.estimate_gas(Call(wanted.to, wanted.data, deployer))
    except (CallReverted, NodeRefused):
        return None


def _l1_oracle(spec: DeploymentSpec) -> str | None:
    """The contract that knows what data costs on Ethereum, where that is charged beside gas."""
    fee = load_network(spec.network).l1_fee if spec.network else None
    return fee.contract if fee is not None and fee.model == "optimism" else None


def _l1_fee(chain: Chain, oracle: str | None, wanted: Step) -> int:
    if oracle is None:
        return 0
    fee = chain.ask(oracle, "getL1Fee(bytes)", "uint256", ENVELOPE + wanted.data)
    return int(fee or 0)
