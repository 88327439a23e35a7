"""Who may sign for an account: one holder at a time, and no longer than its lease.

A holder that was paused past the end of its lease finds, when it wakes, that it may not sign: the
lease is checked in the transaction that writes down what is signed, against the clock that all
users of the database share. The row of the account is locked there, so that nobody can take the
lease over between the check and the commit.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sql

from trimtab.errors import LeaseLost
from trimtab.store.database import Database, clock
from trimtab.store.records import Account
from trimtab.store.schema import leases


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to sign for an account, for a while.

    Attributes
    ----------
    holder
        Who has it; unique to a process.
    token
        Number of the change of hands that gave it: a higher one ends every lower one.
    """

    account: Account
    holder: str
    token: int


class Leases:
    """The leases of all accounts, in a database that several keepers share."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def acquire(
        self, account: Account, holder: str, *, seconds: float, seat: str | None = None
    ) -> Lease | None:
        """Take or renew the lease, from now on for some seconds; None if another holds it.

        A holder that comes back after its lease has ended gets a new token.

        Parameters
        ----------
        account, holder
            Who wants to sign, for which account.
        seconds
            How long the lease lasts.
        seat
            What the names of those end with who cannot run beside this holder: the lease of one of
            them ends now.

        Raises
        ------
        StoreError
            If the database cannot be used.
        """
        with self._database.write() as connection:
            row = lock_account(connection, account)
            now = clock(connection)
            running = row.holder is not None and row.expires_at > now
            if running and row.holder != holder:
                if seat is None or not row.holder.endswith(f" {seat}"):
                    return None
                running = False
            token = row.token if running else row.token + 1
            values = {"holder": holder, "token": token, "expires_at": now + seconds}
            connection.execute(leases.update().where(_own(account)).values(values))
        return Lease(account, holder, token)

    def renew(self, lease: Lease, *, seconds: float) -> bool:
        """Have a lease last for some seconds from now on; False if it has ended or was taken over.

        Raises
        ------
        StoreError
            If the database cannot be used.
        """
        with self._database.write() as connection:
            row = lock_account(connection, lease.account)
            now = clock(connection)
            if row.expires_at <= now or (row.holder, row.token) != (lease.holder, lease.token):
                return False
            lasts = leases.update().where(_own(lease.account)).values(expires_at=now + seconds)
            connection.execute(lasts)
        return True

    def release(self, lease: Lease) -> None:
        """Give the lease back before its time; nothing happens if it has been lost."""
        with self._database.write() as connection:
            mine = _own(lease.account) & (leases.c.token == lease.token)
            connection.execute(leases.update().where(mine).values(holder=None))

    def holder(self, account: Account) -> str | None:
        """Who holds the lease now, or None."""
        with self._database.read() as connection:
            row = connection.execute(leases.select().where(_own(account))).first()
            held = row is not None and row.expires_at > clock(connection)
            return row.holder if row is not None and held else None


def require(connection: sql.Connection, account: Account, lease: Lease | None) -> None:
    """Refuse to sign for an account under somebody else's lease; locks the account's row.

    Raises
    ------
    LeaseLost
        If `lease` has ended or was taken over, or, without one, if somebody holds one.
    """
    row = lock_account(connection, account)
    running = row.holder is not None and row.expires_at > clock(connection)
    if lease is None:
        if running:
            raise LeaseLost(account.signer, row.holder)
    elif not running or (row.holder, row.token) != (lease.holder, lease.token):
        raise LeaseLost(account.signer, row.holder if running else None)


def lock_account(connection: sql.Connection, account: Account) -> sql.Row[tuple[object, ...]]:
    """The account's row, made if it is missing, locked until the transaction ends."""
    locked = leases.select().where(_own(account)).with_for_update()
    row = connection.execute(locked).first()
    if row is None:
        _add(connection, account)
        row = connection.execute(locked).one()
    return row


def _add(connection: sql.Connection, account: Account) -> None:
    """Add the account's row, unless another process is quicker."""
    connection.execute(
        sql.text(
            "INSERT INTO leases (chain_id, signer, holder, token, expires_at) "
            "VALUES (:chain_id, :signer, NULL, 0, 0) ON CONFLICT DO NOTHING"
        ),
        {"chain_id": account.chain_id, "signer": account.signer},
    )


def _own(account: Account) -> sql.ColumnElement[bool]:
    return (leases.c.chain_id == account.chain_id) & (leases.c.signer == account.signer)
