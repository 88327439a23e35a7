"""A year of a vault, told by chain events alone, is the year that the simulator booked."""

from bisect import bisect_right
from contextlib import contextmanager
from dataclasses import asdict, replace
from fractions import Fraction
from functools import cached_property
from math import fsum

import pytest
from trimtab.chain.lens import read_snapshot
from trimtab.errors import HistoryGap, LedgerError, LocalChainError, MissingPrice
from trimtab.history.chronicle import read_chronicle, require_backed, require_complete
from trimtab.history.events import (
    Deposit,
    MintedInKind,
    OwedClaimed,
    Rebalanced,
    RedeemedInKind,
    Withdraw,
)
from trimtab.history.feeds import FeedHistory, token_prices
from trimtab.history.ledger import after, open_ledger
from trimtab.history.shares import read_transfers
from trimtab.history.tokens import balance_of, read_tokens
from trimtab.local.accounts import local_accounts
from trimtab.local.anvil import AnvilChain
from trimtab.local.blueprint import Blueprint
from trimtab.local.demo import DemoOptions, local_keeper
from trimtab.local.scenario import run_scenario
from trimtab.local.sender import Sender
from trimtab.local.synthetic import synthetic_history
from trimtab.local.world import SETUP_SECONDS, build_local_world
from trimtab.policy.rules import Policy, PolicyKind
from trimtab.research.attribution import attribute
from trimtab.research.metrics import ValueSeries, performance
from trimtab.research.tax_lots import Method, settle
from trimtab.research.tax_movements import asset_movements, share_movements, worth_from
from trimtab.research.vault_path import share_path
from trimtab.store.database import Database

ASSETS = ("USDC", "BTC", "ETH", "LINK")
HISTORY = synthetic_history(ASSETS, 365, 3)
OPTIONS = DemoOptions(HISTORY, Blueprint((0.25, 0.3, 0.3, 0.15)), Policy(kind=PolicyKind.THRESHOLD))
SETTLED = 3_600
"""Time after a step in which the keeper has acted, in seconds."""


class Year:
    """A vault's year: what the simulator booked, and the chain it happened on."""

    def __init__(self, chain):
        self.world = build_local_world(chain, HISTORY, OPTIONS.blueprint)
        with Database(None) as database:
            keeper = local_keeper(self.world, OPTIONS, database)
            run = run_scenario(self.world, keeper.step, HISTORY, gas_price=OPTIONS.gas_price)
            self.steps = tuple(run)
        self.node, self.vault = self.world.node, self.world.record.vault
        self.end = self.node.head()
        self._holders_come_and_go()
        self.head = self.node.head()
        self.entries = read_chronicle(self.node, self.vault, last=self.head)

    def _holders_come_and_go(self):
        holder = Sender(self.world.chain, local_accounts().holder)
        vault, nothing, plenty = self.vault, [0] * len(ASSETS), [10**30] * len(ASSETS)
        for token in self.world.tokens.values():
            token.mint(holder, holder.address, 10**30)
            holder.send(token.address, "approve(address,uint256)", vault, 10**30)
        redeem = "redeemInKind(uint256,uint256[],address,address,uint256)"
        holder.send(vault, redeem, 10**20 + 7, nothing, holder.address, holder.address, 2)
        btc = self.world.tokens["BTC"].address
        holder.send(vault, "claimOwed(address,address)", btc, holder.address)
        mint = "mintInKind(uint256,uint256[],address)"
        holder.send(vault, mint, 3 * 10**19 + 1, plenty, holder.address)
        holder.send(vault, "deposit(uint256,address)", 1_000 * 10**6, holder.address)
        friend = local_accounts().guardian.address
        holder.send(vault, "transfer(address,uint256)", friend, 10**18)
        withdraw = "withdraw(uint256,address,address)"
        holder.send(vault, withdraw, 500 * 10**6, holder.address, holder.address)

    @property
    def year_entries(self):
        return [entry for entry in self.entries if entry.block_number <= self.end.number]

    @property
    def snapshot(self):
        lens, caller = self.world.record.contract("VaultLens"), local_accounts().keeper.address
        return read_snapshot(self.node, lens, vault=self.vault, caller=caller, block=self.head)

    @cached_property
    def facts(self):
        return read_tokens(self.node, self.entries[-1].ledger.tokens, at=self.head)

    def recorded_at(self, timestamp):
        """What the events say was held at a time."""
        return [e for e in self.year_entries if e.timestamp <= timestamp][-1].ledger.recorded

    def path(self, price_at):
        """One share's holdings at the end of every step."""
        times = [step.timestamp + SETTLED for step in self.steps]
        return share_path(self.year_entries, self.facts, price_at, times=times)

    def true_price(self, token, time):
        """The price of the step that a time belongs to; that of the first before it."""
        step = max(0, bisect_right(HISTORY.timestamps, time) - 1)
        return HISTORY.exact(step)[self.facts[token].symbol]

    def per_share(self):
        """The simulator's own worth of one share, step by step."""
        shares = self.year_entries[-1].ledger.shares
        times = tuple(step.timestamp + SETTLED for step in self.steps)
        return ValueSeries(times, tuple(step.value * 10**18 / shares for step in self.steps))


@contextmanager
def anvil():
    try:
        chain = AnvilChain(HISTORY.timestamps[0] - SETUP_SECONDS)
    except LocalChainError as missing:
        pytest.skip(f"anvil is needed: {missing}")
    with chain:
        yield chain


