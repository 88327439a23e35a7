// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IVault, VaultState} from "../interfaces/IVault.sol";
import {MAX_ASSETS} from "../types/Types.sol";

/// @notice How a vault accounts for one asset, in asset wei.
/// @dev Token and flag share the slot that every entry reads anyway. What is owed is held as units
/// of a pool, so that all who are owed share a write-down; a pool written down to nothing, or to
/// dust, is left behind and a new epoch begins.
/// @param token The asset.
/// @param vesting Whether some surplus has not joined the record yet.
/// @param recorded What belongs to the shareholders.
/// @param owed What is set aside for holders who skipped the asset in a redemption.
/// @param surplus What has not joined the record yet.
/// @param surplusSince When surplus last joined the record, in seconds.
/// @param surplusUntil When all of it will have, in seconds.
/// @param epoch Number of the pool of what is owed.
/// @param unitSupply Units of each pool.
/// @param unitsOf Units of each pool by holder.
struct Account {
    address token;
    bool vesting;
    uint256 recorded;
    uint256 owed;
    uint256 surplus;
    uint256 surplusSince;
    uint256 surplusUntil;
    uint256 epoch;
    mapping(uint256 epoch => uint256) unitSupply;
    mapping(uint256 epoch => mapping(address holder => uint256)) unitsOf;
}

/// @notice All that a vault knows beside its shares.
/// @param state Buckets and clock.
/// @param accounts The assets, in the vault's order.
struct Ledger {
    VaultState state;
    Account[MAX_ASSETS] accounts;
}

/// @notice Credits what has vested of the first `count` assets and returns their records.
/// @dev Outside the library, so that the common case needs no call to it.
/// @param ledger The vault's ledger.
/// @param count How many assets there are.
/// @return amounts What belongs to the shareholders of each, in asset wei.
function vestAll(Ledger storage ledger, uint256 count) returns (uint256[] memory amounts) {
    amounts = new uint256[](count);
    for (uint256 i; i < count; ++i) {
        Account storage account = ledger.accounts[i];
        if (account.vesting) Accounting.vest(account);
        amounts[i] = account.recorded;
    }
}

/// @title Accounting
/// @notice What happens to an asset outside mint, redemption and rebalance: surpluses, shortfalls
/// and amounts set aside. Deployed once and linked, since the vault would not fit otherwise; it
/// runs on the vault's storage and has none of its own.
library Accounting {
    /// @notice Time over which a surplus joins the record, in seconds.
    uint256 internal constant VESTING_PERIOD = 1 days;
    /// @notice Most that a token is believed to have, in asset wei: far above any real supply, and
    /// low enough that no product of a lie overflows and so blocks an exit.
    uint256 internal constant MAX_BALANCE = type(uint128).max;
    /// @notice Most units of the pool to one asset wei of what is owed; a pool that has lost more
    /// has lost everything.
    uint256 internal constant MAX_DILUTION = 1e18;

    /// @notice Lets what the vault has beyond its records join them over `VESTING_PERIOD`.
    /// @param account The asset.
    function absorb(Account storage account) external {
        vest(account);
        address token = account.token;
        uint256 rest = account.surplus;
        uint256 accounted = account.recorded + account.owed + rest;
        uint256 balance = Math.min(IERC20(token).balanceOf(address(this)), MAX_BALANCE);
        require(balance > accounted, IVault.NoSurplus(token, balance, accounted));

        uint256 added = balance - accounted;
        uint256 restTime = rest == 0 ? 0 : account.surplusUntil - block.timestamp;
        // Weighted by amount: a dust surplus cannot hold up what is on its way already.
        uint256 duration = Math.mulDiv(rest, restTime, rest + added)
            + Math.mulDiv(added, VESTING_PERIOD, rest + added) + 1;
        account.surplus = rest + added;
        account.surplusSince = block.timestamp;
        account.surplusUntil = block.timestamp + duration;
        account.vesting = true;

        emit IVault.SurplusAbsorbed(token, added, rest + added, block.timestamp + duration);
    }

    /// @notice Lowers the records to what the vault has: unvested surplus first, then record and
    /// owed in proportion.
    /// @param account The asset.
    function writeDown(Account storage account) external {
        vest(account);
        address token = account.token;
        uint256 recorded = account.recorded;
        uint256 firm = recorded + account.owed;
        uint256 accounted = firm + account.surplus;
        uint256 balance = IERC20(token).balanceOf(address(this));
        require(balance < accounted, IVault.NothingToWriteDown(token, balance, accounted));

        account.surplus = Math.saturatingSub(balance, firm);
        if (balance < firm) {
            recorded = Math.mulDiv(recorded, balance, firm);
            // All who were owed have lost everything but dust: they must not share in what comes
            // later, and their units must not outgrow their type.
            if (balance - recorded <= account.unitSupply[account.epoch] / MAX_DILUTION) {
                recorded = balance;
                ++account.epoch;
            }
            (account.recorded, account.owed) = (recorded, balance - recorded);
        }

        emit IVault.WrittenDown(token, recorded, account.owed);
    }

    /// @notice Moves `assets`, already taken from the record, into the pool of what is owed.
    /// @param account The asset.
    /// @param holder Who is owed.
    /// @param assets How much, in asset wei.
    function setAside(Account storage account, address holder, uint256 assets) external {
        uint256 epoch = account.epoch;
        uint256 owed = account.owed;
        // A pool shrinks only in assets, so a unit is never worth more than one asset wei.
        uint256 units = owed == 0 ? assets : Math.mulDiv(assets, account.unitSupply[epoch], owed);
        account.unitSupply[epoch] += units;
        account.unitsOf[epoch][holder] += units;
        account.owed = owed + assets;
    }

    /// @notice Takes out of the pool what is owed to `holder`; the vault has yet to send it.
    /// @param account The asset.
    /// @param holder Who claims.
    /// @return assets What is owed, in asset wei.
    function takeOwed(Account storage account, address holder) external returns (uint256 assets) {
        assets = owedTo(account, holder);
        require(assets != 0, IVault.NothingOwed(holder, account.token));
        uint256 epoch = account.epoch;
        account.unitSupply[epoch] -= account.unitsOf[epoch][holder];
        account.unitsOf[epoch][holder] = 0;
        account.owed -= assets;
    }

    /// @notice Credits what has vested since it was last credited.
    /// @param account The asset.
    function vest(Account storage account) public {
        uint256 assets = vested(account);
        if (assets != 0) {
            account.surplus -= assets;
            account.surplusSince = block.timestamp;
            // An exit may not fail because a token has lied about its balance.
            account.recorded = Math.saturatingAdd(account.recorded, assets);
            emit IVault.SurplusVested(account.token, assets);
        }
        if (account.surplus == 0) account.vesting = false;
    }

    /// @notice What has vested since it was last credited, in asset wei, rounded down.
    /// @param account The asset.
    function vested(Account storage account) public view returns (uint256) {
        uint256 until = account.surplusUntil;
        uint256 since = account.surplusSince;
        if (block.timestamp >= until) return account.surplus;
        return Math.mulDiv(account.surplus, block.timestamp - since, until - since);
    }

    /// @notice What is owed to `holder`, in asset wei, rounded down.
    /// @param account The asset.
    /// @param holder Who is owed.
    function owedTo(Account storage account, address holder) public view returns (uint256) {
        uint256 units = account.unitsOf[account.epoch][holder];
        if (units == 0) return 0;
        return Math.mulDiv(account.owed, units, account.unitSupply[account.epoch]);
    }
}
