"""Deploy a vault, one journalled transaction at a time; run again, it goes on where it stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from eth_typing import ChecksumAddress, HexStr

from trimtab.chain.answers import Receipt
from trimtab.chain.contracts import interface
from trimtab.chain.node import Call, Node
from trimtab.deploy.code import code_hash, is_ours
from trimtab.deploy.preview import Done, money_needed, preview
from trimtab.deploy.questions import Chain
from trimtab.deploy.record import (
    DeploymentRecord,
    Made,
    Seed,
    compose,
    read_record,
    record_path,
    write_record,
)
from trimtab.deploy.spec import DeploymentSpec
from trimtab.deploy.steps import Step, creations, slugs, step
from trimtab.deploy.survey import Survey, balance_findings, survey
from trimtab.errors import (
    CallReverted,
    DeploymentRefused,
    InvariantError,
    RecordError,
)
from trimtab.executor.executor import Executor
from trimtab.executor.fees import FeePolicy
from trimtab.executor.intents import Intent
from trimtab.store.journal import Journal, Subject

PLENTY_OF_GAS = 60_000_000
"""Gas that no deployment needs: who can pay for it need not be told what this one takes."""


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


def deploy(
    means: Means, spec: DeploymentSpec, folder: Path, *, report: Report = lambda _: None
) -> DeploymentRecord:
    """Deploy what `spec` says, unless it is there already, and write its record.

    Every contract is created once: a step that took effect in an earlier run is found in the
    journal by the specification's fingerprint. Approvals and the first deposit are judged by the
    state of the chain.

    Parameters
    ----------
    means
        Node, executor and journal.
    spec
        What to deploy.
    folder
        Where records stand.
    report
        Told of each step.

    Raises
    ------
    DeploymentRefused
        If the chain is not as the specification says. Nothing was sent.
    RecordError
        If a record of another deployment stands in the way.
    TrimtabError
        Whatever the executor raises; run again to go on.
    """
    path = record_path(folder, spec)
    standing = _standing(path, spec, means.node)
    if standing is not None:
        return standing
    found = survey(means.node, spec)
    means.executor.settle()
    run = _Run(means, spec, found, report)
    run.check_means()
    made = run.create_contracts()
    seed = run.seed_vault(made)
    record = compose(spec, found, made, seed, means.executor.address)
    write_record(path, record)
    return record


def _standing(path: Path, spec: DeploymentSpec, node: Node) -> DeploymentRecord | None:
    """The record of this very deployment, if there is one."""
    if not path.exists():
        return None
    record = read_record(path)
    if record.fingerprint != spec.fingerprint():
        raise RecordError(
            f"{path}: the record of another deployment stands here (fingerprint "
            f"{record.fingerprint}, expected {spec.fingerprint()}); move it away or choose another "
            "symbol"
        )
    for name, entry in record.content["contracts"].items():
        code = node.code(record.contract(name))
        if code_hash(code) != entry["code_hash"]:
            found = f"code with hash {code_hash(code)}" if code else "no code"
            raise RecordError(
                f"{path}: says that {name} lives at {entry['address']} with code hash "
                f"{entry['code_hash']}, but the node has {found} there: the record is of another "
                "chain, or the chain was reset; move the record away"
            )
    return record


class _Run:
    """One run of a deployment."""

    def __init__(self, means: Means, spec: DeploymentSpec, found: Survey, report: Report) -> None:
        self._means = means
        self._spec = spec
        self._found = found
        self._report = report
        self._deployer = means.executor.address

    def check_means(self) -> None:
        """Refuse to begin without the tokens of the first deposit and the money for all gas."""
        done = {slug: receipt.contract for slug, receipt in self._receipts()}
        if "seed" in done:
            return
        chain = Chain(self._means.node, self._found.block)
        lacking = list(balance_findings(chain, self._spec, self._found.seed, self._deployer))
        lacking += self._money_findings(done)
        if lacking:
            raise DeploymentRefused(lacking)

    def _receipts(self) -> Iterator[tuple[str, Receipt]]:
        """Steps that earlier runs did, with their receipts."""
        for slug in slugs(self._spec):
            receipt = self._receipt_of(slug)
            if receipt is not None:
                yield slug, receipt

    def _money_findings(self, done: Done) -> Iterator[str]:
        node = self._means.node
        fees, balance = self._means.fees.fees(node), node.balance(self._deployer)
        if balance >= PLENTY_OF_GAS * fees.max_fee:
            return
        planned = preview(node, self._spec, self._found, self._deployer, done)
        needed = money_needed(planned, fees)
        if balance < needed:
            yield (
                f"gas: the deployer {self._deployer} holds {balance} wei, expected {needed} for "
                f"{len(planned)} transactions"
            )

    def create_contracts(self) -> dict[str, Made]:
        """Every contract, made now or in an earlier run."""
        made: dict[str, Made] = {}
        for slug in creations(self._spec):
            addresses = {name: item.address for name, item in made.items()}
            made[slug] = self._create(self._step(slug, addresses), addresses)
        return made

    def seed_vault(self, made: dict[str, Made]) -> Seed:
        """The first deposit, made now or in an earlier run."""
        addresses = {name: item.address for name, item in made.items()}
        receipt = self._receipt_of("seed")
        if receipt is None:
            self._bind(addresses)
            for slug in slugs(self._spec):
                if slug.startswith("approve "):
                    self._approve(self._step(slug, addresses), made["Vault"].address)
            receipt = self._send(self._step("seed", addresses))
        else:
            self._report(StepDone("seed", None, None, 0))
        return _seed_in(receipt, made["Vault"].address)

    def _bind(self, addresses: dict[str, ChecksumAddress]) -> None:
        """Let the mandate govern the vault, unless an earlier run did."""
        if self._receipt_of("bind"):
            self._report(StepDone("bind", None, None, 0))
        else:
            self._send(self._step("bind", addresses))

    def _step(self, slug: str, addresses: dict[str, ChecksumAddress]) -> Step:
        return step(slug, self._spec, self._found, addresses)

    def _create(self, wanted: Step, addresses: dict[str, ChecksumAddress]) -> Made:
        receipt = self._receipt_of(wanted.slug)
        if receipt is None:
            receipt = self._send(wanted)
        else:
            self._report(StepDone(wanted.slug, receipt.contract, None, 0))
        address = receipt.contract
        if address is None:
            raise InvariantError(f"{receipt.transaction_hash} created no {wanted.slug}")
        code = self._means.node.code(address)
        if not is_ours(wanted.slug, code, addresses):
            raise InvariantError(
                f"the code at {address} is not that of {wanted.slug}: {len(code)} bytes with hash "
                f"{code_hash(code)}"
            )
        return Made(
            address,
            receipt.transaction_hash,
            receipt.block_number,
            code_hash(code),
            wanted.arguments,
            wanted.encoded,
        )

    def _approve(self, wanted: Step, vault: ChecksumAddress) -> None:
        """Approve the exact amount, unless the chain says so already."""
        if wanted.to is None:
            raise InvariantError(f"{wanted.slug} names no token")
        chain = Chain(self._means.node, self._means.node.head())
        granted = chain.ask(
            wanted.to, "allowance(address,address)", "uint256", self._deployer, vault
        )
        if granted == int.from_bytes(wanted.data[-32:], "big"):
            self._report(StepDone(wanted.slug, None, None, 0))
        else:
            self._send(wanted)

    def _send(self, wanted: Step) -> Receipt:
        subject, gas = self._subject(wanted.slug), self._gas(wanted)
        intent = Intent(subject, wanted.to, wanted.data, gas=gas)
        outcome = self._means.executor.submit(intent).require_success()
        done = StepDone(wanted.slug, outcome.contract, outcome.transaction_hash, outcome.gas_used)
        self._report(done)
        return self._known_receipt(outcome.transaction_hash)

    def _gas(self, wanted: Step) -> int | None:
        """None where the node can estimate, else the step's bound.

        The chain inside this process estimates at the machine's time, where every price is stale;
        whether the step would revert is for the executor's simulation to say.
        """
        try:
            self._means.node.estimate_gas(Call(wanted.to, wanted.data, self._deployer))
        except CallReverted:
            return wanted.gas_bound
        return None

    def _receipt_of(self, slug: str) -> Receipt | None:
        """Receipt of the transaction by which an earlier run did this step."""
        account = self._means.executor.account
        transaction = self._means.journal.effective(account, self._subject(slug))
        return None if transaction is None else self._known_receipt(transaction)

    def _known_receipt(self, transaction: str) -> Receipt:
        receipt = self._means.node.receipt(HexStr(transaction))
        if receipt is None:
            raise RecordError(
                f"the journal says that {transaction} was mined, but the node does not know it: "
                "the chain was reset or reorganised; wait, or begin with a new journal"
            )
        return receipt

    def _subject(self, slug: str) -> Subject:
        return Subject(f"deploy {self._spec.fingerprint()} {slug}"[:40])


def _seed_in(receipt: Receipt, vault: ChecksumAddress) -> Seed:
    events = interface("Vault").events_in(receipt.logs, "Seeded", of=vault)
    if len(events) != 1:
        raise InvariantError(f"{receipt.transaction_hash} seeded {vault} {len(events)} times")
    event = events[0]
    return Seed(
        shares=event["shares"],
        receiver=event["receiver"],
        assets=tuple(event["assets"]),
        transaction=receipt.transaction_hash,
        block=receipt.block_number,
    )
