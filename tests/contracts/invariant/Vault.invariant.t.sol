// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {VaultHandler} from "./VaultHandler.sol";

/// @notice A vault whose holders, keepers and manager do what they may, in any order.
abstract contract HonestCampaign is Test {
    VaultHandler internal handler;

    function setUp() external {
        handler = new VaultHandler();
        handler.setUp();
        targetContract(address(handler));
        bytes4[] memory selectors = new bytes4[](13);
        selectors[0] = VaultHandler.mint.selector;
        selectors[1] = VaultHandler.redeem.selector;
        selectors[2] = VaultHandler.claimOwed.selector;
        selectors[3] = VaultHandler.cycle.selector;
        selectors[4] = VaultHandler.donate.selector;
        selectors[5] = VaultHandler.absorb.selector;
        selectors[6] = VaultHandler.poke.selector;
        selectors[7] = VaultHandler.rebalance.selector;
        selectors[8] = VaultHandler.rebalancePublicly.selector;
        selectors[9] = VaultHandler.scheduleTargets.selector;
        selectors[10] = VaultHandler.cancelSchedule.selector;
        selectors[11] = VaultHandler.movePrice.selector;
        selectors[12] = VaultHandler.wait.selector;
        targetSelector(FuzzSelector(address(handler), selectors));
    }
}

/// @notice What holds at every moment of the life of a vault in good hands.
/// @dev Every campaign has a seed of its own; with one for all they would try the same calls again.
contract VaultInvariantTest is HonestCampaign {
    /// @dev INV-1: recorded + owed, and what has not vested, are there.
    /// forge-config: default.fuzz.seed = "0x01"
    function invariant_INV1_balancesBackTheRecords() external view {
        assertEq(handler.shortfall(), 0);
    }

    /// @dev INV-1: donations change nothing until absorbed, and even then not at once.
    /// forge-config: default.fuzz.seed = "0x10"
    /// forge-config: default.invariant.runs = 128
    function invariant_INV1_donationsChangeNoRecord() external view {
        assertEq(handler.ghostTouchedByDonation(), 0);
    }

    /// @dev INV-2: no cycle of mint, redeem, claim and absorb leaves a visitor with more of anything.
    /// forge-config: default.fuzz.seed = "0x02"
    function invariant_INV2_cyclesInKindNeverProfit() external view {
        assertEq(handler.ghostCycleProfits(), 0);
    }

    /// @dev INV-3: mint, redeem, claim and absorb never lower any asset per share.
    /// forge-config: default.fuzz.seed = "0x03"
    function invariant_INV3_assetsPerShareNeverFallInKind() external view {
        assertEq(handler.ghostDilutions(), 0);
    }

    /// @dev INV-5: legs only approach the targets, and drift falls by the least progress.
    /// forge-config: default.fuzz.seed = "0x05"
    /// forge-config: default.invariant.runs = 128
    function invariant_INV5_rebalancesOnlyApproachTheTargets() external view {
        assertEq(handler.ghostMissteps(), 0);
    }

    /// @dev INV-6: every holder can leave at any moment.
    /// forge-config: default.fuzz.seed = "0x06"
    /// forge-config: default.invariant.runs = 128
    function invariant_INV6_everyHolderCanLeave() external {
        handler.redeemAll();
    }

    /// @dev INV-7: a rebalance leaves the supply unchanged.
    /// forge-config: default.fuzz.seed = "0x07"
    /// forge-config: default.invariant.runs = 128
    function invariant_INV7_rebalancesCreateNoShares() external view {
        assertEq(handler.ghostSupplyChanges(), 0);
    }

    /// @dev INV-8: the vault has no allowance outstanding; venue and router hold nothing.
    /// forge-config: default.fuzz.seed = "0x08"
    /// forge-config: default.invariant.runs = 128
    function invariant_INV8_nothingIsLeftBehind() external view {
        assertEq(handler.leftBehind(), 0);
    }

    /// @dev INV-9: targets sum to WAD at every second.
    /// forge-config: default.fuzz.seed = "0x09"
    /// forge-config: default.invariant.runs = 128
    function invariant_INV9_targetsSumToOne() external {
        assertEq(handler.targetSumAfter(uint256(keccak256(abi.encode(block.timestamp)))), 1e18);
    }
}

/// @notice One long life, to see that the handler does what it is for.
contract VaultHandlerTest is HonestCampaign {
    /// @dev INV-1: the records of an old vault are backed too.
    /// forge-config: default.invariant.runs = 1
    /// forge-config: default.invariant.depth = 1000
    /// forge-config: default.invariant.shrink-run-limit = 0
    /// forge-config: deep.invariant.runs = 4
    /// forge-config: deep.invariant.depth = 4000
    /// forge-config: deep.invariant.shrink-run-limit = 0
    function invariant_INV1_balancesBackTheRecordsOfAnOldVault() external view {
        assertEq(handler.shortfall(), 0);
    }

    function afterInvariant() external view {
        // A shorter life is a failure that forge replays.
        if (handler.ghostCalls() < 1000) return;
        assertGe(handler.ghostPublicRebalances(), 3, "public rebalances");
        assertGe(handler.ghostRebalances(), 10, "rebalances");
        assertGe(handler.ghostCycles(), 10, "cycles");
        assertGe(handler.ghostPokes(), 3, "pokes");
    }
}
