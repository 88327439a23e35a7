// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC4626} from "@openzeppelin/contracts/interfaces/IERC4626.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {IMandate} from "./IMandate.sol";
import {IPriceOracle} from "./IPriceOracle.sol";
import {ILegPayer} from "./IVenue.sol";
import {StreamingFee, VaultState} from "../types/Ledger.sol";
import {Blocker, Leg, Reason} from "../types/Types.sol";

/// @notice The terms of the base-asset doors at this moment.
/// @param nav Value of all holdings at the feeds' prices, in WAD.
/// @param navLow The same at the lower of two prices: what withdrawals are paid on.
/// @param navHigh The same at the higher: what deposits buy into.
/// @param basePrice Price of the base asset: value in WAD is `assets * basePrice / PRICE_SCALE`.
/// @param spread Part that stays with the holders, in WAD.
/// @param depositLeft What is left of the bucket of deposits, in WAD of NAV.
/// @param withdrawLeft What is left of the bucket of withdrawals, in WAD of NAV.
struct DoorTerms {
    uint256 nav;
    uint256 navLow;
    uint256 navHigh;
    uint256 basePrice;
    uint256 spread;
    uint256 depositLeft;
    uint256 withdrawLeft;
}

/// @notice One asset as the vault accounts for it, in asset wei.
/// @param token The asset.
/// @param writtenOff Whether it counts as worth nothing.
/// @param recorded What belongs to the shareholders, vested surplus included.
/// @param owed What is owed to holders who skipped it in a redemption.
/// @param unvested Surplus that has not vested yet.
struct Record {
    address token;
    bool writtenOff;
    uint256 recorded;
    uint256 owed;
    uint256 unvested;
}

/// @title IVault
/// @notice Holds a portfolio of ERC-20s for its shareholders and keeps it on its target weights.
/// The vault is the share token. Amounts of assets are in the asset's smallest unit ("asset wei"),
/// shares have 18 decimals ("share wei"), values and weights are in WAD, times in seconds.
///
/// By ERC-4626 it takes and pays its base asset, at oracle prices, less a spread that stays with
/// the holders and within a bucket for each direction. Two things differ from what one might
/// expect: the limits of `max...` are those of a day's flow, and while a price is missing or
/// trading is paused the doors are shut: limits are zero, and what needs a price reverts,
/// `totalAssets` included, since no number would be true. In kind one can always leave.
interface IVault is IERC4626, IERC165, ILegPayer {
    /* EVENTS */

    /// @notice The vault received its first assets and can be used.
    event Seeded(address indexed receiver, uint256 shares, uint256[] assets);
    /// @notice Shares were created against every asset in proportion.
    event MintedInKind(
        address indexed caller, address indexed receiver, uint256 shares, uint256[] assets
    );
    /// @notice Shares were destroyed for every asset in proportion; `owed` says, as a bitmap over
    /// the assets, which amounts were not sent but set aside for `owner`.
    event RedeemedInKind(
        address indexed caller,
        address indexed receiver,
        address indexed owner,
        uint256 shares,
        uint256[] assets,
        uint256 owed
    );
    /// @notice An amount set aside earlier was paid out.
    event OwedClaimed(
        address indexed holder, address indexed token, address indexed receiver, uint256 assets
    );
    /// @notice A surplus began to vest into the records, together with what had not yet vested.
    event SurplusAbsorbed(
        address indexed token, uint256 surplus, uint256 unvested, uint256 vestsUntil
    );
    /// @notice A vested surplus joined the records.
    event SurplusVested(address indexed token, uint256 assets);
    /// @notice The records were lowered to what the vault has.
    event WrittenDown(address indexed token, uint256 recorded, uint256 owed);
    /// @notice One leg settled. Values are in WAD of the unit of account, at the prices read.
    event LegSettled(
        uint256 indexed routeId,
        address indexed tokenIn,
        address indexed tokenOut,
        uint256 amountIn,
        uint256 amountOut,
        uint256 valueIn,
        uint256 valueOut
    );
    /// @notice A rebalance settled. `loss` and `turnover` are what it charged to the buckets, in
    /// WAD of `navBefore`; drifts are total drifts, in WAD.
    event Rebalanced(
        address indexed caller,
        uint256 indexed nonce,
        Reason reason,
        uint256 navBefore,
        uint256 navAfter,
        uint256 driftBefore,
        uint256 driftAfter,
        uint256 loss,
        uint256 turnover
    );
    /// @notice Shares were created for the fee's recipient.
    event FeeAccrued(address indexed recipient, uint256 shares);
    /// @notice The fee was replaced; `rate` is in WAD of the supply per year.
    event FeeSet(address indexed recipient, uint256 rate);
    /// @notice The value per share is too far below its high-water mark; both in WAD. Rebalances
    /// only sell into the base asset until the owner resets the breaker.
    event BreakerTripped(uint256 value, uint256 highWater);
    /// @notice The owner reset the breaker; its high-water mark begins anew.
    event BreakerReset();
    /// @notice An asset was appended to the list.
    event AssetListed(address indexed token, uint256 index);
    /// @notice An asset left the list, and the last one took its index.
    event AssetDelisted(address indexed token, uint256 index);
    /// @notice An asset counts as worth nothing from now on.
    event AssetWrittenOff(address indexed token, uint256 recorded);
    /// @notice A breach of a hard band was recorded; the public tier opens after the delay.
    event Poked(address indexed caller, uint256 opensAt);

