// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title Bucket
/// @notice A budget that refills continuously: over any window T it lets through at most
/// `capacity + rate * T`. A bucket by calendar day would let twice its limit through at midnight.
library Bucket {
    /// @notice What is used of a bucket after `elapsed` seconds of refilling.
    /// @dev The refill is rounded down, so never more is free than time has earned.
    /// @param used What was used, in WAD.
    /// @param rate Refill in WAD per day.
    /// @param elapsed Seconds since `used` was true.
    function usedUp(uint256 used, uint256 rate, uint256 elapsed) internal pure returns (uint256) {
        return Math.saturatingSub(used, rate * elapsed / 1 days);
    }

    /// @notice What is left of a bucket, in WAD; zero if its capacity was lowered below its use.
    function left(uint256 used, uint256 capacity) internal pure returns (uint256) {
        return Math.saturatingSub(capacity, used);
    }
}
