// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IVault} from "../../contracts/interfaces/IVault.sol";
import {OddVaultFixture} from "./fixtures/OddVaultFixture.sol";
import {FaultyToken} from "./fixtures/WeirdTokens.sol";

/// @notice An asset skipped in a redemption stays owed to whose shares they were, who alone can
/// claim it, once.
contract VaultOwedTest is OddVaultFixture {
    uint256 internal constant SKIP_ODD = 2;

    address internal friend = makeAddr("friend");

    function setUp() external {
        openVault(address(new FaultyToken(18)));
    }

    function test_redeemInKind_setsAsideWhatIsSkipped() external {
        uint256[] memory due = vault.previewRedeemInKind(1_000e18);

        uint256[] memory assets = redeem(holder, 1_000e18, SKIP_ODD);

        assertEq(assets, due);
        assertEq(vault.owedTo(holder, address(odd)), due[1]);
        assertEq(odd.balanceOf(holder), 0);
        assertEq(dollar.balanceOf(holder), due[0]);
    }

    /// @dev INV-1: what is owed has left the record and stays in the vault.
    function test_redeemInKind_keepsOwedApartFromTheRecord() external {
        redeem(holder, SHARES / 4, SKIP_ODD);

        assertEq(recordedOf(odd), 375_000e18);
        assertEq(owedOf(odd), 125_000e18);
        assertEq(odd.balanceOf(address(vault)), 500_000e18);
    }

    function test_redeemInKind_callsNoSkippedToken() external {
        vm.etch(address(odd), hex"fe");

        redeem(holder, 1e18, SKIP_ODD);

        assertEq(vault.owedTo(holder, address(odd)), 0.5e18);
    }

    function test_redeemInKind_setsAllAssetsAside() external {
        redeem(holder, 1e18, 3);

        assertEq(vault.owedTo(holder, address(dollar)), 0.5e6);
        assertEq(vault.owedTo(holder, address(odd)), 0.5e18);
        assertEq(dollar.balanceOf(holder), 0);
    }

    function test_redeemInKind_emitsWhatWasSetAside() external {
        uint256[] memory due = vault.previewRedeemInKind(1e18);

        vm.expectEmit(address(vault));
        emit IVault.RedeemedInKind(holder, holder, holder, 1e18, due, SKIP_ODD);
        redeem(holder, 1e18, SKIP_ODD);
    }

    function test_redeemInKind_owesTheOwnerWhenAnotherCalls() external {
        vm.prank(holder);
        vault.approve(friend, 1e18);

        vm.prank(friend);
        vault.redeemInKind(1e18, both(0, 0), friend, holder, SKIP_ODD);

        assertEq(vault.owedTo(holder, address(odd)), 0.5e18);
        assertEq(vault.owedTo(friend, address(odd)), 0);
    }

    function test_redeemInKind_addsToWhatIsOwedAlready() external {
        redeem(holder, 1e18, SKIP_ODD);

        redeem(holder, 2e18, SKIP_ODD);

        assertEq(vault.owedTo(holder, address(odd)), 1.5e18);
    }

    function test_claimOwed_paysTheReceiverOfTheOwner() external {
        redeem(holder, 1e18, SKIP_ODD);

        vm.prank(holder);
        uint256 assets = vault.claimOwed(address(odd), friend);

        assertEq(assets, 0.5e18);
        assertEq(odd.balanceOf(friend), 0.5e18);
        assertEq(owedOf(odd), 0);
        assertEq(vault.owedTo(holder, address(odd)), 0);
    }

    function test_claimOwed_emitsWhatItPaid() external {
        redeem(holder, 1e18, SKIP_ODD);

        vm.expectEmit(address(vault));
        emit IVault.OwedClaimed(holder, address(odd), friend, 0.5e18);
        vm.prank(holder);
        vault.claimOwed(address(odd), friend);
    }

    function test_claimOwed_leavesTheRecordAlone() external {
        redeem(holder, SHARES / 4, SKIP_ODD);

        vm.prank(holder);
        vault.claimOwed(address(odd), holder);

        assertEq(recordedOf(odd), 375_000e18);
        assertEq(odd.balanceOf(address(vault)), 375_000e18);
    }

    function test_claimOwed_waitsForATokenThatIsBlocked() external {
        redeem(holder, 1e18, SKIP_ODD);
        FaultyToken(address(odd)).setFault(FaultyToken.Fault.Reverts);
        vm.expectRevert(FaultyToken.Blocked.selector);
        vm.prank(holder);
        vault.claimOwed(address(odd), holder);
        FaultyToken(address(odd)).setFault(FaultyToken.Fault.None);

        vm.prank(holder);
        assertEq(vault.claimOwed(address(odd), holder), 0.5e18);
    }

    function test_claimOwed_revertsWhenTheCallerIsNotOwed() external {
        vm.prank(holder);
        vault.approve(friend, 1e18);
        vm.prank(friend);
        vault.redeemInKind(1e18, both(0, 0), friend, holder, SKIP_ODD);

        vm.expectRevert(abi.encodeWithSelector(IVault.NothingOwed.selector, friend, address(odd)));
        vm.prank(friend);
        vault.claimOwed(address(odd), friend);
    }

    function test_claimOwed_revertsWhenClaimedAlready() external {
        redeem(holder, 1e18, SKIP_ODD);
        vm.startPrank(holder);
        vault.claimOwed(address(odd), holder);

        vm.expectRevert(abi.encodeWithSelector(IVault.NothingOwed.selector, holder, address(odd)));
        vault.claimOwed(address(odd), holder);
    }

    function test_claimOwed_revertsWhenReceiverIsZero() external {
        redeem(holder, 1e18, SKIP_ODD);

        vm.expectRevert(IVault.ZeroReceiver.selector);
        vm.prank(holder);
        vault.claimOwed(address(odd), address(0));
    }

    function test_claimOwed_revertsWhenTokenIsNoAsset() external {
        vm.expectRevert(
            abi.encodeWithSelector(IVault.NothingOwed.selector, address(this), stranger)
        );
        vault.claimOwed(stranger, holder);
    }

    /// @dev INV-3: setting an asset aside costs those who stay as little as paying it out.
    function testFuzz_redeemInKind_skippingCostsTheOthersNothing(uint256 shares) external {
        shares = bound(shares, 1, vault.balanceOf(holder));
        uint256 recorded = recordedOf(odd);
        uint256 supply = vault.totalSupply();

        redeem(holder, shares, SKIP_ODD);

        assertGe(recordedOf(odd) * supply, recorded * vault.totalSupply());
        assertEq(recordedOf(odd) + owedOf(odd), odd.balanceOf(address(vault)));
    }

    /// @dev Everyone who is owed is paid in full, whoever comes first.
    function testFuzz_claimOwed_paysEverybodyInFull(uint256[3] memory shares, bool backward)
        external
    {
        address[3] memory owners = [holder, friend, stranger];
        uint256[3] memory due;
        for (uint256 i; i < 3; ++i) {
            shares[i] = bound(shares[i], 1e3, 1e24 - 1e15);
            if (owners[i] != holder) mint(owners[i], shares[i]);
            due[i] = redeem(owners[i], shares[i], SKIP_ODD)[1];
        }

        for (uint256 i; i < 3; ++i) {
            uint256 next = backward ? 2 - i : i;
            vm.prank(owners[next]);
            assertEq(vault.claimOwed(address(odd), owners[next]), due[next]);
        }

        assertEq(owedOf(odd), 0);
    }

    function test_transfer_movesNothingThatIsOwed() external {
        redeem(holder, 1e18, SKIP_ODD);

        vm.prank(holder);
        assertTrue(vault.transfer(friend, 5e18));

        assertEq(vault.owedTo(holder, address(odd)), 0.5e18);
        vm.expectRevert(
            abi.encodeWithSelector(
                IERC20Errors.ERC20InsufficientBalance.selector, friend, 5e18, 6e18
            )
        );
        redeem(friend, 6e18, SKIP_ODD);
    }
}
