// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IMandate} from "../../contracts/interfaces/IMandate.sol";
import {IVault} from "../../contracts/interfaces/IVault.sol";
import {MockToken} from "../../contracts/mocks/MockToken.sol";
import {Limits, WAD} from "../../contracts/types/Types.sol";
import {START} from "./fixtures/Defaults.sol";
import {DoorsFixture} from "./fixtures/DoorsFixture.sol";

/// @notice A bucket for each direction bounds what passes; what `max...` says can be used in full,
/// and not one unit more.
/// forge-config: default.fuzz.runs = 128
contract VaultDoorsLimitsTest is DoorsFixture {
    uint256 internal constant CAPACITY = 0.05e18;

    /// @dev Prices anywhere, and both buckets used in part.
    modifier inUse(uint256 seed) {
        setPrice(WETH, bound(seed, 300e18, 12_000e18));
        setPrice(WBTC, bound(seed >> 64, 6_000e18, 240_000e18));
        if (seed >> 128 & 1 == 0) setSecondPrice(WETH, bound(seed >> 130, 300e18, 12_000e18));
        deposit(stranger, vault.maxDeposit(stranger) * (seed >> 192 & 63) / 64);
        withdraw(holder, vault.maxWithdraw(holder) * (seed >> 200 & 63) / 64);
        vm.warp(block.timestamp + (seed >> 208) % 6 hours);
        _;
    }

    /* IN FULL, AND NO MORE */

    function testFuzz_maxDeposit_canBeUsedInFullAndNoMore(uint256 seed) external inUse(seed) {
        uint256 most = vault.maxDeposit(stranger);
        fund(stranger, most + 1);
        vm.startPrank(stranger);

        vm.expectPartialRevert(IVault.FlowBucketExceeded.selector);
        vault.deposit(most + 1, stranger);

        vault.deposit(most, stranger);
        assertLe(vault.maxDeposit(stranger), 1);
    }

    function testFuzz_maxMint_canBeUsedInFullAndNoMore(uint256 seed) external inUse(seed) {
        uint256 most = vault.maxMint(stranger);
        fund(stranger, vault.previewMint(most + 1));
        vm.startPrank(stranger);

        vm.expectPartialRevert(IVault.FlowBucketExceeded.selector);
        vault.mint(most + 1, stranger);

        vault.mint(most, stranger);
    }

    function testFuzz_maxWithdraw_canBeUsedInFullAndNoMore(uint256 seed) external inUse(seed) {
        uint256 most = vault.maxWithdraw(holder);
        vm.startPrank(holder);

        (bool passed,) =
            address(vault).call(abi.encodeWithSignature(WITHDRAW, most + 1, holder, holder));
        assertFalse(passed);

        vault.withdraw(most, holder, holder);
    }

    function testFuzz_maxRedeem_canBeUsedInFullAndNoMore(uint256 seed) external inUse(seed) {
        uint256 most = vault.maxRedeem(holder);
        vm.startPrank(holder);

        (bool passed,) =
            address(vault).call(abi.encodeWithSignature(REDEEM, most + 1, holder, holder));
        assertFalse(passed);

        vault.redeem(most, holder, holder);
    }

    string private constant WITHDRAW = "withdraw(uint256,address,address)";
    string private constant REDEEM = "redeem(uint256,address,address)";

    /// @dev An owner of little is bound by that, of whatever part of a share wei.
    function testFuzz_maxOut_isWhatTheOwnerHas(uint256 seed, uint256 shares) external inUse(seed) {
        shares = bound(shares, 1, vault.maxRedeem(holder) / 2);
        vm.startPrank(holder);
        vault.transfer(guardian, shares);
        vm.stopPrank();

        assertEq(vault.maxRedeem(guardian), shares);
        assertEq(vault.maxWithdraw(guardian), vault.previewRedeem(shares));
        withdraw(guardian, vault.maxWithdraw(guardian));
        redeem(guardian, vault.balanceOf(guardian));

        assertEq(vault.balanceOf(guardian), 0);
    }

    function test_maxOut_isNothingForWhoeverHasNothing() external view {
        assertEq(vault.maxWithdraw(stranger), 0);
        assertEq(vault.maxRedeem(stranger), 0);
    }

    /// @dev Full buckets let nothing more through but what is worth nothing.
    function test_max_isNothingWhenTheBucketsAreUsed() external {
        deposit(stranger, vault.maxDeposit(stranger));
        redeem(holder, vault.maxRedeem(holder));

        assertEq(vault.maxDeposit(stranger), 0);
        assertEq(vault.maxMint(stranger), 0);
        assertEq(vault.maxWithdraw(holder), 0);
        assertEq(vault.previewRedeem(vault.maxRedeem(holder)), 0);
    }

    /* THE BUCKETS */

    /// @dev A twentieth of a million.
    function test_maxDeposit_isTheCapacityOfNetAssetValue() external view {
        assertEq(vault.maxDeposit(stranger), 50_000e6);
        assertEq(vault.maxWithdraw(holder), 50_000e6);
        assertEq(vault.maxMint(stranger), vault.previewDeposit(50_000e6));
        assertEq(vault.maxRedeem(holder), vault.previewWithdraw(50_000e6 + 1) - 1);
    }

    function test_deposit_chargesItsBucketAndNotTheOther() external {
        deposit(stranger, 20_000e6);

        assertEq(vault.doorTerms().depositLeft, 0.03e18);
        assertEq(vault.doorTerms().withdrawLeft, CAPACITY);
        withdraw(holder, 10_000e6);
        assertEq(vault.doorTerms().depositLeft, 0.03e18);
        // 10,000 of 1,020,000, rounded up.
        assertEq(vault.doorTerms().withdrawLeft, CAPACITY - 9_803_921_568_627_451);
    }

    function testFuzz_bothEntries_drawOnOneBucket(uint256 first) external {
        first = bound(first, 1e6, 49_000e6);
        deposit(stranger, first);
        uint256 left = vault.doorTerms().depositLeft;
        uint256 shares = vault.maxMint(stranger);
        fund(stranger, vault.previewMint(shares));

        vm.prank(stranger);
        uint256 assets = vault.mint(shares, stranger);

        assertApproxEqAbs(assets * WAD / (1_000_000e6 + first), left, 1e12);
    }

    function testFuzz_bothExits_drawOnOneBucket(uint256 first) external {
        withdraw(holder, bound(first, 1e6, 49_000e6));
        uint256 shares = vault.maxRedeem(holder);

        redeem(holder, shares);

        assertEq(vault.maxWithdraw(holder), 0);
    }

    function test_deposit_revertsWithWhatPassesAndWhatIsLeft() external {
        fund(stranger, 50_001e6);
        deposit(stranger, 20_000e6);

        vm.expectRevert(
            abi.encodeWithSelector(
                IVault.FlowBucketExceeded.selector,
                // 30,601 of 1,020,000, rounded up.
                30_000_980_392_156_863,
                0.03e18
            )
        );
        vm.prank(stranger);
        vault.deposit(30_601e6, stranger);
    }

    /* REFILL */

    /// @dev A straight line from any use to full, in a day from empty.
    function testFuzz_bucket_refillsContinuously(uint256 used, uint256 elapsed) external {
        used = bound(used, 1e6, 50_000e6);
        elapsed = bound(elapsed, 0, 2 days);
        deposit(stranger, used);
        uint256 left = vault.doorTerms().depositLeft;

        vm.warp(block.timestamp + elapsed);

        uint256 refilled = Math.min(left + CAPACITY * elapsed / 1 days, CAPACITY);
        assertEq(vault.doorTerms().depositLeft, refilled);
    }

    /// @dev A bucket by calendar day would let twice as much through around midnight.
    function testFuzz_bucket_knowsNoMidnight(uint256 time) external {
        vm.warp(block.timestamp / 1 days * 1 days + bound(time, 1 days - 600, 1 days));
        uint256 first = vault.maxDeposit(stranger);
        deposit(stranger, first);
        vm.warp(block.timestamp + 600);

        uint256 second = vault.maxDeposit(stranger);

        // Ten minutes of refill, of a vault a twentieth larger.
        assertEq(first, 50_000e6);
        assertApproxEqRel(second, 1_050_000e6 * CAPACITY / WAD * 600 / 1 days, 1e9);
    }

    /// @dev In slices of any number and length: the capacity, and what has refilled meanwhile.
    function testFuzz_bucket_letsThroughNoMoreInSlices(uint256 seed) external {
        uint256 start = block.timestamp;
        uint256 passed;
        for (uint256 i; i < 6; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            uint256 nav = vault.totalAssets();
            uint256 assets = vault.maxDeposit(stranger) * (seed % 4) / 3;
            deposit(stranger, assets);
            passed += assets * WAD / nav;
            vm.warp(block.timestamp + (seed >> 128) % 8 hours);
        }

        assertLe(passed, CAPACITY + CAPACITY * (block.timestamp - start) / 1 days);
    }

    /// @dev Passing nothing does not restart the refill, nor lose any of it.
    function testFuzz_bucket_losesNothingToPassingNothing(uint256 seed) external {
        deposit(stranger, 50_000e6);
        for (uint256 i; i < 5; ++i) {
            vm.warp(block.timestamp + (seed >> 32 * i) % 4 hours);
            deposit(stranger, 0);
        }
        uint256 elapsed = block.timestamp - START;

        uint256 refilled = Math.min(CAPACITY * elapsed / 1 days, CAPACITY);
        assertApproxEqAbs(vault.doorTerms().depositLeft, refilled, 6);
    }

    /// @dev Lowered below its use it is empty, until it has refilled at the new rate.
    function test_bucket_isEmptyWhenItsCapacityFallsBelowItsUse() external {
        deposit(stranger, 50_000e6);

        setFlowCapacity(0.01e18);
        assertEq(vault.maxDeposit(stranger), 0);
        vm.warp(block.timestamp + 4 days);
        assertEq(vault.doorTerms().depositLeft, 0);
        vm.warp(block.timestamp + 1 days);

        assertEq(vault.doorTerms().depositLeft, 0.01e18);
    }

    function test_bucket_ofNoCapacityShutsTheDoors() external {
        setFlowCapacity(0);

        assertEq(vault.maxDeposit(stranger), 0);
        assertEq(vault.maxMint(stranger), 0);
        assertEq(vault.maxWithdraw(holder), 0);
        vm.prank(holder);
        vm.expectPartialRevert(IVault.FlowBucketExceeded.selector);
        vault.withdraw(1, holder, holder);
    }

    /// @dev The cap is in the vault's own code, whatever a mandate says.
    function test_bucket_isNeverLargerThanTheVaultsCap() external {
        Limits memory limits = mandate.limits();
        limits.flowCapacity = 1e18;
        vm.mockCall(address(mandate), abi.encodeCall(IMandate.limits, ()), abi.encode(limits));

        assertEq(vault.doorTerms().depositLeft, 0.2e18);
        assertEq(vault.maxDeposit(stranger), 200_000e6);
    }

    /* THE BASE ASSET ITSELF */

    /// @dev A fifth of a million may pass; of a base asset at a fifth of its price there is less.
    function test_withdraw_isBoundByWhatThereIs() external {
        setFlowCapacity(0.2e18);
        setPrice(USDC, 0.2e18);
        uint256 most = vault.maxWithdraw(holder);
        assertEq(most, 200_000e6);

        vm.prank(holder);
        vm.expectRevert(
            abi.encodeWithSelector(IVault.NotEnoughBase.selector, 200_000e6 + 1, 200_000e6)
        );
        vault.withdraw(200_000e6 + 1, holder, holder);
        redeem(holder, vault.maxRedeem(holder));

        assertEq(vault.holdings()[USDC], 0);
        assertEq(vault.maxWithdraw(holder), 0);
        assertEq(vault.previewRedeem(vault.maxRedeem(holder)), 0);
    }

    /// @dev What was given and has vested by now can leave now.
    function test_withdraw_reachesWhatHasVested() external {
        setFlowCapacity(0.2e18);
        setPrice(USDC, 0.2e18);
        tokens[USDC].mint(address(vault), 10_000e6);
        vault.absorb(address(tokens[USDC]));
        vm.warp(block.timestamp + 2 days);
        uint256 most = vault.maxWithdraw(holder);
        assertEq(most, 210_000e6);

        vm.prank(holder);
        vault.withdraw(most, holder, holder);

        assertEq(vault.holdings()[USDC], 0);
    }
}