    /* ERRORS */

    /// @notice The caller is not the deployer, who alone may seed the vault.
    error NotDeployer(address caller, address deployer);
    /// @notice The vault has not been seeded yet.
    error NotSeeded();
    /// @notice The vault was seeded already.
    error AlreadySeeded();
    /// @notice The seed is smaller than the least that keeps rounding harmless; both in share wei,
    /// or in wei of one asset.
    error SeedTooSmall(uint256 amount, uint256 minimum);
    /// @notice The call would create or destroy no shares.
    error ZeroShares();
    /// @notice Nothing of any asset is recorded, so shares would cost nothing.
    error NothingHeld();
    /// @notice Assets cannot be sent to the zero address.
    error ZeroReceiver();
    /// @notice The array is not as long as the list of assets.
    error LengthMismatch(uint256 length, uint256 assets);
    /// @notice The mint asks for more of an asset than the caller allows.
    error AmountAboveMaximum(address token, uint256 amount, uint256 maximum);
    /// @notice The redemption yields less of an asset than the caller demands.
    error AmountBelowMinimum(address token, uint256 amount, uint256 minimum);
    /// @notice The token delivered another amount than was asked; such tokens cannot be held.
    error WrongAmountReceived(address token, uint256 received, uint256 asked);
    /// @notice The token is not an asset of this vault.
    error NotAnAsset(address token);
    /// @notice There is no surplus to absorb.
    error NoSurplus(address token, uint256 balance, uint256 accounted);
    /// @notice Nothing is missing that could be written down.
    error NothingToWriteDown(address token, uint256 balance, uint256 accounted);
    /// @notice Nothing of the token is recorded and it has no target, so a gift cannot be absorbed.
    error NothingRecorded(address token);
    /// @notice The list of assets is full.
    error TooManyAssets(uint256 count, uint256 maximum);
    /// @notice The token is an asset of this vault already.
    error AlreadyAnAsset(address token);
    /// @notice No asset that could be removed or written off has this index.
    error UnknownAsset(uint256 asset, uint256 count);
    /// @notice The vault still holds some of the asset, or some is vesting; both in `recorded`.
    error AssetStillHeld(address token, uint256 recorded);
    /// @notice The caller is not this vault's mandate.
    error NotMandate(address caller, address mandate);
    /// @notice The mandate is bound to another vault, or to none.
    error NotBound(address mandate, address boundTo);
    /// @notice The fee is above its cap; both in WAD of the supply per year.
    error FeeTooHigh(uint256 rate, uint256 cap);

