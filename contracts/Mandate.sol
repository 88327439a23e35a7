// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {
    AssetConfig,
    AssetRule,
    IMandate,
    Roles,
    RouteConfig,
    WeightBounds
} from "./interfaces/IMandate.sol";
import {IVault} from "./interfaces/IVault.sol";
import {LimitCaps} from "./libraries/LimitCaps.sol";
import {RouteBook, Routes, StoredRoute} from "./libraries/RouteBook.sol";
import {TargetSchedule} from "./libraries/TargetSchedule.sol";
import {WeightMath} from "./libraries/WeightMath.sol";
import {
    Blocker,
    Limits,
    MAX_ASSETS,
    POKE_DELAY,
    POKE_LIFETIME,
    Plan,
    Position,
    Reason,
    Route,
    WAD
} from "./types/Types.sol";

/// @title Mandate
/// @notice The rules of a vault. See `IMandate` for the roles and what the worst of each can do.
///
/// Accepted limitations: a rogue owner can list venues that trade at the edge of the oracle floor,
/// and can name keepers who use up the buckets; the owner is meant to be a timelock, so holders see
/// it coming and leave in kind. A keeper who does nothing is answered by the public tier only.
contract Mandate is IMandate {
    using RouteBook for Routes;

    /// @dev Times of the schedule and of the pause, and how many assets there are: read together by
    /// every rebalance.
    struct Times {
        uint40 scheduleStart;
        uint40 scheduleEnd;
        uint40 pausedUntil;
        uint40 pauseReadyAt;
        bool weightsFrozen;
        uint8 count;
    }

    /* CONSTANTS */

    /// @notice How long the guardian's pause lasts, in seconds.
    uint40 public constant PAUSE_DURATION = 7 days;

    /// @notice Latest end of a schedule, in seconds from now.
    uint256 public constant MAX_SCHEDULE = 5 * 365 days;

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
    mapping(address token => bool) public isWrittenOff;
    /// @inheritdoc IMandate
    mapping(bytes4 selector => bool) public isAbdicated;

    address[MAX_ASSETS] internal _tokens;
    AssetRule[MAX_ASSETS] internal _rules;
    WeightBounds[MAX_ASSETS] internal _bounds;
    Routes internal _routes;
    Limits internal _limits;
    Times internal _times;

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
        require(
            assets.length >= 2 && assets.length <= MAX_ASSETS,
            BadAssetCount(assets.length, MAX_ASSETS)
        );
        _DEPLOYER = msg.sender;
        _takeOwnership(roles.owner);
        _setManager(roles.manager);
        _setGuardian(roles.guardian);
        for (uint256 i; i < roles.keepers.length; ++i) {
            _addKeeper(roles.keepers[i]);
        }
        _setLimits(newLimits);
        _listAssets(assets);
        for (uint256 i; i < routeConfigs.length; ++i) {
            _routes.add(routeConfigs[i], tokens());
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
        Times memory times = _times;
        AssetRule[] memory rules = _rulesOf(times.count);
        Limits memory current = _limits;
        answer.targets = TargetSchedule.weightsAt(
            rules, times.scheduleStart, times.scheduleEnd, block.timestamp
        );
        answer.lossCapacity = current.lossCapacity;
        answer.lossRate = current.lossRate;
        answer.turnoverCapacity = current.turnoverCapacity;
        answer.turnoverRate = current.turnoverRate;
        answer.drawdown = current.drawdown;
        _judge(answer, position, rules, current);
        answer.slippage = answer.reason == Reason.Public ? current.publicSlippage : current.slippage;
        if (answer.reason != Reason.None && block.timestamp < times.pausedUntil) {
            (answer.blocker, answer.readyAt) = (Blocker.Paused, times.pausedUntil);
        }
    }

    /// @inheritdoc IMandate
    function hardBandReached(uint256[] calldata values, uint256 nav) external view returns (bool) {
        if (nav == 0) return false;
        (uint256[] memory gaps,) = WeightMath.drifts(values, nav, targets());
        return _anyReached(gaps, _rulesOf(_times.count), true);
    }

    /// @dev Fills in what is due, what stands in its way and the drift.
    function _judge(
        Plan memory answer,
        Position calldata position,
        AssetRule[] memory rules,
        Limits memory current
    ) internal view {
        answer.blocker = Blocker.NotDue;
        if (position.nav == 0) return;
        uint256[] memory gaps;
        (gaps, answer.drift) = WeightMath.drifts(position.values, position.nav, answer.targets);
        if (isKeeper[position.caller]) {
            bool reached = _anyReached(gaps, rules, false);
            bool due = !reached && _calendarDue(current, position.keeperAt, answer.drift);
            if (reached || due) {
                answer.reason = reached ? Reason.Threshold : Reason.Calendar;
                answer.readyAt = position.keeperAt + current.cooldown;
                answer.blocker = Blocker.Cooldown;
                if (block.timestamp >= answer.readyAt) {
                    (answer.blocker, answer.readyAt) = (Blocker.None, 0);
                    return;
                }
            }
        }
        if (!_anyReached(gaps, rules, true)) return;
        (Blocker blocker, uint256 readyAt) = _publicStatus(position, current);
        if (blocker != Blocker.None && answer.reason != Reason.None) return;
        (answer.reason, answer.blocker, answer.readyAt) = (Reason.Public, blocker, readyAt);
    }

    /// @dev Whether some gap has reached its band, or its hard band.
    function _anyReached(uint256[] memory gaps, AssetRule[] memory rules, bool hard)
        internal
        pure
        returns (bool)
    {
        for (uint256 i; i < gaps.length; ++i) {
            if (gaps[i] >= (hard ? rules[i].hardBand : rules[i].band)) return true;
        }
        return false;
    }

    /// @dev Whether no keeper has rebalanced since the present period of the grid began.
    function _calendarDue(Limits memory current, uint256 keeperAt, uint256 drift)
        internal
        view
        returns (bool)
    {
        uint256 period = current.calendarPeriod;
        uint256 anchor = current.calendarAnchor;
        if (period == 0 || block.timestamp < anchor || drift < current.calendarFloor) return false;
        return keeperAt < block.timestamp - (block.timestamp - anchor) % period;
    }

    /// @dev What stands in the way of the public tier once a hard band is exceeded.
    function _publicStatus(Position calldata position, Limits memory current)
        internal
        view
        returns (Blocker, uint256 readyAt)
    {
        if (block.timestamp > position.pokedAt + POKE_LIFETIME) return (Blocker.NotPoked, 0);
        readyAt = position.pokedAt + POKE_DELAY;
        if (block.timestamp < readyAt) return (Blocker.PokeDelay, readyAt);
        readyAt = position.publicAt + current.publicCooldown;
        if (block.timestamp < readyAt) return (Blocker.PublicCooldown, readyAt);
        return (Blocker.None, 0);
    }

    /// @inheritdoc IMandate
    function route(uint256 routeId) external view returns (Route memory found) {
        found = _routes.read(routeId);
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
        require(!_times.weightsFrozen, Frozen());
        uint256 count = _times.count;
        require(newTargets.length == count, LengthMismatch(newTargets.length, count));
        _checkTimes(newTargets, startsAt, endsAt);

        _holdTargets();
        uint256 sum;
        for (uint256 i; i < newTargets.length; ++i) {
            _checkBounds(i, newTargets[i]);
            _checkBands(i, _rules[i].band, _rules[i].hardBand, newTargets[i]);
            // Within its bounds, hence at most WAD, hence below 2^64.
            // forge-lint: disable-next-line(unsafe-typecast)
            _rules[i].endWeight = uint64(newTargets[i]);
            sum += newTargets[i];
        }
        require(sum == WAD, WeightsDoNotSum(sum, WAD));
        // Both are at most MAX_SCHEDULE from now, hence far below 2^40.
        // forge-lint: disable-next-line(unsafe-typecast)
        (_times.scheduleStart, _times.scheduleEnd) = (uint40(startsAt), uint40(endsAt));

        emit TargetsScheduled(msg.sender, newTargets, startsAt, endsAt);
    }

    /// @inheritdoc IMandate
    function cancelSchedule() external {
        require(
            msg.sender == manager || msg.sender == guardian || msg.sender == owner,
            NotAuthorized(msg.sender)
        );
        emit ScheduleCancelled(msg.sender, _holdTargets());
    }

    /// @dev The new targets start to move neither too soon, nor too fast, nor absurdly late.
    function _checkTimes(uint256[] calldata newTargets, uint256 startsAt, uint256 endsAt)
        internal
        view
    {
        uint256 earliest = block.timestamp + _limits.notice;
        uint256 latest = block.timestamp + MAX_SCHEDULE;
        require(startsAt >= earliest, NoticeTooShort(startsAt, earliest));
        require(endsAt <= latest, TimeTooFar(endsAt, latest));
        require(endsAt > startsAt, ScheduleTooFast(0, 1));
        _checkSpeed(newTargets, endsAt - startsAt, _limits.weightSpeed);
    }

    /// @dev From where they are, the targets can reach `ends` in `duration` at `speed`.
    function _checkSpeed(uint256[] memory ends, uint256 duration, uint256 speed) internal view {
        uint256 distance = TargetSchedule.distanceUp(targets(), ends);
        uint256 shortest = Math.mulDiv(distance, 1 days, speed, Math.Rounding.Ceil);
        require(duration >= shortest, ScheduleTooFast(duration, shortest));
    }

    /// @dev Makes the targets of this moment the start and the end of the schedule.
    function _holdTargets() internal returns (uint256[] memory held) {
        held = targets();
        for (uint256 i; i < held.length; ++i) {
            _setWeight(i, held[i]);
        }
        uint40 time = uint40(block.timestamp);
        (_times.scheduleStart, _times.scheduleEnd) = (time, time);
    }

    function _setWeight(uint256 asset, uint256 weight) internal {
        // At most WAD, which is below 2^64.
        // forge-lint: disable-next-line(unsafe-typecast)
        (_rules[asset].startWeight, _rules[asset].endWeight) = (uint64(weight), uint64(weight));
    }

    /* GUARDIAN FUNCTIONS */

    /// @inheritdoc IMandate
    function pause() external onlyGuardian {
        uint256 readyAt = _times.pauseReadyAt;
        require(block.timestamp >= readyAt, PauseNotReady(readyAt));
        uint40 until = uint40(block.timestamp) + PAUSE_DURATION;
        (_times.pausedUntil, _times.pauseReadyAt) = (until, until + PAUSE_DURATION);
        emit TradingPaused(msg.sender, until);
    }

    /// @inheritdoc IMandate
    function freezeWeights() external onlyGuardian {
        _times.weightsFrozen = true;
        emit WeightsFrozen(msg.sender);
        emit ScheduleCancelled(msg.sender, _holdTargets());
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
        _times.pausedUntil = uint40(block.timestamp);
        emit TradingUnpaused();
    }

    /// @inheritdoc IMandate
    function unfreezeWeights() external onlyOwner {
        _times.weightsFrozen = false;
        emit WeightsUnfrozen();
    }

    /// @inheritdoc IMandate
    function addKeeper(address keeper) external onlyOwner {
        _addKeeper(keeper);
    }

    /// @inheritdoc IMandate
    function addRoute(RouteConfig calldata config) external onlyOwner returns (uint256 routeId) {
        return _routes.add(config, tokens());
    }

    /// @inheritdoc IMandate
    function setLimits(Limits calldata newLimits) external onlyOwner {
        uint256[] memory ends = new uint256[](_times.count);
        for (uint256 i; i < ends.length; ++i) {
            ends[i] = _rules[i].endWeight;
        }
        uint256 from = Math.max(block.timestamp, _times.scheduleStart);
        // A schedule that the new limits would not let begin must be cancelled first.
        _checkSpeed(
            ends, Math.saturatingSub(_times.scheduleEnd, from), Math.max(newLimits.weightSpeed, 1)
        );
        _setLimits(newLimits);
    }

    /// @inheritdoc IMandate
    function setBands(uint256 asset, uint64 newBand, uint64 newHardBand) external onlyOwner {
        _checkAsset(asset);
        _checkBands(asset, newBand, newHardBand, _rules[asset].endWeight);
        (_rules[asset].band, _rules[asset].hardBand) = (newBand, newHardBand);
        emit BandsSet(_tokens[asset], newBand, newHardBand);
    }

    /// @inheritdoc IMandate
    function setBounds(uint256 asset, uint64 newMinWeight, uint64 newMaxWeight) external onlyOwner {
        _checkAsset(asset);
        require(
            newMinWeight <= newMaxWeight && newMaxWeight <= WAD,
            BadBounds(asset, newMinWeight, newMaxWeight)
        );
        _bounds[asset] = WeightBounds({minWeight: newMinWeight, maxWeight: newMaxWeight});
        emit BoundsSet(_tokens[asset], newMinWeight, newMaxWeight);
    }

    /// @inheritdoc IMandate
    function addAsset(AssetConfig calldata config) external onlyOwner {
        uint256 count = _times.count;
        require(count < MAX_ASSETS, BadAssetCount(count + 1, MAX_ASSETS));
        require(config.weight == 0, WeightNotZero(config.token, config.weight));
        require(!isWrittenOff[config.token], AssetWrittenOff(config.token));
        _listAsset(count, config);
        // At most MAX_ASSETS.
        // forge-lint: disable-next-line(unsafe-typecast)
        _times.count = uint8(count + 1);
        _boundVault().listAsset(config.token);
    }

    /// @inheritdoc IMandate
    function removeAsset(uint256 asset) external onlyOwner {
        _checkNotBase(asset);
        uint256 weight = Math.max(targets()[asset], _rules[asset].endWeight);
        require(weight == 0, WeightNotZero(_tokens[asset], weight));
        uint256 last = _times.count - 1;
        _routes.endAllOf(asset);
        // An index, hence below MAX_ASSETS.
        // forge-lint: disable-next-line(unsafe-typecast)
        _routes.renumber(last, uint8(asset));
        _tokens[asset] = _tokens[last];
        _rules[asset] = _rules[last];
        _bounds[asset] = _bounds[last];
        delete _tokens[last];
        // Less than it was.
        // forge-lint: disable-next-line(unsafe-typecast)
        _times.count = uint8(last);
        _boundVault().delistAsset(asset);
    }

    /// @inheritdoc IMandate
    function writeOff(uint256 asset) external onlyOwner {
        _checkNotBase(asset);
        address token = _tokens[asset];
        require(!isWrittenOff[token], AssetWrittenOff(token));
        isWrittenOff[token] = true;
        _routes.endAllOf(asset);
        _bounds[asset] = WeightBounds({minWeight: 0, maxWeight: 0});
        uint256[] memory held = _holdTargets();
        uint256 rest = WAD - held[asset];
        held[asset] = 0;
        uint256 others;
        for (uint256 i = held.length - 1; i > 0; --i) {
            // The weights held change alike once the asset counts for nothing, so no drift comes of
            // it. Where nothing else has a weight, the base asset takes all.
            if (held[i] != 0) held[i] = Math.mulDiv(held[i], WAD, rest);
            others += held[i];
            _setWeight(i, held[i]);
        }
        _setWeight(0, WAD - others);
        emit AssetWriteOff(token, targets());
        _boundVault().writeOffAsset(asset);
    }

    /// @inheritdoc IMandate
    function setFee(uint64 rate, address recipient) external onlyOwner {
        _boundVault().setFee(rate, recipient);
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

    function _listAssets(AssetConfig[] memory assets) internal {
        // At most MAX_ASSETS.
        // forge-lint: disable-next-line(unsafe-typecast)
        _times.count = uint8(assets.length);
        uint256 sum;
        for (uint256 i; i < assets.length; ++i) {
            _listAsset(i, assets[i]);
            sum += assets[i].weight;
        }
        require(sum == WAD, WeightsDoNotSum(sum, WAD));
    }

    function _listAsset(uint256 asset, AssetConfig memory config) internal {
        require(config.token.code.length != 0, NoCode(config.token));
        for (uint256 i; i < asset; ++i) {
            require(_tokens[i] != config.token, DuplicateAsset(config.token));
        }
        require(
            config.minWeight <= config.maxWeight && config.maxWeight <= WAD,
            BadBounds(asset, config.minWeight, config.maxWeight)
        );
        _bounds[asset] = WeightBounds({minWeight: config.minWeight, maxWeight: config.maxWeight});
        _checkBounds(asset, config.weight);
        _checkBands(asset, config.band, config.hardBand, config.weight);
        _tokens[asset] = config.token;
        emit AssetAdded(config.token, asset);
        _rules[asset] = AssetRule({
            startWeight: config.weight,
            endWeight: config.weight,
            band: config.band,
            hardBand: config.hardBand
        });
    }

    function _checkRoute(uint256 routeId) internal view {
        require(routeId < _routes.count, UnknownRoute(routeId, _routes.count));
    }

    function _checkAsset(uint256 asset) internal view {
        require(asset < _times.count, UnknownAsset(asset, _times.count));
    }

    /// @dev The base asset is the unit of the doors and stays.
    function _checkNotBase(uint256 asset) internal view {
        _checkAsset(asset);
        require(asset != 0, BaseAsset());
    }

    function _checkBounds(uint256 asset, uint256 weight) internal view {
        WeightBounds memory range = _bounds[asset];
        require(
            weight >= range.minWeight && weight <= range.maxWeight,
            WeightOutOfBounds(asset, weight, range.minWeight, range.maxWeight)
        );
    }

    function _checkBands(uint256 asset, uint256 band, uint256 hardBand, uint256 weight)
        internal
        pure
    {
        require(band != 0 && band <= hardBand && hardBand <= WAD, BadBands(asset, band, hardBand));
        require(weight == 0 || band <= weight, BandAboveWeight(asset, band, weight));
    }

    /* VIEWS */

    /// @inheritdoc IMandate
    function tokens() public view returns (address[] memory list) {
        list = new address[](_times.count);
        for (uint256 i; i < list.length; ++i) {
            list[i] = _tokens[i];
        }
    }

    /// @inheritdoc IMandate
    function targets() public view returns (uint256[] memory) {
        Times memory times = _times;
        return TargetSchedule.weightsAt(
            _rulesOf(times.count), times.scheduleStart, times.scheduleEnd, block.timestamp
        );
    }

    function _rulesOf(uint256 count) internal view returns (AssetRule[] memory rules) {
        rules = new AssetRule[](count);
        for (uint256 i; i < count; ++i) {
            rules[i] = _rules[i];
        }
    }

    /// @inheritdoc IMandate
    function rule(uint256 asset) external view returns (AssetRule memory) {
        _checkAsset(asset);
        return _rules[asset];
    }

    /// @inheritdoc IMandate
    function bounds(uint256 asset) external view returns (WeightBounds memory) {
        _checkAsset(asset);
        return _bounds[asset];
    }

    /// @inheritdoc IMandate
    function limits() external view returns (Limits memory) {
        return _limits;
    }

    /// @inheritdoc IMandate
    function schedule() external view returns (uint256 startsAt, uint256 endsAt) {
        return (_times.scheduleStart, _times.scheduleEnd);
    }

    /// @inheritdoc IMandate
    function routeAt(uint256 routeId) public view returns (Route memory) {
        _checkRoute(routeId);
        return _routes.read(routeId);
    }

    /// @inheritdoc IMandate
    function routeCount() external view returns (uint256) {
        return _routes.count;
    }

    /// @inheritdoc IMandate
    function pausedUntil() external view returns (uint256) {
        return _times.pausedUntil;
    }

    /// @inheritdoc IMandate
    function pauseReadyAt() external view returns (uint256) {
        return _times.pauseReadyAt;
    }

    /// @inheritdoc IMandate
    function weightsFrozen() external view returns (bool) {
        return _times.weightsFrozen;
    }
}
