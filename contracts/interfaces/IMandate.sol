// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Limits, Plan, Position, Route} from "../types/Types.sol";

/// @notice What a mandate says of one asset when it is created.
/// @param token The ERC-20.
/// @param weight First target weight, in WAD.
/// @param minWeight Least target weight the manager may schedule, in WAD.
/// @param maxWeight Greatest target weight the manager may schedule, in WAD.
/// @param band Distance from target at which the keeper tier opens, in WAD.
/// @param hardBand Distance from target at which the public tier opens, in WAD.
struct AssetConfig {
    address token;
    uint64 weight;
    uint64 minWeight;
    uint64 maxWeight;
    uint64 band;
    uint64 hardBand;
}

/// @notice A route to register.
/// @param venue Contract that performs the swap.
/// @param tokenIn Index of the asset sold.
/// @param tokenOut Index of the asset bought.
/// @param data What the venue needs beside the tokens.
struct RouteConfig {
    address venue;
    uint8 tokenIn;
    uint8 tokenOut;
    bytes data;
}

/// @notice Who may do what, when a mandate is created.
/// @param owner Sets limits, bands, bounds, routes and roles. Meant to be a timelock.
/// @param manager Schedules target weights.
/// @param guardian Reduces risk at once: pauses, removes, cancels, freezes.
/// @param keepers May rebalance through the keeper tier.
struct Roles {
    address owner;
    address manager;
    address guardian;
    address[] keepers;
}

/// @notice Rules of one asset in force now.
/// @param startWeight Weight at the beginning of the schedule, in WAD.
/// @param endWeight Weight at its end, in WAD.
/// @param band Distance from target at which the keeper tier opens, in WAD.
/// @param hardBand Distance from target at which the public tier opens, in WAD.
struct AssetRule {
    uint64 startWeight;
    uint64 endWeight;
    uint64 band;
    uint64 hardBand;
}

/// @notice The range in which the manager may set one asset's target, in WAD.
struct WeightBounds {
    uint64 minWeight;
    uint64 maxWeight;
}

/// @title IMandate
/// @notice The rules of a vault: which assets, at which weights, how they may be traded, by whom.
/// It holds no tokens. The vault reads it and trusts it only within caps of its own.
///
/// Roles and the worst each can do:
/// - **owner** (a timelock): everything below, with the timelock's delay as the holders' notice.
/// - **manager**: moves targets inside each asset's bounds, no faster than `weightSpeed`, after
///   `notice`.
/// - **keeper**: nothing here; in the vault, trades inside the buckets.
/// - **guardian**: stops trading and the base-asset doors for seven days in fourteen, removes
///   keepers and routes, holds the weights where they are. It can neither move tokens nor stop an
///   exit in kind.
interface IMandate {
    /* EVENTS */

    /// @notice Targets were scheduled: they move linearly between the two times.
    event TargetsScheduled(
        address indexed caller, uint256[] newTargets, uint256 startsAt, uint256 endsAt
    );
    /// @notice The schedule was cancelled; targets stay where they are.
    event ScheduleCancelled(address indexed caller, uint256[] heldTargets);
    /// @notice The manager can schedule no targets until the owner unfreezes.
    event WeightsFrozen(address indexed caller);
    /// @notice The manager can schedule targets again.
    event WeightsUnfrozen();
    /// @notice Rebalances and the base-asset doors are stopped until the given time, in seconds.
    event TradingPaused(address indexed caller, uint256 until);
    /// @notice The pause was lifted early.
    event TradingUnpaused();
    /// @notice Limits were replaced.
    event LimitsSet(Limits limits);
    /// @notice The bands of an asset were replaced, in WAD.
    event BandsSet(address indexed token, uint256 band, uint256 hardBand);
    /// @notice The bounds of an asset's target were replaced, in WAD.
    event BoundsSet(address indexed token, uint256 minWeight, uint256 maxWeight);
    /// @notice The mandate governs this vault from now on.
    event VaultBound(address indexed vault);
    /// @notice An asset was listed.
    event AssetAdded(address indexed token, uint256 asset);
    /// @notice An asset counts as worth nothing from now on; the other targets took its place in
    /// proportion.
    event AssetWriteOff(address indexed token, uint256[] newTargets);
    /// @notice A setting is as it is for ever.
    event Abdicated(bytes4 indexed selector);
    /// @notice A route was registered. Its pools charge `fee`, in WAD of what is sold.
    event RouteAdded(
        uint256 indexed routeId,
        address indexed tokenIn,
        address indexed tokenOut,
        address venue,
        address payee,
        bytes data,
        uint256 fee
    );
    /// @notice A route was removed for ever.
    event RouteRemoved(uint256 indexed routeId, address indexed caller);
    /// @notice A keeper was added or removed.
    event KeeperSet(address indexed keeper, bool allowed);
    /// @notice The manager was replaced.
    event ManagerSet(address indexed newManager);
    /// @notice The guardian was replaced.
    event GuardianSet(address indexed newGuardian);
    /// @notice A new owner was named; it must accept.
    event OwnershipOffered(address indexed owner, address indexed newOwner);
    /// @notice The new owner accepted.
    event OwnershipTaken(address indexed newOwner);

