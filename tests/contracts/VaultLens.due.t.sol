// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IMandate} from "../../contracts/interfaces/IMandate.sol";
import {PriceStatus} from "../../contracts/interfaces/IPriceOracle.sol";
import {IVault} from "../../contracts/interfaces/IVault.sol";
import {VaultState} from "../../contracts/types/Ledger.sol";
import {VaultView} from "../../contracts/interfaces/IVaultLens.sol";
import {LimitCaps} from "../../contracts/libraries/LimitCaps.sol";
import {Blocker, Limits, Plan, Position, Reason, WAD} from "../../contracts/types/Types.sol";
import {LensFixture} from "./fixtures/LensFixture.sol";

/// @notice A view says whether the vault would let itself be rebalanced, and from when.
contract VaultLensDueTest is LensFixture {
    /// @dev The view is right if the vault acts on it: what it says blocks, blocks, for that reason
    /// and that long, and what it says is open gets as far as the leg, which is too small.
    function testFuzz_readOne_saysWhatTheVaultDoes(
        uint256 price,
        uint256 waited,
        bool byKeeper,
        bool poked,
        bool paused
    ) external {
        setPrice(WETH, bound(price, 800e8, 5000e8));
        if (poked) try vault.poke() {} catch {}
        if (paused) _pause();
        passTime(bound(waited, 0, waited % 2 == 0 ? 2 hours : 60 days));
        address caller = byKeeper ? keeper : stranger;

        VaultView memory found = _view(caller);

        bytes memory failure = _tryDustRebalance(caller);
        if (found.blocker == Blocker.None) {
            assertEq(bytes4(failure), IVault.LegTooSmall.selector);
        } else {
            bytes memory expected = abi.encodeWithSelector(
                IVault.RebalanceBlocked.selector, found.reason, found.blocker, found.readyAt
            );
            assertEq(failure, expected);
        }
    }

    function test_readOne_reportsThresholdDriftAndNav() external {
        setPrice(WETH, 2400e8);
        (uint256[] memory values, uint256 nav) = portfolio();

        VaultView memory found = _view(keeper);

        uint256 drift;
        for (uint256 i; i < COUNT; ++i) {
            uint256 weight = values[i] * WAD / nav;
            uint256 target = mandate.targets()[i];
            drift += weight > target ? weight - target : target - weight;
        }
        assertEq(found.totalDrift, drift / 2);
        assertEq(uint8(found.reason), uint8(Reason.Threshold));
        assertEq(uint8(found.blocker), uint8(Blocker.None));
    }

    function test_readOne_withoutAPriceBlocksAndKeepsTheOtherValues() external {
        setPrice(WETH, 2400e8);
        vm.mockCallRevert(
            oracle.feedOf(address(tokens[LINK])).feed,
            abi.encodeWithSignature("latestRoundData()"),
            ""
        );

        VaultView memory found = _view(keeper);

        assertEq(uint8(found.reason), uint8(Reason.None));
        assertEq(uint8(found.blocker), uint8(Blocker.Oracle));
        assertEq(found.nav, 0);
        assertEq(found.totalDrift, 0);
        assertEq(uint8(_tokens()[LINK].priceStatus), uint8(PriceStatus.Unreadable));
        assertEq(found.assets[LINK].value, 0);
        assertGt(found.assets[WETH].value, 0);
    }

    function test_readOne_saysWhenTheTurnoverBucketCanTakeALeg() external {
        setPrice(WETH, 4000e8);
        _setTurnover(0.03e18, 1e12);
        (, uint256 nav) = portfolio();
        rebalance(keeper, one(legOf(WETH, USDC, nav * 3 / 100)));
        passTime(mandate.limits().cooldown);

        VaultView memory found = _view(keeper);

        assertEq(uint8(found.reason), uint8(Reason.Threshold));
        assertEq(uint8(found.blocker), uint8(Blocker.TurnoverBucket));
        passTime(found.readyAt - block.timestamp - 1);
        assertEq(uint8(_view(keeper).blocker), uint8(Blocker.TurnoverBucket));
        passTime(1);
        assertEq(uint8(_view(keeper).blocker), uint8(Blocker.None));
    }

    function test_readOne_namesAPauseBeforeAnEmptyBucket() external {
        setPrice(WETH, 4000e8);
        _setTurnover(0.03e18, 1e12);
        (, uint256 nav) = portfolio();
        rebalance(keeper, one(legOf(WETH, USDC, nav * 3 / 100)));
        passTime(mandate.limits().cooldown);
        _pause();

        assertEq(uint8(_view(keeper).blocker), uint8(Blocker.Paused));
    }

    function test_readOne_saysWhenTheLossBucketCanTakeALoss() external {
        setPrice(WETH, 4000e8);
        rebalance(keeper, one(legOf(WETH, USDC, 50_000e18)));
        passTime(mandate.limits().cooldown);
        _setLossCapacity(vault.state().lossUsed / 2);

        VaultView memory found = _view(keeper);

        assertEq(found.lossLeft, 0);
        assertEq(uint8(found.blocker), uint8(Blocker.LossBucket));
        passTime(found.readyAt - block.timestamp - 1);
        assertEq(uint8(_view(keeper).blocker), uint8(Blocker.LossBucket));
        passTime(1);
        assertEq(uint8(_view(keeper).blocker), uint8(Blocker.None));
    }

    function test_readOne_knowsNoTimeForABucketThatIsAlwaysEmpty() external {
        setPrice(WETH, 4000e8);
        _setLossCapacity(0);

        VaultView memory found = _view(keeper);

        assertEq(uint8(found.blocker), uint8(Blocker.LossBucket));
        assertEq(found.readyAt, 0);
    }

    function test_readOne_knowsNoTimeForABucketSmallerThanTheSmallestLeg() external {
        setPrice(WETH, 4000e8);
        _setTurnover(1e13, 1e12);

        VaultView memory found = _view(keeper);

        assertEq(uint8(found.blocker), uint8(Blocker.TurnoverBucket));
        assertEq(found.readyAt, 0);
    }

    function test_readOne_knowsTheTimeOfABucketThatMustBeFull() external {
        setPrice(WETH, 4000e8);
        _setTurnover(1e14, 1e12);
        _setLossCapacity(1);
        VaultState memory state = vault.state();
        state.keeperAt = uint32(block.timestamp - mandate.limits().cooldown);
        // A day's refill is a hundredth of a leg, and more than any loss so small.
        state.turnoverUsed = 1e14;
        _mockState(state);
        assertEq(uint8(_view(keeper).blocker), uint8(Blocker.TurnoverBucket));
        assertEq(_view(keeper).readyAt, state.keeperAt + 100 days);

        state.lossUsed = 1e16;
        _mockState(state);
        assertEq(uint8(_view(keeper).blocker), uint8(Blocker.LossBucket));
        assertGt(_view(keeper).readyAt, block.timestamp);
    }

    /// @dev No mandate of ours allows such a rate; the lens reads those of others too.
    function test_readOne_knowsNoTimeForABucketThatNeverRefills() external {
        setPrice(WETH, 4000e8);
        VaultState memory state = vault.state();
        (uint256[] memory values, uint256 nav) = portfolio();
        Plan memory plan = mandate.plan(Position(keeper, state.keeperAt, 0, 0, nav, values));
        plan.turnoverRate = 0;
        vm.mockCall(
            address(mandate), abi.encodeWithSelector(IMandate.plan.selector), abi.encode(plan)
        );
        state.turnoverUsed = uint64(plan.turnoverCapacity);
        _mockState(state);

        VaultView memory found = _view(keeper);

        assertEq(uint8(found.blocker), uint8(Blocker.TurnoverBucket));
        assertEq(found.readyAt, 0);
    }

    function test_readOne_isOpenWhileTheBucketTakesTheSmallestLeg() external {
        setPrice(WETH, 4000e8);
        VaultState memory state = vault.state();
        uint64 capacity = mandate.limits().turnoverCapacity;
        (state.keeperAt, state.turnoverUsed) =
        (uint32(block.timestamp - 1 days), capacity + mandate.limits().turnoverRate - 1e14);
        _mockState(state);
        assertEq(uint8(_view(keeper).blocker), uint8(Blocker.None));

        ++state.turnoverUsed;
        _mockState(state);
        assertEq(uint8(_view(keeper).blocker), uint8(Blocker.TurnoverBucket));
    }

    /// @dev A mandate that promises more than the vault obeys is not believed.
    function test_readOne_cutsLimitsToTheVaultsOwnCaps() external {
        Plan memory plan = mandate.plan(Position(keeper, 0, 0, 0, 0, new uint256[](COUNT)));
        (plan.lossCapacity, plan.turnoverCapacity) = (0.9e18, 0.9e18);
        (plan.lossRate, plan.turnoverRate) = (0.9e18, 0.9e18);
        vm.mockCall(
            address(mandate), abi.encodeWithSelector(IMandate.plan.selector), abi.encode(plan)
        );
        assertEq(_view(keeper).lossLeft, LimitCaps.LOSS_CAPACITY);
        assertEq(_view(keeper).turnoverLeft, LimitCaps.TURNOVER_CAPACITY);

        VaultState memory state = vault.state();
        state.keeperAt = uint32(block.timestamp - 1 days);
        state.lossUsed = uint64(LimitCaps.LOSS_CAPACITY);
        state.turnoverUsed = uint64(LimitCaps.TURNOVER_CAPACITY);
        _mockState(state);
        assertEq(_view(keeper).lossLeft, LimitCaps.LOSS_RATE);
        assertEq(_view(keeper).turnoverLeft, LimitCaps.TURNOVER_RATE);
    }

    /// @dev Both tiers charge the same buckets, which refill from the later of the two.
    function test_readOne_refillsBucketsSinceWhicheverTierCameLast() external {
        setPrice(WETH, 4000e8);
        Limits memory limits = mandate.limits();
        VaultState memory state = vault.state();
        (state.keeperAt, state.publicAt) =
        (uint32(block.timestamp - 9 days), uint32(block.timestamp - 1 days));
        state.turnoverUsed = limits.turnoverCapacity + 2 * limits.turnoverRate;
        _mockState(state);

        VaultView memory found = _view(keeper);

        assertEq(found.turnoverLeft, 0);
        uint256 missing = 2 * uint256(limits.turnoverRate) + 1e14;
        uint256 wait = (missing * 1 days + limits.turnoverRate - 1) / limits.turnoverRate;
        assertEq(found.readyAt, state.publicAt + wait);
    }
}
