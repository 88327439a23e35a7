"""What a vault's timelocks will do, as findings of the doctor."""

from __future__ import annotations

from collections.abc import Iterator

from trimtab.cli.session import Session
from trimtab.cli.vault_rules import Rules
from trimtab.cli.vault_timelock import sentences, standings, state_text
from trimtab.deploy.governance import OperationState
from trimtab.deploy.health import Check, Status
from trimtab.errors import BadInput, CallReverted, TransientError

PENDING = (OperationState.WAITING, OperationState.READY)


def pending_checks(session: Session) -> Iterator[Check]:
    """One line for each operation that waits or is ready; holders may want to leave before it."""
    try:
        rules = Rules(session)
        found = standings(rules, None) if rules.timelocks else None
    except (TransientError, CallReverted, BadInput) as error:
        yield Check("pending operations", Status.WARN, f"cannot be listed: {error}")
        return
    if found is None:
        return
    waiting = [item for _, item in found if item.state in PENDING]
    if not waiting:
        yield Check("pending operations", Status.OK, "none is before the timelock")
    for item in waiting:
        detail = f"{state_text(item)}: {'; '.join(sentences(rules, item))}"
        name = item.operation.operation_id.hex()[:8]
        yield Check(f"pending operation 0x{name}", Status.WARN, detail)
