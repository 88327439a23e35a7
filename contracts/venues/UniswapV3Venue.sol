// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ISwapRouter02} from "../interfaces/external/ISwapRouter02.sol";
import {IUniswapV3Factory} from "../interfaces/external/IUniswapV3Factory.sol";
import {ILegPayer, IVenue} from "../interfaces/IVenue.sol";
import {WAD} from "../types/Types.sol";

/// @title UniswapV3Venue
/// @notice Swaps through SwapRouter02 of Uniswap V3, or of any fork with the same interface.
///
/// Route data are the packed Uniswap path without its two ends, which are the tokens of the route:
/// `fee` (3 bytes) for one pool, `fee ++ token ++ fee` for two, and so on.
///
/// # Trust
///
/// - The vault pays the router directly, and the router sells what it then holds and sends the
///   proceeds to the vault. So nobody grants an allowance and nothing passes through here (INV-8).
/// - Anyone may call `swap`: a caller can spend only what it paid the router itself.
/// - The router is trusted for nothing but the caller's own measurement of what arrived. Where
///   liquidity ends before `amountIn` is sold, the rest stays in the router and is lost; the
///   caller's minimum must cover that.
contract UniswapV3Venue is IVenue {
    /* CONSTANTS */

    /// @dev Bytes of a fee in a path.
    uint256 internal constant _FEE_SIZE = 3;
    /// @dev Bytes from one fee to the next: a fee and a token.
    uint256 internal constant _HOP_SIZE = 23;
    /// @dev One, in the unit of a pool's fee.
    uint256 internal constant _MILLION = 1e6;
    /// @dev Tells the router to sell its own balance.
    uint256 internal constant _ROUTER_BALANCE = 0;

    /* IMMUTABLES */

    /// @notice The router that swaps.
    ISwapRouter02 public immutable ROUTER;
    /// @notice The factory whose pools it uses.
    IUniswapV3Factory public immutable FACTORY;

    /* CONSTRUCTOR */

    /// @notice Creates the venue of `router`, which must name its factory.
    constructor(ISwapRouter02 router) {
        ROUTER = router;
        FACTORY = IUniswapV3Factory(router.factory());
    }

    /// @inheritdoc IVenue
    function payee(address tokenIn, address tokenOut, bytes calldata data)
        external
        view
        returns (address)
    {
        _checkLength(data);
        address token = tokenIn;
        for (uint256 i; i < data.length; i += _HOP_SIZE) {
            uint24 poolFee = uint24(bytes3(data[i:i + _FEE_SIZE]));
            bool isLast = i + _FEE_SIZE == data.length;
            address next = isLast ? tokenOut : address(bytes20(data[i + _FEE_SIZE:i + _HOP_SIZE]));
            require(
                FACTORY.getPool(token, next, poolFee) != address(0),
                PoolMissing(token, next, poolFee)
            );
            token = next;
        }
        return address(ROUTER);
    }

    /// @inheritdoc IVenue
    function fee(address, address, bytes calldata data) external pure returns (uint256) {
        _checkLength(data);
        uint256 left = WAD;
        for (uint256 i; i < data.length; i += _HOP_SIZE) {
            uint256 charged = uint24(bytes3(data[i:i + _FEE_SIZE]));
            left = left * Math.saturatingSub(_MILLION, charged) / _MILLION;
        }
        return WAD - left;
    }

    /// @inheritdoc IVenue
    function swap(address tokenIn, address tokenOut, uint256 amountIn, bytes calldata data)
        external
    {
        _checkLength(data);
        ILegPayer(msg.sender).pay(amountIn);
        if (data.length == _FEE_SIZE) {
            // Three bytes, as just checked.
            // forge-lint: disable-next-line(unsafe-typecast)
            _swapSingle(tokenIn, tokenOut, uint24(bytes3(data)));
        } else {
            _swapPath(abi.encodePacked(tokenIn, data, tokenOut));
        }
    }

    function _swapSingle(address tokenIn, address tokenOut, uint24 poolFee) internal {
        ROUTER.exactInputSingle(
            ISwapRouter02.ExactInputSingleParams({
                tokenIn: tokenIn,
                tokenOut: tokenOut,
                fee: poolFee,
                recipient: msg.sender,
                amountIn: _ROUTER_BALANCE,
                amountOutMinimum: 0,
                sqrtPriceLimitX96: 0
            })
        );
    }

    function _swapPath(bytes memory path) internal {
        ROUTER.exactInput(
            ISwapRouter02.ExactInputParams({
                path: path, recipient: msg.sender, amountIn: _ROUTER_BALANCE, amountOutMinimum: 0
            })
        );
    }

    /// @dev One fee, then any number of tokens each followed by a fee.
    function _checkLength(bytes calldata data) internal pure {
        require(data.length % _HOP_SIZE == _FEE_SIZE, BadRouteData(data));
    }
}
