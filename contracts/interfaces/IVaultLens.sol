// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PriceStatus} from "./IPriceOracle.sol";
import {Blocker, Limits, Reason, Route} from "../types/Types.sol";

/// @notice A token and its price in one oracle, shared by every vault that holds it.
/// @param token The ERC-20.
/// @param oracle Whose price it is.
/// @param symbol Its symbol in printable ASCII, at most 64 characters; empty if it cannot be read.
/// @param decimals Its decimals; 0 if they cannot be read.
/// @param price Value in WAD is `amount * price / PRICE_SCALE`; 0 unless `priceStatus` is `Ok`.
/// @param secondPrice The same by the second source; 0 if the token has none.
/// @param priceStatus Whether the price can be used.
/// @param priceUpdatedAt Time of the feed's answer, in seconds.
/// @param heartbeat Oldest accepted age of the answer, in seconds.
/// @param deviation Move at which the feed updates, in WAD.
struct TokenView {
    address token;
    address oracle;
    string symbol;
    uint8 decimals;
    uint256 price;
    uint256 secondPrice;
    PriceStatus priceStatus;
    uint256 priceUpdatedAt;
    uint256 heartbeat;
    uint256 deviation;
}

/// @notice One asset of a vault.
/// @param token Position of the token among those that came with the view.
/// @param writtenOff Whether it counts as worth nothing.
/// @param recorded What belongs to the shareholders, in asset wei.
/// @param owed What is set aside for holders, in asset wei.
/// @param unvested Surplus that has not vested, in asset wei.
/// @param balance `balanceOf(vault)`, in asset wei; 0 if it cannot be read.
/// @param value Value of `recorded`, in WAD of the unit of account.
/// @param target Target weight now, in WAD.
/// @param endTarget Target weight at the end of the schedule, in WAD.
/// @param band Distance from target at which the keeper tier opens, in WAD.
/// @param hardBand Distance from target at which the public tier opens, in WAD.
struct AssetView {
    uint256 token;
    bool writtenOff;
    uint256 recorded;
    uint256 owed;
    uint256 unvested;
    uint256 balance;
    uint256 value;
    uint256 target;
    uint256 endTarget;
    uint256 band;
    uint256 hardBand;
}

/// @notice Everything a keeper or a page needs to know of one vault at one block.
/// @param vault The vault.
/// @param mandate Its rules.
/// @param oracle Its prices.
/// @param name Name of the share, in printable ASCII, at most 64 characters.
/// @param symbol Symbol of the share, likewise.
/// @param totalSupply Shares, in share wei.
/// @param nav Value of all recorded holdings, in WAD; 0 if a price is missing.
/// @param totalDrift Half the sum of |weight - target|, in WAD; 0 if a price is missing.
/// @param reason What is due for the caller.
/// @param blocker What stands in its way.
/// @param readyAt When that ends, in seconds, or 0.
/// @param onlyToBase Whether the drawdown breaker lets rebalances buy nothing but the base asset.
/// @param isKeeper Whether the caller may use the keeper tier.
/// @param nonce Number of rebalances so far.
/// @param lossLeft What is left in the loss bucket, in WAD of NAV.
/// @param turnoverLeft What is left in the turnover bucket, in WAD of NAV.
/// @param keeperAt When a keeper rebalanced last, in seconds, or 0.
/// @param publicAt When the public tier was used last, in seconds, or 0.
/// @param pokedAt When a breach was recorded, in seconds, or 0.
/// @param pausedUntil Timestamp until which trading is paused, in seconds.
/// @param weightsFrozen Whether the manager is kept from scheduling.
/// @param scheduleStart When the targets begin to move, in seconds.
/// @param scheduleEnd When they arrive, in seconds.
/// @param limits The limits in force.
/// @param assets The assets, in the vault's order.
struct VaultView {
    address vault;
    address mandate;
    address oracle;
    string name;
    string symbol;
    uint256 totalSupply;
    uint256 nav;
    uint256 totalDrift;
    Reason reason;
    Blocker blocker;
    uint256 readyAt;
    bool onlyToBase;
    bool isKeeper;
    uint256 nonce;
    uint256 lossLeft;
    uint256 turnoverLeft;
    uint256 keeperAt;
    uint256 publicAt;
    uint256 pokedAt;
    uint256 pausedUntil;
    bool weightsFrozen;
    uint256 scheduleStart;
    uint256 scheduleEnd;
    Limits limits;
    AssetView[] assets;
}

