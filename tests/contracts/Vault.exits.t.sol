// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Leg} from "../../contracts/types/Types.sol";
import {VaultFixture} from "./fixtures/VaultFixture.sol";

/// @notice INV-6: whatever else has failed, holders get their assets, at the same terms as ever.
contract VaultExitsTest is VaultFixture {
    uint256 internal constant TROUBLES = 9;
    /// @dev Code that reverts at every call.
    bytes internal constant REVERTING = hex"5f5ffd";

    /// @dev INV-6: every set of troubles at once leaves the exit as it was.
    function testFuzz_redeemInKind_succeedsInEveryState(uint256 troubles, uint256 shares) external {
        shares = bound(shares, 1, vault.balanceOf(holder));
        uint256[] memory due = vault.previewRedeemInKind(shares);

        for (uint256 i; i < TROUBLES; ++i) {
            if (troubles >> i & 1 != 0) _makeTrouble(i);
        }
        uint256[] memory paid = redeemInKind(holder, shares);

        assertEq(paid, due);
        for (uint256 i; i < COUNT; ++i) {
            assertEq(tokens[i].balanceOf(holder), due[i]);
        }
    }

    /// @dev INV-6: each trouble alone, so that none hides another.
    function test_redeemInKind_succeedsInEachTrouble() external {
        for (uint256 i; i < TROUBLES; ++i) {
            uint256 snapshot = vm.snapshotState();
            _makeTrouble(i);
            redeemInKind(holder, 1e18);
            vm.revertToState(snapshot);
        }
    }

    /// @dev In each of these troubles entries in kind go on as well.
    function testFuzz_mintInKind_succeedsInEveryState(uint256 troubles, uint256 shares) external {
        shares = bound(shares, 1, 1e30);
        uint256[] memory asked = vault.previewMintInKind(shares);

        for (uint256 i; i < TROUBLES; ++i) {
            if (troubles >> i & 1 != 0) _makeTrouble(i);
        }

        assertEq(mintInKind(stranger, shares), asked);
    }

    /// @dev The troubles are real: each stops rebalances.
    function test_rebalance_failsInEachTrouble() external {
        setPrice(WETH, 2_400e8);
        Leg[] memory legs = one(legOf(WETH, USDC, 10_000e18));
        uint256 snapshot = vm.snapshotState();
        rebalance(keeper, legs);
        vm.revertToState(snapshot);

        for (uint256 i; i < TROUBLES; ++i) {
            snapshot = vm.snapshotState();
            _makeTrouble(i);
            vm.expectRevert();
            vm.prank(keeper);
            vault.rebalance(legs, 0, block.timestamp);
            vm.revertToState(snapshot);
        }
    }

    function test_claimOwed_succeedsInEveryTroubleAtOnce() external {
        vm.prank(holder);
        vault.redeemInKind(1e18, new uint256[](COUNT), holder, holder, 1 << WETH);
        for (uint256 i; i < TROUBLES; ++i) {
            _makeTrouble(i);
        }

        vm.prank(holder);
        vault.claimOwed(address(tokens[WETH]), holder);

        assertEq(tokens[WETH].balanceOf(holder), 0.00015e18);
    }

    /// @dev INV-6: one token that cannot move costs its own amount only, and only until it can.
    function testFuzz_redeemInKind_succeedsWithAnyTokensDead(uint256 dead, uint256 shares)
        external
    {
        dead = bound(dead, 0, 2 ** COUNT - 1);
        shares = bound(shares, 1, vault.balanceOf(holder));
        uint256[] memory due = vault.previewRedeemInKind(shares);
        for (uint256 i; i < COUNT; ++i) {
            if (dead >> i & 1 != 0) vm.etch(address(tokens[i]), REVERTING);
        }

        vm.prank(holder);
        vault.redeemInKind(shares, due, holder, holder, dead);

        for (uint256 i; i < COUNT; ++i) {
            if (dead >> i & 1 != 0) assertEq(vault.owedTo(holder, address(tokens[i])), due[i]);
            else assertEq(tokens[i].balanceOf(holder), due[i]);
        }
    }

    /// @dev INV-6: a rebalance in flight cannot hold an exit up; there is no cooldown on leaving.
    /// forge-config: default.isolate = true
    function test_redeemInKind_succeedsRightAfterARebalance() external {
        setPrice(WETH, 2_400e8);
        rebalance(keeper, one(legOf(WETH, USDC, 10_000e18)));

        redeemInKind(holder, vault.balanceOf(holder));

        assertEq(vault.balanceOf(holder), 0);
    }

    function test_redeemInKind_succeedsInTheTransactionOfAMint() external {
        mintInKind(stranger, 1e18);

        redeemInKind(stranger, 1e18);

        assertEq(vault.balanceOf(stranger), 0);
    }

    /// @dev In this order, each works after those before it.
    function _makeTrouble(uint256 trouble) private {
        if (trouble == 0) _pause();
        if (trouble == 1) _removeKeeper();
        if (trouble == 2) vm.etch(address(mandate), REVERTING);
        if (trouble == 3) vm.etch(address(venue), REVERTING);
        if (trouble == 4) vm.etch(address(router), REVERTING);
        if (trouble == 5) feeds[LINK].setAnswer(0, block.timestamp);
        if (trouble == 6) vm.warp(block.timestamp + 30 days);
        if (trouble == 7) vm.etch(address(oracle), REVERTING);
        if (trouble == 8) vm.etch(address(oracle), "");
    }

    function _pause() private {
        vm.prank(guardian);
        mandate.pause();
    }

    function _removeKeeper() private {
        vm.prank(guardian);
        mandate.removeKeeper(keeper);
    }
}
