"""Why a rebalance is due or is not, in a sentence a person can act on."""

from __future__ import annotations

from collections.abc import Iterator

from trimtab.cli.format import percent_text, span_text, time_text
from trimtab.domain.snapshot import Blocker, Holding, PriceStatus, Reason, VaultSnapshot
from trimtab.domain.units import WAD

PRICE_FAULTS = {
    PriceStatus.NO_FEED: "has no feed",
    PriceStatus.SEQUENCER: "waits for the rollup's sequencer, which is down or came back recently",
    PriceStatus.UNREADABLE: "has a feed that cannot be read",
    PriceStatus.OUT_OF_BOUNDS: "has an answer outside its bounds",
    PriceStatus.FROM_THE_FUTURE: "has an answer with a time in the future",
    PriceStatus.STALE: "has a stale answer",
}
"""What is wrong with a price, after the symbol."""


def weight_of(holding: Holding, nav: int) -> int:
    """Weight of a holding in WAD, rounded down as the vault does; 0 if the vault has no value."""
    return holding.value * WAD // nav if nav else 0


def verdict(snapshot: VaultSnapshot) -> str:
    """Whether the caller may rebalance now, why, and if not, what stands in the way."""
    why = _reason(snapshot)
    if snapshot.blocker is Blocker.NONE:
        return f"a rebalance is due and allowed: {why}"
    if snapshot.reason is Reason.NONE:
        return f"no rebalance is due: {_blocker(snapshot)}"
    return f"a rebalance is due ({why}) but not allowed: {_blocker(snapshot)}"


def _reason(snapshot: VaultSnapshot) -> str:
    beyond = ", ".join(_beyond_band(snapshot))
    return {
        Reason.NONE: "nothing is due",
        Reason.THRESHOLD: f"beyond its band: {beyond or 'an asset'}",
        Reason.CALENDAR: (
            f"a new calendar period has begun and total drift is "
            f"{percent_text(snapshot.total_drift)}"
        ),
        Reason.PUBLIC: "a hard band is exceeded and on record: anyone may rebalance",
    }[snapshot.reason]


def _beyond_band(snapshot: VaultSnapshot) -> Iterator[str]:
    for holding in snapshot.holdings:
        drift = weight_of(holding, snapshot.nav) - holding.target
        if abs(drift) >= holding.band:
            side = "above" if drift > 0 else "below"
            yield f"{holding.symbol} is {percent_text(abs(drift))} {side} its target"


def _blocker(snapshot: VaultSnapshot) -> str:
    wait = max(0, snapshot.ready_at - snapshot.timestamp)
    until = f"{span_text(wait)} from this block, {time_text(snapshot.ready_at)}"
    return {
        Blocker.NONE: "nothing",
        Blocker.NOT_DUE: _not_due(snapshot),
        Blocker.PAUSED: f"trading is paused by the guardian until {until}",
        Blocker.ORACLE: "a price cannot be used: " + "; ".join(_bad_prices(snapshot)),
        Blocker.COOLDOWN: f"the cooldown after the last rebalance ends {until}",
        Blocker.NOT_POKED: (
            "a hard band is exceeded, but nobody has put it on record: poke() opens the public tier"
        ),
        Blocker.POKE_DELAY: f"the breach of a hard band is on record; anyone may act {until}",
        Blocker.PUBLIC_COOLDOWN: f"the public tier's cooldown ends {until}",
        Blocker.LOSS_BUCKET: "the loss bucket is empty; it refills by time",
        Blocker.TURNOVER_BUCKET: "the turnover bucket cannot take a leg; it refills by time",
    }[snapshot.blocker]


def _not_due(snapshot: VaultSnapshot) -> str:
    if any(True for _ in _beyond_band(snapshot)):
        return (
            f"{', '.join(_beyond_band(snapshot))}, but {snapshot.caller} is not a keeper of "
            "this vault"
        )
    return (
        f"every asset is inside its band; total drift is {percent_text(snapshot.total_drift)} and "
        f"the nearest edge is {nearest_edge(snapshot)} away"
    )


def nearest_edge(snapshot: VaultSnapshot) -> str:
    """How far the asset closest to the edge of its band still is from it."""
    rooms = [
        (holding.band - abs(weight_of(holding, snapshot.nav) - holding.target), holding.symbol)
        for holding in snapshot.holdings
    ]
    room, symbol = min(rooms)
    return f"{percent_text(max(0, room))} of value ({symbol})"


def _bad_prices(snapshot: VaultSnapshot) -> Iterator[str]:
    for holding in snapshot.holdings:
        if holding.price_status is not PriceStatus.OK:
            yield f"{holding.symbol} {PRICE_FAULTS[holding.price_status]}"


def schedule_text(snapshot: VaultSnapshot) -> str:
    """What the targets are doing."""
    moving = any(holding.target != holding.end_target for holding in snapshot.holdings)
    frozen = "; frozen by the guardian" if snapshot.weights_frozen else ""
    if not moving:
        return f"targets stand still{frozen}"
    ends = ", ".join(
        f"{holding.symbol} {percent_text(holding.end_target)}" for holding in snapshot.holdings
    )
    start = max(snapshot.schedule_start, snapshot.timestamp)
    verb = "move" if snapshot.schedule_start <= snapshot.timestamp else "will move"
    return (
        f"targets {verb} from {time_text(start)} to {time_text(snapshot.schedule_end)}: {ends}"
        f"{frozen}"
    )
