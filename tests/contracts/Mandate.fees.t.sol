// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IMandate, Roles, RouteConfig} from "../../contracts/interfaces/IMandate.sol";
import {Mandate} from "../../contracts/Mandate.sol";
import {Limits, Plan, Position, Reason, WAD} from "../../contracts/types/Types.sol";
import {UniswapV3Venue} from "../../contracts/venues/UniswapV3Venue.sol";
import {DoorsFixture} from "./fixtures/DoorsFixture.sol";
import {Flooder, GasBurner} from "./fixtures/Hostile.sol";
import {UniswapFixture} from "./fixtures/UniswapFixture.sol";

/// @notice A venue that floods or fails when it is asked for its fee.
contract FloodingVenue is Flooder {
    constructor(uint256 size, bool reverts) Flooder(size, reverts) {}

    function payee(address, address, bytes calldata) external view returns (address) {
        return address(this);
    }
}

/// @notice A venue that burns all its gas when it is asked for its fee.
contract BurningVenue is GasBurner {
    function payee(address, address, bytes calldata) external view returns (address) {
        return address(this);
    }
}

/// @notice The public tier may lose the worst fee of a route and 20 bp, at most the owner's limit
/// of 40 bp. What venues say of their fees is judged when a route is registered.
contract MandateFeesTest is DoorsFixture, UniswapFixture {
    uint256 internal constant LIMIT = 0.004e18;
    uint256 internal constant MARGIN = 0.002e18;

    /* THE SLIPPAGE OF THE PUBLIC TIER */

    function test_plan_allowsThePublicTierTheFeeAndTwentyBasisPoints() external {
        _offer(0.0005e18);

        assertEq(mandate.worstFee(), 0.0005e18);
        assertEq(_plan(stranger).slippage, 0.0025e18);
    }

    function test_plan_capsThePublicTierAtTheOwnersLimit() external {
        _offer(0.003e18);

        assertEq(mandate.worstFee(), 0.003e18);
        assertEq(_plan(stranger).slippage, LIMIT);
    }

    function testFuzz_plan_allowsTheLessOfLimitAndFeeWithMargin(uint256 fee, uint64 limit)
        external
    {
        fee = bound(fee, 0, fee % 2 == 0 ? 0.004e18 : WAD - 1);
        limit = uint64(bound(limit, 0, LIMIT));
        _offer(fee);
        Limits memory limits = mandate.limits();
        limits.publicSlippage = limit;
        setLimits(limits);

        uint256 slippage = _plan(stranger).slippage;

        assertEq(slippage, Math.min(limit, Math.ceilDiv(fee, 1e12) * 1e12 + MARGIN));
    }

    function testFuzz_plan_leavesTheKeepersTheirSlippage(uint256 fee) external {
        _offer(bound(fee, 0, WAD - 1));

        Plan memory plan = _plan(keeper);

        assertEq(uint8(plan.reason), uint8(Reason.Threshold));
        assertEq(plan.slippage, 0.01e18);
    }

    /// @dev Real pools of 5 bp, in which one route has two hops, and then one of 30 bp.
    function test_plan_followsTheFeesOfRealPools() external {
        deployUniswap();
        createPool(tokens[USDC], tokens[WETH], 500, 20_000_000e6, 10_000e18);
        createPool(tokens[WBTC], tokens[WETH], 500, 500e8, 10_000e18);
        createPool(tokens[USDC], tokens[WETH], 3000, 20_000_000e6, 10_000e18);
        address through = address(new UniswapV3Venue(router));
        _govern(RouteConfig(through, uint8(USDC), uint8(WETH), abi.encodePacked(uint24(500))));
        assertEq(_plan(stranger).slippage, 0.0025e18);

        bytes memory twoHops = abi.encodePacked(uint24(500), tokens[WETH], uint24(500));
        _add(RouteConfig(through, uint8(USDC), uint8(WBTC), twoHops));
        // 9.9975 bp, rounded up to a hundredth of one.
        assertEq(_plan(stranger).slippage, 0.003e18);

        _add(RouteConfig(through, uint8(WETH), uint8(USDC), abi.encodePacked(uint24(3000))));
        assertEq(_plan(stranger).slippage, LIMIT);
    }

    /* THE WORST FEE */

    function test_worstFee_isZeroWithoutRoutes() external {
        mandate = new Mandate(_roles(), defaultLimits(), assetConfigs(), new RouteConfig[](0));

        assertEq(mandate.worstFee(), 0);
        assertEq(_plan(stranger).slippage, MARGIN);
    }

    function testFuzz_worstFee_isTheWorstThatAnyRouteCharged(uint256[5] memory fees) external {
        _offer(0);
        uint256 worst;
        for (uint256 i; i < fees.length; ++i) {
            fees[i] = bound(fees[i], 0, WAD - 1) / 10 ** (fees[i] % 18);
            worst = Math.max(worst, fees[i]);

            _addAtFee(fees[i]);

            assertEq(mandate.worstFee(), Math.ceilDiv(worst, 1e12) * 1e12);
        }
    }

    function test_addRoute_widensThePublicTierUpToTheLimit() external {
        _offer(0.0005e18);

        _addAtFee(0.001e18);
        assertEq(_plan(stranger).slippage, 0.003e18);
        _addAtFee(0.99e18);
        assertEq(_plan(stranger).slippage, LIMIT);
        _addAtFee(0.0001e18);
        assertEq(_plan(stranger).slippage, LIMIT);
    }

    function test_removeRoute_leavesTheWorstFee() external {
        _offer(0.0005e18);
        uint256 id = _addAtFee(0.001e18);

        vm.prank(guardian);
        mandate.removeRoute(id);

        assertEq(mandate.worstFee(), 0.001e18);
        assertEq(_plan(stranger).slippage, 0.003e18);
    }

    /// @dev It shares a slot with the times and the number of assets.
    function test_addRoute_changesNothingElse() external {
        vm.prank(guardian);
        mandate.pause();
        vm.prank(guardian);
        mandate.freezeWeights();
        (uint256 startsAt, uint256 endsAt) = mandate.schedule();
        uint256 until = mandate.pausedUntil();

        _addAtFee(WAD - 1);

        assertEq(mandate.worstFee(), WAD);
        assertEq(mandate.tokens().length, COUNT);
        assertEq(mandate.pausedUntil(), until);
        assertEq(mandate.pauseReadyAt(), until + 7 days);
        assertTrue(mandate.weightsFrozen());
        (uint256 start, uint256 end) = mandate.schedule();
        assertEq(start, startsAt);
        assertEq(end, endsAt);
    }

    /// @dev Nor do the rules of time and of assets change it.
    function test_worstFee_staysWhateverElseChanges() external {
        _offer(0.0012e18);

        vm.startPrank(guardian);
        mandate.pause();
        mandate.freezeWeights();
        vm.startPrank(owner);
        mandate.unpause();
        mandate.unfreezeWeights();
        mandate.writeOff(WBTC);
        vm.stopPrank();

        assertEq(mandate.worstFee(), 0.0012e18);
    }

    /* VENUES THAT LIE */

    function testFuzz_addRoute_revertsWhenTheRouteTakesAll(uint256 fee) external {
        fee = bound(fee, WAD, type(uint256).max);
        venue.setFee(fee);

        _refused(
            address(venue),
            abi.encodeWithSelector(IMandate.FeeTooHigh.selector, address(venue), fee, WAD)
        );
    }

    function test_constructor_revertsWhenARouteTakesAll() external {
        venue.setFee(WAD);
        RouteConfig[] memory routes = new RouteConfig[](1);
        routes[0] = RouteConfig(address(venue), uint8(USDC), uint8(WETH), "");

        vm.expectRevert(
            abi.encodeWithSelector(IMandate.FeeTooHigh.selector, address(venue), WAD, WAD)
        );
        new Mandate(_roles(), defaultLimits(), assetConfigs(), routes);
    }

    /// @dev The first word of what it says is kept, so that somebody can look up why.
    function testFuzz_addRoute_revertsWhenTheVenueReverts(uint256 size) external {
        size = bound(size, 0, 100);

        _refusedAsUnknown(address(new FloodingVenue(size, true)), Math.min(size, 32));
    }

    function testFuzz_addRoute_revertsWhenTheAnswerIsNoNumber(uint256 size) external {
        size = bound(size, 0, 31);

        _refusedAsUnknown(address(new FloodingVenue(size, false)), size);
    }

    /// @dev The owner pays for the flood once, as the venue does, and not again for a copy of it.
    function test_addRoute_doesNotPayForAFlood() external {
        address flooding = address(new FloodingVenue(500_000, true));
        RouteConfig memory config = RouteConfig(flooding, uint8(USDC), uint8(WETH), "");
        uint256 before = gasleft();
        (bool ok,) = flooding.staticcall(hex"01");
        uint256 flood = before - gasleft();
        assertFalse(ok);

        vm.prank(owner);
        before = gasleft();
        try mandate.addRoute(config) {
            fail();
        } catch (bytes memory reason) {
            assertEq(reason, _unknown(flooding, 32));
        }

        assertLt(before - gasleft(), flood * 3 / 2);
    }

    /// @dev A flood that begins with a fee is a fee.
    function test_addRoute_takesTheFirstWordOfAnAnswer() external {
        _offer(0.0005e18);
        address flooding = address(new FloodingVenue(500_000, false));

        uint256 id = _add(RouteConfig(flooding, uint8(USDC), uint8(WETH), ""));

        assertTrue(mandate.routeAt(id).active);
        assertEq(mandate.worstFee(), 0.0005e18);
    }

    function test_addRoute_revertsWhenTheVenueBurnsItsGas() external {
        address burning = address(new BurningVenue());

        vm.prank(owner);
        vm.expectRevert(_unknown(burning, 0));
        mandate.addRoute{gas: 5_000_000}(RouteConfig(burning, uint8(USDC), uint8(WETH), ""));
    }

    /* HELPERS */

    /// @dev A vault all of whose routes charge `fee`, with nothing in it.
    function _offer(uint256 fee) private {
        venue.setFee(fee);
        createVault();
        seedVault(SHARES);
    }

    /// @dev A mandate of one route.
    function _govern(RouteConfig memory config) private {
        RouteConfig[] memory routes = new RouteConfig[](1);
        routes[0] = config;
        mandate = new Mandate(_roles(), defaultLimits(), assetConfigs(), routes);
    }

    function _addAtFee(uint256 fee) private returns (uint256) {
        venue.setFee(fee);
        return _add(RouteConfig(address(venue), uint8(USDC), uint8(WETH), ""));
    }

    function _add(RouteConfig memory config) private returns (uint256) {
        vm.prank(owner);
        return mandate.addRoute(config);
    }

    /// @dev What is due beyond the hard band, a while after it was put on record.
    function _plan(address caller) private view returns (Plan memory plan) {
        Position memory position;
        (position.caller, position.pokedAt) = (caller, block.timestamp - 10 minutes);
        (position.nav, position.values) = (WAD, mandate.targets());
        position.values[USDC] -= 0.1e18;
        position.values[WETH] += 0.1e18;
        plan = mandate.plan(position);
        if (caller != keeper) assertEq(uint8(plan.reason), uint8(Reason.Public));
    }

    function _roles() private view returns (Roles memory) {
        return
            Roles({owner: owner, manager: manager, guardian: guardian, keepers: new address[](0)});
    }

    function _refused(address through, bytes memory reason) private {
        vm.prank(owner);
        vm.expectRevert(reason);
        mandate.addRoute(RouteConfig(through, uint8(USDC), uint8(WETH), ""));
    }

    /// @dev Zeros of the given number are what it said.
    function _refusedAsUnknown(address through, uint256 size) private {
        _refused(through, _unknown(through, size));
    }

    function _unknown(address through, uint256 size) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IMandate.FeeUnknown.selector, through, new bytes(size));
    }
}
