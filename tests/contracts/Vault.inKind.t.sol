// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IVault} from "../../contracts/interfaces/IVault.sol";
import {VaultFixture} from "./fixtures/VaultFixture.sol";

/// @notice Shares are created and destroyed against every asset in proportion, rounded in favour of
/// those who stay.
contract VaultInKindTest is VaultFixture {
    address internal friend = makeAddr("friend");

    /* MINT */

    function test_mintInKind_givesSharesToTheReceiver() external {
        uint256[] memory asked = vault.previewMintInKind(1_000e18);
        provide(stranger, asked);

        vm.prank(stranger);
        uint256[] memory paid = vault.mintInKind(1_000e18, asked, friend);

        assertEq(paid, asked);
        assertEq(vault.balanceOf(friend), 1_000e18);
        assertEq(vault.balanceOf(stranger), 0);
        assertEq(tokens[WBTC].balanceOf(stranger), 0);
    }

    function test_mintInKind_recordsWhatItTook() external {
        uint256[] memory before = vault.holdings();

        uint256[] memory paid = mintInKind(stranger, 1_000e18);

        uint256[] memory held = vault.holdings();
        for (uint256 i; i < COUNT; ++i) {
            assertEq(held[i], before[i] + paid[i]);
            assertEq(held[i], tokens[i].balanceOf(address(vault)));
        }
    }

    function test_mintInKind_emitsTheAssetsItTook() external {
        uint256[] memory asked = vault.previewMintInKind(1e18);
        provide(stranger, asked);

        vm.expectEmit(address(vault));
        emit IVault.MintedInKind(stranger, friend, 1e18, asked);
        vm.prank(stranger);
        vault.mintInKind(1e18, asked, friend);
    }

    function testFuzz_mintInKind_roundsUp(uint256 shares) external {
        shares = bound(shares, 1, 1e30);
        uint256 supply = vault.totalSupply();
        uint256[] memory held = vault.holdings();

        uint256[] memory paid = mintInKind(stranger, shares);

        for (uint256 i; i < COUNT; ++i) {
            assertGe(paid[i] * supply, held[i] * shares);
            assertLt((paid[i] - 1) * supply, held[i] * shares);
        }
    }

    function test_mintInKind_asksForAtLeastOneUnitOfEveryAsset() external {
        uint256[] memory paid = mintInKind(stranger, 1);

        for (uint256 i; i < COUNT; ++i) {
            assertEq(paid[i], 1);
        }
    }

    function test_mintInKind_revertsWhenNoSharesAreAsked() external {
        vm.expectRevert(IVault.ZeroShares.selector);
        vault.mintInKind(0, new uint256[](COUNT), stranger);
    }

    function test_mintInKind_revertsWhenAnAssetIsMissing() external {
        vm.expectRevert(abi.encodeWithSelector(IVault.LengthMismatch.selector, COUNT - 1, COUNT));
        vault.mintInKind(1e18, new uint256[](COUNT - 1), stranger);
    }

    function test_mintInKind_revertsWhenAnAssetIsTooMany() external {
        vm.expectRevert(abi.encodeWithSelector(IVault.LengthMismatch.selector, COUNT + 1, COUNT));
        vault.mintInKind(1e18, new uint256[](COUNT + 1), stranger);
    }

    function test_mintInKind_revertsWhenAnAmountIsAboveItsMaximum() external {
        uint256[] memory maxIn = vault.previewMintInKind(1e18);
        uint256 asked = maxIn[WETH]--;

        vm.expectRevert(
            abi.encodeWithSelector(
                IVault.AmountAboveMaximum.selector, address(tokens[WETH]), asked, asked - 1
            )
        );
        vault.mintInKind(1e18, maxIn, stranger);
    }

    function test_mintInKind_revertsWhenReceiverIsZero() external {
        uint256[] memory asked = vault.previewMintInKind(1e18);
        provide(stranger, asked);

        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InvalidReceiver.selector, address(0))
        );
        vm.prank(stranger);
        vault.mintInKind(1e18, asked, address(0));
    }

    function test_mintInKind_revertsWhenCallerHasNotApproved() external {
        uint256[] memory asked = vault.previewMintInKind(1e18);
        provide(stranger, asked);
        vm.prank(stranger);
        tokens[LINK].approve(address(vault), asked[LINK] - 1);

        vm.expectRevert(
            abi.encodeWithSelector(
                IERC20Errors.ERC20InsufficientAllowance.selector,
                address(vault),
                asked[LINK] - 1,
                asked[LINK]
            )
        );
        vm.prank(stranger);
        vault.mintInKind(1e18, asked, stranger);
    }

    /* REDEEM */

    function test_redeemInKind_paysTheReceiver() external {
        uint256[] memory due = vault.previewRedeemInKind(1_000e18);

        vm.prank(holder);
        uint256[] memory paid = vault.redeemInKind(1_000e18, due, friend, holder, 0);

        assertEq(paid, due);
        for (uint256 i; i < COUNT; ++i) {
            assertEq(tokens[i].balanceOf(friend), due[i]);
        }
    }

    function test_redeemInKind_takesWhatItPaidFromTheRecords() external {
        uint256[] memory before = vault.holdings();

        uint256[] memory paid = redeemInKind(holder, 1_000e18);

        uint256[] memory held = vault.holdings();
        for (uint256 i; i < COUNT; ++i) {
            assertEq(held[i], before[i] - paid[i]);
            assertEq(held[i], tokens[i].balanceOf(address(vault)));
        }
    }

    function test_redeemInKind_emitsTheAssetsItPaid() external {
        uint256[] memory due = vault.previewRedeemInKind(1e18);

        vm.expectEmit(address(vault));
        emit IVault.RedeemedInKind(holder, friend, holder, 1e18, due, 0);
        vm.prank(holder);
        vault.redeemInKind(1e18, due, friend, holder, 0);
    }

    function testFuzz_redeemInKind_roundsDown(uint256 shares) external {
        shares = bound(shares, 1, vault.balanceOf(holder));
        uint256 supply = vault.totalSupply();
        uint256[] memory held = vault.holdings();

        uint256[] memory paid = redeemInKind(holder, shares);

        for (uint256 i; i < COUNT; ++i) {
            assertLe(paid[i] * supply, held[i] * shares);
            assertGt((paid[i] + 1) * supply, held[i] * shares);
        }
    }

    function test_redeemInKind_leavesTheLockedSharesTheirPart() external {
        redeemInKind(holder, vault.balanceOf(holder));

        assertEq(vault.totalSupply(), vault.LOCKED_SHARES());
        uint256[] memory held = vault.holdings();
        for (uint256 i; i < COUNT; ++i) {
            assertGt(held[i], 0);
        }
    }

    function test_redeemInKind_paysNothingForSharesWorthLessThanOneUnit() external {
        uint256[] memory paid = redeemInKind(holder, 1);

        assertEq(paid, new uint256[](COUNT));
        assertEq(tokens[USDC].balanceOf(holder), 0);
    }

    function test_redeemInKind_spendsTheAllowanceOfAnother() external {
        vm.prank(holder);
        vault.approve(friend, 10e18);

        vm.prank(friend);
        vault.redeemInKind(4e18, new uint256[](COUNT), friend, holder, 0);

        assertEq(vault.allowance(holder, friend), 6e18);
        assertEq(vault.balanceOf(holder), SHARES - vault.LOCKED_SHARES() - 4e18);
    }

    function test_redeemInKind_revertsWhenTheAllowanceIsTooSmall() external {
        vm.prank(holder);
        vault.approve(friend, 1e18 - 1);

        vm.expectRevert(
            abi.encodeWithSelector(
                IERC20Errors.ERC20InsufficientAllowance.selector, friend, 1e18 - 1, 1e18
            )
        );
        vm.prank(friend);
        vault.redeemInKind(1e18, new uint256[](COUNT), friend, holder, 0);
    }

    function test_redeemInKind_revertsWhenTheOwnerHasTooFewShares() external {
        mintInKind(friend, 1e18);

        vm.expectRevert(
            abi.encodeWithSelector(
                IERC20Errors.ERC20InsufficientBalance.selector, friend, 1e18, 1e18 + 1
            )
        );
        vm.prank(friend);
        vault.redeemInKind(1e18 + 1, new uint256[](COUNT), friend, friend, 0);
    }

    function test_redeemInKind_revertsWhenNoSharesAreGiven() external {
        vm.expectRevert(IVault.ZeroShares.selector);
        vm.prank(holder);
        vault.redeemInKind(0, new uint256[](COUNT), holder, holder, 0);
    }

    function test_redeemInKind_revertsWhenReceiverIsZero() external {
        vm.expectRevert(IVault.ZeroReceiver.selector);
        vm.prank(holder);
        vault.redeemInKind(1e18, new uint256[](COUNT), address(0), holder, 0);
    }

    function test_redeemInKind_revertsWhenAnAssetIsMissing() external {
        vm.expectRevert(abi.encodeWithSelector(IVault.LengthMismatch.selector, COUNT - 1, COUNT));
        vm.prank(holder);
        vault.redeemInKind(1e18, new uint256[](COUNT - 1), holder, holder, 0);
    }

    function test_redeemInKind_revertsWhenAnAmountIsBelowItsMinimum() external {
        uint256[] memory minOut = vault.previewRedeemInKind(1e18);
        uint256 due = minOut[LINK]++;

        vm.expectRevert(
            abi.encodeWithSelector(
                IVault.AmountBelowMinimum.selector, address(tokens[LINK]), due, due + 1
            )
        );
        vm.prank(holder);
        vault.redeemInKind(1e18, minOut, holder, holder, 0);
    }

    /// @dev Setting an asset aside is no way around the caller's minimum.
    function test_redeemInKind_revertsWhenASkippedAmountIsBelowItsMinimum() external {
        uint256[] memory minOut = vault.previewRedeemInKind(1e18);
        uint256 due = minOut[LINK]++;

        vm.expectRevert(
            abi.encodeWithSelector(
                IVault.AmountBelowMinimum.selector, address(tokens[LINK]), due, due + 1
            )
        );
        vm.prank(holder);
        vault.redeemInKind(1e18, minOut, holder, holder, 1 << LINK);
    }

    /* BOTH */

    /// @dev INV-3: neither a mint nor a redemption lowers any asset per share.
    function testFuzz_mintAndRedeem_lowerNoAssetPerShare(uint256 minted, uint256 redeemed)
        external
    {
        minted = bound(minted, 1, 1e30);
        redeemed = bound(redeemed, 1, SHARES - vault.LOCKED_SHARES());
        uint256[] memory before = vault.holdings();
        uint256 supplyBefore = vault.totalSupply();

        mintInKind(stranger, minted);
        uint256[] memory between = vault.holdings();
        uint256 supplyBetween = vault.totalSupply();
        redeemInKind(holder, redeemed);

        uint256[] memory held = vault.holdings();
        for (uint256 i; i < COUNT; ++i) {
            assertGe(between[i] * supplyBefore, before[i] * supplyBetween);
            assertGe(held[i] * supplyBetween, between[i] * vault.totalSupply());
        }
    }

    /// @dev INV-2: in and out again, whole or in two parts, never brings a profit in any asset.
    function testFuzz_mintInKind_thenRedeemNeverProfits(uint256 shares, uint256 first) external {
        shares = bound(shares, 2, 1e30);
        first = bound(first, 1, shares - 1);

        uint256[] memory paid = mintInKind(stranger, shares);
        redeemInKind(stranger, first);
        redeemInKind(stranger, shares - first);

        for (uint256 i; i < COUNT; ++i) {
            assertLe(tokens[i].balanceOf(stranger), paid[i]);
            assertLe(paid[i] - tokens[i].balanceOf(stranger), 3);
        }
    }

    /// @dev INV-2: out and in again never brings a profit either.
    function testFuzz_redeemInKind_thenMintNeverProfits(uint256 shares) external {
        shares = bound(shares, 1, SHARES - vault.LOCKED_SHARES());

        uint256[] memory got = redeemInKind(holder, shares);
        uint256[] memory asked = vault.previewMintInKind(shares);

        for (uint256 i; i < COUNT; ++i) {
            assertGe(asked[i], got[i]);
        }
    }
}
