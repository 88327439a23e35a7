// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    IUniswapV2Factory,
    IUniswapV2Pair,
    IUniswapV2Router02
} from "../interfaces/external/IUniswapV2.sol";
import {ILegPayer, IVenue} from "../interfaces/IVenue.sol";
import {WAD} from "../types/Types.sol";

/// @title UniswapV2Venue
/// @notice Swaps along pairs of Uniswap V2, or of any fork with the same router interface: the
/// router says what each pair gives at the fork's fee, and the pairs are called as it calls them.
///
/// Route data are the tokens between the two ends, 20 bytes each: none for a direct pair.
///
/// # Trust
///
/// - The router itself only sells what it may pull. So that nobody grants an allowance and nothing
///   passes through here (INV-8), the vault pays the first pair, each pair sends to the next, and
///   the last to the vault.
/// - Anyone may call `swap`: a caller can spend only what it paid the first pair itself.
/// - Router and pairs are trusted for nothing but the caller's own measurement of what arrived. A
///   quote above what a pair gives reverts; one below leaves the difference to the pair. A token
///   that keeps a part of a transfer reverts, and so does one that lets somebody else take the
///   payment from the pair before it is swapped.
contract UniswapV2Venue is IVenue {
    /* CONSTANTS */

    /// @dev Bytes of a token.
    uint256 internal constant _TOKEN_SIZE = 20;
    /// @dev What stands for the fee in `PoolMissing`: pairs have none to choose.
    uint24 internal constant _NO_FEE = 0;
    /// @dev A reserve beside which what is sold to learn the fee is nothing.
    uint256 internal constant _DEEP = 1e45;

    /* IMMUTABLES */

    /// @notice The router that quotes.
    IUniswapV2Router02 public immutable ROUTER;
    /// @notice The factory whose pairs it quotes.
    IUniswapV2Factory public immutable FACTORY;

    /* CONSTRUCTOR */

    /// @notice Creates the venue of `router`, which must name its factory.
    constructor(IUniswapV2Router02 router) {
        ROUTER = router;
        FACTORY = IUniswapV2Factory(router.factory());
    }

    /// @inheritdoc IVenue
    function payee(address tokenIn, address tokenOut, bytes calldata data)
        external
        view
        returns (address)
    {
        return _pairsOf(_pathOf(tokenIn, tokenOut, data))[0];
    }

    /// @inheritdoc IVenue
    /// @dev The router is asked what one brings, hop by hop, from reserves so large that the price
    /// does not move; the one bought is larger by what is sold, so that a fee comes out exactly.
    function fee(address tokenIn, address tokenOut, bytes calldata data)
        external
        view
        returns (uint256)
    {
        uint256 hops = _pathOf(tokenIn, tokenOut, data).length - 1;
        uint256 left = WAD;
        for (uint256 i; i < hops; ++i) {
            left = ROUTER.getAmountOut(left, _DEEP, _DEEP + left);
        }
        return WAD - left;
    }

    /// @inheritdoc IVenue
    function swap(address tokenIn, address tokenOut, uint256 amountIn, bytes calldata data)
        external
    {
        address[] memory path = _pathOf(tokenIn, tokenOut, data);
        address[] memory pairs = _pairsOf(path);
        uint256[] memory amounts = ROUTER.getAmountsOut(amountIn, path);

        ILegPayer(msg.sender).pay(amountIn);
        for (uint256 i; i < pairs.length; ++i) {
            address receiver = i + 1 < pairs.length ? pairs[i + 1] : msg.sender;
            (uint256 amount0Out, uint256 amount1Out) =
                path[i] < path[i + 1] ? (uint256(0), amounts[i + 1]) : (amounts[i + 1], uint256(0));
            IUniswapV2Pair(pairs[i]).swap(amount0Out, amount1Out, receiver, "");
        }
    }

    /// @dev The two ends with the tokens of the data between them.
    function _pathOf(address tokenIn, address tokenOut, bytes calldata data)
        internal
        pure
        returns (address[] memory path)
    {
        require(data.length % _TOKEN_SIZE == 0, BadRouteData(data));
        uint256 last = data.length / _TOKEN_SIZE + 1;
        path = new address[](last + 1);
        (path[0], path[last]) = (tokenIn, tokenOut);
        for (uint256 i = 1; i < last; ++i) {
            path[i] = address(bytes20(data[(i - 1) * _TOKEN_SIZE:i * _TOKEN_SIZE]));
        }
    }

    /// @dev The pair of each hop.
    function _pairsOf(address[] memory path) internal view returns (address[] memory pairs) {
        pairs = new address[](path.length - 1);
        for (uint256 i; i < pairs.length; ++i) {
            pairs[i] = FACTORY.getPair(path[i], path[i + 1]);
            require(pairs[i] != address(0), PoolMissing(path[i], path[i + 1], _NO_FEE));
        }
    }
}
