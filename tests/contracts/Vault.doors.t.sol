// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC4626} from "@openzeppelin/contracts/interfaces/IERC4626.sol";
import {IVault} from "../../contracts/interfaces/IVault.sol";
import {DoorsFixture} from "./fixtures/DoorsFixture.sol";

/// @notice The base-asset doors are those of ERC-4626: who pays, who receives, whose shares go,
/// what is announced. ERC-7575 and ERC-165 say so.
contract VaultDoorsTest is DoorsFixture {
    address internal receiver = makeAddr("receiver");

    /* IDENTITY */

    function test_asset_isTheFirstToken() external view {
        assertEq(vault.asset(), address(tokens[USDC]));
        assertEq(vault.asset(), vault.tokens()[0]);
    }

    function test_share_isTheVaultItself() external view {
        assertEq(vault.share(), address(vault));
        assertEq(vault.decimals(), 18);
    }

    /// @dev ERC-7575's id is that of ERC-4626 and `share()` together.
    function test_supportsInterface_namesEveryStandardByItsComputedId() external view {
        bytes4 vault7575 = type(IERC4626).interfaceId ^ IVault.share.selector;

        assertEq(vault7575, bytes4(0x2f0a18c5));
        assertTrue(vault.supportsInterface(vault7575));
        assertTrue(vault.supportsInterface(type(IERC4626).interfaceId));
        assertTrue(vault.supportsInterface(type(IERC20).interfaceId));
        assertTrue(vault.supportsInterface(type(IERC165).interfaceId));
        assertEq(type(IERC165).interfaceId, bytes4(0x01ffc9a7));
    }

    function testFuzz_supportsInterface_deniesEverythingElse(bytes4 id) external view {
        bool known = id == 0x2f0a18c5 || id == type(IERC4626).interfaceId
            || id == type(IERC20).interfaceId || id == type(IERC165).interfaceId;

        assertEq(vault.supportsInterface(id), known);
        assertFalse(vault.supportsInterface(0xffffffff));
    }

    /* WORTH */

    /// @dev 200,000 dollars, ten bitcoin and two hundred ether.
    function test_totalAssets_isTheNetAssetValueInBaseAsset() external {
        assertEq(vault.totalAssets(), 1_000_000e6);
        setPrice(WETH, 3_000e18);
        assertEq(vault.totalAssets(), 1_200_000e6);
        setPrice(USDC, 0.5e18);
        assertEq(vault.totalAssets(), 2_200_000e6);
    }

    function test_convert_knowsNeitherSpreadNorLimit() external view {
        assertEq(vault.convertToShares(500_000e6), 500_000e18);
        assertEq(vault.convertToAssets(500_000e18), 500_000e6);
        assertGt(vault.convertToShares(500_000e6), vault.previewDeposit(500_000e6));
        assertGt(vault.convertToAssets(500_000e18), vault.previewRedeem(500_000e18));
    }

    function testFuzz_convert_isTheSameForEveryCaller(address caller, uint128 amount) external {
        uint256 shares = vault.convertToShares(amount);
        uint256 assets = vault.convertToAssets(amount);

        vm.startPrank(caller);
        assertEq(vault.convertToShares(amount), shares);
        assertEq(vault.convertToAssets(amount), assets);
    }

    function testFuzz_convert_roundsDownBothWays(uint256 price, uint128 amount) external {
        setPrice(WETH, bound(price, 1e18, 1e24));

        assertLe(vault.convertToAssets(vault.convertToShares(amount)), amount);
        assertLe(vault.convertToShares(vault.convertToAssets(amount)), amount);
    }

    /* WHO PAYS AND WHO RECEIVES */

    function test_deposit_takesFromTheCallerForTheReceiver() external {
        fund(stranger, 11_000e6);
        uint256 shares = vault.previewDeposit(10_000e6);
        vm.expectEmit(address(vault));
        emit IERC20.Transfer(address(0), receiver, shares);
        vm.expectEmit(address(vault));
        emit IERC4626.Deposit(stranger, receiver, 10_000e6, shares);

        vm.prank(stranger);
        assertEq(vault.deposit(10_000e6, receiver), shares);

        assertEq(vault.balanceOf(receiver), shares);
        assertEq(vault.totalSupply(), SHARES + shares);
        assertEq(tokens[USDC].balanceOf(stranger), 1_000e6);
        assertEq(vault.holdings()[USDC], 210_000e6);
        assertEq(tokens[USDC].balanceOf(address(vault)), 210_000e6);
    }

    function test_mint_takesFromTheCallerForTheReceiver() external {
        fund(stranger, 11_000e6);
        uint256 assets = vault.previewMint(10_000e18);
        vm.expectEmit(address(vault));
        emit IERC20.Transfer(address(0), receiver, 10_000e18);
        vm.expectEmit(address(vault));
        emit IERC4626.Deposit(stranger, receiver, assets, 10_000e18);

        vm.prank(stranger);
        assertEq(vault.mint(10_000e18, receiver), assets);

        assertEq(vault.balanceOf(receiver), 10_000e18);
        assertEq(tokens[USDC].balanceOf(stranger), 11_000e6 - assets);
        assertEq(vault.holdings()[USDC], 200_000e6 + assets);
    }

    function test_withdraw_paysTheReceiverForTheOwnersShares() external {
        uint256 shares = vault.previewWithdraw(10_000e6);
        uint256 held = vault.balanceOf(holder);
        vm.expectEmit(address(vault));
        emit IERC20.Transfer(holder, address(0), shares);
        vm.expectEmit(address(vault));
        emit IERC4626.Withdraw(holder, receiver, holder, 10_000e6, shares);

        vm.prank(holder);
        assertEq(vault.withdraw(10_000e6, receiver, holder), shares);

        assertEq(vault.balanceOf(holder), held - shares);
        assertEq(tokens[USDC].balanceOf(receiver), 10_000e6);
        assertEq(vault.holdings()[USDC], 190_000e6);
    }

    function test_redeem_paysTheReceiverForTheOwnersShares() external {
        uint256 assets = vault.previewRedeem(10_000e18);
        uint256 held = vault.balanceOf(holder);
        vm.expectEmit(address(vault));
        emit IERC4626.Withdraw(holder, receiver, holder, assets, 10_000e18);

        vm.prank(holder);
        assertEq(vault.redeem(10_000e18, receiver, holder), assets);

        assertEq(vault.balanceOf(holder), held - 10_000e18);
        assertEq(tokens[USDC].balanceOf(receiver), assets);
        assertEq(vault.holdings()[USDC], 200_000e6 - assets);
    }

    function test_deposit_revertsWithoutAnAllowanceOfTheAsset() external {
        tokens[USDC].mint(stranger, 10_000e6);

        vm.expectRevert(
            abi.encodeWithSelector(
                IERC20Errors.ERC20InsufficientAllowance.selector, address(vault), 0, 10_000e6
            )
        );
        vm.prank(stranger);
        vault.deposit(10_000e6, stranger);
    }

    /* ALLOWANCES OF SHARES */

    function test_redeem_spendsTheAllowanceExactly() external {
        vm.prank(holder);
        vault.approve(stranger, 10_001e18);

        vm.prank(stranger);
        vault.redeem(10_000e18, receiver, holder);

        assertEq(vault.allowance(holder, stranger), 1e18);
    }

    function test_withdraw_spendsTheAllowanceExactly() external {
        uint256 shares = vault.previewWithdraw(10_000e6);
        vm.prank(holder);
        vault.approve(stranger, shares + 1);

        vm.prank(stranger);
        vault.withdraw(10_000e6, receiver, holder);

        assertEq(vault.allowance(holder, stranger), 1);
    }

    function test_redeem_spendsNothingOfAnInfiniteAllowance() external {
        vm.prank(holder);
        vault.approve(stranger, type(uint256).max);

        vm.prank(stranger);
        vault.redeem(10_000e18, receiver, holder);

        assertEq(vault.allowance(holder, stranger), type(uint256).max);
    }

    function test_redeem_revertsWhenTheAllowanceIsOneShareWeiTooSmall() external {
        vm.prank(holder);
        vault.approve(stranger, 10_000e18 - 1);

        vm.expectRevert(
            abi.encodeWithSelector(
                IERC20Errors.ERC20InsufficientAllowance.selector, stranger, 10_000e18 - 1, 10_000e18
            )
        );
        vm.prank(stranger);
        vault.redeem(10_000e18, receiver, holder);
    }

    function test_withdraw_revertsWhenTheAllowanceIsOneShareWeiTooSmall() external {
        uint256 shares = vault.previewWithdraw(10_000e6);
        vm.prank(holder);
        vault.approve(stranger, shares - 1);

        vm.expectRevert(
            abi.encodeWithSelector(
                IERC20Errors.ERC20InsufficientAllowance.selector, stranger, shares - 1, shares
            )
        );
        vm.prank(stranger);
        vault.withdraw(10_000e6, receiver, holder);
    }

    function test_redeem_revertsWhenTheOwnerHasTooFewShares() external {
        vm.prank(stranger);
        vm.expectRevert(
            abi.encodeWithSelector(
                IERC20Errors.ERC20InsufficientBalance.selector, stranger, 0, 10_000e18
            )
        );
        vault.redeem(10_000e18, stranger, stranger);
    }

    /* ZERO */

    function test_deposit_ofNothingChangesNothing() external {
        bytes32 before = _fingerprint();

        vm.startPrank(stranger);
        assertEq(vault.deposit(0, stranger), 0);
        assertEq(vault.mint(0, stranger), 0);
        assertEq(vault.withdraw(0, stranger, stranger), 0);
        assertEq(vault.redeem(0, stranger, stranger), 0);

        assertEq(_fingerprint(), before);
    }

    /// @dev 10^12 share wei are worth one unit of the base asset, less the spread nothing.
    function test_redeem_ofDustPaysNothing() external {
        assertEq(redeem(holder, 1e12), 0);
        assertEq(vault.balanceOf(holder), SHARES - 1e15 - 1e12);
    }

    function test_deposit_revertsForTheZeroReceiver() external {
        fund(stranger, 20_000e6);
        vm.startPrank(stranger);

        bytes memory refusal =
            abi.encodeWithSelector(IERC20Errors.ERC20InvalidReceiver.selector, address(0));
        vm.expectRevert(refusal);
        vault.deposit(10_000e6, address(0));
        vm.expectRevert(refusal);
        vault.mint(10_000e18, address(0));
    }

    function test_withdraw_revertsForTheZeroReceiver() external {
        vm.startPrank(holder);

        vm.expectRevert(IVault.ZeroReceiver.selector);
        vault.withdraw(10_000e6, address(0), holder);
        vm.expectRevert(IVault.ZeroReceiver.selector);
        vault.redeem(10_000e18, address(0), holder);
    }

    /* SLIPPAGE */

    function test_deposit_givesAtLeastTheMinimumOrReverts() external {
        fund(stranger, 10_000e6);
        uint256 shares = vault.previewDeposit(10_000e6);
        vm.startPrank(stranger);

        vm.expectRevert(
            abi.encodeWithSelector(IVault.SharesBelowMinimum.selector, shares, shares + 1)
        );
        vault.deposit(10_000e6, stranger, shares + 1);

        assertEq(vault.deposit(10_000e6, stranger, shares), shares);
    }

    function test_mint_takesAtMostTheMaximumOrReverts() external {
        fund(stranger, 11_000e6);
        uint256 assets = vault.previewMint(10_000e18);
        vm.startPrank(stranger);

        vm.expectRevert(
            abi.encodeWithSelector(
                IVault.AmountAboveMaximum.selector, address(tokens[USDC]), assets, assets - 1
            )
        );
        vault.mint(10_000e18, stranger, assets - 1);

        assertEq(vault.mint(10_000e18, stranger, assets), assets);
    }

    function test_withdraw_destroysAtMostTheMaximumOrReverts() external {
        uint256 shares = vault.previewWithdraw(10_000e6);
        vm.startPrank(holder);

        vm.expectRevert(
            abi.encodeWithSelector(IVault.SharesAboveMaximum.selector, shares, shares - 1)
        );
        vault.withdraw(10_000e6, holder, holder, shares - 1);

        assertEq(vault.withdraw(10_000e6, holder, holder, shares), shares);
    }

    function test_redeem_paysAtLeastTheMinimumOrReverts() external {
        uint256 assets = vault.previewRedeem(10_000e18);
        vm.startPrank(holder);

        vm.expectRevert(
            abi.encodeWithSelector(
                IVault.AmountBelowMinimum.selector, address(tokens[USDC]), assets, assets + 1
            )
        );
        vault.redeem(10_000e18, holder, holder, assets + 1);

        assertEq(vault.redeem(10_000e18, holder, holder, assets), assets);
    }

    /* HELPERS */

    /// @dev All that a holder could notice.
    function _fingerprint() private view returns (bytes32) {
        return keccak256(
            abi.encode(
                vault.holdings(), vault.totalSupply(), vault.doorTerms(), vault.balanceOf(stranger)
            )
        );
    }
}
