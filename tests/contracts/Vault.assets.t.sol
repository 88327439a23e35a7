// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {AssetConfig} from "../../contracts/interfaces/IMandate.sol";
import {IPriceOracle} from "../../contracts/interfaces/IPriceOracle.sol";
import {IVault} from "../../contracts/interfaces/IVault.sol";
import {Leg, Limits, MAX_ASSETS, WAD} from "../../contracts/types/Types.sol";
import {ScriptedVaultFixture} from "./fixtures/ScriptedVaultFixture.sol";

/// @notice What becomes of the money when the list of assets changes: an asset leaves when nothing
/// of it is recorded, and nobody can keep it; one that is written off counts for nothing and is
/// still the holders'.
contract VaultAssetsTest is ScriptedVaultFixture {
    /// @dev Wide buckets, so that a fifth of the portfolio can be sold at once.
    function defaultLimits() internal view override returns (Limits memory limits) {
        limits = super.defaultLimits();
        (limits.turnoverCapacity, limits.turnoverRate) = (0.5e18, 0.1e18);
        (limits.weightSpeed, limits.cooldown) = (0.1e18, 0);
    }

    /* SELLING OUT */

    /// @dev One leg of the whole amount, to the last unit, at any price.
    function testFuzz_rebalance_sellsOutAnAssetWithoutATarget(uint256 price, bool gift) external {
        _dropTarget(LINK);
        setOraclePrice(LINK, bound(price, 5e8, 9.9e8));
        if (gift) _absorb(LINK, 1e18);
        passTime(gift ? 1 hours : 0);

        rebalance(keeper, one(exactLeg(LINK, USDC, _held(LINK))));

        assertEq(_held(LINK), 0);
        _remove(LINK);
        assertEq(vault.tokens().length, COUNT - 1);
    }

    /// @dev What vests between plan and transaction goes too: a leg may name more than there is.
    function testFuzz_rebalance_sellsOutWhatVestedMeanwhile(uint256 gift, uint256 delay) external {
        _dropTarget(LINK);
        _absorb(LINK, bound(gift, 1, 1_000e18));
        uint256 planned = _held(LINK) + 1_000e18;
        passTime(bound(delay, 1, 2 days));

        rebalance(keeper, one(exactLeg(LINK, USDC, planned)));

        assertEq(_held(LINK), 0);
        _remove(LINK);
    }

    /// @dev Dust too small for a leg of its own goes with other legs.
    function testFuzz_rebalance_sellsOutDustBesideAnotherLeg(uint256 dust) external {
        dust = bound(dust, 1, 5e18);
        _dropTarget(LINK);
        rebalance(keeper, one(exactLeg(LINK, USDC, _held(LINK) - dust)));
        setPrice(WETH, 3_000e8);

        rebalance(
            keeper, two(scriptedLeg(WETH, USDC, 50_000e18), exactLeg(LINK, USDC, _held(LINK)))
        );

        assertEq(_held(LINK), 0);
        _remove(LINK);
    }

    /// @dev The exemption is for the last unit only, and is no licence for dust rebalances.
    function test_rebalance_refusesDustThatSellsNothingOut() external {
        _dropTarget(LINK);
        rebalance(keeper, one(exactLeg(LINK, USDC, _held(LINK) - 5e18)));
        setPrice(WETH, 3_000e8);

        Leg[] memory legs =
            two(scriptedLeg(WETH, USDC, 50_000e18), exactLeg(LINK, USDC, _held(LINK) - 1));
        (, uint256 nav) = portfolio();
        // One unit less than five assets worth nine each.
        uint256 fraction = Math.ceilDiv((45e18 - 9) * WAD, nav);
        expectRefusal(
            legs, abi.encodeWithSelector(IVault.LegTooSmall.selector, 1, fraction, 0.0001e18)
        );
        legs[1].amountIn = 0;
        expectRefusal(legs, abi.encodeWithSelector(IVault.LegTooSmall.selector, 1, 0, 0.0001e18));
    }

    /// @dev With a target, a leg of more than there is goes past it, as ever.
    function test_rebalance_refusesToSellAllOfAnAssetWithATarget() external {
        setPrice(LINK, 30e8);
        (uint256[] memory values,) = portfolio();
        uint256 excess = above(LINK);

        expectRefusal(
            one(exactLeg(LINK, USDC, type(uint256).max)),
            abi.encodeWithSelector(
                IVault.PastTarget.selector, 0, address(tokens[LINK]), values[LINK], excess
            )
        );
    }

    /* REMOVING */

    function testFuzz_delist_revertsWhileAUnitIsRecorded(uint256 left) external {
        left = bound(left, 1, 1_000e18);
        _dropTarget(LINK);
        rebalance(keeper, one(exactLeg(LINK, USDC, _held(LINK) - left)));

        vm.prank(owner);
        vm.expectRevert(
            abi.encodeWithSelector(IVault.AssetStillHeld.selector, address(tokens[LINK]), left)
        );
        mandate.removeAsset(LINK);
    }

    /// @dev A gift that had not vested when the asset was sold out does not keep it on the list.
    function testFuzz_delist_isNotHeldUpByAGift(uint256 gift, uint256 delay) external {
        address token = address(tokens[LINK]);
        _dropTarget(LINK);
        _absorb(LINK, bound(gift, 1, 1_000e18));
        passTime(bound(delay, 0, 23 hours));
        rebalance(keeper, one(exactLeg(LINK, USDC, type(uint256).max)));
        tokens[LINK].mint(address(vault), 1 + gift % 1e24);

        vm.expectRevert(abi.encodeWithSelector(IVault.NothingRecorded.selector, token));
        vault.absorb(token);

        _remove(LINK);
        vm.expectRevert(abi.encodeWithSelector(IVault.NotAnAsset.selector, token));
        vault.absorb(token);
    }

    /// @dev INV-1, INV-6: what is owed of an asset outlasts its listing, a shortfall is shared, and
    /// the records of the asset that takes its index are untouched.
    function testFuzz_delist_leavesWhatIsOwedClaimable(uint256 shares, uint256 lost) external {
        shares = bound(shares, 1e18, SHARES / 2);
        vm.prank(holder);
        uint256 owed =
            vault.redeemInKind(shares, new uint256[](COUNT), holder, holder, 1 << LINK)[LINK];
        _dropTarget(LINK);
        rebalance(keeper, one(exactLeg(LINK, USDC, type(uint256).max)));
        AssetConfig memory fifth = pricedAsset();
        vm.prank(owner);
        mandate.addAsset(fifth);
        _remove(LINK);
        assertEq(vault.tokens()[LINK], fifth.token);
        assertEq(vault.owedTo(holder, address(tokens[LINK])), owed);

        lost = bound(lost, 0, owed - 1e6);
        if (lost != 0) {
            _lose(LINK, lost);
            vault.writeDown(address(tokens[LINK]));
        }
        vm.prank(holder);
        uint256 claimed = vault.claimOwed(address(tokens[LINK]), manager);

        assertEq(claimed, owed - lost);
        assertEq(tokens[LINK].balanceOf(manager), claimed);
        assertEq(_held(LINK), 0);
    }

    /// @dev The dust of a token that is off the list is no record of the one listed next.
    function test_list_beginsWithNothingAfterAShortfallOffTheList() external {
        vm.prank(holder);
        uint256[] memory due =
            vault.redeemInKind(SHARES / 2, new uint256[](COUNT), holder, holder, 1 << LINK);
        _dropTarget(LINK);
        rebalance(keeper, one(exactLeg(LINK, USDC, type(uint256).max)));
        _remove(LINK);
        _lose(LINK, due[LINK] - 1);
        vault.writeDown(address(tokens[LINK]));

        AssetConfig memory next = pricedAsset();
        vm.prank(owner);
        mandate.addAsset(next);

        assertEq(vault.holdings()[LINK], 0);
    }

    /// @dev INV-3: nobody's share of anything changes, and holders come and go as before.
    function test_delist_changesNothingForTheHolders() external {
        _dropTarget(LINK);
        rebalance(keeper, one(exactLeg(LINK, USDC, type(uint256).max)));
        uint256[] memory before = vault.holdings();
        _remove(LINK);

        uint256[] memory amounts = vault.holdings();
        assertEq(amounts.length, COUNT - 1);
        for (uint256 i; i < amounts.length; ++i) {
            assertEq(amounts[i], before[i]);
        }
        vm.prank(holder);
        vault.redeemInKind(1e18, new uint256[](COUNT - 1), holder, holder, 0);
    }

    /// @dev The mandate looks for duplicates too; the vault does not rely on it.
    function test_list_revertsForAnAssetOfTheVault() external {
        vm.prank(address(mandate));
        vm.expectRevert(
            abi.encodeWithSelector(IVault.AlreadyAnAsset.selector, address(tokens[LINK]))
        );
        vault.listAsset(address(tokens[LINK]));
    }

    /// @dev Nor does it rely on the mandate's count.
    function test_list_revertsBeyondTheMostAssets() external {
        for (uint256 i = COUNT; i < MAX_ASSETS; ++i) {
            _list(pricedAsset().token);
        }
        address token = pricedAsset().token;

        vm.expectRevert(
            abi.encodeWithSelector(IVault.TooManyAssets.selector, MAX_ASSETS, MAX_ASSETS)
        );
        _list(token);
    }

    /// @dev Nor on its indices: the base asset stays, and there is nothing beyond the last.
    function testFuzz_delist_revertsForTheBaseAssetAndForNone(uint256 index) external {
        index = index % 2 == 0 ? 0 : bound(index, COUNT, type(uint256).max);

        vm.prank(address(mandate));
        vm.expectRevert(abi.encodeWithSelector(IVault.UnknownAsset.selector, index, COUNT));
        vault.delistAsset(index);
    }

    function test_writeOff_revertsOneBeyondTheLastAsset() external {
        vm.prank(address(mandate));
        vm.expectRevert(abi.encodeWithSelector(IVault.UnknownAsset.selector, COUNT, COUNT));
        vault.writeOffAsset(COUNT);
    }

    function testFuzz_writeOff_revertsForTheBaseAssetAndForNone(uint256 index) external {
        index = index % 2 == 0 ? 0 : bound(index, COUNT, type(uint256).max);

        vm.prank(address(mandate));
        vm.expectRevert(abi.encodeWithSelector(IVault.UnknownAsset.selector, index, COUNT));
        vault.writeOffAsset(index);
    }

    /// @dev What a token's last listing left behind does not come back with it.
    function test_list_beginsWithNothingRecorded() external {
        _dropTarget(LINK);
        _absorb(LINK, 1e20);
        rebalance(keeper, one(exactLeg(LINK, USDC, type(uint256).max)));
        _remove(LINK);
        AssetConfig memory config = assetConfigs()[LINK];
        config.weight = 0;

        vm.prank(owner);
        mandate.addAsset(config);
        passTime(2 days);

        assertEq(_held(LINK), 0);
        assertEq(vault.tokens()[LINK], address(tokens[LINK]));
    }

    /* WRITING OFF */

    /// @dev Its feed may be dead: nothing asks for it any more.
    function test_writeOff_opensWhatADeadFeedHadClosed() external {
        vm.prank(owner);
        mandate.setFee(0.02e18, stranger);
        vm.mockCallRevert(
            address(feeds[LINK]), abi.encodeCall(feeds[LINK].latestRoundData, ()), "dead"
        );
        setPrice(WETH, 3_000e8);
        Leg[] memory legs = one(exactLeg(WETH, USDC, 10e18));
        uint256 nonce = vault.state().nonce;
        vm.prank(keeper);
        vm.expectPartialRevert(IPriceOracle.PriceUnavailable.selector);
        vault.rebalance(legs, nonce, block.timestamp);
        assertEq(vault.maxWithdraw(holder), 0);

        _writeOff(LINK);

        rebalance(keeper, legs);
        assertGt(vault.maxWithdraw(holder), 0);
        vm.prank(holder);
        vault.withdraw(1e6, holder, holder);
    }

    /// @dev The feed of what is written off may be dead: another asset needs a price of its own
    /// only.
    function test_addAsset_needsNoPriceOfWhatIsWrittenOff() external {
        _writeOff(LINK);
        vm.warp(block.timestamp + 2 days);
        AssetConfig memory added = pricedAsset();

        vm.prank(owner);
        mandate.addAsset(added);

        assertEq(vault.tokens().length, COUNT + 1);
    }

    /// @dev Worth nothing in NAV, whatever its feed says; the others are worth what they were.
    function testFuzz_writeOff_leavesTheOthersTheirWorth(uint256 asset) external {
        asset = bound(asset, 1, COUNT - 1);
        (uint256[] memory values, uint256 nav) = portfolio();

        _writeOff(asset);

        assertEq(vault.doorTerms().nav, nav - values[asset]);
    }

    /// @dev INV-3, INV-6: asked for in kind, and paid in kind, as before.
    function testFuzz_writeOff_isStillAskedForAndPaidInKind(uint256 shares) external {
        shares = bound(shares, 1e6, SHARES / 2);
        uint256[] memory asked = vault.previewMintInKind(shares);
        uint256[] memory paid = vault.previewRedeemInKind(shares);
        assertGt(asked[LINK], 0);
        _writeOff(LINK);

        assertEq(mintInKind(stranger, shares), asked);
        uint256[] memory received = redeemInKind(stranger, shares);
        for (uint256 i; i < COUNT; ++i) {
            // The mint rounded in favour of the others, and so by a unit of the visitor.
            assertApproxEqAbs(received[i], paid[i], 1);
            assertEq(tokens[i].balanceOf(stranger), received[i]);
        }
    }

    /// @dev A blocked token that was written off does not hold the rest back.
    function test_writeOff_canBeSkippedAndClaimed() external {
        _writeOff(LINK);
        vm.prank(holder);
        uint256 owed =
            vault.redeemInKind(1e18, new uint256[](COUNT), holder, holder, 1 << LINK)[LINK];

        vm.prank(holder);
        assertEq(vault.claimOwed(address(tokens[LINK]), holder), owed);
    }

    /// @dev Whoever came in by the base asset would get a part of it for nothing.
    function test_writeOff_closesDepositsWhileItIsHeld() external {
        _writeOff(LINK);
        tokens[USDC].mint(stranger, 1e6);
        vm.prank(stranger);
        tokens[USDC].approve(address(vault), 1e6);
        assertEq(vault.maxDeposit(stranger), 0);
        assertEq(vault.maxMint(stranger), 0);
        vm.prank(stranger);
        vm.expectRevert(
            abi.encodeWithSelector(IVault.DepositsClosed.selector, address(tokens[LINK]))
        );
        vault.deposit(1e6, stranger);

        _lose(LINK, tokens[LINK].balanceOf(address(vault)));
        vault.writeDown(address(tokens[LINK]));

        vm.prank(stranger);
        assertGt(vault.deposit(1e6, stranger), 0);
        _remove(LINK);
        assertEq(vault.writtenOff(), 0);
    }

    /// @dev The mark of the write-off follows the asset to its new index.
    function test_writeOff_isRememberedAtAnotherIndex() external {
        AssetConfig memory fifth = pricedAsset();
        AssetConfig memory sixth = pricedAsset();
        vm.startPrank(owner);
        mandate.addAsset(fifth);
        mandate.addAsset(sixth);
        mandate.writeOff(5);

        mandate.removeAsset(4);
        vm.stopPrank();

        assertEq(vault.tokens()[4], sixth.token);
        assertEq(vault.writtenOff(), 1 << 4);
    }

    /* HELPERS */

    /// @dev Moves the asset's target to the base asset, to nothing.
    function _dropTarget(uint256 asset) internal {
        uint256[] memory weights = mandate.targets();
        weights[USDC] += weights[asset];
        weights[asset] = 0;
        uint256 startsAt = block.timestamp + 1 days;
        vm.prank(manager);
        mandate.scheduleTargets(weights, startsAt, startsAt + 4 days);
        passTime(5 days);
        // Below what it was, so that all of it has room in the base asset.
        setOraclePrice(asset, 9e8);
    }

    /// @dev The vault has less of the asset than it had.
    function _lose(uint256 asset, uint256 amount) internal {
        vm.prank(address(vault));
        tokens[asset].transfer(stranger, amount);
    }

    function _absorb(uint256 asset, uint256 gift) internal {
        tokens[asset].mint(address(vault), gift);
        vault.absorb(address(tokens[asset]));
    }

    function _list(address token) internal {
        vm.prank(address(mandate));
        vault.listAsset(token);
    }

    function _held(uint256 asset) internal view returns (uint256) {
        return vault.holdings()[asset];
    }

    function _remove(uint256 asset) internal {
        vm.prank(owner);
        mandate.removeAsset(asset);
    }

    function _writeOff(uint256 asset) internal {
        vm.prank(owner);
        mandate.writeOff(asset);
    }
}
