// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IVault} from "../../../contracts/interfaces/IVault.sol";
import {Leg} from "../../../contracts/types/Types.sol";
import {ScriptedVaultFixture} from "../fixtures/ScriptedVaultFixture.sol";

/// @notice Attack: somebody borrows nine times the vault, enters, and rebalances in the same
/// transaction: the drift of a base-asset deposit, or a loss measured against the swollen NAV, is
/// paid by those who stay. Rules: entries in kind carry no drift, and no rebalance follows a mint
/// in its transaction.
contract FlashMintAttackTest is ScriptedVaultFixture {
    /// @dev A door that takes all in the base asset would open both tiers at once.
    function test_flashMint_wouldForceDriftThroughABaseAssetDoor() external view {
        (uint256[] memory values,) = portfolio();
        values[USDC] += 125_000e18;

        assertGt(driftOf(values), 0.08e18);
    }

    /// @dev In kind, nine times the vault moves no weight by more than rounding.
    function testFuzz_flashMint_carriesNoDrift(uint256 price, uint256 shares) external {
        setOraclePrice(WETH, bound(price, 1_600e8, 2_400e8));
        (uint256[] memory values,) = portfolio();
        uint256 drift = driftOf(values);

        mintInKind(stranger, bound(shares, 1, 9 * SHARES));

        (values,) = portfolio();
        assertApproxEqAbs(driftOf(values), drift, 1e10);
    }

    /// @dev With a drift that is there anyway: the loss that one rebalance may show is ten times as
    /// large in a vault ten times as large.
    function test_flashMint_cannotRebalanceInItsTransaction() external {
        setOraclePrice(WETH, 2_400e8);
        Leg[] memory legs = one(scriptedLeg(WETH, USDC, 12_000e18));
        mintInKind(stranger, 9 * SHARES);

        expectRefusal(legs, abi.encodeWithSelector(IVault.SharesChangedInThisTransaction.selector));
    }

    /// @dev Nor by leaving again before it.
    function test_flashMint_cannotRebalanceAfterLeaving() external {
        setOraclePrice(WETH, 2_400e8);
        Leg[] memory legs = one(scriptedLeg(WETH, USDC, 12_000e18));
        mintInKind(stranger, 9 * SHARES);
        redeemInKind(stranger, 9 * SHARES);

        expectRefusal(legs, abi.encodeWithSelector(IVault.SharesChangedInThisTransaction.selector));
    }

    /// @dev The public tier neither: what is forced now opens ten minutes after it is on record.
    function test_flashMint_cannotOpenThePublicTierAtOnce() external {
        setOraclePrice(WETH, 3_200e8);
        vault.poke();
        Leg[] memory legs = one(scriptedLeg(WETH, USDC, 12_000e18));

        vm.expectRevert(
            abi.encodeWithSelector(
                // Public, PokeDelay.
                IVault.RebalanceBlocked.selector,
                3,
                6,
                block.timestamp + 10 minutes
            )
        );
        vm.prank(stranger);
        vault.rebalance(legs, 0, block.timestamp);
    }
}
