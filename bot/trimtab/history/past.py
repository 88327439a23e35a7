"""What an index of events says: each rebalance with its legs, the value per share, the keepers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from eth_typing import ChecksumAddress, HexStr
from eth_utils.address import to_checksum_address

from trimtab.chain.answers import Log
from trimtab.chain.contracts import Event, interface
from trimtab.domain.snapshot import Reason
from trimtab.domain.units import WAD
from trimtab.history.events import NOBODY, LegSettled, Rebalanced
from trimtab.history.indexer import MANDATE_EVENTS, VAULT_EVENTS
from trimtab.store.event_index import IndexedLog


@dataclass(frozen=True, slots=True)
class PastRebalance:
    """One rebalance.

    Attributes
    ----------
    block_number, timestamp, transaction_hash
        Where and when; time in seconds.
    caller, reason
        Who did it, and what made it due.
    totals
        NAV, drift, loss and turnover of the whole.
    legs
        What was sold for what, in their order.
    per_share
        Value of one share afterwards, in WAD, rounded down.
    """

    block_number: int
    timestamp: int
    transaction_hash: str
    caller: str
    reason: Reason
    totals: Rebalanced
    legs: tuple[LegSettled, ...]
    per_share: int


@dataclass(slots=True)
class Past:
    """What happened to one vault, told event by event."""

    vault: str
    rebalances: list[PastRebalance] = field(default_factory=list)
    keepers: dict[str, None] = field(default_factory=dict)
    supply: int = 0
    _legs: list[LegSettled] = field(default_factory=list)

    def tell(self, logs: Iterable[IndexedLog]) -> None:
        """Take in events, in the order of the chain.

        Raises
        ------
        NodeAnsweredWrongly
            If one has the topic of an event and not its shape.
        """
        for log in logs:
            event = _events().get(log.topics[0])
            if event is not None:
                self._take(event.name, event.decode(_plain(log)), log)

    def _take(self, name: str, found: dict[str, Any], log: IndexedLog) -> None:
        if name == "Transfer":
            self.supply += found["value"] * ((found["from"] == NOBODY) - (found["to"] == NOBODY))
        elif name == "KeeperSet":
            self._set_keeper(found["keeper"], allowed=found["allowed"])
        elif name == "LegSettled":
            self._legs.append(_leg(found))
        else:
            self.rebalances.append(self._rebalance(found, log))
            self._legs = []

    def _set_keeper(self, keeper: str, *, allowed: bool) -> None:
        if allowed:
            self.keepers[to_checksum_address(keeper)] = None
        else:
            self.keepers.pop(to_checksum_address(keeper), None)

    def _rebalance(self, found: dict[str, Any], log: IndexedLog) -> PastRebalance:
        totals = Rebalanced(
            nonce=found["nonce"],
            nav_before=found["navBefore"],
            nav_after=found["navAfter"],
            drift_before=found["driftBefore"],
            drift_after=found["driftAfter"],
            loss=found["loss"],
            turnover=found["turnover"],
        )
        return PastRebalance(
            block_number=log.block_number,
            timestamp=log.timestamp,
            transaction_hash=log.transaction_hash,
            caller=to_checksum_address(found["caller"]),
            reason=Reason(found["reason"]),
            totals=totals,
            legs=tuple(self._legs),
            per_share=totals.nav_after * WAD // self.supply if self.supply else 0,
        )


@cache
def _events() -> dict[bytes, Event]:
    named = [("Vault", name) for name in VAULT_EVENTS] + [("Mandate", n) for n in MANDATE_EVENTS]
    events = [interface(contract).event(name) for contract, name in named]
    return {event.topic: event for event in events}


def _leg(found: dict[str, Any]) -> LegSettled:
    return LegSettled(
        route_id=found["routeId"],
        token_in=to_checksum_address(found["tokenIn"]),
        token_out=to_checksum_address(found["tokenOut"]),
        amount_in=found["amountIn"],
        amount_out=found["amountOut"],
        value_in=found["valueIn"],
        value_out=found["valueOut"],
    )


def _plain(log: IndexedLog) -> Log:
    return Log(
        ChecksumAddress(to_checksum_address(log.address)),
        log.topics,
        log.data,
        log.block_number,
        HexStr(log.transaction_hash),
        log.index,
    )
