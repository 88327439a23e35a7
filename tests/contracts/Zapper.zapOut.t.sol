// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IZapper, Signature, Swap, ZapOut} from "../../contracts/interfaces/IZapper.sol";
import {MockToken} from "../../contracts/mocks/MockToken.sol";
import {ZapperFixture} from "./fixtures/ZapperFixture.sol";

/// @notice Shares in, one token out: redeemed in kind, sold at the caller's cost, and what is not
/// sold or not sent stays the caller's.
contract ZapperZapOutTest is ZapperFixture {
    uint256 internal constant SOLD = 50_000e18;

    function setUp() public override {
        super.setUp();
        mintInKind(user, SOLD);
        vm.prank(user);
        vault.approve(address(zapper), SOLD);
    }

    function testFuzz_zapOut_paysInAnyAssetLessFeesAndImpact(uint256 asset, uint256 shares)
        external
    {
        asset %= COUNT;
        shares = bound(shares, 100e18, SOLD);

        uint256 amountOut = zapOut(asset, shares);

        assertEq(tokens[asset].balanceOf(user), amountOut);
        assertLt(amountOut, amountWorth(asset, shares));
        assertGt(amountOut, amountWorth(asset, shares * 99 / 100));
        assertEq(vault.balanceOf(user), SOLD - shares);
        assertZapperEmpty();
    }

    /// @dev INV-3: the holders have no less of any asset per share.
    function testFuzz_zapOut_costsHoldersNothing(uint256 asset, uint256 shares) external {
        shares = bound(shares, 1e18, SOLD);
        uint256[] memory before = vault.previewRedeemInKind(vault.balanceOf(holder));

        zapOut(asset % COUNT, shares);

        uint256[] memory afterwards = vault.previewRedeemInKind(vault.balanceOf(holder));
        for (uint256 i; i < COUNT; ++i) {
            assertGe(afterwards[i], before[i]);
        }
    }

    function test_zapOut_paysInATokenThatTheVaultDoesNotHold() external {
        Swap[] memory swaps = new Swap[](COUNT);
        Swap[] memory first = swapsOut(USDC);
        for (uint256 i; i < first.length; ++i) {
            swaps[i] = first[i];
        }
        swaps[COUNT - 1] = swapOf(tokens[USDC], outsider, ALL);

        vm.prank(user);
        uint256 amountOut = zapper.zapOut(orderOut(outsider, SOLD, swaps));

        assertEq(outsider.balanceOf(user), amountOut);
        assertApproxEqRel(amountOut, SOLD / 3, 0.01e18);
        assertZapperEmpty();
    }

    function test_zapOut_givesTheCallerWhatIsNotSold() external {
        uint256[] memory assets = vault.previewRedeemInKind(SOLD);
        Swap[] memory swaps = new Swap[](1);
        swaps[0] = swapOf(tokens[WETH], tokens[USDC], assets[WETH] / 2);
        ZapOut memory order = orderOut(tokens[USDC], SOLD, swaps);
        order.receiver = stranger;

        vm.prank(user);
        uint256 amountOut = zapper.zapOut(order);

        assertEq(tokens[USDC].balanceOf(stranger), amountOut);
        assertGt(amountOut, assets[USDC]);
        assertEq(tokens[USDC].balanceOf(user), 0);
        assertEq(tokens[WBTC].balanceOf(user), assets[WBTC]);
        assertEq(tokens[WETH].balanceOf(user), assets[WETH] - assets[WETH] / 2);
        assertEq(tokens[LINK].balanceOf(user), assets[LINK]);
        assertZapperEmpty();
    }

    /// @dev What is skipped is owed to the user, who claims it; the zapper is owed nothing.
    function testFuzz_zapOut_leavesWhatIsSkippedOwedToTheCaller(uint256 skip) external {
        skip %= 1 << COUNT;
        uint256[] memory assets = vault.previewRedeemInKind(SOLD);
        ZapOut memory order = orderOut(tokens[USDC], SOLD, new Swap[](0));
        (order.skip, order.minAmountOut) = (skip, 0);

        vm.prank(user);
        zapper.zapOut(order);

        for (uint256 i; i < COUNT; ++i) {
            bool skipped = skip >> i & 1 != 0;
            address token = address(tokens[i]);
            assertApproxEqAbs(vault.owedTo(user, token), skipped ? assets[i] : 0, 1);
            assertEq(vault.owedTo(address(zapper), token), 0);
            assertEq(tokens[i].balanceOf(user), skipped ? 0 : assets[i]);
        }
        assertZapperEmpty();
    }

    /// @dev INV-6: a token that cannot even be asked for a balance keeps nobody from the rest.
    function test_zapOut_worksWithASkippedTokenThatIsDead() external {
        MockToken dead = tokens[LINK];
        ZapOut memory order = orderOut(tokens[USDC], SOLD, new Swap[](2));
        order.swaps[0] = swapOf(tokens[WETH], tokens[USDC], ALL);
        order.swaps[1] = swapOf(tokens[WBTC], tokens[USDC], ALL);
        order.skip = 1 << LINK;
        vm.mockCallRevert(address(dead), abi.encodeWithSelector(IERC20.balanceOf.selector), "dead");
        vm.mockCallRevert(address(dead), abi.encodeWithSelector(IERC20.transfer.selector), "dead");

        vm.prank(user);
        uint256 amountOut = zapper.zapOut(order);

        assertApproxEqRel(amountOut, 40_000e6, 0.01e18);
        assertGt(vault.owedTo(user, address(dead)), 0);
    }

    /* MINIMA */

    function test_zapOut_holdsToTheMinimumExactly() external {
        ZapOut memory order = orderOut(tokens[USDC], SOLD, swapsOut(USDC));
        uint256 snapshot = vm.snapshotState();
        vm.prank(user);
        uint256 amountOut = zapper.zapOut(order);
        vm.revertToState(snapshot);

        order.minAmountOut = amountOut + 1;
        vm.expectRevert(
            abi.encodeWithSelector(
                IZapper.AmountBelowMinimum.selector, address(tokens[USDC]), amountOut, amountOut + 1
            )
        );
        vm.prank(user);
        zapper.zapOut(order);

        order.minAmountOut = amountOut;
        vm.expectEmit(address(zapper));
        emit IZapper.ZappedOut(user, address(vault), user, address(tokens[USDC]), amountOut, SOLD);
        vm.prank(user);
        zapper.zapOut(order);
    }

    function test_zapOut_revertsWhenASwapBringsTooLittle() external {
        ZapOut memory order = orderOut(tokens[USDC], SOLD, swapsOut(USDC));
        order.swaps[2].minAmountOut = 10_000e6;

        vm.expectPartialRevert(IZapper.SwapBelowMinimum.selector);
        vm.prank(user);
        zapper.zapOut(order);
    }

    function test_zapOut_revertsWhenExpired() external {
        ZapOut memory order = orderOut(tokens[USDC], SOLD, swapsOut(USDC));
        order.deadline = block.timestamp - 1;

        vm.expectRevert(
            abi.encodeWithSelector(IZapper.ZapExpired.selector, block.timestamp, order.deadline)
        );
        vm.prank(user);
        zapper.zapOut(order);
    }

    function test_zapOut_revertsWithoutAnAllowance() external {
        ZapOut memory order = orderOut(tokens[USDC], SOLD, swapsOut(USDC));
        vm.prank(user);
        vault.approve(address(zapper), SOLD - 1);

        vm.expectPartialRevert(IERC20Errors.ERC20InsufficientAllowance.selector);
        vm.prank(user);
        zapper.zapOut(order);
    }

    function test_zapOutWithPermit_needsNoAllowance() external {
        vm.prank(user);
        vault.approve(address(zapper), 0);
        ZapOut memory order = orderOut(tokens[USDC], SOLD, swapsOut(USDC));
        Signature memory signature = sign(MockToken(address(vault)), SOLD);

        vm.prank(user);
        zapper.zapOutWithPermit(order, signature);

        assertEq(vault.balanceOf(user), 0);
        assertEq(vault.allowance(user, address(zapper)), 0);
        assertZapperEmpty();
    }
}
