// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {AssetRule, IMandate} from "./interfaces/IMandate.sol";
import {FeedConfig, IPriceOracle, PriceReading, PriceStatus} from "./interfaces/IPriceOracle.sol";
import {IVault} from "./interfaces/IVault.sol";
import {AssetView, IVaultLens, VaultResult, VaultView} from "./interfaces/IVaultLens.sol";
import {BoundedCall} from "./libraries/BoundedCall.sol";
import {Bucket} from "./libraries/Bucket.sol";
import {LimitCaps} from "./libraries/LimitCaps.sol";
import {Rebalancing} from "./libraries/Rebalancing.sol";
import {WeightMath} from "./libraries/WeightMath.sol";
import {VaultState} from "./types/Ledger.sol";
import {Blocker, Limits, MAX_ASSETS, Plan, Position, Route} from "./types/Types.sol";

/// @title VaultLens
/// @notice Reads vaults for keepers and pages. Has no storage and no owner; use it in `eth_call`.
///
/// # Trust
///
/// A view says what the vault, its mandate and its oracle say; whether those are the ones you mean
/// is yours to know. A vault that lies is believed about itself and cannot change what is said of
/// others: each gets an equal share of the gas that is left, and no more than a bounded answer.
///
/// Tokens are not trusted at all. Texts are cut to 64 characters and everything but printable ASCII
/// in them becomes "?", so that no token breaks a decoder, a terminal or a page.
contract VaultLens is IVaultLens {
    /// @dev A bucket, as large and as fast as the vault's own caps let it be: how much was used when
    /// it was last charged, and how much is left now.
    struct Budget {
        uint256 charged;
        uint256 left;
        uint256 capacity;
        uint256 rate;
    }

    /* CONSTANTS */

    /// @dev Gas for one question to a token.
    uint256 internal constant _TOKEN_GAS = 200_000;

    /// @dev Most characters of a text.
    uint256 internal constant _TEXT_SIZE = 64;

    /// @dev Stands for whatever is not printable ASCII.
    bytes1 internal constant _UNPRINTABLE = "?";

    /// @dev Most bytes of one vault's answer; sixteen assets with the longest symbols need 14,500.
    uint256 internal constant _VIEW_SIZE = 16_384;

    /* MANY VAULTS */

    /// @inheritdoc IVaultLens
    function read(address[] calldata vaults, address caller)
        external
        view
        returns (uint256 blockNumber, uint256 timestamp, VaultResult[] memory results)
    {
        results = new VaultResult[](vaults.length);
        for (uint256 i; i < vaults.length; ++i) {
            bytes memory question = abi.encodeCall(IVaultLens.readOne, (vaults[i], caller));
            // One share is kept for handing the results over.
            uint256 gasShare = gasleft() / (vaults.length - i + 1);
            (bool ok, bytes memory answer) =
                BoundedCall.tryStatic(address(this), question, gasShare, _VIEW_SIZE);
            results[i].ok = ok;
            if (ok) results[i].data = abi.decode(answer, (VaultView));
            else results[i].failure = answer;
        }
        return (block.number, block.timestamp, results);
    }

    /// @inheritdoc IVaultLens
    function routes(address vault) external view returns (Route[] memory found) {
        require(vault.code.length != 0, NoCode(vault));
        IMandate mandate = IVault(vault).mandate();
        found = new Route[](mandate.routeCount());
        for (uint256 i; i < found.length; ++i) {
            found[i] = mandate.routeAt(i);
        }
    }

    /* ONE VAULT */

    /// @inheritdoc IVaultLens
    function readOne(address vault, address caller) external view returns (VaultView memory found) {
        require(vault.code.length != 0, NoCode(vault));
        IMandate mandate = IVault(vault).mandate();
        (found.vault, found.mandate) = (vault, address(mandate));
        found.oracle = address(IVault(vault).oracle());
        found.name = _text(vault, IERC20Metadata.name.selector);
        found.symbol = _text(vault, IERC20Metadata.symbol.selector);
        found.totalSupply = IVault(vault).totalSupply();
        found.isKeeper = mandate.isKeeper(caller);
        found.pausedUntil = mandate.pausedUntil();
        found.weightsFrozen = mandate.weightsFrozen();
        (found.scheduleStart, found.scheduleEnd) = mandate.schedule();
        found.limits = mandate.limits();
        VaultState memory state = IVault(vault).state();
        (found.nonce, found.keeperAt) = (state.nonce, state.keeperAt);
        (found.publicAt, found.pokedAt) = (state.publicAt, state.pokedAt);
        Budget memory loss = _lossBudget(state, found.limits);
        Budget memory turnover = _turnoverBudget(state, found.limits);
        (found.lossLeft, found.turnoverLeft) = (loss.left, turnover.left);

        if (!_readAssets(found)) {
            found.blocker = Blocker.Oracle;
            return found;
        }
        _readPlan(found, caller);
        if (found.blocker != Blocker.None) return found;
        _applyBudget(found, loss, 1, Blocker.LossBucket);
        if (found.blocker != Blocker.None) return found;
        _applyBudget(found, turnover, Rebalancing.MIN_LEG, Blocker.TurnoverBucket);
    }

    /// @dev Fills in the assets, and says whether each of them has a price.
    function _readAssets(VaultView memory found) internal view returns (bool priced) {
        address[] memory tokens = IVault(found.vault).tokens();
        require(tokens.length <= MAX_ASSETS, TooManyAssets(tokens.length, MAX_ASSETS));
        uint256[] memory targets = IMandate(found.mandate).targets();
        PriceReading[] memory readings = IPriceOracle(found.oracle).tryPrices(tokens);
        found.assets = new AssetView[](tokens.length);
        priced = true;
        for (uint256 i; i < tokens.length; ++i) {
            AssetView memory asset = found.assets[i];
            (asset.token, asset.target) = (tokens[i], targets[i]);
            _readRule(asset, IMandate(found.mandate).rule(i));
            _readToken(asset, found.vault);
            _readPrice(asset, readings[i], IPriceOracle(found.oracle));
            if (asset.priceStatus != PriceStatus.Ok) priced = false;
        }
    }

    function _readRule(AssetView memory asset, AssetRule memory rule) internal pure {
        (asset.endTarget, asset.band, asset.hardBand) = (rule.endWeight, rule.band, rule.hardBand);
    }

    /// @dev What the token says of itself and of the vault, and what the vault says of the token.
    function _readToken(AssetView memory asset, address vault) internal view {
        address token = asset.token;
        asset.symbol = _text(token, IERC20Metadata.symbol.selector);
        uint256 decimals =
            _number(token, abi.encodeCall(IERC20Metadata.decimals, ()), type(uint8).max);
        // At most the maximum named.
        // forge-lint: disable-next-line(unsafe-typecast)
        asset.decimals = uint8(decimals);
        asset.balance = _number(token, abi.encodeCall(IERC20.balanceOf, (vault)), type(uint256).max);
        (asset.recorded, asset.owed, asset.unvested,) = IVault(vault).account(token);
    }

    function _readPrice(AssetView memory asset, PriceReading memory reading, IPriceOracle oracle)
        internal
        view
    {
        FeedConfig memory feed = oracle.feedOf(asset.token);
        (asset.heartbeat, asset.deviation) = (feed.heartbeat, feed.deviation);
        (asset.price, asset.secondPrice) = (reading.price, reading.second);
        asset.priceStatus = reading.status;
        asset.priceUpdatedAt = reading.updatedAt;
        asset.value = WeightMath.valueDown(asset.recorded, reading.price);
    }

    /* STATUS */

    /// @dev Fills in NAV, drift, and whether the caller may rebalance as far as the mandate knows.
    function _readPlan(VaultView memory found, address caller) internal view {
        uint256[] memory values = new uint256[](found.assets.length);
        for (uint256 i; i < values.length; ++i) {
            values[i] = found.assets[i].value;
            found.nav += values[i];
        }
        Position memory position = Position({
            caller: caller,
            keeperAt: found.keeperAt,
            publicAt: found.publicAt,
            pokedAt: found.pokedAt,
            nav: found.nav,
            values: values
        });
        Plan memory plan = IMandate(found.mandate).plan(position);
        found.totalDrift = plan.drift;
        (found.reason, found.blocker, found.readyAt) = (plan.reason, plan.blocker, plan.readyAt);
    }

    /// @dev Puts `blocker` in the way of a rebalance if `budget` cannot take `charge` now.
    function _applyBudget(
        VaultView memory found,
        Budget memory budget,
        uint256 charge,
        Blocker blocker
    ) internal pure {
        if (budget.left >= charge) return;
        found.blocker = blocker;
        if (charge > budget.capacity || budget.rate == 0) return;
        uint256 missing = budget.charged + charge - budget.capacity;
        found.readyAt =
            Math.max(found.keeperAt, found.publicAt) + Math.ceilDiv(missing * 1 days, budget.rate);
    }

    function _lossBudget(VaultState memory state, Limits memory limits)
        internal
        view
        returns (Budget memory budget)
    {
        budget.charged = state.lossUsed;
        budget.capacity = Math.min(limits.lossCapacity, LimitCaps.LOSS_CAPACITY);
        budget.rate = Math.min(limits.lossRate, LimitCaps.LOSS_RATE);
        _refill(budget, state);
    }

    function _turnoverBudget(VaultState memory state, Limits memory limits)
        internal
        view
        returns (Budget memory budget)
    {
        budget.charged = state.turnoverUsed;
        budget.capacity = Math.min(limits.turnoverCapacity, LimitCaps.TURNOVER_CAPACITY);
        budget.rate = Math.min(limits.turnoverRate, LimitCaps.TURNOVER_RATE);
        _refill(budget, state);
    }

    /// @dev Buckets are charged by every rebalance, of whichever tier, and refill from then on.
    function _refill(Budget memory budget, VaultState memory state) internal view {
        uint256 elapsed = block.timestamp - Math.max(state.keeperAt, state.publicAt);
        uint256 used = Bucket.usedUp(budget.charged, budget.rate, elapsed);
        budget.left = Bucket.left(used, budget.capacity);
    }

    /* TOKENS */

    /// @dev A number that `target` should answer; zero if it does not, or if it is too large.
    function _number(address target, bytes memory question, uint256 maximum)
        internal
        view
        returns (uint256)
    {
        (bool ok, bytes memory answer) = BoundedCall.tryStatic(target, question, _TOKEN_GAS, 32);
        if (!ok || answer.length < 32) return 0;
        uint256 number = abi.decode(answer, (uint256));
        return number <= maximum ? number : 0;
    }

    /// @dev A text that `target` should answer, as a string or as old tokens do in one word; empty
    /// if it does not.
    function _text(address target, bytes4 selector) internal view returns (string memory) {
        (bool ok, bytes memory answer) = BoundedCall.tryStatic(
            target, abi.encodeWithSelector(selector), _TOKEN_GAS, 64 + _TEXT_SIZE
        );
        if (!ok || answer.length < 32) return "";
        if (answer.length < 64) return _printable(answer, 0, 32);
        (uint256 offset, uint256 length) = abi.decode(answer, (uint256, uint256));
        if (offset != 32) return "";
        return _printable(answer, 64, Math.min(length, answer.length - 64));
    }

    /// @dev `length` bytes of `answer` from `start`, up to the first zero, in printable ASCII.
    function _printable(bytes memory answer, uint256 start, uint256 length)
        internal
        pure
        returns (string memory)
    {
        uint256 end = start;
        while (end < start + length && answer[end] != 0) ++end;
        bytes memory text = new bytes(end - start);
        for (uint256 i; i < text.length; ++i) {
            bytes1 letter = answer[start + i];
            text[i] = letter < 0x20 || letter > 0x7e ? _UNPRINTABLE : letter;
        }
        return string(text);
    }
}
