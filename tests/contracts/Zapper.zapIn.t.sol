// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IUniswapV3Factory} from "../../contracts/interfaces/external/IUniswapV3Factory.sol";
import {IVault} from "../../contracts/interfaces/IVault.sol";
import {IZapper, Signature, Swap, ZapIn} from "../../contracts/interfaces/IZapper.sol";
import {UniswapV3PoolVenue} from "../../contracts/venues/UniswapV3PoolVenue.sol";
import {ZapperFixture} from "./fixtures/ZapperFixture.sol";

/// @notice One token in, shares out, on real pools: as many shares as the swaps paid for, the rest
/// back to the caller, the cost on the caller alone.
contract ZapperZapInTest is ZapperFixture {
    /* HOW MANY SHARES */

    /// @dev One share wei more would cost more of some asset than there was of it, whatever the fee
    /// has made of the supply.
    function testFuzz_zapIn_mintsTheMostThatTheSwapsPayFor(
        uint256 asset,
        uint256 value,
        uint64 feeRate
    ) external {
        asset %= COUNT;
        value = bound(value, 10e18, 500_000e18);
        vm.prank(owner);
        mandate.setFee(uint64(bound(feeRate, 0, 0.05e18)), owner);
        passTime(100 days);
        uint256[] memory holdings = vault.holdings();
        uint256 supply = _supplyWithFee();

        uint256 shares = zapIn(asset, amountWorth(asset, value));

        uint256[] memory left = balancesOf(user);
        bool exhausted;
        for (uint256 i; i < COUNT; ++i) {
            uint256 had = vault.holdings()[i] - holdings[i] + left[i];
            uint256 next = Math.mulDiv(holdings[i], shares + 1, supply, Math.Rounding.Ceil);
            if (next > had) exhausted = true;
        }
        assertTrue(exhausted);
        assertEq(vault.balanceOf(user), shares);
        assertZapperEmpty();
    }

    /// @dev Split by the vault's own proportions, all but the unequal price impact is minted.
    function testFuzz_zapIn_leavesLittleOver(uint256 asset, uint256 value) external {
        asset %= COUNT;
        value = bound(value, 1_000e18, 100_000e18);

        zapIn(asset, amountWorth(asset, value));

        // A swap of 0.2 % of a pool moves its price by 0.4 %, and the input pays no fee on its own
        // part.
        assertLt(marketValue(balancesOf(user)), value / 100);
    }

    function testFuzz_zapIn_thenZapOutLosesOnlyFeesAndImpact(uint256 asset, uint256 value)
        external
    {
        asset %= COUNT;
        value = bound(value, 1_000e18, 100_000e18);
        uint256 amount = amountWorth(asset, value);

        uint256 shares = zapIn(asset, amount);
        uint256 amountOut = zapOut(asset, shares);

        uint256 kept = tokens[asset].balanceOf(user);
        assertGe(kept, amountOut);
        assertLt(kept, amount);
        // Twice 30 bp, twice up to 20 bp of impact, and what is left over in the other assets.
        uint256 total = marketValue(balancesOf(user));
        assertGt(total, value * 98 / 100);
        assertZapperEmpty();
    }

    /// @dev INV-3: the holders have no less of any asset per share.
    function testFuzz_zapIn_costsHoldersNothing(uint256 asset, uint256 value) external {
        asset %= COUNT;
        value = bound(value, 10e18, 500_000e18);
        uint256[] memory before = vault.previewRedeemInKind(vault.balanceOf(holder));

        zapIn(asset, amountWorth(asset, value));

        uint256[] memory afterwards = vault.previewRedeemInKind(vault.balanceOf(holder));
        for (uint256 i; i < COUNT; ++i) {
            assertGe(afterwards[i], before[i]);
        }
    }

    function _supplyWithFee() private returns (uint256 supply) {
        uint256 snapshot = vm.snapshotState();
        vault.accrueFee();
        supply = vault.totalSupply();
        vm.revertToState(snapshot);
    }

    /* WAYS */

    /// @dev Everything into USDC first, then as much of that as came.
    function test_zapIn_takesATokenThatTheVaultDoesNotHold() external {
        fund(outsider, 30_000e18);
        Swap[] memory swaps = new Swap[](COUNT);
        swaps[0] = swapOf(outsider, tokens[USDC], ALL);
        Swap[] memory split = swapsIn(USDC, 89_000e6);
        for (uint256 i; i < split.length; ++i) {
            swaps[i + 1] = split[i];
        }

        vm.prank(user);
        uint256 shares = zapper.zapIn(orderIn(outsider, 30_000e18, swaps));

        assertGt(shares, 88_000e18);
        assertEq(outsider.balanceOf(user), 0);
        assertZapperEmpty();
    }

    function test_zapIn_swapsThroughAnyVenue() external {
        UniswapV3PoolVenue lean =
            new UniswapV3PoolVenue(IUniswapV3Factory(address(factory)), POOL_INIT_CODE_HASH);
        fund(tokens[USDC], 10_000e6);
        ZapIn memory order = orderIn(tokens[USDC], 10_000e6, swapsIn(USDC, 10_000e6));
        for (uint256 i; i < order.swaps.length; ++i) {
            order.swaps[i].venue = address(lean);
        }

        vm.prank(user);
        uint256 shares = zapper.zapIn(order);

        assertGt(shares, 9_900e18);
        assertZapperEmpty();
    }

    function test_zapIn_givesBackWhatNoSwapUses() external {
        fund(tokens[USDC], 20_000e6);
        ZapIn memory order = orderIn(tokens[USDC], 20_000e6, swapsIn(USDC, 10_000e6));

        vm.prank(user);
        zapper.zapIn(order);

        assertGt(tokens[USDC].balanceOf(user), 10_000e6);
        assertZapperEmpty();
    }

    function test_zapIn_mintsToTheReceiverAndGivesTheRestToTheCaller() external {
        fund(tokens[USDC], 20_000e6);
        ZapIn memory order = orderIn(tokens[USDC], 20_000e6, swapsIn(USDC, 10_000e6));
        order.receiver = stranger;

        vm.prank(user);
        uint256 shares = zapper.zapIn(order);

        assertEq(vault.balanceOf(stranger), shares);
        assertEq(tokens[USDC].balanceOf(stranger), 0);
        assertGt(tokens[USDC].balanceOf(user), 10_000e6);
    }

    function test_zapIn_emitsWhoPaidWhatForHowMuch() external {
        fund(tokens[USDC], 10_000e6);
        ZapIn memory order = orderIn(tokens[USDC], 10_000e6, swapsIn(USDC, 10_000e6));
        uint256 snapshot = vm.snapshotState();
        vm.prank(user);
        uint256 shares = zapper.zapIn(order);
        vm.revertToState(snapshot);

        vm.expectEmit(address(zapper));
        emit IZapper.ZappedIn(user, address(vault), user, address(tokens[USDC]), 10_000e6, shares);
        vm.prank(user);
        zapper.zapIn(order);
    }

    /* MINIMA */

    function testFuzz_zapIn_holdsToTheMinimumOfSharesExactly(uint256 value) external {
        uint256 amount = bound(value, 1_000e6, 100_000e6);
        fund(tokens[USDC], amount);
        ZapIn memory order = orderIn(tokens[USDC], amount, swapsIn(USDC, amount));
        uint256 snapshot = vm.snapshotState();
        vm.prank(user);
        uint256 shares = zapper.zapIn(order);
        vm.revertToState(snapshot);

        order.minShares = shares + 1;
        vm.expectRevert(
            abi.encodeWithSelector(IZapper.SharesBelowMinimum.selector, shares, shares + 1)
        );
        vm.prank(user);
        zapper.zapIn(order);

        order.minShares = shares;
        vm.prank(user);
        assertEq(zapper.zapIn(order), shares);
    }

    function test_zapIn_revertsWhenASwapBringsTooLittle() external {
        fund(tokens[USDC], 10_000e6);
        ZapIn memory order = orderIn(tokens[USDC], 10_000e6, swapsIn(USDC, 10_000e6));
        order.swaps[1].minAmountOut = 100e18;

        vm.expectPartialRevert(IZapper.SwapBelowMinimum.selector);
        vm.prank(user);
        zapper.zapIn(order);
    }

    function test_zapIn_revertsWhenAnAssetIsMissing() external {
        fund(tokens[USDC], 10_000e6);
        ZapIn memory order = orderIn(tokens[USDC], 10_000e6, new Swap[](0));

        vm.expectRevert(abi.encodeWithSelector(IZapper.SharesBelowMinimum.selector, 0, 1));
        vm.prank(user);
        zapper.zapIn(order);
    }

    function test_zapIn_revertsWhenASwapSellsMoreThanThereIs() external {
        fund(tokens[USDC], 10_000e6);
        Swap[] memory swaps = new Swap[](1);
        swaps[0] = swapOf(tokens[USDC], tokens[WETH], 10_000e6 + 1);

        vm.expectPartialRevert(IERC20Errors.ERC20InsufficientBalance.selector);
        vm.prank(user);
        zapper.zapIn(orderIn(tokens[USDC], 10_000e6, swaps));
    }

    function test_zapIn_revertsWhenTheVaultIsNotSeeded() external {
        vm.mockCall(address(vault), abi.encodeCall(vault.totalSupply, ()), abi.encode(0));
        fund(tokens[USDC], 10_000e6);
        ZapIn memory order = orderIn(tokens[USDC], 10_000e6, swapsIn(USDC, 10_000e6));
        order.minShares = 0;

        vm.expectRevert(IVault.ZeroShares.selector);
        vm.prank(user);
        zapper.zapIn(order);
    }

    function test_zapIn_revertsWhenExpired() external {
        ZapIn memory order = orderIn(tokens[USDC], 1e6, new Swap[](0));
        order.deadline = block.timestamp - 1;

        vm.expectRevert(
            abi.encodeWithSelector(IZapper.ZapExpired.selector, block.timestamp, order.deadline)
        );
        vm.prank(user);
        zapper.zapIn(order);
    }

    function test_zapIn_revertsWhenNobodyOrTheZapperIsToReceive() external {
        ZapIn memory order = orderIn(tokens[USDC], 1e6, new Swap[](0));
        address[2] memory refused = [address(0), address(zapper)];
        for (uint256 i; i < 2; ++i) {
            order.receiver = refused[i];
            vm.expectRevert(abi.encodeWithSelector(IZapper.BadReceiver.selector, refused[i]));
            vm.prank(user);
            zapper.zapIn(order);
        }
    }

    /* BY SIGNATURE */

    function test_zapInWithPermit_needsNoAllowance() external {
        (ZapIn memory order, Signature memory signature) = _signed();

        vm.prank(user);
        uint256 shares = zapper.zapInWithPermit(order, signature);

        assertEq(vault.balanceOf(user), shares);
        assertEq(tokens[USDC].allowance(user, address(zapper)), 0);
        assertZapperEmpty();
    }

    /// @dev Whoever hands a signature in first cannot keep its owner out.
    function test_zapInWithPermit_passesOverASignatureThatWasHandedIn() external {
        (ZapIn memory order, Signature memory signature) = _signed();
        tokens[USDC].permit(
            user,
            address(zapper),
            order.amountIn,
            order.deadline,
            signature.v,
            signature.r,
            signature.s
        );

        vm.prank(user);
        assertGt(zapper.zapInWithPermit(order, signature), 0);
    }

    /// @dev A signature serves its owner only.
    function test_zapInWithPermit_revertsForAnotherCaller() external {
        (ZapIn memory order, Signature memory signature) = _signed();
        order.receiver = stranger;

        vm.expectPartialRevert(IERC20Errors.ERC20InsufficientAllowance.selector);
        vm.prank(stranger);
        zapper.zapInWithPermit(order, signature);
    }

    function _signed() private returns (ZapIn memory order, Signature memory signature) {
        tokens[USDC].mint(user, 10_000e6);
        order = orderIn(tokens[USDC], 10_000e6, swapsIn(USDC, 10_000e6));
        signature = sign(tokens[USDC], 10_000e6);
    }
}
