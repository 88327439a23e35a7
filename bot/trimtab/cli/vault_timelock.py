"""Operations that go through a role's timelock: proposed, listed, executed, cancelled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eth_typing import ChecksumAddress
from eth_utils.address import to_checksum_address

from trimtab.chain.node import Call
from trimtab.cli.vault_act import Deed, rehearse
from trimtab.cli.vault_operation import Change, Operation
from trimtab.cli.vault_rules import Rules
from trimtab.cli.vault_table import changes_of
from trimtab.deploy.governance import (
    NO_SALT,
    OperationState,
    Standing,
    Timelock,
    TimelockCall,
    cancel_data,
    execute_data,
    schedule_data,
)
from trimtab.domain.phrases import moment, words
from trimtab.errors import BadInput

Lodged = tuple[Timelock, Standing]
"""An operation and the timelock that it was put before."""

SHORTEST_ID = 8
"""Least hexadecimal digits by which an operation can be named."""


def timelock_of(
    rules: Rules, operation: Operation, *, by: str | None, proposer: ChecksumAddress | None
) -> Timelock:
    """The timelock that may do an operation.

    Parameters
    ----------
    by
        The role whose timelock is meant, or None.
    proposer
        Who is to propose it, if that is known: of several timelocks, the one that hears them.

    Raises
    ------
    BadInput
        If no timelock may, or several and none of them is named.
    """
    if by is not None and by not in operation.roles:
        expected = ", ".join(operation.roles)
        raise BadInput(f'--by is "{by}", expected who may {operation.name}: {expected}')
    roles = operation.roles if by is None else (by,)
    holders = {role: rules.holder(role, operation.contract) for role in roles}
    found = {holder: rules.timelock_at(holder) for holder in holders.values()}
    able = [timelock for timelock in found.values() if timelock is not None]
    if len(able) > 1 and proposer is not None:
        able = [one for one in able if one.may("PROPOSER_ROLE", proposer)] or able
    if len(able) == 1:
        return able[0]
    listed = ", ".join(f"the {role} {holder}" for role, holder in holders.items())
    raise BadInput(
        f"several timelocks may {operation.name}: {listed}; name the role with --by"
        if able
        else f"{operation.name} is for {listed}, which is no timelock: nothing has to be proposed; "
        f"use trimtab vault {operation.name}"
    )


def proposal(
    rules: Rules,
    timelock: Timelock,
    call: TimelockCall,
    *,
    delay: int,
    after: bytes | None,
) -> tuple[Deed, bytes]:
    """The deed that puts a call before a timelock, and the id of the operation.

    Parameters
    ----------
    delay
        Seconds until it can be executed.
    after
        Id of the operation that must be done before, or None.

    Raises
    ------
    BadInput
        If the delay is too short, it is proposed already, or it would be refused when executed.
    """
    if delay < timelock.min_delay:
        raise BadInput(
            f"the delay of {delay} s is shorter than the timelock's own, {timelock.min_delay} s"
        )
    operation = timelock.propose(call, after or NO_SALT)
    name = "0x" + operation.operation_id.hex()
    if timelock.state(operation.operation_id) is not OperationState.UNSET:
        raise BadInput(f"this is proposed already, as operation {name}: trimtab vault operations")
    if after is None:
        # Whoever goes first may make possible what is refused now.
        rehearse(rules, Call(call.target, call.data, timelock.address, call.value))
    when = moment(rules.now + delay)
    changes = changes_of(rules, call.target, call.data)
    deed = Deed(
        kind="vault propose",
        lines=(
            f"propose to {_joined(changes)}, executable on {when}",
            f"operation {name} of the timelock {timelock.address}",
        ),
        to=timelock.address,
        data=schedule_data(operation, delay),
    )
    return deed, operation.operation_id


def execution(rules: Rules, timelock: Timelock, standing: Standing) -> Deed:
    """The deed that executes an operation.

    Raises
    ------
    BadInput
        If it is not ready.
    """
    if standing.state is not OperationState.READY:
        raise BadInput(f"operation {_name(standing)} {_why_not(standing)}")
    operation = standing.operation
    return Deed(
        kind="vault execute",
        lines=tuple(sentences(rules, standing)),
        to=timelock.address,
        data=execute_data(operation),
        value=sum(call.value for call in operation.calls),
    )


def cancellation(rules: Rules, timelock: Timelock, standing: Standing) -> Deed:
    """The deed that cancels an operation.

    Raises
    ------
    BadInput
        If it is neither waiting nor ready.
    """
    if standing.state not in (OperationState.WAITING, OperationState.READY):
        raise BadInput(f"operation {_name(standing)} {_why_not(standing)}")
    cancelled = "; ".join(sentences(rules, standing))
    return Deed(
        kind="vault cancel",
        lines=(f"cancel operation {_name(standing)}: {cancelled}",),
        to=timelock.address,
        data=cancel_data(standing.operation),
    )


def require_right(rules: Rules, timelock: Timelock, role: str, sender: ChecksumAddress) -> None:
    """Refuse a sender without a role in the timelock.

    Raises
    ------
    BadInput
        With who may, where the record says so.
    """
    if timelock.may(role, sender):
        return
    verb = {"PROPOSER_ROLE": "propose", "CANCELLER_ROLE": "cancel", "EXECUTOR_ROLE": "execute"}
    who = ", ".join(proposers(rules, timelock, role))
    may = f"; {who} may" if who else ""
    raise BadInput(
        f"{sender} may not {verb[role]} operations of the timelock {timelock.address}{may}"
    )


def proposers(rules: Rules, timelock: Timelock, role: str) -> list[ChecksumAddress]:
    """Accounts of the deployment record that hold a role in the timelock now."""
    record = rules.session.target.record
    recorded = record.content.get("timelock") if record else None
    named = [*_listed(recorded, "proposers"), *_listed(recorded, "executors")]
    unique = dict.fromkeys(to_checksum_address(account) for account in named)
    return [account for account in unique if timelock.may(role, account)]


def standings(rules: Rules, first_block: int | None) -> list[Lodged]:
    """Every operation before the vault's timelocks, since it was created or since a block.

    Raises
    ------
    BadInput
        If no role is a timelock's.
    """
    if not rules.timelocks:
        owner = rules.holder("owner", "Mandate")
        raise BadInput(
            f"the owner {owner} is no timelock, nor is the manager or the guardian: nothing is "
            "ever put before one"
        )
    if first_block is None:
        record = rules.session.target.record
        made = record.content["contracts"] if record else {}
        first_block = min((entry["block"] for entry in made.values()), default=0)
    return [
        (timelock, standing)
        for timelock in rules.timelocks
        for standing in timelock.standings(first_block)
    ]


def chosen(found: list[Lodged], text: str) -> Lodged:
    """The operation whose id begins as written, with its timelock.

    Raises
    ------
    BadInput
        If none does, or more than one.
    """
    digits = text.lower().removeprefix("0x")
    if len(digits) < SHORTEST_ID:
        raise BadInput(f'"{text}": expected an id, or at least its first {SHORTEST_ID} digits')
    fitting = [one for one in found if one[1].operation.operation_id.hex().startswith(digits)]
    if len(fitting) != 1:
        problem = "no operation has" if not fitting else "more than one operation has"
        raise BadInput(f"{problem} an id that begins with 0x{digits}: trimtab vault operations")
    return fitting[0]


def sentences(rules: Rules, standing: Standing) -> list[str]:
    """What an operation does, one sentence for each of its calls."""
    ended = standing.state is OperationState.DONE or standing.cancelled
    return [
        _joined(changes_of(rules, call.target, call.data), ended=ended)
        + (f", sending {call.value} wei" if call.value else "")
        for call in standing.operation.calls
    ]


def state_text(standing: Standing) -> str:
    """How far an operation is, in words."""
    if standing.state is OperationState.WAITING:
        return f"executable on {moment(standing.ready_at)}"
    if standing.state is OperationState.READY:
        return f"ready since {moment(standing.ready_at)}"
    return "cancelled" if standing.cancelled else words(standing.state)


def _joined(changes: list[Change], *, ended: bool = False) -> str:
    return " and ".join(change.done() if ended else change.wish() for change in changes)


def _name(standing: Standing) -> str:
    return "0x" + standing.operation.operation_id.hex()


def _why_not(standing: Standing) -> str:
    if standing.state is OperationState.WAITING:
        return f"waits: it is executable on {moment(standing.ready_at)}"
    return "was cancelled" if standing.cancelled else "was executed already"


def _listed(recorded: Mapping[str, Any] | None, key: str) -> list[str]:
    return list((recorded or {}).get(key) or [])
