"""One vault at one block: what the lens reports, as frozen values."""

from dataclasses import dataclass
from enum import IntEnum

from trimtab.domain.units import WAD

__all__ = [
    "Blocker",
    "Holding",
    "Limits",
    "PriceStatus",
    "Reason",
    "Route",
    "VaultSnapshot",
]

LABEL_LENGTH = 16
"""Longest symbol that is shown in place of an address."""


class Reason(IntEnum):
    """Why a rebalance is due. Numbers as in Types.sol."""

    NONE = 0
    """Nothing is due."""
    THRESHOLD = 1
    """An asset's weight is at least its band away from its target."""
    CALENDAR = 2
    """A new period of the calendar grid has begun and total drift is above the floor."""
    PUBLIC = 3
    """A hard band is exceeded and was recorded by `poke`: anyone may rebalance."""


class Blocker(IntEnum):
    """What stands in the way of a rebalance. Numbers as in Types.sol."""

    NONE = 0
    """Nothing: a rebalance with the reason named beside it is allowed now."""
    NOT_DUE = 1
    """No reason applies for this caller."""
    PAUSED = 2
    """Trading is paused by the guardian."""
    ORACLE = 3
    """A price is missing, stale or out of bounds."""
    COOLDOWN = 4
    """The keepers' cooldown has not passed."""
    NOT_POKED = 5
    """A hard band is exceeded, but `poke` has not recorded it, or too long ago."""
    POKE_DELAY = 6
    """`poke` recorded the breach less than its delay ago."""
    PUBLIC_COOLDOWN = 7
    """The public tier's own cooldown has not passed."""
    LOSS_BUCKET = 8
    """The loss bucket is empty."""
    TURNOVER_BUCKET = 9
    """The turnover bucket cannot take the smallest leg."""


class PriceStatus(IntEnum):
    """State of one price. Numbers as in IPriceOracle.sol."""

    OK = 0
    """The price can be used."""
    NO_FEED = 1
    """The token has no feed."""
    SEQUENCER = 2
    """The rollup's sequencer is down, or has been up for less than the grace period."""
    UNREADABLE = 3
    """The feed reverted, has no code, or answered in another shape."""
    OUT_OF_BOUNDS = 4
    """The answer is not strictly between its bounds."""
    FROM_THE_FUTURE = 5
    """The answer carries a time later than the block's."""
    STALE = 6
    """The answer is older than the heartbeat."""
    DIVERGED = 7
    """The second source is further from the feed than its maximum."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits the owner set, in the order of Types.sol.

    Attributes
    ----------
    slippage, public_slippage
        Largest shortfall of a leg against the oracle price, in WAD, for keepers and for anyone.
    loss_capacity, turnover_capacity
        Capacities of the two buckets, in WAD of NAV.
    loss_rate, turnover_rate
        Their refill, in WAD of NAV per day.
    calendar_floor
        Least total drift for a calendar rebalance, in WAD.
    drawdown
        Fall of the value per share at which rebalances may only sell into the base asset, in WAD;
        0 for never.
    cooldown, public_cooldown
        Shortest time between two rebalances of a tier, in seconds.
    calendar_period
        Length of a calendar period, in seconds; 0 turns the calendar off.
    calendar_anchor
        Timestamp at which the calendar grid begins, in seconds.
    notice
        Shortest time between scheduling new targets and their first change, in seconds.
    weight_speed
        Largest change of the targets, half the sum of absolute changes, in WAD per day.
    flow_capacity
        Capacity of each bucket of the base-asset doors, in WAD of NAV; 0 shuts the doors.
    """

    slippage: int
    loss_capacity: int
    loss_rate: int
    cooldown: int
    public_cooldown: int
    turnover_capacity: int
    turnover_rate: int
    public_slippage: int
    drawdown: int
    calendar_floor: int
    calendar_period: int
    calendar_anchor: int
    notice: int
    weight_speed: int
    flow_capacity: int


