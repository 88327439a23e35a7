// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {WeightMath} from "../../../contracts/libraries/WeightMath.sol";
import {PRICE_SCALE, WAD} from "../../../contracts/types/Types.sol";

/// @notice Values, weights and drift, each within a unit of the exact number and on the side that
/// its name says.
contract WeightMathTest is Test {
    function testFuzz_value_isRoundedAsItsNameSays(uint256 amount, uint256 price) external pure {
        amount = bound(amount, 0, 1e33);
        price = bound(price, 0, 1e44);

        uint256 down = WeightMath.valueDown(amount, price);
        uint256 up = WeightMath.valueUp(amount, price);

        assertLe(down * PRICE_SCALE, amount * price);
        assertGt((down + 1) * PRICE_SCALE, amount * price);
        assertGe(up * PRICE_SCALE, amount * price);
        assertLe(up, down + 1);
    }

    /// @dev The largest amounts and prices there are: the product needs more than 256 bits.
    function test_value_bearsAProductBeyondOneWord() external pure {
        assertEq(WeightMath.valueDown(type(uint128).max, 1e54), type(uint128).max * uint256(1e18));
        assertEq(WeightMath.valueUp(1e60, 1e30), 1e54);
    }

    function testFuzz_fractionUp_isRoundedUp(uint256 part, uint256 whole) external pure {
        whole = bound(whole, 1, 1e40);
        part = bound(part, 0, whole);

        uint256 fraction = WeightMath.fractionUp(part, whole);

        assertGe(fraction * whole, part * WAD);
        if (fraction != 0) assertLt((fraction - 1) * whole, part * WAD);
        assertLe(fraction, WAD);
    }

    /* DRIFT */

    /// @dev Against the exact gaps, held as fractions of nav * WAD.
    function testFuzz_drifts_areWithinAUnitOfTheExactGaps(
        uint256[8] memory valueSeeds,
        uint256[8] memory targetSeeds
    ) external pure {
        (uint256[] memory values, uint256 nav, uint256[] memory targets) =
            _portfolio(valueSeeds, targetSeeds);

        (uint256[] memory gaps, uint256 drift) = WeightMath.drifts(values, nav, targets);

        uint256 sum;
        for (uint256 i; i < gaps.length; ++i) {
            (uint256 held, uint256 due) = (values[i] * WAD, targets[i] * nav);
            uint256 exact = held > due ? held - due : due - held;
            assertLe(gaps[i] * nav, exact + nav);
            assertGe((gaps[i] + 1) * nav, exact);
            sum += gaps[i];
        }
        assertEq(drift, sum / 2);
        assertLe(drift, WAD);
    }

    /// @dev What one asset has too many the others lack: no gap is above the total drift, but for
    /// the units that rounding adds.
    function testFuzz_drifts_coverEveryGap(
        uint256[8] memory valueSeeds,
        uint256[8] memory targetSeeds
    ) external pure {
        (uint256[] memory values, uint256 nav, uint256[] memory targets) =
            _portfolio(valueSeeds, targetSeeds);

        (uint256[] memory gaps, uint256 drift) = WeightMath.drifts(values, nav, targets);

        for (uint256 i; i < gaps.length; ++i) {
            assertLe(gaps[i], drift + gaps.length);
        }
    }

    function testFuzz_drifts_doNotDependOnTheScale(
        uint256[8] memory valueSeeds,
        uint256[8] memory targetSeeds,
        uint256 scale
    ) external pure {
        (uint256[] memory values, uint256 nav, uint256[] memory targets) =
            _portfolio(valueSeeds, targetSeeds);
        scale = bound(scale, 1, 1e6);
        (, uint256 drift) = WeightMath.drifts(values, nav, targets);
        for (uint256 i; i < values.length; ++i) {
            values[i] *= scale;
        }

        (, uint256 scaled) = WeightMath.drifts(values, nav * scale, targets);

        assertEq(scaled, drift);
    }

    function testFuzz_drifts_doNotDependOnTheOrder(
        uint256[8] memory valueSeeds,
        uint256[8] memory targetSeeds,
        uint256 one,
        uint256 other
    ) external pure {
        (uint256[] memory values, uint256 nav, uint256[] memory targets) =
            _portfolio(valueSeeds, targetSeeds);
        (one, other) = (one % 8, other % 8);
        (, uint256 drift) = WeightMath.drifts(values, nav, targets);
        (values[one], values[other]) = (values[other], values[one]);
        (targets[one], targets[other]) = (targets[other], targets[one]);

        (, uint256 swapped) = WeightMath.drifts(values, nav, targets);

        assertEq(swapped, drift);
    }

    /// @dev Moving value from above a target to below another by `moved` lowers drift by as much.
    function test_drifts_fallByWhatIsMoved() external pure {
        uint256[] memory values = new uint256[](3);
        (values[0], values[1], values[2]) = (500e18, 300e18, 200e18);
        uint256[] memory targets = new uint256[](3);
        (targets[0], targets[1], targets[2]) = (0.4e18, 0.3e18, 0.3e18);
        (uint256[] memory gaps, uint256 drift) = WeightMath.drifts(values, 1_000e18, targets);
        assertEq(drift, 0.1e18);
        assertEq(gaps[1], 0);

        (values[0], values[2]) = (440e18, 260e18);

        (, drift) = WeightMath.drifts(values, 1_000e18, targets);
        assertEq(drift, 0.04e18);
    }

    /// @dev Eight values and eight targets that sum to WAD.
    function _portfolio(uint256[8] memory valueSeeds, uint256[8] memory targetSeeds)
        private
        pure
        returns (uint256[] memory values, uint256 nav, uint256[] memory targets)
    {
        values = new uint256[](8);
        targets = new uint256[](8);
        uint256 rest = WAD;
        for (uint256 i; i < 8; ++i) {
            values[i] = valueSeeds[i] % 10 ** (valueSeeds[i] % 30 + 1);
            nav += values[i];
            targets[i] = i == 7 ? rest : targetSeeds[i] % (rest + 1);
            rest -= targets[i];
        }
        // Some portfolio, however small.
        values[0] += 1;
        nav += 1;
    }
}
