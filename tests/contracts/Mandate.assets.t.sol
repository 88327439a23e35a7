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
import {IPriceOracle, PriceStatus} from "../../contracts/interfaces/IPriceOracle.sol";
import {IVault} from "../../contracts/interfaces/IVault.sol";
import {Mandate} from "../../contracts/Mandate.sol";
import {MockToken} from "../../contracts/mocks/MockToken.sol";
import {Route, WAD} from "../../contracts/types/Types.sol";
import {ScriptedVaultFixture} from "./fixtures/ScriptedVaultFixture.sol";

/// @notice The owner lists, removes and writes off assets; mandate and vault agree on the list at
/// every moment, and a route trades the tokens it was registered for or none.
contract MandateAssetsTest is ScriptedVaultFixture {
    /// @dev A fifth asset, which is not listed yet.
    AssetConfig internal fifth;

    /// @dev What a route was registered for, and whether it should still be active.
    struct Expected {
        address tokenIn;
        address tokenOut;
        bool active;
    }

    Expected[] internal expected;
    AssetConfig[] internal candidates;

    function setUp() public override {
        super.setUp();
        fifth = pricedAsset();
        for (uint256 i; i < 6; ++i) {
            candidates.push(pricedAsset());
        }
    }

    /* LISTING */

    function test_addAsset_appendsToBothListsAndEmits() external {
        vm.expectEmit(address(mandate));
        emit IMandate.AssetAdded(fifth.token, COUNT);
        vm.expectEmit(address(vault));
        emit IVault.AssetListed(fifth.token, COUNT);
        _add(fifth);

        assertEq(mandate.tokens()[COUNT], fifth.token);
        assertEq(mandate.targets()[COUNT], 0);
        assertEq(abi.encode(mandate.tokens()), abi.encode(vault.tokens()));
        AssetRule memory rule = mandate.rule(COUNT);
        assertEq(abi.encode(rule), abi.encode(AssetRule(0, 0, fifth.band, fifth.hardBand)));
        WeightBounds memory range = mandate.bounds(COUNT);
        assertEq(range.maxWeight, fifth.maxWeight);
    }

    function testFuzz_addAsset_revertsWhenItHasAWeight(uint64 weight) external {
        fifth.weight = uint64(bound(weight, 1, type(uint64).max));

        _refusedToAdd(
            fifth,
            abi.encodeWithSelector(IMandate.WeightNotZero.selector, fifth.token, fifth.weight)
        );
    }

    function test_addAsset_revertsWhenItsLeastWeightIsNotZero() external {
        fifth.minWeight = 1;

        _refusedToAdd(
            fifth,
            abi.encodeWithSelector(
                IMandate.WeightOutOfBounds.selector, COUNT, 0, 1, fifth.maxWeight
            )
        );
    }

    function test_addAsset_revertsWhenListedAlready() external {
        fifth.token = address(tokens[WETH]);

        _refusedToAdd(fifth, abi.encodeWithSelector(IMandate.DuplicateAsset.selector, fifth.token));
    }

    function test_addAsset_revertsWithoutAPrice() external {
        fifth.token = address(new MockToken("Unpriced", "NONE", 18));

        _refusedToAdd(
            fifth,
            abi.encodeWithSelector(
                IPriceOracle.PriceUnavailable.selector,
                fifth.token,
                address(0),
                PriceStatus.NoFeed,
                0,
                0
            )
        );
    }

    function test_addAsset_revertsAboveSixteenAssets() external {
        for (uint256 i = COUNT; i < 16; ++i) {
            _add(pricedAsset());
        }
        assertEq(vault.tokens().length, 16);

        _refusedToAdd(fifth, abi.encodeWithSelector(IMandate.BadAssetCount.selector, 17, 16));
    }

    /// @dev Else mandate and vault would begin with different lists.
    function test_addAsset_revertsBeforeTheVaultIsBound() external {
        mandate = _unbound(assetConfigs());

        _refusedToAdd(fifth, abi.encodeWithSelector(IMandate.NotBoundYet.selector));
    }

    /* REMOVING */

    function test_removeAsset_givesItsIndexToTheLastWithAllItsRules() external {
        AssetConfig memory sixth = pricedAsset();
        (sixth.maxWeight, sixth.band, sixth.hardBand) = (0.4e18, 0.01e18, 0.05e18);
        _add(fifth);
        _add(sixth);
        _schedule(_sixWeights());
        vm.warp(block.timestamp + 5 days);
        uint256 weight = mandate.targets()[5];
        assertGt(weight, 0);

        vm.expectEmit(address(vault));
        emit IVault.AssetDelisted(fifth.token, COUNT);
        vm.prank(owner);
        mandate.removeAsset(COUNT);

        assertEq(mandate.tokens()[COUNT], sixth.token);
        assertEq(abi.encode(mandate.tokens()), abi.encode(vault.tokens()));
        assertEq(mandate.targets()[COUNT], weight);
        assertEq(mandate.bounds(COUNT).maxWeight, 0.4e18);
        AssetRule memory rule = mandate.rule(COUNT);
        assertEq(abi.encode(rule), abi.encode(AssetRule(0, 0.1e18, 0.01e18, 0.05e18)));
        vm.expectRevert(abi.encodeWithSelector(IMandate.UnknownAsset.selector, 5, 5));
        mandate.rule(5);
    }

    /// @dev INV-9: the targets of the others, running schedule included, do not notice.
    function testFuzz_removeAsset_movesNoTarget(uint256 elapsed) external {
        _add(fifth);
        _add(pricedAsset());
        _schedule(_sixWeights());
        vm.warp(block.timestamp + bound(elapsed, 0, 60 days));
        uint256[] memory before = mandate.targets();

        vm.prank(owner);
        mandate.removeAsset(COUNT);

        uint256[] memory targets = mandate.targets();
        for (uint256 i; i < COUNT; ++i) {
            assertEq(targets[i], before[i]);
        }
        assertEq(targets[COUNT], before[5]);
    }

    function test_removeAsset_revertsForTheBaseAsset() external {
        vm.prank(owner);
        vm.expectRevert(IMandate.BaseAsset.selector);
        mandate.removeAsset(0);
    }

    /// @dev A weight now or at the end of the schedule.
    function test_removeAsset_revertsWhileItHasAWeight() external {
        _add(fifth);
        uint256[] memory weights = new uint256[](5);
        (weights[0], weights[1], weights[2], weights[4]) = (0.3e18, 0.3e18, 0.3e18, 0.1e18);
        _schedule(weights);
        assertEq(mandate.targets()[COUNT], 0);

        _refusedToRemove(
            COUNT, abi.encodeWithSelector(IMandate.WeightNotZero.selector, fifth.token, 0.1e18)
        );
        _refusedToRemove(
            LINK,
            abi.encodeWithSelector(IMandate.WeightNotZero.selector, address(tokens[LINK]), 0.2e18)
        );
    }

    function testFuzz_removeAsset_revertsWhenTheIndexIsUnknown(uint256 asset) external {
        asset = bound(asset, COUNT, type(uint256).max);
        bytes memory reason = abi.encodeWithSelector(IMandate.UnknownAsset.selector, asset, COUNT);

        _refusedToRemove(asset, reason);
        vm.prank(owner);
        vm.expectRevert(reason);
        mandate.writeOff(asset);
    }

    function test_removeAsset_revertsBeforeTheVaultIsBound() external {
        AssetConfig[] memory configs = assetConfigs();
        (configs[0].weight, configs[LINK].weight) = (0.4e18, 0);
        mandate = _unbound(configs);

        _refusedToRemove(LINK, abi.encodeWithSelector(IMandate.NotBoundYet.selector));
    }

    function test_removeAsset_letsItComeBack() external {
        _add(fifth);
        vm.prank(owner);
        mandate.removeAsset(COUNT);

        _add(fifth);

        assertEq(vault.tokens()[COUNT], fifth.token);
    }

    /* ROUTES AND INDICES */

    /// @dev Whatever is listed, removed and routed, in whatever order: an active route trades the
    /// two tokens it was registered for, a route of a removed token has ended, and the two lists
    /// agree.
    function testFuzz_removeAsset_neverChangesWhatARouteTrades(uint256 seed) external {
        _expectExisting();

        for (uint256 i; i < 16; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            if (seed % 8 < 3) _addSome(seed >> 8);
            else if (seed % 8 < 5) _removeSome(seed >> 8);
            else _routeSome(seed >> 8);
            assertEq(abi.encode(mandate.tokens()), abi.encode(vault.tokens()), "lists");
        }

        address[] memory listed = mandate.tokens();
        for (uint256 id; id < expected.length; ++id) {
            Route memory route = mandate.routeAt(id);
            assertEq(route.active, expected[id].active, "active");
            if (!route.active) continue;
            assertEq(listed[route.tokenIn], expected[id].tokenIn, "tokenIn");
            assertEq(listed[route.tokenOut], expected[id].tokenOut, "tokenOut");
        }
    }

    function _expectExisting() private {
        address[] memory listed = mandate.tokens();
        for (uint256 id; id < mandate.routeCount(); ++id) {
            Route memory route = mandate.routeAt(id);
            expected.push(Expected(listed[route.tokenIn], listed[route.tokenOut], true));
        }
    }

    function _addSome(uint256 seed) private {
        if (candidates.length == 0) return;
        uint256 index = seed % candidates.length;
        _add(candidates[index]);
        candidates[index] = candidates[candidates.length - 1];
        candidates.pop();
    }

    /// @dev Any but the four that have weights; it may come back later.
    function _removeSome(uint256 seed) private {
        address[] memory listed = mandate.tokens();
        if (listed.length == COUNT) return;
        uint256 asset = COUNT + seed % (listed.length - COUNT);
        vm.prank(owner);
        mandate.removeAsset(asset);
        fifth.token = listed[asset];
        candidates.push(fifth);
        for (uint256 id; id < expected.length; ++id) {
            Expected storage route = expected[id];
            if (route.tokenIn == listed[asset] || route.tokenOut == listed[asset]) {
                route.active = false;
            }
        }
    }

    /// @dev Half of them with data too long for the route's own slots.
    function _routeSome(uint256 seed) private {
        address[] memory listed = mandate.tokens();
        uint256 tokenIn = seed % listed.length;
        uint256 tokenOut = (tokenIn + 1 + (seed >> 8) % (listed.length - 1)) % listed.length;
        bytes memory data = new bytes(seed >> 16 & 1 == 0 ? 3 : 23);
        vm.prank(owner);
        mandate.addRoute(RouteConfig(address(script), uint8(tokenIn), uint8(tokenOut), data));
        expected.push(Expected(listed[tokenIn], listed[tokenOut], true));
    }

    /* WRITING OFF */

    /// @dev On target before, on target after: the weights held and the targets change alike.
    function test_writeOff_makesTheOtherTargetsTakeItsPlaceWithoutDrift() external {
        uint256[] memory expected = new uint256[](COUNT);
        (expected[USDC], expected[WBTC], expected[WETH]) = (0.25e18, 0.375e18, 0.375e18);
        vm.expectEmit(address(mandate));
        emit IMandate.AssetWriteOff(address(tokens[LINK]), expected);
        vm.expectEmit(address(vault));
        emit IVault.AssetWrittenOff(address(tokens[LINK]), vault.holdings()[LINK]);
        _writeOff(LINK);

        uint256[] memory targets = mandate.targets();
        assertEq(targets[LINK], 0);
        assertEq(targets[WBTC], 0.375e18);
        assertEq(targets[WETH], 0.375e18);
        assertEq(targets[USDC], 0.25e18);
        assertEq(mandate.rule(USDC).endWeight, 0.25e18);
        assertTrue(mandate.isWrittenOff(address(tokens[LINK])));
        assertEq(vault.writtenOff(), 1 << LINK);
        assertLe(_driftWithout(LINK), COUNT);
    }

    /// @dev INV-9: targets sum to one, and the relative sizes of the others stay, in the middle of
    /// a schedule too, which ends.
    function testFuzz_writeOff_keepsTheProportionsOfTheOthers(uint256 elapsed, uint256 asset)
        external
    {
        asset = bound(asset, 1, COUNT - 1);
        uint256[] memory weights = new uint256[](COUNT);
        (weights[0], weights[1], weights[2], weights[3]) = (0.3e18, 0.1e18, 0.2e18, 0.4e18);
        _schedule(weights);
        vm.warp(block.timestamp + bound(elapsed, 0, 40 days));
        uint256[] memory before = mandate.targets();

        _writeOff(asset);

        uint256[] memory targets = mandate.targets();
        uint256 sum;
        for (uint256 i; i < COUNT; ++i) {
            sum += targets[i];
            uint256 exact = i == asset ? 0 : before[i] * WAD / (WAD - before[asset]);
            assertApproxEqAbs(targets[i], exact, COUNT);
        }
        assertEq(sum, WAD);
        vm.warp(block.timestamp + 100 days);
        assertEq(mandate.targets(), targets);
    }

    /// @dev Where nothing else has a weight, the base asset takes all.
    function test_writeOff_ofTheOnlyWeightLeavesTheBaseAsset() external {
        vm.prank(owner);
        mandate.setBounds(WETH, 0, uint64(WAD));
        uint256[] memory weights = new uint256[](COUNT);
        weights[WETH] = WAD;
        _schedule(weights);
        vm.warp(block.timestamp + 90 days);

        _writeOff(WETH);

        assertEq(mandate.targets()[USDC], WAD);
        assertEq(mandate.targets()[WETH], 0);
    }

    /// @dev Rounded up, the others would be more than all, where the base asset has no weight.
    function test_writeOff_roundsTheOtherTargetsDown() external {
        uint256[] memory weights = new uint256[](COUNT);
        (weights[WBTC], weights[WETH], weights[LINK]) = (0.3e18, 0.4e18, 0.3e18);
        _schedule(weights);
        vm.warp(block.timestamp + 90 days);

        _writeOff(LINK);

        weights = mandate.targets();
        assertEq(weights[WBTC], uint256(0.3e18) * 10 / 7);
        assertEq(weights[WETH], uint256(0.4e18) * 10 / 7);
        assertEq(weights[USDC], 1);
    }

    function test_writeOff_endsEveryRouteOfTheAssetAndNoOther() external {
        _writeOff(LINK);

        for (uint256 id; id < mandate.routeCount(); ++id) {
            Route memory route = mandate.routeAt(id);
            assertEq(route.active, route.tokenIn != LINK && route.tokenOut != LINK);
        }
    }

    function test_writeOff_isForEver() external {
        address token = address(tokens[LINK]);
        bytes memory reason = abi.encodeWithSelector(IMandate.AssetWrittenOff.selector, token);
        _writeOff(LINK);

        vm.startPrank(owner);
        vm.expectRevert(reason);
        mandate.writeOff(LINK);
        vm.expectRevert(reason);
        mandate.setBounds(LINK, 0, 0.5e18);
        vm.expectRevert(reason);
        mandate.addRoute(RouteConfig(address(script), uint8(LINK), 0, ""));
        vm.expectRevert(reason);
        mandate.addRoute(RouteConfig(address(script), 0, uint8(LINK), ""));
        vm.stopPrank();
    }

    function test_writeOff_leavesTheManagerNoWeightForIt() external {
        uint256[] memory weights = mandate.targets();
        _writeOff(LINK);
        uint256 startsAt = block.timestamp + 1 days;

        vm.prank(manager);
        vm.expectRevert(
            abi.encodeWithSelector(IMandate.WeightOutOfBounds.selector, LINK, 0.2e18, 0, 0)
        );
        mandate.scheduleTargets(weights, startsAt, startsAt + 60 days);
    }

    function test_writeOff_isNotListedAgainOnceRemoved() external {
        _add(fifth);
        _writeOff(COUNT);
        vm.prank(owner);
        mandate.removeAsset(COUNT);
        assertEq(vault.tokens().length, COUNT);

        _refusedToAdd(fifth, abi.encodeWithSelector(IMandate.AssetWrittenOff.selector, fifth.token));
    }

    function test_writeOff_revertsForTheBaseAsset() external {
        vm.prank(owner);
        vm.expectRevert(IMandate.BaseAsset.selector);
        mandate.writeOff(0);
    }

    /* HELPERS */

    function _add(AssetConfig memory config) internal {
        vm.prank(owner);
        mandate.addAsset(config);
    }

    function _writeOff(uint256 asset) internal {
        vm.prank(owner);
        mandate.writeOff(asset);
    }

    function _refusedToAdd(AssetConfig memory config, bytes memory reason) internal {
        vm.prank(owner);
        vm.expectRevert(reason);
        mandate.addAsset(config);
    }

    function _refusedToRemove(uint256 asset, bytes memory reason) internal {
        vm.prank(owner);
        vm.expectRevert(reason);
        mandate.removeAsset(asset);
    }

    /// @dev From tomorrow, as fast as allowed and a second more.
    function _schedule(uint256[] memory weights) internal {
        uint256 startsAt = block.timestamp + 1 days;
        vm.prank(manager);
        mandate.scheduleTargets(weights, startsAt, startsAt + 71 days);
    }

    /// @dev Half of LINK's weight for the sixth asset.
    function _sixWeights() internal view returns (uint256[] memory weights) {
        weights = new uint256[](6);
        for (uint256 i; i < COUNT; ++i) {
            weights[i] = mandate.targets()[i];
        }
        (weights[LINK], weights[5]) = (0.1e18, 0.1e18);
    }

    /// @dev Total drift at oracle prices where `worthless` counts for nothing.
    function _driftWithout(uint256 worthless) internal view returns (uint256) {
        (uint256[] memory values,) = portfolio();
        values[worthless] = 0;
        return driftOf(values);
    }

    function _unbound(AssetConfig[] memory configs) internal returns (Mandate) {
        Roles memory roles = Roles(owner, manager, guardian, new address[](0));
        return new Mandate(roles, defaultLimits(), configs, new RouteConfig[](0));
    }
}
