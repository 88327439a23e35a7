"""Which keepers live, and which accounts are free: what a fleet of processes shares its work by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sql

from trimtab.store.database import Database, clock
from trimtab.store.leases import Lease, lock_account
from trimtab.store.records import Account
from trimtab.store.schema import leases, members


@dataclass(frozen=True, slots=True)
class Ask:
    """Who wants to lead some accounts.

    Attributes
    ----------
    holder, seconds
        The keeper, and how long its leases last.
    most
        How many it wants.
    seat
        What the names of those end with who cannot live beside it: their leases end now.
    """

    holder: str
    seconds: float
    most: int
    seat: str | None = None


class Roster:
    """Keepers of one chain, in a database that they share."""

    def __init__(self, database: Database, chain_id: int) -> None:
        self._database = database
        self._chain_id = chain_id

    def report(self, holder: str, *, seconds: float, seat: str | None = None) -> int:
        """Say that a keeper lives, and for how long to believe it; how many do, itself included.

        Parameters
        ----------
        holder, seconds
            The keeper, and how long it counts if it is not heard of again.
        seat
            What the names of those end with who cannot live beside it.
        """
        with self._database.write() as connection:
            now = clock(connection)
            gone = members.c.expires_at <= now
            if seat is not None:
                gone |= members.c.holder.endswith(f" {seat}", autoescape=True)
            own = members.c.holder == holder
            of_chain = members.c.chain_id == self._chain_id
            connection.execute(members.delete().where(of_chain & (gone | own)))
            row = {"chain_id": self._chain_id, "holder": holder, "expires_at": now + seconds}
            connection.execute(members.insert().values(row))
            counted = sql.select(sql.func.count()).select_from(members).where(of_chain)
            return int(connection.execute(counted).scalar_one())

    def leave(self, holder: str) -> None:
        """Say that a keeper ends."""
        own = (members.c.chain_id == self._chain_id) & (members.c.holder == holder)
        with self._database.write() as connection:
            connection.execute(members.delete().where(own))

    def claim(self, accounts: Sequence[Account], ask: Ask) -> tuple[Lease, ...]:
        """Take the leases of some accounts that nobody holds, in one transaction.

        What another keeper is about to take is passed over (`FOR UPDATE SKIP LOCKED`), so that
        keepers that come at once take different accounts, and none waits.
        """
        with self._database.write() as connection:
            self._know(connection, accounts)
            now = clock(connection)
            free = leases.c.holder.is_(None) | (leases.c.expires_at <= now)
            if ask.seat is not None:
                free |= leases.c.holder.endswith(f" {ask.seat}", autoescape=True)
            wanted = sql.tuple_(leases.c.chain_id, leases.c.signer).in_(
                [(one.chain_id, one.signer) for one in accounts]
            )
            found = leases.select().where(wanted & free).order_by(leases.c.signer).limit(ask.most)
            rows = connection.execute(found.with_for_update(skip_locked=True)).all()
            taken = tuple(
                Lease(Account(row.chain_id, row.signer), ask.holder, row.token + 1) for row in rows
            )
            for lease in taken:
                own = (leases.c.chain_id == lease.account.chain_id) & (
                    leases.c.signer == lease.account.signer
                )
                ends = now + ask.seconds
                values = {"holder": ask.holder, "token": lease.token, "expires_at": ends}
                connection.execute(leases.update().where(own).values(values))
        return taken

    def _know(self, connection: sql.Connection, accounts: Sequence[Account]) -> None:
        """Have a row for each account, which stays."""
        rows = connection.execute(sql.select(leases.c.chain_id, leases.c.signer)).all()
        known = {Account(row.chain_id, row.signer) for row in rows}
        for account in accounts:
            if account not in known:
                lock_account(connection, account)
