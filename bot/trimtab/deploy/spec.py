"""What is to be deployed: every number and address, complete before the first transaction."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from fractions import Fraction

from trimtab.domain.snapshot import Limits
from trimtab.domain.units import WAD

NO_ADDRESS = "0x0000000000000000000000000000000000000000"
"""Stands for a contract that a chain does not have, such as a sequencer feed."""


@dataclass(frozen=True, slots=True)
class AssetSpec:
    """One asset, its feed and its rules.

    Attributes
    ----------
    symbol
        Symbol that the token must answer with.
    token, feed
        Addresses of the ERC-20 and of the feed that prices it.
    feed_description
        Description that the feed must answer with: one address can be another feed elsewhere.
    heartbeat
        Oldest accepted age of an answer, in seconds.
    deviation
        Move at which the feed updates, in WAD.
    min_price, max_price
        Answers must lie strictly between these, in units of account for one whole token.
    weight, min_weight, max_weight
        First target and the bounds of later ones, in WAD.
    band, hard_band
        Distances from target at which the keeper and the public tier open, in WAD.
    decimals, feed_decimals
        Decimals that the token and the feed must answer with; None accepts any.
    """

    symbol: str
    token: str
    feed: str
    feed_description: str
    heartbeat: int
    deviation: int
    min_price: Decimal
    max_price: Decimal
    weight: int
    min_weight: int
    max_weight: int
    band: int
    hard_band: int
    decimals: int | None = None
    feed_decimals: int | None = None


@dataclass(frozen=True, slots=True)
class RouteSpec:
    """A path over Uniswap V3 pools from one asset to another.

    Attributes
    ----------
    token_in, token_out
        Positions of the assets sold and bought.
    fees
        Fee of each pool on the way, in hundredths of a basis point; one more than `through`.
    through
        Addresses of the tokens between the pools; empty for one pool.
    """

    token_in: int
    token_out: int
    fees: tuple[int, ...]
    through: tuple[str, ...] = ()

    def data(self) -> bytes:
        """What the venue needs beside the tokens: the packed path without its two ends."""
        first, *rest = self.fees
        hops = zip(self.through, rest, strict=True)
        tail = b"".join(bytes.fromhex(token[2:]) + fee.to_bytes(3, "big") for token, fee in hops)
        return first.to_bytes(3, "big") + tail


@dataclass(frozen=True, slots=True)
class RolesSpec:
    """Addresses of those who may do what; the deployer is none of them unless listed.

    Attributes
    ----------
    owner
        None where the deployment creates a timelock to own the vault.
    """

    owner: str | None
    manager: str
    guardian: str
    keepers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TimelockSpec:
    """A timelock of which nobody is the administrator: it changes itself, through itself.

    Attributes
    ----------
    delay
        Shortest time between proposing an operation and executing it, in seconds.
    proposers
        Who may propose operations and cancel them.
    executors
        Who may execute them when their time has come; the zero address stands for anyone.
    """

    delay: int
    proposers: tuple[str, ...]
    executors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UniswapSpec:
    """Addresses of Uniswap V3 on the chain: SwapRouter02, QuoterV2, and the factory they must name.

    Without a factory, any that both name is accepted.
    """

    router: str
    quoter: str
    factory: str | None = None


@dataclass(frozen=True, slots=True)
class DeploymentSpec:
    """A vault with everything it needs.

    Attributes
    ----------
    chain_id
        Chain that it is meant for; any other is refused.
    name, symbol
        Of the share.
    seed_value
        Worth of the first deposit, in units of account, split over the assets by weight. One share
        is worth one unit of account in the beginning.
    receiver
        Who gets the first shares.
    sequencer_feed
        Uptime feed of a rollup's sequencer, or `NO_ADDRESS`.
    timelock
        The owner that is to be created, or None if `roles` names one.
    network
        Name of the public network whose addresses were used, or None.
    """

    chain_id: int
    name: str
    symbol: str
    seed_value: Decimal
    receiver: str
    sequencer_feed: str
    uniswap: UniswapSpec
    roles: RolesSpec
    limits: Limits
    assets: tuple[AssetSpec, ...]
    routes: tuple[RouteSpec, ...]
    timelock: TimelockSpec | None = None
    network: str | None = None

    def owner(self, addresses: Mapping[str, str]) -> str:
        """Who owns the vault: the timelock among `addresses`, or the owner that is named."""
        return addresses["TimelockController"] if self.timelock else str(self.roles.owner)

    def people(self) -> tuple[str, ...]:
        """Everybody who is given a role or the first shares, each once."""
        named = (self.roles.owner, self.roles.manager, self.roles.guardian, *self.roles.keepers)
        proposers = self.timelock.proposers if self.timelock else ()
        everybody = dict.fromkeys((*named, *proposers, self.receiver))
        return tuple(account for account in everybody if account is not None)

    def roles_of(self, account: str) -> tuple[str, ...]:
        """Roles that an account is to hold."""
        holders = {
            "owner": (self.roles.owner,),
            "manager": (self.roles.manager,),
            "guardian": (self.roles.guardian,),
            "keeper": self.roles.keepers,
            "proposer": self.timelock.proposers if self.timelock else (),
        }
        return tuple(role for role, accounts in holders.items() if account in accounts)

    def shares(self) -> int:
        """First shares, in share wei: the worth of the first deposit in WAD, rounded down."""
        return int(Fraction(self.seed_value) * WAD)

    def fingerprint(self) -> str:
        """Name of exactly this specification: it differs whenever any part of it does."""
        text = json.dumps(asdict(self), sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:16]
