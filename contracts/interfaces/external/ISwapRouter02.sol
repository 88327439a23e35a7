// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title ISwapRouter02
/// @notice What is asked of Uniswap's SwapRouter02, or of a fork with the same interface.
interface ISwapRouter02 {
    /// @notice A swap through one pool; amounts in each token's smallest unit.
    /// @dev With `amountIn` 0 the router sells its own balance of `tokenIn`.
    struct ExactInputSingleParams {
        address tokenIn;
        address tokenOut;
        uint24 fee;
        address recipient;
        uint256 amountIn;
        uint256 amountOutMinimum;
        uint160 sqrtPriceLimitX96;
    }

    /// @notice A swap along `path`: token, fee, token, fee, ... token, packed.
    /// @dev With `amountIn` 0 the router sells its own balance of the first token.
    struct ExactInputParams {
        bytes path;
        address recipient;
        uint256 amountIn;
        uint256 amountOutMinimum;
    }

    /// @notice Sells through one pool.
    /// @return amountOut What was bought, in the smallest unit of `tokenOut`.
    function exactInputSingle(ExactInputSingleParams calldata params)
        external
        payable
        returns (uint256 amountOut);

    /// @notice Sells along a path of pools.
    /// @return amountOut What was bought, in the smallest unit of the last token.
    function exactInput(ExactInputParams calldata params)
        external
        payable
        returns (uint256 amountOut);

    /// @notice The Uniswap V3 factory whose pools the router uses.
    function factory() external view returns (address);
}
