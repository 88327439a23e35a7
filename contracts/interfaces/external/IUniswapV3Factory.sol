// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IUniswapV3Factory
/// @notice What is asked of a Uniswap V3 factory.
interface IUniswapV3Factory {
    /// @notice The pool of two tokens, in either order, at `fee`; zero if there is none.
    /// @param fee Fee of the pool, in millionths.
    function getPool(address tokenA, address tokenB, uint24 fee) external view returns (address);
}