    /// @notice The doors are shut until the pause ends.
    error DoorsPaused(uint256 until);
    /// @notice Deposits are closed while an asset that is written off is still held.
    error DepositsClosed(address token);
    /// @notice The amount is more than the bucket lets through; both in WAD of NAV.
    error FlowBucketExceeded(uint256 flow, uint256 left);
    /// @notice The vault holds too little of its base asset; redeem in kind.
    error NotEnoughBase(uint256 assets, uint256 recorded);
    /// @notice The holdings are worth nothing at oracle prices.
    error WorthNothing();
    /// @notice Fewer shares than the caller demands.
    error SharesBelowMinimum(uint256 shares, uint256 minimum);
    /// @notice More shares than the caller allows.
    error SharesAboveMaximum(uint256 shares, uint256 maximum);

    /// @notice No limit of drawdown is set.
    error NoBreaker();
    /// @notice The breaker has tripped: a leg may buy the base asset only.
    error OnlyToBase(uint256 leg, address token);
    /// @notice Nothing is owed to the holder.
    error NothingOwed(address holder, address token);

    /// @notice A rebalance is not allowed: `reason` is what is due, `blocker` what stands in its
    /// way, `readyAt` when that ends, in seconds, or 0 if time alone does not end it.
    error RebalanceBlocked(Reason reason, Blocker blocker, uint256 readyAt);
    /// @notice The rebalance reached the chain after its time.
    error DeadlinePassed(uint256 timestamp, uint256 deadline);
    /// @notice Another rebalance came first.
    error WrongNonce(uint256 expected, uint256 actual);
    /// @notice Shares were created, or base asset was withdrawn, earlier in this transaction.
    error SharesChangedInThisTransaction();
    /// @notice The number of legs is not between 1 and the maximum.
    error BadLegCount(uint256 legs, uint256 maximum);
    /// @notice The leg is worth too little; both in WAD of NAV.
    error LegTooSmall(uint256 leg, uint256 fraction, uint256 minimum);
    /// @notice The leg would take an asset past its target, or away from it; values in WAD.
    error PastTarget(uint256 leg, address token, uint256 value, uint256 available);
    /// @notice The leg sells an asset that an earlier leg bought, or the reverse.
    error SoldAndBought(uint256 leg);
    /// @notice The leg received less than the oracle floor or the caller's minimum.
    error ReceivedTooLittle(uint256 leg, uint256 received, uint256 minimum);
    /// @notice The loss is more than is left in the loss bucket; both in WAD of NAV.
    error LossBucketExceeded(uint256 loss, uint256 left);
    /// @notice The traded value is more than is left in the turnover bucket; both in WAD of NAV.
    error TurnoverBucketExceeded(uint256 turnover, uint256 left);
    /// @notice Total drift did not fall enough; both in WAD.
    error TooLittleProgress(uint256 driftAfter, uint256 maximum);
    /// @notice No hard band is exceeded.
    error InsideHardBands();
    /// @notice A breach is on record already, and the public tier opens at the given time.
    error AlreadyPoked(uint256 opensAt);
    /// @notice Only the venue of the running leg may ask for payment.
    error NotPayable(address caller, address venue);
    /// @notice The venue asks for more than the leg sells.
    error PaymentTooLarge(uint256 amount, uint256 left);

    /* HOLDERS */

    /// @notice Gives the vault its first assets. Deployer only, once.
    /// @dev `LOCKED_SHARES` of the shares belong to nobody for ever, so the supply never gets so
    /// small that rounding matters.
    /// @param shares Shares to create, in share wei, those locked included.
    /// @param assets Amounts, in asset wei, in the order of the assets; at least `MIN_SEED` of each
    /// asset with a target above zero.
    /// @param receiver Who gets the shares that are not locked.
    function seed(uint256 shares, uint256[] memory assets, address receiver) external;

    /// @notice Creates `shares` against every asset in proportion to what the vault holds.
    /// @dev Needs no oracle, no keeper, no manager; has no fee and cannot be paused.
    /// @param shares Shares to create, in share wei.
    /// @param maxIn Most to pay of each asset, in asset wei.
    /// @param receiver Who gets the shares.
    /// @return assets What was paid of each asset, in asset wei, rounded up.
    function mintInKind(uint256 shares, uint256[] calldata maxIn, address receiver)
        external
        returns (uint256[] memory assets);

