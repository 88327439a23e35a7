// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Leg} from "../../../contracts/types/Types.sol";
import {ScriptedVaultFixture} from "../fixtures/ScriptedVaultFixture.sol";

/// @notice Not an attack but what a clumsy rule does to the honest: the market pays half a per cent
/// more than the oracle's worth, and a rule that measures what a leg brought, with a tolerance of a
/// basis point, refuses it. Rule: the overshoot is tested with the oracle value of amountIn.
contract OvershootAttackTest is ScriptedVaultFixture {
    function setUp() public override {
        super.setUp();
        setOraclePrice(WETH, 2_400e8);
        // One per cent above, 0.3 % of it is the pools' fee.
        setMarketPrice(WETH, 2_424e8);
    }

    function test_overshoot_doesNotStopAnHonestKeeper() external {
        Leg[] memory legs = new Leg[](3);
        legs[0] = legOf(WETH, USDC, below(USDC));
        legs[1] = legOf(WETH, WBTC, below(WBTC));
        legs[2] = legOf(WETH, LINK, below(LINK));

        rebalance(keeper, legs);

        assertEq(vault.state().nonce, 1);
        assertEq(vault.state().lossUsed, 0);
    }

    /// @dev By what the leg brought it is two and a half times the tolerance past its target.
    function test_overshoot_wouldBeRefusedByWhatALegBrings() external {
        (, uint256 nav) = portfolio();
        uint256 lacking = below(WBTC);
        uint256 bitcoins = vault.holdings()[WBTC];

        rebalance(keeper, one(legOf(WETH, WBTC, lacking)));

        uint256 brought = (vault.holdings()[WBTC] - bitcoins) * 40_000e10;
        assertGt(brought - lacking, nav / 10_000);
    }
}
