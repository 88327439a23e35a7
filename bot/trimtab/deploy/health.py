"""Whether a vault is what its record says, and fit to trade: one line for each thing looked at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from eth_typing import ChecksumAddress
from eth_utils.address import to_checksum_address

from trimtab.chain.answers import Block
from trimtab.chain.contracts import interface
from trimtab.chain.lens import read_snapshot
from trimtab.chain.node import Call, Node
from trimtab.deploy.code import code_hash, is_ours
from trimtab.deploy.questions import Chain
from trimtab.deploy.record import DeploymentRecord
from trimtab.deploy.spec import NO_ADDRESS
from trimtab.domain.phrases import coins_text, counted, duration, moment, percentage, words
from trimtab.domain.snapshot import Blocker, PriceStatus, VaultSnapshot
from trimtab.errors import CallReverted

USUAL_REBALANCE_GAS = 800_000
"""Gas of a rebalance with several legs, for the question whether a keeper can pay for some."""

REBALANCES_IN_HAND = 10
"""Rebalances that a keeper's balance should be good for."""


class Status(StrEnum):
    """How one check came out."""

    OK = "ok"
    """As it should be."""
    WARN = "warn"
    """Worth a look: it works, or an owner may have meant it."""
    FAIL = "fail"
    """Not what the record says, or it stops the vault from trading."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at, and what was found."""

    name: str
    status: Status
    detail: str


@dataclass(frozen=True, slots=True)
class Patient:
    """What is examined, at one block.

    Attributes
    ----------
    node, block
        The node, and the block that is read.
    record
        What the vault should be.
    viewer
        Account on whose behalf this is, or None. If it is a keeper that the record does not name,
        it is looked at too.
    """

    node: Node
    block: Block
    record: DeploymentRecord
    viewer: ChecksumAddress | None

    def view(self, contract: str, function: str, *arguments: object) -> Any:
        """The first answer of a view of one of our contracts."""
        abi = interface(contract)
        call = Call(self.record.contract(contract), abi.encode(function, *arguments))
        answer = abi.decode(function, self.node.call(call, at=self.block))
        return next(iter(answer.values()))

    def keepers(self) -> tuple[ChecksumAddress, ...]:
        """Accounts that should be keepers."""
        recorded = [to_checksum_address(a) for a in self.record.content["roles"]["keepers"]]
        own = [] if self.viewer in (None, *recorded) else [to_checksum_address(str(self.viewer))]
        return (*recorded, *(a for a in own if self.view("Mandate", "isKeeper", a)))


def examine(patient: Patient) -> tuple[Check, ...]:
    """Everything that can be checked without asking pools for quotes.

    Raises
    ------
    WrongChain
        If the node serves another chain than the record names.
    TransientError
        If the node fails.
    """
    patient.node.require_chain(patient.record.chain_id)
    checks = [Check("chain", Status.OK, f"id {patient.record.chain_id}")]
    checks += _code(patient)
    if any(check.status is Status.FAIL for check in checks):
        return tuple(checks)
    checks += _wiring(patient)
    checks += _roles(patient)
    checks += _feeds(patient)
    checks.append(_limits(patient))
    checks += _state(patient)
    checks += _keepers(patient)
    return tuple(checks)


def snapshot_of(patient: Patient) -> VaultSnapshot:
    """The patient's vault, as its first keeper sees it."""
    keepers = patient.keepers() or (to_checksum_address(NO_ADDRESS),)
    record = patient.record
    lens = record.contract("VaultLens")
    return read_snapshot(
        patient.node, lens, vault=record.vault, caller=keepers[0], block=patient.block
    )


