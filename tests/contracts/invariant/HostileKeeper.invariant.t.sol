// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {HostileHandler} from "./HostileHandler.sol";

/// @notice A vault whose keeper wants the holders' money.
abstract contract HostileCampaign is Test {
    HostileHandler internal handler;
    bytes4[] internal selectors = [
        HostileHandler.rebalanceAtRandom.selector,
        HostileHandler.rebalanceAtTheFloor.selector,
        HostileHandler.rebalancePubliclyAtTheFloor.selector,
        HostileHandler.rebalanceInSlices.selector,
        HostileHandler.rebalanceWithoutVisibleLoss.selector,
        HostileHandler.rebalanceBackAndForth.selector,
        HostileHandler.mintRebalanceRedeem.selector,
        HostileHandler.pushAnyPool.selector,
        HostileHandler.mint.selector,
        HostileHandler.redeem.selector,
        HostileHandler.claimOwed.selector,
        HostileHandler.absorb.selector,
        HostileHandler.deposit.selector,
        HostileHandler.withdraw.selector,
        HostileHandler.pause.selector,
        HostileHandler.scheduleTargets.selector,
        HostileHandler.meddleWithRoles.selector,
        HostileHandler.moveMarket.selector,
        HostileHandler.waitForLag.selector,
        HostileHandler.wait.selector
    ];

    function setUp() external {
        handler = new HostileHandler();
        handler.setUp();
        targetContract(address(handler));
        targetSelector(FuzzSelector(address(handler), selectors));
    }

    /// @dev INV-4: over any window T, what a share loses at market prices is at most
    /// C + R * T + epsilon * (C_tau + R_tau * T).
    function _trueLossIsBoundedInEveryWindow() internal view {
        assertLe(handler.ghostHarm(), handler.harmCapacity(), "INV-4: true loss");
    }
}

/// @notice What holds whatever a keeper does: one campaign, and every relation tested after each of
/// its calls.
contract HostileKeeperInvariantTest is HostileCampaign {
    function invariant_INV1_INV3_INV4_INV5_INV6_INV7_INV8_INV9_INV10_holdInBadHands() external {
        _lossAtOraclePricesIsBoundedInEveryWindow();
        _turnoverIsBoundedInEveryWindow();
        _trueLossIsBoundedInEveryWindow();
        _nobodyRebalancesAfterMinting();
        _balancesBackTheRecords();
        _assetsPerShareNeverFallInKind();
        _rebalancesOnlyApproachTheTargets();
        _rebalancesCreateNoShares();
        _nothingIsLeftBehind();
        _targetsKeepTheSpeedLimit();
        _nobodyDoesMoreThanTheirRoleAllows();
        _everyHolderCanLeave();
    }

    /// @dev INV-4 (a): over any window T, leg losses at the prices read are at most C + R * T.
    function _lossAtOraclePricesIsBoundedInEveryWindow() internal view {
        assertLe(handler.ghostLoss(), handler.lossCapacity(), "INV-4 (a): loss at prices read");
    }

    /// @dev INV-4 (b): over any window T, traded value is at most C_tau + R_tau * T.
    function _turnoverIsBoundedInEveryWindow() internal view {
        assertLe(handler.ghostTurnover(), handler.turnoverCapacity(), "INV-4 (b): turnover");
    }

    /// @dev INV-4: nobody rebalances in a transaction that created shares.
    function _nobodyRebalancesAfterMinting() internal view {
        assertEq(handler.ghostRebalancesAfterMint(), 0, "INV-4: rebalances after a mint");
    }

    /// @dev INV-1: recorded + owed, and what has not vested, are there.
    function _balancesBackTheRecords() internal view {
        assertEq(handler.shortfall(), 0, "INV-1: recorded, but not there");
    }

    /// @dev INV-3: nothing but a rebalance lowers any asset per share.
    function _assetsPerShareNeverFallInKind() internal view {
        assertEq(handler.ghostDilutions(), 0, "INV-3: assets per share that fell");
    }

    /// @dev INV-5: legs only approach the targets, and drift falls by the least progress.
    function _rebalancesOnlyApproachTheTargets() internal view {
        assertEq(handler.ghostMissteps(), 0, "INV-5: missteps of rebalances");
    }

    /// @dev INV-6: every holder can leave at any moment.
    function _everyHolderCanLeave() internal {
        handler.redeemAll();
    }

    /// @dev INV-7: a rebalance leaves the supply unchanged.
    function _rebalancesCreateNoShares() internal view {
        assertEq(handler.ghostSupplyChanges(), 0, "INV-7: rebalances that changed the supply");
    }

    /// @dev INV-8: the vault has no allowance outstanding; venue and router hold nothing.
    function _nothingIsLeftBehind() internal view {
        assertEq(handler.leftBehind(), 0, "INV-8: allowed, or left at a venue");
    }

    /// @dev INV-9: targets move no faster than the speed limit.
    function _targetsKeepTheSpeedLimit() internal view {
        assertEq(handler.ghostTargetJumps(), 0, "INV-9: jumps of the targets");
    }

    /// @dev INV-10: nobody does what the table of roles does not allow.
    function _nobodyDoesMoreThanTheirRoleAllows() internal view {
        assertEq(handler.ghostTrespasses(), 0, "INV-10: trespasses");
    }
}

/// @notice Years of hostility: the bound holds over long windows, and the handler is let through
/// often enough for that to mean something.
contract HostileHandlerTest is HostileCampaign {
    /// @dev INV-4: as above, over windows of years.
    /// forge-config: default.invariant.runs = 2
    /// forge-config: default.invariant.depth = 2000
    /// forge-config: default.invariant.shrink-run-limit = 0
    /// forge-config: deep.invariant.runs = 10
    /// forge-config: deep.invariant.depth = 5000
    /// forge-config: deep.invariant.shrink-run-limit = 0
    function invariant_INV4_trueLossIsBoundedInWindowsOfYears() external view {
        _trueLossIsBoundedInEveryWindow();
    }

    /// @dev Every function must succeed in at least a twentieth of its calls.
    function afterInvariant() external view {
        // A shorter life is a failure that forge replays.
        if (handler.ghostCalls() < 2000) return;
        for (uint256 i; i < selectors.length; ++i) {
            (uint256 calls, uint256 successes) = handler.tallies(selectors[i]);
            assertGe(successes * 20, calls, vm.toString(abi.encodePacked(selectors[i])));
        }
    }
}
