// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @dev One, as a fraction: weights, bands, limits and values in the unit of account are in WAD.
uint256 constant WAD = 1e18;

/// @dev A value in WAD of the unit of account is `amount * price / PRICE_SCALE`, for an amount in
/// the token's smallest unit. The scale leaves 10 significant digits to a token of 27 decimals
/// that is worth 1e-8, and 512-bit multiplication leaves room for the opposite corner.
uint256 constant PRICE_SCALE = 1e36;

/// @dev Most assets a vault can hold.
uint256 constant MAX_ASSETS = 16;

/// @dev Time between a recorded breach of a hard band and the public tier, in seconds.
uint256 constant POKE_DELAY = 10 minutes;

/// @dev Time after which a recorded breach counts no more, in seconds.
uint256 constant POKE_LIFETIME = 1 hours;

/// @notice One swap of a rebalance: sell `amountIn` of the route's tokenIn.
/// @param routeId Id of a route registered in the mandate.
/// @param amountIn Amount to sell, in the smallest unit of tokenIn; more than the vault has means
/// all that it has.
/// @param minAmountOut Least amount to receive, in the smallest unit of tokenOut. The oracle floor
/// applies as well, whichever is higher.
struct Leg {
    uint256 routeId;
    uint256 amountIn;
    uint256 minAmountOut;
}

/// @notice Why a rebalance is due.
enum Reason {
    /// Nothing is due.
    None,
    /// An asset's weight is at least its band away from its target.
    Threshold,
    /// A new period of the calendar grid has begun and total drift is above the floor.
    Calendar,
    /// A hard band is exceeded and was recorded by `poke`: anyone may rebalance.
    Public
}

/// @notice What stands in the way of a rebalance.
enum Blocker {
    /// Nothing: a rebalance with the reason named beside it is allowed now.
    None,
    /// No reason applies for this caller.
    NotDue,
    /// Trading is paused by the guardian.
    Paused,
    /// A price is missing, stale or out of bounds.
    Oracle,
    /// The keepers' cooldown has not passed.
    Cooldown,
    /// A hard band is exceeded, but `poke` has not recorded it, or too long ago.
    NotPoked,
    /// `poke` recorded the breach less than its delay ago.
    PokeDelay,
    /// The public tier's own cooldown has not passed.
    PublicCooldown,
    /// The loss bucket is empty.
    LossBucket,
    /// The turnover bucket cannot take the smallest leg.
    TurnoverBucket
}

/// @notice Limits the owner sets, each within a cap that is a constant of the vault or the mandate.
/// @dev What a rebalance reads is in the first two slots; only one by the calendar reads the third.
/// @param slippage Largest shortfall of a keeper's leg against the oracle price, in WAD.
/// @param lossCapacity Capacity of the loss bucket, in WAD of NAV.
/// @param lossRate Refill of the loss bucket, in WAD of NAV per day.
/// @param cooldown Shortest time between two keeper rebalances, in seconds.
/// @param publicCooldown Shortest time between two public rebalances, in seconds.
/// @param turnoverCapacity Capacity of the turnover bucket, in WAD of NAV.
/// @param turnoverRate Refill of the turnover bucket, in WAD of NAV per day.
/// @param publicSlippage The same as `slippage` for the public tier, in WAD; where the worst fee of
/// a route and 20 bp are less, that is its limit, see `IMandate.worstFee`.
/// @param drawdown Fall of the value per share from its high-water mark at which rebalances may
/// only sell into the base asset, in WAD; 0 turns the breaker off.
/// @param calendarFloor Least total drift for a calendar rebalance, in WAD.
/// @param calendarPeriod Length of a calendar period, in seconds; 0 turns the calendar off.
/// @param calendarAnchor Timestamp at which the calendar grid begins, in seconds.
/// @param notice Shortest time between scheduling new targets and their first change, in seconds.
/// @param weightSpeed Largest change of the targets, half the sum of absolute changes, in WAD per
/// day; at most `turnoverRate`, or the vault could not follow.
/// @param flowCapacity Capacity of each bucket of the base-asset doors, in WAD of NAV; an empty one
/// refills in a day. 0 shuts the doors.
struct Limits {
    uint64 slippage;
    uint64 lossCapacity;
    uint64 lossRate;
    uint32 cooldown;
    uint32 publicCooldown;
    uint64 turnoverCapacity;
    uint64 turnoverRate;
    uint64 publicSlippage;
    uint64 drawdown;
    uint64 calendarFloor;
    uint32 calendarPeriod;
    uint40 calendarAnchor;
    uint32 notice;
    uint64 weightSpeed;
    uint64 flowCapacity;
}

/// @notice What a vault tells its mandate of itself when somebody wants to rebalance.
/// @param caller Who wants to.
/// @param keeperAt When a keeper rebalanced last, in seconds, 0 for never.
/// @param publicAt When the public tier was used last, in seconds, 0 for never.
/// @param pokedAt When a breach of a hard band was recorded, in seconds, 0 for none on record.
/// @param nav Sum of `values`.
/// @param values Value of each holding, in WAD of the unit of account.
struct Position {
    address caller;
    uint256 keeperAt;
    uint256 publicAt;
    uint256 pokedAt;
    uint256 nav;
    uint256[] values;
}

/// @notice What the mandate answers: whether a rebalance is due and allowed, and in which bounds.
/// @param reason Why a rebalance is due for the caller.
/// @param blocker What stands in its way; prices and buckets are the vault's to check.
/// @param readyAt When that ends, in seconds, or 0 if time alone does not end it.
/// @param drift Total drift, in WAD.
/// @param slippage Largest shortfall of a leg against the oracle price for this tier, in WAD.
/// @param lossCapacity Capacity of the loss bucket, in WAD of NAV.
/// @param lossRate Refill of the loss bucket, in WAD of NAV per day.
/// @param turnoverCapacity Capacity of the turnover bucket, in WAD of NAV.
/// @param turnoverRate Refill of the turnover bucket, in WAD of NAV per day.
/// @param drawdown Limit of the drawdown breaker, in WAD; 0 for none.
/// @param targets Target weights now, in WAD, summing to WAD, in the vault's order of assets.
struct Plan {
    Reason reason;
    Blocker blocker;
    uint256 readyAt;
    uint256 drift;
    uint256 slippage;
    uint256 lossCapacity;
    uint256 lossRate;
    uint256 turnoverCapacity;
    uint256 turnoverRate;
    uint256 drawdown;
    uint256[] targets;
}

/// @notice A way to turn one asset into another.
/// @param venue Contract that performs the swap.
/// @param tokenIn Index of the asset sold.
/// @param tokenOut Index of the asset bought.
/// @param active False once removed; ids are never reused.
/// @param payee Who is paid in tokenIn while a leg runs: a router or a pool.
/// @param data What the venue needs beside the tokens, for example a pool fee.
struct Route {
    address venue;
    uint8 tokenIn;
    uint8 tokenOut;
    bool active;
    address payee;
    bytes data;
}
