"""Does an operation as the holder of its role, or puts it before the timelock that holds it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from eth_typing import ChecksumAddress

from trimtab.cli.app import out
from trimtab.cli.vault_act import Deed, Way, carry_out, encoded, sender_of
from trimtab.cli.vault_operation import Change, Operation
from trimtab.cli.vault_rules import Rules
from trimtab.cli.vault_table import changes_of
from trimtab.cli.vault_timelock import (
    chosen,
    proposal,
    proposers,
    require_right,
    standings,
    timelock_of,
)
from trimtab.cli.vault_words import address, seconds
from trimtab.deploy.governance import OperationState, Timelock, TimelockCall
from trimtab.deploy.questions import Chain
from trimtab.domain.phrases import moment
from trimtab.errors import BadInput

Arguments = Callable[[], tuple[Any, ...]]
"""Works out the arguments of an operation, once it is known when they can take effect."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How an operation is put before a timelock; None leaves a choice to the timelock.

    Attributes
    ----------
    wait
        How long it waits, such as `3 d`.
    after
        Id of the operation that must be done before.
    by
        The role whose timelock is asked, where several may do it.
    """

    wait: str | None = None
    after: str | None = None
    by: str | None = None


def directly(operation: Operation, rules: Rules, arguments: Arguments, way: Way) -> None:
    """Do an operation as the holder of its role.

    Raises
    ------
    BadInput
        If the sender may not, or the contracts would refuse it.
    """
    to = rules.address(operation.contract)
    holders = {role: rules.holder(role, operation.contract) for role in operation.roles}
    able = [holder for holder in holders.values() if rules.timelock_at(holder) is None]
    sender = sender_of(rules, way, able) if able else rules.session.address()
    if sender not in able:
        raise BadInput(_who_may(operation, rules, holders, sender))
    data = encoded(operation.contract, operation.function, arguments())
    changes = changes_of(rules, to, data)
    _require_change(changes)
    lines = tuple(change.wish() for change in changes)
    carry_out(rules, Deed(f"vault {operation.name}", lines, to, data), way, sender=sender)


def by_proposal(
    operation: Operation, rules: Rules, arguments: Arguments, terms: Terms, way: Way
) -> None:
    """Put an operation before the timelock that holds its role.

    Raises
    ------
    BadInput
        If no timelock may do it, the sender may not propose, or the contracts would refuse it.
    """
    timelock = timelock_of(rules, operation, by=terms.by, proposer=_proposer(rules, way))
    sender = entitled(rules, timelock, way, role="PROPOSER_ROLE")
    before = None if terms.after is None else _predecessor(rules, timelock, terms.after)
    delay = timelock.min_delay if terms.wait is None else seconds(terms.wait, "--wait")
    rules.delay = delay
    data = encoded(operation.contract, operation.function, arguments())
    itself = operation.contract == "TimelockController"
    to = timelock.address if itself else rules.address(operation.contract)
    if before is None:
        _require_change(changes_of(rules, to, data))
    deed, operation_id = proposal(
        rules, timelock, TimelockCall(to, 0, data), delay=delay, after=before
    )
    carry_out(rules, deed, way, sender=sender)
    if way.live and way.safe is None:
        _say_when(rules, timelock, operation_id)


def entitled(rules: Rules, timelock: Timelock, way: Way, *, role: str) -> ChecksumAddress:
    """Who sends something that needs a role in the timelock.

    Raises
    ------
    BadInput
        If they do not hold it.
    """
    sender = sender_of(rules, way, proposers(rules, timelock, role))
    require_right(rules, timelock, role, sender)
    return sender


def _require_change(changes: list[Change]) -> None:
    """Refuse what would leave everything as it is now: something was forgotten."""
    if all(change.after is not None and change.before == change.after for change in changes):
        stays = " and ".join(change.wish() for change in changes)
        raise BadInput(f"this would {stays}: nothing would change; say what is to change")


def _proposer(rules: Rules, way: Way) -> ChecksumAddress | None:
    """Who would propose, as far as it is known before a timelock is chosen."""
    if way.safe is None:
        return rules.session.address()
    return None if way.sender is None else address(way.sender, "--sender")


def _say_when(rules: Rules, timelock: Timelock, operation_id: bytes) -> None:
    """Print when the operation can be executed, as the timelock has it now."""
    now = Timelock(
        Chain(rules.chain.node, rules.chain.node.head()), timelock.address, timelock.min_delay
    )
    if now.state(operation_id) is not OperationState.UNSET:
        out.print(f"executable on {moment(now.ready_at(operation_id))}")


def _predecessor(rules: Rules, timelock: Timelock, text: str) -> bytes:
    """Id of the operation that must be done before; a timelock knows only its own."""
    other, found = chosen(standings(rules, None), text)
    if other.address != timelock.address:
        raise BadInput(
            f"--after {text} is before the timelock {other.address}; {timelock.address} would wait "
            "for it for ever"
        )
    return found.operation.operation_id


def _who_may(
    operation: Operation,
    rules: Rules,
    holders: dict[str, ChecksumAddress],
    sender: ChecksumAddress,
) -> str:
    """Why somebody else has to do it."""
    said = [f"{sender} may not {operation.name}"]
    for role, holder in holders.items():
        timelock = rules.timelock_at(holder)
        how = f", a timelock: trimtab vault propose {operation.name}" if timelock else ""
        said.append(f"the {role} {holder} may{how}")
    return "; ".join(said)
