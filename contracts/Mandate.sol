// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    AssetConfig,
    AssetRule,
    IMandate,
    Roles,
    RouteConfig,
    WeightBounds
} from "./interfaces/IMandate.sol";
import {IVault} from "./interfaces/IVault.sol";
import {AssetBook, Assets, Times} from "./libraries/AssetBook.sol";
import {LimitCaps} from "./libraries/LimitCaps.sol";
import {RouteBook, Routes, StoredRoute} from "./libraries/RouteBook.sol";
import {TargetSchedule} from "./libraries/TargetSchedule.sol";
import {Tiers} from "./libraries/Tiers.sol";
import {WeightMath} from "./libraries/WeightMath.sol";
import {Blocker, Limits, Plan, Position, Reason, Route} from "./types/Types.sol";

/// @title Mandate
/// @notice The rules of a vault. See `IMandate` for the roles and what the worst of each can do.
///
/// Accepted limitations: a rogue owner can list venues that trade at the edge of the oracle floor,
/// and can name keepers who use up the buckets; the owner is meant to be a timelock, so holders see
/// it coming and leave in kind. A keeper who does nothing is answered by the public tier only.
contract Mandate is IMandate {
    using AssetBook for Assets;
    using RouteBook for Routes;

    /* CONSTANTS */

    /// @notice How long the guardian's pause lasts, in seconds.
    uint40 public constant PAUSE_DURATION = 7 days;

    /* IMMUTABLES */

    address internal immutable _DEPLOYER;

    /* STORAGE */

    /// @inheritdoc IMandate
    address public vault;
    /// @inheritdoc IMandate
    address public owner;
    /// @inheritdoc IMandate
    address public pendingOwner;
    /// @inheritdoc IMandate
    address public manager;
    /// @inheritdoc IMandate
    address public guardian;
    /// @inheritdoc IMandate
    mapping(address account => bool) public isKeeper;
    /// @inheritdoc IMandate
    mapping(bytes4 selector => bool) public isAbdicated;

    Assets internal _assets;
    Routes internal _routes;
    Limits internal _limits;

    /* CONSTRUCTOR */

    /// @notice Creates a complete mandate: whoever deploys it holds no role in it.
    /// @param roles Who may do what; none of the first three may be zero.
    /// @param newLimits Limits, each within its cap.
    /// @param assets Assets; the first is the base asset. Weights sum to WAD.
    /// @param routeConfigs Routes to register, in the order of their ids.
    constructor(
        Roles memory roles,
        Limits memory newLimits,
        AssetConfig[] memory assets,
        RouteConfig[] memory routeConfigs
    ) {
        _DEPLOYER = msg.sender;
        _takeOwnership(roles.owner);
        _setManager(roles.manager);
        _setGuardian(roles.guardian);
        for (uint256 i; i < roles.keepers.length; ++i) {
            _addKeeper(roles.keepers[i]);
        }
        _setLimits(newLimits);
        _assets.create(assets);
        for (uint256 i; i < routeConfigs.length; ++i) {
            _routes.add(_assets.times, routeConfigs[i], tokens());
        }
    }

    modifier onlyOwner() {
        require(msg.sender == owner, NotAuthorized(msg.sender));
        require(!isAbdicated[msg.sig], SettingAbdicated(msg.sig));
        _;
    }

    modifier onlyGuardian() {
        require(msg.sender == guardian, NotAuthorized(msg.sender));
        _;
    }

    modifier onlyGuardianOrOwner() {
        require(msg.sender == guardian || msg.sender == owner, NotAuthorized(msg.sender));
        _;
    }

    /* DEPLOYMENT */

    /// @inheritdoc IMandate
    function bind(address newVault) external {
        require(msg.sender == _DEPLOYER, NotAuthorized(msg.sender));
        require(vault == address(0), AlreadyBound(vault));
        IMandate its = IVault(newVault).mandate();
        require(address(its) == address(this), WrongMandate(newVault, address(its)));
        vault = newVault;
        emit VaultBound(newVault);
    }

    /* WHAT THE VAULT ASKS */

    /// @inheritdoc IMandate
    function plan(Position calldata position) external view returns (Plan memory answer) {
        Times memory times = _assets.times;
        AssetRule[] memory assetRules = _assets.rulesOf(times.count);
        Limits storage current = _limits;
        answer.targets = TargetSchedule.weightsAt(
            assetRules, times.scheduleStart, times.scheduleEnd, block.timestamp
        );
        answer.lossCapacity = current.lossCapacity;
        answer.lossRate = current.lossRate;
        answer.turnoverCapacity = current.turnoverCapacity;
        answer.turnoverRate = current.turnoverRate;
        answer.drawdown = current.drawdown;
        Tiers.judge(answer, position, assetRules, current, isKeeper[position.caller]);
        answer.slippage = answer.reason == Reason.Public
            ? LimitCaps.publicSlippage(current.publicSlippage, RouteBook.worstFeeOf(times))
            : current.slippage;
        if (answer.reason != Reason.None && block.timestamp < times.pausedUntil) {
            (answer.blocker, answer.readyAt) = (Blocker.Paused, times.pausedUntil);
        }
    }

    /// @inheritdoc IMandate
    function hardBandReached(uint256[] calldata values, uint256 nav) external view returns (bool) {
        if (nav == 0) return false;
        (uint256[] memory gaps,) = WeightMath.drifts(values, nav, targets());
        return Tiers.anyReached(gaps, _assets.rulesOf(gaps.length), true);
    }

    /// @inheritdoc IMandate
    function route(uint256 routeId) external view returns (Route memory found) {
        _routes.read(routeId, found);
        if (found.active) return found;
        _checkRoute(routeId);
        revert RouteInactive(routeId);
    }

    /* MANAGER FUNCTIONS */

    /// @inheritdoc IMandate
    function scheduleTargets(uint256[] calldata newTargets, uint256 startsAt, uint256 endsAt)
        external
    {
        require(msg.sender == manager, NotAuthorized(msg.sender));
        require(!_assets.times.weightsFrozen, Frozen());
        uint256 earliest = block.timestamp + _limits.notice;
        require(startsAt >= earliest, NoticeTooShort(startsAt, earliest));
        _assets.schedule(newTargets, startsAt, endsAt, _limits.weightSpeed);
    }

    /// @inheritdoc IMandate
    function cancelSchedule() external {
        require(
            msg.sender == manager || msg.sender == guardian || msg.sender == owner,
            NotAuthorized(msg.sender)
        );
        _assets.hold();
    }

    /* GUARDIAN FUNCTIONS */

    /// @inheritdoc IMandate
    function pause() external onlyGuardian {
        uint256 readyAt = _assets.times.pauseReadyAt;
        require(block.timestamp >= readyAt, PauseNotReady(readyAt));
        uint40 until = uint40(block.timestamp) + PAUSE_DURATION;
        (_assets.times.pausedUntil, _assets.times.pauseReadyAt) = (until, until + PAUSE_DURATION);
        emit TradingPaused(msg.sender, until);
    }

    /// @inheritdoc IMandate
    function freezeWeights() external onlyGuardian {
        _assets.times.weightsFrozen = true;
        emit WeightsFrozen(msg.sender);
        _assets.hold();
    }

    /// @inheritdoc IMandate
    function removeKeeper(address keeper) external onlyGuardianOrOwner {
        isKeeper[keeper] = false;
        emit KeeperSet(keeper, false);
    }

    /// @inheritdoc IMandate
    function removeRoute(uint256 routeId) external onlyGuardianOrOwner {
        _checkRoute(routeId);
        StoredRoute storage found = _routes.routes[routeId];
        require(found.active, RouteInactive(routeId));
        found.active = false;
        emit RouteRemoved(routeId, msg.sender);
    }

    /* OWNER FUNCTIONS */

    /// @inheritdoc IMandate
    function unpause() external onlyOwner {
        _assets.times.pausedUntil = uint40(block.timestamp);
        emit TradingUnpaused();
    }

    /// @inheritdoc IMandate
    function unfreezeWeights() external onlyOwner {
        _assets.times.weightsFrozen = false;
        emit WeightsUnfrozen();
    }

    /// @inheritdoc IMandate
    function addKeeper(address keeper) external onlyOwner {
        _addKeeper(keeper);
    }

    /// @inheritdoc IMandate
    function addRoute(RouteConfig calldata config) external onlyOwner returns (uint256 routeId) {
        address[] memory listed = tokens();
        routeId = _routes.add(_assets.times, config, listed);
        _assets.checkWorth(listed[config.tokenIn]);
        _assets.checkWorth(listed[config.tokenOut]);
    }

    /// @inheritdoc IMandate
    function setLimits(Limits calldata newLimits) external onlyOwner {
        _setLimits(newLimits);
        // A schedule that the new limits would not let begin must be cancelled first.
        _assets.checkSpeed(newLimits.weightSpeed);
    }

    /// @inheritdoc IMandate
    function setBands(uint256 asset, uint64 newBand, uint64 newHardBand) external onlyOwner {
        _assets.setBands(asset, newBand, newHardBand);
    }

    /// @inheritdoc IMandate
    function setBounds(uint256 asset, uint64 newMinWeight, uint64 newMaxWeight) external onlyOwner {
        _assets.setBounds(asset, newMinWeight, newMaxWeight);
    }

    /// @inheritdoc IMandate
    function addAsset(AssetConfig calldata config) external onlyOwner {
        _assets.add(config);
        _boundVault().listAsset(config.token);
    }

    /// @inheritdoc IMandate
    function removeAsset(uint256 asset) external onlyOwner {
        uint256 last = _assets.remove(asset);
        _routes.endAllOf(asset);
        // An index, hence below MAX_ASSETS.
        // forge-lint: disable-next-line(unsafe-typecast)
        _routes.renumber(last, uint8(asset));
        _boundVault().delistAsset(asset);
    }

    /// @inheritdoc IMandate
    function writeOff(uint256 asset) external onlyOwner {
        _assets.writeOff(asset);
        _routes.endAllOf(asset);
        _boundVault().writeOffAsset(asset);
    }

    /// @inheritdoc IMandate
    function setFee(uint64 newRate, address newRecipient) external onlyOwner {
        _boundVault().setFee(newRate, newRecipient);
    }

    /// @inheritdoc IMandate
    function resetBreaker() external onlyOwner {
        _boundVault().resetBreaker();
    }

    /// @inheritdoc IMandate
    function abdicate(bytes4 selector) external onlyOwner {
        require(_canAbdicate(selector), NotAbdicable(selector));
        isAbdicated[selector] = true;
        emit Abdicated(selector);
    }

    /// @dev Only settings that can add to the holders' risk: nothing that ends a pause, replaces or
    /// removes a role, or resets the breaker.
    function _canAbdicate(bytes4 selector) internal pure returns (bool) {
        return selector == this.setLimits.selector || selector == this.setBands.selector
            || selector == this.setBounds.selector || selector == this.addRoute.selector
            || selector == this.addAsset.selector || selector == this.writeOff.selector
            || selector == this.setFee.selector;
    }

    function _boundVault() internal view returns (IVault) {
        require(vault != address(0), NotBoundYet());
        return IVault(vault);
    }

    /// @inheritdoc IMandate
    function setManager(address newManager) external onlyOwner {
        _setManager(newManager);
    }

    /// @inheritdoc IMandate
    function setGuardian(address newGuardian) external onlyOwner {
        _setGuardian(newGuardian);
    }

    /// @inheritdoc IMandate
    function offerOwnership(address newOwner) external onlyOwner {
        pendingOwner = newOwner;
        emit OwnershipOffered(msg.sender, newOwner);
    }

    /// @inheritdoc IMandate
    function acceptOwnership() external {
        require(msg.sender == pendingOwner, NotAuthorized(msg.sender));
        _takeOwnership(msg.sender);
    }

    function _takeOwnership(address newOwner) internal {
        require(newOwner != address(0), ZeroAddress());
        owner = newOwner;
        pendingOwner = address(0);
        emit OwnershipTaken(newOwner);
    }

    function _setManager(address newManager) internal {
        require(newManager != address(0), ZeroAddress());
        manager = newManager;
        emit ManagerSet(newManager);
    }

    function _setGuardian(address newGuardian) internal {
        require(newGuardian != address(0), ZeroAddress());
        guardian = newGuardian;
        emit GuardianSet(newGuardian);
    }

    function _addKeeper(address keeper) internal {
        require(keeper != address(0), ZeroAddress());
        isKeeper[keeper] = true;
        emit KeeperSet(keeper, true);
    }

    function _setLimits(Limits memory newLimits) internal {
        LimitCaps.check(newLimits);
        _limits = newLimits;
        emit LimitsSet(newLimits);
    }

    function _checkRoute(uint256 routeId) internal view {
        require(routeId < _routes.count, UnknownRoute(routeId, _routes.count));
    }

    /* VIEWS */

    /// @inheritdoc IMandate
    function tokens() public view returns (address[] memory) {
        return _assets.tokensOf();
    }

    /// @inheritdoc IMandate
    function isWrittenOff(address token) external view returns (bool) {
        return _assets.writtenOff[token];
    }

    /// @inheritdoc IMandate
    function targets() public view returns (uint256[] memory) {
        return _assets.targetsOf();
    }

    /// @inheritdoc IMandate
    function rules() external view returns (AssetRule[] memory) {
        return _assets.rulesOf(_assets.times.count);
    }

    /// @inheritdoc IMandate
    function rule(uint256 asset) external view returns (AssetRule memory) {
        _assets.checkAsset(asset);
        return _assets.rules[asset];
    }

    /// @inheritdoc IMandate
    function bounds(uint256 asset) external view returns (WeightBounds memory) {
        _assets.checkAsset(asset);
        return _assets.bounds[asset];
    }

    /// @inheritdoc IMandate
    function limits() external view returns (Limits memory) {
        return _limits;
    }

    /// @inheritdoc IMandate
    function schedule() external view returns (uint256 startsAt, uint256 endsAt) {
        return (_assets.times.scheduleStart, _assets.times.scheduleEnd);
    }

    /// @inheritdoc IMandate
    function routeAt(uint256 routeId) public view returns (Route memory found) {
        _checkRoute(routeId);
        _routes.read(routeId, found);
    }

    /// @inheritdoc IMandate
    function routeCount() external view returns (uint256) {
        return _routes.count;
    }

    /// @inheritdoc IMandate
    function worstFee() external view returns (uint256) {
        return RouteBook.worstFeeOf(_assets.times);
    }

    /// @inheritdoc IMandate
    function pausedUntil() external view returns (uint256) {
        return _assets.times.pausedUntil;
    }

    /// @inheritdoc IMandate
    function pauseReadyAt() external view returns (uint256) {
        return _assets.times.pauseReadyAt;
    }

    /// @inheritdoc IMandate
    function weightsFrozen() external view returns (bool) {
        return _assets.times.weightsFrozen;
    }
}
