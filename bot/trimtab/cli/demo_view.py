"""What a demo shows while it runs: a bar that moves, and one paragraph for each rebalance."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from trimtab.domain.phrases import percent
from trimtab.keeper.result import Action
from trimtab.local.demo import DemoEvent, WorldBuilt
from trimtab.local.prices import PriceHistory
from trimtab.local.reports import RebalanceReport, StepReport
from trimtab.local.tokens import DECIMALS, DEFAULT_DECIMALS

QUIET = (Action.HOLD, Action.REBALANCE)
"""What a keeper did that needs no line of its own: nothing, or what is shown in full."""


class DemoView:
    """Shows the events of a run.

    Parameters
    ----------
    history
        Prices of the run.
    remarks, results
        Where the bar goes, and where rebalances are printed.
    """

    def __init__(self, history: PriceHistory, remarks: Console, results: Console) -> None:
        self._results = results
        self._routes: tuple[tuple[str, str], ...] = ()
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            console=remarks,
            transient=True,
            disable=not remarks.is_terminal,
        )
        self._task = self._bar.add_task("building the world", total=len(history))

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def show(self, event: DemoEvent) -> None:
        """Show one event."""
        if isinstance(event, WorldBuilt):
            self._routes = event.routes
            self._results.print(
                f"vault {event.vault} on {event.chain}, seeded at its target weights",
                soft_wrap=True,
            )
            return
        self._bar.update(self._task, advance=1, description=_brief(event))
        for rebalance in event.rebalances:
            self._show_rebalance(event, rebalance)
        if event.action not in QUIET:
            self._results.print(
                f"{_day(event.timestamp)}  {event.action}: {event.sentence}", soft_wrap=True
            )

    def _show_rebalance(self, step: StepReport, rebalance: RebalanceReport) -> None:
        self._results.print(
            f"{_day(step.timestamp)}  {step.sentence}", style="bold", soft_wrap=True
        )
        for route, sold, bought in rebalance.legs:
            sell, buy = self._routes[route]
            self._results.print(
                f"    sold {_amount(sold, sell)}, bought {_amount(bought, buy)}, route {route}",
                soft_wrap=True,
            )
        cost = rebalance.cost
        self._results.print(
            f"    cost {cost.fee + cost.impact + cost.gas:,.2f}: pool fees {cost.fee:,.2f}, impact "
            f"{cost.impact:,.2f}, gas {cost.gas:,.2f}; total drift "
            f"{percent(rebalance.drift_before)} to {percent(rebalance.drift_after)}",
            soft_wrap=True,
        )


def _brief(step: StepReport) -> str:
    return f"{_day(step.timestamp)}  value {step.value:,.0f}"


def _day(timestamp: int) -> str:
    return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%d %H:%M")


def _amount(amount: int, symbol: str) -> str:
    """An amount to eight significant digits: enough to follow the run by eye."""
    decimals = DECIMALS.get(symbol, DEFAULT_DECIMALS)
    return f"{amount / 10**decimals:,.8g} {symbol}"
