// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Leg, PRICE_SCALE, WAD} from "../types/Types.sol";
import {LegMath} from "./LegMath.sol";
import {Rebalancing} from "./Rebalancing.sol";
import {Holding} from "./Valuation.sol";
import {WeightMath} from "./WeightMath.sol";

/// @title LegPlanner
/// @notice Builds the legs of a rebalance: each time the largest that some route allows from an
/// asset above its target to one below. Rounds as `Rebalancing` judges, so that what it builds is
/// neither past a target nor beyond a bucket.
library LegPlanner {
    /// @notice What to plan within.
    /// @param held What the vault holds.
    /// @param nav What that is worth, in WAD.
    /// @param targets Target weights, in WAD.
    /// @param routes Route from asset to asset, its id plus one; 0 for none.
    /// @param fraction Part of each leg to trade, in WAD.
    /// @param turnover Value that may be traded, in WAD of NAV.
    /// @param slippage Largest shortfall of a leg, in WAD.
    /// @param drift Total drift, in WAD.
    /// @param onlyToBase Whether nothing but the base asset may be bought.
    struct Task {
        Holding[] held;
        uint256 nav;
        uint256[] targets;
        uint256[][] routes;
        uint256 fraction;
        uint256 turnover;
        uint256 slippage;
        uint256 drift;
        bool onlyToBase;
    }

    /// @dev What is left to trade while legs are built.
    /// @param amounts Amounts not sold yet, in asset wei.
    /// @param excess Value that each asset may still sell, in WAD.
    /// @param deficit Value that each asset may still buy, in WAD.
    /// @param turnover Value that may still be traded, in WAD of NAV.
    /// @param traded Value of the legs so far at the feeds' prices, in WAD.
    struct Rest {
        uint256[] amounts;
        uint256[] excess;
        uint256[] deficit;
        uint256 turnover;
        uint256 traded;
    }

    /// @dev How much more than its value a leg may bring without a later leg into the same asset
    /// ending past the target, in WAD: what two ordinary feeds may lag by.
    uint256 private constant _IMPROVEMENT = 0.02e18;

    /// @notice The legs, in the order they must run; none if they would bring too little progress.
    /// @param task What to plan within; its routes are used up.
    function build(Task memory task) internal pure returns (Leg[] memory legs) {
        Rest memory rest = _rest(task);
        legs = new Leg[](Rebalancing.MAX_LEGS);
        uint256 count;
        while (count < legs.length) {
            (uint256 sold, uint256 bought, uint256 value) = _largest(task, rest);
            if (value == 0) break;
            Leg memory leg = _size(task, rest, sold, bought, value);
            if (leg.amountIn == 0) task.routes[sold][bought] = 0;
            else legs[count++] = leg;
        }
        if (!_isEnough(task, rest.traded)) count = 0;
        // Shortens the array in place: the legs behind the last stay unreachable.
        assembly ("memory-safe") {
            mstore(legs, count)
        }
    }

    /// @dev Distances to the targets, in the terms in which legs are admitted.
    function _rest(Task memory task) private pure returns (Rest memory rest) {
        uint256 count = task.held.length;
        rest.amounts = new uint256[](count);
        rest.excess = new uint256[](count);
        rest.deficit = new uint256[](count);
        rest.turnover = task.turnover;
        for (uint256 i; i < count; ++i) {
            Holding memory holding = task.held[i];
            rest.amounts[i] = holding.amount;
            uint256 target = Math.mulDiv(task.targets[i], task.nav, WAD);
            rest.excess[i] = Math.saturatingSub(holding.value, target);
            if (task.targets[i] == 0) {
                // Sold to the last unit.
                rest.excess[i] = WeightMath.valueUp(holding.amount, holding.highPrice);
            }
            if (i == 0 || !task.onlyToBase) {
                rest.deficit[i] = Math.saturatingSub(target, holding.value);
            }
        }
    }

    /// @dev The pair that a route connects and that can trade most.
    function _largest(Task memory task, Rest memory rest)
        private
        pure
        returns (uint256 sold, uint256 bought, uint256 value)
    {
        uint256 limit = Math.mulDiv(rest.turnover, task.nav, WAD);
        uint256 count = rest.excess.length;
        for (uint256 i; i < count; ++i) {
            if (rest.excess[i] <= value) continue;
            for (uint256 j; j < count; ++j) {
                uint256 most = Math.min(rest.excess[i], rest.deficit[j]);
                if (most <= value || task.routes[i][j] == 0) continue;
                (sold, bought, value) = (i, j, most);
            }
        }
        value = Math.min(value, limit);
    }

    /// @dev Turns a value into a leg and takes it off the rest; an empty leg if it would be too
    /// small.
    function _size(Task memory task, Rest memory rest, uint256 sold, uint256 bought, uint256 value)
        private
        pure
        returns (Leg memory leg)
    {
        uint256 price = task.held[sold].highPrice;
        bool soldOut = task.targets[sold] == 0 && value == rest.excess[sold];
        uint256 whole = soldOut ? rest.amounts[sold] : Math.mulDiv(value, PRICE_SCALE, price);
        uint256 amountIn = Math.mulDiv(whole, task.fraction, WAD);
        uint256 valueIn = WeightMath.valueUp(amountIn, price);
        if (WeightMath.fractionUp(valueIn, task.nav) < Rebalancing.MIN_LEG) return leg;

        rest.amounts[sold] -= whole;
        rest.excess[sold] = task.targets[sold] == 0
            ? WeightMath.valueUp(rest.amounts[sold], price)
            : rest.excess[sold] - WeightMath.valueUp(whole, price);
        rest.deficit[bought] = Math.saturatingSub(
            rest.deficit[bought], Math.mulDiv(value, WAD + _IMPROVEMENT, WAD, Math.Rounding.Ceil)
        );
        rest.turnover -= WeightMath.fractionUp(WeightMath.valueUp(whole, price), task.nav);
        rest.traded += WeightMath.valueDown(amountIn, task.held[sold].price);
        return Leg({routeId: task.routes[sold][bought] - 1, amountIn: amountIn, minAmountOut: 0});
    }

    /// @dev Whether drift falls by enough even if every leg is paid as badly as allowed: what is
    /// lost is lacking in the asset bought, and makes all others weigh more.
    function _isEnough(Task memory task, uint256 traded) private pure returns (bool) {
        uint256 certain = Math.mulDiv(traded, Math.saturatingSub(WAD, 2 * task.slippage), task.nav);
        return certain > LegMath.minimumProgress(task.drift);
    }
}
