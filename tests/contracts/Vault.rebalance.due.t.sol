// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Vm} from "forge-std/Vm.sol";
import {IVault} from "../../contracts/interfaces/IVault.sol";
import {Blocker, Leg, Limits, Reason} from "../../contracts/types/Types.sol";
import {ScriptedVaultFixture} from "./fixtures/ScriptedVaultFixture.sol";

/// @notice When a keeper may rebalance: a band is reached or a period of the calendar has begun,
/// and neither a cooldown nor a pause stands in the way.
contract VaultRebalanceDueTest is ScriptedVaultFixture {
    uint256 internal anchor;

    function setUp() public override {
        super.setUp();
        anchor = block.timestamp;
    }

    /* THE BAND */

    function test_rebalance_isNotDueOnTheTargets() external {
        expectBlocked(keeper, _legs(), Reason.None, Blocker.NotDue, 0);
    }

    /// @dev 33 % are reached at 2,298.507462686…, as 150 p / (700,000 + 150 p).
    function test_rebalance_isDueAtTheBand() external {
        _turnTheCalendarOff();
        setOraclePrice(WETH, 229_850_746_268);
        expectBlocked(keeper, _legs(), Reason.None, Blocker.NotDue, 0);

        setOraclePrice(WETH, 229_850_746_269);
        assertEq(uint256(_run()), uint256(Reason.Threshold));
    }

    /// @dev 17 % are reached at 8.192771084…, as 20,000 p / (800,000 + 20,000 p).
    function test_rebalance_isDueAtTheBandBelowTheTarget() external {
        _turnTheCalendarOff();
        setOraclePrice(LINK, 819_277_109);
        expectBlocked(keeper, _legs(), Reason.None, Blocker.NotDue, 0);

        setOraclePrice(LINK, 819_277_108);
        rebalance(keeper, one(scriptedLeg(WETH, LINK, 10_000e18)));

        assertEq(vault.state().nonce, 1);
    }

    /* WHO */

    function test_rebalance_isNotDueForAStranger() external {
        setOraclePrice(WETH, 2_400e8);

        expectBlocked(stranger, _legs(), Reason.None, Blocker.NotDue, 0);
    }

    function test_rebalance_isNotDueForTheOwner() external {
        setOraclePrice(WETH, 2_400e8);

        expectBlocked(owner, _legs(), Reason.None, Blocker.NotDue, 0);
    }

    function test_rebalance_isNotDueForAKeeperWhoWasRemoved() external {
        setOraclePrice(WETH, 2_400e8);
        vm.prank(guardian);
        mandate.removeKeeper(keeper);

        expectBlocked(keeper, _legs(), Reason.None, Blocker.NotDue, 0);
    }

    /* THE COOLDOWN */

    function test_rebalance_isBlockedByItsCooldown() external {
        setOraclePrice(WETH, 2_600e8);
        _run();
        setOraclePrice(WETH, 2_800e8);
        uint256 readyAt = block.timestamp + 1 hours;

        expectBlocked(keeper, _legs(), Reason.Threshold, Blocker.Cooldown, readyAt);
        vm.warp(readyAt - 1);
        expectBlocked(keeper, _legs(), Reason.Threshold, Blocker.Cooldown, readyAt);
        vm.warp(readyAt);
        assertEq(uint256(_run()), uint256(Reason.Threshold));
    }

    /* THE PAUSE */

    function test_rebalance_isBlockedByAPause() external {
        setOraclePrice(WETH, 2_400e8);
        vm.prank(guardian);
        mandate.pause();
        uint256 until = block.timestamp + 7 days;

        expectBlocked(keeper, _legs(), Reason.Threshold, Blocker.Paused, until);
        passTime(7 days - 1);
        expectBlocked(keeper, _legs(), Reason.Threshold, Blocker.Paused, until);
        vm.warp(until);
        assertEq(uint256(_run()), uint256(Reason.Threshold));
    }

    function test_rebalance_runsWhenTheOwnerEndsAPause() external {
        setOraclePrice(WETH, 2_400e8);
        vm.prank(guardian);
        mandate.pause();
        vm.prank(owner);
        mandate.unpause();

        assertEq(uint256(_run()), uint256(Reason.Threshold));
    }

    /* THE CALENDAR */

    function test_rebalance_isDueOnceInAPeriodOfTheCalendar() external {
        setOraclePrice(WETH, 2_100e8);
        assertEq(uint256(_run()), uint256(Reason.Calendar));
        setOraclePrice(WETH, 2_200e8);
        passTime(30 days - 1);

        expectBlocked(keeper, _legs(), Reason.None, Blocker.NotDue, 0);
    }

    /// @dev The grid is fixed: a rebalance late in one period does not put off the next.
    function test_rebalance_isDueOnTheGridOfTheCalendar() external {
        setOraclePrice(WETH, 2_100e8);
        passTime(29 days);
        assertEq(uint256(_run()), uint256(Reason.Calendar));
        setOraclePrice(WETH, 2_200e8);

        passTime(1 days - 1);
        expectBlocked(keeper, _legs(), Reason.None, Blocker.NotDue, 0);
        vm.warp(anchor + 30 days);
        assertEq(uint256(_run()), uint256(Reason.Calendar));
    }

    /// @dev A rebalance in the first second of a period is that period's.
    function test_rebalance_isNotDueAgainInTheFirstSecondOfAPeriod() external {
        Limits memory limits = defaultLimits();
        limits.cooldown = 0;
        setLimits(limits);
        setOraclePrice(WETH, 2_200e8);
        passTime(30 days);
        _run();

        expectBlocked(keeper, _legs(), Reason.None, Blocker.NotDue, 0);
    }

    /// @dev A period that passed without a rebalance is lost, not saved up.
    function test_rebalance_isDueOnceAfterManyPeriodsOfTheCalendar() external {
        setOraclePrice(WETH, 2_200e8);
        passTime(95 days);
        assertEq(uint256(_run()), uint256(Reason.Calendar));
        passTime(1 hours);

        expectBlocked(keeper, _legs(), Reason.None, Blocker.NotDue, 0);
    }

    /// @dev A drift of half a per cent is reached at 2,047.96…: 30.5 % in WETH.
    function test_rebalance_isDueAtTheFloorOfTheCalendar() external {
        setOraclePrice(WETH, 2_047e8);
        expectBlocked(keeper, _legs(), Reason.None, Blocker.NotDue, 0);

        setOraclePrice(WETH, 2_048e8);
        assertEq(uint256(_run()), uint256(Reason.Calendar));
    }

    function test_rebalance_isNotDueBeforeTheAnchorOfTheCalendar() external {
        Limits memory limits = defaultLimits();
        limits.calendarAnchor = uint40(block.timestamp + 1);
        setLimits(limits);
        setOraclePrice(WETH, 2_200e8);
        expectBlocked(keeper, _legs(), Reason.None, Blocker.NotDue, 0);

        vm.warp(block.timestamp + 1);
        assertEq(uint256(_run()), uint256(Reason.Calendar));
    }

    /// @dev The band is named when both are reached, and the calendar's turn goes with it.
    function test_rebalance_isDueByItsBandFirst() external {
        setOraclePrice(WETH, 2_400e8);
        assertEq(uint256(_run()), uint256(Reason.Threshold));
        setOraclePrice(WETH, 2_200e8);
        passTime(1 hours);

        expectBlocked(keeper, _legs(), Reason.None, Blocker.NotDue, 0);
    }

    function test_rebalance_isBlockedByItsCooldownOnTheCalendar() external {
        setOraclePrice(WETH, 2_200e8);
        passTime(30 days - 10 minutes);
        _run();
        passTime(10 minutes);

        expectBlocked(
            keeper, _legs(), Reason.Calendar, Blocker.Cooldown, anchor + 30 days + 50 minutes
        );
    }

    /* TARGETS THAT MOVE */

    /// @dev Prices stand still while the target of WETH falls by a point a day.
    function test_rebalance_isDueWhenTheTargetsHaveMoved() external {
        _turnTheCalendarOff();
        uint256[] memory weights = mandate.targets();
        (weights[WETH], weights[USDC]) = (0.24e18, 0.26e18);
        vm.prank(manager);
        mandate.scheduleTargets(weights, anchor + 1 days, anchor + 7 days);

        passTime(4 days - 1);
        expectBlocked(keeper, _legs(), Reason.None, Blocker.NotDue, 0);
        vm.warp(anchor + 4 days);
        rebalance(keeper, one(scriptedLeg(WETH, USDC, 30_000e18)));

        assertEq(excess(WETH), 0);
    }

    function _turnTheCalendarOff() private {
        Limits memory limits = defaultLimits();
        limits.calendarPeriod = 0;
        setLimits(limits);
    }

    /// @dev Half of what each of the others lacks, out of WETH.
    function _legs() private view returns (Leg[] memory legs) {
        legs = new Leg[](3);
        legs[0] = scriptedLeg(WETH, USDC, below(USDC) / 2);
        legs[1] = scriptedLeg(WETH, WBTC, below(WBTC) / 2);
        legs[2] = scriptedLeg(WETH, LINK, below(LINK) / 2);
    }

    /// @dev Rebalances and returns the reason that the vault gave.
    function _run() private returns (Reason reason) {
        vm.recordLogs();
        rebalance(keeper, _legs());
        Vm.Log[] memory logs = vm.getRecordedLogs();
        Vm.Log memory last = logs[logs.length - 1];
        assertEq(last.topics[0], IVault.Rebalanced.selector);
        (reason) = abi.decode(last.data, (Reason));
    }
}
