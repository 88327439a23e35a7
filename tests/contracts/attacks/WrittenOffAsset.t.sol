// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IVault} from "../../../contracts/interfaces/IVault.sol";
import {WAD} from "../../../contracts/types/Types.sol";
import {LagFixture} from "../fixtures/LagFixture.sol";

/// @notice Attack: an asset counts for nothing but still trades. Somebody buys in at a net asset
/// value without it, and takes a part of it out in kind. Rule: while any of it is held the vault
/// takes no base asset.
contract WrittenOffAssetAttackTest is LagFixture {
    /// @dev A price next to nothing stands for what is written off where deposits stay open:
    /// 60 cents buy a dollar, 40 cents of it in ether.
    function test_writtenOff_isBoughtForNothingWhereDepositsStayOpen() external {
        oracle.setPrice(address(tokens[WETH]), 1);
        uint256 assets = vault.maxDeposit(stranger);

        uint256 shares = deposit(stranger, assets);
        uint256 value = marketWorth(redeemInKind(stranger, shares));

        assertGt(value, assets * 1e12 * 160 / 100);
        assertLt(holdersWorth(), NAV * 99 / 100);
    }

    function test_writtenOff_closesTheDoorToThoseWhoComeIn() external {
        vm.prank(owner);
        mandate.writeOff(WETH);
        fund(stranger, 30_000e6);

        assertEq(vault.maxDeposit(stranger), 0);
        vm.expectRevert(
            abi.encodeWithSelector(IVault.DepositsClosed.selector, address(tokens[WETH]))
        );
        vm.prank(stranger);
        vault.deposit(30_000e6, stranger);
    }

    /// @dev In kind it is still asked for, so nobody gets any for nothing.
    function testFuzz_writtenOff_isStillAskedForInKind(uint256 shares) external {
        vm.prank(owner);
        mandate.writeOff(WETH);
        shares = bound(shares, 1, 10 * SHARES);
        uint256 before = holdersWorth();

        uint256[] memory paid = mintInKind(stranger, shares);
        uint256[] memory got = redeemInKind(stranger, shares);

        assertGe(paid[WETH], got[WETH]);
        assertGe(paid[WETH], shares * 200e18 / SHARES);
        assertGe(holdersWorth() + 1e6, before);
    }

    /// @dev Who leaves by the door gives it up to those who stay.
    function test_writtenOff_isLeftToThoseWhoStay() external {
        vm.prank(owner);
        mandate.writeOff(WETH);
        mintInKind(stranger, 10_000e18);
        uint256 before = holdersWorth();

        uint256 assets = redeem(stranger, 10_000e18);

        // Of 10,000: what is not ether, less the spread.
        assertEq(assets, 6_000e6 * (WAD - 0.005e18) / WAD);
        assertGt(holdersWorth(), before);
    }
}
