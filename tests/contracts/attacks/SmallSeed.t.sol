// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MockToken} from "../../../contracts/mocks/MockToken.sol";
import {OddVaultFixture} from "../fixtures/OddVaultFixture.sol";
import {RuleRemover} from "../fixtures/RuleRemover.sol";

/// @notice Attack: the first holder seeds almost no shares and gives the vault a million. One unit
/// of a share is then worth so much that who enters later pays in steps of a thousand dollars, and
/// whoever counts shares by value rounds as much away. Rule: 1e15 units are locked for ever.
contract SmallSeedAttackTest is OddVaultFixture, RuleRemover {
    function setUp() external {
        createVault(address(new MockToken("Odd", "ODD", 18)));
    }

    function test_smallSeed_makesTheLeastShareDearWithoutTheRule() external {
        removeRule(address(vault), 1e15, 1e3);
        vault.seed(1e3 + 1, both(1e6, 1e6), holder);

        _giveAMillion();

        assertGt(vault.previewMintInKind(1)[0], 990e6);
    }

    /// @dev With the smallest seed that is allowed.
    function test_smallSeed_leavesTheLeastShareCheapUnderTheRule() external {
        vault.seed(1e15 + 1, both(1e6, 1e6), holder);

        _giveAMillion();

        // One millionth of a dollar; a dollar buys shares to nine digits, but for the gift's dust.
        assertEq(vault.previewMintInKind(1)[0], 1);
        assertApproxEqAbs(vault.previewMintInKind(1e9)[0], 1e6, 2);
    }

    /// @dev A gift joins no faster than to double the record in a day, so it takes weeks.
    function _giveAMillion() private {
        dollar.mint(address(vault), 1_000_000e6);
        for (uint256 i; i < 30; ++i) {
            vault.absorb(address(dollar));
            vm.warp(block.timestamp + 1 days);
            dollar.mint(address(vault), 1);
        }
    }
}
