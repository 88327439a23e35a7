// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Create2} from "@openzeppelin/contracts/utils/Create2.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IUniswapV3Factory} from "../interfaces/external/IUniswapV3Factory.sol";
import {IUniswapV3Pool, IUniswapV3SwapCallback} from "../interfaces/external/IUniswapV3Pool.sol";
import {ILegPayer, IVenue} from "../interfaces/IVenue.sol";
import {WAD} from "../types/Types.sol";

/// @title UniswapV3PoolVenue
/// @notice Swaps in one pool of Uniswap V3, or of any fork whose pools call back under the same
/// name, without a router: the vault pays the pool inside the pool's callback. The cheapest path.
///
/// Route data are the fee of the pool (3 bytes).
///
/// # Trust
///
/// - The pool's address follows from the factory, the tokens and the fee, and is held against the
///   factory's own list when a route is registered. So only the factory's code is ever called.
/// - The callback is open to the pool of the running swap, while it runs, and to nobody else; a
///   swap inside a swap is refused.
/// - The pool asks for what it sold, no more, and the vault pays the pool itself. Where liquidity
///   ends before `amountIn` is sold, the rest stays with the vault. Nothing passes through here
///   and nobody grants an allowance (INV-8).
/// - Anyone may call `swap`: whoever calls is asked to pay, and is sent the proceeds.
contract UniswapV3PoolVenue is IVenue, IUniswapV3SwapCallback {
    using SafeCast for uint256;

    /* CONSTANTS */

    /// @dev Bytes of a fee.
    uint256 internal constant _FEE_SIZE = 3;
    /// @dev One, in the unit of a pool's fee.
    uint256 internal constant _MILLION = 1e6;
    /// @dev Square roots of the lowest and the highest price that a pool accepts as a limit.
    uint160 internal constant _LOWEST_SQRT_PRICE = 4295128740;
    uint160 internal constant _HIGHEST_SQRT_PRICE =
        1461446703485210103287273052203988822378723970341;

    /* IMMUTABLES */

    /// @notice The factory whose pools are used.
    IUniswapV3Factory public immutable FACTORY;
    /// @notice Hash of the code that creates a pool of it.
    bytes32 public immutable POOL_INIT_CODE_HASH;

    /* STORAGE */

    /// @dev The pool of the running swap; zero while none runs.
    address internal transient _pool;

    /* CONSTRUCTOR */

    /// @notice Creates the venue of `factory`.
    /// @param poolInitCodeHash Hash of the code that creates a pool; of Uniswap's own factories
    /// 0xe34f199b19b2b4f47f68442619d555527d244f78a3297ea89325f843f87b8b54. With a wrong one no
    /// route can be registered.
    constructor(IUniswapV3Factory factory, bytes32 poolInitCodeHash) {
        FACTORY = factory;
        POOL_INIT_CODE_HASH = poolInitCodeHash;
    }

    /// @inheritdoc IVenue
    function payee(address tokenIn, address tokenOut, bytes calldata data)
        external
        view
        returns (address)
    {
        uint24 poolFee = _feeOf(data);
        address listed = FACTORY.getPool(tokenIn, tokenOut, poolFee);
        require(listed != address(0), PoolMissing(tokenIn, tokenOut, poolFee));
        address derived = _poolOf(tokenIn, tokenOut, poolFee);
        require(derived == listed, UnexpectedPool(derived, listed));
        return listed;
    }

    /// @inheritdoc IVenue
    function fee(address, address, bytes calldata data) external pure returns (uint256) {
        return uint256(_feeOf(data)) * WAD / _MILLION;
    }

    /// @inheritdoc IVenue
    function swap(address tokenIn, address tokenOut, uint256 amountIn, bytes calldata data)
        external
    {
        require(_pool == address(0), SwapRunning(_pool));
        address pool = _poolOf(tokenIn, tokenOut, _feeOf(data));
        _pool = pool;

        bool zeroForOne = tokenIn < tokenOut;
        IUniswapV3Pool(pool)
            .swap(
                msg.sender,
                zeroForOne,
                amountIn.toInt256(),
                zeroForOne ? _LOWEST_SQRT_PRICE : _HIGHEST_SQRT_PRICE,
                abi.encode(msg.sender)
            );

        _pool = address(0);
    }

    /// @inheritdoc IUniswapV3SwapCallback
    function uniswapV3SwapCallback(int256 amount0Delta, int256 amount1Delta, bytes calldata data)
        external
    {
        require(msg.sender == _pool, CallbackRefused(msg.sender, _pool));
        // What is bought is negative or zero, so the larger is what was sold, and not negative.
        // forge-lint: disable-next-line(unsafe-typecast)
        uint256 sold = uint256(amount0Delta > amount1Delta ? amount0Delta : amount1Delta);
        ILegPayer(abi.decode(data, (address))).pay(sold);
    }

    function _feeOf(bytes calldata data) internal pure returns (uint24) {
        require(data.length == _FEE_SIZE, BadRouteData(data));
        // Three bytes, as just checked.
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint24(bytes3(data));
    }

    /// @dev Where the factory creates the pool of two tokens, in either order.
    function _poolOf(address tokenA, address tokenB, uint24 poolFee)
        internal
        view
        returns (address)
    {
        (address token0, address token1) = tokenA < tokenB ? (tokenA, tokenB) : (tokenB, tokenA);
        bytes32 salt = keccak256(abi.encode(token0, token1, poolFee));
        return Create2.computeAddress(salt, POOL_INIT_CODE_HASH, address(FACTORY));
    }
}
