"""A deployment on paper: every transaction with its gas and the address it would create."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from eth_typing import ChecksumAddress

from trimtab.chain.node import Call, Node
from trimtab.deploy.spec import DeploymentSpec
from trimtab.deploy.steps import Step, created_address, slugs, step
from trimtab.deploy.survey import Survey
from trimtab.errors import CallReverted, NodeRefused


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
    """

    step: Step
    address: ChecksumAddress | None
    gas: int
    estimated: bool


def preview(
    node: Node, spec: DeploymentSpec, found: Survey, deployer: ChecksumAddress
) -> tuple[PlannedStep, ...]:
    """Every transaction of a deployment from its beginning."""
    return tuple(_planned(node, spec, found, deployer))


def _planned(
    node: Node, spec: DeploymentSpec, found: Survey, deployer: ChecksumAddress
) -> Iterator[PlannedStep]:
    first = node.transaction_count(deployer)
    addresses: dict[str, ChecksumAddress] = {}
    for nonce, slug in enumerate(slugs(spec), start=first):
        wanted = step(slug, spec, found, addresses)
        address = None
        if wanted.contract is not None:
            address = created_address(deployer, nonce)
            addresses[slug] = address
        gas = _estimate(node, wanted, deployer)
        yield PlannedStep(wanted, address, gas or wanted.gas_bound, gas is not None)


def _estimate(node: Node, wanted: Step, deployer: ChecksumAddress) -> int | None:
    """The node's estimate, or None where the step calls what does not exist yet."""
    if wanted.slug == "seed":
        return None
    try:
        return node.estimate_gas(Call(wanted.to, wanted.data, deployer))
    except (CallReverted, NodeRefused):
        return None
