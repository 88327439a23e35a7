// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {PRICE_SCALE, WAD} from "../types/Types.sol";
import {mulDivUp} from "./MulDiv.sol";

/// @title LegMath
/// @notice What a leg must bring and what it may move. Stateless, rounded against the keeper.
library LegMath {
    /// @notice Least amount that a leg may bring: its value at the oracle price, less `slippage`.
    /// @param valueIn Value sold, in WAD of the unit of account.
    /// @param priceOut Price of the token bought, above zero.
    /// @param slippage Largest shortfall, in WAD, at most WAD.
    /// @return Amount of the token bought, in its smallest unit, rounded up.
    function minimumOutUp(uint256 valueIn, uint256 priceOut, uint256 slippage)
        internal
        pure
        returns (uint256)
    {
        uint256 valueKept = mulDivUp(valueIn, WAD - slippage, WAD);
        return mulDivUp(valueKept, PRICE_SCALE, priceOut);
    }

    /// @notice Least fall of total drift that a rebalance must bring.
    /// @param drift Total drift before, in WAD.
    /// @return The lesser of a fifth of it and one hundredth of the portfolio, in WAD.
    function minimumProgress(uint256 drift) internal pure returns (uint256) {
        return Math.min(drift / 5, WAD / 100);
    }
}
