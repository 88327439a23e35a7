// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {OddVaultFixture} from "../fixtures/OddVaultFixture.sol";
import {RebasingToken} from "../fixtures/WeirdTokens.sol";

/// @notice Attack: a token shrinks by a fifth. Who leaves first is paid as if nothing had happened,
/// and the last find nothing. Rule: anyone may write the record down, and then all share the loss.
contract DownRebaseAttackTest is OddVaultFixture {
    uint256 internal constant LEFT = WHOLE * 1e18 * 4 / 5;

    address internal slow = makeAddr("slow holder");

    function setUp() external {
        openVault(address(new RebasingToken(18)));
        vm.prank(holder);
        assertTrue(vault.transfer(slow, SHARES / 2));
        RebasingToken(address(odd)).rebase(address(vault), LEFT);
    }

    function test_downRebase_leavesTheLastWithNothingWithoutTheRule() external {
        redeem(holder, SHARES / 2 - 1e15, 0);

        assertApproxEqAbs(odd.balanceOf(holder), 250_000e18, 1e15);
        vm.expectPartialRevert(IERC20Errors.ERC20InsufficientBalance.selector);
        redeem(slow, SHARES / 2, 0);
    }

    function test_downRebase_isSharedUnderTheRule() external {
        vault.writeDown(address(odd));

        redeem(holder, SHARES / 2 - 1e15, 0);
        redeem(slow, SHARES / 2, 0);

        assertApproxEqAbs(odd.balanceOf(holder), LEFT / 2, 1e15);
        assertEq(odd.balanceOf(slow), LEFT / 2);
    }

    /// @dev INV-6: even where nobody wrote it down, the last can leave with the other assets, and
    /// are owed what comes of the rest.
    function test_downRebase_stopsNoExit() external {
        redeem(holder, SHARES / 2 - 1e15, 0);

        redeem(slow, SHARES / 2, 2);
        vault.writeDown(address(odd));

        assertEq(dollar.balanceOf(slow), WHOLE * 1e6 / 2);
        vm.prank(slow);
        assertApproxEqAbs(vault.claimOwed(address(odd), slow), LEFT - 250_000e18, 1e15);
    }
}
