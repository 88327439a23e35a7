// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IPriceOracle, PriceStatus} from "../../contracts/interfaces/IPriceOracle.sol";
import {AssetConfig} from "../../contracts/interfaces/IMandate.sol";
import {IVault} from "../../contracts/interfaces/IVault.sol";
import {MockToken} from "../../contracts/mocks/MockToken.sol";
import {Leg, PRICE_SCALE} from "../../contracts/types/Types.sol";
import {DoorsFixture} from "./fixtures/DoorsFixture.sol";
import {CallbackToken, FaultyToken, FeeToken, LyingToken} from "./fixtures/WeirdTokens.sol";

/// @notice Doors shut when they must, the limits say so and never revert, and in kind one can still
/// leave.
contract VaultDoorsShutTest is DoorsFixture {
    /* PAUSE */

    function test_pause_shutsEveryDoorUntilItEnds() external {
        vm.prank(guardian);
        mandate.pause();
        uint256 until = block.timestamp + 7 days;

        _expectShut(abi.encodeWithSelector(IVault.DoorsPaused.selector, until));
        vm.warp(until - 1);
        _expectShut(abi.encodeWithSelector(IVault.DoorsPaused.selector, until));
        vm.warp(until);

        assertEq(vault.maxDeposit(stranger), 50_000e6);
        deposit(stranger, 10_000e6);
        redeem(holder, 10_000e18);
    }

    /// @dev INV-6: a pause keeps nobody in.
    function test_pause_leavesTheWayOutInKindOpen() external {
        vm.prank(guardian);
        mandate.pause();

        redeemInKind(holder, 10_000e18);

        assertEq(tokens[USDC].balanceOf(holder), 2_000e6);
    }

    /* PRICES */

    function testFuzz_aMissingPrice_shutsEveryDoor(uint256 asset, uint256 status) external {
        address token = address(tokens[asset % COUNT]);
        PriceStatus missing = PriceStatus(bound(status, 1, uint256(type(PriceStatus).max)));
        oracle.setStatus(token, missing);

        _expectShut(
            abi.encodeWithSelector(
                IPriceOracle.PriceUnavailable.selector, token, oracle, missing, 0, 0
            )
        );
    }

    /// @dev INV-6: nor does a missing price.
    function test_aMissingPrice_leavesTheWayOutInKindOpen() external {
        oracle.setStatus(address(tokens[WETH]), PriceStatus.Stale);

        redeemInKind(holder, 10_000e18);

        assertEq(tokens[WETH].balanceOf(holder), 2e18);
    }

    /// @dev No number would be true.
    function test_aMissingPrice_leavesNoWorthToState() external {
        oracle.setStatus(address(tokens[WETH]), PriceStatus.Stale);

        vm.expectPartialRevert(IPriceOracle.PriceUnavailable.selector);
        vault.totalAssets();
        vm.expectPartialRevert(IPriceOracle.PriceUnavailable.selector);
        vault.convertToAssets(1e18);
        vm.expectPartialRevert(IPriceOracle.PriceUnavailable.selector);
        vault.previewRedeem(1e18);
    }

    /// @dev The lower price decides, or withdrawals would divide by nothing.
    function test_holdingsWorthNothing_shutEveryDoor() external {
        for (uint256 i; i < COUNT; ++i) {
            oracle.setSecondPrice(address(tokens[i]), 1);
            oracle.setPrice(address(tokens[i]), PRICE_SCALE);
        }

        _expectShut(abi.encodeWithSelector(IVault.WorthNothing.selector));
    }

    function test_beforeTheSeed_everyDoorIsShut() external {
        createVault();

        _expectShut(abi.encodeWithSelector(IVault.NotSeeded.selector));
    }

    /* WRITTEN-OFF ASSET */

    function test_aWrittenOffAsset_closesDepositsWhileItIsHeld() external {
        vm.prank(owner);
        mandate.writeOff(WETH);

        _expectNoEntry(address(tokens[WETH]));
        assertGt(redeem(holder, vault.maxRedeem(holder)), 0);
        assertEq(vault.maxWithdraw(holder), 0);
    }

    /// @dev It needs no price, and is worth nothing to those who leave.
    function test_aWrittenOffAsset_countsForNothing() external {
        vm.prank(owner);
        mandate.writeOff(WETH);
        oracle.setStatus(address(tokens[WETH]), PriceStatus.Stale);

        assertEq(vault.totalAssets(), 600_000e6);
        assertEq(vault.previewRedeem(10_000e18), 5_970e6);
    }

    /// @dev Nor is it counted at the price of another.
    function test_aWrittenOffAsset_shutsEveryDoorWhenNothingElseIsLeft() external {
        uint256[] memory held = vault.holdings();
        for (uint256 i; i < WETH; ++i) {
            vm.prank(address(vault));
            tokens[i].transfer(stranger, held[i]);
            vault.writeDown(address(tokens[i]));
        }
        vm.prank(owner);
        mandate.writeOff(WETH);

        _expectShut(abi.encodeWithSelector(IVault.WorthNothing.selector));
    }

    function test_aWrittenOffAsset_opensDepositsOnceItIsGone() external {
        vm.prank(owner);
        mandate.writeOff(WETH);
        vm.prank(address(vault));
        tokens[WETH].transfer(stranger, 200e18);
        vault.writeDown(address(tokens[WETH]));

        assertEq(vault.maxDeposit(stranger), 30_000e6);
        // 10,000 of 600,000 for a million shares.
        assertApproxEqAbs(deposit(stranger, 6_000e6), 9_950e18, 1);
    }

    /// @dev An asset of which nothing is recorded yet, but of which a surplus vests.
    function test_aWrittenOffAsset_closesDepositsWhileItVests() external {
        _expectNoEntry(_writeOffWhatVests());
        vm.warp(block.timestamp + 1 hours);
        _expectNoEntry(address(tokens[COUNT]));
    }

    function _writeOffWhatVests() private returns (address token) {
        tokens.push(new MockToken("Another", "MORE", 18));
        token = address(tokens[COUNT]);
        oracle.setPrice(token, PRICE_SCALE);
        vm.prank(owner);
        mandate.addAsset(AssetConfig(token, 0, 0, 1e18, 0.02e18, 0.04e18));
        uint256[] memory targets = new uint256[](COUNT + 1);
        (targets[0], targets[1], targets[2], targets[3]) = (0.2e18, 0.4e18, 0.35e18, 0.05e18);
        vm.prank(manager);
        mandate.scheduleTargets(targets, block.timestamp + 1 days, block.timestamp + 6 days);
        tokens[COUNT].mint(address(vault), 1_000e18);
        vault.absorb(token);
        vm.prank(owner);
        mandate.writeOff(COUNT);
    }

    /* NEVER A REVERT */

    /// @dev Every state at once or apart: paused, a price missing, written off, no room, no seed.
    function testFuzz_max_neverReverts(uint256 states, address account, uint256 status) external {
        bool seeded = states & 1 == 0;
        if (!seeded) createVault();
        if (states & 2 != 0) {
            vm.prank(guardian);
            mandate.pause();
        }
        if (states & 4 != 0) oracle.setStatus(address(tokens[WETH]), PriceStatus(status % 8));
        if (states & 8 != 0 && seeded) {
            vm.prank(owner);
            mandate.writeOff(WETH);
        }
        if (states & 16 != 0) setFlowCapacity(0);
        if (states & 32 != 0) oracle.setPrice(address(tokens[WBTC]), 2 ** 200);
        if (states & 64 != 0) oracle.setPrice(address(tokens[USDC]), 1);
        if (states & 128 != 0) setDeviations(1e18);
        if (states & 256 != 0) oracle.setSecondPrice(address(tokens[WBTC]), 1);

        uint256 sum = vault.maxDeposit(account) / 4 + vault.maxMint(account) / 4
            + vault.maxWithdraw(account) / 4 + vault.maxRedeem(account) / 4;
        bool shut = !seeded || states & 2 != 0 || states & 16 != 0;
        if (shut && vault.balanceOf(account) == 0) assertEq(sum, 0);
    }

    /* IN ONE TRANSACTION */

    /// @dev INV-4: no rebalance follows a door in its transaction.
    function testFuzz_rebalance_isRefusedAfterAnyDoorInItsTransaction(uint256 door) external {
        setPrice(WETH, 2_600e18);
        Leg[] memory legs = new Leg[](1);
        legs[0] = legOf(WETH, USDC, 10_000e18);
        if (door % 4 == 0) deposit(stranger, 10_000e6);
        if (door % 4 == 1) {
            fund(stranger, 20_000e6);
            vm.prank(stranger);
            vault.mint(10_000e18, stranger);
        }
        if (door % 4 == 2) withdraw(holder, 10_000e6);
        if (door % 4 == 3) redeem(holder, 10_000e18);

        vm.expectRevert(IVault.SharesChangedInThisTransaction.selector);
        vm.prank(keeper);
        vault.rebalance(legs, 0, block.timestamp);
    }

    /* HELPERS */

    /// @dev All four are shut, with `refusal`, and say so beforehand.
    function _expectShut(bytes memory refusal) private {
        assertEq(vault.maxWithdraw(holder), 0);
        assertEq(vault.maxRedeem(holder), 0);
        _expectNoEntryFor(refusal);
        vm.startPrank(holder);
        vm.expectRevert(refusal);
        vault.withdraw(1e6, holder, holder);
        vm.expectRevert(refusal);
        vault.redeem(1e18, holder, holder);
        vm.stopPrank();
    }

    function _expectNoEntry(address token) private {
        _expectNoEntryFor(abi.encodeWithSelector(IVault.DepositsClosed.selector, token));
    }

    function _expectNoEntryFor(bytes memory refusal) private {
        fund(stranger, 10e6);
        assertEq(vault.maxDeposit(stranger), 0);
        assertEq(vault.maxMint(stranger), 0);
        vm.startPrank(stranger);
        vm.expectRevert(refusal);
        vault.deposit(1e6, stranger);
        vm.expectRevert(refusal);
        vault.mint(1e18, stranger);
        vm.stopPrank();
    }
}

