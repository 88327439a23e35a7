// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IVault} from "../../../contracts/interfaces/IVault.sol";
import {Rebalancing} from "../../../contracts/libraries/Rebalancing.sol";
import {Leg, Limits, WAD} from "../../../contracts/types/Types.sol";
import {RuleRemover} from "../fixtures/RuleRemover.sol";
import {ScriptedVaultFixture} from "../fixtures/ScriptedVaultFixture.sol";

/// @notice Attack: feeds lag the market by up to half a per cent. A keeper sells when the feed is
/// behind a rise and buys when it is behind a fall, at exactly the feed's price, through a venue of
/// its own that trades at the market. No loss is visible at oracle prices. Rule: a bucket for what
/// is traded, beside the one for what is lost.
contract LagTradingAttackTest is ScriptedVaultFixture, RuleRemover {
    /// @dev By how much the market is ahead of the feed, in WAD.
    uint256 internal constant LAG = 0.005e18;
    uint256 internal constant SWINGS = 100;
    uint256 internal constant WAIT = 6 hours;

    /// @dev Largest NAV at which anything was traded.
    uint256 internal peak;

    /// @dev A hundred swings of WETH between 1,600 and 2,400 in 25 days: a tenth of the portfolio.
    function test_lagTrading_takesWithoutEndWithoutTheRule() external {
        _removeTheTurnoverBucket();

        uint256 stolen = _swing();

        assertEq(vault.state().nonce, SWINGS);
        assertGt(stolen, NAV / 10);
        assertEq(vault.state().lossUsed, 0);
    }

    /// @dev INV-4 (b): at most the lag, of the capacity and the refill of 25 days: 26 bp.
    function test_lagTrading_isBoundedByTheTurnoverBucket() external {
        uint256 stolen = _swing();

        uint256 turnover = 0.15e18 + 0.015e18 * SWINGS * WAIT / 1 days;
        assertLe(stolen, LAG * turnover / WAD * peak / WAD);
        // The attacker did use what there was.
        assertGt(stolen, NAV / 1_000);
        assertEq(vault.state().lossUsed, 0);
    }

    /// @dev Swings the price and trades each time as far as the vault lets it; returns what the
    /// market would have paid beyond that, in WAD.
    function _swing() private returns (uint256 stolen) {
        for (uint256 i; i < SWINGS; ++i) {
            setOraclePrice(WETH, i % 2 == 0 ? 2_400e8 : 1_600e8);
            (uint256 traded, uint256 turnover, uint256 left) = _trade(0.99e18);
            // Once more with what is left.
            if (turnover != 0) (traded,,) = _trade(0.99e18 * left / turnover);
            stolen += traded * LAG / WAD;
            passTime(WAIT);
        }
    }

    /// @dev Takes `part` of the drift, in WAD; returns the value traded, or what the bucket said.
    function _trade(uint256 part) private returns (uint256 traded, uint256 turnover, uint256 left) {
        Leg[] memory legs = new Leg[](3);
        (legs[0], legs[1], legs[2]) = (_leg(USDC, part), _leg(WBTC, part), _leg(LINK, part));
        (uint256 nonce, uint256 used) = (vault.state().nonce, above(WETH) + below(WETH));
        (, uint256 nav) = portfolio();
        vm.prank(keeper);
        try vault.rebalance(legs, nonce, block.timestamp) {
            peak = Math.max(peak, nav);
            return (used - above(WETH) - below(WETH), 0, 0);
        } catch (bytes memory failure) {
            if (failure.length != 68) return (0, 0, 0);
            bytes4 selector;
            (selector, turnover, left) = _twoNumbers(failure);
            if (selector != IVault.TurnoverBucketExceeded.selector) return (0, 0, 0);
        }
    }

    function _leg(uint256 other, uint256 part) private view returns (Leg memory) {
        if (above(WETH) != 0) return scriptedLeg(WETH, other, below(other) * part / WAD);
        return scriptedLeg(other, WETH, above(other) * part / WAD);
    }

    function _twoNumbers(bytes memory failure)
        private
        pure
        returns (bytes4 selector, uint256 first, uint256 second)
    {
        assembly {
            selector := mload(add(failure, 32))
            first := mload(add(failure, 36))
            second := mload(add(failure, 68))
        }
    }

    /// @dev A bucket of eighteen portfolios, in the mandate's rules and in the vault's cap.
    function _removeTheTurnoverBucket() private {
        removeRule(address(Rebalancing), 0.5e18, type(uint64).max);
        removeRule(address(mandate), 0.5e18, type(uint64).max);
        Limits memory limits = defaultLimits();
        limits.turnoverCapacity = type(uint64).max;
        setLimits(limits);
    }
}
