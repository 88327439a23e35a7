"""What the operator page shows: the keeper's status, its last decisions, and what they cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from trimtab.cli.keeper_status import look, status_json
from trimtab.cli.session import Session
from trimtab.store.overview import Decided, Overview

DECISIONS = 50
"""Decisions that are shown, the newest first."""


def operator_view(session: Session) -> Callable[[], Mapping[str, Any]]:
    """What answers each question of the operator page, from the database and the nodes."""
    return lambda: status_json(look(session)) | _kept(session)


def _kept(session: Session) -> dict[str, Any]:
    with session.database() as database:
        overview = Overview(database, session.settings.node.chain_id)
        decided = overview.decisions(most=DECISIONS)
        spent = overview.gas_spent()
    return {"gas_spent_wei": str(spent), "decisions": [_decided_json(one) for one in decided]}


def _decided_json(one: Decided) -> dict[str, Any]:
    record = one.record
    return {
        "at": one.at,
        "vault": record.vault,
        "block": record.block_number,
        "action": record.action,
        "reason": record.reason,
        "transaction": record.numbers.get("transaction"),
    }