    /* ERRORS */

    /// @notice The caller does not hold the role that this needs.
    error NotAuthorized(address caller);
    /// @notice The setting was given up for ever.
    error SettingAbdicated(bytes4 selector);
    /// @notice The setting protects holders, and so cannot be given up.
    error NotAbdicable(bytes4 selector);
    /// @notice The mandate governs a vault already.
    error AlreadyBound(address vault);
    /// @notice The mandate governs no vault yet.
    error NotBoundYet();
    /// @notice The vault names another mandate.
    error WrongMandate(address vault, address mandate);
    /// @notice The base asset can be neither removed nor written off.
    error BaseAsset();
    /// @notice The asset must have no target weight, now or at the end of the schedule.
    error WeightNotZero(address token, uint256 weight);
    /// @notice The asset is written off: it never gets a target or a route, and never comes back.
    error AssetWrittenOff(address token);
    /// @notice A role cannot be the zero address.
    error ZeroAddress();
    /// @notice An address that must have code has none.
    error NoCode(address target);
    /// @notice The number of assets is not between 2 and `MAX_ASSETS`.
    error BadAssetCount(uint256 count, uint256 maximum);
    /// @notice The token is listed twice.
    error DuplicateAsset(address token);
    /// @notice No asset has this index.
    error UnknownAsset(uint256 asset, uint256 count);
    /// @notice The array is not as long as the list of assets.
    error LengthMismatch(uint256 length, uint256 assets);
    /// @notice Weights do not sum to WAD.
    error WeightsDoNotSum(uint256 sum, uint256 expected);
    /// @notice A weight is outside its bounds.
    error WeightOutOfBounds(uint256 asset, uint256 weight, uint256 minWeight, uint256 maxWeight);
    /// @notice The bounds of an asset's target are crossed or above WAD.
    error BadBounds(uint256 asset, uint256 minWeight, uint256 maxWeight);
    /// @notice The band is zero, above the hard band, or the hard band is above WAD.
    error BadBands(uint256 asset, uint256 band, uint256 hardBand);
    /// @notice The band is wider than the asset's weight, so the asset could vanish unnoticed.
    error BandAboveWeight(uint256 asset, uint256 band, uint256 weight);
    /// @notice A limit is beyond its cap; `limit` is its position in `Limits`, from 0.
    error LimitTooHigh(uint256 limit, uint256 value, uint256 cap);
    /// @notice A limit is below its least value; `limit` is its position in `Limits`, from 0.
    error LimitTooLow(uint256 limit, uint256 value, uint256 minimum);
    /// @notice The targets would begin to move before the notice has passed.
    error NoticeTooShort(uint256 startsAt, uint256 earliest);
    /// @notice The targets would move faster than the speed limit, or the schedule is too far away.
    error ScheduleTooFast(uint256 duration, uint256 shortest);
    /// @notice A time lies too far in the future to be meant.
    error TimeTooFar(uint256 time, uint256 latest);
    /// @notice Weights are frozen.
    error Frozen();
    /// @notice The guardian paused too recently to pause again.
    error PauseNotReady(uint256 readyAt);
    /// @notice The two indices of a route do not name two different assets.
    error BadRoute(uint256 tokenIn, uint256 tokenOut);
    /// @notice The venue does not say what the route charges: it reverted, or answered no number.
    /// @param answer What it said, cut to 32 bytes.
    error FeeUnknown(address venue, bytes answer);
    /// @notice The route would charge all that is sold, or more; a fee must be below `limit`.
    error FeeTooHigh(address venue, uint256 fee, uint256 limit);
    /// @notice No route has this id.
    error UnknownRoute(uint256 routeId, uint256 count);
    /// @notice The route was removed.
    error RouteInactive(uint256 routeId);

