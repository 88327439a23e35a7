// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {CompactBound} from "../../../contracts/libraries/CompactBound.sol";

/// @notice A compact bound is the nearest number of eight digits on its own side.
contract CompactBoundTest is Test {
    function testFuzz_pack_enclosesTheNumber(uint128 value) external pure {
        uint256 down = CompactBound.unpack(CompactBound.packDown(value));
        uint256 up = CompactBound.unpack(CompactBound.packUp(value));

        assertLe(down, value);
        assertGe(up, value);
        // Eight digits: the step is at most a ten millionth.
        assertLe(up - down, down / 1e7);
    }

    function testFuzz_pack_isExactForEightDigits(uint256 digits, uint256 exponent) external pure {
        uint256 value = bound(digits, 0, 1e8 - 1) * 10 ** bound(exponent, 0, 30);

        assertEq(CompactBound.unpack(CompactBound.packDown(uint128(value))), value);
        assertEq(CompactBound.unpack(CompactBound.packUp(uint128(value))), value);
    }

    function testFuzz_pack_keepsTheOrder(uint128 lower, uint128 higher) external pure {
        if (lower > higher) (lower, higher) = (higher, lower);

        assertLe(_down(lower), _down(higher));
        assertLe(_up(lower), _up(higher));
    }

    function testFuzz_pack_changesNothingTheSecondTime(uint128 value) external pure {
        uint256 down = _down(value);
        assertEq(_down(uint128(down)), down);
        assertEq(_up(uint128(down)), down);
    }

    function test_pack_carriesIntoTheNextDigit() external pure {
        assertEq(_up(999_999_999), 1_000_000_000);
        assertEq(_down(999_999_999), 999_999_990);
        assertEq(_up(type(uint128).max), 34_028_237e31);
        assertEq(_down(type(uint128).max), 34_028_236e31);
    }

    function _down(uint128 value) private pure returns (uint256) {
        return CompactBound.unpack(CompactBound.packDown(value));
    }

    function _up(uint128 value) private pure returns (uint256) {
        return CompactBound.unpack(CompactBound.packUp(value));
    }
}
