// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AssetRule} from "../interfaces/IMandate.sol";
import {Bucket} from "../libraries/Bucket.sol";
import {LegMath} from "../libraries/LegMath.sol";
import {TargetSchedule} from "../libraries/TargetSchedule.sol";
import {Holding, Valuation} from "../libraries/Valuation.sol";
import {WeightMath} from "../libraries/WeightMath.sol";

/// @title LibraryHarness
/// @notice The arithmetic of the libraries, open to be asked from outside, so that its mirror in
/// Python can be held against it. For tests only.
contract LibraryHarness {
    /* TARGET SCHEDULE */

    /// @notice See `TargetSchedule.weightsAt`.
    function weightsAt(AssetRule[] memory rules, uint256 startsAt, uint256 endsAt, uint256 time)
        external
        pure
        returns (uint256[] memory)
    {
        return TargetSchedule.weightsAt(rules, startsAt, endsAt, time);
    }

    /// @notice See `TargetSchedule.weightAt`.
    function weightAt(uint256 start, uint256 end, uint256 startsAt, uint256 endsAt, uint256 time)
        external
        pure
        returns (uint256)
    {
        return TargetSchedule.weightAt(start, end, startsAt, endsAt, time);
    }

    /// @notice See `TargetSchedule.distanceUp`.
    function distanceUp(uint256[] memory from, uint256[] memory to)
        external
        pure
        returns (uint256)
    {
        return TargetSchedule.distanceUp(from, to);
    }

    /* BUCKET */

    /// @notice See `Bucket.usedUp`.
    function usedUp(uint256 used, uint256 rate, uint256 elapsed) external pure returns (uint256) {
        return Bucket.usedUp(used, rate, elapsed);
    }

    /// @notice See `Bucket.left`.
    function left(uint256 used, uint256 capacity) external pure returns (uint256) {
        return Bucket.left(used, capacity);
    }

    /* LEG MATH */

    /// @notice See `LegMath.minimumOutUp`.
    function minimumOutUp(uint256 valueIn, uint256 priceOut, uint256 slippage)
        external
        pure
        returns (uint256)
    {
        return LegMath.minimumOutUp(valueIn, priceOut, slippage);
    }

    /// @notice See `LegMath.minimumProgress`.
    function minimumProgress(uint256 drift) external pure returns (uint256) {
        return LegMath.minimumProgress(drift);
    }

    /* WEIGHT MATH */

    /// @notice See `Valuation.appraise`.
    function valuesDown(uint256[] memory amounts, uint256[] memory prices)
        external
        pure
        returns (uint256[] memory values, uint256 nav)
    {
        Holding[] memory held;
        (held, nav) =
            Valuation.appraise(new address[](amounts.length), amounts, 0, prices, new uint256[](0));
        values = Valuation.valuesOf(held);
    }

    /// @notice See `WeightMath.valueUp`.
    function valueUp(uint256 amount, uint256 price) external pure returns (uint256) {
        return WeightMath.valueUp(amount, price);
    }

    /// @notice See `WeightMath.fractionUp`.
    function fractionUp(uint256 part, uint256 whole) external pure returns (uint256) {
        return WeightMath.fractionUp(part, whole);
    }

    /// @notice See `WeightMath.drifts`.
    function drifts(uint256[] memory values, uint256 nav, uint256[] memory targets)
        external
        pure
        returns (uint256[] memory gaps, uint256 drift)
    {
        return WeightMath.drifts(values, nav, targets);
    }
}
