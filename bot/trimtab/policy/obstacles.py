"""What keeps a vault from being rebalanced at all, each obstacle in one sentence."""

from collections.abc import Callable

from trimtab.domain.arithmetic import MIN_LEG, gaps
from trimtab.domain.phrases import basis_points, duration, percent
from trimtab.domain.portfolio import held_drift, held_values, held_weights, targets
from trimtab.domain.snapshot import Blocker, PriceStatus, VaultSnapshot
from trimtab.policy.decision import Hold, HoldReason

__all__ = ["obstacle"]

PRICE_FAULTS = {
    PriceStatus.NO_FEED: "has no feed",
    PriceStatus.SEQUENCER: "cannot be trusted: the sequencer is down or came up just now",
    PriceStatus.UNREADABLE: "cannot be read from its feed",
    PriceStatus.OUT_OF_BOUNDS: "is outside its bounds",
    PriceStatus.FROM_THE_FUTURE: "carries a time later than the block's",
    PriceStatus.DIVERGED: "is too far from that of its second source",
}
"""What is wrong with a price, as the end of a sentence; `STALE` has numbers of its own."""


def obstacle(snapshot: VaultSnapshot) -> Hold | None:
    """Why the vault would refuse any rebalance by the snapshot's caller now, or None."""
    hold = _price_fault(snapshot)
    if hold:
        return hold
    if held_values(snapshot)[1] == 0:
        return Hold(HoldReason.EMPTY, "the vault holds nothing of value", snapshot.blocker)
    if snapshot.blocker is Blocker.NONE:
        return None
    reason, describe = _BLOCKERS[snapshot.blocker]
    if snapshot.blocker is Blocker.NOT_DUE and not snapshot.is_keeper:
        reason, describe = HoldReason.NOT_KEEPER, _not_keeper
    sentence = describe(snapshot) + _when(snapshot)
    return Hold(reason, sentence, snapshot.blocker, snapshot.ready_at)


def _price_fault(snapshot: VaultSnapshot) -> Hold | None:
    for position, holding in enumerate(snapshot.holdings):
        status = holding.price_status
        if holding.counts_rightly:
            continue
        if status is PriceStatus.STALE:
            age = snapshot.timestamp - holding.price_updated_at
            fault = f"is {duration(age)} old, at most {duration(holding.heartbeat)} is accepted"
        else:
            fault = PRICE_FAULTS.get(status, "is zero")
        sentence = f"the price of {holding.label} {fault}"
        return Hold(HoldReason.PRICE, sentence, Blocker.ORACLE, asset=position)
    return None


def _when(snapshot: VaultSnapshot) -> str:
    if snapshot.ready_at == 0:
        return ""
    return f"; ready in {duration(snapshot.ready_at - snapshot.timestamp)}"


def _not_due(snapshot: VaultSnapshot) -> str:
    position, gap = _nearest(snapshot)
    holding = snapshot.holdings[position]
    return (
        f"nothing is due: {holding.label} is {percent(gap)} from its target, its band is "
        f"{percent(holding.band)}; total drift is {percent(held_drift(snapshot))}"
    )


def _nearest(snapshot: VaultSnapshot) -> tuple[int, int]:
    """Position and gap of the asset that has used most of its band."""
    distances = gaps(held_weights(snapshot), targets(snapshot))
    shares = [d / max(1, h.band) for d, h in zip(distances, snapshot.holdings, strict=True)]
    position = shares.index(max(shares))
    return position, distances[position]


def _not_keeper(snapshot: VaultSnapshot) -> str:
    return f"{snapshot.caller} is no keeper of this vault, and no hard band is exceeded"


def _paused(_: VaultSnapshot) -> str:
    return "the guardian paused trading"


def _oracle(_: VaultSnapshot) -> str:
    return "the vault cannot use one of its prices"


def _cooldown(snapshot: VaultSnapshot) -> str:
    return (
        f"a keeper rebalanced {duration(snapshot.timestamp - snapshot.keeper_at)} ago, the "
        f"cooldown is {duration(snapshot.limits.cooldown)}"
    )


def _not_poked(_: VaultSnapshot) -> str:
    return "a hard band is exceeded, but poke has not recorded it within the last hour"


def _poke_delay(_: VaultSnapshot) -> str:
    return "the breach of a hard band was recorded too recently"


def _public_cooldown(snapshot: VaultSnapshot) -> str:
    return (
        f"the public tier was used {duration(snapshot.timestamp - snapshot.public_at)} ago, its "
        f"cooldown is {duration(snapshot.limits.public_cooldown)}"
    )


def _loss_bucket(snapshot: VaultSnapshot) -> str:
    limits = snapshot.limits
    return (
        f"the loss bucket is empty: it holds {basis_points(limits.loss_capacity)} of NAV and "
        f"refills by {basis_points(limits.loss_rate)} a day"
    )


def _turnover_bucket(snapshot: VaultSnapshot) -> str:
    limits = snapshot.limits
    return (
        f"the turnover bucket has {percent(snapshot.turnover_left)} of NAV left, a leg needs "
        f"{percent(MIN_LEG)}; it refills by {percent(limits.turnover_rate)} a day"
    )


_BLOCKERS: dict[Blocker, tuple[HoldReason, Callable[[VaultSnapshot], str]]] = {
    Blocker.NOT_DUE: (HoldReason.NOT_DUE, _not_due),
    Blocker.PAUSED: (HoldReason.PAUSED, _paused),
    Blocker.ORACLE: (HoldReason.PRICE, _oracle),
    Blocker.COOLDOWN: (HoldReason.COOLDOWN, _cooldown),
    Blocker.NOT_POKED: (HoldReason.NOT_POKED, _not_poked),
    Blocker.POKE_DELAY: (HoldReason.POKE_DELAY, _poke_delay),
    Blocker.PUBLIC_COOLDOWN: (HoldReason.PUBLIC_COOLDOWN, _public_cooldown),
    Blocker.LOSS_BUCKET: (HoldReason.LOSS_BUCKET, _loss_bucket),
    Blocker.TURNOVER_BUCKET: (HoldReason.TURNOVER_BUCKET, _turnover_bucket),
}
