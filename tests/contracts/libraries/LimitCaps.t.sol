// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Test} from "forge-std/Test.sol";
import {LimitCaps} from "../../../contracts/libraries/LimitCaps.sol";
import {Limits} from "../../../contracts/types/Types.sol";

/// @notice The caps let through exactly the limits that the promises can bear. What is refused with
/// which numbers is tried in `Mandate.t.sol`.
contract LimitCapsTest is Test {
    /// @dev Against the caps as the documents name them, each limit at, above or below its own.
    function testFuzz_check_letsThroughWhatIsWithinEveryCap(
        uint256[6] memory fractions,
        uint256[2] memory drifts,
        uint256[4] memory times
    ) external {
        Limits memory limits;
        limits.slippage = _near(fractions[0], 0.03e18);
        limits.publicSlippage = _near(fractions[1], 0.004e18);
        limits.lossCapacity = _near(fractions[2], 0.01e18);
        limits.lossRate = _near(fractions[3], 0.0005e18);
        limits.turnoverCapacity = _near(fractions[4], 0.5e18);
        limits.turnoverRate = _near(fractions[5], 0.1e18);
        limits.calendarFloor = _near(drifts[0], drifts[0] % 3 == 0 ? 0.001e18 : 0.1e18);
        limits.weightSpeed = _near(drifts[1], limits.turnoverRate);
        limits.cooldown = uint32(_near(times[0], 30 days));
        limits.publicCooldown = uint32(_near(times[1], times[1] % 3 == 0 ? 30 days : 10 minutes));
        limits.calendarPeriod = uint32(_near(times[2], times[2] % 3 == 0 ? 366 days : 1 hours));
        limits.notice = uint32(_near(times[3], 30 days));

        if (!_bearable(limits)) vm.expectRevert();
        this.check(limits);
    }

    /// @dev A public rebalance costs at most ten basis points less than a pair of doors 50 bp
    /// apart.
    function test_PUBLIC_SLIPPAGE_isBelowTheLeastSpread() external pure {
        assertLe(LimitCaps.PUBLIC_SLIPPAGE + 0.001e18, 0.005e18);
    }

    /// @dev INV-4: at their caps the buckets bound a keeper to 1 % at once and 19.25 % in a year.
    function test_lossCaps_boundAYear() external pure {
        assertEq(LimitCaps.LOSS_CAPACITY + 365 * LimitCaps.LOSS_RATE, 0.1925e18);
    }

    /// @dev Uses of both buckets are written in 64 bits.
    function test_bucketCaps_fitTheirStorage() external pure {
        assertLt(LimitCaps.LOSS_CAPACITY, type(uint64).max);
        assertLt(LimitCaps.TURNOVER_CAPACITY, type(uint64).max);
    }

    function check(Limits memory limits) external pure {
        LimitCaps.check(limits);
    }

    function _bearable(Limits memory limits) private pure returns (bool) {
        if (limits.slippage > 0.03e18 || limits.lossCapacity > 0.01e18) return false;
        if (limits.publicSlippage > 0.004e18 || limits.publicSlippage > limits.slippage) {
            return false;
        }
        if (limits.lossRate > 0.0005e18 || limits.turnoverRate > 0.1e18) return false;
        if (limits.turnoverCapacity > 0.5e18 || limits.calendarFloor > 0.1e18) return false;
        if (limits.weightSpeed == 0 || limits.weightSpeed > limits.turnoverRate) return false;
        if (limits.cooldown > 30 days || limits.notice > 30 days) return false;
        if (limits.publicCooldown > 30 days || limits.publicCooldown < 10 minutes) return false;
        if (limits.calendarPeriod == 0) return true;
        return limits.calendarPeriod >= 1 hours && limits.calendarPeriod <= 366 days
            && limits.calendarFloor >= 0.001e18;
    }

    /// @dev Seldom the next unit above `cap`, now and then zero or the unit below, else `cap`.
    function _near(uint256 seed, uint256 cap) private pure returns (uint64) {
        uint256 pick = (seed / 3) % 32;
        if (pick == 0) return 0;
        if (pick == 1) return SafeCast.toUint64(cap + 1);
        if (pick == 2) return SafeCast.toUint64(Math.saturatingSub(cap, 1));
        return SafeCast.toUint64(cap);
    }
}
