// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Rebalancing} from "../../../contracts/libraries/Rebalancing.sol";
import {Leg, Limits, WAD} from "../../../contracts/types/Types.sol";
import {LagFixture} from "../fixtures/LagFixture.sol";

/// @notice Attack: a keeper who is also a holder deposits base asset while the feeds lag low, which
/// makes a rebalance due; rebalances while they lag high, through a venue of its own at exactly the
/// feeds' prices; and leaves in kind. No loss is visible at oracle prices. Rules: the turnover
/// bucket beside the loss bucket, and the flow bucket.
///
/// Every call is a transaction: nothing may rebalance in one that has deposited.
contract HolderKeeperAttackTest is LagFixture {
    /// @dev What the market is ahead of its feeds, and later behind them.
    uint256 internal constant LAG = 0.01e18;
    uint256 internal constant CYCLES = 20;

    /// @dev What passed the door and what was traded, in WAD of NAV.
    uint256 internal flow;
    uint256 internal turnover;
    /// @dev What the holders lost, in WAD, each call at the market prices of its moment: the
    /// attacker hedges, and who bears the market meanwhile is another matter.
    int256 internal lost;

    /// @dev A portfolio at a time: a tenth of what the holders have, in forty days.
    /// forge-config: default.isolate = true
    /// forge-config: quick.isolate = true
    /// forge-config: deep.isolate = true
    function test_holderKeeper_takesTheLagTwiceWithoutTheRules() external {
        removeFlowBucket();
        _removeTurnoverBucket();

        _raid();

        assertGt(lost, int256(NAV / 10));
        assertEq(vault.state().lossUsed, 0);
    }

    /// @dev INV-4 and INV-2b: what the lag leaves of a twentieth of NAV a day by the door, and the
    /// lag of what the turnover bucket lets through.
    /// forge-config: default.isolate = true
    /// forge-config: quick.isolate = true
    /// forge-config: deep.isolate = true
    function test_holderKeeper_isBoundedByBothBuckets() external {
        uint256 start = block.timestamp;

        _raid();

        uint256 elapsed = block.timestamp - start;
        assertLe(flow, 0.05e18 + 0.05e18 * elapsed / 1 days);
        assertLe(turnover, 0.15e18 + 0.015e18 * elapsed / 1 days);
        uint256 byTheDoor = (LAG * 8 / 10 - spread()) * flow / WAD;
        uint256 byTrading = (LAG * WAD / (WAD - LAG)) * turnover / WAD;
        assertLe(lost, int256((byTheDoor + byTrading) * NAV / WAD));
        // The attacker did use what there was.
        assertGt(turnover, 0.3e18);
        assertGt(lost, int256(NAV / 200));
        assertEq(vault.state().lossUsed, 0);
    }

    /* THE ATTACK */

    function _raid() private {
        for (uint256 i; i < CYCLES; ++i) {
            moveMarket(WAD + LAG);
            _depositAll();
            publish();
            moveMarket(WAD);
            vm.warp(block.timestamp + 1 days);
            _rebalanceAll();
            publish();
            vm.warp(block.timestamp + 1 days);
            _leave();
        }
    }

    modifier charged() {
        lost += int256(holdersWorth());
        _;
        lost -= int256(holdersWorth());
    }

    /// @dev A portfolio at most.
    function _depositAll() private charged {
        uint256 assets = Math.min(vault.maxDeposit(keeper), NAV / 1e12);
        flow += assets * WAD / vault.totalAssets();
        deposit(keeper, assets);
    }

    /// @dev Spends what there is too much of the base asset, as far as the bucket goes.
    function _rebalanceAll() private charged {
        uint256 nav = worth(vault.holdings());
        uint256 over = vault.holdings()[USDC] * 1e12 - nav / 5;
        uint256 part = Math.min(over, _turnoverLeft() * nav / WAD) * 999 / 1000;
        uint256 bitcoin = Math.min(part / 2, _below(WBTC, nav));
        uint256 ether_ = Math.min(part - bitcoin, _below(WETH, nav));
        Leg[] memory legs = new Leg[](2);
        (legs[0], legs[1]) = (legOf(USDC, WBTC, bitcoin), legOf(USDC, WETH, ether_));
        rebalance(keeper, legs);
        turnover += (bitcoin + ether_) * WAD / nav;
    }

    function _leave() private charged {
        redeemInKind(keeper, vault.balanceOf(keeper));
    }

    function _below(uint256 asset, uint256 nav) private view returns (uint256) {
        uint256[] memory amounts = new uint256[](COUNT);
        amounts[asset] = vault.holdings()[asset];
        return Math.saturatingSub(nav * weights[asset] / WAD, worth(amounts) + 1e18);
    }

    function _turnoverLeft() private view returns (uint256) {
        Limits memory limits = mandate.limits();
        uint256 refilled = limits.turnoverRate * (block.timestamp - vault.state().keeperAt) / 1 days;
        uint256 used = Math.saturatingSub(vault.state().turnoverUsed, refilled);
        return limits.turnoverCapacity - used;
    }

    function _removeTurnoverBucket() private {
        removeRule(address(Rebalancing), 0.5e18, ENDLESS);
        removeRule(address(mandate), 0.5e18, ENDLESS);
        Limits memory limits = mandate.limits();
        limits.turnoverCapacity = ENDLESS;
        setLimits(limits);
    }
}
