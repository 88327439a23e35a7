// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IMandate} from "../../contracts/interfaces/IMandate.sol";
import {Blocker, Limits, Plan, Position, Reason, WAD} from "../../contracts/types/Types.sol";
import {VaultFixture} from "./fixtures/VaultFixture.sol";

/// @notice A rebalance is due at the band, by the calendar or beyond the hard band, and only then.
/// Positions are made up, so every edge is met exactly: bands 3 %, hard bands 8 %, NAV one.
contract MandatePlanTest is VaultFixture {
    uint256 internal constant BAND = 0.03e18;
    uint256 internal constant HARD_BAND = 0.08e18;
    uint256 internal constant COOLDOWN = 1 hours;
    uint256 internal constant PERIOD = 30 days;
    uint256 internal constant FLOOR = 0.005e18;

    function setUp() public override {
        super.setUp();
        // Inside the first period of the calendar.
        vm.warp(block.timestamp + 10 days);
    }

    /* WHAT IT SAYS BESIDE THE STATUS */

    function testFuzz_plan_measuresTotalDrift(uint64[4] memory amounts) external view {
        Position memory position = _position(keeper, 0);
        position.nav = 0;
        for (uint256 i; i < COUNT; ++i) {
            position.values[i] = uint256(amounts[i]) + 1;
            position.nav += position.values[i];
        }

        Plan memory plan = mandate.plan(position);

        uint256 gaps;
        for (uint256 i; i < COUNT; ++i) {
            (uint256 held, uint256 target) =
                (position.values[i] * WAD / position.nav, mandate.targets()[i]);
            gaps += held > target ? held - target : target - held;
        }
        assertEq(plan.drift, gaps / 2);
        assertEq(plan.targets, mandate.targets());
    }

    function test_plan_handsOnTheLimits() external view {
        Limits memory limits = mandate.limits();

        Plan memory plan = mandate.plan(_position(keeper, BAND));

        assertEq(plan.slippage, limits.slippage);
        assertEq(plan.lossCapacity, limits.lossCapacity);
        assertEq(plan.lossRate, limits.lossRate);
        assertEq(plan.turnoverCapacity, limits.turnoverCapacity);
        assertEq(plan.turnoverRate, limits.turnoverRate);
    }

    function test_plan_givesTheStricterSlippageToThePublicTier() external view {
        Position memory position = _poked(stranger, HARD_BAND, 10 minutes);

        assertEq(mandate.plan(position).slippage, mandate.limits().publicSlippage);
    }

    function test_plan_isNotDueForAnEmptyVault() external view {
        Position memory position = _position(keeper, 0);
        (position.nav, position.values) = (0, new uint256[](COUNT));

        _expect(position, Reason.None, Blocker.NotDue, 0);
    }

    /* THRESHOLD */

    function testFuzz_plan_isDueForAKeeperFromTheBandOn(uint256 gap) external view {
        gap = bound(gap, 0, HARD_BAND - 1);

        bool due = gap >= BAND;

        _expect(
            _position(keeper, gap),
            due ? Reason.Threshold : Reason.None,
            due ? Blocker.None : Blocker.NotDue,
            0
        );
    }

    function test_plan_isDueExactlyAtTheBand() external view {
        _expect(_position(keeper, BAND), Reason.Threshold, Blocker.None, 0);
        _expect(_position(keeper, BAND - 1), Reason.None, Blocker.NotDue, 0);
    }

    function testFuzz_plan_isNotDueForOthersBelowTheHardBand(uint256 gap, address caller)
        external
        view
    {
        vm.assume(caller != keeper);

        _expect(_position(caller, bound(gap, 0, HARD_BAND - 1)), Reason.None, Blocker.NotDue, 0);
    }

    function test_plan_looksAtTheBandOfEachAsset() external {
        vm.prank(owner);
        mandate.setBands(LINK, 0.01e18, 0.02e18);
        Position memory position = _position(keeper, 0);
        position.values[LINK] -= 0.01e18;
        position.values[USDC] += 0.01e18;

        _expect(position, Reason.Threshold, Blocker.None, 0);
    }

    function testFuzz_plan_waitsForTheCooldown(uint256 waited) external view {
        waited = bound(waited, 0, 2 * COOLDOWN);
        Position memory position = _position(keeper, BAND);
        position.keeperAt = block.timestamp - waited;

        bool ready = waited >= COOLDOWN;

        _expect(
            position,
            Reason.Threshold,
            ready ? Blocker.None : Blocker.Cooldown,
            ready ? 0 : position.keeperAt + COOLDOWN
        );
    }

    /// @dev The public tier's rebalances do not hold up the keepers.
    function test_plan_ignoresPublicRebalancesForTheKeepersCooldown() external view {
        Position memory position = _position(keeper, BAND);
        position.publicAt = block.timestamp;

        _expect(position, Reason.Threshold, Blocker.None, 0);
    }

    /* CALENDAR */

    /// @dev Once in each period of a fixed grid: a rebalance late in one period does not put off
    /// the next.
    function testFuzz_plan_isDueOncePerPeriod(uint256 lastAt, uint256 time) external {
        uint256 anchor = mandate.limits().calendarAnchor;
        time = bound(time, anchor + 1 days, anchor + 10 * PERIOD);
        lastAt = bound(lastAt, anchor, time - COOLDOWN);
        vm.warp(time);
        Position memory position = _position(keeper, FLOOR);
        position.keeperAt = lastAt;

        bool due = (time - anchor) / PERIOD > (lastAt - anchor) / PERIOD;

        _expect(
            position, due ? Reason.Calendar : Reason.None, due ? Blocker.None : Blocker.NotDue, 0
        );
    }

    /// @dev The first second of a period belongs to it.
    function test_plan_countsARebalanceInTheFirstSecondOfAPeriod() external {
        uint256 begins = mandate.limits().calendarAnchor + PERIOD;
        vm.warp(begins + 1 days);
        Position memory position = _position(keeper, FLOOR);

        position.keeperAt = begins;
        _expect(position, Reason.None, Blocker.NotDue, 0);
        position.keeperAt = begins - 1;
        _expect(position, Reason.Calendar, Blocker.None, 0);
    }

    function test_plan_isNotDueByCalendarBelowTheFloor() external view {
        _expect(_overdue(keeper, FLOOR), Reason.Calendar, Blocker.None, 0);
        _expect(_overdue(keeper, FLOOR - 1), Reason.None, Blocker.NotDue, 0);
    }

    function test_plan_isNotDueBeforeTheCalendarBegins() external {
        Limits memory limits = mandate.limits();
        limits.calendarAnchor = uint40(block.timestamp + 1);
        _setLimits(limits);
        _expect(_overdue(keeper, FLOOR), Reason.None, Blocker.NotDue, 0);

        vm.warp(block.timestamp + 1);
        _expect(_overdue(keeper, FLOOR), Reason.Calendar, Blocker.None, 0);
    }

    function test_plan_isNotDueWhenTheCalendarIsOff() external {
        Limits memory limits = mandate.limits();
        limits.calendarPeriod = 0;
        _setLimits(limits);

        _expect(_overdue(keeper, BAND - 1), Reason.None, Blocker.NotDue, 0);
    }

    function test_plan_prefersTheThresholdToTheCalendar() external view {
        _expect(_overdue(keeper, BAND), Reason.Threshold, Blocker.None, 0);
    }

    function test_plan_givesTheCalendarToKeepersOnly() external view {
        _expect(_overdue(stranger, FLOOR), Reason.None, Blocker.NotDue, 0);
    }

    /* THE PUBLIC TIER */

    function test_plan_asksForAPokeBeyondTheHardBand() external view {
        _expect(_position(stranger, HARD_BAND), Reason.Public, Blocker.NotPoked, 0);
        _expect(_position(stranger, HARD_BAND - 1), Reason.None, Blocker.NotDue, 0);
    }

    /// @dev Open from ten minutes after the poke until an hour after it.
    function testFuzz_plan_opensThePublicTierForAWhile(uint256 sincePoke) external view {
        sincePoke = bound(sincePoke, 0, 2 hours);
        Position memory position = _poked(stranger, HARD_BAND, sincePoke);

        if (sincePoke < 10 minutes) {
            uint256 opensAt = position.pokedAt + 10 minutes;
            _expect(position, Reason.Public, Blocker.PokeDelay, opensAt);
        } else if (sincePoke <= 1 hours) {
            _expect(position, Reason.Public, Blocker.None, 0);
        } else {
            _expect(position, Reason.Public, Blocker.NotPoked, 0);
        }
    }

    function test_plan_opensAndClosesThePublicTierToTheSecond() external view {
        uint256 opensAt = block.timestamp + 1;
        _expect(
            _poked(stranger, HARD_BAND, 10 minutes - 1), Reason.Public, Blocker.PokeDelay, opensAt
        );
        _expect(_poked(stranger, HARD_BAND, 10 minutes), Reason.Public, Blocker.None, 0);
        _expect(_poked(stranger, HARD_BAND, 1 hours), Reason.Public, Blocker.None, 0);
        _expect(_poked(stranger, HARD_BAND, 1 hours + 1), Reason.Public, Blocker.NotPoked, 0);
    }

    function testFuzz_plan_waitsForThePublicCooldown(uint256 waited) external view {
        waited = bound(waited, 0, 2 hours);
        Position memory position = _poked(stranger, HARD_BAND, 10 minutes);
        position.publicAt = block.timestamp - waited;

        bool ready = waited >= 1 hours;

        _expect(
            position,
            Reason.Public,
            ready ? Blocker.None : Blocker.PublicCooldown,
            ready ? 0 : position.publicAt + 1 hours
        );
    }

    /// @dev Keepers' rebalances do not hold up the public tier.
    function test_plan_ignoresKeepersForThePublicCooldown() external view {
        Position memory position = _poked(stranger, HARD_BAND, 10 minutes);
        position.keeperAt = block.timestamp;

        _expect(position, Reason.Public, Blocker.None, 0);
    }

    function test_plan_closesThePublicTierBackInsideTheHardBand() external view {
        _expect(_poked(stranger, HARD_BAND - 1, 10 minutes), Reason.None, Blocker.NotDue, 0);
    }

    function test_plan_givesAKeeperInCooldownThePublicTierIfItIsOpen() external view {
        Position memory position = _poked(keeper, HARD_BAND, 10 minutes);
        position.keeperAt = block.timestamp;
        _expect(position, Reason.Public, Blocker.None, 0);

        position.pokedAt = 0;
        _expect(position, Reason.Threshold, Blocker.Cooldown, block.timestamp + COOLDOWN);
    }

    function test_plan_givesAKeeperItsOwnTierFirst() external view {
        Plan memory plan = mandate.plan(_poked(keeper, HARD_BAND, 10 minutes));

        assertEq(uint8(plan.reason), uint8(Reason.Threshold));
        assertEq(plan.slippage, mandate.limits().slippage);
    }

    /* PAUSE */

    function testFuzz_plan_isBlockedWhilePaused(uint256 waited, bool byKeeper) external {
        vm.prank(guardian);
        mandate.pause();
        uint256 until = mandate.pausedUntil();
        vm.warp(block.timestamp + bound(waited, 0, 8 days));
        Position memory position =
            byKeeper ? _position(keeper, BAND) : _poked(stranger, HARD_BAND, 10 minutes);

        bool paused = block.timestamp < until;

        _expect(
            position,
            byKeeper ? Reason.Threshold : Reason.Public,
            paused ? Blocker.Paused : Blocker.None,
            paused ? until : 0
        );
    }

    function test_plan_isOpenTheSecondThePauseEnds() external {
        vm.prank(guardian);
        mandate.pause();
        uint256 until = mandate.pausedUntil();

        vm.warp(until - 1);
        _expect(_position(keeper, BAND), Reason.Threshold, Blocker.Paused, until);
        vm.warp(until);
        _expect(_position(keeper, BAND), Reason.Threshold, Blocker.None, 0);
    }

    function test_plan_saysNotDueRatherThanPaused() external {
        vm.prank(guardian);
        mandate.pause();

        _expect(_position(keeper, 0), Reason.None, Blocker.NotDue, 0);
    }

    /* HARD BANDS */

    function testFuzz_hardBandReached_fromTheHardBandOn(uint256 gap) external view {
        gap = bound(gap, 0, 0.2e18);
        Position memory position = _position(stranger, gap);

        assertEq(mandate.hardBandReached(position.values, position.nav), gap >= HARD_BAND);
    }

    function test_hardBandReached_isFalseForAnEmptyVault() external view {
        assertFalse(mandate.hardBandReached(new uint256[](COUNT), 0));
    }

    /* HELPERS */

    /// @dev A vault worth one whose USDC is below and whose WBTC is above target by `gap`. A keeper
    /// rebalanced a day ago, so the calendar demands nothing and the cooldown has passed.
    function _position(address caller, uint256 gap)
        internal
        view
        returns (Position memory position)
    {
        (position.caller, position.keeperAt) = (caller, block.timestamp - 1 days);
        (position.nav, position.values) = (WAD, mandate.targets());
        position.values[USDC] -= gap;
        position.values[WBTC] += gap;
    }

    /// @dev The same, of a vault that has never been rebalanced.
    function _overdue(address caller, uint256 gap)
        internal
        view
        returns (Position memory position)
    {
        position = _position(caller, gap);
        position.keeperAt = 0;
    }

    function _poked(address caller, uint256 gap, uint256 sincePoke)
        internal
        view
        returns (Position memory position)
    {
        position = _position(caller, gap);
        position.pokedAt = block.timestamp - sincePoke;
    }

    function _expect(Position memory position, Reason reason, Blocker blocker, uint256 readyAt)
        internal
        view
    {
        Plan memory plan = mandate.plan(position);
        assertEq(uint8(plan.reason), uint8(reason), "reason");
        assertEq(uint8(plan.blocker), uint8(blocker), "blocker");
        assertEq(plan.readyAt, readyAt, "readyAt");
    }

    function _setLimits(Limits memory limits) internal {
        vm.prank(owner);
        mandate.setLimits(limits);
    }
}
