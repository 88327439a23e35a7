"""Why a rebalance is due or is not, in a sentence a person can act on."""

from __future__ import annotations

from collections.abc import Iterator

from trimtab.cli.format import time_text, value_text
from trimtab.domain.phrases import percent
from trimtab.domain.snapshot import Holding, Reason, VaultSnapshot
from trimtab.domain.units import WAD
from trimtab.policy.decision import HoldReason
from trimtab.policy.obstacles import obstacle


def weight_of(holding: Holding, nav: int) -> int:
    """Weight of a holding in WAD, rounded down as the vault does; 0 if the vault has no value."""
    return holding.value * WAD // nav if nav else 0


def value_per_share(snapshot: VaultSnapshot) -> int:
    """Value of one share in WAD, rounded down; 0 if there are none."""
    return snapshot.nav * WAD // snapshot.total_supply if snapshot.total_supply else 0


def nav_text(snapshot: VaultSnapshot) -> str:
    """Value and total drift, or that they are unknown because a price is missing."""
    if not all(holding.counts_rightly for holding in snapshot.holdings):
        return "value and drift unknown without every price"
    return f"value {value_text(snapshot.nav)}, total drift {percent(snapshot.total_drift)}"


def verdict(snapshot: VaultSnapshot) -> str:
    """Whether the caller may rebalance now, why, and if not, what stands in the way."""
    hold = obstacle(snapshot)
    if hold is None:
        return f"a rebalance is due and allowed: {_reason(snapshot)}"
    if hold.reason in (HoldReason.NOT_DUE, HoldReason.NOT_KEEPER):
        return f"no rebalance is due: {hold.sentence.removeprefix('nothing is due: ')}"
    if snapshot.reason is Reason.NONE:
        return f"no rebalance is possible: {hold.sentence}"
    return f"a rebalance is due ({_reason(snapshot)}) but not allowed: {hold.sentence}"


def _reason(snapshot: VaultSnapshot) -> str:
    return {
        Reason.NONE: "nothing",
        Reason.THRESHOLD: ", ".join(_beyond_band(snapshot)) or "an asset is beyond its band",
        Reason.CALENDAR: (
            f"a new calendar period has begun and total drift is {percent(snapshot.total_drift)}"
        ),
        Reason.PUBLIC: "a hard band is exceeded and on record: anyone may rebalance",
    }[snapshot.reason]


def _beyond_band(snapshot: VaultSnapshot) -> Iterator[str]:
    for holding in snapshot.holdings:
        drift = weight_of(holding, snapshot.nav) - holding.target
        if abs(drift) >= holding.band:
            side = "above" if drift > 0 else "below"
            yield f"{holding.label} is {percent(abs(drift))} {side} its target"


def schedule_text(snapshot: VaultSnapshot) -> str:
    """What the targets are doing."""
    moving = any(holding.target != holding.end_target for holding in snapshot.holdings)
    frozen = "; frozen by the guardian" if snapshot.weights_frozen else ""
    if not moving:
        return f"targets stand still{frozen}"
    ends = ", ".join(
        f"{holding.label} {percent(holding.end_target)}" for holding in snapshot.holdings
    )
    start = max(snapshot.schedule_start, snapshot.timestamp)
    verb = "move" if snapshot.schedule_start <= snapshot.timestamp else "will move"
    return (
        f"targets {verb} from {time_text(start)} to {time_text(snapshot.schedule_end)}: {ends}"
        f"{frozen}"
    )
