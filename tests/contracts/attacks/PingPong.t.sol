// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IVault} from "../../../contracts/interfaces/IVault.sol";
import {LegMath} from "../../../contracts/libraries/LegMath.sol";
import {Leg, PRICE_SCALE} from "../../../contracts/types/Types.sol";
import {ScriptedVaultFixture} from "../fixtures/ScriptedVaultFixture.sol";

/// @notice Attack: a keeper with a venue of its own trades back and forth, each time at the edge of
/// the oracle floor. Rules: a leg goes toward both targets and past neither, and within a
/// rebalance an asset is only sold or only bought.
contract PingPongAttackTest is ScriptedVaultFixture {
    uint256 internal constant SLIPPAGE = 0.01e18;

    function setUp() public override {
        super.setUp();
        // 42,000 of WETH too many; USDC, WBTC and LINK lack 12,000, 18,000 and 12,000.
        setOraclePrice(WETH, 2_400e8);
    }

    /// @dev 32 legs back and forth under the oracle floor alone, by the vault's own arithmetic:
    /// more than a quarter of what is moved goes to the venue, and the portfolio stands as before.
    function test_pingPong_drainsAVaultThatChecksOnlyTheFloor() external view {
        uint256[] memory prices = oracle.prices(addresses());
        uint256 amount = 100e18;
        uint256 start = amount * prices[WETH] / PRICE_SCALE;

        for (uint256 i; i < 16; ++i) {
            uint256 value = amount * prices[WETH] / PRICE_SCALE;
            uint256 dollars = LegMath.minimumOutUp(value, prices[USDC], SLIPPAGE);
            value = dollars * prices[USDC] / PRICE_SCALE;
            amount = LegMath.minimumOutUp(value, prices[WETH], SLIPPAGE);
        }

        uint256 lost = start - amount * prices[WETH] / PRICE_SCALE;
        assertGt(lost, start * 27 / 100);
        assertGt(lost, 65_000e18);
    }

    function test_pingPong_isRefusedOnItsWayBack() external {
        script.setFactor(0.99e18);

        expectRefusal(
            two(exactLeg(WETH, USDC, 5e18), exactLeg(USDC, WETH, 11_880e6)),
            abi.encodeWithSelector(
                IVault.PastTarget.selector, 1, address(tokens[USDC]), 11_880e18, 0
            )
        );
    }

    /// @dev A generous first leg takes USDC past its target, so that selling it on would be toward
    /// the target again: it is refused as a turn.
    function test_pingPong_isRefusedAroundATolerance() external {
        script.payOut(0.1e8);
        script.payOut(18_000e6);

        expectRefusal(
            two(exactLeg(WETH, USDC, 5e18), exactLeg(USDC, WBTC, 4_000e6)),
            abi.encodeWithSelector(IVault.SoldAndBought.selector, 1)
        );
    }

    /// @dev What a rogue can do in one rebalance is one way, once: one per cent of the drift.
    function test_pingPong_costsOnePerCentOfTheDriftUnderTheRules() external {
        (, uint256 before) = portfolio();
        script.setFactor(0.99e18);
        Leg[] memory legs = new Leg[](3);
        legs[0] = exactLeg(WETH, USDC, 5e18);
        legs[1] = exactLeg(WETH, WBTC, 7.5e18);
        legs[2] = exactLeg(WETH, LINK, 5e18);
        rebalance(keeper, legs);
        (, uint256 nav) = portfolio();

        assertEq(before - nav, 420e18);
        expectRefusal(
            one(exactLeg(WETH, USDC, 5e18)),
            abi.encodeWithSelector(
                // The portfolio is where it should be: nothing is due.
                IVault.RebalanceBlocked.selector,
                0,
                1,
                0
            )
        );
    }
}
