"""Runs a vault along a price history."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from trimtab.chain.answers import Block
from trimtab.local.books import Books, KeeperView
from trimtab.local.costs import GasPrice
from trimtab.local.prices import PriceHistory
from trimtab.local.reports import StepReport
from trimtab.local.world import LocalWorld

KeeperStep = Callable[[Block], KeeperView]
"""One look of a keeper at the newest block; it may send transactions."""


def run_scenario(
    world: LocalWorld, keeper_step: KeeperStep, history: PriceHistory, *, gas_price: GasPrice
) -> Iterator[StepReport]:
    """Move the market along `history`, let the keeper look after each step, and report.

    Parameters
    ----------
    world
        A world that was built at the first prices of `history`.
    keeper_step
        The keeper.
    history
        Prices; each row becomes one step at its own time.
    gas_price
        What gas costs. It enters the cost of a rebalance and no other figure: the keeper pays it.

    Raises
    ------
    LedgerError
        If the vault's events do not add up.
    """
    books = Books(world, gas_price)
    for step, timestamp in enumerate(history.timestamps):
        prices = history.exact(step)
        world.chain.set_next_timestamp(timestamp)
        world.market.step(prices)
        before = world.node.head()
        view = keeper_step(before)
        yield books.close_step(step, before, view, prices)
