// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Accounting} from "../../../contracts/libraries/Accounting.sol";
import {RuleRemover} from "../fixtures/RuleRemover.sol";
import {VaultFixture} from "../fixtures/VaultFixture.sol";

/// @notice Attack: an airdrop or a rebase has reached the vault and nobody has absorbed it.
/// Somebody mints nine times the supply, absorbs, and leaves with nine tenths of it. Rule: a
/// surplus joins the records evenly over a day.
contract JustInTimeMintAttackTest is VaultFixture, RuleRemover {
    uint256 internal constant AIRDROP = 100_000e6;

    address internal thief = makeAddr("thief");

    function setUp() public override {
        super.setUp();
        tokens[USDC].mint(address(vault), AIRDROP);
    }

    /// @dev Vesting within a second instead of a day.
    function test_justInTimeMint_takesNineTenthsWithoutTheRule() external {
        removeRule(address(Accounting), 1 days, 1);

        uint256 profit = _mintAbsorbAndLeave(12 seconds);

        assertApproxEqAbs(profit, AIRDROP * 9 / 10, 10);
    }

    /// @dev What vests in a block of twelve seconds: a seven-thousandth of the airdrop.
    function test_justInTimeMint_getsTheVestingOfItsTimeUnderTheRule() external {
        uint256 profit = _mintAbsorbAndLeave(12 seconds);

        assertLe(profit, AIRDROP * 9 / 10 * 12 / 1 days + 1);
        assertLt(profit, 13e6);
    }

    function test_justInTimeMint_getsNothingInOneBlockUnderTheRule() external {
        assertEq(_mintAbsorbAndLeave(0), 0);
    }

    /// @dev Others absorb first: then the thief buys in to what has vested at its price.
    function test_justInTimeMint_getsNothingOfWhatHasVested() external {
        vault.absorb(address(tokens[USDC]));
        passTime(2 days);
        uint256[] memory paid = mintInKind(thief, 9 * SHARES);

        redeemInKind(thief, 9 * SHARES);

        assertLe(tokens[USDC].balanceOf(thief), paid[USDC]);
    }

    function _mintAbsorbAndLeave(uint256 wait) private returns (uint256 profit) {
        uint256[] memory paid = mintInKind(thief, 9 * SHARES);
        vault.absorb(address(tokens[USDC]));
        vm.warp(block.timestamp + wait);
        redeemInKind(thief, 9 * SHARES);
        uint256 got = tokens[USDC].balanceOf(thief);
        return got > paid[USDC] ? got - paid[USDC] : 0;
    }
}
