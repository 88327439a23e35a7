// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IMandate, RouteConfig} from "../../../contracts/interfaces/IMandate.sol";
import {IVault} from "../../../contracts/interfaces/IVault.sol";
import {Blocker, Leg, Limits, Reason, WAD} from "../../../contracts/types/Types.sol";
import {LagFixture} from "../fixtures/LagFixture.sol";

/// @notice Attack: somebody borrows more than the vault is worth, deposits it, rebalances the drift
/// that this makes through the public tier at the worst price it allows, and leaves in kind. Rules:
/// slippage of the public tier below the spread, a bucket for deposits, no rebalance after a
/// deposit in its transaction, and a breach on record for ten minutes.
///
/// Where calls are transactions of their own, so that the rule against one transaction is out, the
/// test says so.
contract PublicTierFlashDepositAttackTest is LagFixture {
    /// @dev One and a half portfolios: more would not fit the turnover bucket.
    uint256 internal constant FLASH = 1_500_000e6;

    /// @dev The buckets of rebalances are as large as an owner can make them.
    function defaultLimits() internal view override returns (Limits memory limits) {
        limits = super.defaultLimits();
        (limits.lossCapacity, limits.turnoverCapacity) = (0.01e18, 0.5e18);
    }

    /// @dev 48 % of a vault two and a half times as large, at 1 %: more than 50 bp of the deposit.
    /// forge-config: default.isolate = true
    /// forge-config: quick.isolate = true
    /// forge-config: deep.isolate = true
    function test_flashDeposit_paysWithoutTheRules() external {
        removeFlowBucket();
        _removeTheSlippageOfThePublicTier();
        _removeTheDelay();
        uint256 before = holdersWorth();

        uint256 gained = _raid(FLASH, 0.99e18);

        assertGt(gained, NAV / 1_000);
        assertGt(before - holdersWorth(), NAV / 1_000);
    }

    /// @dev At the slippage that leaves ten basis points to the spread the same costs the attacker.
    /// forge-config: default.isolate = true
    /// forge-config: quick.isolate = true
    /// forge-config: deep.isolate = true
    function test_flashDeposit_paysTheHoldersAtTheSlippageOfThePublicTier() external {
        removeFlowBucket();
        _removeTheDelay();
        uint256 before = holdersWorth();

        uint256 gained = _raid(FLASH, 0.996e18);

        assertEq(gained, 0);
        assertGt(holdersWorth(), before);
    }

    /// @dev Whatever is deposited, and however badly the public tier may trade.
    /// forge-config: default.fuzz.runs = 64
    /// forge-config: default.isolate = true
    /// forge-config: quick.isolate = true
    /// forge-config: deep.isolate = true
    function testFuzz_flashDeposit_neverPays(uint256 assets, uint256 factor) external {
        removeFlowBucket();
        _removeTheDelay();
        uint256 before = holdersWorth();

        uint256 gained = _raid(bound(assets, 60_000e6, FLASH), bound(factor, 0.996e18, WAD));

        assertEq(gained, 0);
        assertGe(holdersWorth(), before);
    }

    /// @dev In one transaction nothing follows the deposit.
    function test_flashDeposit_isRefusedInItsTransaction() external {
        removeFlowBucket();
        deposit(stranger, FLASH);
        vault.poke();
        Leg[] memory legs = _spendAll();

        vm.expectRevert(IVault.SharesChangedInThisTransaction.selector);
        vm.prank(stranger);
        vault.rebalance(legs, 0, block.timestamp);
    }

    /// @dev Across transactions the public tier opens ten minutes after the breach is on record,
    /// and money that is borrowed for a transaction is gone.
    /// forge-config: default.isolate = true
    /// forge-config: quick.isolate = true
    /// forge-config: deep.isolate = true
    function test_flashDeposit_waitsTenMinutesForThePublicTier() external {
        removeFlowBucket();
        deposit(stranger, FLASH);
        vault.poke();
        Leg[] memory legs = _spendAll();

        vm.expectRevert(
            abi.encodeWithSelector(
                IVault.RebalanceBlocked.selector,
                Reason.Public,
                Blocker.PokeDelay,
                block.timestamp + 10 minutes
            )
        );
        vm.prank(stranger);
        vault.rebalance(legs, 0, block.timestamp);
    }

    /// @dev A day's deposits move the weight of the base asset by less than its hard band.
    function test_flashDeposit_forcesNoBreachThroughTheFlowBucket() external {
        deposit(stranger, vault.maxDeposit(stranger));

        vm.expectRevert(IVault.InsideHardBands.selector);
        vault.poke();
    }

    /* THE ATTACK */

    /// @dev The venue is the attacker's and pays `factor` (in WAD) of the oracle's worth. Returns
    /// the gain, in WAD at market prices.
    function _raid(uint256 assets, uint256 factor) private returns (uint256) {
        venue.setFactor(factor);
        uint256 shares = deposit(stranger, assets);
        vault.poke();
        uint256 navBefore = worth(vault.holdings());
        rebalance(stranger, _spendAll());
        uint256 kept = Math.saturatingSub(navBefore, worth(vault.holdings()));

        uint256 value = marketWorth(redeemInKind(stranger, shares)) + kept;

        return value > assets * 1e12 ? value - assets * 1e12 : 0;
    }

    /// @dev All that there is too much of the base asset, into the two others.
    function _spendAll() private view returns (Leg[] memory legs) {
        uint256 nav = worth(vault.holdings());
        uint256 over = vault.holdings()[USDC] * 1e12 - nav / 5;
        legs = new Leg[](2);
        legs[0] = legOf(USDC, WBTC, over * 49 / 100);
        legs[1] = legOf(USDC, WETH, over * 49 / 100);
    }

    /// @dev A public tier that may lose 1 %, since a route is said to cost that much, behind doors
    /// that do not know of it.
    function _removeTheSlippageOfThePublicTier() private {
        venue.setFee(0.01e18);
        vm.prank(owner);
        mandate.addRoute(RouteConfig(address(venue), 0, 1, ""));
        Limits memory known = mandate.limits();
        removeRule(address(mandate), 0.004e18, 0.01e18);
        Limits memory limits = known;
        limits.publicSlippage = 0.01e18;
        setLimits(limits);
        known.publicSlippage = 0.004e18;
        vm.mockCall(address(mandate), abi.encodeCall(IMandate.limits, ()), abi.encode(known));
    }

    /// @dev A record counts at once.
    function _removeTheDelay() private {
        removeRule(address(mandate), 10 minutes, 0);
    }
}
