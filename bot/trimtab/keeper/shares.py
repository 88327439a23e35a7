"""Many processes of one fleet: each leads its share of the accounts, and so of their vaults.

An account has one leader, since it has one transaction on its way; the vaults that it signs for go
with it. A process says that it lives when it renews its leases. When one comes, the others give up
what is above their share; when one dies, they take what it had once its leases have ended.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from trimtab import telemetry
from trimtab.errors import TransientError
from trimtab.executor.clock import Clock
from trimtab.executor.tenure import RENEWED_AFTER, Claim
from trimtab.keeper.leadership import Candidate, Leadership
from trimtab.store.roster import Ask, Roster

_LOG = telemetry.logger("fleet")


class Shares:
    """The accounts of a fleet, as one of its processes shares them with the others."""

    def __init__(
        self, roster: Roster, clock: Clock, candidate: Candidate, leaderships: Sequence[Leadership]
    ) -> None:
        self._roster, self._clock = roster, clock
        self._candidate = candidate
        self._leaderships = tuple(leaderships)
        self._members = 0
        self._reported_at = float("-inf")

    def settle(self) -> None:
        """Give up what is above this process's share, and take what is free within it.

        Raises
        ------
        StoreError
            If the database cannot be used.
        """
        claim = self._candidate.claim()
        self._report(claim)
        share = -(-len(self._leaderships) // self._members)
        led = [one for one in self._leaderships if one.keep()]
        self._give_up(led, len(led) - share)
        free = [one for one in self._leaderships if one not in led]
        if free and len(led) < share:
            self._take(free, claim, share - len(led))

    def leave(self) -> None:
        """Have the others share what this process leaves."""
        self._roster.leave(self._candidate.claim().holder)

    def _report(self, claim: Claim) -> None:
        now = self._clock.now()
        if abs(now - self._reported_at) < claim.seconds * RENEWED_AFTER:
            return
        members = self._roster.report(claim.holder, seconds=claim.seconds, seat=claim.seat)
        if members != self._members:
            _LOG.info("keepers share this fleet", keepers=members)
        self._members, self._reported_at = members, now

    def _give_up(self, led: Sequence[Leadership], surplus: int) -> None:
        """Resign what is too much; not while something of it is on its way."""
        for leadership in reversed(led):
            if surplus <= 0:
                return
            with suppress(TransientError):
                if leadership.executor.in_flight() is None:
                    leadership.resign()
                    surplus -= 1

    def _take(self, free: Sequence[Leadership], claim: Claim, most: int) -> None:
        by_account = {one.executor.account: one for one in free}
        ask = Ask(claim.holder, claim.seconds, most, claim.seat)
        for lease in self._roster.claim(tuple(by_account), ask):
            by_account[lease.account].adopt(lease, claim)
