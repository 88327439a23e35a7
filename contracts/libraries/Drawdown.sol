// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Breaker} from "../types/Ledger.sol";
import {WAD} from "../types/Types.sol";

/// @title Drawdown
/// @notice Watches the value per share against the highest it has been. It takes two readings an
/// hour apart, and none to the contrary between them, to raise the mark or to trip, so that one
/// false price does neither.
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
        uint256 value = Math.min(Math.mulDiv(nav, WAD, supply), type(uint128).max);
        uint256 highWater = breaker.highWater;
        if (value > highWater) {
            _raise(breaker, value);
        } else if (breaker.highSince != 0) {
            breaker.highSince = 0;
        }

        uint256 lowSince = breaker.lowSince;
        if (value >= Math.mulDiv(highWater, WAD - limit, WAD)) {
            if (lowSince != 0) breaker.lowSince = 0;
            return false;
        }
        if (lowSince == 0) breaker.lowSince = uint40(block.timestamp);
        return lowSince != 0 && block.timestamp >= lowSince + CONFIRMATION;
    }

    /// @dev The mark rises to the lowest of the readings above it, once they span an hour.
    /// @param value The present one, at most 2^128 - 1: no value may lock a vault, and one beyond
    /// that is as good as its last.
    function _raise(Breaker storage breaker, uint256 value) private {
        uint256 highSince = breaker.highSince;
        uint256 candidate = highSince == 0 ? value : Math.min(value, breaker.candidate);
        // A minimum of what fits; so is the next.
        // forge-lint: disable-next-line(unsafe-typecast)
        breaker.candidate = uint128(candidate);
        // The first reading of all is the mark: there is nothing to hold it against.
        bool isFirst = breaker.highWater == 0;
        if (highSince == 0 && !isFirst) breaker.highSince = uint40(block.timestamp);
        bool confirmed = highSince != 0 && block.timestamp >= highSince + CONFIRMATION;
        if (!isFirst && !confirmed) return;
        // forge-lint: disable-next-line(unsafe-typecast)
        breaker.highWater = uint128(candidate);
        breaker.highSince = 0;
    }

    /// @notice Lowers the high-water mark as a fee dilutes the shares: a fee is no drawdown.
    /// @param breaker What earlier readings left.
    /// @param supply Shares before, in share wei.
    /// @param added Shares created, in share wei.
    function dilute(Breaker storage breaker, uint256 supply, uint256 added) internal {
        uint256 highWater = breaker.highWater;
        breaker.highWater = Math.mulDiv(highWater, supply, supply + added).toUint128();
        breaker.candidate = Math.mulDiv(breaker.candidate, supply, supply + added).toUint128();
    }
}
