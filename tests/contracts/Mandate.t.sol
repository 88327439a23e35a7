// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    AssetConfig,
    AssetRule,
    IMandate,
    Roles,
    RouteConfig,
    WeightBounds
} from "../../contracts/interfaces/IMandate.sol";
import {LimitCaps} from "../../contracts/libraries/LimitCaps.sol";
import {Mandate} from "../../contracts/Mandate.sol";
import {MockToken} from "../../contracts/mocks/MockToken.sol";
import {Limits, WAD} from "../../contracts/types/Types.sol";
import {VaultFixture} from "./fixtures/VaultFixture.sol";

/// @notice A mandate is created complete, and its owner can change it only within its caps.
contract MandateTest is VaultFixture {
    /* CREATION */

    function test_constructor_setsWhatItWasGiven() external view {
        assertEq(mandate.owner(), owner);
        assertEq(mandate.manager(), manager);
        assertEq(mandate.guardian(), guardian);
        assertTrue(mandate.isKeeper(keeper));
        assertEq(abi.encode(mandate.limits()), abi.encode(defaultLimits()));
        AssetConfig[] memory configs = assetConfigs();
        for (uint256 i; i < COUNT; ++i) {
            AssetRule memory rule = mandate.rule(i);
            WeightBounds memory range = mandate.bounds(i);
            assertEq(mandate.tokens()[i], configs[i].token);
            assertEq(mandate.targets()[i], configs[i].weight);
            assertEq(rule.startWeight, configs[i].weight);
            assertEq(rule.endWeight, configs[i].weight);
            assertEq(rule.band, configs[i].band);
            assertEq(rule.hardBand, configs[i].hardBand);
            assertEq(range.minWeight, configs[i].minWeight);
            assertEq(range.maxWeight, configs[i].maxWeight);
        }
    }

    function test_constructor_revertsWhenARoleIsZero() external {
        for (uint256 i; i < 4; ++i) {
            Roles memory roles = _roles();
            if (i == 0) roles.owner = address(0);
            if (i == 1) roles.manager = address(0);
            if (i == 2) roles.guardian = address(0);
            if (i == 3) roles.keepers = new address[](1);

            vm.expectRevert(IMandate.ZeroAddress.selector);
            new Mandate(roles, defaultLimits(), assetConfigs(), new RouteConfig[](0));
        }
    }

    function testFuzz_constructor_revertsWhenTheNumberOfAssetsIsWrong(uint256 count) external {
        count = bound(count, 0, 40);
        vm.assume(count < 2 || count > 16);

        _refused(
            new AssetConfig[](count),
            abi.encodeWithSelector(IMandate.BadAssetCount.selector, count, 16)
        );
    }

    function test_constructor_takesSixteenAssets() external {
        AssetConfig[] memory configs = new AssetConfig[](16);
        for (uint256 i; i < 16; ++i) {
            configs[i] = assetConfigs()[0];
            configs[i].token = address(new MockToken("Token", "TKN", 18));
            configs[i].weight = uint64(WAD / 16);
        }

        assertEq(_create(configs).targets().length, 16);
    }

    function test_constructor_revertsWhenATokenHasNoCode() external {
        AssetConfig[] memory configs = assetConfigs();
        configs[1].token = stranger;

        _refused(configs, abi.encodeWithSelector(IMandate.NoCode.selector, stranger));
    }

    function test_constructor_revertsWhenATokenIsListedTwice() external {
        AssetConfig[] memory configs = assetConfigs();
        configs[3].token = configs[0].token;

        _refused(
            configs, abi.encodeWithSelector(IMandate.DuplicateAsset.selector, configs[0].token)
        );
    }

    function testFuzz_constructor_revertsWhenWeightsDoNotSum(uint64 weight) external {
        AssetConfig[] memory configs = assetConfigs();
        configs[2].weight = uint64(bound(weight, 0.03e18, 0.6e18));
        vm.assume(configs[2].weight != 0.3e18);
        uint256 sum = 0.7e18 + configs[2].weight;

        _refused(configs, abi.encodeWithSelector(IMandate.WeightsDoNotSum.selector, sum, WAD));
    }

    function test_constructor_revertsWhenAWeightIsOutsideItsBounds() external {
        AssetConfig[] memory configs = assetConfigs();
        configs[1].maxWeight = 0.29e18;

        _refused(
            configs,
            abi.encodeWithSelector(
                IMandate.WeightOutOfBounds.selector, 1, 0.3e18, 0, configs[1].maxWeight
            )
        );
    }

    function test_constructor_revertsWhenBoundsAreCrossedOrAboveOne() external {
        AssetConfig[] memory configs = assetConfigs();
        (configs[1].minWeight, configs[1].maxWeight) = (0.4e18, 0.3e18);
        _refused(configs, abi.encodeWithSelector(IMandate.BadBounds.selector, 1, 0.4e18, 0.3e18));

        (configs[1].minWeight, configs[1].maxWeight) = (0, uint64(WAD + 1));
        _refused(configs, abi.encodeWithSelector(IMandate.BadBounds.selector, 1, 0, WAD + 1));
    }

    function test_constructor_revertsWhenBandsAreWrong() external {
        AssetConfig[] memory configs = assetConfigs();
        configs[2].band = 0;
        _refused(configs, abi.encodeWithSelector(IMandate.BadBands.selector, 2, 0, 0.08e18));

        configs[2].band = 0.31e18;
        configs[2].hardBand = 0.31e18;
        _refused(
            configs, abi.encodeWithSelector(IMandate.BandAboveWeight.selector, 2, 0.31e18, 0.3e18)
        );
    }

    /* LIMITS */

    /// @dev Cap and least value of each limit, by its position.
    function test_setLimits_acceptsCapsAndRefusesMore() external {
        uint256[15] memory caps = [
            LimitCaps.SLIPPAGE,
            LimitCaps.LOSS_CAPACITY,
            LimitCaps.LOSS_RATE,
            LimitCaps.WAIT,
            LimitCaps.WAIT,
            LimitCaps.TURNOVER_CAPACITY,
            LimitCaps.TURNOVER_RATE,
            LimitCaps.PUBLIC_SLIPPAGE,
            LimitCaps.DRAWDOWN,
            LimitCaps.CALENDAR_FLOOR,
            LimitCaps.CALENDAR_PERIOD,
            type(uint256).max,
            LimitCaps.WAIT,
            defaultLimits().turnoverRate,
            LimitCaps.FLOW_CAPACITY
        ];
        for (uint256 i; i < caps.length; ++i) {
            // The anchor of the calendar has no cap.
            if (i == 11) continue;
            _accepted(_with(i, caps[i]));
            _refused(
                _with(i, caps[i] + 1),
                abi.encodeWithSelector(IMandate.LimitTooHigh.selector, i, caps[i] + 1, caps[i])
            );
        }
    }

    function test_setLimits_acceptsTheLeastAndRefusesLess() external {
        uint256[15] memory least;
        least[4] = LimitCaps.PUBLIC_COOLDOWN_MIN;
        least[8] = LimitCaps.DRAWDOWN_MIN;
        least[9] = LimitCaps.CALENDAR_FLOOR_MIN;
        least[10] = LimitCaps.CALENDAR_PERIOD_MIN;
        least[13] = 1;
        for (uint256 i; i < least.length; ++i) {
            // A smaller slippage drags the public one down with it; turnover drags the speed.
            if (i == 0 || i == 6) continue;
            _accepted(_with(i, least[i]));
            if (least[i] == 0) continue;
            _refused(
                _with(i, least[i] - 1),
                abi.encodeWithSelector(IMandate.LimitTooLow.selector, i, least[i] - 1, least[i])
            );
        }
    }

    function test_setLimits_keepsThePublicTierNoLooserThanTheKeepers() external {
        Limits memory limits = defaultLimits();
        (limits.slippage, limits.publicSlippage) = (0.002e18, 0.003e18);

        _refused(
            limits, abi.encodeWithSelector(IMandate.LimitTooHigh.selector, 7, 0.003e18, 0.002e18)
        );
    }

    function test_setLimits_asksNoFloorWhenTheCalendarIsOff() external {
        Limits memory limits = defaultLimits();
        (limits.calendarPeriod, limits.calendarFloor) = (0, 0);

        _accepted(limits);
    }

    function test_setLimits_emits() external {
        Limits memory limits = _with(3, 3 hours);

        vm.expectEmit(address(mandate));
        emit IMandate.LimitsSet(limits);
        vm.prank(owner);
        mandate.setLimits(limits);
    }

    /* BANDS AND BOUNDS */

    function testFuzz_setBands_takesWhatIsInOrder(uint64 band, uint64 hardBand) external {
        band = uint64(bound(band, 1, 0.3e18));
        hardBand = uint64(bound(hardBand, band, WAD));

        vm.expectEmit(address(mandate));
        emit IMandate.BandsSet(address(tokens[WBTC]), band, hardBand);
        vm.prank(owner);
        mandate.setBands(WBTC, band, hardBand);

        AssetRule memory rule = mandate.rule(WBTC);
        assertEq(rule.band, band);
        assertEq(rule.hardBand, hardBand);
        assertEq(rule.endWeight, 0.3e18);
    }

    function testFuzz_setBands_revertsWhenOutOfOrder(uint64 band, uint64 hardBand) external {
        vm.assume(band == 0 || band > hardBand || hardBand > WAD);

        vm.prank(owner);
        vm.expectRevert(abi.encodeWithSelector(IMandate.BadBands.selector, WBTC, band, hardBand));
        mandate.setBands(WBTC, band, hardBand);
    }

    function testFuzz_setBands_revertsWhenWiderThanTheWeight(uint64 band) external {
        band = uint64(bound(band, 0.3e18 + 1, WAD));

        vm.prank(owner);
        vm.expectRevert(
            abi.encodeWithSelector(IMandate.BandAboveWeight.selector, WBTC, band, 0.3e18)
        );
        mandate.setBands(WBTC, band, uint64(WAD));
    }

    function testFuzz_setBounds_takesWhatIsInOrder(uint64 minWeight, uint64 maxWeight) external {
        maxWeight = uint64(bound(maxWeight, 0, WAD));
        minWeight = uint64(bound(minWeight, 0, maxWeight));

        vm.expectEmit(address(mandate));
        emit IMandate.BoundsSet(address(tokens[LINK]), minWeight, maxWeight);
        vm.prank(owner);
        mandate.setBounds(LINK, minWeight, maxWeight);

        assertEq(mandate.bounds(LINK).minWeight, minWeight);
        assertEq(mandate.bounds(LINK).maxWeight, maxWeight);
    }

    function testFuzz_setBounds_revertsWhenCrossedOrAboveOne(uint64 minWeight, uint64 maxWeight)
        external
    {
        vm.assume(minWeight > maxWeight || maxWeight > WAD);

        vm.prank(owner);
        vm.expectRevert(
            abi.encodeWithSelector(IMandate.BadBounds.selector, LINK, minWeight, maxWeight)
        );
        mandate.setBounds(LINK, minWeight, maxWeight);
    }

    function testFuzz_assets_revertWhenTheIndexIsUnknown(uint256 asset) external {
        asset = bound(asset, COUNT, type(uint256).max);
        bytes memory reason = abi.encodeWithSelector(IMandate.UnknownAsset.selector, asset, COUNT);

        vm.startPrank(owner);
        vm.expectRevert(reason);
        mandate.setBands(asset, 0.01e18, 0.02e18);
        vm.expectRevert(reason);
        mandate.setBounds(asset, 0, 0.5e18);
        vm.expectRevert(reason);
        mandate.rule(asset);
        vm.expectRevert(reason);
        mandate.bounds(asset);
    }

    /* HELPERS */

    function _roles() internal view returns (Roles memory) {
        return
            Roles({owner: owner, manager: manager, guardian: guardian, keepers: new address[](0)});
    }

    function _create(AssetConfig[] memory configs) internal returns (Mandate) {
        return new Mandate(_roles(), defaultLimits(), configs, new RouteConfig[](0));
    }

    function _refused(AssetConfig[] memory configs, bytes memory reason) internal {
        Limits memory limits = defaultLimits();
        vm.expectRevert(reason);
        new Mandate(_roles(), limits, configs, new RouteConfig[](0));
    }

    function _refused(Limits memory limits, bytes memory reason) internal {
        vm.prank(owner);
        vm.expectRevert(reason);
        mandate.setLimits(limits);
    }

    function _accepted(Limits memory limits) internal {
        vm.prank(owner);
        mandate.setLimits(limits);
        assertEq(abi.encode(mandate.limits()), abi.encode(limits));
    }

    /// @dev The default limits with one of them replaced: `Limits` is fifteen words in memory.
    function _with(uint256 position, uint256 value) internal view returns (Limits memory limits) {
        limits = defaultLimits();
        limits.slippage = uint64(LimitCaps.SLIPPAGE);
        assembly ("memory-safe") {
            mstore(add(limits, mul(position, 32)), value)
        }
    }
}
