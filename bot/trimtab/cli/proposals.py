"""From section [targets] to a proposal: a run of the model, why it is due, what changing costs."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from eth_utils.address import to_checksum_address

from trimtab.chain.contracts import interface
from trimtab.chain.lens import read_routes
from trimtab.chain.node import Call
from trimtab.chain.quotes import sample
from trimtab.cli.format import time_text
from trimtab.cli.session import Session
from trimtab.cli.settings.schema import TargetsSettings
from trimtab.cli.target_runs import Bounds, ModelRun, run_model
from trimtab.cli.vault_act import rehearse
from trimtab.cli.vault_rules import Rules
from trimtab.cli.vault_table import OPERATIONS
from trimtab.cli.vault_weights import first_start, least_seconds
from trimtab.domain.legs import LegPlan
from trimtab.domain.phrases import percentage
from trimtab.domain.schedule import distance_up
from trimtab.domain.snapshot import Blocker, Reason, VaultSnapshot
from trimtab.domain.units import DAY, WAD
from trimtab.keeper.quoting import quote_requests
from trimtab.models.moments import Estimator, estimate
from trimtab.planner.plan import plan
from trimtab.planner.terms import NoPlan, PlanTerms


@dataclass(frozen=True, slots=True)
class Change:
    """From the targets of now to those of a run.

    Attributes
    ----------
    turnover
        Half the sum of absolute changes, in WAD.
    starts_at, ends_at
        When the targets would move, in seconds.
    cost
        Expected cost of trading it, in the unit of account at the quotes of now, or None.
    note
        Why there is no cost, or empty.
    """

    turnover: int
    starts_at: int
    ends_at: int
    cost: float | None
    note: str


def why_due(last: ModelRun | None, now: ModelRun, settings: TargetsSettings) -> str:
    """Why a run is due, or nothing.

    A run is due if there was none, if the last is older than `due_after`, or if the covariance of
    late returns has moved by more than `due_on_move` of its size since.
    """
    if last is None or last.assets != now.assets:
        return "there is no earlier run of these assets"
    if now.made_at - last.made_at >= settings.due_after:
        return f"the last run is of {time_text(last.made_at)}"
    before, after = (estimate(run.returns, Estimator.EWMA).covariance for run in (last, now))
    moved = float(np.linalg.norm(after - before) / np.linalg.norm(before))
    if moved >= settings.due_on_move / WAD:
        return f"the covariance has moved by {percentage(moved)}"
    return ""


def settings_of(session: Session) -> TargetsSettings:
    """Section [targets]; an error where there is none."""
    if session.settings.targets is None:
        raise session.lacking("targets", "the model, its prices and its constraints")
    return session.settings.targets


def run_now(session: Session, snapshot: VaultSnapshot) -> ModelRun:
    """The model that section [targets] names, run for a vault as it is."""
    settings = settings_of(session)
    bounds = _bounds(session, snapshot)
    return run_model(settings, session.path(settings.prices), snapshot, bounds)


def _bounds(session: Session, snapshot: VaultSnapshot) -> Bounds:
    """What the mandate allows for each asset; nothing for one that is written off."""
    mandate, block = interface("Mandate"), session.node.block(snapshot.block_number)
    address = to_checksum_address(snapshot.mandate)
    found = []
    for asset, holding in enumerate(snapshot.holdings):
        call = Call(address, mandate.encode("bounds", asset))
        answer = session.node.call(call, at=block or "latest")
        bounds = next(iter(mandate.decode("bounds", answer).values()))
        most = 0 if holding.written_off else bounds["maxWeight"]
        found.append((min(bounds["minWeight"], most), most))
    return tuple(found)


def change_to(rules: Rules, run: ModelRun, *, over: float | None = None) -> Change:
    """What it means to change to the targets of a run, over so many days or the fewest."""
    now = tuple(holding.target for holding in rules.snapshot.holdings)
    cost, note = _expected_cost(rules.session, rules.snapshot, run.targets)
    return Change(distance_up(now, run.targets), *times_of(rules, run, over), cost, note)


def times_of(rules: Rules, run: ModelRun, days: float | None) -> tuple[int, int]:
    """When the targets begin to move, and when they arrive, in seconds."""
    starts_at = first_start(rules)
    needed = least_seconds(rules.snapshot, run.targets)
    return starts_at, starts_at + (needed if days is None else int(days * DAY))


def _expected_cost(
    session: Session, snapshot: VaultSnapshot, wanted: tuple[int, ...]
) -> tuple[float | None, str]:
    """Cost of trading to targets at the quotes of now, as if they stood and nothing held it up."""
    if not snapshot.nav:
        return None, "a price is missing"
    moved = replace(
        snapshot,
        reason=Reason.THRESHOLD,
        blocker=Blocker.NONE,
        is_keeper=True,
        loss_left=WAD,
        turnover_left=WAD,
        holdings=tuple(
            replace(holding, target=target)
            for holding, target in zip(snapshot.holdings, wanted, strict=True)
        ),
    )
    planned = plan_now(session, moved, wanted, PlanTerms(gas_value=0.0))
    if isinstance(planned, NoPlan):
        return None, planned.sentence
    return planned.swap_cost, ""


def plan_now(
    session: Session, snapshot: VaultSnapshot, wanted: tuple[int, ...], terms: PlanTerms
) -> LegPlan | NoPlan:
    """Legs to a destination at the quotes of now."""
    block = session.node.head()
    target = session.target
    routes = read_routes(session.node, target.lens, vault=target.vault, block=block)
    requests = quote_requests(snapshot, wanted, routes)
    quotes = sample(session.node, session.quoters(), requests, block=block)
    return plan(snapshot, wanted, quotes.curves, terms)


def require_accepted(rules: Rules, run: ModelRun, change: Change) -> None:
    """Refuse targets that the vault would refuse, in its own words."""
    manager, known = rules.holder("manager", "Mandate"), OPERATIONS["schedule"]
    data = known.data((list(run.targets), change.starts_at, change.ends_at))
    rehearse(rules, Call(rules.address(known.contract), data, manager))
