// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {AssetRule} from "../../../contracts/interfaces/IMandate.sol";
import {TargetSchedule} from "../../../contracts/libraries/TargetSchedule.sol";
import {WAD} from "../../../contracts/types/Types.sol";

/// @notice INV-9: targets sum to one at every second, move evenly, and no faster than they were
/// measured when they were scheduled.
contract TargetScheduleTest is Test {
    uint256 internal constant COUNT = 16;
    uint256 internal constant LONGEST = 5 * 365 days;

    /// @dev INV-9.
    function testFuzz_weightsAt_sumToOneAtEverySecond(
        uint256[16] memory starts,
        uint256[16] memory ends,
        uint256 startsAt,
        uint256 duration,
        uint256 time
    ) external pure {
        AssetRule[] memory rules = _rules(starts, ends);
        startsAt = bound(startsAt, 0, type(uint40).max);
        duration = bound(duration, 0, LONGEST);
        time = bound(time, 0, startsAt + 2 * LONGEST);

        uint256[] memory targets =
            TargetSchedule.weightsAt(rules, startsAt, startsAt + duration, time);

        uint256 sum;
        for (uint256 i; i < COUNT; ++i) {
            sum += targets[i];
        }
        assertEq(sum, WAD);
    }

    /// @dev Every weight is rounded down; the first has what the others lost, a unit each at most.
    function testFuzz_weightsAt_areWithinTheUnitsOfRounding(
        uint256[16] memory starts,
        uint256[16] memory ends,
        uint256 duration,
        uint256 elapsed
    ) external pure {
        AssetRule[] memory rules = _rules(starts, ends);
        duration = bound(duration, 1, LONGEST);
        elapsed = bound(elapsed, 0, duration);

        uint256[] memory targets = TargetSchedule.weightsAt(rules, 7, 7 + duration, 7 + elapsed);

        for (uint256 i; i < COUNT; ++i) {
            // The exact weight, times the duration.
            uint256 exact = uint256(rules[i].startWeight) * (duration - elapsed)
                + uint256(rules[i].endWeight) * elapsed;
            if (i == 0) {
                assertGe(targets[0] * duration, exact);
                assertLt(targets[0] * duration, exact + COUNT * duration);
            } else {
                assertLe(targets[i] * duration, exact);
                assertGt((targets[i] + 1) * duration, exact);
            }
        }
    }

    function testFuzz_weightsAt_areTheEndsOutsideTheSchedule(
        uint256[16] memory starts,
        uint256[16] memory ends,
        uint256 beyond
    ) external pure {
        AssetRule[] memory rules = _rules(starts, ends);
        beyond = bound(beyond, 0, 1_000);

        uint256[] memory early = TargetSchedule.weightsAt(rules, 1_000, 2_000, 1_000 - beyond);
        uint256[] memory late = TargetSchedule.weightsAt(rules, 1_000, 2_000, 2_000 + beyond);

        for (uint256 i; i < COUNT; ++i) {
            assertEq(early[i], rules[i].startWeight);
            assertEq(late[i], rules[i].endWeight);
        }
    }

    function test_weightAt_isTheEndWhereItBeginsAndArrivesAtOnce() external pure {
        assertEq(TargetSchedule.weightAt(0.2e18, 0.3e18, 100, 100, 100), 0.3e18);
    }

    function testFuzz_weightAt_movesOneWayOnly(
        uint256 start,
        uint256 end,
        uint256 duration,
        uint256 first,
        uint256 second
    ) external pure {
        (start, end) = (bound(start, 0, WAD), bound(end, 0, WAD));
        duration = bound(duration, 1, LONGEST);
        second = bound(second, 0, duration);
        first = bound(first, 0, second);

        uint256 before = TargetSchedule.weightAt(start, end, 0, duration, first);
        uint256 later = TargetSchedule.weightAt(start, end, 0, duration, second);

        if (start <= end) assertLe(before, later);
        else assertGe(before, later);
        assertGe(later, start < end ? start : end);
        assertLe(later, start < end ? end : start);
    }

    /// @dev INV-9: between any two moments the targets move by their part of the whole distance,
    /// and the units of rounding.
    function testFuzz_weightsAt_moveNoFasterThanTheWhole(
        uint256[16] memory starts,
        uint256[16] memory ends,
        uint256 duration,
        uint256 first,
        uint256 second
    ) external pure {
        AssetRule[] memory rules = _rules(starts, ends);
        duration = bound(duration, 1, LONGEST);
        second = bound(second, 0, duration);
        first = bound(first, 0, second);
        uint256 whole = TargetSchedule.distanceUp(
            TargetSchedule.weightsAt(rules, 0, duration, 0),
            TargetSchedule.weightsAt(rules, 0, duration, duration)
        );

        uint256 moved = TargetSchedule.distanceUp(
            TargetSchedule.weightsAt(rules, 0, duration, first),
            TargetSchedule.weightsAt(rules, 0, duration, second)
        );

        assertLe(moved * duration, whole * (second - first) + COUNT * duration);
    }

    function testFuzz_distanceUp_isADistance(
        uint256[16] memory first,
        uint256[16] memory second,
        uint256[16] memory third
    ) external pure {
        uint256[] memory a = _weights(first);
        uint256[] memory b = _weights(second);
        uint256[] memory c = _weights(third);
        uint256 direct = TargetSchedule.distanceUp(a, b);

        assertEq(TargetSchedule.distanceUp(a, a), 0);
        assertEq(TargetSchedule.distanceUp(b, a), direct);
        assertLe(direct, TargetSchedule.distanceUp(a, c) + TargetSchedule.distanceUp(c, b));
        assertLe(direct, WAD);
        if (keccak256(abi.encode(a)) != keccak256(abi.encode(b))) assertGt(direct, 0);
    }

    /// @dev Half a unit counts as one.
    function test_distanceUp_isRoundedUp() external pure {
        uint256[] memory from = new uint256[](2);
        uint256[] memory to = new uint256[](2);
        (from[0], to[0]) = (5, 8);

        assertEq(TargetSchedule.distanceUp(from, to), 2);
    }

    function _rules(uint256[16] memory starts, uint256[16] memory ends)
        private
        pure
        returns (AssetRule[] memory rules)
    {
        uint256[] memory from = _weights(starts);
        uint256[] memory to = _weights(ends);
        rules = new AssetRule[](COUNT);
        for (uint256 i; i < COUNT; ++i) {
            // Both are at most WAD.
            // forge-lint: disable-next-line(unsafe-typecast)
            (rules[i].startWeight, rules[i].endWeight) = (uint64(from[i]), uint64(to[i]));
        }
    }

    /// @dev Sixteen weights that sum to WAD, of very different sizes, some zero.
    function _weights(uint256[16] memory seeds) private pure returns (uint256[] memory weights) {
        weights = new uint256[](COUNT);
        uint256 rest = WAD;
        for (uint256 i = COUNT - 1; i != 0; --i) {
            weights[i] = seeds[i] % (rest / (1 + seeds[i] % 5) + 1);
            rest -= weights[i];
        }
        weights[0] = rest;
    }
}
