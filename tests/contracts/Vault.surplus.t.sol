// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IVault} from "../../contracts/interfaces/IVault.sol";
import {OddVaultFixture} from "./fixtures/OddVaultFixture.sol";
import {RebasingToken} from "./fixtures/WeirdTokens.sol";

/// @notice What the vault has beyond its records belongs to nobody until it is absorbed, and then
/// joins them evenly over a day.
contract VaultSurplusTest is OddVaultFixture {
    uint256 internal constant SEEDED = WHOLE * 1e18;
    /// @dev A day and the second that rounding up adds.
    uint256 internal constant VESTING = 1 days + 1;
    uint256 internal start;

    function setUp() external {
        openVault(address(new RebasingToken(18)));
        start = block.timestamp;
    }

    /* DONATIONS */

    /// @dev INV-1: a donation changes nothing until it is absorbed.
    function testFuzz_donation_changesNothing(uint256 surplus) external {
        surplus = bound(surplus, 1, 1e33);
        uint256[] memory dear = vault.previewMintInKind(1e18);
        uint256[] memory cheap = vault.previewRedeemInKind(1e18);

        odd.mint(address(vault), surplus);
        vm.warp(start + 30 days);

        assertEq(vault.previewMintInKind(1e18), dear);
        assertEq(vault.previewRedeemInKind(1e18), cheap);
        assertEq(redeem(holder, 1e18, 0), cheap);
        assertEq(recordedOf(odd), SEEDED - cheap[1]);
    }

    /* ABSORB */

    function test_absorb_addsNothingAtOnce() external {
        _absorb(1_000e18);

        assertEq(recordedOf(odd), SEEDED);
        assertEq(unvestedOf(odd), 1_000e18);
    }

    /// @dev The part of the day that has passed, rounded down.
    function testFuzz_absorb_vestsEvenly(uint256 surplus, uint256 elapsed) external {
        surplus = bound(surplus, 1, SEEDED);
        elapsed = bound(elapsed, 0, VESTING);
        _absorb(surplus);

        vm.warp(start + elapsed);

        uint256 vested = recordedOf(odd) - SEEDED;
        assertEq(vested, surplus * elapsed / VESTING);
        assertEq(unvestedOf(odd), surplus - vested);
    }

    /// @dev However large the gift: no faster than to double the record in a day.
    function testFuzz_absorb_addsNoMoreInADayThanIsRecorded(uint256 surplus, uint256 elapsed)
        external
    {
        surplus = bound(surplus, SEEDED + 1, type(uint128).max - SEEDED);
        elapsed = bound(elapsed, 0, 30 days);
        _absorb(surplus);

        vm.warp(start + elapsed);

        assertLe(recordedOf(odd), SEEDED + SEEDED * elapsed / 1 days);
        assertEq(recordedOf(odd) + unvestedOf(odd), SEEDED + surplus);
        // What is left goes on at the pace of the record.
        redeem(holder, 1, 0);
    }

    function test_absorb_vestsAllInTheEnd() external {
        _absorb(1_000e18);

        vm.warp(start + 365 days);

        assertEq(recordedOf(odd), SEEDED + 1_000e18);
        assertEq(unvestedOf(odd), 0);
    }

    /// @dev Calls in between credit what has vested and leave the line as it was, less at most one
    /// unit each.
    function testFuzz_absorb_vestsAlikeHoweverOftenItIsCredited(
        uint256 surplus,
        uint256[4] memory times
    ) external {
        surplus = bound(surplus, 1, SEEDED / 2);
        _absorb(surplus);
        (uint256 last, uint256 paid) = (0, 0);
        for (uint256 i; i < times.length; ++i) {
            last = bound(times[i], last, VESTING);
            vm.warp(start + last);
            paid += redeem(holder, 1, 0)[1];
            assertEq(vault.holdings()[1], recordedOf(odd));
        }

        uint256 vested = recordedOf(odd) + paid - SEEDED;
        assertLe(vested, surplus * last / VESTING);
        assertGe(vested + 4, surplus * last / VESTING);
    }

    function test_absorb_emitsWhenItWillHaveVested() external {
        odd.mint(address(vault), 1_000e18);

        vm.expectEmit(address(vault));
        emit IVault.SurplusAbsorbed(address(odd), 1_000e18, 1_000e18, start + VESTING);
        vault.absorb(address(odd));

        (,,, uint256 vestsUntil) = vault.account(address(odd));
        assertEq(vestsUntil, start + VESTING);
    }

    function test_mintInKind_emitsWhatHasVested() external {
        _absorb(VESTING * 1e6);
        vm.warp(start + 600);
        uint256[] memory asked = vault.previewMintInKind(1e18);
        fund(stranger, asked[0], asked[1]);

        vm.expectEmit(address(vault));
        emit IVault.SurplusVested(address(odd), 600e6);
        vm.prank(stranger);
        vault.mintInKind(1e18, asked, stranger);
    }

    /// @dev INV-3: newcomers pay for what has vested.
    function testFuzz_mintInKind_countsWhatHasVested(uint256 elapsed) external {
        _absorb(SEEDED);
        vm.warp(start + bound(elapsed, 1, 2 days));
        uint256 recorded = recordedOf(odd);
        uint256 supply = vault.totalSupply();

        uint256[] memory paid = mint(stranger, 10e18);

        assertGe(paid[1] * supply, recorded * 10e18);
        assertGt(paid[1], 5e18);
    }

    /// @dev INV-6: the last to leave do not wait for what has not vested; it stays behind.
    function test_redeemInKind_leavesTheUnvestedBehind() external {
        _absorb(1_000e18);

        redeem(holder, vault.balanceOf(holder), 0);

        assertEq(unvestedOf(odd), 1_000e18);
        assertEq(odd.balanceOf(address(vault)), recordedOf(odd) + 1_000e18);
    }

    function test_absorb_leavesAloneWhatIsOwed() external {
        redeem(holder, SHARES / 2, 2);
        uint256 owed = owedOf(odd);

        _absorb(1_000e18);
        vm.warp(start + 2 days);

        assertEq(owedOf(odd), owed);
        assertEq(recordedOf(odd), SEEDED - owed + 1_000e18);
        vm.prank(holder);
        assertEq(vault.claimOwed(address(odd), holder), owed);
    }

    function test_absorb_revertsWhenThereIsNoSurplus() external {
        vm.expectRevert(
            abi.encodeWithSelector(IVault.NoSurplus.selector, address(odd), SEEDED, SEEDED)
        );
        vault.absorb(address(odd));
    }

    /// @dev What is on its way, and what is owed, is no surplus.
    function test_absorb_revertsWhenTheSurplusIsOnItsWayAlready() external {
        redeem(holder, SHARES / 2, 2);
        _absorb(1_000e18);

        uint256 accounted = SEEDED + 1_000e18;
        vm.expectRevert(
            abi.encodeWithSelector(IVault.NoSurplus.selector, address(odd), accounted, accounted)
        );
        vault.absorb(address(odd));
    }

    function test_absorb_revertsWhenTheTokenShrank() external {
        RebasingToken(address(odd)).rebase(address(vault), SEEDED - 1);

        vm.expectRevert(
            abi.encodeWithSelector(IVault.NoSurplus.selector, address(odd), SEEDED - 1, SEEDED)
        );
        vault.absorb(address(odd));
    }

    function test_absorb_revertsWhenTokenIsNoAsset() external {
        vm.expectRevert(abi.encodeWithSelector(IVault.NotAnAsset.selector, stranger));
        vault.absorb(stranger);
    }

    /* A SECOND SURPLUS */

    /// @dev The rest keeps its time and the addition gets a day, weighted by their amounts: all of
    /// it vests no later than a second after that mean, and never later than a day from now.
    function testFuzz_absorb_weightsTheTimesByAmount(uint256 first, uint256 second, uint256 elapsed)
        external
    {
        first = bound(first, 1e6, 1e30);
        second = bound(second, 1, 1e30);
        elapsed = bound(elapsed, 1, 1 days);
        _absorb(first);
        vm.warp(start + elapsed);
        uint256 rest = unvestedOf(odd);

        _absorb(second);

        (,,, uint256 until) = vault.account(address(odd));
        uint256 mean = rest * (VESTING - elapsed) + second * 1 days;
        assertLe((until - block.timestamp - 1) * (rest + second), mean);
        assertGe((until - block.timestamp + 1) * (rest + second), mean);
        assertLe(until, block.timestamp + VESTING);
        assertEq(unvestedOf(odd), rest + second);
    }

    /// @dev Whoever donates a unit every half hour delays nothing of what is on its way.
    function test_absorb_isNotDelayedByDust() external {
        _absorb(1_000e18);
        for (uint256 i = 1; i <= 48; ++i) {
            vm.warp(start + i * 30 minutes);
            _absorb(1);
            uint256 vested = recordedOf(odd) - SEEDED;
            assertApproxEqAbs(vested, 1_000e18 * i * 30 minutes / VESTING, 100);
        }

        vm.warp(start + VESTING);

        assertGe(recordedOf(odd), SEEDED + 1_000e18);
    }

    /// @dev The same where a unit is worth something: each absorb may cost a second of rounding and
    /// no more than the weight of what it adds.
    function test_absorb_isNotDelayedByDustOnFewUnits() external {
        _absorb(1_000_000);
        (,,, uint256 until) = vault.account(address(odd));

        for (uint256 i = 1; i <= 200; ++i) {
            vm.warp(start + i * 400);
            _absorb(1);
        }

        (,,, uint256 later) = vault.account(address(odd));
        assertLe(later, until + 200);
        vm.warp(later);
        assertEq(recordedOf(odd), SEEDED + 1_000_200);
    }

    function _absorb(uint256 surplus) private {
        odd.mint(address(vault), surplus);
        vault.absorb(address(odd));
    }
}
