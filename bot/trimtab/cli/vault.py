"""`trimtab vault`: what owner, manager and guardian change, in words before anything is sent."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from typing import Annotated, Any

import typer
from eth_typing import ChecksumAddress
from eth_utils.address import to_checksum_address

from trimtab.cli.app import DEFAULT_CONFIG, AsJson, ConfigFile, Live, app, out, remark
from trimtab.cli.session import Session
from trimtab.cli.vault_act import (
    Deed,
    SafeAddress,
    SafeFile,
    Way,
    Yes,
    carry_out,
    encoded,
    sender_of,
)
from trimtab.cli.vault_operation import Operation
from trimtab.cli.vault_rules import Rules
from trimtab.cli.vault_table import OPERATIONS, changes_of
from trimtab.cli.vault_timelock import (
    cancellation,
    chosen,
    execution,
    proposal,
    proposers,
    require_right,
    sentences,
    standings,
    state_text,
    timelock_of,
)
from trimtab.cli.vault_words import seconds
from trimtab.deploy.governance import OperationState, Standing, Timelock, TimelockCall
from trimtab.deploy.questions import Chain
from trimtab.domain.phrases import moment
from trimtab.errors import BadInput

vault = typer.Typer(help="Govern a vault: each role does what it may.", no_args_is_help=True)
app.add_typer(vault, name="vault")
propose = typer.Typer(help="Put an operation before the owner's timelock.", no_args_is_help=True)
vault.add_typer(propose, name="propose")

FirstBlock = Annotated[
    int | None, typer.Option(help="First block to search; unset, that of the record.")
]
OperationId = Annotated[str, typer.Argument(help="Id of the operation, or its first digits.")]


@vault.command()
def operations(
    config: ConfigFile = DEFAULT_CONFIG,
    from_block: FirstBlock = None,
    as_json: AsJson = False,
) -> None:
    """List what was put before the timelock, in words."""
    rules = Rules(Session(config))
    found = standings(rules, from_block)
    if as_json:
        out.print_json(json.dumps([_as_json(rules, *one) for one in found]))
        return
    if not found:
        remark("nothing was ever put before the timelock")
    for _timelock, item in found:
        name = item.operation.operation_id.hex()[:8]
        out.print(f"0x{name}  {state_text(item)}", style="bold", soft_wrap=True)
        for sentence in sentences(rules, item):
            out.print(f"  {sentence}", soft_wrap=True)


@vault.command()
def execute(
    operation: OperationId,
    *,
    config: ConfigFile = DEFAULT_CONFIG,
    from_block: FirstBlock = None,
    live: Live = False,
    yes: Yes = False,
    safe: SafeFile = None,
    sender: SafeAddress = None,
) -> None:
    """Execute an operation of the timelock whose time has come."""
    rules = Rules(Session(config))
    timelock, found = chosen(standings(rules, from_block), operation)
    deed = execution(rules, timelock, found)
    _through(rules, timelock, deed, Way(live, yes, safe, sender), "EXECUTOR_ROLE")


@vault.command()
def cancel(
    operation: OperationId,
    *,
    config: ConfigFile = DEFAULT_CONFIG,
    from_block: FirstBlock = None,
    live: Live = False,
    yes: Yes = False,
    safe: SafeFile = None,
    sender: SafeAddress = None,
) -> None:
    """Cancel an operation of the timelock that was not executed yet."""
    rules = Rules(Session(config))
    timelock, found = chosen(standings(rules, from_block), operation)
    deed = cancellation(rules, timelock, found)
    _through(rules, timelock, deed, Way(live, yes, safe, sender), "CANCELLER_ROLE")


def _as_json(rules: Rules, timelock: Timelock, standing: Standing) -> dict[str, Any]:
    operation = standing.operation
    return {
        "timelock": timelock.address,
        "id": "0x" + operation.operation_id.hex(),
        "state": "cancelled" if standing.cancelled else standing.state.name.lower(),
        "ready_at": standing.ready_at or None,
        "sentences": sentences(rules, standing),
        "calls": [
            {"to": call.target, "value": str(call.value), "data": "0x" + call.data.hex()}
            for call in operation.calls
        ],
    }


def _through(rules: Rules, timelock: Timelock, deed: Deed, way: Way, role: str) -> None:
    """Carry out a deed that needs a role in the timelock."""
    sender = sender_of(rules, way, proposers(rules, timelock, role))
    require_right(rules, timelock, role, sender)
    carry_out(rules, deed, way, sender=sender)


def _direct(operation: Operation, rules: Rules, data: bytes, way: Way) -> None:
    """Do an operation as the holder of its role."""
    to = rules.address(operation.contract)
    holders = {role: rules.holder(role, operation.contract) for role in operation.roles}
    able = [holder for holder in holders.values() if rules.timelock_at(holder) is None]
    sender = sender_of(rules, way, able) if able else rules.session.address()
    if sender not in able:
        raise BadInput(_who_may(operation, rules, holders, sender))
    lines = tuple(change.wish() for change in changes_of(rules, to, data))
    carry_out(rules, Deed(f"vault {operation.name}", lines, to, data), way, sender=sender)


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


def _verb(
    operation: Operation, extra: list[inspect.Parameter], run: Callable[..., None]
) -> Callable[..., None]:
    """A function with the parameters of an operation and `extra`, as typer reads them."""
    own = list(inspect.signature(operation.build, eval_str=True).parameters.values())[1:]
    names = [parameter.name for parameter in own]

    def verb(**given: Any) -> None:
        rules = Rules(Session(given.pop("config")))
        wished = {name: given.pop(name) for name in names}
        arguments = operation.build(rules, **wished)
        run(operation, rules, encoded(operation.contract, operation.function, arguments), **given)

    first = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own]
    parameters = [*first, *extra]
    verb.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    verb.__annotations__ = {p.name: p.annotation for p in parameters}
    verb.__doc__ = operation.build.__doc__
    return verb


def _parameter(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation
    )


def _run_directly(operation: Operation, rules: Rules, data: bytes, **way: Any) -> None:
    _direct(operation, rules, data, Way(**way))


def _run_by_proposal(
    operation: Operation,
    rules: Rules,
    data: bytes,
    *,
    wait: str | None,
    after: str | None,
    **way: Any,
) -> None:
    timelock = timelock_of(rules, operation)
    before = None if after is None else _predecessor(rules, timelock, after)
    delay = None if wait is None else seconds(wait, "--wait")
    call = TimelockCall(to_checksum_address(rules.address(operation.contract)), 0, data)
    deed, operation_id = proposal(rules, timelock, call, delay=delay, after=before)
    _through(rules, timelock, deed, Way(**way), "PROPOSER_ROLE")
    if way["live"] and not way["safe"]:
        chain = Chain(rules.chain.node, rules.chain.node.head())
        after_it = Timelock(chain, timelock.address, timelock.min_delay)
        if after_it.state(operation_id) is not OperationState.UNSET:
            out.print(f"executable on {moment(after_it.ready_at(operation_id))}")


def _predecessor(rules: Rules, timelock: Timelock, text: str) -> bytes:
    """Id of the operation that must be done before; a timelock knows only its own."""
    other, found = chosen(standings(rules, None), text)
    if other.address != timelock.address:
        raise BadInput(
            f"--after {text} is before the timelock {other.address}; {timelock.address} would wait "
            "for it for ever"
        )
    return found.operation.operation_id


COMMON = [
    _parameter("config", ConfigFile, DEFAULT_CONFIG),
    _parameter("live", Live, False),
    _parameter("yes", Yes, False),
    _parameter("safe", SafeFile, None),
    _parameter("sender", SafeAddress, None),
]
BY_PROPOSAL = [
    *COMMON,
    _parameter(
        "wait",
        Annotated[str | None, typer.Option(help='Wait longer than the timelock asks for: "3 d".')],
        None,
    ),
    _parameter(
        "after",
        Annotated[str | None, typer.Option(help="Id of the operation that must be done before.")],
        None,
    ),
]

for _known in OPERATIONS.values():
    if _known.contract != "TimelockController":
        vault.command(name=_known.name)(_verb(_known, COMMON, _run_directly))
    if "owner" in _known.roles or "owner to be" in _known.roles:
        propose.command(name=_known.name)(_verb(_known, BY_PROPOSAL, _run_by_proposal))
