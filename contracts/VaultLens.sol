// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {AssetRule, IMandate} from "./interfaces/IMandate.sol";
import {FeedConfig, IPriceOracle, PriceReading, PriceStatus} from "./interfaces/IPriceOracle.sol";
import {IVault, Record} from "./interfaces/IVault.sol";
import {
    AssetView,
    IVaultLens,
    KnownToken,
    TokenView,
    VaultResult,
    VaultSummary,
    VaultView
} from "./interfaces/IVaultLens.sol";
import {BoundedAnswer} from "./libraries/BoundedAnswer.sol";
import {BoundedCall} from "./libraries/BoundedCall.sol";
import {Readiness, Ready} from "./libraries/Readiness.sol";
import {Book, TokenBook} from "./libraries/TokenBook.sol";
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
/// others. What vaults share is asked of the oracle and of the tokens, never of a vault, and what
/// was answered while gas was short is not used.
///
/// Tokens are not trusted at all: they get little gas, and what they say is cut and made printable.
///
/// # Gas
///
/// Each vault may use an eighth of the gas that is left, or an equal share if that is more: the
/// first pays for what all share. So each vault that burns all it gets leaves the others seven
/// eighths or more.
contract VaultLens is IVaultLens {
    using TokenBook for Book;

    /* CONSTANTS */

    /// @dev Most bytes of one answer to this contract itself; sixteen assets need 7,500.
    uint256 internal constant _ANSWER_SIZE = 8_192;

    /// @dev Part of the gas left that one vault may use in any case.
    uint256 internal constant _LEAST_SHARE = 8;

    /// @dev Gas that must be left, beyond what every call holds back, once an oracle and tokens
    /// were asked. A feed that ran out of its half million through five calls, each of which holds
    /// back a sixty-fourth, leaves less; so does a token that ran out of its share.
    uint256 internal constant _SPARE_GAS = 50_000;

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
        Book memory book = TokenBook.open(vaults.length);
        for (uint256 i; i < vaults.length; ++i) {
            uint256 gasEnd = _gasEnd(vaults.length - i);
            (bool ok, bytes memory answer) =
                _tryAsk(this.readWith.selector, vaults[i], caller, book, gasEnd);
            results[i].ok = ok;
            if (ok) results[i].data = abi.decode(answer, (VaultView));
            else results[i].failure = answer;
        }
        return (block.number, block.timestamp, book.all(), results);
    }

    /// @inheritdoc IVaultLens
    function summaries(address[] calldata vaults, address caller)
        external
        view
        returns (uint256 blockNumber, uint256 timestamp, VaultSummary[] memory found)
    {
        found = new VaultSummary[](vaults.length);
        Book memory book = TokenBook.open(vaults.length);
        for (uint256 i; i < vaults.length; ++i) {
            uint256 gasEnd = _gasEnd(vaults.length - i);
            (bool ok, bytes memory answer) =
                _tryAsk(this.summarizeWith.selector, vaults[i], caller, book, gasEnd);
            if (ok) found[i] = abi.decode(answer, (VaultSummary));
        }
        return (block.number, block.timestamp, found);
    }

    /// @inheritdoc IVaultLens
    function readOne(address vault, address caller)
        external
        view
        returns (VaultView memory found, TokenView[] memory tokens)
    {
        Book memory book = TokenBook.open(1);
        (bool ok, bytes memory answer) =
            _tryAsk(this.readWith.selector, vault, caller, book, _gasEnd(1));
        found = abi.decode(Address.verifyCallResult(ok, answer), (VaultView));
        tokens = book.all();
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

    /// @dev Gas that must be left after the next of `count` vaults. One share is kept for handing
    /// the results over.
    function _gasEnd(uint256 count) internal view returns (uint256) {
        uint256 left = gasleft();
        return left - left / Math.min(count + 1, _LEAST_SHARE);
    }

    /// @dev Asks this contract about one vault, with what the book says of its assets; what it does
    /// not say is asked first, and entered.
    /// @param selector Of `readWith` or `summarizeWith`.
    /// @param gasEnd Gas that must be left afterwards.
    function _tryAsk(
        bytes4 selector,
        address vault,
        address caller,
        Book memory book,
        uint256 gasEnd
    ) internal view returns (bool ok, bytes memory answer) {
        (ok, answer) = _tryMyself(abi.encodeCall(IVaultLens.assetsOf, (vault)), gasEnd);
        if (!ok) return (ok, answer);
        (address oracle, address[] memory tokens) = abi.decode(answer, (address, address[]));
        (KnownToken[] memory known, address[] memory unknown) = book.look(oracle, tokens);
        if (unknown.length != 0) _learn(book, known, oracle, unknown, gasEnd);
        return _tryMyself(abi.encodeWithSelector(selector, vault, caller, known), gasEnd);
    }

    /// @dev Describes assets that are not in the book, and enters them. Of tokens whose oracle
    /// cannot be asked, the addresses are known; the next vault asks again, for it may have been
    /// the fault of this one.
    function _learn(
        Book memory book,
        KnownToken[] memory known,
        address oracle,
        address[] memory unknown,
        uint256 gasEnd
    ) internal view {
        // A quarter of the share is kept for the vault.
        uint256 kept = gasEnd + Math.saturatingSub(gasleft(), gasEnd) / 4;
        (bool ok, bytes memory answer) =
            _tryMyself(abi.encodeCall(IVaultLens.describe, (oracle, unknown)), kept);
        TokenView[] memory found =
            ok ? abi.decode(answer, (TokenView[])) : _undescribed(oracle, unknown);
        book.add(known, found, ok);
    }

    function _undescribed(address oracle, address[] memory tokens)
        internal
        pure
        returns (TokenView[] memory found)
    {
        found = new TokenView[](tokens.length);
        for (uint256 i; i < tokens.length; ++i) {
            (found[i].token, found[i].oracle) = (tokens[i], oracle);
            found[i].priceStatus = PriceStatus.Unreadable;
        }
    }

    /// @dev Asks this contract in a call of its own, so that what fails in it fails alone.
    /// @param gasEnd Gas that must be left afterwards.
    function _tryMyself(bytes memory question, uint256 gasEnd)
        internal
        view
        returns (bool ok, bytes memory answer)
    {
        uint256 most = Math.saturatingSub(gasleft(), gasEnd);
        return BoundedCall.tryStatic(address(this), question, most, _ANSWER_SIZE);
    }

    /* ONE VAULT */

    /// @inheritdoc IVaultLens
    function assetsOf(address vault)
        external
        view
        returns (address oracle, address[] memory tokens)
    {
        require(vault.code.length != 0, NoCode(vault));
        (oracle, tokens) = (address(IVault(vault).oracle()), IVault(vault).tokens());
        require(tokens.length <= MAX_ASSETS, TooManyAssets(tokens.length, MAX_ASSETS));
    }

    /// @inheritdoc IVaultLens
    function readWith(address vault, address caller, KnownToken[] calldata known)
        external
        view
        returns (VaultView memory found)
    {
        found.vault = vault;
        VaultState memory state = _readVault(found, caller);
        (uint256[] memory values, bool priced) = _readAssets(found, known);
        Position memory position = _position(caller, state, values, priced);
        found.nav = position.nav;
        Ready memory ready = Readiness.ask(IMandate(found.mandate), state, position, priced);
        (found.totalDrift, found.reason) = (ready.totalDrift, ready.reason);
        (found.blocker, found.readyAt) = (ready.blocker, ready.readyAt);
        (found.lossLeft, found.turnoverLeft) = (ready.lossLeft, ready.turnoverLeft);
        _readRules(found, ready.targets);
    }

    /// @inheritdoc IVaultLens
    function summarizeWith(address vault, address caller, KnownToken[] calldata known)
        external
        view
        returns (VaultSummary memory)
    {
        (uint256[] memory values, bool priced) = _values(vault, known);
        VaultState memory state = IVault(vault).state();
        Position memory position = _position(caller, state, values, priced);
        Ready memory ready = Readiness.ask(IVault(vault).mandate(), state, position, priced);
        return VaultSummary({
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

    /// @dev Fills in what vault and mandate say of themselves.
    function _readVault(VaultView memory found, address caller)
        internal
        view
        returns (VaultState memory state)
    {
        address vault = found.vault;
        IMandate mandate = IVault(vault).mandate();
        (found.mandate, found.oracle) = (address(mandate), address(IVault(vault).oracle()));
        found.name = BoundedAnswer.text(vault, IERC20Metadata.name.selector);
        found.symbol = BoundedAnswer.text(vault, IERC20Metadata.symbol.selector);
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

    /// @dev Fills in what the vault has of each asset, and its value at the known price.
    /// @return values The values.
    /// @return priced Whether each asset that counts has a price.
    function _readAssets(VaultView memory found, KnownToken[] calldata known)
        internal
        view
        returns (uint256[] memory values, bool priced)
    {
        Record[] memory records = IVault(found.vault).records();
        require(records.length == known.length, LengthMismatch(records.length, known.length));
        found.assets = new AssetView[](records.length);
        values = new uint256[](records.length);
        priced = true;
        bytes memory question = abi.encodeCall(IERC20.balanceOf, (found.vault));
        for (uint256 i; i < records.length; ++i) {
            (AssetView memory asset, Record memory record) = (found.assets[i], records[i]);
            (asset.token, asset.writtenOff) = (known[i].position, record.writtenOff);
            (asset.recorded, asset.owed) = (record.recorded, record.owed);
            asset.unvested = record.unvested;
            asset.balance = BoundedAnswer.number(record.token, question, type(uint256).max);
            if (record.writtenOff) continue;
            if (known[i].price == 0) priced = false;
            values[i] = asset.value = WeightMath.valueDown(record.recorded, known[i].price);
        }
    }

    /// @dev The same for a summary, from what the vault answers for less gas.
    function _values(address vault, KnownToken[] calldata known)
        internal
        view
        returns (uint256[] memory values, bool priced)
    {
        values = IVault(vault).holdings();
        require(values.length == known.length, LengthMismatch(values.length, known.length));
        uint256 writtenOff = IVault(vault).writtenOff();
        priced = true;
        for (uint256 i; i < values.length; ++i) {
            bool counts = writtenOff >> i & 1 == 0;
            if (counts && known[i].price == 0) priced = false;
            values[i] = counts ? WeightMath.valueDown(values[i], known[i].price) : 0;
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
    function describe(address oracle, address[] calldata tokens)
        external
        view
        returns (TokenView[] memory found)
    {
        uint256 minimum = gasleft() / 64 + _SPARE_GAS;
        PriceReading[] memory readings = IPriceOracle(oracle).tryPrices(tokens);
        require(readings.length == tokens.length, LengthMismatch(readings.length, tokens.length));
        found = new TokenView[](tokens.length);
        for (uint256 i; i < tokens.length; ++i) {
            (found[i].token, found[i].oracle) = (tokens[i], oracle);
            _describe(found[i], readings[i]);
        }
        // A feed or a token that ran out of gas looks like one that is broken. Gas only falls, so
        // what is left now was left all along.
        require(gasleft() >= minimum, TooLittleGas(gasleft(), minimum));
    }

    function _describe(TokenView memory found, PriceReading memory reading) internal view {
        address token = found.token;
        found.symbol = BoundedAnswer.text(token, IERC20Metadata.symbol.selector);
        bytes memory question = abi.encodeCall(IERC20Metadata.decimals, ());
        // At most the maximum named.
        // forge-lint: disable-next-line(unsafe-typecast)
        found.decimals = uint8(BoundedAnswer.number(token, question, type(uint8).max));
        FeedConfig memory feed = IPriceOracle(found.oracle).feedOf(token);
        (found.heartbeat, found.deviation) = (feed.heartbeat, feed.deviation);
        (found.price, found.secondPrice) = (reading.price, reading.second);
        (found.priceStatus, found.priceUpdatedAt) = (reading.status, reading.updatedAt);
    }
}
