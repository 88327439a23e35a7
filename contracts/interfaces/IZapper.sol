// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IVault} from "./IVault.sol";
import {ILegPayer} from "./IVenue.sol";

/// @notice One swap of a zap.
/// @param venue Contract that performs it: any `IVenue`, registered in a mandate or not.
/// @param tokenIn Token to sell.
/// @param tokenOut Token to buy.
/// @param amountIn Amount to sell, in the smallest unit of tokenIn; the largest number of the type
/// stands for all that the zap has.
/// @param minAmountOut Least amount to receive, in the smallest unit of tokenOut.
/// @param data What the venue needs beside the tokens; each venue documents its own.
struct Swap {
    address venue;
    address tokenIn;
    address tokenOut;
    uint256 amountIn;
    uint256 minAmountOut;
    bytes data;
}

/// @notice A way into a vault with one token.
/// @param vault The vault.
/// @param tokenIn Token to pay with: an asset of the vault or any other.
/// @param amountIn Amount taken from the caller, in its smallest unit.
/// @param minShares Least shares to receive, in share wei.
/// @param receiver Who gets the shares.
/// @param deadline Last timestamp, in seconds, at which the zap may run.
/// @param swaps Swaps, in the order they must run.
struct ZapIn {
    IVault vault;
    address tokenIn;
    uint256 amountIn;
    uint256 minShares;
    address receiver;
    uint256 deadline;
    Swap[] swaps;
}

/// @notice A way out of a vault into one token.
/// @param vault The vault.
/// @param shares Shares of the caller to destroy, in share wei.
/// @param tokenOut Token to receive: an asset of the vault or any other.
/// @param minAmountOut Least amount of it, in its smallest unit.
/// @param receiver Who gets it.
/// @param deadline Last timestamp, in seconds, at which the zap may run.
/// @param skip Bitmap over the assets: those that stay in the vault, owed to the caller.
/// @param swaps Swaps, in the order they must run.
struct ZapOut {
    IVault vault;
    uint256 shares;
    address tokenOut;
    uint256 minAmountOut;
    address receiver;
    uint256 deadline;
    uint256 skip;
    Swap[] swaps;
}

/// @notice An ERC-2612 signature of the caller for the amount and the deadline of the zap.
struct Signature {
    uint8 v;
    bytes32 r;
    bytes32 s;
}

/// @title IZapper
/// @notice Enters a vault in kind with one token, and leaves it into one. The caller's swaps, fees
/// and price impact are the caller's; holders meet nothing but a mint or a redemption in kind.
interface IZapper is ILegPayer {
    /* EVENTS */

    /// @notice Shares were minted in kind for what the swaps brought.
    event ZappedIn(
        address indexed caller,
        address indexed vault,
        address indexed receiver,
        address tokenIn,
        uint256 amountIn,
        uint256 shares
    );
    /// @notice Shares were redeemed in kind and what they brought was sold.
    event ZappedOut(
        address indexed caller,
        address indexed vault,
        address indexed receiver,
        address tokenOut,
        uint256 amountOut,
        uint256 shares
    );

    /* ERRORS */

    /// @notice The zap reached the chain after its deadline; both in seconds.
    error ZapExpired(uint256 time, uint256 deadline);
    /// @notice Neither nobody nor the zapper itself can receive anything.
    error BadReceiver(address receiver);
    /// @notice A swap brought less than its minimum; `index` is its position, from 0.
    error SwapBelowMinimum(uint256 index, uint256 amountOut, uint256 minimum);
    /// @notice What the swaps brought is worth fewer shares than the minimum.
    error SharesBelowMinimum(uint256 shares, uint256 minimum);
    /// @notice The zap brought less of the token than the minimum.
    error AmountBelowMinimum(address token, uint256 amount, uint256 minimum);

    /* ENTRIES */

    /// @notice Takes `amountIn` of a token from the caller, swaps, and mints as many shares as the
    /// result allows; what is left of any token goes back to the caller.
    /// @dev A token that delivers less than asked is taken as it comes.
    /// @return shares Shares minted, in share wei: the largest number that the amounts pay for.
    function zapIn(ZapIn calldata order) external returns (uint256 shares);

    /// @notice `zapIn` that first uses the caller's signature as an allowance for `amountIn`.
    /// @dev A signature that somebody else handed in before, or that is void, is passed over; the
    /// allowance then decides.
    function zapInWithPermit(ZapIn calldata order, Signature calldata signature)
        external
        returns (uint256 shares);

    /// @notice Redeems the caller's shares in kind, swaps, and sends all of `tokenOut` to the
    /// receiver; what is left of any other token goes to the caller.
    /// @dev Needs the caller's allowance for the shares. Skipped assets become owed to the caller,
    /// who claims them from the vault.
    /// @return amountOut Amount sent, in the smallest unit of `tokenOut`.
    function zapOut(ZapOut calldata order) external returns (uint256 amountOut);

    /// @notice `zapOut` that first uses the caller's signature as an allowance for `shares`. See
    /// `zapInWithPermit`.
    function zapOutWithPermit(ZapOut calldata order, Signature calldata signature)
        external
        returns (uint256 amountOut);
}
