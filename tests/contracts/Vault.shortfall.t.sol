// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IVault} from "../../contracts/interfaces/IVault.sol";
import {OddVaultFixture} from "./fixtures/OddVaultFixture.sol";
import {LyingToken, RebasingToken} from "./fixtures/WeirdTokens.sol";

/// @notice When a token shrinks by itself, what had not vested goes first; those who hold shares
/// and those who are owed bear the rest alike.
contract VaultShortfallTest is OddVaultFixture {
    uint256 internal constant SEEDED = WHOLE * 1e18;
    uint256 internal constant SKIP_ODD = 2;

    address internal friend = makeAddr("friend");

    function setUp() external {
        openVault(address(new RebasingToken(18)));
    }

    function test_writeDown_lowersTheRecordToWhatIsThere() external {
        _shrinkTo(300_000e18);

        vault.writeDown(address(odd));

        assertEq(recordedOf(odd), 300_000e18);
    }

    function test_writeDown_takesTheUnvestedFirst() external {
        redeem(holder, SHARES / 5, SKIP_ODD);
        _absorb(1_000e18);
        _shrinkTo(SEEDED + 1);

        vault.writeDown(address(odd));

        assertEq(recordedOf(odd), SEEDED * 4 / 5);
        assertEq(owedOf(odd), SEEDED / 5);
        assertEq(unvestedOf(odd), 1);
    }

    /// @dev Nothing firm is missing, so those who are owed lose nothing.
    function test_writeDown_leavesWhatIsFirmWhereOnlyTheUnvestedIsGone() external {
        redeem(holder, SHARES / 5, SKIP_ODD);
        _absorb(1_000e18);
        _shrinkTo(SEEDED);

        vault.writeDown(address(odd));

        assertEq(recordedOf(odd), SEEDED * 4 / 5);
        assertEq(owedOf(odd), SEEDED / 5);
        assertEq(unvestedOf(odd), 0);
    }

    /// @dev A record that was never lowered gives no later surplus leave to vest faster.
    function test_absorb_vestsByTheRecordWhereOnlyTheUnvestedWasGone() external {
        _absorb(1_000e18);
        _shrinkTo(SEEDED);
        vault.writeDown(address(odd));
        redeem(holder, SHARES / 2, 0);
        uint256 recorded = recordedOf(odd);

        _absorb(3 * recorded);
        vm.warp(block.timestamp + 1 days);

        assertEq(recordedOf(odd), 2 * recorded);
    }

    /// @dev What has vested by then is as firm as the rest.
    function test_writeDown_creditsFirstWhatHasVested() external {
        _absorb(1_000e18);
        vm.warp(block.timestamp + 12 hours);
        uint256 vested = 1_000e18 * 12 hours / uint256(1 days + 1);
        _shrinkTo(SEEDED + vested);

        vault.writeDown(address(odd));

        assertEq(recordedOf(odd), SEEDED + vested);
        assertEq(unvestedOf(odd), 0);
    }

    /// @dev INV-1: afterwards the records are what is there, shared in proportion; rounding goes to
    /// those who are owed, who get no surplus either.
    function testFuzz_writeDown_sharesInProportion(
        uint256 skipped,
        uint256 surplus,
        uint256 balance
    ) external {
        redeem(holder, bound(skipped, 1e6, SHARES - 1e15), SKIP_ODD);
        surplus = bound(surplus, 0, 1e30);
        if (surplus != 0) _absorb(surplus);
        balance = bound(balance, 1e6, SEEDED - 1);
        (uint256 recorded, uint256 owed) = (recordedOf(odd), owedOf(odd));
        _shrinkTo(balance);

        vault.writeDown(address(odd));

        assertEq(recordedOf(odd), recorded * balance / SEEDED);
        assertEq(recordedOf(odd) + owedOf(odd), balance);
        assertLe(owedOf(odd), owed);
        assertEq(unvestedOf(odd), 0);
    }

    function test_writeDown_isSharedByAllWhoAreOwed() external {
        mint(friend, SHARES);
        redeem(holder, 100_000e18, SKIP_ODD);
        redeem(friend, 300_000e18, SKIP_ODD);
        _shrinkTo(SEEDED);

        vault.writeDown(address(odd));

        assertEq(vault.owedTo(holder, address(odd)), 25_000e18);
        assertEq(vault.owedTo(friend, address(odd)), 75_000e18);
    }

    /// @dev Who is owed later, at the lower record, is not cut again by the earlier loss.
    function test_writeDown_doesNotReachWhatIsOwedLater() external {
        mint(friend, SHARES);
        redeem(holder, 100_000e18, SKIP_ODD);
        _shrinkTo(SEEDED);
        vault.writeDown(address(odd));

        uint256 due = redeem(friend, 300_000e18, SKIP_ODD)[1];

        assertApproxEqAbs(vault.owedTo(friend, address(odd)), due, 1);
        assertEq(vault.owedTo(holder, address(odd)), 25_000e18);
    }

    /// @dev A later claim in full, after losses and in any order, never takes more than is owed.
    function testFuzz_claimOwed_neverPaysMoreThanIsOwed(
        uint256[2] memory shares,
        uint256[3] memory losses
    ) external {
        mint(friend, SHARES);
        redeem(holder, bound(shares[0], 1, SHARES / 2), SKIP_ODD);
        _lose(losses[0]);
        redeem(friend, bound(shares[1], 1, SHARES / 2), SKIP_ODD);
        _lose(losses[1]);
        uint256 owed = owedOf(odd);
        uint256 sum = vault.owedTo(holder, address(odd)) + vault.owedTo(friend, address(odd));
        assertLe(sum, owed);
        assertGe(sum + 1, owed);

        _tryClaim(friend);
        _lose(losses[2]);
        _tryClaim(holder);

        assertLe(recordedOf(odd) + owedOf(odd), odd.balanceOf(address(vault)));
    }

    function test_writeDown_emitsWhatIsLeft() external {
        redeem(holder, SHARES / 5, SKIP_ODD);
        _shrinkTo(100_000e18);

        vm.expectEmit(address(vault));
        emit IVault.WrittenDown(address(odd), 80_000e18, 20_000e18);
        vault.writeDown(address(odd));
    }

    function test_writeDown_revertsWhenNothingIsMissing() external {
        redeem(holder, SHARES / 5, SKIP_ODD);
        _absorb(1_000e18);

        uint256 accounted = SEEDED + 1_000e18;
        vm.expectRevert(
            abi.encodeWithSelector(
                IVault.NothingToWriteDown.selector, address(odd), accounted, accounted
            )
        );
        vault.writeDown(address(odd));
    }

    function test_writeDown_revertsWhenThereIsASurplus() external {
        odd.mint(address(vault), 1);

        vm.expectRevert(
            abi.encodeWithSelector(
                IVault.NothingToWriteDown.selector, address(odd), SEEDED + 1, SEEDED
            )
        );
        vault.writeDown(address(odd));
    }

    /// @dev An asset stays one when all of it is gone.
    function test_writeDown_revertsWhenThereIsNothingLeftToLose() external {
        _shrinkTo(0);
        vault.writeDown(address(odd));

        vm.expectRevert(
            abi.encodeWithSelector(IVault.NothingToWriteDown.selector, address(odd), 0, 0)
        );
        vault.writeDown(address(odd));
    }

    function test_writeDown_revertsWhenTokenIsNoAsset() external {
        vm.expectRevert(abi.encodeWithSelector(IVault.NotAnAsset.selector, stranger));
        vault.writeDown(stranger);
    }

    /* WIPED OUT */

    /// @dev Those who were owed have lost all of it, and share in nothing that comes later.
    function test_writeDown_endsWhatIsOwedWhenNothingIsLeft() external {
        mint(friend, SHARES);
        redeem(holder, 100_000e18, SKIP_ODD);
        _shrinkTo(0);
        vault.writeDown(address(odd));
        _absorb(1_000e18);
        vm.warp(block.timestamp + 2 days);

        uint256 due = redeem(friend, SHARES / 2, SKIP_ODD)[1];

        assertGt(due, 0);
        assertEq(vault.owedTo(friend, address(odd)), due);
        assertEq(vault.owedTo(holder, address(odd)), 0);
        vm.expectRevert(abi.encodeWithSelector(IVault.NothingOwed.selector, holder, address(odd)));
        vm.prank(holder);
        vault.claimOwed(address(odd), holder);
    }

    /// @dev A token that says for a while that nothing is there takes nothing from the holders.
    function test_absorb_bringsBackInADayWhatWasWrittenDown() external {
        _shrinkTo(0);
        vault.writeDown(address(odd));

        _absorb(SEEDED);
        vm.warp(block.timestamp + 2 days);

        assertEq(recordedOf(odd), SEEDED);
    }

    /// @dev Where nothing of anything is left shares would cost nothing, and whoever took them all
    /// would have the fee overflow and block every exit.
    function test_mintInKind_revertsWhereNothingIsHeld() external {
        _shrinkTo(0);
        vault.writeDown(address(odd));
        deal(address(dollar), address(vault), 0);
        vault.writeDown(address(dollar));

        vm.prank(stranger);
        vm.expectRevert(IVault.NothingHeld.selector);
        vault.mintInKind(1e18, both(0, 0), stranger);
    }

    /// @dev INV-6: a token that is worth nothing any more does not hold up the others.
    function test_redeemInKind_paysTheOthersWhenNothingIsLeft() external {
        _shrinkTo(0);
        vault.writeDown(address(odd));

        uint256[] memory assets = redeem(holder, 2e18, 0);

        assertEq(assets, both(1e6, 0));
    }

    function test_mintInKind_asksForNothingOfWhatIsLost() external {
        _shrinkTo(0);
        vault.writeDown(address(odd));

        assertEq(mint(stranger, 2e18), both(1e6, 0));
    }

    /// @dev What is left of a pool that lost all but a part in 1e18 goes to the shareholders.
    function test_writeDown_endsWhatIsOwedWhenOnlyDustIsLeft() external {
        redeem(holder, SHARES / 2, SKIP_ODD);
        _shrinkTo(500_000);

        vault.writeDown(address(odd));

        assertEq(vault.owedTo(holder, address(odd)), 0);
        assertEq(recordedOf(odd), 500_000);
    }

    function test_writeDown_keepsWhatIsOwedWhenMoreThanDustIsLeft() external {
        redeem(holder, SHARES / 2, SKIP_ODD);
        _shrinkTo(500_002);

        vault.writeDown(address(odd));

        assertEq(vault.owedTo(holder, address(odd)), 250_001);
        assertEq(recordedOf(odd), 250_001);
    }

    /* LIES */

    function test_absorb_believesNoTokenThatSaysItIsWithoutEnd() external {
        _openLying();
        LyingToken(address(odd)).lie(address(vault), type(uint256).max);

        vault.absorb(address(odd));

        assertEq(recordedOf(odd) + unvestedOf(odd), type(uint128).max);
    }

    /// @dev INV-6: exits bear what was absorbed of a token without end.
    function test_redeemInKind_bearsATokenThatSaysItIsWithoutEnd() external {
        _openLying();
        _sayAndAbsorb(type(uint256).max);
        mint(friend, 1e18);
        vm.warp(block.timestamp + 2 days);

        redeem(holder, SHARES / 2, SKIP_ODD);
        redeem(friend, 1e18, SKIP_ODD);

        assertEq(dollar.balanceOf(holder), WHOLE * 1e6 / 2);
    }

    /// @dev INV-1: once the lie is over, a write-down brings the records back to what is there.
    function test_writeDown_endsALie() external {
        _openLying();
        _sayAndAbsorb(type(uint256).max);
        vm.warp(block.timestamp + 2 days);
        LyingToken(address(odd)).lie(address(vault), SEEDED);

        vault.writeDown(address(odd));

        assertEq(recordedOf(odd), SEEDED);
        redeem(holder, SHARES / 2, 0);
        assertEq(odd.balanceOf(holder), SEEDED / 2);
    }

    /// @dev INV-6: a token that swells and shrinks as often as it likes, so that each unit of what
    /// is owed becomes worth less and less, still cannot hold up an exit.
    function testFuzz_redeemInKind_bearsATokenThatSwellsAndShrinks(uint256[6] memory said)
        external
    {
        _openLying();
        for (uint256 i; i < said.length; ++i) {
            redeem(holder, SHARES / 10, SKIP_ODD);
            _say(bound(said[i], 0, 1e3));
            _say(type(uint256).max - said[i] % 1e3);
            vm.warp(block.timestamp + 2 days);
        }

        redeem(holder, SHARES / 10, SKIP_ODD);

        assertEq(dollar.balanceOf(holder), WHOLE * 1e6 * 7 / 10);
    }

    function _openLying() private {
        openVault(address(new LyingToken(18)));
    }

    function _sayAndAbsorb(uint256 balance) private {
        LyingToken(address(odd)).lie(address(vault), balance);
        vault.absorb(address(odd));
        // So that it can come in.
        LyingToken(address(odd)).confess(address(vault));
    }

    /// @dev The token says `balance`, and whoever wants to has the vault act on it.
    function _say(uint256 balance) private {
        LyingToken(address(odd)).lie(address(vault), balance);
        try vault.absorb(address(odd)) {} catch {}
        try vault.writeDown(address(odd)) {} catch {}
    }

    function _absorb(uint256 surplus) private {
        odd.mint(address(vault), surplus);
        vault.absorb(address(odd));
    }

    function _shrinkTo(uint256 balance) private {
        RebasingToken(address(odd)).rebase(address(vault), balance);
    }

    /// @dev Loses a part between nothing and all, and writes it down.
    function _lose(uint256 part) private {
        uint256 balance = odd.balanceOf(address(vault));
        _shrinkTo(balance - bound(part, 0, balance));
        try vault.writeDown(address(odd)) {} catch {}
    }

    function _tryClaim(address account) private {
        vm.prank(account);
        try vault.claimOwed(address(odd), account) {} catch {}
    }
}