    /* DEPLOYMENT */

    /// @notice Names the vault that this mandate governs. Whoever deployed it, once.
    function bind(address newVault) external;

    /* WHAT THE VAULT ASKS */

    /// @notice Whether a rebalance is due and allowed for the vault as it stands, and in which
    /// bounds.
    /// @dev The keeper tier if it is open to the caller, else the public tier if it is open, else
    /// what stands in the way of whichever is due.
    /// @param position What the vault says of itself.
    function plan(Position calldata position) external view returns (Plan memory);

    /// @notice Whether some weight is at least its hard band away from its target.
    /// @param values Value of each holding, in WAD of the unit of account.
    /// @param nav Their sum, in WAD.
    function hardBandReached(uint256[] calldata values, uint256 nav) external view returns (bool);

    /// @notice The route with this id; reverts if it is unknown or removed.
    /// @param routeId Id of a route.
    function route(uint256 routeId) external view returns (Route memory);

    /* MANAGER FUNCTIONS */

    /// @notice Moves the targets linearly from where they are now to `newTargets`.
    /// @dev Replaces any earlier schedule: targets stay at their present value until `startsAt`.
    /// @param newTargets Weights in WAD, summing to WAD, in the order of the assets.
    /// @param startsAt When the targets begin to move, in seconds; at least `notice` from now.
    /// @param endsAt When they arrive, in seconds; far enough for the speed limit.
    function scheduleTargets(uint256[] calldata newTargets, uint256 startsAt, uint256 endsAt)
        external;

    /// @notice Holds the targets where they are now. Manager, guardian or owner.
    function cancelSchedule() external;

    /* GUARDIAN FUNCTIONS */

    /// @notice Stops rebalances and shuts the base-asset doors for `PAUSE_DURATION`; not again
    /// before twice that has passed.
    function pause() external;
    /// @notice Holds the targets and refuses new schedules until the owner unfreezes.
    function freezeWeights() external;
    /// @notice Removes a keeper. Guardian or owner.
    function removeKeeper(address keeper) external;
    /// @notice Removes a route for ever. Guardian or owner. Its fee still counts in `worstFee`.
    function removeRoute(uint256 routeId) external;

    /* OWNER FUNCTIONS */