def _code(patient: Patient) -> Iterator[Check]:
    contracts = patient.record.content["contracts"]
    addresses = {name: entry["address"] for name, entry in contracts.items()}
    for name, entry in contracts.items():
        where = f"code of {name}"
        code = patient.node.code(to_checksum_address(entry["address"]), at=patient.block)
        found = code_hash(code)
        if not code:
            yield Check(where, Status.FAIL, f"no code at {entry['address']}")
        elif found != entry["code_hash"]:
            yield Check(where, Status.FAIL, f"hash {found}, recorded {entry['code_hash']}")
        elif not is_ours(name, code, addresses):
            yield Check(where, Status.WARN, "as recorded, but from another version of trimtab")
        else:
            yield Check(where, Status.OK, f"as recorded and as compiled here, {len(code):,} bytes")


def _wiring(patient: Patient) -> Iterator[Check]:
    record = patient.record
    tokens = [asset["token"] for asset in record.content["assets"]]
    yield _same("rules", patient.view("Vault", "mandate"), record.contract("Mandate"))
    yield _same("prices", patient.view("Vault", "oracle"), record.contract("PriceOracle"))
    held = list(patient.view("Vault", "tokens"))
    yield _same("assets of the vault", held, tokens, Status.WARN)
    yield _same("assets of the rules", list(patient.view("Mandate", "tokens")), held)
    sequencer = record.content["outside"]["sequencer_feed"] or NO_ADDRESS
    yield _same("sequencer feed", patient.view("PriceOracle", "sequencerFeed"), sequencer)


def _roles(patient: Patient) -> Iterator[Check]:
    recorded = patient.record.content["roles"]
    for role in ("owner", "manager", "guardian"):
        yield _same(role, patient.view("Mandate", role), recorded[role], Status.WARN)
    yield _same(
        "owner of the oracle",
        patient.view("PriceOracle", "owner"),
        recorded["owner"],
        Status.WARN,
    )
    pending = patient.view("Mandate", "pendingOwner")
    if pending != NO_ADDRESS:
        yield Check("owner to be", Status.WARN, f"{pending} may take the ownership")
    yield from _timelock(patient)


def _timelock(patient: Patient) -> Iterator[Check]:
    """The delay that protects holders, if a timelock owns the vault."""
    owner = patient.view("Mandate", "owner")
    delay = Chain(patient.node, patient.block).ask(owner, "getMinDelay()", "uint256")
    recorded = patient.record.content["timelock"]
    if delay is None:
        status = Status.WARN if recorded is None else Status.FAIL
        yield Check("timelock", status, f"the owner {owner} is none: it can change rules at once")
    elif recorded is None:
        yield Check("timelock", Status.WARN, f"delay {duration(delay)}, none is recorded")
    else:
        shorter = delay < recorded["delay"]
        detail = f"delay {duration(delay)}, recorded {duration(recorded['delay'])}"
        status = Status.FAIL if shorter else Status.OK
        yield Check("timelock", status, detail)


def _feeds(patient: Patient) -> Iterator[Check]:
    for asset in patient.record.content["assets"]:
        feed = patient.view("PriceOracle", "feedOf", asset["token"])
        found = {
            "feed": feed["feed"],
            "heartbeat": feed["heartbeat"],
            "deviation": str(feed["deviation"]),
            "min_answer": str(feed["minAnswer"]),
            "max_answer": str(feed["maxAnswer"]),
        }
        recorded = {key: asset[key] for key in found}
        yield _same(f"feed of {asset['symbol']}", found, recorded, Status.WARN)


def _limits(patient: Patient) -> Check:
    found = patient.view("Mandate", "limits")
    recorded = [int(value) for value in patient.record.content["limits"].values()]
    return _same("limits", list(found.values()), recorded, Status.WARN)


def _state(patient: Patient) -> Iterator[Check]:
    snapshot = snapshot_of(patient)
    yield from _prices(snapshot)
    yield from _balances(snapshot)
    yield _trading(snapshot)
    yield from _buckets(snapshot)
    yield from _doors(patient, snapshot)


def _prices(snapshot: VaultSnapshot) -> Iterator[Check]:
    for holding in snapshot.holdings:
        if holding.written_off:
            yield Check(f"price of {holding.label}", Status.OK, "written off: it counts as nothing")
            continue
        age = snapshot.timestamp - holding.price_updated_at
        alive = holding.price_status is PriceStatus.OK
        status = Status.OK if alive else Status.FAIL
        detail = (
            f"{words(holding.price_status)}, {duration(age)} old of at most "
            f"{duration(holding.heartbeat)}"
        )
        yield Check(f"price of {holding.label}", status, detail)


