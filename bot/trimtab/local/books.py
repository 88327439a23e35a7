"""The independent account of a vault: its events in, balances, values and costs out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from eth_typing import ChecksumAddress, HexStr

from trimtab.chain.answers import Block, Log, Receipt
from trimtab.chain.contracts import encode_call
from trimtab.chain.lens import read_snapshot
from trimtab.chain.node import Call
from trimtab.domain.snapshot import VaultSnapshot
from trimtab.domain.units import BPS, WAD
from trimtab.errors import LocalChainError
from trimtab.history.events import LegSettled, Rebalanced
from trimtab.history.ledger import Ledger, open_ledger, replay
from trimtab.history.logs import event_topics, vault_events
from trimtab.local.accounts import local_accounts
from trimtab.local.costs import GasPrice, swaps_in, trade_cost
from trimtab.local.figures import TradeCost, mix_growth
from trimtab.local.reports import RebalanceReport, StepReport
from trimtab.local.world import LocalWorld

Prices = dict[str, Fraction]
"""True values of whole tokens by symbol, in the vault's order."""


class KeeperView(Protocol):
    """What a keeper saw and did at one block."""

    @property
    def snapshot(self) -> VaultSnapshot:
        """The vault as the keeper read it, before it acted."""

    @property
    def action(self) -> str:
        """What it did, in one word."""

    @property
    def sentence(self) -> str:
        """Why, in its own words."""


class Books:
    """Accounts of one vault, kept from its deployment on.

    Raises
    ------
    LedgerError
        Whenever the vault's events do not add up.
    """

    def __init__(self, world: LocalWorld, gas_price: GasPrice) -> None:
        self._world = world
        self._vault = world.record.vault
        self._gas_price = gas_price
        self._tokens = tuple(world.tokens.values())
        opened = open_ledger()
        logs = self._logs(0, world.node.head().number)
        self._ledger: Ledger = replay(opened, vault_events(logs, self._vault))
        self._seed = self._ledger.recorded
        self._yardstick: _Yardstick | None = None

    def close_step(self, step: int, before: Block, view: KeeperView, prices: Prices) -> StepReport:
        """Enter what happened at one step, and report it."""
        error = self._value_error_bp(view.snapshot)
        rebalances = tuple(self._enter_blocks_after(before, prices))
        if rebalances:
            error = max(error, self._value_error_bp(self._read_now()))
        values = self._values(self._ledger.recorded, prices)
        holdings = view.snapshot.holdings
        targets = tuple(holding.target / WAD for holding in holdings)
        return StepReport(
            step=step,
            timestamp=before.timestamp,
            action=str(view.action),
            sentence=view.sentence,
            recorded=self._ledger.recorded,
            weights=tuple(value / sum(values) for value in values),
            targets=targets,
            bands=tuple(holding.band / WAD for holding in holdings),
            value=sum(values),
            buy_and_hold=sum(self._values(self._seed, prices)),
            frictionless=self._frictionless(targets, prices),
            value_error_bp=error,
            rebalances=rebalances,
        )

    def _enter_blocks_after(self, block: Block, prices: Prices) -> Iterator[RebalanceReport]:
        """Enter every later transaction of the vault into the ledger; report the rebalances."""
        last = self._world.node.head().number
        logs = self._logs(block.number + 1, last) if last > block.number else ()
        for transaction in dict.fromkeys(log.transaction_hash for log in logs):
            receipt = self._receipt(transaction)
            value = sum(self._values(self._ledger.recorded, prices))
            events = tuple(vault_events(receipt.logs, self._vault))
            self._ledger = replay(self._ledger, events)
            legs = [event for event in events if isinstance(event, LegSettled)]
            for event in events:
                if isinstance(event, Rebalanced):
                    cost = self._cost(receipt, legs, prices)
                    yield _rebalance_report(receipt, legs, event, value=value, cost=cost)

    def _cost(self, receipt: Receipt, legs: Iterable[LegSettled], prices: Prices) -> TradeCost:
        """What a rebalance cost at true prices."""
        pools = {pool.address: pool for pool in self._world.market.pools}
        roots = {pool: self._root(pool, receipt.block_number - 1) for pool in pools}
        units: dict[str, Fraction] = {
            token.address: token.unit_value(prices) for token in self._tokens
        }
        sold = sum((leg.amount_in * units[leg.token_in] for leg in legs), Fraction(0))
        gas = self._gas_price.cost(receipt.gas_used, prices)
        return trade_cost(swaps_in(receipt.logs, pools, roots), sold, gas, prices)

    def _frictionless(self, targets: tuple[float, ...], prices: Prices) -> float:
        """Worth of the mix that costs nothing, brought forward from the step before."""
        now = tuple(float(price) for price in prices.values())
        if self._yardstick is None:
            worth = sum(self._values(self._seed, prices))
        else:
            before = self._yardstick
            worth = before.worth * mix_growth(before.targets, before.prices, now)
        self._yardstick = _Yardstick(worth, targets, now)
        return worth

    def _values(self, amounts: tuple[int, ...], prices: Prices) -> list[float]:
        """True values of amounts in smallest units."""
        return [
            float(amount * token.unit_value(prices))
            for amount, token in zip(amounts, self._tokens, strict=True)
        ]

    def _value_error_bp(self, snapshot: VaultSnapshot) -> float:
        """Difference between the vault's own value and the ledger's, at the oracle's prices."""
        value = self._ledger.value([holding.price for holding in snapshot.holdings])
        return abs(snapshot.nav - value) * BPS / value

    def _read_now(self) -> VaultSnapshot:
        return read_snapshot(
            self._world.node,
            self._world.record.contract("VaultLens"),
            vault=self._vault,
            caller=local_accounts().keeper.address,
            block=self._world.node.head(),
        )

    def _logs(self, first: int, last: int) -> tuple[Log, ...]:
        return self._world.node.logs(self._vault, event_topics(), first=first, last=last)

    def _root(self, pool: ChecksumAddress, block: int) -> int:
        """Square root of a pool's price at the end of a block."""
        answer = self._world.node.call(Call(pool, encode_call("slot0()")), at=block)
        return int.from_bytes(answer[:32], "big")

    def _receipt(self, transaction: HexStr) -> Receipt:
        receipt = self._world.node.receipt(transaction)
        if receipt is None:
            raise LocalChainError(f"the chain lost {transaction} after it had been mined")
        return receipt


def _rebalance_report(
    receipt: Receipt,
    legs: Sequence[LegSettled],
    whole: Rebalanced,
    *,
    value: float,
    cost: TradeCost,
) -> RebalanceReport:
    return RebalanceReport(
        transaction_hash=receipt.transaction_hash,
        block_number=receipt.block_number,
        legs=tuple((leg.route_id, leg.amount_in, leg.amount_out) for leg in legs),
        value_before=value,
        cost=cost,
        drift_before=whole.drift_before,
        drift_after=whole.drift_after,
    )


@dataclass(frozen=True, slots=True)
class _Yardstick:
    """The frictionless mix at one step: worth, targets, and prices of whole tokens."""

    worth: float
    targets: tuple[float, ...]
    prices: tuple[float, ...]
