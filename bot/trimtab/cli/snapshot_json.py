"""A vault as JSON, for programs: the keys stay, and no number loses a digit."""

from __future__ import annotations

from typing import Any

from trimtab.cli.explain import value_per_share, verdict, weight_of
from trimtab.domain.snapshot import Holding, VaultSnapshot


def snapshot_json(snapshot: VaultSnapshot) -> dict[str, Any]:
    """A snapshot as JSON: chain integers as digits in text, since JSON keeps only 53 bits."""
    return {
        "chain_id": snapshot.chain_id,
        "block": {
            "number": snapshot.block_number,
            "hash": snapshot.block_hash,
            "timestamp": snapshot.timestamp,
        },
        "vault": snapshot.vault,
        "mandate": snapshot.mandate,
        "oracle": snapshot.oracle,
        "name": snapshot.name,
        "symbol": snapshot.symbol,
        "total_supply": str(snapshot.total_supply),
        "nav": str(snapshot.nav),
        "value_per_share": str(value_per_share(snapshot)),
        "total_drift": str(snapshot.total_drift),
        "rebalances": snapshot.nonce,
        "due": _due_json(snapshot),
        "buckets": _buckets_json(snapshot),
        "clock": {
            "keeper_at": snapshot.keeper_at,
            "public_at": snapshot.public_at,
            "poked_at": snapshot.poked_at,
            "paused_until": snapshot.paused_until,
        },
        "schedule": {
            "start": snapshot.schedule_start,
            "end": snapshot.schedule_end,
            "frozen": snapshot.weights_frozen,
        },
        "only_to_base": snapshot.only_to_base,
        "assets": [_holding_json(holding, snapshot) for holding in snapshot.holdings],
    }


def _holding_json(holding: Holding, snapshot: VaultSnapshot) -> dict[str, Any]:
    return {
        "symbol": holding.symbol,
        "token": holding.token,
        "decimals": holding.decimals,
        "recorded": str(holding.recorded),
        "owed": str(holding.owed),
        "unvested": str(holding.unvested),
        "balance": str(holding.balance),
        "price": str(holding.price),
        "second_price": str(holding.second_price),
        "written_off": holding.written_off,
        "price_status": holding.price_status.name.lower(),
        "price_updated_at": holding.price_updated_at,
        "heartbeat": holding.heartbeat,
        "value": str(holding.value),
        "weight": str(weight_of(holding, snapshot.nav)),
        "target": str(holding.target),
        "end_target": str(holding.end_target),
        "band": str(holding.band),
        "hard_band": str(holding.hard_band),
    }


def _due_json(snapshot: VaultSnapshot) -> dict[str, Any]:
    return {
        "reason": snapshot.reason.name.lower(),
        "blocker": snapshot.blocker.name.lower(),
        "ready_at": snapshot.ready_at,
        "caller": snapshot.caller,
        "is_keeper": snapshot.is_keeper,
        "sentence": verdict(snapshot),
    }


def _buckets_json(snapshot: VaultSnapshot) -> dict[str, str]:
    return {
        "loss_left": str(snapshot.loss_left),
        "loss_capacity": str(snapshot.limits.loss_capacity),
        "turnover_left": str(snapshot.turnover_left),
        "turnover_capacity": str(snapshot.limits.turnover_capacity),
    }
