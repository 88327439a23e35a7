// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IMandate} from "../../contracts/interfaces/IMandate.sol";
import {IVault} from "../../contracts/interfaces/IVault.sol";
import {Leg, Limits, POKE_DELAY, WAD} from "../../contracts/types/Types.sol";
import {ScriptedVaultFixture} from "./fixtures/ScriptedVaultFixture.sol";

/// @notice After two readings an hour apart below the limit of drawdown, rebalances sell into the
/// base asset only, until the owner resets the breaker; exits stay open.
contract VaultBreakerTest is ScriptedVaultFixture {
    uint256 internal constant LIMIT = 0.2e18;

    function defaultLimits() internal view override returns (Limits memory limits) {
        limits = super.defaultLimits();
        limits.drawdown = uint64(LIMIT);
        limits.cooldown = 0;
        limits.turnoverCapacity = 0.5e18;
    }

    /* READINGS */

    function test_observeDrawdown_recordsTheHighestValuePerShare() external {
        vault.observeDrawdown();
        (uint256 highWater, uint256 lowSince) = vault.breaker();
        assertApproxEqRel(highWater, WAD, 1e12);
        assertEq(lowSince, 0);

        setPrice(WETH, 4_000e8);
        vault.observeDrawdown();
        (highWater,) = vault.breaker();
        assertApproxEqRel(highWater, WAD, 1e12);
        passTime(1 hours);
        vault.observeDrawdown();
        (highWater,) = vault.breaker();
        assertApproxEqRel(highWater, 1.3e18, 1e12);

        setPrice(WETH, 2_000e8);
        vault.observeDrawdown();
        (highWater,) = vault.breaker();
        assertApproxEqRel(highWater, 1.3e18, 1e12);
    }

    /// @dev One false price, however low and however long ago, trips nothing by itself.
    function testFuzz_observeDrawdown_tripsNothingByASingleFalsePrice(uint256 price, uint256 pause)
        external
    {
        vault.observeDrawdown();
        setOraclePrice(WETH, bound(price, 2, 600e8));
        vault.observeDrawdown();
        setOraclePrice(WETH, 2_000e8);
        passTime(bound(pause, 0, 3 days));
        vault.observeDrawdown();
        assertFalse(vault.state().onlyToBase);

        setOraclePrice(WETH, 1e8);
        vault.observeDrawdown();

        assertFalse(vault.state().onlyToBase);
    }

    /// @dev A fall by less than the limit trips nothing, by more it does, an hour later.
    function testFuzz_observeDrawdown_tripsBelowTheLimitOnly(uint256 price) external {
        vault.observeDrawdown();
        setOraclePrice(WETH, bound(price, 1e8, 2_000e8));
        (, uint256 nav) = portfolio();
        (uint256 highWater,) = vault.breaker();
        vm.assume(nav > 0.800001e24 || nav < 0.799999e24);

        vault.observeDrawdown();
        passTime(1 hours);
        if (nav < 0.8e24) {
            vm.expectEmit(address(vault));
            emit IVault.BreakerTripped(nav * WAD / vault.totalSupply(), highWater);
        }
        vault.observeDrawdown();

        assertEq(vault.state().onlyToBase, nav < 0.8e24);
    }

    function test_observeDrawdown_needsAnHourBetweenTheReadings() external {
        vault.observeDrawdown();
        setOraclePrice(WETH, 500e8);
        vault.observeDrawdown();

        passTime(1 hours - 1);
        vault.observeDrawdown();
        assertFalse(vault.state().onlyToBase);
        passTime(1);
        vault.observeDrawdown();
        assertTrue(vault.state().onlyToBase);
    }

    /// @dev INV-7: five years of the greatest fee are no drawdown, and no shield from one.
    function test_observeDrawdown_isNetOfTheFee() external {
        vm.prank(owner);
        mandate.setFee(0.05e18, stranger);
        vault.observeDrawdown();
        for (uint256 year; year < 6; ++year) {
            passTime(365 days);
            vault.accrueFee();
            vault.observeDrawdown();
        }
        assertLt(vault.convertToAssets(1e18), 0.8e6);
        assertFalse(vault.state().onlyToBase);
        (, uint256 lowSince) = vault.breaker();
        assertEq(lowSince, 0);

        _fall(WETH, 500e8);

        assertTrue(vault.state().onlyToBase);
    }

    function test_observeDrawdown_revertsWithoutALimit() external {
        _setDrawdown(0);

        vm.expectRevert(IVault.NoBreaker.selector);
        vault.observeDrawdown();
    }

    /// @dev INV-2: nobody can trip or hold off the breaker by coming or going.
    function testFuzz_observeDrawdown_isNotMovedByHolders(uint256 shares, bool leaves) external {
        vault.observeDrawdown();
        (uint256 before,) = vault.breaker();
        shares = bound(shares, 1, SHARES / 2);
        if (leaves) redeemInKind(holder, shares);
        else mintInKind(stranger, shares);

        vault.observeDrawdown();

        (uint256 highWater, uint256 lowSince) = vault.breaker();
        assertApproxEqRel(highWater, before, 1e9);
        assertEq(lowSince, 0);
    }

    /* REBALANCES */

    function test_rebalance_takesAReading() external {
        setPrice(WETH, 3_000e8);
        rebalance(keeper, one(scriptedLeg(WETH, USDC, 30_000e18)));

        (uint256 highWater,) = vault.breaker();
        assertApproxEqRel(highWater, 1.15e18, 1e12);
    }

    function test_rebalance_takesNoReadingWithoutALimit() external {
        _setDrawdown(0);
        setPrice(WETH, 3_000e8);
        rebalance(keeper, one(scriptedLeg(WETH, USDC, 30_000e18)));

        (uint256 highWater,) = vault.breaker();
        assertEq(highWater, 0);
    }

    /// @dev The second low reading is the rebalance itself, which is then judged by it.
    function test_rebalance_isRefusedByItsOwnReading() external {
        setPrice(WBTC, 140_000e8);
        vault.observeDrawdown();
        setPrice(WBTC, 80_000e8);
        vault.observeDrawdown();
        passTime(1 hours);

        _expectOnlyToBase(one(scriptedLeg(WBTC, WETH, 20_000e18)), 0, WETH);
        assertFalse(vault.state().onlyToBase, "a refused rebalance leaves nothing behind");

        rebalance(keeper, one(scriptedLeg(WBTC, USDC, 20_000e18)));
        assertTrue(vault.state().onlyToBase);
    }

    function test_rebalance_onlySellsIntoTheBaseAssetOnceTripped() external {
        _trip();

        _expectOnlyToBase(one(scriptedLeg(WBTC, WETH, 20_000e18)), 0, WETH);
        _expectOnlyToBase(
            two(scriptedLeg(WBTC, USDC, 20_000e18), scriptedLeg(WBTC, LINK, 10_000e18)), 1, LINK
        );

        rebalance(keeper, one(scriptedLeg(WBTC, USDC, 20_000e18)));
    }

    /// @dev INV-10: nor can anybody else buy, beyond the hard bands.
    function test_rebalance_onlySellsIntoTheBaseAssetInThePublicTierToo() external {
        _trip();
        vault.poke();
        passTime(POKE_DELAY);
        Leg[] memory legs = one(scriptedLeg(WBTC, WETH, 20_000e18));
        uint256 nonce = vault.state().nonce;

        vm.prank(stranger);
        vm.expectRevert(
            abi.encodeWithSelector(IVault.OnlyToBase.selector, 0, address(tokens[WETH]))
        );
        vault.rebalance(legs, nonce, block.timestamp);

        rebalance(stranger, one(scriptedLeg(WBTC, USDC, 20_000e18)));
    }

    /// @dev A recovery alone does not reset it, nor does a wider limit or none.
    function test_rebalance_staysRestrictedUntilTheOwnerResets() external {
        _trip();
        setPrice(WBTC, 150_000e8);
        vault.observeDrawdown();
        Leg[] memory legs = one(scriptedLeg(WBTC, WETH, 20_000e18));

        _expectOnlyToBase(legs, 0, WETH);
        _setDrawdown(0);
        _expectOnlyToBase(legs, 0, WETH);
    }

    /* RESETTING */

    /// @dev The mark begins anew: the fall that was borne does not trip it again.
    function test_resetBreaker_letsRebalancesBuyAgainAndEmits() external {
        _trip();
        vm.expectEmit(address(vault));
        emit IVault.BreakerReset();
        vm.prank(owner);
        mandate.resetBreaker();

        assertFalse(vault.state().onlyToBase);
        rebalance(keeper, one(scriptedLeg(WBTC, WETH, 20_000e18)));
        vault.observeDrawdown();
        passTime(2 hours);
        vault.observeDrawdown();
        assertFalse(vault.state().onlyToBase);
    }

    /// @dev INV-10: nobody but the owner.
    function testFuzz_resetBreaker_revertsForAllButTheOwner(address caller) external {
        vm.assume(caller != owner);

        vm.prank(caller);
        vm.expectRevert(abi.encodeWithSelector(IMandate.NotAuthorized.selector, caller));
        mandate.resetBreaker();
    }

    /* EXITS */

    /// @dev INV-6: in kind and by the base asset.
    function test_redeemInKind_staysOpenOnceTripped() external {
        _trip();

        redeemInKind(holder, SHARES / 4);
        mintInKind(holder, SHARES / 8);
        vm.startPrank(holder);
        assertGt(vault.withdraw(1_000e6, holder, holder), 0);
        tokens[USDC].approve(address(vault), 1_000e6);
        assertGt(vault.deposit(1_000e6, holder), 0);
        vm.stopPrank();
    }

    /* HELPERS */

    /// @dev WBTC rises far and falls back by more than the limit; the base asset is below its
    /// target.
    function _trip() internal {
        setPrice(WBTC, 140_000e8);
        vault.observeDrawdown();
        _fall(WBTC, 80_000e8);
        assertTrue(vault.state().onlyToBase);
    }

    /// @dev Two low readings an hour apart.
    function _fall(uint256 asset, uint256 price) internal {
        setPrice(asset, price);
        vault.observeDrawdown();
        passTime(1 hours);
        vault.observeDrawdown();
    }

    function _setDrawdown(uint64 drawdown) internal {
        Limits memory limits = mandate.limits();
        limits.drawdown = drawdown;
        setLimits(limits);
    }

    function _expectOnlyToBase(Leg[] memory legs, uint256 index, uint256 bought) internal {
        expectRefusal(
            legs, abi.encodeWithSelector(IVault.OnlyToBase.selector, index, address(tokens[bought]))
        );
    }
}
