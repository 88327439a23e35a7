"""What a policy can answer: hold, with the reason, or rebalance, with the destination."""

from dataclasses import dataclass
from enum import StrEnum

from trimtab.domain.snapshot import Blocker, Reason

__all__ = ["Hold", "HoldReason", "Rebalance"]


class HoldReason(StrEnum):
    """Why nothing is done."""

    PRICE = "price"
    """A price is missing, stale or out of bounds."""
    EMPTY = "empty"
    """The vault holds nothing of value."""
    NOT_DUE = "not_due"
    """The vault sees no reason to rebalance."""
    NOT_KEEPER = "not_keeper"
    """The caller is no keeper, and no hard band is exceeded."""
    PAUSED = "paused"
    """The guardian paused trading."""
    COOLDOWN = "cooldown"
    """The keepers' cooldown has not passed."""
    NOT_POKED = "not_poked"
    """A hard band is exceeded, and `poke` must record it first."""
    POKE_DELAY = "poke_delay"
    """The breach was recorded less than its delay ago."""
    PUBLIC_COOLDOWN = "public_cooldown"
    """The public tier's cooldown has not passed."""
    LOSS_BUCKET = "loss_bucket"
    """The loss bucket is empty."""
    TURNOVER_BUCKET = "turnover_bucket"
    """The turnover bucket cannot take the smallest leg."""
    WITHIN_TRIGGERS = "within_triggers"
    """The vault would allow it, but the policy waits for more drift."""
    PERIOD_DONE = "period_done"
    """The policy's calendar period has had its rebalance."""
    BELOW_FLOOR = "below_floor"
    """A calendar period has begun, but drift is below the policy's floor."""
    COST_ABOVE_BENEFIT = "cost_above_benefit"
    """A rebalance would not be worth its cost."""
    ONLY_TO_BASE = "only_to_base"
    """After a drawdown only the base asset may be bought, and there is nothing to sell for it."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Do nothing.

    Attributes
    ----------
    reason
        Why.
    sentence
        The same in one sentence, with the numbers compared.
    blocker
        What the vault says stands in the way; `NONE` if the policy itself holds.
    ready_at
        When that ends, in seconds, or 0 if it is not known.
    asset
        Position of the asset that is the cause, if one is.
    """

    reason: HoldReason
    sentence: str
    blocker: Blocker = Blocker.NONE
    ready_at: int = 0
    asset: int | None = None


@dataclass(frozen=True, slots=True)
class Rebalance:
    """Trade.

    Attributes
    ----------
    destination
        Weights to trade to, in WAD, summing to WAD, in the vault's order.
    reason
        Why the vault allows it.
    sentence
        Why the policy wants it, in one sentence, with the numbers compared.
    """

    destination: tuple[int, ...]
    reason: Reason
    sentence: str