/// @notice A vault's view, or the reason why there is none.
/// @param ok Whether `data` is filled.
/// @param failure What the vault reverted with, cut to 8 kB; empty when `ok`, or when the gas ran
/// out.
/// @param data The view; all zero unless `ok`.
struct VaultResult {
    bool ok;
    bytes failure;
    VaultView data;
}

/// @notice What a keeper of many vaults needs to know of each to choose where to look closer.
/// @param ok Whether the rest is filled; false if the vault cannot be read.
/// @param nav Value of all recorded holdings, in WAD; 0 if a price is missing.
/// @param totalSupply Shares, in share wei.
/// @param totalDrift Half the sum of |weight - target|, in WAD; 0 if a price is missing.
/// @param reason What is due for the caller.
/// @param blocker What stands in its way.
/// @param readyAt When that ends, in seconds, or 0.
/// @param nonce Number of rebalances so far.
struct VaultSummary {
    bool ok;
    uint256 nav;
    uint256 totalSupply;
    uint256 totalDrift;
    Reason reason;
    Blocker blocker;
    uint256 readyAt;
    uint256 nonce;
}

/// @notice What is known of one of a vault's assets before the vault is read.
/// @param position Position of the token among those that come with the view.
/// @param price Its price, 0 where there is none that can be used.
struct KnownToken {
    uint256 position;
    uint256 price;
}

/// @title IVaultLens
/// @notice Reads vaults, as many as asked, in one `eth_call`. Holds nothing and can change nothing.
interface IVaultLens {
    /// @notice The address has no code.
    error NoCode(address target);
    /// @notice What calls itself a vault lists more assets than a vault can have.
    error TooManyAssets(uint256 count, uint256 maximum);
    /// @notice Somebody answered for another number of assets than the vault has.
    error LengthMismatch(uint256 length, uint256 assets);
    /// @notice So little gas was left that failures may have come of that alone.
    error TooLittleGas(uint256 left, uint256 minimum);

    /// @notice Views of `vaults` at this block; one that cannot be read does not spoil the others.
    /// @param vaults Vaults, in any order.
    /// @param caller Whose right to rebalance is reported.
    /// @return blockNumber Number of the block that was read.
    /// @return timestamp Its timestamp, in seconds.
    /// @return tokens Tokens that the views refer to by position, each once for an oracle that
    /// answers.
    /// @return results In the order of `vaults`.
    function read(address[] calldata vaults, address caller)
        external
        view
        returns (
            uint256 blockNumber,
            uint256 timestamp,
            TokenView[] memory tokens,
            VaultResult[] memory results
        );

    /// @notice Summaries of `vaults` at this block, at less than half of the gas of their views.
    /// @param vaults Vaults, in any order.
    /// @param caller Whose right to rebalance is reported.
    /// @return blockNumber Number of the block that was read.
    /// @return timestamp Its timestamp, in seconds.
    /// @return found In the order of `vaults`.
    function summaries(address[] calldata vaults, address caller)
        external
        view
        returns (uint256 blockNumber, uint256 timestamp, VaultSummary[] memory found);

    /// @notice View of one vault and its tokens; reverts if it cannot be read.
    function readOne(address vault, address caller)
        external
        view
        returns (VaultView memory found, TokenView[] memory tokens);

    /// @notice Whose prices a vault goes by, and its assets; reverts if it cannot be read.
    function assetsOf(address vault) external view returns (address oracle, address[] memory tokens);

    /// @notice View of one vault; reverts if it cannot be read.
    /// @param vault The vault.
    /// @param caller Whose right to rebalance is reported.
    /// @param known What is known of its assets, in its order.
    function readWith(address vault, address caller, KnownToken[] calldata known)
        external
        view
        returns (VaultView memory);

    /// @notice Summary of one vault; reverts if it cannot be read.
    /// @param vault The vault.
    /// @param caller Whose right to rebalance is reported.
    /// @param known What is known of its assets, in its order.
    function summarizeWith(address vault, address caller, KnownToken[] calldata known)
        external
        view
        returns (VaultSummary memory);

    /// @notice What tokens say of themselves, and an oracle of them; reverts if the oracle does, or
    /// if gas was short.
    function describe(address oracle, address[] calldata tokens)
        external
        view
        returns (TokenView[] memory);

    /// @notice All routes of a vault's mandate, removed ones included; the position is the id.
    function routes(address vault) external view returns (Route[] memory);
}
