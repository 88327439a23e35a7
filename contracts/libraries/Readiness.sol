// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IMandate} from "../interfaces/IMandate.sol";
import {VaultState} from "../types/Ledger.sol";
import {Blocker, Plan, Position, Reason} from "../types/Types.sol";
import {Bucket} from "./Bucket.sol";
import {LimitCaps} from "./LimitCaps.sol";
import {Rebalancing} from "./Rebalancing.sol";

/// @notice Whether a caller may rebalance a vault now.
/// @param totalDrift Half the sum of |weight - target|, in WAD; 0 if a price is missing.
/// @param reason What is due for the caller.
/// @param blocker What stands in its way.
/// @param readyAt When that ends, in seconds, or 0.
/// @param lossLeft What is left in the loss bucket, in WAD of NAV.
/// @param turnoverLeft What is left in the turnover bucket, in WAD of NAV.
/// @param targets Target weights now, in WAD.
struct Ready {
    uint256 totalDrift;
    Reason reason;
    Blocker blocker;
    uint256 readyAt;
    uint256 lossLeft;
    uint256 turnoverLeft;
    uint256[] targets;
}

/// @title Readiness
/// @notice What a vault would say to a rebalance, as far as it can be known without its legs: the
/// mandate's plan, the prices and the buckets together.
library Readiness {
    /// @dev A bucket, as large and as fast as the vault's own caps let it be: how much was used
    /// when it was last charged, and how much is left now.
    /// @param charged What was used then, in WAD of NAV.
    /// @param left What is left now, in WAD of NAV.
    /// @param capacity What it lets through at once, in WAD of NAV.
    /// @param rate Refill, in WAD of NAV per day.
    struct Budget {
        uint256 charged;
        uint256 left;
        uint256 capacity;
        uint256 rate;
    }

    /// @notice Asks the mandate and looks at the buckets.
    /// @param mandate The vault's rules.
    /// @param state The vault's state.
    /// @param position What the vault would say of itself; without a NAV if a price is missing.
    /// @param priced Whether each asset that counts has a price.
    function ask(IMandate mandate, VaultState memory state, Position memory position, bool priced)
        internal
        view
        returns (Ready memory ready)
    {
        Plan memory plan = mandate.plan(position);
        Budget memory loss = _budget(
            state,
            state.lossUsed,
            Math.min(plan.lossCapacity, LimitCaps.LOSS_CAPACITY),
            Math.min(plan.lossRate, LimitCaps.LOSS_RATE)
        );
        Budget memory turnover = _budget(
            state,
            state.turnoverUsed,
            Math.min(plan.turnoverCapacity, LimitCaps.TURNOVER_CAPACITY),
            Math.min(plan.turnoverRate, LimitCaps.TURNOVER_RATE)
        );
        (ready.lossLeft, ready.turnoverLeft) = (loss.left, turnover.left);
        (ready.targets, ready.blocker) = (plan.targets, Blocker.Oracle);
        if (!priced) return ready;

        ready.totalDrift = plan.drift;
        (ready.reason, ready.blocker, ready.readyAt) = (plan.reason, plan.blocker, plan.readyAt);
        uint256 chargedAt = Math.max(state.keeperAt, state.publicAt);
        _apply(ready, loss, 1, Blocker.LossBucket, chargedAt);
        _apply(ready, turnover, Rebalancing.MIN_LEG, Blocker.TurnoverBucket, chargedAt);
    }

    /// @dev Buckets are charged by every rebalance, of whichever tier, and refill from then on.
    function _budget(VaultState memory state, uint256 charged, uint256 capacity, uint256 rate)
        private
        view
        returns (Budget memory)
    {
        uint256 elapsed = block.timestamp - Math.max(state.keeperAt, state.publicAt);
        uint256 left = Bucket.left(Bucket.usedUp(charged, rate, elapsed), capacity);
        return Budget({charged: charged, left: left, capacity: capacity, rate: rate});
    }

    /// @dev Puts `blocker` in the way of a rebalance if nothing else is and `budget` cannot take
    /// `charge` now.
    function _apply(
        Ready memory ready,
        Budget memory budget,
        uint256 charge,
        Blocker blocker,
        uint256 chargedAt
    ) private pure {
        if (ready.blocker != Blocker.None || budget.left >= charge) return;
        ready.blocker = blocker;
        if (charge > budget.capacity || budget.rate == 0) return;
        uint256 missing = budget.charged + charge - budget.capacity;
        ready.readyAt = chargedAt + Math.ceilDiv(missing * 1 days, budget.rate);
    }
}
