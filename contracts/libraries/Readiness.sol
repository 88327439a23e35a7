// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IMandate} from "../interfaces/IMandate.sol";
import {VaultState} from "../types/Ledger.sol";
import {Blocker, Plan, Position, Reason} from "../types/Types.sol";
import {Budgets} from "./Budgets.sol";
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
        (, ready.lossLeft) = Budgets.loss(state, plan);
        (, ready.turnoverLeft) = Budgets.turnover(state, plan);
        (ready.targets, ready.blocker) = (plan.targets, Blocker.Oracle);
        if (!priced) return ready;

        ready.totalDrift = plan.drift;
        (ready.reason, ready.blocker, ready.readyAt) = (plan.reason, plan.blocker, plan.readyAt);
        if (plan.blocker != Blocker.None) return ready;

        if (ready.lossLeft == 0) {
            ready.blocker = Blocker.LossBucket;
            ready.readyAt = Budgets.lossReadyAt(state, plan, 1);
        } else if (ready.turnoverLeft < Rebalancing.MIN_LEG) {
            ready.blocker = Blocker.TurnoverBucket;
            ready.readyAt = Budgets.turnoverReadyAt(state, plan, Rebalancing.MIN_LEG);
        }
    }
}
