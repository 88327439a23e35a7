// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @notice The worst of all windows of time: the largest sum of charges in any of them, less what
/// its length allows.
/// @dev With charges x_k at times t_k and a rate r, `worst` is the greatest value over all i <= j
/// of x_i + ... + x_j - r * (t_j - t_i). Every window keeps "at most capacity + rate * T" if and
/// only if `worst <= capacity`. Held exactly, in WAD times seconds per day.
/// @param level The greatest value over the windows that end now.
/// @param worst The greatest value so far.
/// @param since When `level` was true, in seconds.
struct LossWindow {
    uint256 level;
    uint256 worst;
    uint256 since;
}

using {charge, worstUp} for LossWindow global;

/// @notice Adds a charge now.
/// @param fraction The charge, in WAD.
/// @param rate What each day allows, in WAD.
function charge(LossWindow storage self, uint256 fraction, uint256 rate) {
    uint256 allowed = rate * (block.timestamp - self.since);
    self.level = Math.saturatingSub(self.level, allowed) + fraction * 1 days;
    self.since = block.timestamp;
    self.worst = Math.max(self.worst, self.level);
}

/// @notice The greatest value so far, in WAD, rounded up.
function worstUp(LossWindow storage self) view returns (uint256) {
    return Math.ceilDiv(self.worst, 1 days);
}
