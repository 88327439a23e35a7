// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IVault} from "../../contracts/interfaces/IVault.sol";
import {VaultState} from "../../contracts/types/Ledger.sol";
import {Leg, Reason} from "../../contracts/types/Types.sol";
import {ScriptedVaultFixture} from "./fixtures/ScriptedVaultFixture.sol";

/// @notice A rebalance moves the portfolio toward its targets at the oracle's price or better, or
/// it does not happen.
contract VaultRebalanceTest is ScriptedVaultFixture {
    function setUp() public override {
        super.setUp();
        // Ether rises by a fifth: 34 % of the portfolio instead of 30 %. It has 42,000 too many,
        // and the others lack 12,000, 18,000 and 12,000 of a million and 60,000.
        setPrice(WETH, 2_400e8);
    }

    function test_rebalance_bringsTheAssetsToTheirTargets() external {
        rebalance(keeper, _uniswapLegs());

        for (uint256 i; i < COUNT; ++i) {
            assertApproxEqAbs(excess(i), 0, 2_000e18);
        }
    }

    function test_rebalance_landsOnTheTargetsWhenPricesAreTheOracles() external {
        rebalance(keeper, _scriptedLegs());

        for (uint256 i; i < COUNT; ++i) {
            assertEq(excess(i), 0);
        }
    }

    /// @dev INV-7.
    function test_rebalance_leavesTheSupplyUnchanged() external {
        uint256 supply = vault.totalSupply();

        rebalance(keeper, _uniswapLegs());

        assertEq(vault.totalSupply(), supply);
    }

    /// @dev INV-8.
    function test_rebalance_leavesNoAllowanceAndNothingOnTheWay() external {
        rebalance(keeper, _uniswapLegs());

        for (uint256 i; i < COUNT; ++i) {
            assertEq(tokens[i].allowance(address(vault), address(router)), 0);
            assertEq(tokens[i].allowance(address(vault), address(venue)), 0);
            assertEq(tokens[i].allowance(address(venue), address(router)), 0);
            assertEq(tokens[i].balanceOf(address(venue)), 0);
            assertEq(tokens[i].balanceOf(address(router)), 0);
        }
    }

    /// @dev INV-1: what came and went is what the records say.
    function test_rebalance_recordsWhatCameAndWent() external {
        rebalance(keeper, _uniswapLegs());

        uint256[] memory held = vault.holdings();
        for (uint256 i; i < COUNT; ++i) {
            assertEq(held[i], tokens[i].balanceOf(address(vault)));
        }
    }

    /// @dev INV-1: neither a surplus on its way nor what is owed is traded.
    function test_rebalance_leavesAloneWhatIsNotRecorded() external {
        vm.prank(holder);
        vault.redeemInKind(SHARES / 10, new uint256[](COUNT), holder, holder, 1 << WETH);
        tokens[WETH].mint(address(vault), 3e18);
        vault.absorb(address(tokens[WETH]));

        rebalance(keeper, one(scriptedLeg(WETH, USDC, below(USDC))));

        (uint256 recorded, uint256 owed, uint256 vesting,) = vault.account(address(tokens[WETH]));
        assertEq(owed, 15e18);
        assertEq(vesting, 3e18);
        assertEq(recorded + 18e18, tokens[WETH].balanceOf(address(vault)));
    }

    function test_rebalance_emitsEveryLeg() external {
        Leg[] memory legs = new Leg[](1);
        legs[0] = exactLeg(WETH, USDC, 4e18);
        script.payOut(9_550e6);

        vm.expectEmit(address(vault));
        emit IVault.LegSettled(
            scripted[WETH][USDC],
            address(tokens[WETH]),
            address(tokens[USDC]),
            4e18,
            9_550e6,
            9_600e18,
            9_550e18
        );
        rebalance(keeper, legs);
    }

    function test_rebalance_emitsWhatItChangedAndCharged() external {
        (uint256[] memory values, uint256 nav) = portfolio();
        uint256 driftBefore = driftOf(values);
        values[WETH] -= 9_600e18;
        values[USDC] += 9_550e18;
        script.payOut(9_550e6);

        vm.expectEmit(address(vault));
        emit IVault.Rebalanced(
            keeper,
            0,
            Reason.Threshold,
            nav,
            nav - 50e18,
            driftBefore,
            driftOf(values),
            // 50 and 9,600 of 1,060,000, rounded up.
            47_169_811_320_755,
            9_056_603_773_584_906
        );
        rebalance(keeper, one(exactLeg(WETH, USDC, 4e18)));
    }

    function test_rebalance_movesTheClockAndTheNonce() external {
        rebalance(keeper, _scriptedLegs());

        VaultState memory state = vault.state();
        assertEq(state.nonce, 1);
        assertEq(state.keeperAt, block.timestamp);
        assertEq(state.publicAt, 0);
    }

    function test_rebalance_runsAsManyLegsAsItAllows() external {
        Leg[] memory legs = new Leg[](32);
        for (uint256 i; i < legs.length; ++i) {
            legs[i] = scriptedLeg(WETH, USDC, 300e18);
        }

        rebalance(keeper, legs);

        assertApproxEqAbs(excess(USDC), -2_400e18, 1e18);
    }

    function test_rebalance_runsAtItsDeadline() external {
        vm.prank(keeper);
        vault.rebalance(_scriptedLegs(), 0, block.timestamp);

        assertEq(vault.state().nonce, 1);
    }

    /// @dev A better price than the oracle's is kept, even where it takes the asset bought past its
    /// target.
    function test_rebalance_welcomesABetterPrice() external {
        script.setFactor(1.01e18);

        rebalance(keeper, _scriptedLegs());

        assertGt(excess(USDC), 0);
        assertEq(vault.state().lossUsed, 0);
    }

    function test_rebalance_sellsOneAssetThroughManyLegs() external {
        Leg[] memory legs =
            two(scriptedLeg(WETH, USDC, 6_000e18), scriptedLeg(WETH, USDC, 6_000e18));

        rebalance(keeper, legs);

        assertEq(excess(USDC), 0);
    }

    /* IN THE TRANSACTION OF A MINT */

    function test_rebalance_revertsWhenSharesWereMintedInTheTransaction() external {
        mintInKind(stranger, 1e18);

        expectRefusal(
            _scriptedLegs(), abi.encodeWithSelector(IVault.SharesChangedInThisTransaction.selector)
        );
    }

    function test_rebalance_revertsWhenTheVaultWasSeededInTheTransaction() external {
        setUp();

        expectRefusal(
            _scriptedLegs(), abi.encodeWithSelector(IVault.SharesChangedInThisTransaction.selector)
        );
    }

    /// @dev In isolation every call is a transaction of its own.
    /// forge-config: default.isolate = true
    function test_rebalance_runsInTheTransactionAfterAMint() external {
        mintInKind(stranger, 1e18);

        rebalance(keeper, one(scriptedLeg(WETH, USDC, 10_000e18)));

        assertEq(vault.state().nonce, 1);
    }

    function test_rebalance_runsInTheTransactionOfARedemption() external {
        redeemInKind(holder, 1e18);

        rebalance(keeper, one(scriptedLeg(WETH, USDC, 10_000e18)));

        assertEq(vault.state().nonce, 1);
    }

    function test_mintInKind_runsInTheTransactionOfARebalance() external {
        rebalance(keeper, _scriptedLegs());

        mintInKind(stranger, 1e18);

        assertEq(vault.balanceOf(stranger), 1e18);
    }

    function _uniswapLegs() private view returns (Leg[] memory legs) {
        legs = new Leg[](3);
        legs[0] = legOf(WETH, USDC, below(USDC) * 99 / 100);
        legs[1] = legOf(WETH, WBTC, below(WBTC) * 99 / 100);
        legs[2] = legOf(WETH, LINK, below(LINK) * 99 / 100);
    }

    /// @dev Exactly to the targets.
    function _scriptedLegs() private view returns (Leg[] memory legs) {
        legs = new Leg[](3);
        legs[0] = exactLeg(WETH, USDC, 5e18);
        legs[1] = exactLeg(WETH, WBTC, 7.5e18);
        legs[2] = exactLeg(WETH, LINK, 5e18);
    }
}
