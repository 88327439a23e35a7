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

    Breaker internal breaker;

    function setUp() external {
        vm.warp(1_700_000_000);
    }

    /// @dev Against a slow reference: the highest of all readings, and the first of the low ones
    /// since the last that was not.
    function testFuzz_observe_agreesWithItsHistory(uint256 seed, uint256 limit) external {
        limit = bound(limit, 0.01e18, 0.9e18);
        uint256 highest;
        uint256 lowSince;
        for (uint256 i; i < 30; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            vm.warp(block.timestamp + seed % 100 minutes);
            uint256 nav = bound(seed >> 128, 1, 4 * SUPPLY);
            uint256 value = nav * WAD / SUPPLY;
            bool low = value < highest * (WAD - limit) / WAD;
            bool confirmed = low && lowSince != 0 && block.timestamp - lowSince >= 1 hours;
            if (!low) lowSince = 0;
            else if (lowSince == 0) lowSince = block.timestamp;
            if (value > highest) highest = value;

            assertEq(breaker.observe(nav, SUPPLY, limit), confirmed, "confirmed");

            assertEq(breaker.highWater, highest, "highWater");
            assertEq(breaker.lowSince, lowSince, "lowSince");
        }
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