/// @notice A base asset that keeps a part of what is sent is refused when it comes in.
contract VaultDoorsFeeTokenTest is DoorsFixture {
    function setUp() public override {
        weights = [uint64(0), 0.5e18, 0.5e18];
        super.setUp();
    }

    function baseToken() internal override returns (MockToken) {
        return new FeeToken(6);
    }

    function test_deposit_revertsWhenLessArrivesThanWasAsked() external {
        fund(stranger, 10_000e6);

        vm.expectRevert(
            abi.encodeWithSelector(
                IVault.WrongAmountReceived.selector, tokens[USDC], 9_900e6, 10_000e6
            )
        );
        vm.prank(stranger);
        vault.deposit(10_000e6, stranger);
    }
}

/// @notice A base asset that will not go to somebody keeps its vault whole.
contract VaultDoorsBlockedTokenTest is DoorsFixture {
    function baseToken() internal override returns (MockToken) {
        return new FaultyToken(6);
    }

    function test_withdraw_changesNothingWhenTheReceiverIsBlocked() external {
        FaultyToken(address(tokens[USDC])).setFault(FaultyToken.Fault.Reverts);

        vm.startPrank(holder);
        vm.expectRevert(FaultyToken.Blocked.selector);
        vault.withdraw(10_000e6, holder, holder);
        vm.expectRevert(FaultyToken.Blocked.selector);
        vault.redeem(10_000e18, holder, holder);

        assertEq(vault.doorTerms().withdrawLeft, 0.05e18);
        assertEq(vault.holdings()[USDC], 200_000e6);
        assertEq(vault.balanceOf(holder), SHARES - 1e15);
    }

    /// @dev INV-6: in kind the blocked asset can be skipped, and claimed later.
    function test_redeemInKind_isTheWayOutForABlockedReceiver() external {
        FaultyToken(address(tokens[USDC])).setFault(FaultyToken.Fault.Reverts);

        vm.startPrank(holder);
        vault.redeemInKind(10_000e18, new uint256[](COUNT), holder, holder, 1);
        FaultyToken(address(tokens[USDC])).setFault(FaultyToken.Fault.None);
        vault.claimOwed(address(tokens[USDC]), holder);

        assertEq(tokens[USDC].balanceOf(holder), 2_000e6);
    }

    function test_deposit_revertsWhenTheAssetDoesNotCome() external {
        fund(stranger, 10_000e6);
        FaultyToken(address(tokens[USDC])).setFault(FaultyToken.Fault.MovesNothing);

        vm.expectRevert(
            abi.encodeWithSelector(IVault.WrongAmountReceived.selector, tokens[USDC], 0, 10_000e6)
        );
        vm.prank(stranger);
        vault.deposit(10_000e6, stranger);
    }
}

