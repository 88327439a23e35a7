// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IVault} from "../../../contracts/interfaces/IVault.sol";
import {LagFixture} from "../fixtures/LagFixture.sol";

/// @notice Attack: an asset is printed without limit while its feed says what it was worth, and
/// given to the vault. Once it counts, a few shares are worth all of the base asset. Rules: it
/// counts once somebody absorbs it, and then adds no more to the record in a day than is recorded;
/// the guardian's pause shuts the doors for seven; whoever leaves in kind gets a part of each
/// asset, whatever any is worth.
contract PrintedTokenAttackTest is LagFixture {
    uint256 internal constant STAKE = SHARES / 50;

    function setUp() public override {
        super.setUp();
        mintInKind(stranger, STAKE);
    }

    /// @dev It is not what is held that counts, but what is recorded.
    function test_printed_movesNoDoorUntilItIsAbsorbed() external {
        uint256 before = vault.previewRedeem(STAKE);

        _print();
        vm.warp(block.timestamp + 2 days);

        assertEq(vault.previewRedeem(STAKE), before);
    }

    function test_printed_isWorthNothingInTheTransactionThatAbsorbsIt() external {
        uint256 before = vault.previewRedeem(STAKE);
        uint256 most = vault.maxWithdraw(stranger);

        _print();
        vault.absorb(address(tokens[WBTC]));

        assertEq(vault.previewRedeem(STAKE), before);
        assertEq(vault.maxWithdraw(stranger), most);
    }

    function test_printed_takesNoBaseAssetWhileTheGuardianKeepsTheDoorsShut() external {
        _print();
        vault.absorb(address(tokens[WBTC]));
        vm.prank(guardian);
        mandate.pause();
        uint256 until = mandate.pausedUntil();
        vm.warp(until - 1);

        assertEq(vault.maxRedeem(stranger), 0);
        vm.expectRevert(abi.encodeWithSelector(IVault.DoorsPaused.selector, until));
        vm.prank(stranger);
        vault.redeem(STAKE, stranger, stranger);
    }

    /// @dev Of the base asset goes what the bucket lets through of a NAV that has grown by minutes.
    function testFuzz_printed_takesNoMoreBaseAssetThanTheFlowBucket(uint256 worth) external {
        worth = bound(worth, NAV, 1e12 * NAV);
        tokens[WBTC].mint(address(vault), amountWorth(WBTC, worth));
        vault.absorb(address(tokens[WBTC]));

        uint256 taken;
        for (uint256 i; i < 6; ++i) {
            vm.warp(block.timestamp + 10 minutes);
            taken += redeem(stranger, vault.maxRedeem(stranger));
        }

        assertLe(taken, NAV * 6 / 100 / 1e12);
    }

    /// @dev Nor does it help to be most of the vault while it is absorbed.
    function test_printed_countsNoFasterForWhatWasMintedAroundIt() external {
        mintInKind(stranger, 1_000 * SHARES);
        _print();
        vault.absorb(address(tokens[WBTC]));
        redeemInKind(stranger, 1_000 * SHARES);
        uint256 recorded = vault.holdings()[WBTC];
        vm.warp(block.timestamp + 1 hours);

        assertLe(vault.holdings()[WBTC], recorded + recorded / 24);
    }

    /// @dev However much was printed and however long it has counted.
    function testFuzz_printed_takesNothingElseInKind(uint256 elapsed) external {
        uint256[] memory fair = vault.previewRedeemInKind(STAKE);
        _print();
        vault.absorb(address(tokens[WBTC]));
        vm.warp(block.timestamp + elapsed % 2 days);

        uint256[] memory got = redeemInKind(stranger, STAKE);

        assertEq(got[USDC], fair[USDC]);
        assertEq(got[WETH], fair[WETH]);
    }

    function _print() private {
        tokens[WBTC].mint(address(vault), amountWorth(WBTC, 100_000 * NAV));
    }
}
