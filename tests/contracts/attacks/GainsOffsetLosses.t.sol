// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Vm} from "forge-std/Vm.sol";
import {IVault} from "../../../contracts/interfaces/IVault.sol";
import {Leg, Limits} from "../../../contracts/types/Types.sol";
import {ScriptedVaultFixture} from "../fixtures/ScriptedVaultFixture.sol";

/// @notice Attack: where the oracle lags, some leg brings a gain that belongs to the holders; the
/// keeper pairs it with a leg that loses as much to a venue of its own. Summed up nothing is lost,
/// and a bucket for the sum never empties. Rule: every leg's loss is charged, gains credit nothing.
contract GainsOffsetLossesAttackTest is ScriptedVaultFixture {
    /// @dev 1.2 % of the portfolio; one per cent of it is stolen in each round.
    uint256 internal constant SIZE = 26_000e18;
    uint256 internal constant ROUNDS = 13;

    /// @dev Value lost in all legs that ran, gains set off, in WAD.
    int256 internal netted;

    function setUp() public override {
        super.setUp();
        // 1,500,000 of 2,200,000: 840,000 too many.
        setOraclePrice(WETH, 10_000e8);
    }

    /// @dev With a loss bucket too large to matter all rounds run: the rogue has 3,380, and a
    /// bucket for the sum has not been charged a unit.
    function test_gainsOffsetLosses_takeWhatTheyWantFromABucketForTheSum() external {
        _setLossCapacity(0.01e18);

        for (uint256 i; i < ROUNDS; ++i) {
            assertTrue(_tryRound(i));
        }

        assertEq(netted, 0);
    }

    /// @dev A bucket of ten basis points stands eight rounds of 1.18 each.
    function test_gainsOffsetLosses_emptyTheBucketUnderTheRule() external {
        _setLossCapacity(0.001e18);

        for (uint256 i; i < 8; ++i) {
            assertTrue(_tryRound(i));
        }

        assertFalse(_tryRound(8));
        assertEq(netted, 0);
        assertApproxEqRel(vault.state().lossUsed, 8 * SIZE / 100 * 1e18 / 2_200_000e18, 0.001e18);
    }

    /// @dev The market pays the first leg 1 % more than its worth, the rogue's venue pays the
    /// second 1 % less.
    function _tryRound(uint256 round) private returns (bool) {
        uint256 gaining = round % 2 == 0 ? USDC : LINK;
        Leg[] memory legs = two(scriptedLeg(WETH, gaining, SIZE), scriptedLeg(WETH, WBTC, SIZE));
        // The last payout is used first.
        script.payOut(SIZE / 40_000e10 * 99 / 100);
        script.payOut(gaining == USDC ? SIZE / 1e12 * 101 / 100 : SIZE / 10 * 101 / 100);
        uint256 nonce = vault.state().nonce;
        vm.recordLogs();
        vm.prank(keeper);
        try vault.rebalance(legs, nonce, block.timestamp) {
            _net(vm.getRecordedLogs());
            return true;
        } catch (bytes memory failure) {
            // The selector is in front.
            // forge-lint: disable-next-line(unsafe-typecast)
            assertEq(bytes4(failure), IVault.LossBucketExceeded.selector);
            return false;
        }
    }

    function _net(Vm.Log[] memory logs) private {
        for (uint256 i; i < logs.length; ++i) {
            if (logs[i].topics[0] != IVault.LegSettled.selector) continue;
            (,, int256 valueIn, int256 valueOut) =
                abi.decode(logs[i].data, (uint256, uint256, int256, int256));
            netted += valueIn - valueOut;
        }
    }

    function _setLossCapacity(uint64 capacity) private {
        Limits memory limits = defaultLimits();
        limits.lossCapacity = capacity;
        limits.turnoverCapacity = 0.5e18;
        limits.cooldown = 0;
        setLimits(limits);
    }
}
