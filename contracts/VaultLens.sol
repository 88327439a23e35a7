// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {AssetRule, IMandate} from "./interfaces/IMandate.sol";
import {FeedConfig, IPriceOracle, PriceReading, PriceStatus} from "./interfaces/IPriceOracle.sol";
import {IVault, Record} from "./interfaces/IVault.sol";
import {
    AssetView,
    IVaultLens,
    KnownPrice,
    TokenView,
    VaultResult,
    VaultSummary,
    VaultView
} from "./interfaces/IVaultLens.sol";
import {BoundedCall} from "./libraries/BoundedCall.sol";
import {Readiness, Ready} from "./libraries/Readiness.sol";
import {WeightMath} from "./libraries/WeightMath.sol";
import {VaultState} from "./types/Ledger.sol";
import {MAX_ASSETS, Position, Route} from "./types/Types.sol";

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
        returns (
            uint256 blockNumber,
            uint256 timestamp,
            TokenView[] memory tokens,
            VaultResult[] memory results
        )
    {
        results = new VaultResult[](vaults.length);
        for (uint256 i; i < vaults.length; ++i) {
            // One share is kept for handing the results over.
            uint256 gasShare = gasleft() / (vaults.length - i + 1);
            tokens = _readInto(results[i], vaults[i], caller, tokens, gasShare);
        }
        return (block.number, block.timestamp, tokens, results);
    }

    /// @inheritdoc IVaultLens
    function summaries(address[] calldata vaults, address caller)
        external
        view
        returns (uint256 blockNumber, uint256 timestamp, VaultSummary[] memory found)
    {
        found = new VaultSummary[](vaults.length);
        KnownPrice[] memory known;
        for (uint256 i; i < vaults.length; ++i) {
            uint256 gasShare = gasleft() / (vaults.length - i + 1);
            known = _summarizeInto(found, i, vaults[i], caller, known, gasShare);
        }
        return (block.number, block.timestamp, found);
    }

    /// @inheritdoc IVaultLens
    function readOne(address vault, address caller)
        external
        view
        returns (VaultView memory found, TokenView[] memory tokens)
    {
        address[] memory unknown;
        (found, unknown) = this.readWith(vault, caller, _prices(tokens));
        tokens = this.describe(found.oracle, unknown);
        (found,) = this.readWith(vault, caller, _prices(tokens));
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

    /// @dev Reads one vault with the tokens known so far, and again if it has others.
    /// @return The tokens known now.
    function _readInto(
        VaultResult memory result,
        address vault,
        address caller,
        TokenView[] memory tokens,
        uint256 gasShare
    ) internal view returns (TokenView[] memory) {
        uint256 gasEnd = Math.saturatingSub(gasleft(), gasShare);
        address[] memory unknown = _tryReadWith(result, vault, caller, tokens, gasEnd);
        if (!result.ok || unknown.length == 0) return tokens;
        TokenView[] memory more = _tryDescribe(result.data.oracle, unknown, gasEnd);
        TokenView[] memory all = new TokenView[](tokens.length + more.length);
        for (uint256 i; i < all.length; ++i) {
            all[i] = i < tokens.length ? tokens[i] : more[i - tokens.length];
        }
        _tryReadWith(result, vault, caller, all, gasEnd);
        return all;
    }

    /// @dev Summarises one vault with the prices known so far, and again if it has other tokens.
    /// @return The prices known now.
    function _summarizeInto(
        VaultSummary[] memory found,
        uint256 index,
        address vault,
        address caller,
        KnownPrice[] memory known,
        uint256 gasShare
    ) internal view returns (KnownPrice[] memory) {
        uint256 gasEnd = Math.saturatingSub(gasleft(), gasShare);
        bytes memory question = abi.encodeCall(IVaultLens.summarizeWith, (vault, caller, known));
        (bool ok, bytes memory answer) = _tryMyself(question, gasEnd);
        if (!ok) return known;
        address oracle;
        address[] memory unknown;
        (found[index], oracle, unknown) = abi.decode(answer, (VaultSummary, address, address[]));
        if (unknown.length == 0) return known;
        known = _join(known, _tryPricesOf(oracle, unknown, gasEnd));
        question = abi.encodeCall(IVaultLens.summarizeWith, (vault, caller, known));
        (ok, answer) = _tryMyself(question, gasEnd);
        if (ok) (found[index],,) = abi.decode(answer, (VaultSummary, address, address[]));
        return known;
    }

    function _tryReadWith(
        VaultResult memory result,
        address vault,
        address caller,
        TokenView[] memory tokens,
        uint256 gasEnd
    ) internal view returns (address[] memory unknown) {
        bytes memory question =
            abi.encodeCall(IVaultLens.readWith, (vault, caller, _prices(tokens)));
        bytes memory answer;
        (result.ok, answer) = _tryMyself(question, gasEnd);
        if (!result.ok) {
            result.failure = answer;
            return unknown;
        }
        (result.data, unknown) = abi.decode(answer, (VaultView, address[]));
    }

    /// @dev Asks this contract in a call of its own, so that what fails in it fails alone.
    /// @param gasEnd Gas that must be left afterwards.
    function _tryMyself(bytes memory question, uint256 gasEnd)
        internal
        view
        returns (bool ok, bytes memory answer)
    {
        uint256 most = Math.saturatingSub(gasleft(), gasEnd);
        return BoundedCall.tryStatic(address(this), question, most, _VIEW_SIZE);
    }

    /// @dev What is known of tokens whose oracle cannot be asked is their addresses.
    function _tryDescribe(address oracle, address[] memory tokens, uint256 gasEnd)
        internal
        view
        returns (TokenView[] memory found)
    {
        bytes memory question = abi.encodeCall(IVaultLens.describe, (oracle, tokens));
        (bool ok, bytes memory answer) = _tryMyself(question, _keepSome(gasEnd));
        if (ok) return abi.decode(answer, (TokenView[]));
        found = new TokenView[](tokens.length);
        for (uint256 i; i < tokens.length; ++i) {
            (found[i].token, found[i].oracle) = (tokens[i], oracle);
            found[i].priceStatus = PriceStatus.Unreadable;
        }
    }

    /// @dev The same for prices alone.
    function _tryPricesOf(address oracle, address[] memory tokens, uint256 gasEnd)
        internal
        view
        returns (KnownPrice[] memory found)
    {
        bytes memory question = abi.encodeCall(IVaultLens.pricesOf, (oracle, tokens));
        (bool ok, bytes memory answer) = _tryMyself(question, _keepSome(gasEnd));
        if (ok) return abi.decode(answer, (KnownPrice[]));
        found = new KnownPrice[](tokens.length);
        for (uint256 i; i < tokens.length; ++i) {
            (found[i].token, found[i].oracle) = (tokens[i], oracle);
        }
    }

    /// @dev A quarter of the share is kept for the vault, which is read once more.
    function _keepSome(uint256 gasEnd) internal view returns (uint256) {
        return gasEnd + Math.saturatingSub(gasleft(), gasEnd) / 4;
    }

    function _join(KnownPrice[] memory known, KnownPrice[] memory more)
        internal
        pure
        returns (KnownPrice[] memory all)
    {
        all = new KnownPrice[](known.length + more.length);
        for (uint256 i; i < all.length; ++i) {
            all[i] = i < known.length ? known[i] : more[i - known.length];
        }
    }

    function _prices(TokenView[] memory tokens) internal pure returns (KnownPrice[] memory known) {
        known = new KnownPrice[](tokens.length);
        for (uint256 i; i < known.length; ++i) {
            (known[i].token, known[i].oracle) = (tokens[i].token, tokens[i].oracle);
            known[i].price = tokens[i].price;
        }
    }

    /* ONE VAULT */

    /// @inheritdoc IVaultLens
    function readWith(address vault, address caller, KnownPrice[] calldata known)
        external
        view
        returns (VaultView memory found, address[] memory unknown)
    {
        require(vault.code.length != 0, NoCode(vault));
        (found.vault, found.oracle) = (vault, address(IVault(vault).oracle()));
        Record[] memory records = IVault(vault).records();
        address[] memory tokens = new address[](records.length);
        for (uint256 i; i < tokens.length; ++i) {
            tokens[i] = records[i].token;
        }
        uint256[] memory positions;
        (positions, unknown) = _locate(tokens, found.oracle, known);
        if (unknown.length != 0) return (found, unknown);

        VaultState memory state = _readVault(found, caller);
        bool priced = _readAssets(found, records, positions, known);
        uint256[] memory values = new uint256[](records.length);
        for (uint256 i; i < values.length; ++i) {
            values[i] = found.assets[i].value;
        }
        Position memory position = _position(caller, state, values, priced);
        found.nav = position.nav;
        Ready memory ready = Readiness.ask(IMandate(found.mandate), state, position, priced);
        (found.totalDrift, found.reason) = (ready.totalDrift, ready.reason);
        (found.blocker, found.readyAt) = (ready.blocker, ready.readyAt);
        (found.lossLeft, found.turnoverLeft) = (ready.lossLeft, ready.turnoverLeft);
        _readRules(found, ready.targets);
    }

    /// @inheritdoc IVaultLens
    function summarizeWith(address vault, address caller, KnownPrice[] calldata known)
        external
        view
        returns (VaultSummary memory found, address oracle, address[] memory unknown)
    {
        require(vault.code.length != 0, NoCode(vault));
        oracle = address(IVault(vault).oracle());
        uint256[] memory positions;
        (positions, unknown) = _locate(IVault(vault).tokens(), oracle, known);
        if (unknown.length != 0) return (found, oracle, unknown);

        uint256[] memory values = IVault(vault).holdings();
        require(values.length == positions.length, LengthMismatch(values.length, positions.length));
        uint256 writtenOff = IVault(vault).writtenOff();
        bool priced = true;
        for (uint256 i; i < values.length; ++i) {
            bool counts = writtenOff >> i & 1 == 0;
            uint256 price = counts ? known[positions[i]].price : 0;
            if (counts && price == 0) priced = false;
            values[i] = WeightMath.valueDown(values[i], price);
        }
        VaultState memory state = IVault(vault).state();
        Position memory position = _position(caller, state, values, priced);
        Ready memory ready = Readiness.ask(IVault(vault).mandate(), state, position, priced);
        found = VaultSummary({
            ok: true,
            nav: position.nav,
            totalSupply: IVault(vault).totalSupply(),
            totalDrift: ready.totalDrift,
            reason: ready.reason,
            blocker: ready.blocker,
            readyAt: ready.readyAt,
            nonce: state.nonce
        });
    }

    /// @dev Positions of tokens among those known, and those that are not known.
    function _locate(address[] memory tokens, address oracle, KnownPrice[] calldata known)
        internal
        pure
        returns (uint256[] memory positions, address[] memory unknown)
    {
        require(tokens.length <= MAX_ASSETS, TooManyAssets(tokens.length, MAX_ASSETS));
        positions = new uint256[](tokens.length);
        uint256 next;
        uint256 missing;
        for (uint256 i; i < tokens.length; ++i) {
            positions[i] = _find(known, tokens[i], oracle, next);
            next = positions[i] + 1;
            if (positions[i] == known.length) ++missing;
        }
        unknown = new address[](missing);
        for (uint256 i = tokens.length; missing != 0; --i) {
            if (positions[i - 1] == known.length) unknown[--missing] = tokens[i - 1];
        }
    }

    /// @dev Position of a token among those known, looked for from `hint` on and then from the
    /// beginning: vaults that share tokens often list them alike. Their number if it is none.
    function _find(KnownPrice[] calldata known, address token, address oracle, uint256 hint)
        internal
        pure
        returns (uint256)
    {
        for (uint256 i; i < known.length; ++i) {
            uint256 position = (hint + i) % known.length;
            KnownPrice calldata candidate = known[position];
            if (candidate.token == token && candidate.oracle == oracle) return position;
        }
        return known.length;
    }

    /// @dev Fills in what vault and mandate say of themselves.
    function _readVault(VaultView memory found, address caller)
        internal
        view
        returns (VaultState memory state)
    {
        address vault = found.vault;
        IMandate mandate = IVault(vault).mandate();
        found.mandate = address(mandate);
        found.name = _text(vault, IERC20Metadata.name.selector);
        found.symbol = _text(vault, IERC20Metadata.symbol.selector);
        found.totalSupply = IVault(vault).totalSupply();
        state = IVault(vault).state();
        (found.nonce, found.keeperAt) = (state.nonce, state.keeperAt);
        (found.publicAt, found.pokedAt) = (state.publicAt, state.pokedAt);
        found.onlyToBase = state.onlyToBase;
        found.isKeeper = mandate.isKeeper(caller);
        found.pausedUntil = mandate.pausedUntil();
        found.weightsFrozen = mandate.weightsFrozen();
        (found.scheduleStart, found.scheduleEnd) = mandate.schedule();
        found.limits = mandate.limits();
    }

    /// @dev Fills in what the vault has of each asset, and its value at the known prices.
    /// @return priced Whether each asset that counts has a price.
    function _readAssets(
        VaultView memory found,
        Record[] memory records,
        uint256[] memory positions,
        KnownPrice[] calldata known
    ) internal view returns (bool priced) {
        found.assets = new AssetView[](records.length);
        bytes memory question = abi.encodeCall(IERC20.balanceOf, (found.vault));
        priced = true;
        for (uint256 i; i < records.length; ++i) {
            (AssetView memory asset, Record memory record) = (found.assets[i], records[i]);
            (asset.token, asset.writtenOff) = (positions[i], record.writtenOff);
            (asset.recorded, asset.owed) = (record.recorded, record.owed);
            asset.unvested = record.unvested;
            asset.balance = _number(record.token, question, type(uint256).max);
            if (record.writtenOff) continue;
            uint256 price = known[positions[i]].price;
            asset.value = WeightMath.valueDown(record.recorded, price);
            if (price == 0) priced = false;
        }
    }

    function _readRules(VaultView memory found, uint256[] memory targets) internal view {
        AssetRule[] memory rules = IMandate(found.mandate).rules();
        uint256 count = found.assets.length;
        require(rules.length == count, LengthMismatch(rules.length, count));
        require(targets.length == count, LengthMismatch(targets.length, count));
        for (uint256 i; i < count; ++i) {
            AssetView memory asset = found.assets[i];
            (asset.target, asset.endTarget) = (targets[i], rules[i].endWeight);
            (asset.band, asset.hardBand) = (rules[i].band, rules[i].hardBand);
        }
    }

    /// @dev What the vault would say of itself; without a NAV while a price is missing.
    function _position(
        address caller,
        VaultState memory state,
        uint256[] memory values,
        bool priced
    ) internal pure returns (Position memory position) {
        position.caller = caller;
        (position.keeperAt, position.publicAt) = (state.keeperAt, state.publicAt);
        (position.pokedAt, position.values) = (state.pokedAt, values);
        for (uint256 i; priced && i < values.length; ++i) {
            position.nav += values[i];
        }
    }

    /* TOKENS */

    /// @inheritdoc IVaultLens
    function pricesOf(address oracle, address[] calldata tokens)
        external
        view
        returns (KnownPrice[] memory found)
    {
        PriceReading[] memory readings = _ask(oracle, tokens);
        found = new KnownPrice[](tokens.length);
        for (uint256 i; i < tokens.length; ++i) {
            (found[i].token, found[i].oracle) = (tokens[i], oracle);
            found[i].price = readings[i].price;
        }
    }

    /// @inheritdoc IVaultLens
    function describe(address oracle, address[] calldata tokens)
        external
        view
        returns (TokenView[] memory found)
    {
        PriceReading[] memory readings = _ask(oracle, tokens);
        found = new TokenView[](tokens.length);
        for (uint256 i; i < tokens.length; ++i) {
            (found[i].token, found[i].oracle) = (tokens[i], oracle);
            _describe(found[i], readings[i]);
        }
    }

    function _ask(address oracle, address[] calldata tokens)
        internal
        view
        returns (PriceReading[] memory readings)
    {
        readings = IPriceOracle(oracle).tryPrices(tokens);
        require(readings.length == tokens.length, LengthMismatch(readings.length, tokens.length));
    }

    function _describe(TokenView memory found, PriceReading memory reading) internal view {
        address token = found.token;
        found.symbol = _text(token, IERC20Metadata.symbol.selector);
        uint256 decimals =
            _number(token, abi.encodeCall(IERC20Metadata.decimals, ()), type(uint8).max);
        // At most the maximum named.
        // forge-lint: disable-next-line(unsafe-typecast)
        found.decimals = uint8(decimals);
        FeedConfig memory feed = IPriceOracle(found.oracle).feedOf(token);
        (found.heartbeat, found.deviation) = (feed.heartbeat, feed.deviation);
        (found.price, found.secondPrice) = (reading.price, reading.second);
        (found.priceStatus, found.priceUpdatedAt) = (reading.status, reading.updatedAt);
    }

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
