// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Test} from "forge-std/Test.sol";
import {LegMath} from "../../../contracts/libraries/LegMath.sol";
import {PRICE_SCALE, WAD} from "../../../contracts/types/Types.sol";

/// @notice What a leg must bring is rounded up, so a keeper never gains a unit by it.
contract LegMathTest is Test {
    uint256 internal constant MOST_VALUE = 1e33;

    /// @dev The least amount whose exact value is at least the value kept.
    function testFuzz_minimumOutUp_isTheLeastAmountWorthWhatIsKept(
        uint256 valueIn,
        uint256 price,
        uint256 slippage
    ) external pure {
        valueIn = bound(valueIn, 0, MOST_VALUE);
        price = bound(price, 1e20, 1e44);
        slippage = bound(slippage, 0, WAD);

        uint256 least = LegMath.minimumOutUp(valueIn, price, slippage);

        uint256 kept = Math.ceilDiv(valueIn * (WAD - slippage), WAD);
        assertGe(least * price, kept * PRICE_SCALE);
        if (least != 0) assertLt((least - 1) * price, kept * PRICE_SCALE);
    }

    /// @dev The value kept is not rounded away either: worth at least the exact part.
    function testFuzz_minimumOutUp_isWorthAtLeastTheExactPart(uint256 valueIn, uint256 slippage)
        external
        pure
    {
        valueIn = bound(valueIn, 0, MOST_VALUE);
        slippage = bound(slippage, 0, WAD);

        // At this price one unit is worth one unit of value.
        uint256 least = LegMath.minimumOutUp(valueIn, PRICE_SCALE, slippage);

        assertGe(least * WAD, valueIn * (WAD - slippage));
        assertLe(least, valueIn);
    }

    function testFuzz_minimumOutUp_fallsWithSlippage(
        uint256 valueIn,
        uint256 price,
        uint256 lower,
        uint256 higher
    ) external pure {
        valueIn = bound(valueIn, 0, MOST_VALUE);
        price = bound(price, 1e20, 1e48);
        lower = bound(lower, 0, WAD);
        higher = bound(higher, lower, WAD);

        assertGe(
            LegMath.minimumOutUp(valueIn, price, lower),
            LegMath.minimumOutUp(valueIn, price, higher)
        );
    }

    /// @dev Whoever splits a leg has to bring no less in all.
    function testFuzz_minimumOutUp_gainsNothingBySplitting(
        uint256 first,
        uint256 second,
        uint256 price,
        uint256 slippage
    ) external pure {
        first = bound(first, 0, MOST_VALUE);
        second = bound(second, 0, MOST_VALUE);
        price = bound(price, 1e20, 1e48);
        slippage = bound(slippage, 0, WAD);

        assertGe(
            LegMath.minimumOutUp(first, price, slippage)
                + LegMath.minimumOutUp(second, price, slippage),
            LegMath.minimumOutUp(first + second, price, slippage)
        );
    }

    function test_minimumOutUp_ofOneThousandAtOnePerCent() external pure {
        // 40,000 each, 8 decimals: 990 / 40,000, rounded up.
        assertEq(LegMath.minimumOutUp(1_000e18, 40_000e46, 0.01e18), 2_475_000);
        assertEq(LegMath.minimumOutUp(1_000e18 + 1, 40_000e46, 0.01e18), 2_475_001);
        assertEq(LegMath.minimumOutUp(1_000e18, 40_000e46, WAD), 0);
    }

    /// @dev A fifth of small drifts, a hundredth of the portfolio of large ones, never all of it.
    function testFuzz_minimumProgress_isTheLesserOfBoth(uint256 drift) external pure {
        drift = bound(drift, 0, WAD);

        uint256 progress = LegMath.minimumProgress(drift);

        assertEq(progress, drift < 0.05e18 ? drift / 5 : 0.01e18);
        assertLe(5 * progress, drift);
    }
}
