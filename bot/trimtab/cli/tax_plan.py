"""What a rebalance to target would realise in gains now, and what of it keeps a budget."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from trimtab.cli.proposals import plan_now
from trimtab.cli.session import Session
from trimtab.domain.legs import LegPlan
from trimtab.domain.phrases import percent
from trimtab.domain.portfolio import targets
from trimtab.domain.snapshot import Blocker, Reason, VaultSnapshot
from trimtab.planner.terms import NoPlan, PlanTerms
from trimtab.research.tax_advice import PlannedSale, within_budget
from trimtab.research.tax_lots import LotBook, Method
from trimtab.research.tax_report import exact_text


@dataclass(frozen=True, slots=True)
class Books:
    """Lots of a vault's assets in its order; None for one that it never held."""

    lots: tuple[LotBook | None, ...]
    method: Method


def rebalance_outlook(session: Session, books: Books, budget: int | None) -> dict[str, Any]:
    """The legs of a rebalance to target at the quotes of now, and the gains they would realise.

    Nothing is traded, whatever keeps the vault from trading now is left aside, and the budget binds
    no keeper.

    Parameters
    ----------
    budget
        Most gain that the whole may realise, in WAD; None for no budget.
    """
    snapshot = replace(
        session.snapshot(), reason=Reason.THRESHOLD, blocker=Blocker.NONE, is_keeper=True
    )
    goal = targets(snapshot)
    planned = plan_now(session, snapshot, goal, PlanTerms(gas_value=0.0))
    shown = _shown(planned, snapshot, books)
    if budget is None or isinstance(planned, NoPlan):
        return shown
    sales = _sales(planned, snapshot, books)
    kept = within_budget(tuple(sales.values()), books.method, budget=budget, now=snapshot.timestamp)
    caps = [0] * len(goal)
    for position, cap in zip(sales, kept, strict=True):
        caps[position] = cap
    allowed = plan_now(session, snapshot, goal, PlanTerms(gas_value=0.0, most_sold=tuple(caps)))
    return shown | {"within_budget": _shown(allowed, snapshot, books)}


def _sales(planned: LegPlan, snapshot: VaultSnapshot, books: Books) -> dict[int, PlannedSale]:
    """What the legs sell of each asset, by its position."""
    sold: dict[int, int] = {}
    for leg in planned.legs:
        sold[leg.token_in] = sold.get(leg.token_in, 0) + leg.leg.amount_in
    found = {}
    for position, quantity in sold.items():
        book = books.lots[position]
        if book is not None:
            price = snapshot.holdings[position].price
            found[position] = PlannedSale(book, price, quantity)
    return found


def _shown(planned: LegPlan | NoPlan, snapshot: VaultSnapshot, books: Books) -> dict[str, Any]:
    if isinstance(planned, NoPlan):
        return {"sentence": planned.sentence, "sales": [], "gain": exact_text(0, 18)}
    sales = _sales(planned, snapshot, books)
    gains = {p: sale.gain(books.method, now=snapshot.timestamp) for p, sale in sales.items()}
    before, after = percent(planned.drift_before), percent(planned.drift_after)
    return {
        "sentence": f"total drift falls from {before} to {after}",
        "sales": [
            {
                "asset": snapshot.holdings[position].label,
                "quantity": exact_text(sale.quantity, snapshot.holdings[position].decimals),
                "gain": exact_text(gains[position], 18),
            }
            for position, sale in sales.items()
        ],
        "gain": exact_text(sum(gains.values()), 18),
    }
