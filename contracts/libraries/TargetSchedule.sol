// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {WAD} from "../types/Types.sol";
import {AssetRule} from "../interfaces/IMandate.sol";

/// @title TargetSchedule
/// @notice Targets that move linearly between two times and sum to WAD at every second.
library TargetSchedule {
    /// @notice Targets at `time`.
    /// @dev Every weight but the first is rounded down; the first takes what is missing to WAD, so
    /// it is at most one unit per other asset above its exact value.
    /// @param rules Start and end weight of each asset, in WAD.
    /// @param startsAt When the targets begin to move, in seconds.
    /// @param endsAt When they arrive, in seconds.
    /// @param time The moment asked for, in seconds.
    /// @return targets Weights in WAD, in the order of `rules`.
    function weightsAt(AssetRule[] memory rules, uint256 startsAt, uint256 endsAt, uint256 time)
        internal
        pure
        returns (uint256[] memory targets)
    {
        targets = new uint256[](rules.length);
        uint256 others;
        for (uint256 i = 1; i < rules.length; ++i) {
            targets[i] = weightAt(rules[i].startWeight, rules[i].endWeight, startsAt, endsAt, time);
            others += targets[i];
        }
        targets[0] = WAD - others;
    }

    /// @notice Weight at `time` on the line from `start` to `end`, rounded down.
    /// @param start Weight until `startsAt`, in WAD.
    /// @param end Weight from `endsAt`, in WAD.
    /// @param startsAt When the weight begins to move, in seconds.
    /// @param endsAt When it arrives, in seconds.
    /// @param time The moment asked for, in seconds.
    function weightAt(uint256 start, uint256 end, uint256 startsAt, uint256 endsAt, uint256 time)
        internal
        pure
        returns (uint256)
    {
        if (time >= endsAt) return end;
        if (time <= startsAt) return start;
        uint256 elapsed = time - startsAt;
        uint256 duration = endsAt - startsAt;
        return (start * (duration - elapsed) + end * elapsed) / duration;
    }

    /// @notice Distance between two sets of targets: half the sum of absolute changes, in WAD.
    function distanceUp(uint256[] memory from, uint256[] memory to)
        internal
        pure
        returns (uint256 distance)
    {
        for (uint256 i; i < from.length; ++i) {
            distance += from[i] > to[i] ? from[i] - to[i] : to[i] - from[i];
        }
        distance = (distance + 1) / 2;
    }
}