    /// @notice Lets rebalances and the base-asset doors go on before the pause ends.
    function unpause() external;
    /// @notice Lets the manager schedule targets again.
    function unfreezeWeights() external;
    /// @notice Adds a keeper.
    function addKeeper(address keeper) external;
    /// @notice Registers a route between two assets that are not written off.
    /// @dev A dearer route than any before widens the public tier, up to `publicSlippage`.
    /// @return routeId Its id: the number of routes registered before it.
    function addRoute(RouteConfig calldata config) external returns (uint256 routeId);
    /// @notice Replaces the limits; a running schedule must fit the new speed limit.
    /// @dev `publicSlippage` is the most that the public tier may lose: less is allowed while no
    /// route costs as much. See `worstFee`.
    function setLimits(Limits calldata newLimits) external;
    /// @notice Replaces the bands of the asset at `asset`, in WAD.
    function setBands(uint256 asset, uint64 newBand, uint64 newHardBand) external;
    /// @notice Replaces the bounds of the target of the asset at `asset`, in WAD; those of an asset
    /// that is written off stay at zero.
    function setBounds(uint256 asset, uint64 newMinWeight, uint64 newMaxWeight) external;
    /// @notice Lists an asset with a target weight of zero; the vault must have a price for it.
    function addAsset(AssetConfig calldata config) external;
    /// @notice Removes the asset at `asset`, which has no weight and of which the vault holds
    /// nothing. The last asset takes its index; routes of the removed one end, and routes of the
    /// last follow it.
    function removeAsset(uint256 asset) external;
    /// @notice Writes the asset at `asset` off, for ever: worth nothing, not traded, still paid out
    /// in kind. Cancels the schedule; the other targets take its place in proportion, and so jump,
    /// but no drift comes of it, since the held weights do the same.
    function writeOff(uint256 asset) external;
    /// @notice Replaces the vault's streaming fee. See `IVault.setFee`.
    function setFee(uint64 newRate, address newRecipient) external;
    /// @notice Resets the vault's drawdown breaker.
    function resetBreaker() external;
    /// @notice Gives up a setting for ever: limits, bands, bounds, routes, assets, write-offs or
    /// the fee.
    /// @param selector Selector of the function that sets it.
    function abdicate(bytes4 selector) external;
    /// @notice Replaces the manager.
    function setManager(address newManager) external;
    /// @notice Replaces the guardian.
    function setGuardian(address newGuardian) external;
    /// @notice Names a new owner, who must call `acceptOwnership`.
    function offerOwnership(address newOwner) external;
    /// @notice Takes the ownership that was offered to the caller.
    function acceptOwnership() external;

    /* VIEWS */

    /// @notice The vault that this mandate governs, zero before it is bound.
    function vault() external view returns (address);
    /// @notice Whether the token was an asset that is written off.
    function isWrittenOff(address token) external view returns (bool);
    /// @notice Whether the setting with this selector was given up for ever.
    function isAbdicated(bytes4 selector) external view returns (bool);
    /// @notice The assets, in the order of every array; the first is the base asset.
    function tokens() external view returns (address[] memory);
    /// @notice Target weights now, in WAD, summing to WAD.
    function targets() external view returns (uint256[] memory);
    /// @notice Rules of every asset, in the order of the assets.
    function rules() external view returns (AssetRule[] memory);
    /// @notice Rules of the asset at `asset`.
    function rule(uint256 asset) external view returns (AssetRule memory);
    /// @notice Bounds of the target of the asset at `asset`.
    function bounds(uint256 asset) external view returns (WeightBounds memory);
    /// @notice The limits in force.
    function limits() external view returns (Limits memory);
    /// @notice When the targets begin and cease to move, in seconds.
    function schedule() external view returns (uint256 startsAt, uint256 endsAt);
    /// @notice Number of routes ever registered.
    function routeCount() external view returns (uint256);
    /// @notice The route with this id, removed or not.
    function routeAt(uint256 routeId) external view returns (Route memory);
    /// @notice Most that a route charged when it was registered, in WAD, rounded up to a millionth.
    /// Removing a route does not lower it.
    /// @dev A leg of the public tier may fall short of the oracle price by this and 20 bp, at most
    /// by `publicSlippage`.
    function worstFee() external view returns (uint256);
    /// @notice Whether `account` may use the keeper tier.
    function isKeeper(address account) external view returns (bool);
    /// @notice Timestamp until which rebalances and the base-asset doors are stopped, in seconds.
    function pausedUntil() external view returns (uint256);
    /// @notice Timestamp from which the guardian may pause again, in seconds.
    function pauseReadyAt() external view returns (uint256);
    /// @notice Whether weights are frozen.
    function weightsFrozen() external view returns (bool);
    /// @notice The owner. Meant to be a timelock.
    function owner() external view returns (address);
    /// @notice The owner-to-be, or zero.
    function pendingOwner() external view returns (address);
    /// @notice The manager.
    function manager() external view returns (address);
    /// @notice The guardian.
    function guardian() external view returns (address);
}
