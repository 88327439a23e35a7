// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Vm} from "forge-std/Vm.sol";
import {IVault} from "../../../contracts/interfaces/IVault.sol";
import {Leg, Limits, PRICE_SCALE, WAD} from "../../../contracts/types/Types.sol";
import {LossWindow} from "./LossWindow.sol";
import {TradePlanner} from "./TradePlanner.sol";

/// @notice What rebalances really did: from balances, prices and amounts moved, with arithmetic of
/// its own. The vault is believed only in which amounts each leg moved, and that is checked against
/// the balances.
///
/// # The true loss of a leg
///
/// A leg sells value v and brings value w, both at the prices read; let a_in and a_out be market
/// price over price read. At market prices it loses v * a_in - w * a_out, and the vault is worth at
/// least its NAV times the least a of all assets. As a fraction of that worth, the loss is at most
/// v * (1 + epsilon) - w as a fraction of NAV, where 1 + epsilon is the largest ratio of two of the
/// a: the loss at the prices read, and epsilon times the value traded. Summed over a window, INV-4.
abstract contract Witness is TradePlanner {
    /// @dev The vault before a rebalance, updated leg by leg.
    struct Scene {
        uint256[] prices;
        uint256[] targets;
        uint256[] balances;
        uint256[] amounts;
        uint256 nav;
        uint256 drift;
        uint256 supply;
        uint256 worth;
        uint256 sold;
        uint256 bought;
        uint256 loss;
        uint256 turnover;
        uint256 slippage;
    }

    /// @dev Largest relative error of a feed against the market, in WAD.
    uint256 internal constant FEED_ERROR = 0.005e18;
    /// @dev Largest relative error of two feeds against each other, in WAD: one as high and one as
    /// low as they can be.
    uint256 internal constant EPSILON =
        ((WAD + FEED_ERROR) * WAD + WAD - FEED_ERROR - 1) / (WAD - FEED_ERROR) - WAD;

    uint256 public ghostRebalances;
    uint256 public ghostPublicRebalances;
    uint256 public ghostMissteps;
    uint256 public ghostSupplyChanges;
    LossWindow internal _lossWindow;
    LossWindow internal _turnoverWindow;
    LossWindow internal _harmWindow;

    /* WHAT HAPPENED */

    /// @notice Worst window of leg losses at the prices read, in WAD of NAV, refill deducted.
    function ghostLoss() external view returns (uint256) {
        return _lossWindow.worstUp();
    }

    /// @notice Worst window of traded value, in WAD of NAV, refill deducted.
    function ghostTurnover() external view returns (uint256) {
        return _turnoverWindow.worstUp();
    }

    /// @notice Worst window of what a share lost at market prices, in WAD of it, refill deducted.
    function ghostHarm() external view returns (uint256) {
        return _harmWindow.worstUp();
    }

    /// @dev Refill of the bound on true losses, in WAD per day: R + epsilon * R_tau.
    function harmRate() internal view returns (uint256) {
        Limits memory limits = mandate.limits();
        return limits.lossRate + Math.mulDiv(EPSILON, limits.turnoverRate, WAD, Math.Rounding.Ceil);
    }

    /// @notice C, in WAD of NAV.
    function lossCapacity() external view returns (uint256) {
        return mandate.limits().lossCapacity;
    }

    /// @notice C_tau, in WAD of NAV.
    function turnoverCapacity() external view returns (uint256) {
        return mandate.limits().turnoverCapacity;
    }

    /// @notice Capacity of the bound on true losses, in WAD: C + epsilon * C_tau.
    function harmCapacity() external view returns (uint256) {
        Limits memory limits = mandate.limits();
        return limits.lossCapacity
            + Math.mulDiv(EPSILON, limits.turnoverCapacity, WAD, Math.Rounding.Ceil);
    }

    /// @dev Worth of a million shares at market prices, in WAD of WAD. Market prices are those of
    /// `marketPrice`: a pool that somebody pushed is no market.
    function shareWorth() internal view returns (uint256) {
        return Math.mulDiv(marketValue(vault.holdings()), SHARES * WAD, vault.totalSupply());
    }

    /// @dev Charges a fall of the share's worth to the window of true losses.
    function chargeHarm(uint256 worthBefore) internal {
        uint256 fall = Math.saturatingSub(worthBefore, shareWorth());
        uint256 fraction = Math.mulDiv(fall, WAD, worthBefore, Math.Rounding.Ceil);
        _harmWindow.charge(fraction, harmRate());
    }

    /* REBALANCES */

    /// @dev Sends a rebalance and, if it takes effect, judges it.
    function attempt(address caller, Leg[] memory legs)
        internal
        returns (bool done, bytes memory answer)
    {
        Scene memory scene = _observe();
        uint256 publicAt = vault.state().publicAt;
        bytes memory call_ =
            abi.encodeCall(vault.rebalance, (legs, vault.state().nonce, block.timestamp));
        vm.recordLogs();
        vm.prank(caller);
        (done, answer) = address(vault).call(call_);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        if (!done) return (done, answer);

        ++ghostRebalances;
        bool isPublic = vault.state().publicAt != publicAt;
        if (isPublic) ++ghostPublicRebalances;
        Limits memory limits = mandate.limits();
        scene.slippage = limits.slippage;
        if (isPublic) {
            scene.slippage = Math.min(limits.publicSlippage, mandate.worstFee() + 0.002e18);
        }
        for (uint256 i; i < logs.length; ++i) {
            if (logs[i].topics[0] == IVault.LegSettled.selector) _judgeLeg(scene, logs[i]);
        }
        _judgeOutcome(scene);
    }

    function _observe() private view returns (Scene memory scene) {
        scene.prices = oracle.prices(addresses());
        scene.targets = mandate.targets();
        scene.amounts = vault.holdings();
        scene.balances = _balances();
        scene.nav = _navOf(scene);
        scene.drift = _driftOf(scene);
        scene.supply = vault.totalSupply();
        scene.worth = shareWorth();
    }

    function _balances() private view returns (uint256[] memory balances) {
        balances = new uint256[](COUNT);
        for (uint256 i; i < COUNT; ++i) {
            balances[i] = tokens[i].balanceOf(address(vault));
        }
    }

    /// @dev A leg must be worth a basis point, stay short of both targets, turn no earlier leg back
    /// and bring the oracle's floor; then it is charged.
    function _judgeLeg(Scene memory scene, Vm.Log memory log) private {
        uint256 sold = _indexOf(log.topics[2]);
        uint256 bought = _indexOf(log.topics[3]);
        (uint256 paid, uint256 received,,) =
            abi.decode(log.data, (uint256, uint256, uint256, uint256));
        uint256 value = Math.mulDiv(paid, scene.prices[sold], PRICE_SCALE, Math.Rounding.Ceil);
        uint256 valueOut = _valueOf(scene, bought, received);

        uint256 heldIn = _valueOf(scene, sold, scene.amounts[sold]);
        uint256 heldOut = _valueOf(scene, bought, scene.amounts[bought]);
        if (heldIn < scene.targets[sold] * scene.nav / WAD + value) ++ghostMissteps;
        if (heldOut + value > scene.targets[bought] * scene.nav / WAD) ++ghostMissteps;
        scene.sold |= 1 << sold;
        scene.bought |= 1 << bought;
        if (scene.sold & scene.bought != 0) ++ghostMissteps;
        if (valueOut * WAD < value * (WAD - scene.slippage)) ++ghostMissteps;
        if (value * 10_000 + 10_000 < scene.nav) ++ghostMissteps;

        scene.amounts[sold] -= paid;
        scene.balances[sold] -= paid;
        scene.amounts[bought] += received;
        scene.balances[bought] += received;
        scene.loss += Math.saturatingSub(value, valueOut);
        scene.turnover += value;
    }

    /// @dev Nothing moved but by the legs, no share was created, drift fell, losses are charged.
    function _judgeOutcome(Scene memory scene) private {
        uint256[] memory amounts = vault.holdings();
        uint256[] memory balances = _balances();
        for (uint256 i; i < COUNT; ++i) {
            if (amounts[i] != scene.amounts[i] || balances[i] != scene.balances[i]) {
                ++ghostMissteps;
            }
        }
        if (vault.totalSupply() != scene.supply) ++ghostSupplyChanges;
        uint256 least = Math.min(scene.drift / 5, 0.01e18);
        Limits memory limits = mandate.limits();
        _lossWindow.charge(_fractionOf(scene.loss, scene.nav), limits.lossRate);
        _turnoverWindow.charge(_fractionOf(scene.turnover, scene.nav), limits.turnoverRate);
        chargeHarm(scene.worth);
        scene.nav = _navOf(scene);
        if (_driftOf(scene) + least > scene.drift) ++ghostMissteps;
    }

    function _valueOf(Scene memory scene, uint256 asset, uint256 amount)
        private
        pure
        returns (uint256)
    {
        return Math.mulDiv(amount, scene.prices[asset], PRICE_SCALE);
    }

    function _navOf(Scene memory scene) private pure returns (uint256 nav) {
        for (uint256 i; i < COUNT; ++i) {
            nav += _valueOf(scene, i, scene.amounts[i]);
        }
    }

    function _driftOf(Scene memory scene) private pure returns (uint256 drift) {
        for (uint256 i; i < COUNT; ++i) {
            uint256 weight = _valueOf(scene, i, scene.amounts[i]) * WAD / scene.nav;
            uint256 target = scene.targets[i];
            drift += weight > target ? weight - target : target - weight;
        }
        drift /= 2;
    }

    function _fractionOf(uint256 part, uint256 whole) private pure returns (uint256) {
        return Math.mulDiv(part, WAD, whole);
    }

    function _indexOf(bytes32 topic) private view returns (uint256 asset) {
        while (address(tokens[asset]) != address(uint160(uint256(topic)))) ++asset;
    }
}
