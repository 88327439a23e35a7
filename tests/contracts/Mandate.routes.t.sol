// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IMandate, RouteConfig} from "../../contracts/interfaces/IMandate.sol";
import {IVenue} from "../../contracts/interfaces/IVenue.sol";
import {Route} from "../../contracts/types/Types.sol";
import {VaultFixture} from "./fixtures/VaultFixture.sol";

/// @notice Routes keep their ids for ever, and a pause ends by itself.
contract MandateRoutesAndPauseTest is VaultFixture {
    /* ROUTES */

    function test_addRoute_registersThePayeeAndEmits() external {
        RouteConfig memory config = _config(WETH, LINK);
        uint256 id = mandate.routeCount();

        vm.expectEmit(address(mandate));
        emit IMandate.RouteAdded(
            id,
            address(tokens[WETH]),
            address(tokens[LINK]),
            address(venue),
            address(router),
            config.data,
            0.003e18
        );
        vm.prank(owner);
        assertEq(mandate.addRoute(config), id);

        Route memory found = mandate.route(id);
        assertEq(found.venue, address(venue));
        assertEq(found.tokenIn, WETH);
        assertEq(found.tokenOut, LINK);
        assertEq(found.payee, address(router));
        assertEq(found.data, config.data);
        assertTrue(found.active);
        assertEq(mandate.routeCount(), id + 1);
    }

    function testFuzz_addRoute_revertsWhenTheIndicesNameNoPair(uint8 tokenIn, uint8 tokenOut)
        external
    {
        vm.assume(tokenIn >= COUNT || tokenOut >= COUNT || tokenIn == tokenOut);

        _refused(
            _config(tokenIn, tokenOut),
            abi.encodeWithSelector(IMandate.BadRoute.selector, tokenIn, tokenOut)
        );
    }

    function test_addRoute_revertsOneBeyondTheLastAsset() external {
        uint8 beyond = uint8(COUNT);
        bytes memory reason = abi.encodeWithSelector(IMandate.BadRoute.selector, beyond, USDC);
        _refused(_config(beyond, uint8(USDC)), reason);
        reason = abi.encodeWithSelector(IMandate.BadRoute.selector, USDC, beyond);
        _refused(_config(uint8(USDC), beyond), reason);
    }

    function test_addRoute_revertsWhenTheVenueHasNoCode() external {
        RouteConfig memory config = _config(WETH, LINK);
        config.venue = stranger;

        _refused(config, abi.encodeWithSelector(IMandate.NoCode.selector, stranger));
    }

    function test_addRoute_revertsWhenTheVenueCannotTradeIt() external {
        RouteConfig memory config = _config(WETH, LINK);
        config.data = abi.encodePacked(uint24(500));

        _refused(
            config,
            abi.encodeWithSelector(
                IVenue.PoolMissing.selector, address(tokens[WETH]), address(tokens[LINK]), 500
            )
        );
    }

    /// @dev Whoever planned a leg with an id gets that route or none.
    function testFuzz_removeRoute_neverLetsAnIdBeReused(uint256 id) external {
        uint256 count = mandate.routeCount();
        id = bound(id, 0, count - 1);

        vm.expectEmit(address(mandate));
        emit IMandate.RouteRemoved(id, guardian);
        vm.prank(guardian);
        mandate.removeRoute(id);
        vm.prank(owner);
        assertEq(mandate.addRoute(_config(WETH, LINK)), count);

        assertFalse(mandate.routeAt(id).active);
        vm.expectRevert(abi.encodeWithSelector(IMandate.RouteInactive.selector, id));
        mandate.route(id);
        vm.prank(owner);
        vm.expectRevert(abi.encodeWithSelector(IMandate.RouteInactive.selector, id));
        mandate.removeRoute(id);
    }

    function test_route_revertsOneBeyondTheLast() external {
        uint256 count = mandate.routeCount();

        vm.expectRevert(abi.encodeWithSelector(IMandate.UnknownRoute.selector, count, count));
        mandate.route(count);
    }

    function testFuzz_route_revertsWhenTheIdIsUnknown(uint256 id) external {
        uint256 count = mandate.routeCount();
        id = bound(id, count, type(uint256).max);
        bytes memory reason = abi.encodeWithSelector(IMandate.UnknownRoute.selector, id, count);

        vm.expectRevert(reason);
        mandate.route(id);
        vm.expectRevert(reason);
        mandate.routeAt(id);
        vm.prank(guardian);
        vm.expectRevert(reason);
        mandate.removeRoute(id);
    }

    /* PAUSE */

    function test_pause_lastsSevenDaysAndEmits() external {
        uint256 until = block.timestamp + 7 days;

        vm.expectEmit(address(mandate));
        emit IMandate.TradingPaused(guardian, until);
        vm.prank(guardian);
        mandate.pause();

        assertEq(mandate.pausedUntil(), until);
        assertEq(mandate.pauseReadyAt(), until + 7 days);
    }

    /// @dev INV-10: at most seven days in any fourteen, even if the owner ends the pause early.
    function testFuzz_pause_revertsUntilFourteenDaysHavePassed(uint256 waited, bool endedEarly)
        external
    {
        uint256 readyAt = block.timestamp + 14 days;
        vm.prank(guardian);
        mandate.pause();
        vm.prank(owner);
        if (endedEarly) mandate.unpause();
        vm.stopPrank();
        vm.warp(block.timestamp + bound(waited, 0, 14 days - 1));

        vm.prank(guardian);
        vm.expectRevert(abi.encodeWithSelector(IMandate.PauseNotReady.selector, readyAt));
        mandate.pause();

        vm.warp(readyAt);
        vm.prank(guardian);
        mandate.pause();
        assertEq(mandate.pausedUntil(), readyAt + 7 days);
    }

    /// @dev INV-10: a new guardian does not get a fresh pause.
    function test_pause_isNotRenewedByANewGuardian() external {
        vm.prank(guardian);
        mandate.pause();
        vm.prank(owner);
        mandate.setGuardian(stranger);
        uint256 readyAt = mandate.pauseReadyAt();

        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(IMandate.PauseNotReady.selector, readyAt));
        mandate.pause();
    }

    function test_unpause_endsThePauseNowAndEmits() external {
        vm.prank(guardian);
        mandate.pause();
        vm.warp(block.timestamp + 1 days);

        vm.expectEmit(address(mandate));
        emit IMandate.TradingUnpaused();
        vm.prank(owner);
        mandate.unpause();

        assertEq(mandate.pausedUntil(), block.timestamp);
    }

    /* HELPERS */

    function _config(uint256 tokenIn, uint256 tokenOut) internal view returns (RouteConfig memory) {
        return RouteConfig({
            venue: address(venue),
            tokenIn: uint8(tokenIn),
            tokenOut: uint8(tokenOut),
            data: abi.encodePacked(FEE)
        });
    }

    function _refused(RouteConfig memory config, bytes memory reason) internal {
        vm.prank(owner);
        vm.expectRevert(reason);
        mandate.addRoute(config);
    }
}
