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

    /// @notice Values of `amounts` at `prices`, each rounded down, and their sum.
    /// @param amounts Amounts, each in its token's smallest unit.
    /// @param prices Prices, in the order of `amounts`.
    /// @return values Values, in WAD of the unit of account, in the order of `amounts`.
    /// @return nav Their sum.
    function valuesDown(uint256[] memory amounts, uint256[] memory prices)
        internal
        pure
        returns (uint256[] memory values, uint256 nav)
    {
        values = new uint256[](amounts.length);
        for (uint256 i; i < amounts.length; ++i) {
            values[i] = valueDown(amounts[i], prices[i]);
            nav += values[i];
        }
    }

    /// @notice `part` as a fraction of `whole`, in WAD, rounded up.
    function fractionUp(uint256 part, uint256 whole) internal pure returns (uint256) {
        return mulDivUp(part, WAD, whole);
    }

    /// @notice Distance of each held weight from its target.
    /// @dev Held weights are rounded down, so each gap is within one unit of the exact one.
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
            uint256 held = mulDivDown(values[i], WAD, nav);
            gaps[i] = held > targets[i] ? held - targets[i] : targets[i] - held;
            drift += gaps[i];
        }
        drift /= 2;
    }
}
