// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {Drawdown} from "../../../contracts/libraries/Drawdown.sol";
import {Breaker} from "../../../contracts/types/Ledger.sol";
import {WAD} from "../../../contracts/types/Types.sol";

/// @notice A drawdown is confirmed by two low readings at least an hour apart, without a better one
/// between them; no fee is one.
contract DrawdownTest is Test {
    using Drawdown for Breaker;

    uint256 internal constant LIMIT = 0.2e18;
    uint256 internal constant SUPPLY = 1_000e18;

    /// @dev One reading, and whether it was below the limit.
    struct Reading {
        uint256 time;
        uint256 value;
        bool low;
    }

    Breaker internal breaker;
    Reading[] internal readings;
    /// @dev The mark of the reference, and which reading may begin the next row of high ones.
    uint256 internal mark;
    uint256 internal rowsBegin;

    function setUp() external {
        vm.warp(1_700_000_000);
    }

    /// @dev Against a slow reference that keeps every reading: whether the present one ends a row
    /// of low ones an hour long, and the mark, which is the lowest of each row of high ones as
    /// long.
    function testFuzz_observe_agreesWithItsHistory(uint256 seed, uint256 limit) external {
        limit = bound(limit, 0.01e18, 0.9e18);
        for (uint256 i; i < 30; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            vm.warp(block.timestamp + seed % 100 minutes);
            uint256 nav = bound(seed >> 128, 1, 4 * SUPPLY);
            uint256 value = nav * WAD / SUPPLY;
            readings.push(Reading(block.timestamp, value, value < mark * (WAD - limit) / WAD));
            bool confirmed = _lasts(_rowOfLows());
            (uint256 length, uint256 lowest) = _rowOfHighs();

            assertEq(breaker.observe(nav, SUPPLY, limit), confirmed, "confirmed");

            if (mark == 0 || _lasts(length)) (mark, rowsBegin) = (lowest, readings.length);
            assertEq(breaker.highWater, mark, "highWater");
        }
    }

    /// @dev How many of the last readings are low without a break.
    function _rowOfLows() private view returns (uint256 length) {
        while (length < readings.length && readings[readings.length - 1 - length].low) ++length;
    }

    /// @dev How many of the last readings since the mark was set are above it, and the lowest.
    function _rowOfHighs() private view returns (uint256 length, uint256 lowest) {
        lowest = type(uint256).max;
        while (length < readings.length - rowsBegin) {
            uint256 value = readings[readings.length - 1 - length].value;
            if (value <= mark) break;
            lowest = value < lowest ? value : lowest;
            ++length;
        }
    }

    /// @dev Whether that many of the last readings span an hour.
    function _lasts(uint256 length) private view returns (bool) {
        if (length == 0) return false;
        return block.timestamp - readings[readings.length - length].time >= 1 hours;
    }

    /// @dev One false high price, whenever it is read, leaves the mark at what was true around it.
    function testFuzz_observe_isRaisedByNoOneFalsePrice(uint256 falseNav, uint256 pause) external {
        falseNav = bound(falseNav, 1e18, 1e33);
        breaker.observe(1e18, SUPPLY, LIMIT);

        breaker.observe(falseNav, SUPPLY, LIMIT);
        vm.warp(block.timestamp + bound(pause, 0, 30 days));
        breaker.observe(1.1e18, SUPPLY, LIMIT);
        vm.warp(block.timestamp + 1 hours);
        assertFalse(breaker.observe(1.1e18, SUPPLY, LIMIT));

        assertLe(breaker.highWater, 1.1e18 * WAD / SUPPLY);
    }

    function testFuzz_observe_tripsNothingByOneFalsePrice(uint256 nav, uint256 falseNav) external {
        nav = bound(nav, 1e3, 1e33);
        falseNav = bound(falseNav, 0, nav / 2);
        breaker.observe(nav, SUPPLY, LIMIT);

        assertFalse(breaker.observe(falseNav, SUPPLY, LIMIT));
        vm.warp(block.timestamp + 2 hours);
        assertFalse(breaker.observe(nav, SUPPLY, LIMIT));
        vm.warp(block.timestamp + 2 hours);
        assertFalse(breaker.observe(falseNav, SUPPLY, LIMIT));
    }

    function test_observe_confirmsAfterAnHourToTheSecond() external {
        breaker.observe(1e18, SUPPLY, LIMIT);
        uint256 start = block.timestamp;
        assertFalse(breaker.observe(0.79e18, SUPPLY, LIMIT));

        vm.warp(start + 1 hours - 1);
        assertFalse(breaker.observe(0.79e18, SUPPLY, LIMIT));
        vm.warp(start + 1 hours);
        assertTrue(breaker.observe(0.79e18, SUPPLY, LIMIT));
    }

    function test_observe_isNotLowAtTheLimitItself() external {
        breaker.observe(1e18, 1e18, LIMIT);

        breaker.observe(0.8e18, 1e18, LIMIT);
        assertEq(breaker.lowSince, 0);
        breaker.observe(0.8e18 - 1, 1e18, LIMIT);
        assertEq(breaker.lowSince, block.timestamp);
    }

    /// @dev Of 10 less a fifth nothing below 8 is low, of 9 nothing below 7.2: it rounds down.
    function test_observe_isNotLowWhereTheLimitWasRoundedDown() external {
        breaker.observe(9, WAD, LIMIT);

        breaker.observe(7, WAD, LIMIT);

        assertEq(breaker.lowSince, 0);
    }

    /// @dev A reading at the mark is none above it: it ends the row of those.
    function test_observe_isNotHighAtTheMarkItself() external {
        breaker.observe(1e18, WAD, LIMIT);
        breaker.observe(1.1e18, WAD, LIMIT);

        breaker.observe(1e18, WAD, LIMIT);

        assertEq(breaker.highSince, 0);
    }

    /// @dev A fee that creates shares lowers value and mark alike, so no fee is a drawdown.
    function testFuzz_dilute_keepsTheDistanceToTheMark(uint256 nav, uint256 supply, uint256 added)
        external
    {
        supply = bound(supply, 1e15, 1e33);
        nav = bound(nav, supply / 1e6, 1e33);
        added = bound(added, 0, supply / 10);
        breaker.observe(nav, supply, LIMIT);
        uint256 before = breaker.highWater;

        breaker.dilute(supply, added);

        assertLe(breaker.highWater, before);
        assertApproxEqAbs(breaker.highWater, nav * WAD / (supply + added), 2);
        assertFalse(breaker.observe(nav, supply + added, LIMIT));
        assertEq(breaker.lowSince, 0);
    }

    /// @dev No reading and no fee may lock a vault or an exit from it, whatever the numbers.
    function testFuzz_observe_neverReverts(uint256 nav, uint256 supply, uint256 limit) external {
        supply = bound(supply, 1e15, type(uint128).max);
        // Sixteen records of 2^128 - 1 at the greatest price, 1e8 dollars for the smallest unit.
        nav = bound(nav, 0, 16 * uint256(type(uint128).max) * 1e26);
        limit = bound(limit, 0.01e18, 0.9e18);

        breaker.observe(nav, supply, limit);
        breaker.dilute(supply, nav % supply);
        breaker.observe(nav / 3, supply, limit);
    }
}
