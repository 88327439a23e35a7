"""`trimtab vault`: what owner, manager and guardian change, in words before anything is sent."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from typing import Annotated, Any

import typer

from trimtab.cli.app import DEFAULT_CONFIG, AsJson, ConfigFile, Live, app, example, out, remark
from trimtab.cli.session import Session
from trimtab.cli.vault_act import Deed, SafeAddress, SafeFile, Way, Yes, carry_out
from trimtab.cli.vault_operation import Operation
from trimtab.cli.vault_rules import Rules
from trimtab.cli.vault_run import Arguments, Terms, by_proposal, directly, entitled
from trimtab.cli.vault_table import OPERATIONS
from trimtab.cli.vault_timelock import (
    cancellation,
    chosen,
    execution,
    sentences,
    standings,
    state_text,
)
from trimtab.deploy.governance import Standing, Timelock

vault = typer.Typer(
    help="Govern a vault: each role does what it may.",
    no_args_is_help=True,
    epilog=example("vault operations"),
)
app.add_typer(vault, name="vault")
propose = typer.Typer(
    help="Put an operation before the timelock that may do it.",
    no_args_is_help=True,
    epilog=example("vault propose unpause"),
)
vault.add_typer(propose, name="propose")

FirstBlock = Annotated[
    int | None, typer.Option(help="First block to search; unset, that of the record.")
]
OperationId = Annotated[str, typer.Argument(help="Id of the operation, or its first digits.")]


@vault.command(epilog=example("vault operations --json"))
def operations(
    config: ConfigFile = DEFAULT_CONFIG,
    from_block: FirstBlock = None,
    as_json: AsJson = False,
) -> None:
    """List what was put before the timelocks of the vault's roles, in words."""
    rules = Rules(Session(config))
    found = standings(rules, from_block)
    if as_json:
        out.print_json(json.dumps([_as_json(rules, *one) for one in found]))
        return
    if not found:
        remark("nothing was ever put before a timelock")
    for _timelock, item in found:
        name = item.operation.operation_id.hex()[:8]
        out.print(f"0x{name}  {state_text(item)}", style="bold", soft_wrap=True)
        for sentence in sentences(rules, item):
            out.print(f"  {sentence}", soft_wrap=True)


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


def _enter_ending(
    name: str, role: str, deed_of: Callable[[Rules, Timelock, Standing], Deed], words: str
) -> None:
    """Register a verb that ends an operation, which its sender needs a role in the timelock for."""

    @vault.command(name=name, help=words, epilog=example(f"vault {name} 0x42c0f98c --live"))
    def verb(
        operation: OperationId,
        *,
        config: ConfigFile = DEFAULT_CONFIG,
        from_block: FirstBlock = None,
        live: Live = False,
        yes: Yes = False,
        safe: SafeFile = None,
        sender: SafeAddress = None,
    ) -> None:
        rules = Rules(Session(config))
        timelock, found = chosen(standings(rules, from_block), operation)
        way = Way(live, yes, safe, sender)
        who = entitled(rules, timelock, way, role=role)
        carry_out(rules, deed_of(rules, timelock, found), way, sender=who)


_enter_ending(
    "execute",
    "EXECUTOR_ROLE",
    execution,
    "Execute an operation of a timelock whose time has come.",
)
_enter_ending(
    "cancel",
    "CANCELLER_ROLE",
    cancellation,
    "Cancel an operation of a timelock that was not executed yet.",
)


def _verb(
    operation: Operation, extra: list[inspect.Parameter], run: Callable[..., None]
) -> Callable[..., None]:
    """A function with the parameters of an operation and `extra`, as typer reads them."""
    own = list(inspect.signature(operation.build, eval_str=True).parameters.values())[1:]
    names = [parameter.name for parameter in own]

    def verb(**given: Any) -> None:
        rules = Rules(Session(given.pop("config")))
        wished = {name: given.pop(name) for name in names}
        way = Way(**{name: given.pop(name) for name in ("live", "yes", "safe", "sender")})
        run(operation, rules, lambda: operation.build(rules, **wished), way, **given)

    first = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own]
    parameters = [*first, *extra]
    signature = inspect.Signature(parameters)
    verb.__signature__ = signature  # type: ignore[attr-defined] # inspect reads it
    verb.__annotations__ = {p.name: p.annotation for p in parameters}
    verb.__doc__ = operation.build.__doc__
    return verb


def _parameter(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation
    )


def _propose(
    operation: Operation, rules: Rules, arguments: Arguments, way: Way, **terms: Any
) -> None:
    by_proposal(operation, rules, arguments, Terms(**terms), way)


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
    _parameter(
        "by",
        Annotated[str | None, typer.Option(help="Role whose timelock is asked, if several may.")],
        None,
    ),
]

for _known in OPERATIONS.values():
    if _known.contract != "TimelockController":
        vault.command(name=_known.name, epilog=example(f"vault {_known.example}"))(
            _verb(_known, COMMON, directly)
        )
    propose.command(name=_known.name, epilog=example(f"vault propose {_known.example}"))(
        _verb(_known, BY_PROPOSAL, _propose)
    )