/// @notice The same with a base asset of 18 decimals and shares worth more than one unit of it: a
/// unit may be too little for a share wei.
contract VaultDoorsFineBaseTest is DoorsFixture {
    function baseToken() internal override returns (MockToken) {
        return new MockToken("Dai Stablecoin", "DAI", 18);
    }

    /// @dev Of few shares, the rest of a bucket may be worth less than one share wei.
    function test_maxDeposit_isNothingWhereItWouldGiveNoShares() external {
        createVault();
        seedVault(vault.LOCKED_SHARES() + 1);
        deposit(stranger, vault.maxDeposit(stranger) - 5e8);
        assertGt(vault.doorTerms().depositLeft, 0);
        fund(stranger, 1e8);

        assertEq(vault.maxDeposit(stranger), 0);
        vm.prank(stranger);
        vm.expectRevert(IVault.ZeroShares.selector);
        vault.deposit(1e8, stranger);
    }

    function test_deposit_revertsWhenItWouldGiveNoShares() external {
        setPrice(WETH, 20_000e18);
        fund(stranger, 1);
        assertEq(vault.previewDeposit(1), 0);

        vm.prank(stranger);
        vm.expectRevert(IVault.ZeroShares.selector);
        vault.deposit(1, stranger);
    }

    function testFuzz_maxDeposit_canBeUsedInFullOfAnyRest(uint256 rest) external {
        setPrice(WETH, 20_000e18);
        uint256 most = vault.maxDeposit(stranger);
        deposit(stranger, most - bound(rest, 0, 1e9));
        most = vault.maxDeposit(stranger);
        fund(stranger, most + 1);
        vm.startPrank(stranger);

        vm.expectRevert();
        vault.deposit(most + 1, stranger);

        vault.deposit(most, stranger);
    }
}
