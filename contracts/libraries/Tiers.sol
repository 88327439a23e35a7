// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AssetRule} from "../interfaces/IMandate.sol";
import {
    Blocker,
    Limits,
    POKE_DELAY,
    POKE_LIFETIME,
    Plan,
    Position,
    Reason
} from "../types/Types.sol";
import {WeightMath} from "./WeightMath.sol";

/// @title Tiers
/// @notice Whether a rebalance is due, and which of the two tiers is open to whom: the keepers' at
/// a band or by the calendar, everybody's at a hard band that was put on record.
library Tiers {
    /// @notice Fills in what is due, what stands in its way, and the drift.
    /// @param answer Plan whose targets are set.
    /// @param position What the vault says of itself.
    /// @param rules Rules of the assets.
    /// @param limits The limits in force.
    /// @param isKeeper Whether the caller is a keeper.
    function judge(
        Plan memory answer,
        Position calldata position,
        AssetRule[] memory rules,
        Limits storage limits,
        bool isKeeper
    ) internal view {
        answer.blocker = Blocker.NotDue;
        if (position.nav == 0) return;
        uint256[] memory gaps;
        (gaps, answer.drift) = WeightMath.drifts(position.values, position.nav, answer.targets);
        if (isKeeper) {
            bool reached = anyReached(gaps, rules, false);
            bool due = !reached && _calendarDue(limits, position.keeperAt, answer.drift);
            if (reached || due) {
                answer.reason = reached ? Reason.Threshold : Reason.Calendar;
                answer.readyAt = position.keeperAt + limits.cooldown;
                answer.blocker = Blocker.Cooldown;
                if (block.timestamp >= answer.readyAt) {
                    (answer.blocker, answer.readyAt) = (Blocker.None, 0);
                    return;
                }
            }
        }
        if (!anyReached(gaps, rules, true)) return;
        (Blocker blocker, uint256 readyAt) = _publicStatus(position, limits);
        if (blocker != Blocker.None && answer.reason != Reason.None) return;
        (answer.reason, answer.blocker, answer.readyAt) = (Reason.Public, blocker, readyAt);
    }

    /// @notice Whether some gap has reached its band, or its hard band.
    function anyReached(uint256[] memory gaps, AssetRule[] memory rules, bool hard)
        internal
        pure
        returns (bool)
    {
        for (uint256 i; i < gaps.length; ++i) {
            if (gaps[i] >= (hard ? rules[i].hardBand : rules[i].band)) return true;
        }
        return false;
    }

    /// @dev Whether no keeper has rebalanced since the present period of the grid began.
    function _calendarDue(Limits storage limits, uint256 keeperAt, uint256 drift)
        private
        view
        returns (bool)
    {
        uint256 period = limits.calendarPeriod;
        uint256 anchor = limits.calendarAnchor;
        if (period == 0 || block.timestamp < anchor || drift < limits.calendarFloor) return false;
        return keeperAt < block.timestamp - (block.timestamp - anchor) % period;
    }

    /// @dev What stands in the way of the public tier once a hard band is exceeded.
    function _publicStatus(Position calldata position, Limits storage limits)
        private
        view
        returns (Blocker, uint256 readyAt)
    {
        if (block.timestamp > position.pokedAt + POKE_LIFETIME) return (Blocker.NotPoked, 0);
        readyAt = position.pokedAt + POKE_DELAY;
        if (block.timestamp < readyAt) return (Blocker.PokeDelay, readyAt);
        readyAt = position.publicAt + limits.publicCooldown;
        if (block.timestamp < readyAt) return (Blocker.PublicCooldown, readyAt);
        return (Blocker.None, 0);
    }
}
