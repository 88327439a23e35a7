// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IVault} from "../../contracts/interfaces/IVault.sol";
import {Blocker, Leg, Reason} from "../../contracts/types/Types.sol";
import {VaultFixture} from "./fixtures/VaultFixture.sol";

/// @notice A rebalance moves the portfolio toward its targets at the oracle's price or better, or
/// it does not happen.
contract VaultRebalanceTest is VaultFixture {
    function setUp() public override {
        super.setUp();
        // Ether rises by a fifth: 34 % of the portfolio instead of 30 %.
        setPrice(WETH, 2_400e8);
    }

    function test_rebalance_bringsTheAssetsToTheirTargets() external {
        uint256 supply = vault.totalSupply();
        Leg[] memory legs = new Leg[](3);
        legs[0] = legOf(WETH, USDC, uint256(-excess(USDC)) * 99 / 100);
        legs[1] = legOf(WETH, WBTC, uint256(-excess(WBTC)) * 99 / 100);
        legs[2] = legOf(WETH, LINK, uint256(-excess(LINK)) * 99 / 100);

        rebalance(keeper, legs);

        for (uint256 i; i < COUNT; ++i) {
            assertApproxEqAbs(excess(i), 0, 2_000e18);
        }
        assertEq(vault.totalSupply(), supply);
    }
}
