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
        HostileHandler.mintRebalanceRedeem.selector,
        HostileHandler.pushAnyPool.selector,
        HostileHandler.mint.selector,
        HostileHandler.redeem.selector,
        HostileHandler.claimOwed.selector,
        HostileHandler.absorb.selector,
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
}

/// @notice What holds whatever a keeper does.
/// @dev Every campaign has a seed of its own; with one for all they would try the same calls again.
contract HostileKeeperInvariantTest is HostileCampaign {
    /// @dev INV-4 (a): over any window T, leg losses at the prices read are at most C + R * T.
    /// forge-config: default.fuzz.seed = "0x4a"
    function invariant_INV4_lossAtOraclePricesIsBoundedInEveryWindow() external view {
        assertLe(handler.ghostLoss(), handler.lossCapacity());
    }

    /// @dev INV-4 (b): over any window T, traded value is at most C_tau + R_tau * T.
    /// forge-config: default.fuzz.seed = "0x4b"
    function invariant_INV4_turnoverIsBoundedInEveryWindow() external view {
        assertLe(handler.ghostTurnover(), handler.turnoverCapacity());
    }

    /// @dev INV-4: over any window T, what a share loses at market prices is at most
    /// C + R * T + epsilon * (C_tau + R_tau * T).
    /// forge-config: default.fuzz.seed = "0x4c"
    function invariant_INV4_trueLossIsBoundedInEveryWindow() external view {
        assertLe(handler.ghostHarm(), handler.harmCapacity());
    }

    /// @dev INV-4: nobody rebalances in a transaction that created shares.
    /// forge-config: default.fuzz.seed = "0x4d"
    /// forge-config: default.invariant.runs = 32
    function invariant_INV4_nobodyRebalancesAfterMinting() external view {
        assertEq(handler.ghostRebalancesAfterMint(), 0);
    }

    /// @dev INV-1: recorded + owed, and what has not vested, are there.
    /// forge-config: default.fuzz.seed = "0x01"
    /// forge-config: default.invariant.runs = 32
    function invariant_INV1_balancesBackTheRecords() external view {
        assertEq(handler.shortfall(), 0);
    }

    /// @dev INV-3: nothing but a rebalance lowers any asset per share.
    /// forge-config: default.fuzz.seed = "0x03"
    /// forge-config: default.invariant.runs = 32
    function invariant_INV3_assetsPerShareNeverFallInKind() external view {
        assertEq(handler.ghostDilutions(), 0);
    }

    /// @dev INV-5: legs only approach the targets, and drift falls by the least progress.
    /// forge-config: default.fuzz.seed = "0x05"
    /// forge-config: default.invariant.runs = 64
    function invariant_INV5_rebalancesOnlyApproachTheTargets() external view {
        assertEq(handler.ghostMissteps(), 0);
    }

    /// @dev INV-6: every holder can leave at any moment.
    /// forge-config: default.fuzz.seed = "0x06"
    /// forge-config: default.invariant.runs = 32
    function invariant_INV6_everyHolderCanLeave() external {
        handler.redeemAll();
    }

    /// @dev INV-7: a rebalance leaves the supply unchanged.
    /// forge-config: default.fuzz.seed = "0x07"
    /// forge-config: default.invariant.runs = 32
    function invariant_INV7_rebalancesCreateNoShares() external view {
        assertEq(handler.ghostSupplyChanges(), 0);
    }

    /// @dev INV-8: the vault has no allowance outstanding; venue and router hold nothing.
    /// forge-config: default.fuzz.seed = "0x08"
    /// forge-config: default.invariant.runs = 32
    function invariant_INV8_nothingIsLeftBehind() external view {
        assertEq(handler.leftBehind(), 0);
    }

    /// @dev INV-9: targets move no faster than the speed limit.
    /// forge-config: default.fuzz.seed = "0x09"
    /// forge-config: default.invariant.runs = 32
    function invariant_INV9_targetsKeepTheSpeedLimit() external view {
        assertEq(handler.ghostTargetJumps(), 0);
    }

    /// @dev INV-10: nobody does what the table of roles does not allow.
    /// forge-config: default.fuzz.seed = "0x0a"
    /// forge-config: default.invariant.runs = 32
    function invariant_INV10_nobodyDoesMoreThanTheirRoleAllows() external view {
        assertEq(handler.ghostTrespasses(), 0);
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
        assertLe(handler.ghostHarm(), handler.harmCapacity());
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
