// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {PRICE_SCALE, WAD} from "../../contracts/types/Types.sol";
import {DoorsFixture} from "./fixtures/DoorsFixture.sol";

/// @notice Previews are what the same block would do, to the unit; every rounding is against the
/// caller, and no way through the doors and back brings a profit. In any state: prices from two
/// sources, a fee that has not accrued, a surplus that vests.
/// forge-config: default.fuzz.runs = 128
contract VaultDoorsPreviewsTest is DoorsFixture {
    /// @dev A state to fuzz: prices in parts of a thousand of the start, second prices of those.
    struct Scene {
        uint16 bitcoin;
        uint16 ether_;
        uint16 second;
        uint64 feeRate;
        uint32 elapsed;
        uint64 surplus;
    }

    modifier inScene(Scene memory scene) {
        vm.prank(owner);
        mandate.setFee(uint64(scene.feeRate % 0.05e18), makeAddr("recipient"));
        tokens[WETH].mint(address(vault), 1 + uint256(scene.surplus));
        vault.absorb(address(tokens[WETH]));
        vm.warp(block.timestamp + scene.elapsed % 90 days);
        setPrice(WBTC, startPrice[WBTC] * bound(scene.bitcoin, 300, 3000) / 1000);
        setPrice(WETH, startPrice[WETH] * bound(scene.ether_, 300, 3000) / 1000);
        if (scene.second % 2 == 0) {
            setSecondPrice(WBTC, startPrice[WBTC] * bound(scene.second, 290, 3100) / 1000);
            setSecondPrice(USDC, WAD * bound(scene.bitcoin, 980, 1020) / 1000);
        }
        _;
    }

    /* IN THE SAME BLOCK */

    function testFuzz_previewDeposit_isExact(Scene memory scene, uint256 assets)
        external
        inScene(scene)
    {
        assets = bound(assets, 1e3, vault.maxDeposit(stranger));
        uint256 shares = vault.previewDeposit(assets);

        assertEq(deposit(stranger, assets), shares);
    }

    function testFuzz_previewMint_isExact(Scene memory scene, uint256 shares)
        external
        inScene(scene)
    {
        shares = bound(shares, 1, vault.maxMint(stranger));
        uint256 assets = vault.previewMint(shares);
        fund(stranger, assets);

        vm.prank(stranger);
        assertEq(vault.mint(shares, stranger), assets);
    }

    function testFuzz_previewWithdraw_isExact(Scene memory scene, uint256 assets)
        external
        inScene(scene)
    {
        assets = bound(assets, 1, vault.maxWithdraw(holder));
        uint256 shares = vault.previewWithdraw(assets);

        assertEq(withdraw(holder, assets), shares);
    }

    function testFuzz_previewRedeem_isExact(Scene memory scene, uint256 shares)
        external
        inScene(scene)
    {
        shares = bound(shares, 1, vault.maxRedeem(holder));
        uint256 assets = vault.previewRedeem(shares);

        assertEq(redeem(holder, shares), assets);
    }

    /// @dev Whatever is shut, empty or too small for the amount.
    function testFuzz_previews_knowNoLimits(Scene memory scene, uint128 amount)
        external
        inScene(scene)
    {
        uint256[4] memory before = _previews(amount);

        vm.prank(guardian);
        mandate.pause();
        setFlowCapacity(0);

        assertEq(abi.encode(_previews(amount)), abi.encode(before));
    }

    /* ROUNDING */

    /// @dev What one door gives is at most what the other asks for it.
    function testFuzz_previews_roundAgainstTheCaller(Scene memory scene, uint128 amount)
        external
        inScene(scene)
    {
        assertLe(vault.previewMint(vault.previewDeposit(amount)), amount);
        assertGe(vault.previewDeposit(vault.previewMint(amount)), amount);
        assertLe(vault.previewWithdraw(vault.previewRedeem(amount)), amount);
        assertGe(vault.previewRedeem(vault.previewWithdraw(amount)), amount);
    }

    /// @dev The one that names shares asks for no unit more than the one that names assets needs.
    function testFuzz_previews_areTheTightestInverses(Scene memory scene, uint128 amount)
        external
        inScene(scene)
    {
        uint256 assets = vault.previewMint(1 + uint256(amount));
        assertLt(vault.previewDeposit(assets - 1), 1 + uint256(amount));
        uint256 shares = vault.previewWithdraw(1 + uint256(amount));
        assertLt(vault.previewRedeem(shares - 1), 1 + uint256(amount));
    }

    /// @dev The spread is never less than nothing.
    function testFuzz_previews_areNoBetterThanConversion(Scene memory scene, uint128 amount)
        external
        inScene(scene)
    {
        assertLe(vault.previewDeposit(amount), vault.convertToShares(amount));
        assertLe(vault.previewRedeem(amount), vault.convertToAssets(amount));
        assertGe(vault.previewMint(amount), vault.convertToAssets(amount));
        assertGe(vault.previewWithdraw(amount), vault.convertToShares(amount));
    }

    function testFuzz_previews_areMonotonic(Scene memory scene, uint128 one, uint128 other)
        external
        inScene(scene)
    {
        (one, other) = one < other ? (one, other) : (other, one);
        uint256[4] memory less = _previews(one);
        uint256[4] memory more = _previews(other);

        for (uint256 i; i < 4; ++i) {
            assertLe(less[i], more[i]);
        }
    }

    /// @dev By a formula written out once more, with every number on one fraction bar.
    function testFuzz_previews_followTheFormula(Scene memory scene, uint256 amount)
        external
        inScene(scene)
    {
        amount = bound(amount, 1e6, 1e30);
        oracle.setSecondPrice(address(tokens[WBTC]), 0);
        oracle.setSecondPrice(address(tokens[USDC]), 0);
        uint256 kept = WAD - spread();
        uint256 nav = worth(vault.holdings());
        // Pending fee included: by the supply after it has accrued.
        vault.accrueFee();
        uint256 supply = vault.totalSupply();
        uint256 price = scaled(USDC, WAD);

        uint256 value = Math.mulDiv(amount, price, PRICE_SCALE);
        uint256 shares = Math.mulDiv(Math.mulDiv(value, supply, nav), kept, WAD);
        assertApproxEqRel(vault.previewDeposit(amount), shares, 1e6);
        uint256 assets = Math.mulDiv(Math.mulDiv(amount, nav, supply), kept, price * WAD / 1e36);
        assertApproxEqAbs(vault.previewRedeem(amount), assets, 2 + assets / 1e12);
    }

    /* ROUND TRIPS */

    /// @dev INV-2: in by one door and out by another, in the base asset.
    function testFuzz_deposit_andBackNeverProfits(Scene memory scene, uint256 assets)
        external
        inScene(scene)
    {
        assets = bound(assets, 1e3, vault.maxDeposit(stranger));
        uint256 shares = deposit(stranger, assets);

        uint256 whole = vault.previewRedeem(shares);
        assertLe(whole, assets);
        assertGe(vault.previewWithdraw(assets), shares);
        if (shares > vault.maxRedeem(stranger)) return;
        assertEq(redeem(stranger, shares), whole);
    }

    function testFuzz_redeem_andBackNeverProfits(Scene memory scene, uint256 shares)
        external
        inScene(scene)
    {
        shares = bound(shares, 1e15, vault.maxRedeem(holder));
        uint256 assets = redeem(holder, shares);

        assertLe(vault.previewDeposit(assets), shares);
        assertGe(vault.previewMint(shares), assets);
    }

    /// @dev INV-2: in by the base asset and out in kind, or the reverse.
    function testFuzz_deposit_andOutInKindNeverProfits(Scene memory scene, uint256 assets)
        external
        inScene(scene)
    {
        assets = bound(assets, 1e3, vault.maxDeposit(stranger));
        uint256 shares = deposit(stranger, assets);

        uint256[] memory amounts = redeemInKind(stranger, shares);

        assertLe(worth(amounts), assets * 1e12);
    }

    function testFuzz_mintInKind_andOutByTheDoorNeverProfits(Scene memory scene, uint256 shares)
        external
        inScene(scene)
    {
        shares = bound(shares, 1e6, vault.maxRedeem(holder));
        uint256 value = worth(mintInKind(stranger, shares));

        assertLe(redeem(stranger, shares) * 1e12, value);
    }

    /* THOSE WHO STAY */

    /// @dev INV-2: no passage lowers what a share is worth.
    function testFuzz_doors_neverLowerTheWorthOfAShare(
        Scene memory scene,
        uint256 amount,
        uint256 door
    ) external inScene(scene) {
        vault.accrueFee();
        (uint256 nav, uint256 supply) = (worth(vault.holdings()), vault.totalSupply());

        if (door % 4 == 0) deposit(stranger, bound(amount, 1e3, vault.maxDeposit(stranger)));
        if (door % 4 == 1) _mint(bound(amount, 1, vault.maxMint(stranger)));
        if (door % 4 == 2) withdraw(holder, bound(amount, 1, vault.maxWithdraw(holder)));
        if (door % 4 == 3) redeem(holder, bound(amount, 1, vault.maxRedeem(holder)));

        // Three units of rounding in the sum of values.
        assertGe((worth(vault.holdings()) + 3) * supply, nav * vault.totalSupply());
    }

    /// @dev 50 bp of ten thousand dollars, to the million that is there.
    function test_deposit_leavesTheSpreadToTheHolders() external {
        deposit(stranger, 10_000e6);

        // 1,010,000 dollars for 1,009,950 shares.
        assertEq(vault.convertToAssets(SHARES), 1_000_049_507_401);
    }

    function test_redeem_leavesTheSpreadToTheHolders() external {
        mintInKind(stranger, 10_000e18);

        uint256 assets = redeem(stranger, 10_000e18);

        assertEq(assets, 9_950e6);
        assertEq(vault.totalAssets(), 1_000_050e6);
    }

    /* HELPERS */

    function _mint(uint256 shares) private {
        fund(stranger, vault.previewMint(shares));
        vm.prank(stranger);
        vault.mint(shares, stranger);
    }

    function _previews(uint256 amount) private view returns (uint256[4] memory) {
        return [
            vault.previewDeposit(amount),
            vault.previewMint(amount),
            vault.previewWithdraw(amount),
            vault.previewRedeem(amount)
        ];
    }
}
