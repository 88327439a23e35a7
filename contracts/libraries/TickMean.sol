// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {WAD} from "../types/Types.sol";

/// @title TickMean
/// @notice Turns what a Uniswap V3 pool accumulates into a price. A tick t means that one unit of
/// token0 is worth 1.0001^t units of token1; the mean tick over a window is the geometric mean.
library TickMean {
    /// @notice Largest tick of a pool; its smallest is the negative.
    int256 internal constant MAX_TICK = 887_272;

    /// @dev One, as a fraction of 128 bits.
    uint256 private constant _ONE = 2 ** 128;

    /// @dev 2^128 / sqrt(1.0001), to the nearest.
    uint256 private constant _STEP = 0xfffcb933bd6fad37aa2d162d1a594001;

    /// @dev One tick is a ten thousandth.
    uint256 private constant _TICKS = 10_000;

    /// @notice `quotePrice` times 1.0001^(tickSum / window).
    /// @dev Between two whole ticks the curve is replaced by its chord, which lies above it by at
    /// most 1.3e-9; beside that the result is wrong by less than 1e-15 of itself and three units.
    /// What does not fit 256 bits becomes the largest number. Neither up nor down, because one
    /// price serves both sides: the caller takes the worse of two.
    /// @param quotePrice Price of what the pool counts in, in any unit.
    /// @param tickSum Ticks times seconds over the window; their mean is within `MAX_TICK`.
    /// @param window Length of the window, in seconds; not zero.
    function price(uint256 quotePrice, int256 tickSum, uint256 window)
        internal
        pure
        returns (uint256)
    {
        // A few hours of seconds.
        // forge-lint: disable-next-line(unsafe-typecast)
        int256 length = int256(window);
        int256 rest = tickSum % length;
        if (rest < 0) rest += length;
        uint256 whole = _atTick(quotePrice, (tickSum - rest) / length);
        // Not negative.
        // forge-lint: disable-next-line(unsafe-typecast)
        return mulDivCapped(whole, _TICKS * window + uint256(rest), _TICKS * window);
    }

    /// @notice How far two prices are apart, in WAD of the first, rounded up; the largest number if
    /// that does not fit.
    /// @param first Not zero.
    function divergenceUp(uint256 first, uint256 second) internal pure returns (uint256) {
        uint256 gap = first > second ? first - second : second - first;
        uint256 part = mulDivCapped(gap, WAD, first);
        return Math.saturatingAdd(part, mulmod(gap, WAD, first) == 0 ? 0 : 1);
    }

    /// @notice `a * b / divisor`, rounded down; the largest number if that does not fit.
    /// @param divisor Not zero.
    function mulDivCapped(uint256 a, uint256 b, uint256 divisor) internal pure returns (uint256) {
        (uint256 high,) = Math.mul512(a, b);
        return high >= divisor ? type(uint256).max : Math.mulDiv(a, b, divisor);
    }

    /// @dev `quotePrice * 1.0001^tick`, by the square root twice, which keeps 64 digits of 2 even
    /// at the last tick.
    function _atTick(uint256 quotePrice, int256 tick) private pure returns (uint256) {
        uint256 root = _root(SignedMath.abs(tick));
        if (tick > 0) return mulDivCapped(mulDivCapped(quotePrice, _ONE, root), _ONE, root);
        return Math.mulDiv(Math.mulDiv(quotePrice, root, _ONE), root, _ONE);
    }

    /// @dev 1.0001^(-ticks / 2) as a fraction of 128 bits, by repeated squaring. Each product is
    /// rounded down and at most 2^128, so none overflows.
    function _root(uint256 ticks) private pure returns (uint256 root) {
        root = _ONE;
        for (uint256 power = _STEP; ticks != 0; ticks >>= 1) {
            if (ticks & 1 != 0) root = root * power >> 128;
            power = power * power >> 128;
        }
    }
}
