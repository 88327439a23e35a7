// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Breaker} from "../types/Ledger.sol";
import {WAD} from "../types/Types.sol";

/// @title Drawdown
/// @notice Watches the value per share against the highest it has been. Two readings an hour apart
/// must be low, so that one false price trips nothing.
library Drawdown {
    using SafeCast for uint256;

    /// @notice Least time between the two readings, in seconds.
    uint256 internal constant CONFIRMATION = 1 hours;

    /// @notice Takes a reading.
    /// @param breaker What earlier readings left.
    /// @param nav Value of the holdings, in WAD.
    /// @param supply Shares, in share wei, above zero.
    /// @param limit Largest fall from the high-water mark, in WAD.
    /// @return confirmed Whether the value per share was below the limit an hour ago and still is.
    function observe(Breaker storage breaker, uint256 nav, uint256 supply, uint256 limit)
        internal
        returns (bool confirmed)
    {
        uint256 value = Math.mulDiv(nav, WAD, supply);
        uint256 highWater = breaker.highWater;
        uint256 lowSince = breaker.lowSince;
        if (value < Math.mulDiv(highWater, WAD - limit, WAD)) {
            if (lowSince == 0) breaker.lowSince = uint40(block.timestamp);
            return lowSince != 0 && block.timestamp >= lowSince + CONFIRMATION;
        }
        if (lowSince != 0) breaker.lowSince = 0;
        // No value may lock a vault: one beyond this type is as good as this type's last.
        // forge-lint: disable-next-line(unsafe-typecast)
        if (value > highWater) breaker.highWater = uint128(Math.min(value, type(uint128).max));
    }

    /// @notice Lowers the high-water mark as a fee dilutes the shares: a fee is no drawdown.
    /// @param breaker What earlier readings left.
    /// @param supply Shares before, in share wei.
    /// @param added Shares created, in share wei.
    function dilute(Breaker storage breaker, uint256 supply, uint256 added) internal {
        uint256 highWater = breaker.highWater;
        if (highWater == 0) return;
        breaker.highWater = Math.mulDiv(highWater, supply, supply + added).toUint128();
    }
}
