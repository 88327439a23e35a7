// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MAX_ASSETS} from "./Types.sol";

/// @notice What rebalances leave behind. One slot; seconds in 32 bits reach the year 2106.
/// @dev The buckets were last written when the later tier rebalanced and refill from then on:
/// see `Bucket`.
/// @param lossUsed What was used of the loss bucket, in WAD of NAV.
/// @param turnoverUsed What was used of the turnover bucket, in WAD of NAV.
/// @param keeperAt When a keeper rebalanced last, in seconds, 0 for never.
/// @param publicAt When the public tier was used last, in seconds, 0 for never.
/// @param pokedAt When a breach of a hard band was recorded, in seconds, 0 for none on record.
/// @param nonce Number of rebalances so far.
/// @param onlyToBase Whether the drawdown breaker lets rebalances buy nothing but the base asset.
struct VaultState {
    uint64 lossUsed;
    uint64 turnoverUsed;
    uint32 keeperAt;
    uint32 publicAt;
    uint32 pokedAt;
    uint24 nonce;
    bool onlyToBase;
}

/// @notice The streaming fee. One slot.
/// @param recipient Who gets the shares.
/// @param rate Shares created a year, in WAD of the supply.
/// @param accruedAt When they were created last, in seconds.
struct StreamingFee {
    address recipient;
    uint64 rate;
    uint32 accruedAt;
}

/// @notice What went through the base-asset doors in one direction. One slot.
/// @param used What was used of the bucket, in WAD of NAV.
/// @param updatedAt When `used` was true, in seconds.
struct Flow {
    uint64 used;
    uint40 updatedAt;
}

/// @notice The drawdown breaker's memory. Two slots.
/// @param highWater Highest value per share, in WAD; lowered by what the fee dilutes.
/// @param highSince Since when every value read has been above the mark, in seconds, 0 if the last
/// was not.
/// @param lowSince Since when every value read has been below the limit, in seconds, 0 if the last
/// was not.
/// @param candidate Lowest value read since `highSince`, in WAD.
struct Breaker {
    uint128 highWater;
    uint40 highSince;
    uint40 lowSince;
    uint128 candidate;
}

/// @notice One asset of a vault. One slot, which every entry reads.
/// @param token The asset.
/// @param count How many assets there are; kept in the base asset's listing only.
/// @param hasFee Whether there is a streaming fee; kept in the base asset's listing only.
/// @param vesting Whether some surplus has not joined the record yet.
/// @param writtenOff Whether the asset counts as worth nothing and is not traded.
struct Listing {
    address token;
    uint8 count;
    bool hasFee;
    bool vesting;
    bool writtenOff;
}

/// @notice What a vault has of a token beside its record, in asset wei.
/// @dev Kept by token, so that it outlasts the listing. What is owed is held as units of a pool, so
/// that all who are owed share a write-down; a pool written down to nothing, or to dust, is left
/// behind and a new epoch begins.
/// @param owed What is set aside for holders who skipped the asset in a redemption.
/// @param surplus What has not joined the record yet.
/// @param surplusSince When surplus last joined the record, in seconds.
/// @param surplusUntil When all of it will have, in seconds.
/// @param epoch Number of the pool of what is owed.
/// @param formerly Largest record that was ever written down, in asset wei.
/// @param unitSupply Units of each pool.
/// @param unitsOf Units of each pool by holder.
struct Account {
    uint256 owed;
    uint256 surplus;
    uint256 surplusSince;
    uint256 surplusUntil;
    uint256 epoch;
    uint256 formerly;
    mapping(uint256 epoch => uint256) unitSupply;
    mapping(uint256 epoch => mapping(address holder => uint256)) unitsOf;
}

/// @notice All that a vault knows beside its shares.
/// @param state Buckets and clock.
/// @param fee The streaming fee.
/// @param deposits Bucket of the base-asset doors, inwards.
/// @param withdrawals The same, outwards.
/// @param breaker The drawdown breaker.
/// @param listings The assets, in the vault's order; the first is the base asset.
/// @param recorded What belongs to the shareholders of each, in asset wei; two to a slot.
/// @param accounts The rest, by token.
struct Ledger {
    VaultState state;
    StreamingFee fee;
    Flow deposits;
    Flow withdrawals;
    Breaker breaker;
    Listing[MAX_ASSETS] listings;
    uint128[MAX_ASSETS] recorded;
    mapping(address token => Account) accounts;
}
