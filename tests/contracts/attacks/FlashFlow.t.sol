// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {WAD} from "../../../contracts/types/Types.sol";
import {LagFixture} from "../fixtures/LagFixture.sol";

/// @notice Attack: the flow buckets are parts of the net asset value, and whoever borrows the assets
/// for one transaction makes that as large as it likes: it mints in kind, passes through a door at a
/// stale price what the swollen bucket lets through, and leaves in kind. Rule: what passes is charged
/// as a part of the same value, and of its cost the attacker bears the part that it holds.
contract FlashFlowAttackTest is LagFixture {
    /// @dev What the market is ahead of the feeds.
    uint256 internal constant JUMP = 0.02e18;

    /// @dev INV-2b: of four fifths in other assets the error is 1.6 % of NAV, less the spread, on a
    /// twentieth of what the holders have.
    /// forge-config: default.fuzz.runs = 64
    function testFuzz_flashFlow_costsHoldersNoMoreThanTheBucketOnTheWayIn(uint256 swollen)
        external
    {
        swollen = bound(swollen, 0, 1_000);
        moveMarket(WAD + JUMP);
        uint256 before = holdersWorth();

        if (swollen != 0) mintInKind(stranger, swollen * SHARES);
        deposit(stranger, vault.maxDeposit(stranger));
        redeemInKind(stranger, vault.balanceOf(stranger));

        uint256 beyond = JUMP * 8 / 10 - spread();
        assertLe(before - holdersWorth(), NAV * 5 / 100 * beyond / WAD);
        assertEq(vault.maxDeposit(stranger), 0);
    }

    /// @dev INV-2b: NAV is said to be higher by 1/0.984, and what is paid beyond, less the spread, is
    /// borne by those who stay, 95 in a hundred.
    /// forge-config: default.fuzz.runs = 64
    function testFuzz_flashFlow_costsHoldersNoMoreThanTheBucketOnTheWayOut(uint256 swollen)
        external
    {
        swollen = bound(swollen, 1, 1_000);
        moveMarket(WAD - JUMP);
        uint256 before = holdersWorth();

        mintInKind(stranger, swollen * SHARES);
        redeem(stranger, vault.maxRedeem(stranger));
        redeemInKind(stranger, vault.balanceOf(stranger));

        uint256 beyond = WAD * WAD / (WAD - JUMP * 8 / 10) - WAD - spread();
        assertLe(before - holdersWorth(), NAV * 5 / 95 * beyond / WAD);
        assertLe(vault.maxWithdraw(holder), 1);
    }
}