/// @notice A base asset that says it has as much as a number can hold.
contract VaultDoorsLyingTokenTest is DoorsFixture {
    function baseToken() internal override returns (MockToken) {
        return new LyingToken(6);
    }

    function testFuzz_max_neverRevertsForALie(uint256 lie, uint256 elapsed) external {
        LyingToken(address(tokens[USDC])).lie(address(vault), bound(lie, 3e11, type(uint256).max));
        vault.absorb(address(tokens[USDC]));
        vm.warp(block.timestamp + elapsed % 2 days);

        vault.maxDeposit(stranger);
        vault.maxMint(stranger);
        assertLe(vault.maxWithdraw(holder), vault.holdings()[USDC]);
        assertLe(vault.maxRedeem(holder), vault.balanceOf(holder));
    }

    /// @dev At the end of its type the record has no room for another unit.
    function test_maxDeposit_isTheRoomThatTheRecordHas() external {
        LyingToken(address(tokens[USDC])).lie(address(vault), type(uint256).max);
        vault.absorb(address(tokens[USDC]));
        // At most four times itself each time: a record ends where its type does.
        for (uint256 i; i < 64; ++i) {
            vm.warp(block.timestamp + 4 days);
            vault.poke();
        }

        assertEq(vault.holdings()[USDC], type(uint128).max);
        assertEq(vault.maxDeposit(stranger), 0);
        assertEq(vault.maxMint(stranger), 0);
    }
}

/// @notice A base asset that calls back meets the lock at every door.
contract VaultDoorsCallbackTokenTest is DoorsFixture {
    function baseToken() internal override returns (MockToken) {
        return new CallbackToken(6);
    }

    function testFuzz_doors_letNoOtherDoorOpenMeanwhile(uint256 outer, uint256 inner) external {
        fund(stranger, 20_000e6);
        bytes[4] memory calls = [
            abi.encodeWithSignature("deposit(uint256,address)", 1, stranger),
            abi.encodeWithSignature("mint(uint256,address)", 1, stranger),
            abi.encodeWithSignature("withdraw(uint256,address,address)", 1, holder, holder),
            abi.encodeWithSignature("redeem(uint256,address,address)", 1, holder, holder)
        ];
        CallbackToken token = CallbackToken(address(tokens[USDC]));
        token.armTolerantly(address(vault), calls[inner % 4]);

        if (outer % 2 == 0) {
            vm.prank(stranger);
            vault.deposit(10_000e6, stranger);
        } else {
            withdraw(holder, 10_000e6);
        }

        assertEq(
            token.failure(),
            abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector)
        );
    }
}