@dataclass(frozen=True, slots=True)
class Holding:
    """One asset of a vault.

    Attributes
    ----------
    token
        Address of the ERC-20.
    symbol
        Its symbol; empty if it cannot be read.
    decimals
        Its decimals.
    recorded
        What belongs to the shareholders, in asset wei.
    owed
        What is set aside for holders, in asset wei.
    unvested
        Surplus that has not vested, in asset wei.
    balance
        `balanceOf(vault)`, in asset wei.
    price
        Value in WAD is `recorded * price // PRICE_SCALE`; 0 unless `price_status` is `OK`.
    price_status
        Whether the price can be used.
    price_updated_at
        Time of the feed's answer, in seconds.
    heartbeat
        Oldest accepted age of the answer, in seconds.
    deviation
        Move at which the feed updates, in WAD.
    value
        Value of `recorded`, in WAD of the unit of account.
    target
        Target weight at the snapshot's block, in WAD.
    end_target
        Target weight at the end of the schedule, in WAD.
    band, hard_band
        Distances from target at which the keeper and the public tier open, in WAD.
    second_price
        Price by the second source; 0 if the token has none.
    written_off
        Whether it counts as worth nothing and is not traded; its price is 0 then.
    """

    token: str
    symbol: str
    decimals: int
    recorded: int
    owed: int
    unvested: int
    balance: int
    price: int
    price_status: PriceStatus
    price_updated_at: int
    heartbeat: int
    deviation: int
    value: int
    target: int
    end_target: int
    band: int
    hard_band: int
    second_price: int = 0
    written_off: bool = False

    @property
    def counts_rightly(self) -> bool:
        """Whether its value is known: it has a price, or counts as nothing anyway."""
        return self.written_off or (self.price_status is PriceStatus.OK and self.price > 0)

    @property
    def high_price(self) -> int:
        """What the vault values it at when it is sold: the higher of its two prices."""
        return max(self.price, self.second_price)

    @property
    def low_price(self) -> int:
        """What the vault values it at when it is bought: the lower of its two prices."""
        return min(self.price, self.second_price) if self.second_price else self.price

    @property
    def label(self) -> str:
        """The symbol if it can be shown safely, else the address; tokens choose their symbols."""
        shown = 0 < len(self.symbol) <= LABEL_LENGTH and self.symbol.isascii()
        return self.symbol if shown and self.symbol.isprintable() else self.token


@dataclass(frozen=True, slots=True)
class VaultSnapshot:
    """Everything a keeper needs to know of one vault, read by one call at one block.

    Attributes
    ----------
    chain_id, block_number, block_hash, timestamp
        The chain and the block that was read; the hash as 0x and 64 hexadecimal digits, the
        timestamp in seconds.
    vault, mandate, oracle
        Addresses of the vault, its rules and its prices.
    name, symbol
        Name and symbol of the share.
    total_supply
        Shares, in share wei.
    nav
        Value of all recorded holdings, in WAD; 0 if a price is missing.
    total_drift
        Half the sum of |weight - target|, in WAD; 0 if a price is missing.
    reason, blocker, ready_at
        What is due for `caller`, what stands in its way, and when that ends, in seconds, or 0 if
        time alone does not end it.
    is_keeper
        Whether `caller` may use the keeper tier.
    nonce
        Number of rebalances so far.
    loss_left, turnover_left
        What is left in the two buckets, in WAD of NAV.
    keeper_at, public_at, poked_at
        When a keeper rebalanced last, the public tier was used last, and a breach was recorded;
        in seconds, 0 for never.
    paused_until
        Timestamp until which trading is paused, in seconds; in the past if it is not.
    weights_frozen
        Whether the manager is kept from scheduling targets.
    schedule_start, schedule_end
        When the targets begin and cease to move, in seconds.
    limits
        The limits in force.
    caller
        Address whose right to rebalance is reported.
    holdings
        The assets, in the vault's order; the first is the base asset.
    only_to_base
        Whether the drawdown breaker lets rebalances buy nothing but the base asset.
    worst_fee
        Most that a route charged when it was registered, in WAD. Where it was not read it is WAD,
        so that the public tier is judged by the owner's limit alone.
    """

    chain_id: int
    block_number: int
    block_hash: str
    timestamp: int
    vault: str
    mandate: str
    oracle: str
    name: str
    symbol: str
    total_supply: int
    nav: int
    total_drift: int
    reason: Reason
    blocker: Blocker
    ready_at: int
    is_keeper: bool
    nonce: int
    loss_left: int
    turnover_left: int
    keeper_at: int
    public_at: int
    poked_at: int
    paused_until: int
    weights_frozen: bool
    schedule_start: int
    schedule_end: int
    limits: Limits
    caller: str
    holdings: tuple[Holding, ...]
    only_to_base: bool = False
    worst_fee: int = WAD


@dataclass(frozen=True, slots=True)
class VaultSummary:
    """What a keeper of many vaults needs to know of one to choose where to look closer.

    Attributes
    ----------
    vault
        Its address.
    nav
        Value of all recorded holdings, in WAD; 0 if a price is missing.
    total_supply
        Shares, in share wei.
    total_drift
        Half the sum of |weight - target|, in WAD; 0 if a price is missing.
    reason, blocker
        What is due for the caller, and what stands in its way.
    ready_at
        When that ends, in seconds, or 0 if time alone does not end it.
    nonce
        Number of rebalances so far.
    """

    vault: str
    nav: int
    total_supply: int
    total_drift: int
    reason: Reason
    blocker: Blocker
    ready_at: int
    nonce: int


@dataclass(frozen=True, slots=True)
class Route:
    """A registered way to turn one asset into another.

    Attributes
    ----------
    route_id
        Id in the mandate; never reused.
    venue
        Address of the contract that performs the swap.
    token_in, token_out
        Positions of the assets sold and bought in the vault's order.
    active
        False once removed.
    payee
        Address that is paid in tokenIn while a leg runs.
    data
        What the venue needs beside the tokens.
    """

    route_id: int
    venue: str
    token_in: int
    token_out: int
    active: bool
    payee: str
    data: bytes
