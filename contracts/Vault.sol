// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IERC4626} from "@openzeppelin/contracts/interfaces/IERC4626.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IMandate} from "./interfaces/IMandate.sol";
import {IPriceOracle} from "./interfaces/IPriceOracle.sol";
import {DoorTerms, IVault, Record} from "./interfaces/IVault.sol";
import {ILegPayer} from "./interfaces/IVenue.sol";
import {Accounting, holdingsOf, vestAll} from "./libraries/Accounting.sol";
import {Door, Doors} from "./libraries/Doors.sol";
import {Drawdown} from "./libraries/Drawdown.sol";
import {LimitCaps} from "./libraries/LimitCaps.sol";
import {mulDivDown, mulDivUp} from "./libraries/MulDiv.sol";
import {Rebalancing} from "./libraries/Rebalancing.sol";
import {RunningLeg} from "./libraries/RunningLeg.sol";
import {Setting} from "./libraries/Valuation.sol";
import {Breaker, Ledger, Listing, StreamingFee, VaultState} from "./types/Ledger.sol";
import {Leg, PRICE_SCALE, WAD} from "./types/Types.sol";

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
    using Accounting for Ledger;
    using Doors for Ledger;
    using Drawdown for Breaker;
    using Rebalancing for Ledger;
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    /* CONSTANTS */

    /// @notice Shares that belong to nobody, in share wei.
    uint256 public constant LOCKED_SHARES = 1e15;
    /// @notice Where the locked shares are.
    address public constant LOCKED_HOLDER = address(0xdEaD);
    /// @notice Least seed of each asset with a target above zero, in asset wei.
    uint256 public constant MIN_SEED = 1e6;
    /// @dev Interface id of an ERC-7575 vault: ERC-4626 and `share()`.
    bytes4 internal constant _ERC7575 = 0x2f0a18c5;

    /* IMMUTABLES */

    /// @inheritdoc IVault
    IMandate public immutable mandate;
    /// @inheritdoc IVault
    IPriceOracle public immutable oracle;
    address internal immutable _DEPLOYER;

    /* STORAGE */

    Ledger internal _ledger;

    /// @dev Set by a mint, a deposit or a withdrawal: the rest of the transaction may not
    /// rebalance.
    bool internal transient _sharesChanged;

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
        for (uint256 i; i < listed.length; ++i) {
            _ledger.list(listed[i]);
        }
        // Refuses an oracle that lacks a price for an asset.
        newOracle.prices(listed);
    }

    modifier onlyMandate() {
        require(msg.sender == address(mandate), NotMandate(msg.sender, address(mandate)));
        _;
    }

    /* HOLDERS: IN KIND */

    /// @inheritdoc IVault
    function seed(uint256 shares, uint256[] memory assets, address receiver) external nonReentrant {
        require(msg.sender == _DEPLOYER, NotDeployer(msg.sender, _DEPLOYER));
        require(totalSupply() == 0, AlreadySeeded());
        address bound = mandate.vault();
        require(bound == address(this), NotBound(address(mandate), bound));
        require(shares > LOCKED_SHARES, SeedTooSmall(shares, LOCKED_SHARES + 1));
        _checkLength(assets.length);
        uint256[] memory targets = mandate.targets();
        for (uint256 i; i < assets.length; ++i) {
            require(targets[i] == 0 || assets[i] >= MIN_SEED, SeedTooSmall(assets[i], MIN_SEED));
        }

        _ledger.fee.accruedAt = uint32(block.timestamp);
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
        _accrueFee();
        assets = _shareOf(vestAll(_ledger), shares, totalSupply(), Math.Rounding.Ceil);
        uint256 cost;
        for (uint256 i; i < assets.length; ++i) {
            require(assets[i] <= maxIn[i], AmountAboveMaximum(_token(i), assets[i], maxIn[i]));
            cost |= assets[i];
        }
        require(cost != 0, NothingHeld());

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
        _accrueFee();
        uint256[] memory recorded = vestAll(_ledger);
        assets = _shareOf(recorded, shares, totalSupply(), Math.Rounding.Floor);

        _burn(owner, shares);
        for (uint256 i; i < assets.length; ++i) {
            require(assets[i] >= minOut[i], AmountBelowMinimum(_token(i), assets[i], minOut[i]));
            // A part of the record, which is of this type.
            // forge-lint: disable-next-line(unsafe-typecast)
            _ledger.recorded[i] = uint128(recorded[i] - assets[i]);
            if (_has(skip, i)) _ledger.setAside(_token(i), owner, assets[i]);
        }

        for (uint256 i; i < assets.length; ++i) {
            if (assets[i] == 0 || _has(skip, i)) continue;
            IERC20(_token(i)).safeTransfer(receiver, assets[i]);
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
        assets = _ledger.takeOwed(token, msg.sender);

        IERC20(token).safeTransfer(receiver, assets);
        emit OwedClaimed(msg.sender, token, receiver, assets);
    }

    /// @dev Share of `amounts` that `shares` of `supply` stand for.
    function _shareOf(
        uint256[] memory amounts,
        uint256 shares,
        uint256 supply,
        Math.Rounding rounding
    ) internal pure returns (uint256[] memory assets) {
        require(supply != 0, NotSeeded());
        assets = new uint256[](amounts.length);
        for (uint256 i; i < amounts.length; ++i) {
            assets[i] = rounding == Math.Rounding.Ceil
                ? mulDivUp(amounts[i], shares, supply)
                : mulDivDown(amounts[i], shares, supply);
        }
    }

    /// @dev Creates shares, records `assets`, takes them from the caller and proves that they came.
    function _issue(uint256 shares, uint256[] memory assets, address receiver) internal {
        _sharesChanged = true;
        _mint(receiver, shares);
        for (uint256 i; i < assets.length; ++i) {
            _ledger.recorded[i] = (_ledger.recorded[i] + assets[i]).toUint128();
        }
        for (uint256 i; i < assets.length; ++i) {
            if (assets[i] != 0) _take(_token(i), assets[i]);
        }
    }

    /// @dev Takes `assets` of `token` from the caller; refuses a token that delivers otherwise.
    function _take(address token, uint256 assets) internal {
        uint256 balance = IERC20(token).balanceOf(address(this));
        IERC20(token).safeTransferFrom(msg.sender, address(this), assets);
        uint256 received = IERC20(token).balanceOf(address(this)) - balance;
        require(received == assets, WrongAmountReceived(token, received, assets));
    }

    /* HOLDERS: BASE ASSET */

    /// @inheritdoc IERC4626
    function deposit(uint256 assets, address receiver) external returns (uint256) {
        return deposit(assets, receiver, 0);
    }

    /// @inheritdoc IERC4626
    function mint(uint256 shares, address receiver) external returns (uint256) {
        return mint(shares, receiver, type(uint256).max);
    }

    /// @inheritdoc IERC4626
    function withdraw(uint256 assets, address receiver, address owner) external returns (uint256) {
        return withdraw(assets, receiver, owner, type(uint256).max);
    }

    /// @inheritdoc IERC4626
    function redeem(uint256 shares, address receiver, address owner) external returns (uint256) {
        return redeem(shares, receiver, owner, 0);
    }

    /// @inheritdoc IVault
    function deposit(uint256 assets, address receiver, uint256 minShares)
        public
        nonReentrant
        returns (uint256 shares)
    {
        (, shares) = _pass(Door.Deposit, assets);
        require(shares >= minShares, SharesBelowMinimum(shares, minShares));
        _enter(assets, shares, receiver);
    }

    /// @inheritdoc IVault
    function mint(uint256 shares, address receiver, uint256 maxAssets)
        public
        nonReentrant
        returns (uint256 assets)
    {
        (assets,) = _pass(Door.Mint, shares);
        require(assets <= maxAssets, AmountAboveMaximum(asset(), assets, maxAssets));
        _enter(assets, shares, receiver);
    }

    /// @inheritdoc IVault
    function withdraw(uint256 assets, address receiver, address owner, uint256 maxShares)
        public
        nonReentrant
        returns (uint256 shares)
    {
        (, shares) = _pass(Door.Withdraw, assets);
        require(shares <= maxShares, SharesAboveMaximum(shares, maxShares));
        _leave(assets, shares, receiver, owner);
    }

    /// @inheritdoc IVault
    function redeem(uint256 shares, address receiver, address owner, uint256 minAssets)
        public
        nonReentrant
        returns (uint256 assets)
    {
        (assets,) = _pass(Door.Redeem, shares);
        require(assets >= minAssets, AmountBelowMinimum(asset(), assets, minAssets));
        _leave(assets, shares, receiver, owner);
    }

    /// @dev Brings fee and records up to now, then lets `amount` through the door.
    function _pass(Door door, uint256 amount) internal returns (uint256 assets, uint256 shares) {
        _sharesChanged = true;
        _accrueFee();
        vestAll(_ledger);
        return _ledger.pass(_setting(), totalSupply(), door, amount);
    }

    function _enter(uint256 assets, uint256 shares, address receiver) internal {
        _mint(receiver, shares);
        emit Deposit(msg.sender, receiver, assets, shares);
        _take(asset(), assets);
    }

    function _leave(uint256 assets, uint256 shares, address receiver, address owner) internal {
        require(receiver != address(0), ZeroReceiver());
        if (msg.sender != owner) _spendAllowance(owner, msg.sender, shares);
        _burn(owner, shares);
        emit Withdraw(msg.sender, receiver, owner, assets, shares);
        IERC20(asset()).safeTransfer(receiver, assets);
    }

    /* THE FEE */

    /// @inheritdoc IVault
    function accrueFee() external nonReentrant {
        _accrueFee();
    }

    /// @dev Cannot fail, or it would block exits: the recipient is never zero while there is a
    /// rate.
    function _accrueFee() internal {
        uint256 shares = _pendingFee();
        if (shares == 0) return;
        address recipient = _ledger.fee.recipient;
        _ledger.fee.accruedAt = uint32(block.timestamp);
        _ledger.breaker.dilute(totalSupply(), shares);
        _mint(recipient, shares);
        emit FeeAccrued(recipient, shares);
    }

    /// @dev Shares that the fee has earned since it was accrued, rounded down.
    function _pendingFee() internal view returns (uint256) {
        if (!_ledger.listings[0].hasFee) return 0;
        StreamingFee memory current = _ledger.fee;
        uint256 elapsed = block.timestamp - current.accruedAt;
        return Math.mulDiv(totalSupply(), current.rate * elapsed, WAD * 365 days);
    }

    /// @dev Shares as they will be once the fee has accrued.
    function _supply() internal view returns (uint256) {
        return totalSupply() + _pendingFee();
    }

    /* ANYONE: SURPLUS AND SHORTFALL */

    /// @inheritdoc IVault
    function absorb(address token) external nonReentrant {
        _ledger.absorb(mandate, token);
    }

    /// @inheritdoc IVault
    function writeDown(address token) external nonReentrant {
        _ledger.writeDown(token);
    }

    /* KEEPERS, AND ANYONE BEYOND THE HARD BANDS */

    /// @inheritdoc IVault
    function rebalance(Leg[] calldata legs, uint256 expectedNonce, uint256 deadline)
        external
        nonReentrant
    {
        require(!_sharesChanged, SharesChangedInThisTransaction());
        _ledger.rebalance(_setting(), legs, expectedNonce, deadline);
    }

    /// @inheritdoc IVault
    function poke() external nonReentrant {
        _ledger.poke(_setting());
    }

    /// @inheritdoc IVault
    function observeDrawdown() external nonReentrant {
        _ledger.observeDrawdown(_setting());
    }

    /// @inheritdoc ILegPayer
    function pay(uint256 amount) external {
        RunningLeg.pay(amount);
    }

    function _setting() internal view returns (Setting memory) {
        return Setting({mandate: mandate, oracle: oracle});
    }

    /* THE MANDATE, FOR ITS OWNER */

    /// @inheritdoc IVault
    function listAsset(address token) external nonReentrant onlyMandate {
        _ledger.list(token);
        // Refuses a token without a price.
        address[] memory added = new address[](1);
        added[0] = token;
        oracle.prices(added);
    }

    /// @inheritdoc IVault
    function delistAsset(uint256 index) external nonReentrant onlyMandate {
        _ledger.delist(index);
    }

    /// @inheritdoc IVault
    function writeOffAsset(uint256 index) external nonReentrant onlyMandate {
        _ledger.writeOff(index);
    }

    /// @inheritdoc IVault
    function setFee(uint64 newRate, address newRecipient) external nonReentrant onlyMandate {
        require(newRate <= LimitCaps.FEE_RATE, FeeTooHigh(newRate, LimitCaps.FEE_RATE));
        require(newRate == 0 || newRecipient != address(0), ZeroReceiver());
        _accrueFee();
        _ledger.fee = StreamingFee({
            recipient: newRecipient, rate: newRate, accruedAt: uint32(block.timestamp)
        });
        _ledger.listings[0].hasFee = newRate != 0;
        emit FeeSet(newRecipient, newRate);
    }

    /// @inheritdoc IVault
    function resetBreaker() external nonReentrant onlyMandate {
        delete _ledger.breaker;
        _ledger.state.onlyToBase = false;
        emit BreakerReset();
    }

    /* VIEWS: BASE ASSET */

    /// @inheritdoc IERC4626
    function asset() public view returns (address) {
        return _token(0);
    }

    /// @inheritdoc IVault
    function share() external view returns (address) {
        return address(this);
    }

    /// @inheritdoc IERC4626
    function totalAssets() external view returns (uint256) {
        DoorTerms memory terms = doorTerms();
        return Math.mulDiv(terms.nav, PRICE_SCALE, terms.basePrice);
    }

    /// @inheritdoc IERC4626
    function convertToShares(uint256 assets) external view returns (uint256) {
        DoorTerms memory terms = doorTerms();
        return Math.mulDiv(Math.mulDiv(assets, terms.basePrice, PRICE_SCALE), _supply(), terms.nav);
    }

    /// @inheritdoc IERC4626
    function convertToAssets(uint256 shares) external view returns (uint256) {
        DoorTerms memory terms = doorTerms();
        return Math.mulDiv(Math.mulDiv(shares, terms.nav, _supply()), PRICE_SCALE, terms.basePrice);
    }

    /// @inheritdoc IERC4626
    function previewDeposit(uint256 assets) external view returns (uint256) {
        return _ledger.preview(_setting(), _supply(), Door.Deposit, assets);
    }

    /// @inheritdoc IERC4626
    function previewMint(uint256 shares) external view returns (uint256) {
        return _ledger.preview(_setting(), _supply(), Door.Mint, shares);
    }

    /// @inheritdoc IERC4626
    function previewWithdraw(uint256 assets) external view returns (uint256) {
        return _ledger.preview(_setting(), _supply(), Door.Withdraw, assets);
    }

    /// @inheritdoc IERC4626
    function previewRedeem(uint256 shares) external view returns (uint256) {
        return _ledger.preview(_setting(), _supply(), Door.Redeem, shares);
    }

    /// @inheritdoc IERC4626
    function maxDeposit(address) external view returns (uint256) {
        return _ledger.limit(_setting(), _supply(), Door.Deposit, 0);
    }

    /// @inheritdoc IERC4626
    function maxMint(address) external view returns (uint256) {
        return _ledger.limit(_setting(), _supply(), Door.Mint, 0);
    }

    /// @inheritdoc IERC4626
    function maxWithdraw(address owner) external view returns (uint256) {
        return _ledger.limit(_setting(), _supply(), Door.Withdraw, balanceOf(owner));
    }

    /// @inheritdoc IERC4626
    function maxRedeem(address owner) external view returns (uint256) {
        return _ledger.limit(_setting(), _supply(), Door.Redeem, balanceOf(owner));
    }

    /// @inheritdoc IVault
    function doorTerms() public view returns (DoorTerms memory) {
        return _ledger.termsOf(_setting(), _supply());
    }

    /* VIEWS */

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 id) external pure returns (bool) {
        return id == type(IERC165).interfaceId || id == type(IERC4626).interfaceId
            || id == type(IERC20).interfaceId || id == _ERC7575;
    }

    /// @inheritdoc IVault
    function tokens() public view returns (address[] memory listed) {
        listed = new address[](_count());
        for (uint256 i; i < listed.length; ++i) {
            listed[i] = _token(i);
        }
    }

    /// @inheritdoc IVault
    function holdings() external view returns (uint256[] memory) {
        return holdingsOf(_ledger);
    }

    /// @inheritdoc IVault
    function previewMintInKind(uint256 shares) external view returns (uint256[] memory) {
        return _shareOf(holdingsOf(_ledger), shares, _supply(), Math.Rounding.Ceil);
    }

    /// @inheritdoc IVault
    function previewRedeemInKind(uint256 shares) external view returns (uint256[] memory) {
        return _shareOf(holdingsOf(_ledger), shares, _supply(), Math.Rounding.Floor);
    }

    /// @inheritdoc IVault
    function records() external view returns (Record[] memory found) {
        found = new Record[](_count());
        for (uint256 i; i < found.length; ++i) {
            Listing memory listing = _ledger.listings[i];
            (found[i].token, found[i].writtenOff) = (listing.token, listing.writtenOff);
            found[i].recorded = _ledger.recorded[i];
            found[i].owed = _ledger.accounts[listing.token].owed;
            if (!listing.vesting) continue;
            (found[i].recorded,, found[i].unvested,) = _ledger.accountOf(listing.token);
        }
    }

    /// @inheritdoc IVault
    function account(address token)
        external
        view
        returns (uint256 recorded, uint256 owed, uint256 unvested, uint256 vestsUntil)
    {
        return _ledger.accountOf(token);
    }

    /// @inheritdoc IVault
    function owedTo(address holder, address token) external view returns (uint256) {
        return _ledger.owedOf(token, holder);
    }

    /// @inheritdoc IVault
    function writtenOff() external view returns (uint256 bitmap) {
        uint256 count = _count();
        for (uint256 i; i < count; ++i) {
            if (_ledger.listings[i].writtenOff) bitmap |= 1 << i;
        }
    }

    /// @inheritdoc IVault
    function state() external view returns (VaultState memory) {
        return _ledger.state;
    }

    /// @inheritdoc IVault
    function fee() external view returns (StreamingFee memory) {
        return _ledger.fee;
    }

    /// @inheritdoc IVault
    function breaker() external view returns (uint256 highWater, uint256 lowSince) {
        return (_ledger.breaker.highWater, _ledger.breaker.lowSince);
    }

    function _token(uint256 index) internal view returns (address) {
        return _ledger.listings[index].token;
    }

    function _count() internal view returns (uint256) {
        return _ledger.listings[0].count;
    }

    function _checkLength(uint256 length) internal view {
        require(length == _count(), LengthMismatch(length, _count()));
    }

    function _has(uint256 bitmap, uint256 index) internal pure returns (bool) {
        return bitmap >> index & 1 != 0;
    }
}
