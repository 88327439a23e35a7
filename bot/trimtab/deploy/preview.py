"""A deployment on paper: every transaction with its gas, its cost and the address it creates."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Self

from eth_typing import ChecksumAddress

from trimtab.chain.node import Call, Node
from trimtab.deploy.networks import load_network
from trimtab.deploy.progress import Means
from trimtab.deploy.questions import Chain
from trimtab.deploy.spec import DeploymentSpec
from trimtab.deploy.steps import Step, created_address, slugs, step
from trimtab.deploy.survey import Survey
from trimtab.domain.phrases import coins_text
from trimtab.errors import CallReverted, NodeRefused
from trimtab.executor.fees import Fees

ENVELOPE = b"\xff" * 64
"""Stands for what a transaction carries beside its data, when its fee on Ethereum is asked for."""

Done = Mapping[str, ChecksumAddress | None]
"""Steps that have taken effect, with the contract that each created."""

PLENTY_OF_GAS = 300_000_000
"""Gas that no vault needs, with a market of its own: who can pay for it need not be told what this
one takes."""


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


@dataclass(frozen=True, slots=True)
class Payer:
    """Who would send, and with which transaction number it would begin.

    Attributes
    ----------
    node, address
        The node, and the account.
    nonce
        Number of its next transaction.
    l1_oracle
        The contract that knows what data costs on Ethereum, where that is charged beside gas.
    """

    node: Node
    address: ChecksumAddress
    nonce: int
    l1_oracle: str | None = None

    @classmethod
    def now(cls, node: Node, address: ChecksumAddress, network: str | None) -> Self:
        """An account as it stands, on a network that is known by this name."""
        fee = load_network(network).l1_fee if network else None
        oracle = fee.contract if fee is not None and fee.model == "optimism" else None
        return cls(node, address, node.transaction_count(address), oracle)

    def planned(self, wanted: Step) -> PlannedStep:
        """The step as the next transaction of this account."""
        address = created_address(self.address, self.nonce) if wanted.contract else None
        gas = self._estimate(wanted)
        fee = self._l1_fee(wanted)
        return PlannedStep(wanted, address, gas or wanted.gas_bound, gas is not None, fee)

    def _estimate(self, wanted: Step) -> int | None:
        """The node's estimate, or None where the step calls what does not exist yet.

        A node would take such a call for a plain transfer.
        """
        if wanted.to is not None and not self.node.code(wanted.to):
            return None
        try:
            return self.node.estimate_gas(Call(wanted.to, wanted.data, self.address))
        except (CallReverted, NodeRefused):
            return None

    def _l1_fee(self, wanted: Step) -> int:
        if self.l1_oracle is None:
            return 0
        chain = Chain(self.node, self.node.head())
        data = ENVELOPE + wanted.data
        return int(chain.ask(self.l1_oracle, "getL1Fee(bytes)", "uint256", data) or 0)


def preview(
    payer: Payer, spec: DeploymentSpec, found: Survey, done: Done | None = None
) -> tuple[PlannedStep, ...]:
    """Every transaction of a deployment that is not among those done."""
    return tuple(_planned(payer, spec, found, done or {}))


def money_findings(means: Means, plan: Callable[[], tuple[PlannedStep, ...]]) -> Iterator[str]:
    """What the account lacks for the transactions of a plan; it is made only if it may matter."""
    fees, payer = means.fees.fees(means.node), means.executor.address
    balance = means.node.balance(payer)
    if balance >= PLENTY_OF_GAS * fees.max_fee:
        return
    planned = plan()
    needed = money_needed(planned, fees)
    if balance < needed:
        yield (
            f"gas: the deployer {payer} holds {coins_text(balance)}, expected "
            f"{coins_text(needed)} for {len(planned)} transactions"
        )


def money_needed(planned: tuple[PlannedStep, ...], fees: Fees) -> int:
    """What an account must hold before the first transaction, in wei.

    Every step at the price that is expected, and for the dearest what it may cost at most.
    """
    room = max((item.gas for item in planned), default=0) * (fees.max_fee - fees.expected)
    return sum(item.cost(fees.expected) for item in planned) + room


def _planned(
    payer: Payer, spec: DeploymentSpec, found: Survey, done: Done
) -> Iterator[PlannedStep]:
    addresses = {slug: address for slug, address in done.items() if address is not None}
    for slug in slugs(spec):
        if slug in done:
            continue
        planned = payer.planned(step(slug, spec, found, addresses))
        if planned.address is not None:
            addresses[slug] = planned.address
        yield planned
        payer = replace(payer, nonce=payer.nonce + 1)
