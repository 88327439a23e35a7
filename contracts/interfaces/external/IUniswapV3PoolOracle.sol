// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IUniswapV3PoolOracle
/// @notice What is asked of a Uniswap V3 pool about its price in the past.
interface IUniswapV3PoolOracle {
    /// @notice The factory that made the pool.
    function factory() external view returns (address);

    /// @notice The token with the lower address.
    function token0() external view returns (address);

    /// @notice The token with the higher address.
    function token1() external view returns (address);

    /// @notice The pool's fee, in millionths.
    function fee() external view returns (uint24);

    /// @notice The pool's state.
    /// @return sqrtPriceX96 Square root of token1 per token0, times 2^96.
    /// @return tick The tick that this price is in.
    /// @return observationIndex Where the last observation stands.
    /// @return observationCardinality How many observations are kept.
    /// @return observationCardinalityNext How many will be, once the last one is written.
    /// @return feeProtocol The protocol's part of the fee.
    /// @return unlocked Whether the pool can be entered.
    function slot0()
        external
        view
        returns (
            uint160 sqrtPriceX96,
            int24 tick,
            uint16 observationIndex,
            uint16 observationCardinality,
            uint16 observationCardinalityNext,
            uint8 feeProtocol,
            bool unlocked
        );

    /// @notice Running sums at some times in the past; reverts if one is older than the oldest
    /// observation.
    /// @param secondsAgos How long ago, in seconds.
    /// @return tickCumulatives Sum of tick times seconds up to each of them.
    /// @return secondsPerLiquidityCumulativeX128s Sum of seconds over liquidity, times 2^128.
    function observe(uint32[] calldata secondsAgos)
        external
        view
        returns (
            int56[] memory tickCumulatives,
            uint160[] memory secondsPerLiquidityCumulativeX128s
        );
}
