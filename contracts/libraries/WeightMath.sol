// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PRICE_SCALE, WAD} from "../types/Types.sol";
import {mulDivDown, mulDivUp} from "./MulDiv.sol";

/// @title WeightMath
/// @notice Values, weights and drift of a portfolio. Stateless; every function states its rounding.
library WeightMath {
    /// @notice Value of `amount` at `price`, in WAD of the unit of account, rounded down.
    /// @param amount Amount of a token, in its smallest unit.
    /// @param price Value of one smallest unit, times `PRICE_SCALE`, in WAD.
    function valueDown(uint256 amount, uint256 price) internal pure returns (uint256) {
        return mulDivDown(amount, price, PRICE_SCALE);
    }

    /// @notice Value of `amount` at `price`, in WAD of the unit of account, rounded up.
    /// @param amount Amount of a token, in its smallest unit.
    /// @param price Value of one smallest unit, times `PRICE_SCALE`, in WAD.
    function valueUp(uint256 amount, uint256 price) internal pure returns (uint256) {
        return mulDivUp(amount, price, PRICE_SCALE);
    }

    /// @notice `part` as a fraction of `whole`, in WAD, rounded up.
    function fractionUp(uint256 part, uint256 whole) internal pure returns (uint256) {
        return mulDivUp(part, WAD, whole);
    }

    /// @notice Distance of a held weight from its target, in WAD.
    /// @dev The held weight is rounded down, so the gap is within one unit of the exact one.
    /// @param value Value of the holding, in WAD of the unit of account.
    /// @param nav Value of the portfolio, above zero.
    /// @param target Target weight, in WAD.
    function gap(uint256 value, uint256 nav, uint256 target) internal pure returns (uint256) {
        uint256 held = mulDivDown(value, WAD, nav);
        return held > target ? held - target : target - held;
    }

    /// @notice Distance of each held weight from its target.
    /// @param values Value of each holding, in WAD of the unit of account.
    /// @param nav Their sum, above zero.
    /// @param targets Target weights, in WAD, in the order of `values`.
    /// @return gaps |held - target|, in WAD.
    /// @return drift Total drift: half their sum, in WAD, rounded down.
    function drifts(uint256[] memory values, uint256 nav, uint256[] memory targets)
        internal
        pure
        returns (uint256[] memory gaps, uint256 drift)
    {
        gaps = new uint256[](values.length);
        for (uint256 i; i < values.length; ++i) {
            uint256 distance = gap(values[i], nav, targets[i]);
            gaps[i] = distance;
            drift += distance;
        }
        drift /= 2;
    }
}
