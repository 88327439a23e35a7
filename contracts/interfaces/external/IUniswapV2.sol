// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IUniswapV2Router02
/// @notice What is asked of Uniswap's Router02, or of a fork with the same interface.
interface IUniswapV2Router02 {
    /// @notice The factory whose pairs the router uses.
    function factory() external view returns (address);

    /// @notice What selling `amountIn` to a pair with these reserves brings, at the router's fee.
    /// @param amountIn Amount to sell, above zero.
    /// @param reserveIn What the pair has of the token sold.
    /// @param reserveOut What it has of the token bought.
    function getAmountOut(uint256 amountIn, uint256 reserveIn, uint256 reserveOut)
        external
        pure
        returns (uint256 amountOut);

    /// @notice What selling `amountIn` along `path` brings after each hop, at the router's fee.
    /// @param amountIn Amount to sell, in the smallest unit of the first token.
    /// @param path Tokens, from the one sold to the one bought.
    /// @return amounts One for each token of the path, the first being `amountIn`.
    function getAmountsOut(uint256 amountIn, address[] calldata path)
        external
        view
        returns (uint256[] memory amounts);
}

/// @title IUniswapV2Factory
/// @notice What is asked of a Uniswap V2 factory.
interface IUniswapV2Factory {
    /// @notice The pair of two tokens, in either order; zero if there is none.
    function getPair(address tokenA, address tokenB) external view returns (address);
}

/// @title IUniswapV2Pair
/// @notice What is asked of a Uniswap V2 pair.
interface IUniswapV2Pair {
    /// @notice Sends out what the tokens that came in before pay for.
    /// @dev Reverts when they do not pay for it.
    /// @param amount0Out Amount of token0 to send.
    /// @param amount1Out Amount of token1 to send.
    /// @param to Who is sent it.
    /// @param data Handed to `to` in a callback; without any there is none.
    function swap(uint256 amount0Out, uint256 amount1Out, address to, bytes calldata data) external;
}
