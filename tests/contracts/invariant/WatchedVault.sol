// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {WAD} from "../../../contracts/types/Types.sol";
import {Witness} from "./Witness.sol";

/// @notice Watches every call of a handler: what each share stands for, and how targets move.
abstract contract WatchedVault is Witness {
    uint256 public ghostCalls;
    uint256 public ghostDilutions;
    uint256 public ghostTouchedByDonation;
    uint256 public ghostTargetJumps;
    uint256 internal _watchedAt;
    uint256[] internal _watchedTargets;

    /* WHAT CALLS CHANGE */

    /// @dev Around calls that must leave every share at least as much of every asset.
    modifier undiluted() {
        uint256[] memory amounts = vault.holdings();
        uint256 supply = vault.totalSupply();
        uint256 worth = shareWorth();
        _;
        uint256[] memory amountsAfter = vault.holdings();
        uint256 supplyAfter = vault.totalSupply();
        for (uint256 i; i < COUNT; ++i) {
            if (amountsAfter[i] * supply < amounts[i] * supplyAfter) ++ghostDilutions;
        }
        chargeHarm(worth);
    }

    /// @dev Around calls that must not change what the vault records.
    modifier unrecorded() {
        bytes32 records = keccak256(abi.encode(vault.holdings(), vault.totalSupply()));
        _;
        if (keccak256(abi.encode(vault.holdings(), vault.totalSupply())) != records) {
            ++ghostTouchedByDonation;
        }
    }

    /// @dev Compares the targets after this call with those after the last: they may have moved by
    /// the speed limit, and by one unit of rounding for each asset.
    modifier watched() {
        ++ghostCalls;
        _;
        uint256[] memory targets = mandate.targets();
        if (_watchedAt != 0) {
            uint256 distance;
            for (uint256 i; i < COUNT; ++i) {
                (uint256 low, uint256 high) = targets[i] < _watchedTargets[i]
                    ? (targets[i], _watchedTargets[i])
                    : (_watchedTargets[i], targets[i]);
                distance += high - low;
            }
            uint256 elapsed = block.timestamp - _watchedAt;
            uint256 allowed = Math.ceilDiv(mandate.limits().weightSpeed * elapsed, 1 days);
            if (distance > 2 * (allowed + COUNT)) ++ghostTargetJumps;
        }
        (_watchedTargets, _watchedAt) = (targets, block.timestamp);
    }

    /* WHAT HOLDS AT ANY MOMENT */

    /// @notice What the vault accounts for and does not have, of all assets.
    function shortfall() external view returns (uint256 missing) {
        for (uint256 i; i < COUNT; ++i) {
            (uint256 recorded, uint256 owed, uint256 vesting,) = vault.account(address(tokens[i]));
            uint256 balance = tokens[i].balanceOf(address(vault));
            missing += Math.saturatingSub(recorded + owed + vesting, balance);
        }
    }

    /// @notice What venue and router hold, and what anybody may take from the vault, of all assets.
    function leftBehind() external view returns (uint256 amount) {
        for (uint256 i; i < COUNT; ++i) {
            amount += tokens[i].balanceOf(address(venue)) + tokens[i].balanceOf(address(router));
            amount += tokens[i].allowance(address(vault), address(venue));
            amount += tokens[i].allowance(address(vault), address(router));
            amount += tokens[i].allowance(address(vault), keeper);
            for (uint256 j; j < COUNT; ++j) {
                if (i == j) continue;
                amount += tokens[i].allowance(address(vault), address(poolBetween(i, j)));
            }
        }
    }

    /// @notice Sum of the target weights at some second of the two months to come, in WAD.
    function targetSumAfter(uint256 seed) external returns (uint256 sum) {
        vm.warp(block.timestamp + seed % 60 days);
        uint256[] memory targets = mandate.targets();
        for (uint256 i; i < COUNT; ++i) {
            sum += targets[i];
        }
    }

    /// @notice Redeems all that everybody has; reverts if one cannot leave.
    function redeemAll() external {
        address[] memory accounts = everyHolder();
        for (uint256 i; i < accounts.length; ++i) {
            uint256 shares = vault.balanceOf(accounts[i]);
            if (shares != 0) redeemInKind(accounts[i], shares);
        }
    }

    /// @dev Everybody who may have shares, but for those that are locked.
    function everyHolder() internal view virtual returns (address[] memory);

    /* FUZZED VALUES */

    /// @dev `value` modulo the range, so that the fuzzer's numbers are always valid.
    function between(uint256 value, uint256 low, uint256 high) internal pure returns (uint256) {
        return low + value % (high - low + 1);
    }

    /// @dev Random weights that sum to WAD: from 5 %, above the bands, to the fixture's 60 %.
    function weightsFrom(uint256 seed) internal pure returns (uint256[] memory weights) {
        weights = new uint256[](COUNT);
        uint256 rest = WAD - COUNT * 0.05e18;
        for (uint256 i = 1; i < COUNT; ++i) {
            uint256 part = uint256(keccak256(abi.encode(seed, i))) % (rest / 2 + 1);
            weights[i] = 0.05e18 + part;
            rest -= part;
        }
        // The base asset takes the rest, and gives to the next what it may not hold.
        weights[0] = Math.min(0.05e18 + rest, 0.6e18);
        weights[1] += 0.05e18 + rest - weights[0];
    }
}
