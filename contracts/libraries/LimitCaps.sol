// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IMandate} from "../interfaces/IMandate.sol";
import {Limits} from "../types/Types.sol";

/// @title LimitCaps
/// @notice How far an owner may set each limit. The mandate refuses more, and the vault, which has
/// the caps that bound a keeper's harm in its own code, would not obey it.
library LimitCaps {
    /// @notice Largest shortfall of a keeper's leg against the oracle price, in WAD: 3 %.
    uint256 internal constant SLIPPAGE = 0.03e18;
    /// @notice The same for the public tier, in WAD: 40 bp, ten below the least spread of the
    /// base-asset doors, so that forcing a rebalance never pays for a deposit.
    uint256 internal constant PUBLIC_SLIPPAGE = 0.004e18;
    /// @notice What a leg of the public tier may lose beyond the worst fee of a route, in WAD: 20
    /// bp, for what its price moves and for what the feeds lag.
    uint256 internal constant PUBLIC_SLIPPAGE_MARGIN = 0.002e18;
    /// @notice Largest capacity of the loss bucket, in WAD of NAV: 1 %.
    uint256 internal constant LOSS_CAPACITY = 0.01e18;
    /// @notice Fastest refill of the loss bucket, in WAD of NAV per day: 5 bp.
    uint256 internal constant LOSS_RATE = 0.0005e18;
    /// @notice Largest capacity of the turnover bucket, in WAD of NAV: 50 %.
    uint256 internal constant TURNOVER_CAPACITY = 0.5e18;
    /// @notice Fastest refill of the turnover bucket, in WAD of NAV per day: 10 %.
    uint256 internal constant TURNOVER_RATE = 0.1e18;
    /// @notice Largest floor of drift for a calendar rebalance, in WAD: 10 %.
    uint256 internal constant CALENDAR_FLOOR = 0.1e18;
    /// @notice Largest bucket of the base-asset doors, in WAD of NAV: 20 %.
    uint256 internal constant FLOW_CAPACITY = 0.2e18;
    /// @notice Largest limit of the drawdown breaker, in WAD: 90 %.
    uint256 internal constant DRAWDOWN = 0.9e18;
    /// @notice Least limit of the drawdown breaker, in WAD, unless it is off: 1 %.
    uint256 internal constant DRAWDOWN_MIN = 0.01e18;
    /// @notice Largest streaming fee, in WAD of the supply per year: 5 %.
    uint256 internal constant FEE_RATE = 0.05e18;
    /// @notice Longest cooldown of either tier, and longest notice, in seconds.
    uint256 internal constant WAIT = 30 days;
    /// @notice Shortest cooldown of the public tier, in seconds.
    uint256 internal constant PUBLIC_COOLDOWN_MIN = 10 minutes;
    /// @notice Longest calendar period, in seconds.
    uint256 internal constant CALENDAR_PERIOD = 366 days;
    /// @notice Shortest calendar period, in seconds, unless the calendar is off.
    uint256 internal constant CALENDAR_PERIOD_MIN = 1 hours;
    /// @notice Least floor of drift while the calendar is on, in WAD: 10 bp.
    uint256 internal constant CALENDAR_FLOOR_MIN = 0.001e18;

    /// @notice Reverts for the first limit that is beyond its cap.
    /// @param limits Limits to check.
    function check(Limits memory limits) internal pure {
        _atMost(0, limits.slippage, SLIPPAGE);
        _atMost(1, limits.lossCapacity, LOSS_CAPACITY);
        _atMost(2, limits.lossRate, LOSS_RATE);
        _atMost(3, limits.cooldown, WAIT);
        _atMost(4, limits.publicCooldown, WAIT);
        _atLeast(4, limits.publicCooldown, PUBLIC_COOLDOWN_MIN);
        _atMost(5, limits.turnoverCapacity, TURNOVER_CAPACITY);
        _atMost(6, limits.turnoverRate, TURNOVER_RATE);
        _atMost(7, limits.publicSlippage, Math.min(limits.slippage, PUBLIC_SLIPPAGE));
        _atMost(8, limits.drawdown, DRAWDOWN);
        if (limits.drawdown != 0) _atLeast(8, limits.drawdown, DRAWDOWN_MIN);
        _atMost(9, limits.calendarFloor, CALENDAR_FLOOR);
        _atMost(10, limits.calendarPeriod, CALENDAR_PERIOD);
        _atMost(12, limits.notice, WAIT);
        _atMost(13, limits.weightSpeed, limits.turnoverRate);
        _atLeast(13, limits.weightSpeed, 1);
        _atMost(14, limits.flowCapacity, FLOW_CAPACITY);
        if (limits.calendarPeriod == 0) return;
        _atLeast(10, limits.calendarPeriod, CALENDAR_PERIOD_MIN);
        _atLeast(9, limits.calendarFloor, CALENDAR_FLOOR_MIN);
    }

    /// @notice Largest shortfall of a leg of the public tier, in WAD.
    /// @param limit What the owner allows, in WAD.
    /// @param worstFee Worst fee of a route, in WAD.
    function publicSlippage(uint256 limit, uint256 worstFee) internal pure returns (uint256) {
        return Math.min(limit, worstFee + PUBLIC_SLIPPAGE_MARGIN);
    }

    function _atMost(uint256 limit, uint256 value, uint256 cap) private pure {
        require(value <= cap, IMandate.LimitTooHigh(limit, value, cap));
    }

    function _atLeast(uint256 limit, uint256 value, uint256 minimum) private pure {
        require(value >= minimum, IMandate.LimitTooLow(limit, value, minimum));
    }
}
