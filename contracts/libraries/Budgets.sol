// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {VaultState} from "../types/Ledger.sol";
import {Plan} from "../types/Types.sol";
import {Bucket} from "./Bucket.sol";
import {LimitCaps} from "./LimitCaps.sol";

/// @title Budgets
/// @notice The loss bucket and the turnover bucket of a vault, no larger and no faster than its own
/// caps let them be. Every rebalance charges both, of whichever tier, so both were last written when
/// the later tier rebalanced. All in WAD of NAV.
library Budgets {
    /// @notice What is used and what is left of the bucket of leg losses.
    /// @param state The vault's state.
    /// @param plan What the mandate allows.
    function loss(VaultState memory state, Plan memory plan)
        internal
        view
        returns (uint256 used, uint256 left)
    {
        (uint256 capacity, uint256 rate) = _lossTerms(plan);
        return _now(state, state.lossUsed, capacity, rate);
    }

    /// @notice What is used and what is left of the bucket of traded value.
    /// @param state The vault's state.
    /// @param plan What the mandate allows.
    function turnover(VaultState memory state, Plan memory plan)
        internal
        view
        returns (uint256 used, uint256 left)
    {
        (uint256 capacity, uint256 rate) = _turnoverTerms(plan);
        return _now(state, state.turnoverUsed, capacity, rate);
    }

    /// @notice When the loss bucket will take `charge`, in seconds; 0 if it never will.
    /// @param state The vault's state.
    /// @param plan What the mandate allows.
    /// @param charge More than is left now.
    function lossReadyAt(VaultState memory state, Plan memory plan, uint256 charge)
        internal
        pure
        returns (uint256)
    {
        (uint256 capacity, uint256 rate) = _lossTerms(plan);
        if (charge > capacity || rate == 0) return 0;
        return _chargedAt(state) + _timeToRefill(state.lossUsed + charge - capacity, rate);
    }

    /// @notice When the turnover bucket will take `charge`, in seconds; 0 if it never will.
    /// @param state The vault's state.
    /// @param plan What the mandate allows.
    /// @param charge More than is left now.
    function turnoverReadyAt(VaultState memory state, Plan memory plan, uint256 charge)
        internal
        pure
        returns (uint256)
    {
        (uint256 capacity, uint256 rate) = _turnoverTerms(plan);
        if (charge > capacity || rate == 0) return 0;
        return _chargedAt(state) + _timeToRefill(state.turnoverUsed + charge - capacity, rate);
    }

    function _lossTerms(Plan memory plan) private pure returns (uint256 capacity, uint256 rate) {
        capacity = Math.min(plan.lossCapacity, LimitCaps.LOSS_CAPACITY);
        rate = Math.min(plan.lossRate, LimitCaps.LOSS_RATE);
    }

    function _turnoverTerms(Plan memory plan)
        private
        pure
        returns (uint256 capacity, uint256 rate)
    {
        capacity = Math.min(plan.turnoverCapacity, LimitCaps.TURNOVER_CAPACITY);
        rate = Math.min(plan.turnoverRate, LimitCaps.TURNOVER_RATE);
    }

    function _now(VaultState memory state, uint256 charged, uint256 capacity, uint256 rate)
        private
        view
        returns (uint256 used, uint256 left)
    {
        used = Bucket.usedUp(charged, rate, block.timestamp - _chargedAt(state));
        left = Bucket.left(used, capacity);
    }

    /// @dev Seconds until `missing` is refilled.
    function _timeToRefill(uint256 missing, uint256 rate) private pure returns (uint256) {
        return Math.ceilDiv(missing * 1 days, rate);
    }

    function _chargedAt(VaultState memory state) private pure returns (uint256) {
        return Math.max(state.keeperAt, state.publicAt);
    }
}
