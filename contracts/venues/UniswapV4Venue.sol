// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IPoolManager, IUnlockCallback} from "../interfaces/external/IPoolManager.sol";
import {ILegPayer, IVenue} from "../interfaces/IVenue.sol";
import {WAD} from "../types/Types.sol";

/// @title UniswapV4Venue
/// @notice Swaps in one pool of Uniswap V4. The venue unlocks the manager, the vault pays it inside
/// its callback, and the manager sends the proceeds to the vault.
///
/// Route data are the fee of the pool and its tick spacing (3 bytes each).
///
/// # Trust
///
/// - Only pools without hooks: the data have no place for one. No code is called but the manager's,
///   the caller's and the tokens'. The native currency is refused.
/// - The callback is open to the manager alone, which calls back nobody but the one who unlocks
///   it, and which refuses to be unlocked twice: there is no swap inside a swap.
/// - The vault pays the manager what the pool has sold, no more. Where liquidity ends before
///   `amountIn` is sold, the rest stays with the vault. Nothing passes through here and nobody
///   grants an allowance (INV-8); the manager reverts unless all is settled to the unit, so a
///   token that keeps a part of a transfer, or lets somebody else claim the payment, reverts.
/// - Anyone may call `swap`: whoever calls is asked to pay, and is sent the proceeds.
///
/// Accepted limitation: whoever has unlocked the manager cannot rebalance through this venue before
/// it is locked again.
contract UniswapV4Venue is IVenue, IUnlockCallback {
    using SafeCast for uint256;

    /* CONSTANTS */

    /// @dev Bytes of a fee with a tick spacing, and of the fee alone.
    uint256 internal constant _DATA_SIZE = 6;
    uint256 internal constant _FEE_SIZE = 3;
    /// @dev Square roots of the lowest and the highest price that the manager accepts as a limit.
    uint160 internal constant _LOWEST_SQRT_PRICE = 4295128740;
    uint160 internal constant _HIGHEST_SQRT_PRICE =
        1461446703485210103287273052203988822378723970341;
    /// @dev Where the manager keeps its mapping of pools. The first word of a pool has its price
    /// and, from bit 184, what the protocol charges besides: 12 bits for each direction, that of
    /// selling currency0 first.
    uint256 internal constant _POOLS_SLOT = 6;
    uint256 internal constant _PROTOCOL_FEES_BIT = 184;
    uint256 internal constant _PROTOCOL_FEE_BITS = 12;
    /// @dev One, in the unit of a fee.
    uint256 internal constant _MILLION = 1e6;

    /* IMMUTABLES */

    /// @notice The manager that holds the pools.
    IPoolManager public immutable MANAGER;

    /* CONSTRUCTOR */

    /// @notice Creates the venue of `manager`.
    constructor(IPoolManager manager) {
        MANAGER = manager;
    }

    /// @inheritdoc IVenue
    function payee(address tokenIn, address tokenOut, bytes calldata data)
        external
        view
        returns (address)
    {
        IPoolManager.PoolKey memory key = _keyOf(tokenIn, tokenOut, data);
        require(uint160(_stateOf(key)) != 0, PoolMissing(tokenIn, tokenOut, key.fee));
        return address(MANAGER);
    }

    /// @inheritdoc IVenue
    /// @dev With what the protocol charges now, of what is sold and before the pool; its owners can
    /// change that later, up to a thousandth.
    function fee(address tokenIn, address tokenOut, bytes calldata data)
        external
        view
        returns (uint256)
    {
        IPoolManager.PoolKey memory key = _keyOf(tokenIn, tokenOut, data);
        uint256 fees = _stateOf(key) >> _PROTOCOL_FEES_BIT;
        if (tokenIn > tokenOut) fees >>= _PROTOCOL_FEE_BITS;
        uint256 ofProtocol = fees & (1 << _PROTOCOL_FEE_BITS) - 1;
        uint256 left = (_MILLION - ofProtocol) * Math.saturatingSub(_MILLION, key.fee);
        return WAD - left * (WAD / _MILLION / _MILLION);
    }

    /// @inheritdoc IVenue
    function swap(address tokenIn, address tokenOut, uint256 amountIn, bytes calldata data)
        external
    {
        bool zeroForOne = tokenIn < tokenOut;
        IPoolManager.SwapParams memory params = IPoolManager.SwapParams({
            zeroForOne: zeroForOne,
            amountSpecified: -amountIn.toInt256(),
            sqrtPriceLimitX96: zeroForOne ? _LOWEST_SQRT_PRICE : _HIGHEST_SQRT_PRICE
        });
        MANAGER.unlock(abi.encode(msg.sender, _keyOf(tokenIn, tokenOut, data), params));
    }

    /// @inheritdoc IUnlockCallback
    function unlockCallback(bytes calldata data) external returns (bytes memory) {
        require(msg.sender == address(MANAGER), CallbackRefused(msg.sender, address(MANAGER)));
        (address payer, IPoolManager.PoolKey memory key, IPoolManager.SwapParams memory params) =
            abi.decode(data, (address, IPoolManager.PoolKey, IPoolManager.SwapParams));
        (address tokenIn, address tokenOut) =
            params.zeroForOne ? (key.currency0, key.currency1) : (key.currency1, key.currency0);
        (uint256 sold, uint256 bought) = _trade(key, params);

        MANAGER.sync(tokenIn);
        ILegPayer(payer).pay(sold);
        MANAGER.settle();
        MANAGER.take(tokenOut, payer, bought);
        return "";
    }

    /// @dev Swaps, and says what is to be paid and what may be taken.
    function _trade(IPoolManager.PoolKey memory key, IPoolManager.SwapParams memory params)
        internal
        returns (uint256 sold, uint256 bought)
    {
        int256 delta = MANAGER.swap(key, params, "");
        int256 delta0 = delta >> 128;
        // The lower half, with its sign.
        // forge-lint: disable-next-line(unsafe-typecast)
        int256 delta1 = int128(delta);
        (int256 deltaIn, int256 deltaOut) = params.zeroForOne ? (delta0, delta1) : (delta1, delta0);
        // An exact amount is sold, so what is owed is not positive and what is claimed not
        // negative.
        // forge-lint: disable-next-line(unsafe-typecast)
        return (uint256(-deltaIn), uint256(deltaOut));
    }

    /// @dev The first word of a pool's state, zero where there is none.
    function _stateOf(IPoolManager.PoolKey memory key) internal view returns (uint256) {
        bytes32 slot = keccak256(abi.encode(keccak256(abi.encode(key)), _POOLS_SLOT));
        return uint256(MANAGER.extsload(slot));
    }

    /// @dev The pool without hooks that the data describe.
    function _keyOf(address tokenIn, address tokenOut, bytes calldata data)
        internal
        pure
        returns (IPoolManager.PoolKey memory)
    {
        require(data.length == _DATA_SIZE, BadRouteData(data));
        require(tokenIn != address(0) && tokenOut != address(0), NativeCurrency());
        (address token0, address token1) =
            tokenIn < tokenOut ? (tokenIn, tokenOut) : (tokenOut, tokenIn);
        return IPoolManager.PoolKey({
            currency0: token0,
            currency1: token1,
            // Three bytes each, as just checked.
            // forge-lint: disable-next-line(unsafe-typecast)
            fee: uint24(bytes3(data[:_FEE_SIZE])),
            // forge-lint: disable-next-line(unsafe-typecast)
            tickSpacing: int24(uint24(bytes3(data[_FEE_SIZE:]))),
            hooks: address(0)
        });
    }
}
