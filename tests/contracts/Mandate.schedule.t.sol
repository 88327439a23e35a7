// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IMandate} from "../../contracts/interfaces/IMandate.sol";
import {Limits, WAD} from "../../contracts/types/Types.sol";
import {VaultFixture} from "./fixtures/VaultFixture.sol";

/// @notice Targets move where the manager said, after the notice, no faster than allowed, and sum
/// to one at every second.
contract MandateScheduleTest is VaultFixture {
    uint256 internal constant NOTICE = 1 days;
    uint256 internal constant SPEED = 0.01e18;
    uint256 internal constant MAX_SCHEDULE = 5 * 365 days;

    /* MOVING */

    function test_scheduleTargets_movesLinearlyAndEmits() external {
        (uint256[] memory start, uint256[] memory end) = (mandate.targets(), _swapped());
        uint256 startsAt = block.timestamp + NOTICE;

        vm.expectEmit(address(mandate));
        emit IMandate.TargetsScheduled(manager, end, startsAt, startsAt + 20 days);
        _schedule(end, startsAt, startsAt + 20 days);

        (uint256 from, uint256 to) = mandate.schedule();
        assertEq(from, startsAt);
        assertEq(to, startsAt + 20 days);
        assertEq(mandate.targets(), start);
        vm.warp(startsAt);
        assertEq(mandate.targets(), start);
        vm.warp(startsAt + 5 days);
        assertEq(mandate.targets()[WETH], (3 * start[WETH] + end[WETH]) / 4);
        vm.warp(startsAt + 20 days);
        assertEq(mandate.targets(), end);
        vm.warp(startsAt + 900 days);
        assertEq(mandate.targets(), end);
    }

    /// @dev INV-9: whatever the manager schedules and reschedules, targets sum to one and move no
    /// faster than the speed limit between any two moments.
    function testFuzz_scheduleTargets_keepsSumAndSpeed(uint256 seed) external {
        uint256[] memory last = mandate.targets();
        for (uint256 i; i < 12; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            if (seed % 3 == 0) _scheduleRandomly(seed >> 8);
            else if (seed % 11 == 1) _cancel();
            uint256 elapsed = (seed >> 128) % (seed % 2 == 0 ? 3 hours : 15 days);
            vm.warp(block.timestamp + elapsed);

            uint256[] memory targets = mandate.targets();

            assertEq(_sum(targets), WAD);
            // Each weight but the first is rounded by less than one unit, at both moments.
            uint256 allowed = SPEED * elapsed / 1 days + 2 * COUNT;
            assertLe(_distance(last, targets), allowed);
            last = targets;
        }
    }

    /// @dev INV-9: between the ends of one schedule, every weight but the first is the exact line
    /// rounded down, falling ones included.
    function testFuzz_targets_areTheExactLineRoundedDown(uint256 seed, uint256 elapsed) external {
        uint256[] memory start = mandate.targets();
        uint256[] memory end = _randomTargets(seed);
        (uint256 startsAt, uint256 duration) = (block.timestamp + NOTICE, 60 days);
        _schedule(end, startsAt, startsAt + duration);
        elapsed = bound(elapsed, 0, duration);
        vm.warp(startsAt + elapsed);

        uint256[] memory targets = mandate.targets();

        for (uint256 i = 1; i < COUNT; ++i) {
            if (end[i] >= start[i]) {
                assertEq(targets[i], start[i] + (end[i] - start[i]) * elapsed / duration);
            } else {
                uint256 fallen = (start[i] - end[i]) * elapsed;
                assertEq(targets[i], start[i] - (fallen + duration - 1) / duration);
            }
        }
        assertEq(_sum(targets), WAD);
    }

    function test_scheduleTargets_replacesTheEarlierScheduleWithoutAJump() external {
        uint256[] memory start = mandate.targets();
        _schedule(_swapped(), block.timestamp + NOTICE, block.timestamp + NOTICE + 20 days);
        vm.warp(block.timestamp + NOTICE + 10 days);
        uint256[] memory middle = mandate.targets();

        _schedule(start, block.timestamp + NOTICE, block.timestamp + NOTICE + 20 days);

        assertEq(mandate.targets(), middle);
        vm.warp(block.timestamp + NOTICE);
        assertEq(mandate.targets(), middle);
        vm.warp(block.timestamp + 20 days);
        assertEq(mandate.targets(), start);
    }

    /* LIMITS OF THE MANAGER */

    function testFuzz_scheduleTargets_revertsWhenNoticeIsShort(uint256 startsAt) external {
        uint256 earliest = block.timestamp + NOTICE;
        startsAt = bound(startsAt, 0, earliest - 1);

        _refused(
            _swapped(),
            startsAt,
            earliest + 60 days,
            abi.encodeWithSelector(IMandate.NoticeTooShort.selector, startsAt, earliest)
        );
    }

    function testFuzz_scheduleTargets_revertsWhenItEndsTooLate(uint256 endsAt) external {
        uint256 latest = block.timestamp + MAX_SCHEDULE;
        uint256 startsAt = block.timestamp + NOTICE;
        endsAt = bound(endsAt, latest + 1, type(uint256).max);

        _refused(
            _swapped(),
            startsAt,
            endsAt,
            abi.encodeWithSelector(IMandate.TimeTooFar.selector, endsAt, latest)
        );

        _schedule(_swapped(), startsAt, latest);
    }

    /// @dev INV-9: the shortest schedule that the speed allows passes, a second less does not.
    function testFuzz_scheduleTargets_revertsWhenASecondTooFast(uint256 seed) external {
        uint256[] memory newTargets = _randomTargets(seed);
        uint256 shortest = _ceilDiv(_distance(mandate.targets(), newTargets) * 1 days, SPEED);
        vm.assume(shortest > 1);
        uint256 startsAt = block.timestamp + NOTICE;

        _refused(
            newTargets,
            startsAt,
            startsAt + shortest - 1,
            abi.encodeWithSelector(IMandate.ScheduleTooFast.selector, shortest - 1, shortest)
        );

        _schedule(newTargets, startsAt, startsAt + shortest);
    }

    function test_scheduleTargets_revertsWhenItEndsBeforeItStarts() external {
        uint256[] memory same = mandate.targets();
        uint256 startsAt = block.timestamp + NOTICE + 5;

        _refused(
            same,
            startsAt,
            startsAt - 1,
            abi.encodeWithSelector(IMandate.ScheduleTooFast.selector, 0, 1)
        );

        _refused(
            same,
            startsAt,
            startsAt,
            abi.encodeWithSelector(IMandate.ScheduleTooFast.selector, 0, 1)
        );

        _schedule(same, startsAt, startsAt + 1);
    }

    function testFuzz_scheduleTargets_revertsWhenWeightsDoNotSum(uint256 sum) external {
        sum = bound(sum, 0.1e18, WAD + 0.2e18);
        vm.assume(sum != WAD);
        uint256[] memory newTargets = new uint256[](COUNT);
        newTargets[0] = sum / 3;
        newTargets[1] = sum / 3;
        newTargets[2] = sum - 2 * (sum / 3);

        _refused(
            newTargets,
            block.timestamp + NOTICE,
            block.timestamp + 365 days,
            abi.encodeWithSelector(IMandate.WeightsDoNotSum.selector, sum, WAD)
        );
    }

    function test_scheduleTargets_revertsWhenAWeightIsOutsideItsBounds() external {
        uint256[] memory newTargets = _targets(0.39e18, 0.61e18, 0, 0);
        _refused(
            newTargets,
            block.timestamp + NOTICE,
            block.timestamp + 365 days,
            abi.encodeWithSelector(IMandate.WeightOutOfBounds.selector, WBTC, 0.61e18, 0, 0.6e18)
        );

        vm.prank(owner);
        mandate.setBounds(LINK, 0.1e18, 0.6e18);
        newTargets = _targets(0.4e18, 0.5e18, 0.1e18, 0);
        _refused(
            newTargets,
            block.timestamp + NOTICE,
            block.timestamp + 365 days,
            abi.encodeWithSelector(IMandate.WeightOutOfBounds.selector, LINK, 0, 0.1e18, 0.6e18)
        );
    }

    /// @dev An asset could else vanish before its band is reached. Zero is a way out of the list.
    function testFuzz_scheduleTargets_revertsWhenABandIsWiderThanTheWeight(uint256 weight)
        external
    {
        uint256 band = mandate.rule(LINK).band;
        weight = bound(weight, 1, band - 1);
        uint256 startsAt = block.timestamp + NOTICE;
        uint256[] memory newTargets = _targets(0.4e18 - weight, 0.3e18, 0.3e18, weight);
        _refused(
            newTargets,
            startsAt,
            startsAt + 60 days,
            abi.encodeWithSelector(IMandate.BandAboveWeight.selector, LINK, band, weight)
        );

        _schedule(_targets(0.4e18 - band, 0.3e18, 0.3e18, band), startsAt, startsAt + 60 days);
        _schedule(_targets(0.4e18, 0.3e18, 0.3e18, 0), startsAt, startsAt + 60 days);
    }

    function testFuzz_scheduleTargets_revertsWhenTheLengthIsWrong(uint8 length) external {
        vm.assume(length != COUNT);
        uint256[] memory newTargets = new uint256[](length);

        _refused(
            newTargets,
            block.timestamp + NOTICE,
            block.timestamp + 365 days,
            abi.encodeWithSelector(IMandate.LengthMismatch.selector, length, COUNT)
        );
    }

    /// @dev The speed limit can never exceed the refill of the turnover bucket: the vault could not
    /// follow its own targets.
    function test_setLimits_revertsWhenTargetsWouldOutrunTheTurnover() external {
        Limits memory limits = mandate.limits();
        limits.weightSpeed = limits.turnoverRate + 1;

        vm.prank(owner);
        vm.expectRevert(
            abi.encodeWithSelector(
                IMandate.LimitTooHigh.selector, 13, limits.weightSpeed, limits.turnoverRate
            )
        );
        mandate.setLimits(limits);
    }

    /* HOLDING */

    function testFuzz_cancelSchedule_holdsTargetsWhereTheyAre(uint256 elapsed) external {
        _schedule(_swapped(), block.timestamp + NOTICE, block.timestamp + NOTICE + 20 days);
        vm.warp(block.timestamp + bound(elapsed, 0, 30 days));
        uint256[] memory held = mandate.targets();

        vm.expectEmit(address(mandate));
        emit IMandate.ScheduleCancelled(manager, held);
        vm.prank(manager);
        mandate.cancelSchedule();

        assertEq(mandate.targets(), held);
        vm.warp(block.timestamp + 100 days);
        assertEq(mandate.targets(), held);
    }

    function test_freezeWeights_holdsTargetsAndRefusesSchedules() external {
        _schedule(_swapped(), block.timestamp + NOTICE, block.timestamp + NOTICE + 20 days);
        vm.warp(block.timestamp + NOTICE + 7 days);
        uint256[] memory held = mandate.targets();

        vm.expectEmit(address(mandate));
        emit IMandate.WeightsFrozen(guardian);
        vm.expectEmit(address(mandate));
        emit IMandate.ScheduleCancelled(guardian, held);
        vm.prank(guardian);
        mandate.freezeWeights();

        assertTrue(mandate.weightsFrozen());
        vm.warp(block.timestamp + 100 days);
        assertEq(mandate.targets(), held);
        _refused(
            held,
            block.timestamp + NOTICE,
            block.timestamp + NOTICE + 1,
            abi.encodeWithSelector(IMandate.Frozen.selector)
        );
    }

    function test_unfreezeWeights_letsTheManagerScheduleAgain() external {
        vm.prank(guardian);
        mandate.freezeWeights();

        vm.expectEmit(address(mandate));
        emit IMandate.WeightsUnfrozen();
        vm.prank(owner);
        mandate.unfreezeWeights();

        assertFalse(mandate.weightsFrozen());
        _schedule(_swapped(), block.timestamp + NOTICE, block.timestamp + NOTICE + 20 days);
    }

    /* HELPERS */

    function _schedule(uint256[] memory newTargets, uint256 startsAt, uint256 endsAt) internal {
        vm.prank(manager);
        mandate.scheduleTargets(newTargets, startsAt, endsAt);
    }

    function _refused(
        uint256[] memory newTargets,
        uint256 startsAt,
        uint256 endsAt,
        bytes memory reason
    ) internal {
        vm.prank(manager);
        vm.expectRevert(reason);
        mandate.scheduleTargets(newTargets, startsAt, endsAt);
    }

    function _cancel() internal {
        vm.prank(guardian);
        mandate.cancelSchedule();
    }

    function _scheduleRandomly(uint256 seed) internal {
        uint256[] memory newTargets = _randomTargets(seed);
        uint256 shortest = _ceilDiv(_distance(mandate.targets(), newTargets) * 1 days, SPEED);
        uint256 startsAt = block.timestamp + NOTICE + seed % 2 days;
        _schedule(newTargets, startsAt, startsAt + shortest + 1 + seed % 3 * 1 days);
    }

    /// @dev Targets within the bounds of the fixture: none below its band, none above 0.6.
    function _randomTargets(uint256 seed) internal pure returns (uint256[] memory) {
        uint256 first = bound(uint256(keccak256(abi.encode(seed, 1))), 0.03e18, 0.6e18);
        uint256 rest = WAD - first;
        uint256 second = bound(uint256(keccak256(abi.encode(seed, 2))), rest / 3, rest / 2);
        rest -= second;
        uint256 third = bound(uint256(keccak256(abi.encode(seed, 3))), rest / 3, rest / 2);
        return _targets(first, second, third, rest - third);
    }

    /// @dev USDC and WETH exchange their targets.
    function _swapped() internal view returns (uint256[] memory newTargets) {
        newTargets = mandate.targets();
        (newTargets[USDC], newTargets[WETH]) = (newTargets[WETH], newTargets[USDC]);
    }

    function _targets(uint256 a, uint256 b, uint256 c, uint256 d)
        internal
        pure
        returns (uint256[] memory list)
    {
        list = new uint256[](COUNT);
        (list[0], list[1], list[2], list[3]) = (a, b, c, d);
    }

    /// @dev Half the sum of absolute changes, rounded up.
    function _distance(uint256[] memory from, uint256[] memory to)
        internal
        pure
        returns (uint256 distance)
    {
        for (uint256 i; i < COUNT; ++i) {
            distance += _gap(from[i], to[i]);
        }
        return _ceilDiv(distance, 2);
    }

    function _gap(uint256 a, uint256 b) internal pure returns (uint256) {
        return a > b ? a - b : b - a;
    }

    function _sum(uint256[] memory list) internal pure returns (uint256 sum) {
        for (uint256 i; i < list.length; ++i) {
            sum += list[i];
        }
    }

    function _ceilDiv(uint256 a, uint256 b) internal pure returns (uint256) {
        return (a + b - 1) / b;
    }
}
