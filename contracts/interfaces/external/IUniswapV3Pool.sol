// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IUniswapV3Pool
/// @notice What is asked of a Uniswap V3 pool.
interface IUniswapV3Pool {
    /// @notice Swaps, and calls the caller back for what it owes before it checks its balance.
    /// @dev Stops early, having sold less, where the price reaches the limit.
    /// @param recipient Who is sent what is bought.
    /// @param zeroForOne Whether token0 is sold.
    /// @param amountSpecified Amount to sell; an amount to buy if negative.
    /// @param sqrtPriceLimitX96 Square root of the worst price, times 2^96; both extremes are
    /// outside what the pool accepts.
    /// @param data What the pool hands back to the caller.
    /// @return amount0 What the pool is owed of token0; what it has sent if negative.
    /// @return amount1 The same of token1.
    function swap(
        address recipient,
        bool zeroForOne,
        int256 amountSpecified,
        uint160 sqrtPriceLimitX96,
        bytes calldata data
    ) external returns (int256 amount0, int256 amount1);
}

/// @title IUniswapV3SwapCallback
/// @notice What a Uniswap V3 pool asks of whoever swaps in it.
interface IUniswapV3SwapCallback {
    /// @notice Pays the pool for a swap.
    /// @param amount0Delta What the pool is owed of token0; what it has sent if negative.
    /// @param amount1Delta The same of token1.
    /// @param data What the caller of the swap gave the pool.
    function uniswapV3SwapCallback(int256 amount0Delta, int256 amount1Delta, bytes calldata data)
        external;
}
