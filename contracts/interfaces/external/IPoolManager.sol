// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IPoolManager
/// @notice What is asked of the manager that holds every pool of Uniswap V4.
interface IPoolManager {
    /// @notice What tells a pool from all others.
    /// @param currency0 The token with the lower address; zero is the native currency.
    /// @param currency1 The other token.
    /// @param fee Fee of the pool, in millionths.
    /// @param tickSpacing Distance between usable ticks.
    /// @param hooks A contract that the pool calls, zero for none.
    struct PoolKey {
        address currency0;
        address currency1;
        uint24 fee;
        int24 tickSpacing;
        address hooks;
    }

    /// @notice A swap.
    /// @dev Stops early, having sold less, where the price reaches the limit.
    /// @param zeroForOne Whether currency0 is sold.
    /// @param amountSpecified Amount to sell if negative; an amount to buy if positive.
    /// @param sqrtPriceLimitX96 Square root of the worst price, times 2^96; both extremes are
    /// outside what the manager accepts.
    struct SwapParams {
        bool zeroForOne;
        int256 amountSpecified;
        uint160 sqrtPriceLimitX96;
    }

    /// @notice Opens the manager and calls the caller back; what is owed must be paid by its end.
    /// @param data Handed back to the caller.
    /// @return What the caller's callback returned.
    function unlock(bytes calldata data) external returns (bytes memory);

    /// @notice Swaps; what is owed both ways is kept as a debt and a claim of the caller.
    /// @return delta What the caller may take, or owes if negative: of currency0 in the upper 128
    /// bits, of currency1 in the lower.
    function swap(PoolKey calldata key, SwapParams calldata params, bytes calldata hookData)
        external
        returns (int256 delta);

    /// @notice Notes the manager's balance of `currency`, so that `settle` sees what came in since.
    function sync(address currency) external;

    /// @notice Credits the caller with what came in since `sync`.
    /// @return Amount credited, in the smallest unit of the currency.
    function settle() external payable returns (uint256);

    /// @notice Sends `amount` of what the caller may take.
    function take(address currency, address to, uint256 amount) external;

    /// @notice A word of the manager's storage.
    function extsload(bytes32 slot) external view returns (bytes32);
}

/// @title IUnlockCallback
/// @notice What the manager asks of whoever unlocks it.
interface IUnlockCallback {
    /// @notice Does everything for which the manager was unlocked.
    /// @param data What the caller of `unlock` gave the manager.
    /// @return What `unlock` returns.
    function unlockCallback(bytes calldata data) external returns (bytes memory);
}
