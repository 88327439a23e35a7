// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IMandate} from "../../contracts/interfaces/IMandate.sol";
import {DoorTerms} from "../../contracts/interfaces/IVault.sol";
import {Limits, PRICE_SCALE, WAD} from "../../contracts/types/Types.sol";
import {DoorsFixture} from "./fixtures/DoorsFixture.sol";

/// @notice The spread is the greatest of three: what two feeds may lag, by weight; what forcing a
/// public rebalance may cost; and 50 bp. Of two prices the doors take the one worse for the caller.
contract VaultDoorsSpreadTest is DoorsFixture {
    /* THREE TERMS */

    function test_spread_isFiftyBasisPointsAtLeast() external {
        setDeviations(0);
        _setPublicSlippage(0);

        assertEq(spread(), 0.005e18);
        assertEq(vault.previewRedeem(10_000e18), 9_950e6);
    }

    /// @dev 20 % of 0.25 %, 40 % of 0.5 % and 40 % of 2 %, and ten basis points.
    function test_spread_isTheDeviationsByWeightAndTenBasisPoints() external {
        _setDeviations(0.0025e18, 0.005e18, 0.02e18);

        assertEq(spread(), 0.0115e18);
        assertEq(vault.previewRedeem(10_000e18), 9_885e6);
        assertEq(vault.previewDeposit(10_000e6), 9_885e18);
    }

    /// @dev 1 % and ten basis points; a mandate that holds to the vault's caps never gets there.
    function test_spread_isThePublicSlippageAndTenBasisPoints() external {
        _setPublicSlippage(0.01e18);

        assertEq(spread(), 0.011e18);
        assertEq(vault.previewRedeem(10_000e18), 9_890e6);
    }

    /// @dev Weights are those held now, not the targets.
    function testFuzz_spread_followsTheFormula(
        uint256 price,
        uint64[3] memory deviation,
        uint64 publicSlippage
    ) external {
        setPrice(WETH, bound(price, 1e18, 1e6 * 1e18));
        _setDeviations(deviation[0] % 0.03e18, deviation[1] % 0.03e18, deviation[2] % 0.03e18);
        _setPublicSlippage(publicSlippage % 0.02e18);

        uint256[] memory held = vault.holdings();
        uint256[] memory prices = oracle.prices(addresses());
        uint256 sum;
        for (uint256 i; i < COUNT; ++i) {
            uint256 value = held[i] * prices[i] / PRICE_SCALE;
            sum += value * oracle.deviations(addresses())[i];
        }
        uint256 greatest = Math.max(sum / worth(held), publicSlippage % 0.02e18) + 0.001e18;
        assertApproxEqAbs(spread(), Math.max(greatest, 0.005e18), COUNT);
    }

    /// @dev A door that kept all would divide by nothing.
    function test_spread_isNinetyNinePercentAtMost() external {
        setDeviations(1e18);

        assertEq(spread(), 0.99e18);
        assertEq(vault.previewRedeem(10_000e18), 100e6);
        assertEq(deposit(stranger, 10_000e6), 100e18);
    }

    /// @dev What is written off lags nothing, and its weight is the others'.
    function test_spread_leavesOutWhatIsWrittenOff() external {
        _setDeviations(0, 0.01e18, 0.5e18);
        vm.prank(owner);
        mandate.writeOff(WETH);

        // Two thirds of 1 %, rounded up, and ten basis points.
        assertEq(spread(), 0.007_666_666_666_666_667e18);
    }

    /// @dev Spread above what a forced rebalance may cost, at the vault's own caps.
    function test_spread_isAlwaysAboveThePublicSlippage() external {
        setDeviations(0);
        Limits memory limits = mandate.limits();

        assertEq(limits.publicSlippage, 0.004e18);
        assertGe(spread(), limits.publicSlippage + 0.001e18);
    }

    /* TWO PRICES */

    /// @dev A deposit buys in at the higher value: 500,000 of ether where the feed says 400,000.
    function test_deposit_buysInAtTheHigherNetAssetValue() external {
        setSecondPrice(WETH, 2_500e18);
        DoorTerms memory terms = vault.doorTerms();

        assertEq(terms.nav, 1_000_000e18);
        assertEq(terms.navLow, 1_000_000e18);
        assertEq(terms.navHigh, 1_100_000e18);
        assertEq(vault.previewDeposit(11_000e6), 9_950e18);
        assertEq(vault.previewRedeem(10_000e18), 9_950e6);
    }

    /// @dev A withdrawal is paid on the lower: 300,000 of ether where the feed says 400,000.
    function test_withdraw_isPaidOnTheLowerNetAssetValue() external {
        setSecondPrice(WETH, 1_500e18);
        DoorTerms memory terms = vault.doorTerms();

        assertEq(terms.navLow, 900_000e18);
        assertEq(terms.navHigh, 1_000_000e18);
        assertEq(vault.previewRedeem(10_000e18), 8_955e6);
        assertEq(vault.previewDeposit(10_000e6), 9_950e18);
    }

    /// @dev What is paid in is worth the lower price, what is paid out the higher.
    function test_baseAsset_countsAtThePriceWorseForTheCaller() external {
        setSecondPrice(USDC, 0.8e18);
        // 10,000 units worth 8,000, less the spread, of the million that the feed says.
        assertEq(vault.previewDeposit(10_000e6), 7_960e18);
        // Of 960,000, and each unit worth one.
        assertEq(vault.previewRedeem(10_000e18), 9_552e6);

        setSecondPrice(USDC, 1.25e18);
        assertEq(vault.previewDeposit(10_500e6), 9_950e18);
        assertEq(vault.previewRedeem(10_000e18), 7_960e6);
    }

    /// @dev A second source can only make the doors dearer.
    function testFuzz_secondPrice_neverHelpsTheCaller(
        uint256 first,
        uint256[3] memory second,
        uint128 amount
    ) external {
        setPrice(WETH, bound(first, 1e18, 1e6 * 1e18));
        uint256 shares = vault.previewDeposit(amount);
        uint256 cost = vault.previewMint(amount);
        uint256 burnt = vault.previewWithdraw(amount);
        uint256 assets = vault.previewRedeem(amount);

        for (uint256 i; i < COUNT; ++i) {
            if (second[i] % 3 == 0) continue;
            setSecondPrice(i, bound(second[i], startPrice[i] / 100, startPrice[i] * 100));
        }

        assertLe(vault.previewDeposit(amount), shares);
        assertGe(vault.previewMint(amount), cost);
        assertGe(vault.previewWithdraw(amount), burnt);
        assertLe(vault.previewRedeem(amount), assets);
    }

    /// @dev Both ways, to the formula: value at the lower price into the higher net asset value,
    /// and the reverse.
    function testFuzz_secondPrice_followsTheFormula(uint256[3] memory second, uint256 amount)
        external
    {
        amount = bound(amount, 1e6, 1e13);
        (uint256 low, uint256 high) = (1, 1);
        uint256[2] memory nav;
        uint256[] memory held = vault.holdings();
        for (uint256 i = COUNT; i > 0; --i) {
            uint256 price = bound(second[i - 1], startPrice[i - 1] / 2, startPrice[i - 1] * 2);
            setSecondPrice(i - 1, price);
            (low, high) = (Math.min(price, startPrice[i - 1]), Math.max(price, startPrice[i - 1]));
            nav[0] += held[i - 1] * low / 10 ** tokens[i - 1].decimals();
            nav[1] += held[i - 1] * high / 10 ** tokens[i - 1].decimals();
        }
        uint256 kept = WAD - spread();

        uint256 shares = amount * 1e12 * low / WAD * SHARES / nav[1] * kept / WAD;
        assertApproxEqRel(vault.previewDeposit(amount), shares, 1e8);
        uint256 assets = amount * 1e12 * nav[0] / SHARES * kept / high / 1e12;
        assertApproxEqAbs(vault.previewRedeem(amount * 1e12), assets, 2);
    }

    /* HELPERS */

    function _setDeviations(uint256 usdc, uint256 wbtc, uint256 weth) private {
        oracle.setDeviation(address(tokens[USDC]), usdc);
        oracle.setDeviation(address(tokens[WBTC]), wbtc);
        oracle.setDeviation(address(tokens[WETH]), weth);
    }

    /// @dev As a mandate could that is not bound by `LimitCaps`.
    function _setPublicSlippage(uint64 slippage) private {
        Limits memory limits = mandate.limits();
        limits.publicSlippage = slippage;
        vm.mockCall(address(mandate), abi.encodeCall(IMandate.limits, ()), abi.encode(limits));
    }
}
