// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Vm} from "forge-std/Vm.sol";
import {IVault} from "../../contracts/interfaces/IVault.sol";
import {Leg, Limits, WAD} from "../../contracts/types/Types.sol";
import {ScriptedVaultFixture} from "./fixtures/ScriptedVaultFixture.sol";

/// @notice INV-4: every leg charges what it loses and what it trades to two buckets that refill
/// evenly; over any time a keeper gets no more than a capacity and the refill of that time.
contract VaultRebalanceBucketsTest is ScriptedVaultFixture {
    uint256 internal constant NAV_NOW = 1_300_000e18;

    function setUp() public override {
        super.setUp();
        setLimits(_limits());
        // 600,000 of 1,300,000: 210,000 too many; USDC and LINK lack 60,000, WBTC 90,000.
        setOraclePrice(WETH, 4_000e8);
    }

    /* WHAT IS CHARGED */

    /// @dev Rounded up, to the unit, of a value that is rounded up itself.
    function testFuzz_rebalance_chargesLossAndTurnover(uint256 amountIn, uint256 shortfall)
        external
    {
        setOraclePrice(WETH, 4_000e8 + 1);
        (, uint256 nav) = portfolio();
        amountIn = bound(amountIn, 3.3e18, 14.9e18);
        uint256 valueIn = Math.ceilDiv(amountIn * (4_000e8 + 1), 1e8);
        shortfall = bound(shortfall, 0, valueIn / 1e12 / 101);
        uint256 received = Math.ceilDiv(valueIn, 1e12) - shortfall;
        script.payOut(received);

        vm.recordLogs();
        rebalance(keeper, one(exactLeg(WETH, USDC, amountIn)));

        assertEq(_valueInOf(vm.getRecordedLogs()), valueIn);
        uint256 loss = Math.saturatingSub(valueIn, received * 1e12);
        assertEq(vault.state().lossUsed, Math.ceilDiv(loss * WAD, nav));
        assertEq(vault.state().turnoverUsed, Math.ceilDiv(valueIn * WAD, nav));
    }

    /// @dev Each leg by itself: 32 legs cost up to 32 units of rounding more, never less.
    function test_rebalance_roundsUpTheChargeOfEveryLeg() external {
        uint256 amountIn = 0.97e18;
        Leg[] memory legs = new Leg[](8);
        for (uint256 i; i < legs.length; ++i) {
            legs[i] = exactLeg(WETH, USDC, amountIn);
        }

        rebalance(keeper, legs);

        uint256 charge = Math.ceilDiv(amountIn * 4_000 * WAD, NAV_NOW);
        assertEq(vault.state().turnoverUsed, 8 * charge);
        assertGt(8 * charge, Math.ceilDiv(8 * amountIn * 4_000 * WAD, NAV_NOW));
    }

    function test_rebalance_creditsNoGainAgainstALoss() external {
        script.payOut(20_200e6);
        script.payOut(19_800e6);

        rebalance(keeper, two(exactLeg(WETH, USDC, 5e18), exactLeg(WETH, USDC, 5e18)));

        assertEq(vault.state().lossUsed, Math.ceilDiv(200e18 * WAD, NAV_NOW));
        assertEq(vault.state().turnoverUsed, Math.ceilDiv(20_000e18 * WAD, NAV_NOW) * 2);
    }

    function test_rebalance_creditsNoGainAgainstAnEarlierLoss() external {
        _run(20_000e18, 0.99e18);
        uint256 used = vault.state().lossUsed;

        _run(20_000e18, 1.01e18);

        assertEq(vault.state().lossUsed, used);
    }

    /// @dev A venue that takes less than the leg offers is charged as for the whole leg.
    function test_rebalance_chargesTheWholeLegWhenTheVenueTakesLess() external {
        uint256[] memory asks = new uint256[](1);
        asks[0] = 4e18;
        script.ask(asks);
        script.payOut(19_900e6);

        rebalance(keeper, one(exactLeg(WETH, USDC, 5e18)));

        assertEq(vault.state().lossUsed, Math.ceilDiv(100e18 * WAD, NAV_NOW));
        assertEq(vault.state().turnoverUsed, Math.ceilDiv(20_000e18 * WAD, NAV_NOW));
    }

    /// @dev Of the NAV at the start of each rebalance, whatever shares come and go between.
    function test_rebalance_chargesFractionsOfTheNav() external {
        _run(20_000e18, 0.99e18);
        uint256 used = vault.state().lossUsed;
        redeemInKind(holder, SHARES / 2);
        _run(10_000e18, 0.99e18);

        // Half the loss of half the vault. The first loss had lowered NAV by a little.
        assertApproxEqRel(vault.state().lossUsed, 2 * used, 0.001e18);
    }

    /* THE LOSS BUCKET */

    function test_rebalance_takesALossThatEmptiesTheBucketExactly() external {
        uint256 charge = Math.ceilDiv(200e18 * WAD, NAV_NOW);
        _setLossCapacity(charge);

        _run(20_000e18, 0.99e18);

        assertEq(vault.state().lossUsed, charge);
    }

    function test_rebalance_revertsWhenTheLossIsOneUnitMore() external {
        uint256 charge = Math.ceilDiv(200e18 * WAD, NAV_NOW);
        _setLossCapacity(charge - 1);
        script.setFactor(0.99e18);

        expectRefusal(
            one(scriptedLeg(WETH, USDC, 20_000e18)),
            abi.encodeWithSelector(IVault.LossBucketExceeded.selector, charge, charge - 1)
        );
    }

    function test_rebalance_revertsWhenLossesHaveEmptiedTheBucket() external {
        _setLossCapacity(Math.ceilDiv(200e18 * WAD, NAV_NOW));
        _run(20_000e18, 0.99e18);
        (, uint256 nav) = portfolio();
        script.setFactor(0.999e18);

        expectRefusal(
            one(scriptedLeg(WETH, USDC, 20_000e18)),
            abi.encodeWithSelector(
                IVault.LossBucketExceeded.selector, Math.ceilDiv(20e18 * WAD, nav), 0
            )
        );
    }

    /// @dev A keeper who loses nothing goes on with an empty bucket.
    function test_rebalance_runsWithoutLossOnAnEmptyBucket() external {
        _setLossCapacity(Math.ceilDiv(200e18 * WAD, NAV_NOW));
        _run(20_000e18, 0.99e18);

        _run(20_000e18, 1e18);

        assertEq(vault.state().nonce, 2);
    }

    /* THE TURNOVER BUCKET */

    function test_rebalance_takesATurnoverThatEmptiesTheBucketExactly() external {
        _setTurnoverCapacity(Math.ceilDiv(20_000e18 * WAD, NAV_NOW));

        _run(20_000e18, 1e18);

        assertEq(vault.state().nonce, 1);
    }

    function test_rebalance_revertsWhenTheTurnoverIsOneUnitMore() external {
        uint256 charge = Math.ceilDiv(20_000e18 * WAD, NAV_NOW);
        _setTurnoverCapacity(charge - 1);

        expectRefusal(
            one(scriptedLeg(WETH, USDC, 20_000e18)),
            abi.encodeWithSelector(IVault.TurnoverBucketExceeded.selector, charge, charge - 1)
        );
    }

    function test_rebalance_revertsWhenTradesHaveEmptiedTheTurnoverBucket() external {
        _setTurnoverCapacity(Math.ceilDiv(20_000e18 * WAD, NAV_NOW));
        _run(20_000e18, 1e18);

        expectRefusal(
            one(scriptedLeg(WETH, USDC, 20_000e18)),
            abi.encodeWithSelector(
                IVault.TurnoverBucketExceeded.selector, Math.ceilDiv(20_000e18 * WAD, NAV_NOW), 0
            )
        );
    }

    /* THE REFILL */

    /// @dev Evenly by the second, rounded down.
    function testFuzz_rebalance_refillsByTheSecond(uint256 elapsed) external {
        elapsed = bound(elapsed, 1, 1_000 days);
        _run(20_000e18, 0.99e18);
        (uint256 loss, uint256 turnover) = (vault.state().lossUsed, vault.state().turnoverUsed);
        (, uint256 nav) = portfolio();
        passTime(elapsed);

        _run(20_000e18, 0.99e18);

        loss = Math.saturatingSub(loss, 0.00005e18 * elapsed / 1 days);
        turnover = Math.saturatingSub(turnover, 0.015e18 * elapsed / 1 days);
        assertEq(vault.state().lossUsed, loss + Math.ceilDiv(200e18 * WAD, nav));
        assertEq(vault.state().turnoverUsed, turnover + Math.ceilDiv(20_000e18 * WAD, nav));
    }

    /// @dev A bucket by calendar day would let the capacity through on both sides of midnight.
    function test_rebalance_refillsNothingAtMidnight() external {
        passTime(1 days - block.timestamp % 1 days - 1);
        uint256 charge = Math.ceilDiv(200e18 * WAD, NAV_NOW);
        _setLossCapacity(charge);
        _run(20_000e18, 0.99e18);
        (, uint256 nav) = portfolio();

        vm.warp(block.timestamp + 2);

        uint256 left = uint256(0.00005e18) * 2 / 1 days;
        assertEq(block.timestamp % 1 days, 1);
        expectRefusal(
            one(scriptedLeg(WETH, USDC, 20_000e18)),
            abi.encodeWithSelector(
                IVault.LossBucketExceeded.selector, Math.ceilDiv(200e18 * WAD, nav), left
            )
        );
    }

    /// @dev However long nobody rebalanced, no more than the capacity is there.
    function test_rebalance_refillsNoMoreThanTheCapacity() external {
        uint256 charge = Math.ceilDiv(200e18 * WAD, NAV_NOW);
        _setLossCapacity(charge - 1);
        passTime(3_650 days);
        script.setFactor(0.99e18);

        expectRefusal(
            one(scriptedLeg(WETH, USDC, 20_000e18)),
            abi.encodeWithSelector(IVault.LossBucketExceeded.selector, charge, charge - 1)
        );
    }

    /// @dev The refill counts from the later tier, or the time between would count twice.
    function test_rebalance_refillsFromTheLaterOfBothTiers() external {
        vault.poke();
        passTime(10 minutes);
        _run(20_000e18, 0.99e18);
        vault.poke();
        passTime(30 minutes);
        script.setFactor(0.997e18);
        rebalance(stranger, one(scriptedLeg(WETH, WBTC, 20_000e18)));
        (uint256 loss, uint256 turnover) = (vault.state().lossUsed, vault.state().turnoverUsed);
        passTime(20 minutes);

        _run(20_000e18, 1e18);

        assertEq(vault.state().lossUsed, loss - uint256(0.00005e18) * 20 minutes / 1 days);
        assertGt(vault.state().turnoverUsed, turnover);
    }

    /// @dev When the owner lowers a capacity below what is used, nothing is left, and no more.
    function test_rebalance_leavesNothingWhenTheCapacityFallsBelowTheUse() external {
        _run(20_000e18, 0.99e18);
        (, uint256 nav) = portfolio();
        _setLossCapacity(0.00001e18);

        expectRefusal(
            one(scriptedLeg(WETH, USDC, 20_000e18)),
            abi.encodeWithSelector(
                IVault.LossBucketExceeded.selector, Math.ceilDiv(200e18 * WAD, nav), 0
            )
        );
    }

    /// @dev INV-4: whenever a keeper tries, and however much it loses on each try, what it loses
    /// over the time is at most the capacity and the refill.
    function testFuzz_rebalance_losesNoMoreThanTheWindowAllows(
        uint256[6] memory waits,
        uint256[6] memory losses
    ) external {
        _setLossCapacity(0.0003e18);
        uint256 start = block.timestamp;
        (uint256 lost, uint256 runs) = (0, 0);
        for (uint256 i; i < waits.length; ++i) {
            passTime(bound(waits[i], 0, 2 days));
            (, uint256 before) = portfolio();
            script.setFactor(bound(losses[i], 0.99e18, 0.996e18));
            if (_tryRun(i % 2 == 0 ? USDC : WBTC, before / 95)) ++runs;
            (, uint256 nav) = portfolio();

            lost += (before - nav) * WAD / before;
            assertLe(lost, 0.0003e18 + 0.00005e18 * (block.timestamp - start) / 1 days);
        }
        // Two of the largest losses fit into the capacity.
        assertGe(runs, 2);
    }

    /// @dev No cooldown, so that a second rebalance meets the buckets.
    function _limits() private view returns (Limits memory limits) {
        limits = defaultLimits();
        limits.cooldown = 0;
    }

    function _setLossCapacity(uint256 capacity) private {
        Limits memory limits = _limits();
        limits.lossCapacity = SafeCast.toUint64(capacity);
        setLimits(limits);
    }

    function _setTurnoverCapacity(uint256 capacity) private {
        Limits memory limits = _limits();
        limits.turnoverCapacity = SafeCast.toUint64(capacity);
        setLimits(limits);
    }

    /// @dev What the only leg sold was worth, as the vault says.
    function _valueInOf(Vm.Log[] memory logs) private pure returns (uint256 valueIn) {
        for (uint256 i; i < logs.length; ++i) {
            if (logs[i].topics[0] != IVault.LegSettled.selector) continue;
            (,, valueIn,) = abi.decode(logs[i].data, (uint256, uint256, uint256, uint256));
        }
    }

    /// @dev Sells WETH for `value` of USDC, which are worth `factor` of it.
    function _run(uint256 value, uint256 factor) private {
        script.setFactor(factor);
        rebalance(keeper, one(scriptedLeg(WETH, USDC, value)));
    }

    function _tryRun(uint256 bought, uint256 value) private returns (bool ok) {
        Leg[] memory legs = one(scriptedLeg(WETH, bought, value));
        uint256 nonce = vault.state().nonce;
        vm.prank(keeper);
        try vault.rebalance(legs, nonce, block.timestamp) {
            return true;
        } catch {
            return false;
        }
    }
}
