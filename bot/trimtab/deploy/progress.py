"""Steps that are sent once, however often a run is interrupted: the journal remembers them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from eth_typing import ChecksumAddress, HexStr

from trimtab.chain.answers import Receipt
from trimtab.chain.node import Call, Node
from trimtab.deploy.steps import Step
from trimtab.errors import CallReverted, RecordError
from trimtab.executor.executor import Executor
from trimtab.executor.fees import FeePolicy
from trimtab.executor.intents import Intent
from trimtab.store.journal import Journal, Subject
from trimtab.store.records import Account


@dataclass(frozen=True, slots=True)
class Means:
    """What a deployment works with; journal and fees are the executor's own."""

    node: Node
    executor: Executor
    journal: Journal
    fees: FeePolicy


@dataclass(frozen=True, slots=True)
class StepDone:
    """A step that has taken effect.

    Attributes
    ----------
    slug
        Name of the step.
    address
        Contract it created, or None.
    transaction
        Its transaction; None where an earlier run had done the step already.
    gas_used
        Gas it took; 0 if an earlier run had done it.
    """

    slug: str
    address: ChecksumAddress | None
    transaction: str | None
    gas_used: int


Report = Callable[[StepDone], None]
"""Told of each step as soon as it has taken effect."""


class Memory:
    """What the journal knows of the steps of one specification; it sends nothing.

    Parameters
    ----------
    journal, account
        The journal, and whose transactions are looked for in it.
    fingerprint
        Name of the specification.
    """

    def __init__(self, node: Node, journal: Journal, account: Account, fingerprint: str) -> None:
        self._node = node
        self._journal = journal
        self._account = account
        self._fingerprint = fingerprint

    def done(self, slugs: Iterable[str]) -> dict[str, ChecksumAddress | None]:
        """Those of some steps that took effect, with the contract that each created."""
        receipts = ((slug, self.receipt_of(slug)) for slug in slugs)
        return {slug: receipt.contract for slug, receipt in receipts if receipt is not None}

    def receipt_of(self, slug: str) -> Receipt | None:
        """Receipt of the transaction by which a step took effect, in this run or an earlier one.

        Raises
        ------
        RecordError
            If the journal knows of a transaction that the node does not.
        """
        transaction = self._journal.effective(self._account, self.subject(slug))
        return None if transaction is None else self.known_receipt(transaction)

    def known_receipt(self, transaction: str) -> Receipt:
        """The receipt of a transaction that took effect.

        Raises
        ------
        RecordError
            If the node does not know it.
        """
        receipt = self._node.receipt(HexStr(transaction))
        if receipt is None:
            raise RecordError(
                f"the journal says that {transaction} was mined, but the node does not know it: "
                "the chain was reset or reorganised; wait, or begin with a new journal"
            )
        return receipt

    def subject(self, slug: str) -> Subject:
        """What the journal calls a step."""
        return Subject(f"deploy {self._fingerprint} {slug}"[:40])


class Progress:
    """Does the steps of one specification, each once.

    Parameters
    ----------
    means
        Node, executor and journal.
    fingerprint
        Name of the specification.
    report
        Told of each step.
    """

    def __init__(self, means: Means, fingerprint: str, report: Report) -> None:
        self._means = means
        self._report = report
        account = means.executor.account
        self.memory = Memory(means.node, means.journal, account, fingerprint)

    def done(self, wanted: Step) -> Receipt:
        """The step's receipt; it is sent unless an earlier run did it."""
        receipt = self.memory.receipt_of(wanted.slug)
        if receipt is None:
            return self.send(wanted)
        self.skip(wanted.slug, receipt.contract)
        return receipt

    def skip(self, slug: str, address: ChecksumAddress | None = None) -> None:
        """Report a step that needs no transaction any more."""
        self._report(StepDone(slug, address, None, 0))

    def send(self, wanted: Step) -> Receipt:
        """Send a step and wait for its receipt."""
        subject, gas = self.memory.subject(wanted.slug), self._gas(wanted)
        intent = Intent(subject, wanted.to, wanted.data, gas=gas)
        outcome = self._means.executor.submit(intent).require_success()
        done = StepDone(wanted.slug, outcome.contract, outcome.transaction_hash, outcome.gas_used)
        self._report(done)
        return self.memory.known_receipt(outcome.transaction_hash)

    def _gas(self, wanted: Step) -> int | None:
        """None where the node can estimate, else the step's bound.

        The chain inside this process estimates at the machine's time, where every price is stale;
        whether the step would revert is for the executor's simulation to say.
        """
        sender = self._means.executor.address
        try:
            self._means.node.estimate_gas(Call(wanted.to, wanted.data, sender))
        except CallReverted:
            return wanted.gas_bound
        return None
