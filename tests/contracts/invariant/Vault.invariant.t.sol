// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {WAD} from "../../../contracts/types/Types.sol";
import {VaultHandler} from "./VaultHandler.sol";

/// @notice A vault whose holders, keepers and manager do what they may, in any order.
abstract contract HonestCampaign is Test {
    VaultHandler internal handler;

    function setUp() external {
        handler = new VaultHandler();
        handler.setUp();
        targetContract(address(handler));
        bytes4[] memory selectors = new bytes4[](16);
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
        selectors[13] = VaultHandler.deposit.selector;
        selectors[14] = VaultHandler.withdraw.selector;
        selectors[15] = VaultHandler.cycleThroughDoors.selector;
        targetSelector(FuzzSelector(address(handler), selectors));
    }
}

/// @notice What holds at every moment of the life of a vault in good hands: one campaign, and every
/// relation tested after each of its calls.
contract VaultInvariantTest is HonestCampaign {
    function invariant_INV1_INV2_INV3_INV5_INV6_INV7_INV8_INV9_holdInGoodHands() external {
        _balancesBackTheRecords();
        _donationsChangeNoRecord();
        _cyclesNeverProfit();
        _assetsPerShareNeverFallInKind();
        _rebalancesOnlyApproachTheTargets();
        _rebalancesCreateNoShares();
        _nothingIsLeftBehind();
        _everyHolderCanLeave();
        _targetsSumToOne();
    }

    /// @dev INV-1: recorded + owed, and what has not vested, are there.
    function _balancesBackTheRecords() internal view {
        assertEq(handler.shortfall(), 0, "INV-1: recorded, but not there");
    }

    /// @dev INV-1: donations change nothing until absorbed, and even then not at once.
    function _donationsChangeNoRecord() internal view {
        assertEq(handler.ghostTouchedByDonation(), 0, "INV-1: records changed by a donation");
    }

    /// @dev INV-2: no cycle of mint, redeem, claim and absorb leaves a visitor with more of
    /// anything, and none with deposits and withdrawals leaves a visitor richer at the oracle's
    /// prices.
    function _cyclesNeverProfit() internal view {
        assertEq(handler.ghostCycleProfits(), 0, "INV-2: cycles with a profit");
    }

    /// @dev INV-3: mint, redeem, claim and absorb never lower any asset per share.
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

    /// @dev INV-9: targets sum to WAD at every second.
    function _targetsSumToOne() internal {
        uint256 seed = uint256(keccak256(abi.encode(block.timestamp)));
        assertEq(handler.targetSumAfter(seed), 1e18, "INV-9: sum of the targets");
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

/// @notice The honest keeper plans with room for pools that pay more than the oracle says.
contract VaultHandlerBoundsTest is VaultHandler {
    /// @dev Two legs fill LINK up; what the first brings beyond its value, the second must leave
    /// out.
    function test_rebalance_leavesRoomForWhatEarlierLegsBring() external {
        _setPrices(LINK, 8.3e8, WAD - MARKET_GAP);
        _setPrices(WBTC, 42_400e8, WAD + MARKET_GAP);
        _setPrices(WETH, 2_120e8, WAD + MARKET_GAP);

        this.rebalance(49, LINK);

        assertEq(ghostRebalances, 1);
    }

    function _setPrices(uint256 asset, uint256 price, uint256 gap) private {
        setOraclePrice(asset, price);
        setMarketPrice(asset, price * gap / WAD);
    }
}
