// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IVault} from "../../contracts/interfaces/IVault.sol";
import {MockToken} from "../../contracts/mocks/MockToken.sol";
import {OddVaultFixture} from "./fixtures/OddVaultFixture.sol";
import {FaultyToken, FeeToken, LyingToken, NoReturnToken} from "./fixtures/WeirdTokens.sol";

/// @notice Odd tokens are held when they deliver what was asked, and refused at the door when not.
contract VaultTokensTest is OddVaultFixture {
    /* FEE ON TRANSFER */

    function test_seed_revertsWhenATokenKeepsAFee() external {
        createVault(address(new FeeToken(18)));

        vm.expectRevert(
            abi.encodeWithSelector(IVault.WrongAmountReceived.selector, address(odd), 0.99e18, 1e18)
        );
        vault.seed(SHARES, both(1e6, 1e18), holder);
    }

    function test_mintInKind_revertsWhenATokenBeginsToKeepAFee() external {
        openVault(address(new MockToken("Odd", "ODD", 18)));
        uint256[] memory asked = vault.previewMintInKind(2e18);
        fund(stranger, asked[0], asked[1]);
        vm.etch(address(odd), address(new FeeToken(18)).code);

        vm.expectRevert(
            abi.encodeWithSelector(IVault.WrongAmountReceived.selector, address(odd), 0.99e18, 1e18)
        );
        vm.prank(stranger);
        vault.mintInKind(2e18, asked, stranger);
    }

    /// @dev Who leaves gets what the token delivers, and the vault gives up what it meant to send.
    function test_redeemInKind_letsATokenKeepItsFee() external {
        openVault(address(new MockToken("Odd", "ODD", 18)));
        vm.etch(address(odd), address(new FeeToken(18)).code);

        redeem(holder, 2e18, 0);

        assertEq(odd.balanceOf(holder), 0.99e18);
        assertEq(recordedOf(odd), odd.balanceOf(address(vault)));
    }

    /* NO ANSWER, FALSE, NOTHING */

    function test_mintAndRedeem_workWithoutAnAnswer() external {
        openVault(address(new NoReturnToken(6)));

        mint(stranger, 1e18);
        redeem(stranger, 1e18, 0);

        assertEq(odd.balanceOf(stranger), 0.5e6);
        assertEq(recordedOf(odd), odd.balanceOf(address(vault)));
    }

    function test_claimOwed_worksWithoutAnAnswer() external {
        openVault(address(new NoReturnToken(6)));
        redeem(holder, 1e18, 2);

        vm.prank(holder);
        vault.claimOwed(address(odd), holder);

        assertEq(odd.balanceOf(holder), 0.5e6);
    }

    function test_mintInKind_revertsWhenATokenAnswersFalse() external {
        _openFaulty(FaultyToken.Fault.AnswersFalse);
        uint256[] memory asked = vault.previewMintInKind(1e18);
        fund(stranger, asked[0], asked[1]);

        vm.expectRevert(
            abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(odd))
        );
        vm.prank(stranger);
        vault.mintInKind(1e18, asked, stranger);
    }

    function test_mintInKind_revertsWhenATokenMovesNothing() external {
        _openFaulty(FaultyToken.Fault.MovesNothing);
        uint256[] memory asked = vault.previewMintInKind(1e18);
        fund(stranger, asked[0], asked[1]);

        vm.expectRevert(
            abi.encodeWithSelector(IVault.WrongAmountReceived.selector, address(odd), 0, asked[1])
        );
        vm.prank(stranger);
        vault.mintInKind(1e18, asked, stranger);
    }

    function test_mintInKind_revertsWhenATokenHasLostItsCode() external {
        openVault(address(new MockToken("Odd", "ODD", 18)));
        uint256[] memory asked = vault.previewMintInKind(1e18);
        fund(stranger, asked[0], asked[1]);
        vm.etch(address(odd), "");

        vm.expectRevert();
        vm.prank(stranger);
        vault.mintInKind(1e18, asked, stranger);
    }

    function test_redeemInKind_revertsWhenATokenAnswersFalse() external {
        _openFaulty(FaultyToken.Fault.AnswersFalse);

        vm.expectRevert(
            abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(odd))
        );
        redeem(holder, 1e18, 0);
    }

    function test_redeemInKind_revertsWhenATokenIsBlocked() external {
        _openFaulty(FaultyToken.Fault.Reverts);

        vm.expectRevert(FaultyToken.Blocked.selector);
        redeem(holder, 1e18, 0);
    }

    /// @dev INV-6: whatever a transfer does, skipping it leaves the rest of the exit alone.
    function test_redeemInKind_succeedsAroundEveryFault() external {
        for (uint256 fault; fault <= uint256(type(FaultyToken.Fault).max); ++fault) {
            _openFaulty(FaultyToken.Fault(fault));

            redeem(holder, 1e18, 2);

            assertEq(dollar.balanceOf(holder), 0.5e6);
            assertEq(vault.owedTo(holder, address(odd)), 0.5e18);
        }
    }

    /* REFUSING ZERO */

    /// @dev Shares worth less than a unit of it: nothing is sent, and nothing is refused.
    function test_redeemInKind_worksWithATokenThatRefusesZero() external {
        _openFaulty(FaultyToken.Fault.RefusesZero);

        assertEq(redeem(holder, 1, 0), both(0, 0));
    }

    /// @dev A token without a target is not in the seed, and so in no mint.
    function test_mintInKind_worksWithATokenThatRefusesZero() external {
        FaultyToken token = new FaultyToken(18);
        token.setFault(FaultyToken.Fault.RefusesZero);
        dollarWeight = 1e18;
        createVault(address(token));
        vault.seed(SHARES, both(1e6, 0), holder);

        assertEq(mint(stranger, SHARES), both(1e6, 0));
    }

    /// @dev A faulty token holds up neither side of the other's accounts.
    function test_absorb_worksBesideAFaultyToken() external {
        _openFaulty(FaultyToken.Fault.Reverts);
        dollar.mint(address(vault), 1e6);

        vault.absorb(address(dollar));

        assertEq(unvestedOf(dollar), 1e6);
    }

    /* LIES */

    /// @dev A token whose balance falls while it comes in cannot pass for one that arrived.
    function test_mintInKind_revertsWhenABalanceStandsStill() external {
        openVault(address(new LyingToken(18)));
        LyingToken(address(odd)).lie(address(vault), 500_000e18);
        uint256[] memory asked = vault.previewMintInKind(1e18);
        fund(stranger, asked[0], asked[1]);

        vm.expectRevert(
            abi.encodeWithSelector(IVault.WrongAmountReceived.selector, address(odd), 0, asked[1])
        );
        vm.prank(stranger);
        vault.mintInKind(1e18, asked, stranger);
    }

    /// @dev INV-6: an exit asks no token for a balance.
    function testFuzz_redeemInKind_succeedsWhateverATokenSays(uint256 said, uint256 shares)
        external
    {
        openVault(address(new LyingToken(18)));
        shares = bound(shares, 1, vault.balanceOf(holder));
        uint256[] memory due = vault.previewRedeemInKind(shares);
        LyingToken(address(odd)).lie(address(vault), said);

        assertEq(redeem(holder, shares, 2), due);
    }

    /* DECIMALS AND SUPPLIES */

    /// @dev INV-3 and INV-1, from 2 to 27 decimals.
    function testFuzz_mintAndRedeem_workAtAllDecimals(
        uint8 decimals,
        uint256 minted,
        uint256 redeemed
    ) external {
        openVault(address(new MockToken("Odd", "ODD", uint8(bound(decimals, 2, 27)))));

        // Records end at 2^128, far above any real supply.
        _mintAndRedeem(bound(minted, 1, 1e29), bound(redeemed, 1, SHARES - 1e15));
    }

    /// @dev INV-3 and INV-1, for seeds from the least to 1e33 of shares and of assets.
    function testFuzz_mintAndRedeem_workAtAllSupplies(
        uint256 supply,
        uint256[2] memory seeds,
        uint256 minted,
        uint256 redeemed
    ) external {
        createVault(address(new MockToken("Odd", "ODD", 27)));
        supply = bound(supply, 1e15 + 1, 1e33);
        seeds[0] = bound(seeds[0], 1e6, 1e33);
        seeds[1] = bound(seeds[1], 1e6, 1e33);
        fund(address(this), seeds[0], seeds[1]);
        vault.seed(supply, both(seeds[0], seeds[1]), holder);

        // Records end at 2^128, far above any real supply.
        uint256 most = Math.min(1e33, supply * 1e5);
        _mintAndRedeem(bound(minted, 1, most), bound(redeemed, 1, supply - 1e15));
    }

    function _mintAndRedeem(uint256 minted, uint256 redeemed) private {
        uint256 dollars = recordedOf(dollar);
        uint256 odds = recordedOf(odd);
        uint256 supply = vault.totalSupply();

        mint(stranger, minted);
        redeem(holder, redeemed, 0);

        assertGe(recordedOf(dollar) * supply, dollars * vault.totalSupply());
        assertGe(recordedOf(odd) * supply, odds * vault.totalSupply());
        assertLe(recordedOf(dollar), dollar.balanceOf(address(vault)));
        assertLe(recordedOf(odd), odd.balanceOf(address(vault)));
    }

    function _openFaulty(FaultyToken.Fault fault) private {
        FaultyToken token = new FaultyToken(18);
        openVault(address(token));
        token.setFault(fault);
    }
}
