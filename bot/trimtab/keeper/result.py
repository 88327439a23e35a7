"""What one step of a keeper came to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from trimtab.domain.legs import LegPlan, RouteFault
from trimtab.domain.snapshot import VaultSnapshot
from trimtab.domain.units import wad_to_float
from trimtab.errors import RejectedByVault
from trimtab.executor.intents import Outcome
from trimtab.keeper.realised import CostSplit, Realised
from trimtab.policy.decision import Hold, Rebalance
from trimtab.policy.market import MarketView
from trimtab.store.decisions import Number


class Action(StrEnum):
    """What a step did."""

    HOLD = "hold"
    """Nothing, for the reason that the decision gives."""
    WAIT = "wait"
    """Nothing: an earlier transaction is still on its way."""
    PLAN = "plan"
    """A rebalance was planned and simulated, and not sent: this is a dry run."""
    SEND = "send"
    """A rebalance was planned and is about to be sent; its result follows in a row of its own."""
    REBALANCE = "rebalance"
    """A rebalance was sent and settled."""
    POKE = "poke"
    """A breach of a hard band was recorded, which opens the public tier later."""
    CANCEL = "cancel"
    """Something stuck and no longer wanted had its nonce used for nothing."""
    REJECTED = "rejected"
    """The simulation of the plan reverted; nothing was sent."""
    REVERTED = "reverted"
    """What was sent was mined and undone; only gas was lost."""


@dataclass(frozen=True, slots=True)
class StepResult:
    """One vault at one block: what was seen, decided, planned, done, and what it cost.

    Attributes
    ----------
    snapshot
        What was seen.
    decision
        What the policy made of it; None while an earlier transaction is on its way.
    action
        What was done.
    sentence
        Why, in one sentence.
    plan
        The legs, if any were planned.
    predicted
        What the plan expects to cost.
    market
        What acting cost when it was planned.
    benefit
        What it is worth by the policy: the tracking error that it removes over the policy's
        horizon, in the unit of account; None where that is not weighed.
    faults
        Routes that could not be used, and why.
    rejection
        Why the simulation reverted, if it did.
    outcome
        The mined transaction, if one was sent.
    realised
        What the vault reports of the rebalance, if it settled.
    """

    snapshot: VaultSnapshot
    decision: Hold | Rebalance | None
    action: Action
    sentence: str
    plan: LegPlan | None = None
    predicted: CostSplit | None = None
    market: MarketView | None = None
    benefit: float | None = None
    faults: tuple[RouteFault, ...] = ()
    rejection: RejectedByVault | None = None
    outcome: Outcome | None = None
    realised: Realised | None = None

    def numbers(self) -> dict[str, Number]:
        """What the step was decided on and came to, for the log and the store.

        `nav`, drifts and buckets in WAD; costs in the unit of account.
        """
        numbers: dict[str, Number] = {
            "nav": self.snapshot.nav,
            "drift": self.snapshot.total_drift,
            "due": self.snapshot.reason.name.lower(),
            "blocker": self.snapshot.blocker.name.lower(),
            "loss_left": self.snapshot.loss_left,
            "turnover_left": self.snapshot.turnover_left,
            "vault_nonce": self.snapshot.nonce,
        }
        return numbers | self._planned() | self._settled()

    def _planned(self) -> dict[str, Number]:
        if self.plan is None or self.predicted is None:
            return {}
        numbers: dict[str, Number] = {
            "legs": len(self.plan.legs),
            "planned_drift_after": self.plan.drift_after,
            "planned_turnover": self.plan.turnover,
            "native_price": self.market.native_price if self.market else None,
            "benefit": self.benefit,
        }
        return numbers | {
            f"planned_{name}": value for name, value in _costs(self.predicted).items()
        }

    def _settled(self) -> dict[str, Number]:
        if self.outcome is None:
            return {}
        numbers: dict[str, Number] = {
            "transaction": self.outcome.transaction_hash,
            "gas_used": self.outcome.gas_used,
        }
        if self.realised is None:
            return numbers
        traded = sum(leg.value_in for leg in self.realised.legs)
        done: dict[str, Number] = {
            "drift_after": self.realised.whole.drift_after,
            "traded": wad_to_float(traded),
        }
        return numbers | done | _costs(self.realised.cost)


def _costs(cost: CostSplit) -> dict[str, Number]:
    return {"fee": cost.fee, "impact": cost.impact, "gas": cost.gas}
