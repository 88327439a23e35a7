// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {LimitCaps} from "../../contracts/libraries/LimitCaps.sol";
import {Limits, WAD} from "../../contracts/types/Types.sol";
import {Attacker} from "./invariant/Attacker.sol";

/// @notice INV-4 is tight: a keeper who pushes every pool to the oracle's floor, while every feed
/// errs as far as it can, takes nearly the bound; and each of the two buckets is needed for it.
contract KeeperLossBoundTest is Attacker {
    uint256 internal constant DAYS = 30;
    /// @dev Sum over the rebalances of the share's loss at market prices, in WAD of the share.
    uint256 internal harm;
    /// @dev The bound for `DAYS` under the default limits, in WAD.
    uint256 internal harmBound;

    function setUp() public override {
        super.setUp();
        Limits memory limits = defaultLimits();
        uint256 loss = limits.lossCapacity + limits.lossRate * DAYS;
        harmBound = loss + turnoverHarm(limits);
    }

    function test_rebalance_hostileKeeperTakesMostOfTheBoundAndNoMore() external {
        attack(type(uint256).max);

        report("of the bound taken, in percent");
        assertGe(harm, harmBound * 8 / 10);
        assertLe(harm, harmBound);
    }

    function test_rebalance_lossInvisibleAtOraclePricesIsBoundedByTurnover() external {
        attack(0);

        report("of the bound taken at no loss at oracle prices, in percent");
        uint256 invisible = turnoverHarm(defaultLimits());
        assertGe(harm, invisible * 8 / 10);
        assertLe(harm, invisible + vault.state().lossUsed);
        assertLe(vault.state().lossUsed, 0.000001e18);
    }

    function test_rebalance_breaksTheBoundIfTheLossBucketIsOutOfTheWay() external {
        Limits memory limits = defaultLimits();
        limits.lossCapacity = uint64(LimitCaps.LOSS_CAPACITY);
        limits.lossRate = uint64(LimitCaps.LOSS_RATE);
        vm.prank(owner);
        mandate.setLimits(limits);

        attack(type(uint256).max);

        report("of the default bound taken with the widest loss bucket, in percent");
        assertGt(harm, harmBound);
    }

    function test_rebalance_breaksTheBoundIfTheTurnoverBucketIsOutOfTheWay() external {
        Limits memory limits = defaultLimits();
        limits.turnoverCapacity = uint64(LimitCaps.TURNOVER_CAPACITY);
        limits.turnoverRate = uint64(LimitCaps.TURNOVER_RATE);
        vm.prank(owner);
        mandate.setLimits(limits);

        attack(type(uint256).max);

        report("of the default bound taken with the widest turnover bucket, in percent");
        assertGt(harm, harmBound);
    }

    /// @dev The attack: every day, the market makes a rebalance due if none is, the feeds lag, and
    /// the keeper trades all that the buckets allow at `slippage` or what the loss bucket pays for.
    function attack(uint256 slippage) internal {
        for (uint256 day; day <= DAYS; ++day) {
            if (day != 0) passTime(1 days);
            (, uint256 turnover) = bucketsLeft();
            if (planFor(keeper).drift < turnover + 0.03e18) upset();
            makeFeedsLag();
            uint256 worth = shareWorth();
            bool done = slippage == 0
                ? tradeAt(keeper, tradesUpTo(worthOf(turnover)), 0)
                : extract(keeper, turnover);
            assertTrue(done, "a rebalance was refused");
            harm += Math.mulDiv(worth - shareWorth(), WAD, worth);
        }
    }

    /// @dev LINK trebles, or falls back to where it began.
    function upset() internal {
        setMarketPrice(LINK, marketPrice[LINK] > 10e8 ? 10e8 : 30e8);
        makeFeedsLag();
    }

    /// @dev What feeds can hide in the turnover of `DAYS`: epsilon * (C_tau + R_tau * T).
    function turnoverHarm(Limits memory limits) internal pure returns (uint256) {
        return EPSILON * (limits.turnoverCapacity + limits.turnoverRate * DAYS) / WAD;
    }

    function report(string memory what) internal {
        emit log_named_decimal_uint(what, harm * 10_000 / harmBound, 2);
    }
}
