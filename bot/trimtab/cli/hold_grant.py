"""What lets a contract take a holder's tokens: an allowance that stands, a permit, an approval."""

from __future__ import annotations

from dataclasses import dataclass

from eth_typing import ChecksumAddress

from trimtab.chain.contracts import encode_call
from trimtab.cli.hold_permit import Permit, PermitDomain


@dataclass(frozen=True, slots=True)
class Transaction:
    """One transaction of an action."""

    kind: str
    title: str
    to: ChecksumAddress
    data: bytes


@dataclass(frozen=True, slots=True)
class Grant:
    """An allowance that an action needs and that does not stand yet.

    Attributes
    ----------
    token
        The token.
    owner, spender
        Who grants it, to whom.
    amount, standing
        What is needed, and what stands already; in the token's smallest unit.
    text, whom
        The amount and the spender in words.
    domain
        How a permit is signed, or None if the token takes none.
    """

    token: ChecksumAddress
    owner: ChecksumAddress
    spender: ChecksumAddress
    amount: int
    standing: int
    text: str
    whom: str
    domain: PermitDomain | None

    def permit(self, deadline: int) -> Permit | None:
        """What has to be signed, or None if the token takes no permit."""
        if self.domain is None:
            return None
        return Permit(self.domain, self.owner, self.spender, self.amount, deadline)

    def approvals(self) -> tuple[Transaction, ...]:
        """Approvals of the exact amount; some tokens want an old allowance cleared first."""
        cleared = (self._approval(0, f"clear the old approval of {self.whom}"),)
        wanted = self._approval(self.amount, f"approve {self.text} for {self.whom}")
        return (*cleared, wanted) if self.standing else (wanted,)

    def _approval(self, amount: int, title: str) -> Transaction:
        data = encode_call("approve(address,uint256)", self.spender, amount)
        return Transaction("hold approve", title, self.token, data)
