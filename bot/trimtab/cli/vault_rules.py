"""The rules of a vault as they stand now: what an operation is worked out from and worded by."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from eth_typing import ChecksumAddress
from eth_utils.address import is_address, to_checksum_address

from trimtab.chain.contracts import interface
from trimtab.chain.node import Call
from trimtab.cli.session import Session
from trimtab.deploy.governance import Timelock, find_timelock
from trimtab.deploy.questions import Chain
from trimtab.domain.snapshot import LABEL_LENGTH, Route

ROLES = {
    "owner": "owner",
    "owner to be": "pendingOwner",
    "manager": "manager",
    "guardian": "guardian",
}
"""Who may do something, and the view that names the holder."""


class Rules:
    """A vault, its mandate and its oracle at one block.

    Attributes
    ----------
    delay
        Seconds that a timelock holds back what is worked out here, or None if none does.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.delay: int | None = None
        self.chain = Chain(session.node, session.node.head())
        self.snapshot = session.snapshot(self.chain.block)

    @property
    def now(self) -> int:
        """Time of the block, in seconds."""
        return self.chain.block.timestamp

    @cached_property
    def routes(self) -> tuple[Route, ...]:
        """All routes of the mandate."""
        return self.session.routes(self.chain.block)

    @cached_property
    def timelock(self) -> Timelock | None:
        """The timelock that owns the mandate, if a timelock does."""
        return self.timelock_at(self.holder("owner", "Mandate"))

    @cached_property
    def timelocks(self) -> tuple[Timelock, ...]:
        """Every timelock that holds a role, or may take the rules or the oracle over."""
        places = [("Mandate", role) for role in ROLES]
        places += [("PriceOracle", role) for role in ("owner", "owner to be")]
        holders = [self.holder(role, contract) for contract, role in places]
        found = (self.timelock_at(holder) for holder in dict.fromkeys(holders))
        return tuple(timelock for timelock in found if timelock is not None)

    def timelock_at(self, address: str) -> Timelock | None:
        """The timelock at an address, or None."""
        return find_timelock(self.chain, address)

    def address(self, contract: str) -> ChecksumAddress:
        """Address of `Vault`, `Mandate` or `PriceOracle`."""
        places = {
            "Vault": self.snapshot.vault,
            "Mandate": self.snapshot.mandate,
            "PriceOracle": self.snapshot.oracle,
        }
        return to_checksum_address(places[contract])

    def contract_at(self, address: str) -> str | None:
        """Which of them lives at an address, or None."""
        if any(timelock.address == address for timelock in self.timelocks):
            return "TimelockController"
        known = ("Mandate", "PriceOracle")
        return next((name for name in known if self.address(name) == address), None)

    def view(self, contract: str, function: str, *arguments: object) -> Any:
        """The first answer of a view."""
        abi = interface(contract)
        call = Call(self.address(contract), abi.encode(function, *arguments))
        answer = abi.decode(function, self.chain.node.call(call, at=self.chain.block))
        return next(iter(answer.values()))

    def holder(self, role: str, contract: str) -> ChecksumAddress:
        """Who holds a role of `ROLES`; a timelock itself is changed by whoever it acts as."""
        asked = "Mandate" if contract == "TimelockController" else contract
        return to_checksum_address(self.view(asked, ROLES[role]))

    def label(self, position: int) -> str:
        """What the asset at a position is called."""
        holdings = self.snapshot.holdings
        return holdings[position].label if position < len(holdings) else f"asset {position}"

    def token_label(self, token: str) -> str:
        """What a token is called, listed or not: its symbol if that can be shown safely."""
        for holding in self.snapshot.holdings:
            if holding.token == token:
                return holding.label
        symbol = self.chain.symbol(token) if is_address(token) else None
        shown = symbol and len(symbol) <= LABEL_LENGTH and symbol.isascii()
        return f"{symbol} ({token})" if shown and str(symbol).isprintable() else token

    def route_text(self, route_id: int) -> str:
        """What a route sells and buys."""
        if route_id >= len(self.routes):
            return f"route {route_id}"
        route = self.routes[route_id]
        return f"route {route_id} ({self.label(route.token_in)} to {self.label(route.token_out)})"