@pytest.fixture(scope="module")
def year():
    with anvil() as chain:
        yield Year(chain)


def test_events_alone_give_the_books_of_every_day_to_the_wei(year):
    for step in year.steps:
        assert year.recorded_at(step.timestamp + SETTLED) == step.recorded
    kinds = [type(entry.event) for entry in year.entries]
    assert kinds.count(Rebalanced) >= 10
    assert {MintedInKind, RedeemedInKind, OwedClaimed, Deposit, Withdraw} <= set(kinds)


def test_events_arrive_at_what_the_vault_holds(year):
    require_whole(year, year.entries)


def test_no_event_can_be_lost_unnoticed(year):
    for lost in range(len(year.entries)):
        kept = [*year.entries[:lost], *year.entries[lost + 1 :]]
        with pytest.raises(LedgerError):
            require_whole(year, replayed(kept))


def test_a_history_that_begins_too_late_is_a_gap(year):
    with pytest.raises(LedgerError):
        read_chronicle(year.node, year.vault, first=year.head.number - 300, last=year.head)
    with pytest.raises(HistoryGap, match="assets: the events come to"):
        require_complete((), year.snapshot)


@pytest.mark.parametrize(("source", "close"), [("true", 1e-10), ("feeds", 1e-6)])
def test_figures_from_events_alone_are_those_of_the_simulator(year, source, close):
    prices = token_prices(
        year.node,
        year.world.record.contract("PriceOracle"),
        {token: facts.symbol for token, facts in year.facts.items()},
        last=year.head,
    )
    published = {"true": year.true_price, "feeds": lambda token, time: prices[token].at(time)}

    path = year.path(published[source])

    simulated = year.per_share()
    worth = dict(zip(path.timestamps, path.worth, strict=True))
    told = ValueSeries(simulated.timestamps, tuple(worth[time] for time in simulated.timestamps))
    ours, theirs = asdict(performance(told)), asdict(performance(simulated))
    assert ours.pop("drawdown") == pytest.approx(theirs.pop("drawdown"), abs=close)
    assert ours == pytest.approx(theirs, abs=close)


def test_parts_of_the_years_change_sum_to_it_and_its_costs_are_the_simulators(year):
    path = year.path(year.true_price)

    found = attribute(path)

    assert fsum(found.parts) == pytest.approx(found.change, rel=0, abs=1e-12 * path.worth.max())
    costs = [rebalance.cost for step in year.steps for rebalance in step.rebalances]
    lost = sum(cost.fee + cost.impact + cost.gap for cost in costs)
    shares = year.year_entries[-1].ledger.shares / 10**18
    assert -found.moves["trade"] * shares == pytest.approx(lost, rel=1e-6)


def test_a_price_before_a_feed_began_is_missing(year):
    prices = token_prices(
        year.node,
        year.world.record.contract("PriceOracle"),
        {year.world.tokens["ETH"].address: "ETH"},
        last=year.head,
    )

    with pytest.raises(MissingPrice, match="no price of ETH at 1970-01-01 00:00:05 UTC"):
        prices[year.world.tokens["ETH"].address].at(5)


def require_whole(year, entries):
    require_complete(entries, year.snapshot)
    require_backed(year.node, year.vault, entries[-1].ledger, at=year.head)


def replayed(entries):
    """The entries with their ledgers computed anew."""
    ledger, again = open_ledger(), []
    for entry in entries:
        ledger = after(entry.event, ledger)
        again.append(replace(entry, ledger=ledger))
    return tuple(again)


def test_lots_of_the_vault_hold_what_the_vault_holds(year):
    decimals = {token: facts.decimals for token, facts in year.facts.items()}
    worth = worth_from(year.true_price, decimals)

    movements = asset_movements(year.entries, worth)

    ledger = year.entries[-1].ledger
    held = dict(zip(ledger.tokens, ledger.recorded, strict=True))
    for method in (Method.FIFO, Method.LIFO, Method.HIFO):
        books = {token: settle(token, moves, method) for token, moves in movements.items()}
        assert {token: book.quantity for token, book in books.items()} == held
        assert all(book.realised for book in books.values())


def test_lots_of_a_holder_hold_the_shares_of_the_holder(year):
    holder = local_accounts().holder.address
    decimals = {token: facts.decimals for token, facts in year.facts.items()}
    worth = worth_from(year.true_price, decimals)
    transfers = read_transfers(year.node, year.vault, last=year.head)

    moves = share_movements(year.entries, transfers, [holder], worth)

    book = settle("TRIM", moves, Method.FIFO)
    assert book.quantity == balance_of(year.node, year.vault, holder, at=year.head)
    assert len(book.realised) >= 2
    friend = local_accounts().guardian.address
    given = [t for t in transfers if t.receiver == friend]
    assert [t.shares for t in given] == [10**18]
    both = share_movements(year.entries, transfers, [holder, friend], worth)
    assert settle("TRIM", both, Method.FIFO).quantity == book.quantity + 10**18


def test_a_price_missing_on_a_tax_date_names_the_asset_and_the_date(year):
    eth = year.world.tokens["ETH"].address
    gap = FeedHistory("ETH", (0,), (Fraction(1),), lifetime=86_400)

    def price(token, time):
        return gap.at(time) if token == eth else year.true_price(token, time)

    decimals = {token: facts.decimals for token, facts in year.facts.items()}

    with pytest.raises(MissingPrice, match=r"no price of ETH at \d{4}-\d\d-\d\d .* the last one"):
        asset_movements(year.entries, worth_from(price, decimals))
