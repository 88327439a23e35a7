// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IMandate} from "../interfaces/IMandate.sol";
import {IVault} from "../interfaces/IVault.sol";
import {Account, Ledger, Listing} from "../types/Ledger.sol";
import {MAX_ASSETS} from "../types/Types.sol";

/// @notice Credits what has vested and returns the records, in asset wei, in the vault's order.
/// @dev Outside the library, so that the common case needs no call to it.
function vestAll(Ledger storage ledger) returns (uint256[] memory amounts) {
    amounts = new uint256[](ledger.listings[0].count);
    for (uint256 i; i < amounts.length; ++i) {
        if (ledger.listings[i].vesting) Accounting.vest(ledger, i);
        amounts[i] = ledger.recorded[i];
    }
}

/// @notice The records with what has vested, in asset wei, in the vault's order.
function holdingsOf(Ledger storage ledger) view returns (uint256[] memory amounts) {
    amounts = new uint256[](ledger.listings[0].count);
    for (uint256 i; i < amounts.length; ++i) {
        amounts[i] = ledger.recorded[i];
        if (ledger.listings[i].vesting) amounts[i] = Accounting.recordedOf(ledger, i);
    }
}

/// @title Accounting
/// @notice What happens to an asset outside mint, redemption and rebalance: surpluses, shortfalls,
/// amounts set aside, and the list of assets. Deployed once and linked, since the vault would not
/// fit otherwise; it runs on the vault's storage and has none of its own.
library Accounting {
    using SafeCast for uint256;

    /// @notice Time over which a surplus joins the record, in seconds; in the same time it adds no
    /// more than is recorded, or was before a write-down. A token that is printed without limit
    /// could otherwise be given to the vault until a share is worth all of the base asset.
    uint256 internal constant VESTING_PERIOD = 1 days;
    /// @notice Most that a token is believed to have, in asset wei: far above any real supply, and
    /// low enough that no product of a lie overflows and so blocks an exit.
    uint256 internal constant MAX_BALANCE = type(uint128).max;
    /// @notice Most units of the pool to one asset wei of what is owed; a pool that has lost more
    /// has lost everything.
    uint256 internal constant MAX_DILUTION = 1e18;

    /* SURPLUS AND SHORTFALL */

    /// @notice Lets what the vault has beyond its records join them over `VESTING_PERIOD`.
    /// @dev Not where nothing is recorded and nothing wanted: an asset that was sold out, and so
    /// can be delisted, must not be brought back by a gift.
    /// @param ledger The vault's ledger.
    /// @param mandate The vault's rules.
    /// @param token A listed asset.
    function absorb(Ledger storage ledger, IMandate mandate, address token) external {
        uint256 index = indexOf(ledger, token);
        require(index < ledger.listings[0].count, IVault.NotAnAsset(token));
        vest(ledger, index);
        uint256 recorded = ledger.recorded[index];
        require(recorded != 0 || mandate.rule(index).endWeight != 0, IVault.NothingRecorded(token));
        Account storage account = ledger.accounts[token];
        uint256 rest = account.surplus;
        uint256 accounted = recorded + account.owed + rest;
        uint256 balance = Math.min(IERC20(token).balanceOf(address(this)), MAX_BALANCE);
        require(balance > accounted, IVault.NoSurplus(token, balance, accounted));

        uint256 added = balance - accounted;
        uint256 restTime = Math.saturatingSub(account.surplusUntil, block.timestamp);
        // Weighted by amount: a dust surplus cannot hold up what is on its way already.
        uint256 duration = Math.mulDiv(rest, restTime, rest + added)
            + Math.mulDiv(added, VESTING_PERIOD, rest + added) + 1;
        account.surplus = rest + added;
        account.surplusSince = block.timestamp;
        account.surplusUntil = block.timestamp + duration;
        ledger.listings[index].vesting = true;

        emit IVault.SurplusAbsorbed(token, added, rest + added, block.timestamp + duration);
    }

    /// @notice Lowers the records to what the vault has: unvested surplus first, then record and
    /// owed in proportion.
    /// @param ledger The vault's ledger.
    /// @param token An asset, or one that was delisted and is still owed.
    function writeDown(Ledger storage ledger, address token) external {
        uint256 index = indexOf(ledger, token);
        bool listed = index < ledger.listings[0].count;
        if (listed) vest(ledger, index);
        Account storage account = ledger.accounts[token];
        uint256 recorded = listed ? ledger.recorded[index] : 0;
        uint256 firm = recorded + account.owed;
        uint256 accounted = firm + account.surplus;
        require(listed || accounted != 0, IVault.NotAnAsset(token));
        uint256 balance = IERC20(token).balanceOf(address(this));
        require(balance < accounted, IVault.NothingToWriteDown(token, balance, accounted));

        account.surplus = Math.saturatingSub(balance, firm);
        if (balance < firm) {
            account.formerly = Math.max(account.formerly, recorded);
            recorded = Math.mulDiv(recorded, balance, firm);
            // All who were owed have lost everything but dust: they must not share in what comes
            // later, and their units must not outgrow their type.
            if (balance - recorded <= account.unitSupply[account.epoch] / MAX_DILUTION) {
                recorded = balance;
                ++account.epoch;
            }
            account.owed = balance - recorded;
            if (listed) ledger.recorded[index] = recorded.toUint128();
        }

        emit IVault.WrittenDown(token, recorded, account.owed);
    }

    /// @notice Credits what has vested since it was last credited.
    /// @param ledger The vault's ledger.
    /// @param index Index of an asset.
    function vest(Ledger storage ledger, uint256 index) public {
        Listing storage listing = ledger.listings[index];
        Account storage account = ledger.accounts[listing.token];
        uint256 assets = _vested(account, ledger.recorded[index]);
        if (assets != 0) {
            account.surplus -= assets;
            account.surplusSince = block.timestamp;
            uint256 recorded = Math.min(ledger.recorded[index] + assets, MAX_BALANCE);
            // An exit may not fail because a token has lied about its balance.
            // forge-lint: disable-next-line(unsafe-typecast)
            ledger.recorded[index] = uint128(recorded);
            emit IVault.SurplusVested(listing.token, assets);
        }
        if (account.surplus == 0) listing.vesting = false;
    }

    /// @notice Writes what a rebalance left of an asset; what had not vested of one that was sold
    /// out is given up, so that it can be delisted.
    /// @param ledger The vault's ledger.
    /// @param index Index of an asset.
    /// @param assets What is left, in asset wei.
    function settle(Ledger storage ledger, uint256 index, uint256 assets) internal {
        ledger.recorded[index] = assets.toUint128();
        if (assets != 0 || !ledger.listings[index].vesting) return;
        ledger.listings[index].vesting = false;
        delete ledger.accounts[ledger.listings[index].token].surplus;
    }

    /* SET ASIDE */

    /// @notice Moves `assets`, already taken from the record, into the pool of what is owed.
    /// @param ledger The vault's ledger.
    /// @param token The asset.
    /// @param holder Who is owed.
    /// @param assets How much, in asset wei.
    function setAside(Ledger storage ledger, address token, address holder, uint256 assets)
        external
    {
        Account storage account = ledger.accounts[token];
        uint256 epoch = account.epoch;
        uint256 owed = account.owed;
        // A pool shrinks only in assets, so a unit is never worth more than one asset wei.
        uint256 units = owed == 0 ? assets : Math.mulDiv(assets, account.unitSupply[epoch], owed);
        account.unitSupply[epoch] += units;
        account.unitsOf[epoch][holder] += units;
        account.owed = owed + assets;
    }

    /// @notice Takes out of the pool what is owed to `holder`; the vault has yet to send it.
    /// @param ledger The vault's ledger.
    /// @param token The asset.
    /// @param holder Who claims.
    /// @return assets What is owed, in asset wei.
    function takeOwed(Ledger storage ledger, address token, address holder)
        external
        returns (uint256 assets)
    {
        Account storage account = ledger.accounts[token];
        assets = owedTo(account, holder);
        require(assets != 0, IVault.NothingOwed(holder, token));
        uint256 epoch = account.epoch;
        account.unitSupply[epoch] -= account.unitsOf[epoch][holder];
        account.unitsOf[epoch][holder] = 0;
        account.owed -= assets;
    }

    /* LIST OF ASSETS */

    /// @notice Appends an asset, of which nothing is recorded.
    /// @param ledger The vault's ledger.
    /// @param token The asset.
    function list(Ledger storage ledger, address token) external {
        uint256 count = ledger.listings[0].count;
        require(count < MAX_ASSETS, IVault.TooManyAssets(count, MAX_ASSETS));
        require(indexOf(ledger, token) == count, IVault.AlreadyAnAsset(token));
        ledger.listings[count].token = token;
        // At most MAX_ASSETS.
        // forge-lint: disable-next-line(unsafe-typecast)
        ledger.listings[0].count = uint8(count + 1);
        emit IVault.AssetListed(token, count);
    }

    /// @notice Removes an asset of which nothing is recorded; the last one takes its index.
    /// @dev What is owed of it stays claimable.
    /// @param ledger The vault's ledger.
    /// @param index Index of the asset, above zero.
    function delist(Ledger storage ledger, uint256 index) external {
        uint256 last = ledger.listings[0].count - 1;
        require(index != 0 && index <= last, IVault.UnknownAsset(index, last + 1));
        address token = ledger.listings[index].token;
        uint256 held = ledger.recorded[index] + ledger.accounts[token].surplus;
        require(held == 0, IVault.AssetStillHeld(token, held));
        ledger.listings[index] = ledger.listings[last];
        ledger.recorded[index] = ledger.recorded[last];
        delete ledger.listings[last];
        delete ledger.recorded[last];
        // Less than it was.
        // forge-lint: disable-next-line(unsafe-typecast)
        ledger.listings[0].count = uint8(last);
        emit IVault.AssetDelisted(token, index);
    }

    /// @notice Counts an asset as worth nothing from now on.
    /// @param ledger The vault's ledger.
    /// @param index Index of the asset, above zero.
    function writeOff(Ledger storage ledger, uint256 index) external {
        uint256 count = ledger.listings[0].count;
        require(index != 0 && index < count, IVault.UnknownAsset(index, count));
        ledger.listings[index].writtenOff = true;
        emit IVault.AssetWrittenOff(ledger.listings[index].token, ledger.recorded[index]);
    }

    /* VIEWS */

    /// @notice Index of `token`; the number of assets if it is none of them.
    function indexOf(Ledger storage ledger, address token) public view returns (uint256 index) {
        uint256 count = ledger.listings[0].count;
        while (index < count && ledger.listings[index].token != token) ++index;
    }

    /// @notice What belongs to the shareholders of an asset, what has vested included, in asset
    /// wei.
    function recordedOf(Ledger storage ledger, uint256 index) public view returns (uint256) {
        uint256 recorded = ledger.recorded[index];
        uint256 assets = _vested(ledger.accounts[ledger.listings[index].token], recorded);
        return Math.min(recorded + assets, MAX_BALANCE);
    }

    /// @notice How a vault accounts for `token`, in asset wei. See `IVault.account`.
    function accountOf(Ledger storage ledger, address token)
        external
        view
        returns (uint256 recorded, uint256 owed, uint256 unvested, uint256 vestsUntil)
    {
        uint256 index = indexOf(ledger, token);
        Account storage account = ledger.accounts[token];
        bool listed = index < ledger.listings[0].count;
        require(listed || account.owed != 0, IVault.NotAnAsset(token));
        unvested = account.surplus;
        if (listed) {
            unvested -= _vested(account, ledger.recorded[index]);
            recorded = recordedOf(ledger, index);
        }
        return (recorded, account.owed, unvested, account.surplusUntil);
    }

    /// @dev What has vested since it was last credited, in asset wei, rounded down.
    function _vested(Account storage account, uint256 recorded) private view returns (uint256) {
        (uint256 since, uint256 until) = (account.surplusSince, account.surplusUntil);
        uint256 elapsed = block.timestamp - since;
        uint256 most = Math.max(recorded, account.formerly) * elapsed / VESTING_PERIOD;
        uint256 assets = account.surplus;
        if (block.timestamp < until) assets = Math.mulDiv(assets, elapsed, until - since);
        return Math.min(assets, most);
    }

    /// @notice What is owed of `token` to `holder`, in asset wei, rounded down.
    function owedOf(Ledger storage ledger, address token, address holder)
        external
        view
        returns (uint256)
    {
        return owedTo(ledger.accounts[token], holder);
    }

    /// @notice What is owed to `holder` from the pool of an account, in asset wei, rounded down.
    function owedTo(Account storage account, address holder) internal view returns (uint256) {
        uint256 units = account.unitsOf[account.epoch][holder];
        if (units == 0) return 0;
        return Math.mulDiv(account.owed, units, account.unitSupply[account.epoch]);
    }
}
