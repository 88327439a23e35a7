"""The accounts of the local chains: fixed keys, the same on every chain, worth nothing anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils.crypto import keccak

ROLES = ("operator", "deployer", "owner", "manager", "guardian", "keeper", "holder")
"""Who acts on a local chain."""


@dataclass(frozen=True, slots=True)
class LocalAccounts:
    """One account for each role, so that no role can stand in for another by accident.

    Attributes
    ----------
    operator
        Deploys the outside world and moves the market.
    deployer
        Deploys and seeds the vault, and can do nothing afterwards.
    owner, manager, guardian, keeper
        Hold the vault's roles of the same names.
    holder
        Receives the shares that are created when the vault is seeded.
    """

    operator: LocalAccount
    deployer: LocalAccount
    owner: LocalAccount
    manager: LocalAccount
    guardian: LocalAccount
    keeper: LocalAccount
    holder: LocalAccount

    def all(self) -> tuple[LocalAccount, ...]:
        """Every account, in the order of `ROLES`."""
        return tuple(getattr(self, role) for role in ROLES)


@cache
def local_accounts() -> LocalAccounts:
    """The accounts used on every local chain.

    Keys derive from the role's name alone, so addresses, and with them the order of token
    addresses in a pool, agree between runs and between chains. They are public: never fund them on
    a network that others use.
    """
    return LocalAccounts(**{role: _account(role) for role in ROLES})


def _account(role: str) -> LocalAccount:
    account: LocalAccount = Account.from_key(keccak(text=f"trimtab local chain: {role}"))
    return account
