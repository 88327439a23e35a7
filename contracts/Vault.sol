// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IMandate} from "./interfaces/IMandate.sol";
import {IPriceOracle} from "./interfaces/IPriceOracle.sol";
import {IVault, VaultState} from "./interfaces/IVault.sol";
import {ILegPayer} from "./interfaces/IVenue.sol";
import {Account, Accounting, Ledger, vestAll} from "./libraries/Accounting.sol";
import {Rebalancing} from "./libraries/Rebalancing.sol";
import {RunningLeg} from "./libraries/RunningLeg.sol";
import {Leg} from "./types/Types.sol";

/// @title Vault
/// @notice The money of a portfolio: recorded balances, shares, buckets, legs.
///
/// # Trust
///
/// - **Holders** trust nobody to leave: `redeemInKind` asks no oracle, venue, keeper, manager or
///   owner, and cannot be paused (INV-6).
/// - **Keepers** choose route, order, size and timing, and may own the pools they trade against.
///   What they can cost the holders over any window T, at the prices read, is at most
///   `lossCapacity + lossRate * T` of NAV, on a traded value of at most
///   `turnoverCapacity + turnoverRate * T` (INV-4). They cannot move targets, add routes, or take
///   tokens any other way.
/// - **Anyone** can do what a keeper can, on tighter terms, once a hard band has been exceeded and
///   on record for `POKE_DELAY`.
/// - **The mandate** names targets, bands, limits and routes. The vault cuts the limits to the caps
///   of `LimitCaps`. A venue can take no more than a leg's amountIn and must bring the oracle
///   floor.
///
/// # Tokens
///
/// Tokens that deliver another amount than asked are refused when they come in. Rebasing is borne:
/// a surplus vests after `absorb`, a shortfall is shared after `writeDown`. A token that calls back
/// meets one lock over every entry that changes state. Views may be read in the middle of a call
/// and then show records ahead of balances.
///
/// # Liveness
///
/// A keeper who does nothing is outside the bound of INV-4; the public tier answers that. With a
/// price missing there are no rebalances, and exits in kind go on.
contract Vault is IVault, ERC20Permit, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;
    using Accounting for Account;

    /* CONSTANTS */

    /// @notice Shares that belong to nobody, in share wei.
    uint256 public constant LOCKED_SHARES = 1e15;
    /// @notice Where the locked shares are.
    address public constant LOCKED_HOLDER = address(0xdEaD);
    /// @notice Least seed of each asset with a target above zero, in asset wei.
    uint256 public constant MIN_SEED = 1e6;
    /* IMMUTABLES */

    /// @inheritdoc IVault
    IMandate public immutable mandate;
    /// @inheritdoc IVault
    IPriceOracle public immutable oracle;
    address internal immutable _DEPLOYER;
    uint256 internal immutable _COUNT;

    /* STORAGE */

    Ledger internal _ledger;

    /// @dev Set by a mint: the rest of the transaction may not rebalance.
    bool internal transient _minted;

    /* CONSTRUCTOR */

    /// @notice Creates an empty vault for the assets of `newMandate`.
    /// @param name Name of the share.
    /// @param symbol Symbol of the share.
    /// @param newMandate The rules, for ever.
    /// @param newOracle The prices, for ever.
    constructor(
        string memory name,
        string memory symbol,
        IMandate newMandate,
        IPriceOracle newOracle
    ) ERC20(name, symbol) ERC20Permit(name) {
        mandate = newMandate;
        oracle = newOracle;
        _DEPLOYER = msg.sender;
        address[] memory listed = newMandate.tokens();
        _COUNT = listed.length;
        for (uint256 i; i < listed.length; ++i) {
            _ledger.accounts[i].token = listed[i];
        }
        // Refuses an oracle that lacks a price for an asset.
        newOracle.prices(listed);
    }

    /* HOLDERS: IN KIND */

    /// @inheritdoc IVault
    function seed(uint256 shares, uint256[] memory assets, address receiver) external nonReentrant {
        require(msg.sender == _DEPLOYER, NotDeployer(msg.sender, _DEPLOYER));
        require(totalSupply() == 0, AlreadySeeded());
        require(shares > LOCKED_SHARES, SeedTooSmall(shares, LOCKED_SHARES + 1));
        _checkLength(assets.length);
        uint256[] memory targets = mandate.targets();
        for (uint256 i; i < assets.length; ++i) {
            require(targets[i] == 0 || assets[i] >= MIN_SEED, SeedTooSmall(assets[i], MIN_SEED));
        }

        _mint(LOCKED_HOLDER, LOCKED_SHARES);
        _issue(shares - LOCKED_SHARES, assets, receiver);
        emit Seeded(receiver, shares, assets);
    }

    /// @inheritdoc IVault
    function mintInKind(uint256 shares, uint256[] calldata maxIn, address receiver)
        external
        nonReentrant
        returns (uint256[] memory assets)
    {
        require(shares != 0, ZeroShares());
        _checkLength(maxIn.length);
        assets = _shareOf(vestAll(_ledger, _COUNT), shares, Math.Rounding.Ceil);
        for (uint256 i; i < assets.length; ++i) {
            require(
                assets[i] <= maxIn[i],
                AmountAboveMaximum(_ledger.accounts[i].token, assets[i], maxIn[i])
            );
        }

        _issue(shares, assets, receiver);
        emit MintedInKind(msg.sender, receiver, shares, assets);
    }

    /// @inheritdoc IVault
    function redeemInKind(
        uint256 shares,
        uint256[] calldata minOut,
        address receiver,
        address owner,
        uint256 skip
    ) external nonReentrant returns (uint256[] memory assets) {
        require(shares != 0, ZeroShares());
        require(receiver != address(0), ZeroReceiver());
        _checkLength(minOut.length);
        if (msg.sender != owner) _spendAllowance(owner, msg.sender, shares);
        uint256[] memory recorded = vestAll(_ledger, _COUNT);
        assets = _shareOf(recorded, shares, Math.Rounding.Floor);

        _burn(owner, shares);
        for (uint256 i; i < assets.length; ++i) {
            Account storage account_ = _ledger.accounts[i];
            require(
                assets[i] >= minOut[i], AmountBelowMinimum(account_.token, assets[i], minOut[i])
            );
            account_.recorded = recorded[i] - assets[i];
            if (_has(skip, i)) account_.setAside(owner, assets[i]);
        }

        for (uint256 i; i < assets.length; ++i) {
            if (assets[i] == 0 || _has(skip, i)) continue;
            IERC20(_ledger.accounts[i].token).safeTransfer(receiver, assets[i]);
        }
        emit RedeemedInKind(msg.sender, receiver, owner, shares, assets, skip);
    }

    /// @inheritdoc IVault
    function claimOwed(address token, address receiver)
        external
        nonReentrant
        returns (uint256 assets)
    {
        require(receiver != address(0), ZeroReceiver());
        assets = _accountOf(token).takeOwed(msg.sender);

        IERC20(token).safeTransfer(receiver, assets);
        emit OwedClaimed(msg.sender, token, receiver, assets);
    }

    /// @dev Share of `amounts` that `shares` of the supply stand for.
    function _shareOf(uint256[] memory amounts, uint256 shares, Math.Rounding rounding)
        internal
        view
        returns (uint256[] memory assets)
    {
        uint256 supply = totalSupply();
        require(supply != 0, NotSeeded());
        assets = new uint256[](amounts.length);
        for (uint256 i; i < amounts.length; ++i) {
            assets[i] = Math.mulDiv(amounts[i], shares, supply, rounding);
        }
    }

    /// @dev Creates shares, records `assets`, takes them from the caller and proves that they came.
    function _issue(uint256 shares, uint256[] memory assets, address receiver) internal {
        _minted = true;
        _mint(receiver, shares);
        for (uint256 i; i < assets.length; ++i) {
            _ledger.accounts[i].recorded += assets[i];
        }
        for (uint256 i; i < assets.length; ++i) {
            if (assets[i] == 0) continue;
            address token = _ledger.accounts[i].token;
            uint256 balance = _balanceOf(token);
            IERC20(token).safeTransferFrom(msg.sender, address(this), assets[i]);
            uint256 received = _balanceOf(token) - balance;
            require(received == assets[i], WrongAmountReceived(token, received, assets[i]));
        }
    }

    /* ANYONE: SURPLUS AND SHORTFALL */

    /// @inheritdoc IVault
    function absorb(address token) external nonReentrant {
        _accountOf(token).absorb();
    }

    /// @inheritdoc IVault
    function writeDown(address token) external nonReentrant {
        _accountOf(token).writeDown();
    }

    /* KEEPERS, AND ANYONE BEYOND THE HARD BANDS */

    /// @inheritdoc IVault
    function rebalance(Leg[] calldata legs, uint256 expectedNonce, uint256 deadline)
        external
        nonReentrant
    {
        require(!_minted, MintedInThisTransaction());
        Rebalancing.rebalance(_ledger, _setting(), legs, expectedNonce, deadline);
    }

    /// @inheritdoc IVault
    function poke() external nonReentrant {
        Rebalancing.poke(_ledger, _setting());
    }

    /// @inheritdoc ILegPayer
    function pay(uint256 amount) external {
        RunningLeg.pay(amount);
    }

    function _setting() internal view returns (Rebalancing.Setting memory) {
        return Rebalancing.Setting({mandate: mandate, oracle: oracle, count: _COUNT});
    }

    /* VIEWS */

    /// @inheritdoc IVault
    function tokens() public view returns (address[] memory listed) {
        listed = new address[](_COUNT);
        for (uint256 i; i < listed.length; ++i) {
            listed[i] = _ledger.accounts[i].token;
        }
    }

    /// @inheritdoc IVault
    function holdings() public view returns (uint256[] memory amounts) {
        amounts = new uint256[](_COUNT);
        for (uint256 i; i < amounts.length; ++i) {
            Account storage account_ = _ledger.accounts[i];
            amounts[i] = account_.recorded;
            if (account_.vesting) {
                amounts[i] = Math.saturatingAdd(amounts[i], account_.vested());
            }
        }
    }

    /// @inheritdoc IVault
    function previewMintInKind(uint256 shares) external view returns (uint256[] memory) {
        return _shareOf(holdings(), shares, Math.Rounding.Ceil);
    }

    /// @inheritdoc IVault
    function previewRedeemInKind(uint256 shares) external view returns (uint256[] memory) {
        return _shareOf(holdings(), shares, Math.Rounding.Floor);
    }

    /// @inheritdoc IVault
    function account(address token)
        external
        view
        returns (uint256 recorded, uint256 owed, uint256 vesting, uint256 vestsUntil)
    {
        Account storage found = _accountOf(token);
        uint256 vested = found.vested();
        return (
            Math.saturatingAdd(found.recorded, vested),
            found.owed,
            found.surplus - vested,
            found.surplusUntil
        );
    }

    /// @inheritdoc IVault
    function owedTo(address holder, address token) external view returns (uint256) {
        return _accountOf(token).owedTo(holder);
    }

    /// @inheritdoc IVault
    function state() external view returns (VaultState memory) {
        return _ledger.state;
    }

    function _balanceOf(address token) internal view returns (uint256) {
        return IERC20(token).balanceOf(address(this));
    }

    function _accountOf(address token) internal view returns (Account storage) {
        for (uint256 i; i < _COUNT; ++i) {
            if (_ledger.accounts[i].token == token) return _ledger.accounts[i];
        }
        revert NotAnAsset(token);
    }

    function _checkLength(uint256 length) internal view {
        require(length == _COUNT, LengthMismatch(length, _COUNT));
    }

    function _has(uint256 bitmap, uint256 asset) internal pure returns (bool) {
        return bitmap >> asset & 1 != 0;
    }
}
