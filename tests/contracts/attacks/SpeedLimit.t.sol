// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AssetConfig, IMandate, RouteConfig} from "../../../contracts/interfaces/IMandate.sol";
import {Mandate} from "../../../contracts/Mandate.sol";
import {MockToken} from "../../../contracts/mocks/MockToken.sol";
import {Limits} from "../../../contracts/types/Types.sol";
import {Actors} from "../fixtures/Actors.sol";
import {START, ordinaryAsset, ordinaryLimits} from "../fixtures/Defaults.sol";

/// @notice Attack: a manager moves each of sixteen targets at the speed that one may have, and so
/// demands eight times the turnover that the speed seems to allow; the vault cannot follow, and a
/// keeper trades all the way. Rule: the speed is that of half the sum of all changes (INV-9).
contract SpeedLimitAttackTest is Actors {
    uint256 internal constant COUNT = 16;
    uint64 internal constant SPEED = 0.01e18;

    Mandate internal mandate;

    function setUp() external {
        vm.warp(START);
        AssetConfig[] memory assets = new AssetConfig[](COUNT);
        for (uint256 i; i < COUNT; ++i) {
            assets[i] = ordinaryAsset(address(new MockToken("Asset", "ASSET", 18)), 0.0625e18);
        }
        Limits memory limits = ordinaryLimits();
        limits.weightSpeed = SPEED;
        mandate = new Mandate(actorRoles(), limits, assets, new RouteConfig[](0));
    }

    /// @dev By asset, a day would be long enough: none moves by more than one point.
    function test_speedLimit_ofEachAssetAllowsEightTimesTheTurnover() external view {
        (uint256[] memory moved, uint256[] memory targets) = (_moved(), mandate.targets());
        (uint256 fastest, uint256 turnover) = (0, 0);
        for (uint256 i; i < COUNT; ++i) {
            uint256 change = moved[i] > targets[i] ? moved[i] - targets[i] : targets[i] - moved[i];
            if (change > fastest) fastest = change;
            turnover += change;
        }

        assertEq(fastest, SPEED);
        assertEq(turnover / 2, 8 * SPEED);
        assertGt(turnover / 2, mandate.limits().turnoverRate);
    }

    function test_speedLimit_refusesTheSameMoveInADay() external {
        uint256 startsAt = block.timestamp + 1 days;
        uint256[] memory moved = _moved();

        vm.expectRevert(abi.encodeWithSelector(IMandate.ScheduleTooFast.selector, 1 days, 8 days));
        vm.prank(manager);
        mandate.scheduleTargets(moved, startsAt, startsAt + 1 days);
    }

    /// @dev In eight days it is allowed, and no day asks for more turnover than the vault refills.
    function test_speedLimit_allowsItAtTheSpeedOfTheWhole() external {
        uint256 startsAt = block.timestamp + 1 days;
        uint256[] memory moved = _moved();
        vm.prank(manager);
        mandate.scheduleTargets(moved, startsAt, startsAt + 8 days);

        for (uint256 day; day < 8; ++day) {
            vm.warp(startsAt + day * 1 days);
            uint256[] memory before = mandate.targets();
            vm.warp(startsAt + (day + 1) * 1 days);
            uint256[] memory targets = mandate.targets();
            uint256 turnover;
            for (uint256 i; i < COUNT; ++i) {
                turnover += targets[i] > before[i] ? targets[i] - before[i] : before[i] - targets[i];
            }
            assertApproxEqAbs(turnover / 2, SPEED, COUNT);
            assertLe(turnover / 2, mandate.limits().turnoverRate);
        }
    }

    /// @dev Half of the assets a point up, half a point down.
    function _moved() private view returns (uint256[] memory moved) {
        moved = mandate.targets();
        for (uint256 i; i < COUNT; ++i) {
            if (i % 2 == 0) moved[i] += SPEED;
            else moved[i] -= SPEED;
        }
    }
}