def _balances(snapshot: VaultSnapshot) -> Iterator[Check]:
    for holding in snapshot.holdings:
        accounted = holding.recorded + holding.owed
        covered = accounted <= holding.balance
        detail = f"recorded and owed {accounted}, balance {holding.balance}"
        if not covered:
            detail += "; anyone may call writeDown"
        status = Status.OK if covered else Status.FAIL
        yield Check(f"balance of {holding.label}", status, detail)


def _trading(snapshot: VaultSnapshot) -> Check:
    if snapshot.blocker is Blocker.PAUSED:
        return Check("trading", Status.WARN, f"paused until {moment(snapshot.paused_until)}")
    if not snapshot.total_supply:
        return Check("trading", Status.FAIL, "the vault was never seeded")
    frozen = ", weights frozen" if snapshot.weights_frozen else ""
    return Check(
        "trading", Status.OK, f"open{frozen}, {counted(snapshot.nonce, 'rebalance')} so far"
    )


def _buckets(snapshot: VaultSnapshot) -> Iterator[Check]:
    limits = snapshot.limits
    for name, left, capacity in (
        ("loss bucket", snapshot.loss_left, limits.loss_capacity),
        ("turnover bucket", snapshot.turnover_left, limits.turnover_capacity),
    ):
        status = Status.OK if left * 4 >= capacity else Status.WARN
        yield Check(name, status, f"{percentage(left / max(1, capacity))} left")


def _doors(patient: Patient, snapshot: VaultSnapshot) -> Iterator[Check]:
    """What deposits and withdrawals in the base asset can still move today."""
    capacity = snapshot.limits.flow_capacity
    if not capacity:
        yield Check("flow buckets", Status.OK, "shut by their limit: shares move in kind only")
        return
    try:
        terms = patient.view("Vault", "doorTerms")
    except CallReverted as revert:
        yield Check("flow buckets", Status.WARN, f"shut: {revert}")
        return
    for name in ("deposit", "withdraw"):
        left = terms[f"{name}Left"]
        status = Status.OK if left * 4 >= capacity else Status.WARN
        yield Check(f"{name} bucket", status, f"{percentage(left / capacity)} left")


def _keepers(patient: Patient) -> Iterator[Check]:
    price = _gas_price(patient)
    keepers = patient.keepers()
    if not keepers:
        yield Check("keepers", Status.WARN, "none is recorded: only the public tier can rebalance")
    for keeper in keepers:
        allowed = patient.view("Mandate", "isKeeper", keeper)
        detail = "may rebalance" if allowed else "does not hold the role"
        yield Check(f"keeper {keeper}", Status.OK if allowed else Status.FAIL, detail)
        balance = patient.node.balance(keeper, at=patient.block)
        affordable = balance // max(1, price * USUAL_REBALANCE_GAS)
        status = Status.OK if affordable >= REBALANCES_IN_HAND else Status.WARN
        if not affordable:
            status = Status.FAIL
        detail = f"{coins_text(balance)}, good for about {affordable:,} rebalances at today's price"
        yield Check(f"gas of {keeper}", status, detail)


def _gas_price(patient: Patient) -> int:
    history = patient.node.fee_history(1, percentile=50.0)
    tip = history.rewards[-1] if history.rewards else 0
    return history.base_fees[-1] + tip


def _same(name: str, found: object, recorded: object, otherwise: Status = Status.FAIL) -> Check:
    if found == recorded:
        return Check(name, Status.OK, f"as recorded: {_brief(found)}")
    return Check(name, otherwise, f"{_brief(found)}, recorded {_brief(recorded)}")


def _brief(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {item}" for key, item in value.items())
    if isinstance(value, list):
        return f"{len(value)} entries: {', '.join(str(item) for item in value)}"
    return str(value)
