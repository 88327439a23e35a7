"""Deploy a vault, one journalled transaction at a time; run again, it goes on where it stopped."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from eth_typing import ChecksumAddress

from trimtab.chain.answers import Receipt
from trimtab.chain.contracts import interface
from trimtab.chain.node import Node
from trimtab.deploy.code import code_hash, is_ours
from trimtab.deploy.preview import Payer, money_findings, preview
from trimtab.deploy.progress import Means, Progress, Report
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
from trimtab.errors import DeploymentRefused, InvariantError, RecordError


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
    there = standing(path, spec, means.node)
    if there is not None:
        return there
    found = survey(means.node, spec)
    means.executor.settle()
    run = _Run(means, spec, found, report)
    run.check_means()
    made = run.create_contracts()
    seed = run.seed_vault(made)
    record = compose(spec, found, made, seed, means.executor.address)
    write_record(path, record)
    return record


def standing(path: Path, spec: DeploymentSpec, node: Node) -> DeploymentRecord | None:
    """The record of this very deployment, if there is one.

    Raises
    ------
    RecordError
        If it is that of another deployment, or the chain does not have what it names.
    """
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
        self._progress = Progress(means, spec.fingerprint(), report)
        self._deployer = means.executor.address

    def check_means(self) -> None:
        """Refuse to begin without the tokens of the first deposit and the money for all gas."""
        done = self._progress.memory.done(slugs(self._spec))
        if "seed" in done:
            return
        chain = Chain(self._means.node, self._found.block)
        lacking = list(balance_findings(chain, self._spec, self._found.seed, self._deployer))
        payer = Payer.now(self._means.node, self._deployer, self._spec.network)
        plan = partial(preview, payer, self._spec, self._found, done)
        lacking += money_findings(self._means, plan)
        if lacking:
            raise DeploymentRefused(lacking)

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
        receipt = self._progress.memory.receipt_of("seed")
        if receipt is None:
            self._progress.done(self._step("bind", addresses))
            for slug in slugs(self._spec):
                if slug.startswith("approve "):
                    self._approve(self._step(slug, addresses), made["Vault"].address)
            receipt = self._progress.send(self._step("seed", addresses))
        else:
            self._progress.skip("seed")
        return _seed_in(receipt, made["Vault"].address)

    def _step(self, slug: str, addresses: dict[str, ChecksumAddress]) -> Step:
        return step(slug, self._spec, self._found, addresses)

    def _create(self, wanted: Step, addresses: dict[str, ChecksumAddress]) -> Made:
        receipt = self._progress.done(wanted)
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
            self._progress.skip(wanted.slug)
        else:
            self._progress.send(wanted)


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
