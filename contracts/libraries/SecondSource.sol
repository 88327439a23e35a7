// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IUniswapV3Factory} from "../interfaces/external/IUniswapV3Factory.sol";
import {IUniswapV3PoolOracle} from "../interfaces/external/IUniswapV3PoolOracle.sol";
import {IPriceOracle, TwapConfig} from "../interfaces/IPriceOracle.sol";
import {BoundedCall} from "./BoundedCall.sol";
import {TickMean} from "./TickMean.sol";

/// @notice A Uniswap V3 pool that is asked for a token's mean price, as it is stored.
/// @param pool The pool.
/// @param window Length of the mean, in seconds.
/// @param maxDivergence Largest distance from the feed's price, in WAD of it.
/// @param tokenFirst Whether the token is the pool's token0.
/// @param quote The pool's other token.
struct TwapPool {
    address pool;
    uint16 window;
    uint64 maxDivergence;
    bool tokenFirst;
    address quote;
}

using SecondSource for TwapPool global;

/// @title SecondSource
/// @notice Checks that a Uniswap V3 pool can serve as a token's second source, and asks it.
library SecondSource {
    /// @notice Shortest window, in seconds: what a few blocks in a row can move weighs little in
    /// it.
    uint256 internal constant MIN_WINDOW = 10 minutes;

    /// @notice Longest window, in seconds: the mean lags by half of it.
    uint256 internal constant MAX_WINDOW = 4 hours;

    /// @notice Largest divergence that can be allowed, in WAD of the feed's price.
    uint256 internal constant MAX_DIVERGENCE = 0.2e18;

    /// @dev Gas for one question to a pool; its search takes 16 steps of two slots at most.
    uint256 private constant _POOL_GAS = 500_000;

    /// @dev Bytes of two arrays of two: their places, their lengths, their members.
    uint256 private constant _SUMS_SIZE = 256;

    /// @dev Largest running sum, which is 56 bits wide.
    int256 private constant _MAX_SUM = type(int56).max;

    /* SETTING */

    /// @notice The source as it is stored, and the factory of its pool; reverts unless the pool is
    /// one of the factory's, for the token, and keeps enough observations for the window.
    function accept(TwapConfig memory config)
        internal
        view
        returns (TwapPool memory source, address factory)
    {
        require(
            config.window >= MIN_WINDOW && config.window <= MAX_WINDOW,
            IPriceOracle.BadWindow(config.window, MIN_WINDOW, MAX_WINDOW)
        );
        require(
            config.maxDivergence != 0 && config.maxDivergence <= MAX_DIVERGENCE,
            IPriceOracle.BadDivergence(config.maxDivergence, MAX_DIVERGENCE)
        );
        source.pool = config.pool;
        // At most MAX_WINDOW.
        // forge-lint: disable-next-line(unsafe-typecast)
        source.window = uint16(config.window);
        source.maxDivergence = config.maxDivergence;
        factory = _requirePool(source, config.token);
        _requireObservations(config.pool, config.window);
    }

    /// @dev The pool names its factory and the factory names the pool: an address that is no pool,
    /// or the pool of another pair, is found out. Whether the factory is a known one the event
    /// tells.
    function _requirePool(TwapPool memory source, address token)
        private
        view
        returns (address factory)
    {
        address pool = source.pool;
        factory = address(uint160(_word(pool, abi.encodeCall(IUniswapV3PoolOracle.factory, ()))));
        address token0 =
            address(uint160(_word(pool, abi.encodeCall(IUniswapV3PoolOracle.token0, ()))));
        address token1 =
            address(uint160(_word(pool, abi.encodeCall(IUniswapV3PoolOracle.token1, ()))));
        // A fee has 24 bits.
        // forge-lint: disable-next-line(unsafe-typecast)
        uint24 fee = uint24(_word(pool, abi.encodeCall(IUniswapV3PoolOracle.fee, ())));
        bytes memory question = abi.encodeCall(IUniswapV3Factory.getPool, (token0, token1, fee));
        address listed = address(uint160(_word(factory, question)));
        require(pool != address(0) && listed == pool, IPriceOracle.NotAPool(pool, factory));
        require(token == token0 || token == token1, IPriceOracle.NotInPool(token, token0, token1));
        source.tokenFirst = token == token0;
        source.quote = source.tokenFirst ? token1 : token0;
    }

    /// @dev A pool writes one observation a block, and none twice at one time. Whoever trades in
    /// every block, so as to drive the oldest one out, must not get it into the window.
    function _requireObservations(address pool, uint256 window) private view {
        bytes memory question = abi.encodeCall(IUniswapV3PoolOracle.slot0, ());
        (bool ok, bytes memory answer) = BoundedCall.tryStatic(pool, question, _POOL_GAS, 128);
        require(ok && answer.length == 128, IPriceOracle.NotAPool(pool, address(0)));
        (,,, uint256 kept) = abi.decode(answer, (uint256, uint256, uint256, uint256));
        uint256 blocks = (window + _secondsPerBlock() - 1) / _secondsPerBlock();
        require(kept > blocks, IPriceOracle.TooFewObservations(pool, kept, blocks + 1));
    }

    /// @dev Least time between two blocks of different times: slots on Ethereum; elsewhere a
    /// second, since timestamps are whole.
    function _secondsPerBlock() private view returns (uint256) {
        return block.chainid == 1 ? 12 : 1;
    }

    /// @dev One word that `target` answers; zero if it does not.
    function _word(address target, bytes memory question) private view returns (uint256) {
        (bool ok, bytes memory answer) = BoundedCall.tryStatic(target, question, _POOL_GAS, 32);
        return ok && answer.length == 32 ? abi.decode(answer, (uint256)) : 0;
    }

    /* READING */

    /// @notice The token's mean price over the window; never reverts.
    /// @param quotePrice Price of the pool's other token.
    /// @return readable Whether the pool serves the window.
    /// @return price In the unit of `quotePrice`.
    function meanPrice(TwapPool memory source, uint256 quotePrice)
        internal
        view
        returns (bool readable, uint256 price)
    {
        int256 tickSum;
        (readable, tickSum) = _tickSum(source.pool, source.window);
        if (!readable) return (false, 0);
        if (!source.tokenFirst) tickSum = -tickSum;
        price = TickMean.price(quotePrice, tickSum, source.window);
    }

    /// @dev Sum of ticks times seconds over the window that ends now.
    function _tickSum(address pool, uint256 window)
        private
        view
        returns (bool readable, int256 tickSum)
    {
        uint32[] memory ago = new uint32[](2);
        // At most MAX_WINDOW.
        // forge-lint: disable-next-line(unsafe-typecast)
        ago[0] = uint32(window);
        bytes memory question = abi.encodeCall(IUniswapV3PoolOracle.observe, (ago));
        (bool ok, bytes memory answer) =
            BoundedCall.tryStatic(pool, question, _POOL_GAS, _SUMS_SIZE);
        if (!ok || answer.length < _SUMS_SIZE) return (false, 0);

        (,,, int256 sumBefore, int256 sumNow) =
            abi.decode(answer, (uint256, uint256, uint256, int256, int256));
        if (!_isSum(sumBefore) || !_isSum(sumNow)) return (false, 0);
        tickSum = sumNow - sumBefore;
        // forge-lint: disable-next-line(unsafe-typecast)
        int256 largest = TickMean.MAX_TICK * int256(window);
        readable = -largest <= tickSum && tickSum <= largest;
    }

    function _isSum(int256 number) private pure returns (bool) {
        return -_MAX_SUM <= number && number <= _MAX_SUM;
    }
}
