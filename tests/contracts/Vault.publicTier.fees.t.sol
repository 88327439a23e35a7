// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {RouteConfig} from "../../contracts/interfaces/IMandate.sol";
import {IVault} from "../../contracts/interfaces/IVault.sol";
import {Leg} from "../../contracts/types/Types.sol";
import {DoorsFixture} from "./fixtures/DoorsFixture.sol";

/// @notice The vault holds anyone to the fee of its routes and 20 bp, and to the owner's limit of
/// 40 bp where that is less.
contract VaultPublicTierFeesTest is DoorsFixture {
    /// @dev What ten ether are worth.
    uint256 internal constant WORTH = 40_000e6;

    /// @dev A vault all of whose routes charge 5 bp, with too much ether in it, which is on record.
    function setUp() public override {
        super.setUp();
        venue.setFee(0.0005e18);
        createVault();
        seedVault(SHARES);
        setPrice(WETH, 4_000e18);
        vault.poke();
        vm.warp(block.timestamp + 10 minutes);
    }

    function test_rebalance_demandsAllButTwentyFiveBasisPointsWherePoolsTakeFive() external {
        _demands(WORTH * 9_975 / 10_000);
    }

    function test_rebalance_demandsAllButFortyBasisPointsWhereAPoolTakesThirty() external {
        _addRoute(0.003e18);

        _demands(WORTH * 9_960 / 10_000);
    }

    function test_rebalance_demandsLessOnceADearerRouteIsRegistered() external {
        _addRoute(0.001e18);
        _demands(WORTH * 9_970 / 10_000);

        _addRoute(0.5e18);
        _demands(WORTH * 9_960 / 10_000);
    }

    /// @dev A keeper is held to its own slippage, whatever the routes charge.
    function test_rebalance_demandsOfAKeeperWhatItAlwaysDoes() external {
        venue.payOut(WORTH * 99 / 100);

        rebalance(keeper, _legs());

        assertEq(vault.state().nonce, 1);
    }

    /* HELPERS */

    /// @dev One unit less is refused and the exact amount is taken, in a world that is then undone.
    function _demands(uint256 least) private {
        Leg[] memory legs = _legs();
        uint256 world = vm.snapshotState();
        venue.payOut(least - 1);
        vm.expectRevert(
            abi.encodeWithSelector(IVault.ReceivedTooLittle.selector, 0, least - 1, least)
        );
        vm.prank(stranger);
        vault.rebalance(legs, 0, block.timestamp);

        vm.revertToState(world);
        venue.payOut(least);
        rebalance(stranger, legs);
        assertEq(vault.state().nonce, 1);
        vm.revertToState(world);
    }

    function _addRoute(uint256 fee) private {
        venue.setFee(fee);
        vm.prank(owner);
        mandate.addRoute(RouteConfig(address(venue), uint8(WETH), uint8(USDC), ""));
    }

    function _legs() private pure returns (Leg[] memory legs) {
        legs = new Leg[](1);
        legs[0] = Leg({routeId: WETH * COUNT + USDC, amountIn: 10e18, minAmountOut: 0});
    }
}
