// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Action, IAutopilot, Job} from "../../contracts/interfaces/IAutopilot.sol";
import {IMandate} from "../../contracts/interfaces/IMandate.sol";
import {IVault} from "../../contracts/interfaces/IVault.sol";
import {Leg, WAD} from "../../contracts/types/Types.sol";
import {AutopilotFixture} from "./fixtures/AutopilotFixture.sol";

/// @notice The autopilot's legs pair the largest excess with the largest deficit, along the routes
/// it may use, each large enough and none too large for the market.
contract AutopilotPlanTest is AutopilotFixture {
    /// @dev WETH has 210,000 too many; WBTC and the two smaller lack 90,000 and 60,000 each: as
    /// much of it as the bucket's 15 % of 1.3 million lets through, the largest first.
    function test_planOf_pairsTheLargestExcessWithTheLargestDeficit() external {
        setPrice(WETH, 4_000e8);
        vault.poke();
        passTime(10 minutes);

        (Action action, Leg[] memory legs) = planned(job());

        assertEq(uint8(action), uint8(Action.Rebalance));
        assertEq(legs.length, 3);
        assertEq(legs[0].routeId, routeId[WETH][WBTC]);
        assertApproxEqAbs(legs[0].amountIn, 90_000e18 / uint256(4_000), 1e6);
        uint256 total = legs[0].amountIn + legs[1].amountIn + legs[2].amountIn;
        assertApproxEqAbs(total, 195_000e18 / uint256(4_000), 1e6);
    }

    function test_planOf_takesTheLowestActiveRoute() external {
        setPrice(WETH, 4_000e8);
        vm.prank(guardian);
        mandate.removeRoute(routeId[WETH][WBTC]);

        (, Leg[] memory legs) = planned(job());

        assertEq(legs[0].routeId, scripted[WETH][WBTC]);
    }

    function test_planOf_takesTheRoutesItIsGivenInTheirOrder() external {
        setPrice(WETH, 4_000e8);
        Job memory asked = job();
        asked.routeIds = new uint256[](2);
        (asked.routeIds[0], asked.routeIds[1]) = (scripted[WETH][LINK], routeId[WETH][LINK]);

        (, Leg[] memory legs) = planned(asked);

        assertEq(legs.length, 1);
        assertEq(legs[0].routeId, scripted[WETH][LINK]);
    }

    function test_planOf_doesWithoutAPairThatNoRouteConnects() external {
        setPrice(WETH, 4_000e8);
        vm.startPrank(guardian);
        mandate.removeRoute(routeId[WETH][WBTC]);
        mandate.removeRoute(scripted[WETH][WBTC]);
        vm.stopPrank();

        (, Leg[] memory legs) = planned(job());

        assertEq(legs.length, 2);
    }

    function test_planOf_revertsForARouteThatDoesNotExist() external {
        setPrice(WETH, 4_000e8);
        Job memory asked = job();
        asked.routeIds = new uint256[](1);
        asked.routeIds[0] = 1_000;

        vm.expectPartialRevert(IMandate.UnknownRoute.selector);
        autopilot.planOf(asked);
    }

    function testFuzz_planOf_revertsForAPartThatIsNone(uint256 fraction) external {
        setPrice(WETH, 4_000e8);
        Job memory asked = job();
        asked.fraction = fraction == 0 ? 0 : bound(fraction, WAD + 1, type(uint256).max);

        vm.expectRevert(
            abi.encodeWithSelector(IAutopilot.BadFraction.selector, asked.fraction, WAD)
        );
        autopilot.planOf(asked);
    }

    /// @dev In full 90,000 would move the pool by more than the tenth of a per cent that the public
    /// slippage leaves beside the fee.
    function test_checkUpkeep_halvesLegsThatAreTooMuchForTheMarket() external {
        setPrice(WETH, 4_000e8);
        pokeAndWait();
        vm.expectPartialRevert(IVault.ReceivedTooLittle.selector);
        autopilot.performUpkeep(abi.encode(job()));

        (bool needed, bytes memory performData) = check(job());
        assertTrue(needed);
        assertLt(abi.decode(performData, (Job)).fraction, WAD);
        perform(performData);

        assertEq(vault.state().nonce, 1);
    }

    /// @dev What the check names saves the search through all routes.
    function test_checkUpkeep_namesTheRoutesThatItUsed() external {
        setPrice(WETH, 4_000e8);
        _checkRoutesNamed();
        pokeAndWait();
        _checkRoutesNamed();
    }

    function _checkRoutesNamed() private {
        (, bytes memory performData) = check(job());

        Job memory found = abi.decode(performData, (Job));
        assertEq(address(found.vault), address(vault));
        assertEq(found.routeIds.length, 3);
        assertEq(found.routeIds[0], routeId[WETH][WBTC]);
    }

    /// @dev WBTC lacks less than the least leg: buying it would make the vault refuse the others.
    function testFuzz_planOf_leavesOutWhatIsTooSmallForALeg(uint256 lack) external {
        lack = bound(lack, 1e10, 0.000099e18);
        setPrice(WETH, 3_400e8);
        setPrice(WBTC, _priceForWeight(WBTC, mandate.targets()[WBTC] - lack));
        vault.poke();
        passTime(10 minutes);

        (, Leg[] memory legs) = planned(scriptedJob());
        autopilot.perform(scriptedJob());

        assertEq(legs.length, 2);
        assertEq(vault.state().nonce, 1);
    }

    /// @dev The price, with 8 decimals, at which an asset has a weight while all others keep theirs.
    function _priceForWeight(uint256 asset, uint256 weight) private view returns (uint256) {
        (uint256[] memory values, uint256 nav) = portfolio();
        uint256 value = (nav - values[asset]) * weight / (WAD - weight);
        return value * 10 ** tokens[asset].decimals() * 1e8 / (vault.holdings()[asset] * WAD);
    }
}