    /// @notice Destroys `shares` of `owner` for every asset in proportion to what the vault holds.
    /// @dev Needs no oracle, no venue, no keeper, no manager; has no fee and cannot be paused. If
    /// one token cannot be transferred, skip it: its amount becomes owed to `owner`.
    /// @param shares Shares to destroy, in share wei.
    /// @param minOut Least to receive of each asset, in asset wei.
    /// @param receiver Who gets the assets.
    /// @param owner Whose shares are destroyed; the caller needs an allowance for another's.
    /// @param skip Bitmap over the assets: those not to send but to set aside.
    /// @return assets What was paid or set aside of each asset, in asset wei, rounded down.
    function redeemInKind(
        uint256 shares,
        uint256[] calldata minOut,
        address receiver,
        address owner,
        uint256 skip
    ) external returns (uint256[] memory assets);

    /// @notice Pays out what is owed to the caller in `token`.
    /// @param token Asset to pay out.
    /// @param receiver Who gets it.
    /// @return assets What was paid, in asset wei.
    function claimOwed(address token, address receiver) external returns (uint256 assets);

    /* HOLDERS: BASE ASSET */

    /// @notice `deposit` that reverts rather than give fewer than `minShares`.
    /// @param assets Base asset to pay, in asset wei.
    /// @param receiver Who gets the shares.
    /// @param minShares Least shares to receive, in share wei.
    /// @return shares Shares created, in share wei, rounded down.
    function deposit(uint256 assets, address receiver, uint256 minShares)
        external
        returns (uint256 shares);

    /// @notice `mint` that reverts rather than take more than `maxAssets`.
    /// @param shares Shares to create, in share wei.
    /// @param receiver Who gets them.
    /// @param maxAssets Most base asset to pay, in asset wei.
    /// @return assets What was paid, in asset wei, rounded up.
    function mint(uint256 shares, address receiver, uint256 maxAssets)
        external
        returns (uint256 assets);

    /// @notice `withdraw` that reverts rather than destroy more than `maxShares`.
    /// @param assets Base asset to receive, in asset wei.
    /// @param receiver Who gets it.
    /// @param owner Whose shares are destroyed; the caller needs an allowance for another's.
    /// @param maxShares Most shares to destroy, in share wei.
    /// @return shares Shares destroyed, in share wei, rounded up.
    function withdraw(uint256 assets, address receiver, address owner, uint256 maxShares)
        external
        returns (uint256 shares);

    /// @notice `redeem` that reverts rather than pay less than `minAssets`.
    /// @param shares Shares to destroy, in share wei.
    /// @param receiver Who gets the base asset.
    /// @param owner Whose shares are destroyed; the caller needs an allowance for another's.
    /// @param minAssets Least base asset to receive, in asset wei.
    /// @return assets What was paid, in asset wei, rounded down.
    function redeem(uint256 shares, address receiver, address owner, uint256 minAssets)
        external
        returns (uint256 assets);

    /* ANYONE */

    /// @notice Lets what the vault has of `token` beyond its records vest into them over
    /// `VESTING_PERIOD`, and no faster than to double them in that time.
    /// @dev Refused for an asset without a target of which nothing is recorded: a gift must not
    /// keep it on the list. A token is believed to have at most 2^128 - 1 asset wei; more is a lie.
    function absorb(address token) external;

    /// @notice Lowers the records of `token` to what the vault has.
    /// @dev What had not vested goes first; holders and those who are owed share the rest of the
    /// shortfall in proportion. Those who are owed less than a part in 1e18 of what they set aside
    /// have lost it to the holders.
    function writeDown(address token) external;

    /// @notice Creates the fee's shares up to now. Every mint and redemption does so first.
    function accrueFee() external;

    /// @notice Takes a reading for the drawdown breaker; two low ones an hour apart trip it.
    /// @dev Every rebalance takes one too. Reverts while the breaker is off.
    function observeDrawdown() external;

