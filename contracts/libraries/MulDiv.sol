// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @notice `x * y / denominator`, rounded down, as `Math.mulDiv` has it, at half the gas where the
/// product fits one word: it does in all but absurd portfolios, and a rebalance asks thirty times.
function mulDivDown(uint256 x, uint256 y, uint256 denominator) pure returns (uint256) {
    unchecked {
        uint256 product = x * y;
        if (x == 0 || product / x == y) return product / denominator;
    }
    return Math.mulDiv(x, y, denominator);
}

/// @notice `x * y / denominator`, rounded up; see `mulDivDown`.
function mulDivUp(uint256 x, uint256 y, uint256 denominator) pure returns (uint256) {
    unchecked {
        uint256 product = x * y;
        if (x == 0 || product / x == y) {
            uint256 quotient = product / denominator;
            // What is not exact was divided by more than one, so there is room for one more.
            return quotient * denominator == product ? quotient : quotient + 1;
        }
    }
    return Math.mulDiv(x, y, denominator, Math.Rounding.Ceil);
}
