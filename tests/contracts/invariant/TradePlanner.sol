// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {VaultState} from "../../../contracts/types/Ledger.sol";
import {Leg, Limits, PRICE_SCALE, Plan, Position, WAD} from "../../../contracts/types/Types.sol";
import {PoolTrader} from "./PoolTrader.sol";

/// @notice What is due, what the buckets leave room for, and which trades that makes.
abstract contract TradePlanner is PoolTrader {
    /// @dev One swap that somebody has in mind.
    struct Trade {
        uint256 sold;
        uint256 bought;
        uint256 value;
    }

    /// @dev What the mandate says of a rebalance by `caller` now.
    function planFor(address caller) internal view returns (Plan memory) {
        (uint256[] memory values, uint256 nav) = portfolio();
        VaultState memory state = vault.state();
        return mandate.plan(
            Position({
                caller: caller,
                keeperAt: state.keeperAt,
                publicAt: state.publicAt,
                pokedAt: state.pokedAt,
                nav: nav,
                values: values
            })
        );
    }

    /// @dev What is left in the two buckets, in WAD of NAV.
    function bucketsLeft() internal view returns (uint256 loss, uint256 turnover) {
        VaultState memory state = vault.state();
        Limits memory limits = mandate.limits();
        uint256 elapsed = block.timestamp - Math.max(state.keeperAt, state.publicAt);
        uint256 used = Math.saturatingSub(state.lossUsed, limits.lossRate * elapsed / 1 days);
        loss = Math.saturatingSub(limits.lossCapacity, used);
        used = Math.saturatingSub(state.turnoverUsed, limits.turnoverRate * elapsed / 1 days);
        turnover = Math.saturatingSub(limits.turnoverCapacity, used);
    }

    /// @dev Trades from overweight to underweight assets, in the order of the list, worth `budget`
    /// (in WAD of value) less a billionth for rounding; each stops a ten-thousandth short of the
    /// targets.
    function tradesUpTo(uint256 budget) internal view returns (Trade[] memory trades) {
        (uint256[] memory values, uint256 nav) = portfolio();
        uint256[] memory targets = mandate.targets();
        budget -= Math.ceilDiv(budget, 1e9);
        trades = new Trade[](COUNT * COUNT);
        uint256 count;
        for (uint256 sold; sold < COUNT; ++sold) {
            for (uint256 bought; bought < COUNT; ++bought) {
                uint256 value =
                    Math.saturatingSub(values[sold], Math.mulDiv(targets[sold], nav, WAD));
                value = Math.min(
                    value,
                    Math.saturatingSub(Math.mulDiv(targets[bought], nav, WAD), values[bought])
                );
                value = Math.min(value - value / 10_000, budget);
                if (sold == bought || value < nav / 5_000) continue;
                trades[count++] = Trade(sold, bought, value);
                values[sold] -= value;
                values[bought] += value;
                budget -= value;
            }
        }
        assembly ("memory-safe") {
            mstore(trades, count)
        }
    }

    /// @dev The legs of these trades, without a minimum of their own.
    function legsOf(Trade[] memory trades) internal view returns (Leg[] memory legs) {
        uint256[] memory prices = oracle.prices(addresses());
        legs = new Leg[](trades.length);
        for (uint256 i; i < legs.length; ++i) {
            Trade memory trade = trades[i];
            uint256 amountIn = Math.mulDiv(trade.value, PRICE_SCALE, prices[trade.sold]);
            legs[i] = Leg(routeId[trade.sold][trade.bought], amountIn, 0);
        }
    }

    function total(Trade[] memory trades) internal pure returns (uint256 value) {
        for (uint256 i; i < trades.length; ++i) {
            value += trades[i].value;
        }
    }
}
