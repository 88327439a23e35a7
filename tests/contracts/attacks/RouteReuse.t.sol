// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IMandate, RouteConfig} from "../../../contracts/interfaces/IMandate.sol";
import {Leg} from "../../../contracts/types/Types.sol";
import {ScriptedVaultFixture} from "../fixtures/ScriptedVaultFixture.sol";
import {ScriptedVenue} from "../fixtures/ScriptedVenue.sol";

/// @notice Attack: a keeper's transaction waits to be mined; meanwhile its route is removed and the
/// freed number goes to another, worse route, which the transaction then runs. Rule: ids are only
/// ever added.
contract RouteReuseAttackTest is ScriptedVaultFixture {
    Leg[] internal waiting;

    function setUp() public override {
        super.setUp();
        setPrice(WETH, 2_400e8);
        waiting.push(legOf(WETH, USDC, 12_000e18));
    }

    /// @dev What the waiting transaction costs if its number means the worse route: the whole
    /// slippage, 120 instead of 36.
    function test_routeReuse_runsAnotherRouteWithoutTheRule() external {
        uint256 snapshot = vm.snapshotState();
        uint256 honest = _loss(waiting[0].routeId);
        vm.revertToState(snapshot);
        uint256 reused = _replaceTheRoute();

        uint256 loss = _loss(reused);

        assertApproxEqAbs(loss, 120e18, 1e12);
        assertLt(honest, 45e18);
    }

    function test_routeReuse_stopsTheWaitingTransactionUnderTheRule() external {
        uint256 id = waiting[0].routeId;
        uint256 count = mandate.routeCount();

        uint256 added = _replaceTheRoute();

        assertEq(added, count);
        expectRefusal(waiting, abi.encodeWithSelector(IMandate.RouteInactive.selector, id));
    }

    /// @dev However many routes come and go, no id is given twice.
    function testFuzz_routeReuse_neverHappens(uint256[8] memory removals) external {
        uint256 count = mandate.routeCount();
        for (uint256 i; i < removals.length; ++i) {
            vm.prank(guardian);
            try mandate.removeRoute(removals[i] % (count + i)) {} catch {}

            assertEq(_addRoute(), count + i);
        }

        assertEq(mandate.routeCount(), count + removals.length);
    }

    function _replaceTheRoute() private returns (uint256) {
        vm.prank(guardian);
        mandate.removeRoute(waiting[0].routeId);
        script = new ScriptedVenue();
        script.setFactor(0.99e18);
        return _addRoute();
    }

    /// @dev From WETH to USDC.
    function _addRoute() private returns (uint256) {
        vm.prank(owner);
        return
            mandate.addRoute(
                RouteConfig({venue: address(script), tokenIn: 2, tokenOut: 0, data: ""})
            );
    }

    /// @dev What the waiting leg loses through the route with this id.
    function _loss(uint256 id) private returns (uint256) {
        Leg[] memory legs = waiting;
        legs[0].routeId = id;
        (, uint256 before) = portfolio();
        rebalance(keeper, legs);
        (, uint256 nav) = portfolio();
        return before - nav;
    }
}