    /// @notice Records that a hard band is exceeded. `POKE_DELAY` later anyone may rebalance.
    /// @dev The record lapses after `POKE_LIFETIME`, and with every rebalance.
    function poke() external;

    /* KEEPERS, AND ANYONE BEYOND THE HARD BANDS */

    /// @notice Runs `legs` in order, each toward the targets and past neither.
    /// @dev Prices are read once. Every leg's loss and value are charged to the buckets.
    /// @param legs Legs, in the order they must run.
    /// @param expectedNonce The nonce of `state` that the legs were planned for.
    /// @param deadline Last timestamp, in seconds, at which they may run.
    function rebalance(Leg[] calldata legs, uint256 expectedNonce, uint256 deadline) external;

    /* THE MANDATE, FOR ITS OWNER */

    /// @notice Appends an asset that has a price, of which the vault holds nothing yet.
    function listAsset(address token) external;
    /// @notice Removes the asset at `index`, of which nothing is recorded or vesting; the last one
    /// takes its index. What is owed of it stays claimable.
    function delistAsset(uint256 index) external;
    /// @notice Counts the asset at `index` as worth nothing, for ever: it is not traded, needs no
    /// price, and is still asked for and paid in kind.
    function writeOffAsset(uint256 index) external;
    /// @notice Replaces the streaming fee; what has accrued so far is paid at the old rate.
    /// @param newRate Shares to create a year, in WAD of the supply; at most `LimitCaps.FEE_RATE`.
    /// @param newRecipient Who gets them.
    function setFee(uint64 newRate, address newRecipient) external;
    /// @notice Lets rebalances buy every asset again; the high-water mark begins anew.
    function resetBreaker() external;

    /* VIEWS: BASE ASSET */

    /// @notice The share token: this vault itself. See ERC-7575.
    function share() external view returns (address);
    /// @notice The terms of the base-asset doors; reverts while a price is missing.
    function doorTerms() external view returns (DoorTerms memory);

    /* VIEWS */

    /// @notice The rules of this vault.
    function mandate() external view returns (IMandate);
    /// @notice The prices of this vault.
    function oracle() external view returns (IPriceOracle);
    /// @notice The assets, in the order of every array; the first is the base asset.
    function tokens() external view returns (address[] memory);
    /// @notice Assets that are written off, as a bitmap.
    function writtenOff() external view returns (uint256);
    /// @notice How the vault accounts for each of its assets.
    function records() external view returns (Record[] memory);
    /// @notice How the vault accounts for `token`, in asset wei.
    /// @return recorded What belongs to the shareholders, vested surplus included.
    /// @return owed What is owed to holders who skipped it in a redemption.
    /// @return unvested Surplus that has not vested yet.
    /// @return vestsUntil When all of it will have at the earliest, in seconds.
    function account(address token)
        external
        view
        returns (uint256 recorded, uint256 owed, uint256 unvested, uint256 vestsUntil);
    /// @notice What is owed of `token` to `holder`, in asset wei.
    function owedTo(address holder, address token) external view returns (uint256);
    /// @notice What belongs to the shareholders of each asset, vested surplus included, in asset
    /// wei.
    function holdings() external view returns (uint256[] memory);
    /// @notice What `mintInKind` would ask for now, in asset wei, rounded up.
    function previewMintInKind(uint256 shares) external view returns (uint256[] memory);
    /// @notice What `redeemInKind` would pay now, in asset wei, rounded down.
    function previewRedeemInKind(uint256 shares) external view returns (uint256[] memory);
    /// @notice Buckets, clock and number of rebalances, as the last of them left them.
    function state() external view returns (VaultState memory);
    /// @notice The streaming fee.
    function fee() external view returns (StreamingFee memory);
    /// @notice What the drawdown breaker remembers since it was reset.
    /// @return highWater High-water mark of the value per share, in WAD, lowered by what the fee
    /// dilutes.
    /// @return lowSince Since when every value read has been below the limit, in seconds, 0 if the
    /// last was not.
    function breaker() external view returns (uint256 highWater, uint256 lowSince);
}
