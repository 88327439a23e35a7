// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Test} from "forge-std/Test.sol";
import {Bucket} from "../../../contracts/libraries/Bucket.sol";

/// @notice Over any time T a bucket lets through at most its capacity and `rate * T`.
contract BucketTest is Test {
    uint256 internal constant MOST = type(uint64).max;
    uint256 internal constant AGES = 1_000 * 365 days;

    /// @dev What time has earned is free, rounded down to a unit, and never more than was used.
    function testFuzz_usedUp_freesWhatTimeHasEarnedRoundedDown(
        uint256 used,
        uint256 rate,
        uint256 elapsed
    ) external pure {
        (used, rate, elapsed) =
        (bound(used, 0, MOST), bound(rate, 0, MOST), bound(elapsed, 0, AGES));

        uint256 freed = used - Bucket.usedUp(used, rate, elapsed);

        assertLe(freed * 1 days, rate * elapsed);
        if (freed < used) assertGt((freed + 1) * 1 days, rate * elapsed);
    }

    /// @dev Whoever looks in between frees less, by less than a unit for each look.
    function testFuzz_usedUp_freesNoMoreInTwoSteps(
        uint256 used,
        uint256 rate,
        uint256 first,
        uint256 second
    ) external pure {
        (used, rate) = (bound(used, 0, MOST), bound(rate, 0, MOST));
        (first, second) = (bound(first, 0, AGES), bound(second, 0, AGES));

        uint256 inOne = Bucket.usedUp(used, rate, first + second);
        uint256 inTwo = Bucket.usedUp(Bucket.usedUp(used, rate, first), rate, second);

        assertGe(inTwo, inOne);
        assertLe(inTwo, inOne + 1);
    }

    function testFuzz_usedUp_keepsAllAtOnceAndWithoutARate(uint256 used, uint256 any)
        external
        pure
    {
        any = bound(any, 0, AGES);

        assertEq(Bucket.usedUp(used, any, 0), used);
        assertEq(Bucket.usedUp(used, 0, any), used);
    }

    function test_usedUp_freesTheRateInADay() external pure {
        assertEq(Bucket.usedUp(0.003e18, 0.00005e18, 1 days), 0.00295e18);
        assertEq(Bucket.usedUp(0.003e18, 0.00005e18, 60 days), 0);
        assertEq(Bucket.usedUp(0.003e18, 0.00005e18, 61 days), 0);
    }

    function testFuzz_left_isWhatIsNotUsed(uint256 used, uint256 capacity) external pure {
        uint256 left = Bucket.left(used, capacity);

        assertEq(left, used < capacity ? capacity - used : 0);
    }

    /// @dev INV-4: greedy or random, at any times, charges stay inside every window.
    function testFuzz_bucket_letsThroughAtMostCapacityAndRefill(
        uint256 capacity,
        uint256 rate,
        uint256[12] memory waits,
        uint256[12] memory wishes
    ) external pure {
        (capacity, rate) = (bound(capacity, 1, 0.5e18), bound(rate, 0, 0.1e18));
        uint256[12] memory times;
        uint256[12] memory charges;
        (uint256 used, uint256 time) = (0, 0);
        for (uint256 i; i < 12; ++i) {
            waits[i] = bound(waits[i], 0, 3 days);
            time += waits[i];
            used = Bucket.usedUp(used, rate, waits[i]);
            uint256 left = Bucket.left(used, capacity);
            charges[i] = wishes[i] % 2 == 0 ? left : Math.min(left, wishes[i] % capacity);
            used += charges[i];
            times[i] = time;
        }

        for (uint256 from; from < 12; ++from) {
            uint256 sum;
            for (uint256 to = from; to < 12; ++to) {
                sum += charges[to];
                assertLe(sum, capacity + rate * (times[to] - times[from]) / 1 days);
            }
        }
    }
}
