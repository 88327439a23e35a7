"""The right of this process to sign for one account: taken, kept while it works, and given back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from trimtab.errors import LeaseLost
from trimtab.executor.clock import Clock
from trimtab.store.journal import Account
from trimtab.store.leases import Lease, Leases

RENEWED_AFTER = 0.25
"""Part of its time after which a lease is renewed: three more looks may fail before it ends."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Who asks for the right to sign, and for how long.

    Attributes
    ----------
    holder
        Name of this process, which no other one has.
    seconds
        How long the right lasts unless it is renewed.
    seat
        End of the names of all processes of which only one runs at a time, this one now: an
        earlier holder with the same end has died. None if that is not known.
    """

    holder: str
    seconds: float
    seat: str | None = None


class Tenure:
    """A lease as one process holds it.

    Attributes
    ----------
    lease
        What is signed under; None if nothing was taken, or it is known to be lost.
    """

    def __init__(self, leases: Leases, clock: Clock) -> None:
        self.lease: Lease | None = None
        self._leases, self._clock = leases, clock
        self._seconds = self._renewed_at = 0.0

    def take(self, account: Account, claim: Claim) -> bool:
        """Take or keep the right; False while another process has it."""
        if self.keep():
            return True
        self.lease = self._leases.acquire(
            account, claim.holder, seconds=claim.seconds, seat=claim.seat
        )
        self._seconds, self._renewed_at = claim.seconds, self._clock.now()
        return self.lease is not None

    def adopt(self, lease: Lease, claim: Claim) -> None:
        """Hold a lease that was taken for this process a moment ago."""
        self.lease = lease
        self._seconds, self._renewed_at = claim.seconds, self._clock.now()

    def keep(self) -> bool:
        """Renew the right where it is time to; False if it is not this process's any more."""
        if self.lease is None:
            return False
        now = self._clock.now()
        if abs(now - self._renewed_at) < self._seconds * RENEWED_AFTER:
            return True
        if self._leases.renew(self.lease, seconds=self._seconds):
            self._renewed_at = now
            return True
        self.lease = None
        return False

    @contextmanager
    def signing(self) -> Iterator[Lease | None]:
        """The lease to sign under; forgotten if the journal says that it is lost."""
        held = self.lease
        if held is not None and not self.keep():
            raise LeaseLost(held.account.signer, self._leases.holder(held.account))
        try:
            yield self.lease
        except LeaseLost:
            self.lease = None
            raise

    def give_back(self) -> None:
        """End the right at once, so that another process need not wait for its end."""
        if self.lease is not None:
            self._leases.release(self.lease)
            self.lease = None
