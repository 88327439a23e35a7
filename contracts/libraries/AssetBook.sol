// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {AssetConfig, AssetRule, IMandate, WeightBounds} from "../interfaces/IMandate.sol";
import {MAX_ASSETS, WAD} from "../types/Types.sol";
import {TargetSchedule} from "./TargetSchedule.sol";

/// @notice Times of the schedule and of the pause, how many assets there are, and the worst fee of
/// a route: one slot, which every rebalance reads.
/// @param scheduleStart When the targets begin to move, in seconds.
/// @param scheduleEnd When they arrive, in seconds.
/// @param pausedUntil When trading goes on, in seconds.
/// @param pauseReadyAt When the guardian may pause again, in seconds.
/// @param weightsFrozen Whether the manager is kept from scheduling.
/// @param count How many assets there are.
/// @param worstFee Most that a route has charged when it was registered, in millionths, rounded up.
struct Times {
    uint40 scheduleStart;
    uint40 scheduleEnd;
    uint40 pausedUntil;
    uint40 pauseReadyAt;
    bool weightsFrozen;
    uint8 count;
    uint24 worstFee;
}

/// @notice The assets of a mandate and their rules, by index; the first is the base asset.
/// @param times Times, and how many assets there are.
/// @param tokens The assets.
/// @param rules Targets and bands.
/// @param bounds Where the manager may set a target.
/// @param writtenOff Tokens that are written off for ever, listed or not.
struct Assets {
    Times times;
    address[MAX_ASSETS] tokens;
    AssetRule[MAX_ASSETS] rules;
    WeightBounds[MAX_ASSETS] bounds;
    mapping(address token => bool) writtenOff;
}

/// @title AssetBook
/// @notice Changes a mandate's assets and their targets. Deployed once and linked, since the
/// mandate would not fit otherwise; what a rebalance reads is not behind the link.
library AssetBook {
    /// @notice Latest end of a schedule, in seconds from now.
    uint256 internal constant MAX_SCHEDULE = 5 * 365 days;

    /* LIST */

    /// @notice Lists the first assets; their weights sum to WAD.
    /// @param book The assets, none so far.
    /// @param configs What to list, in order.
    function create(Assets storage book, AssetConfig[] calldata configs) external {
        require(
            configs.length >= 2 && configs.length <= MAX_ASSETS,
            IMandate.BadAssetCount(configs.length, MAX_ASSETS)
        );
        uint256 sum;
        for (uint256 i; i < configs.length; ++i) {
            _append(book, configs[i]);
            sum += configs[i].weight;
        }
        require(sum == WAD, IMandate.WeightsDoNotSum(sum, WAD));
    }

    /// @notice Lists another asset, without a weight. See `IMandate.addAsset`.
    /// @param book The assets.
    /// @param config What to list.
    function add(Assets storage book, AssetConfig calldata config) external {
        uint256 count = book.times.count;
        require(count < MAX_ASSETS, IMandate.BadAssetCount(count + 1, MAX_ASSETS));
        require(config.weight == 0, IMandate.WeightNotZero(config.token, config.weight));
        checkWorth(book, config.token);
        _append(book, config);
    }

    /// @notice Removes an asset without a weight. See `IMandate.removeAsset`.
    /// @param book The assets.
    /// @param asset Its index.
    /// @return last Former index of the asset that has this index now.
    function remove(Assets storage book, uint256 asset) external returns (uint256 last) {
        _checkNotBase(book, asset);
        uint256 weight = Math.max(targetsOf(book)[asset], book.rules[asset].endWeight);
        require(weight == 0, IMandate.WeightNotZero(book.tokens[asset], weight));
        last = book.times.count - 1;
        book.tokens[asset] = book.tokens[last];
        book.rules[asset] = book.rules[last];
        book.bounds[asset] = book.bounds[last];
        delete book.tokens[last];
        // Less than it was.
        // forge-lint: disable-next-line(unsafe-typecast)
        book.times.count = uint8(last);
    }

    /// @notice Gives an asset's weight to the others, for ever. See `IMandate.writeOff`.
    /// @param book The assets.
    /// @param asset Its index.
    function writeOff(Assets storage book, uint256 asset) external {
        _checkNotBase(book, asset);
        address token = book.tokens[asset];
        checkWorth(book, token);
        book.writtenOff[token] = true;
        book.bounds[asset] = WeightBounds({minWeight: 0, maxWeight: 0});
        uint256[] memory held = _hold(book);
        uint256 rest = WAD - held[asset];
        held[asset] = 0;
        uint256 others;
        for (uint256 i = held.length - 1; i > 0; --i) {
            // The weights held change alike once the asset counts for nothing, so no drift comes of
            // it. Where nothing else has a weight, the base asset takes all.
            if (held[i] != 0) held[i] = Math.mulDiv(held[i], WAD, rest);
            others += held[i];
            _setWeight(book, i, held[i]);
        }
        _setWeight(book, 0, WAD - others);
        emit IMandate.AssetWriteOff(token, targetsOf(book));
    }

    function _append(Assets storage book, AssetConfig calldata config) private {
        require(config.token.code.length != 0, IMandate.NoCode(config.token));
        uint256 asset = book.times.count;
        for (uint256 i; i < asset; ++i) {
            require(book.tokens[i] != config.token, IMandate.DuplicateAsset(config.token));
        }
        _setBounds(book, asset, config.minWeight, config.maxWeight);
        _checkBounds(book, asset, config.weight);
        _checkBands(asset, config.band, config.hardBand, config.weight);
        book.tokens[asset] = config.token;
        book.rules[asset] = AssetRule({
            startWeight: config.weight,
            endWeight: config.weight,
            band: config.band,
            hardBand: config.hardBand
        });
        // At most MAX_ASSETS.
        // forge-lint: disable-next-line(unsafe-typecast)
        book.times.count = uint8(asset + 1);
        emit IMandate.AssetAdded(config.token, asset);
    }

    /* BANDS AND BOUNDS */

    /// @notice Replaces the bands of an asset. See `IMandate.setBands`.
    /// @param book The assets.
    /// @param asset Its index.
    /// @param newBand Distance from target at which the keeper tier opens, in WAD.
    /// @param newHardBand Distance from target at which the public tier opens, in WAD.
    function setBands(Assets storage book, uint256 asset, uint64 newBand, uint64 newHardBand)
        external
    {
        checkAsset(book, asset);
        AssetRule storage rule = book.rules[asset];
        _checkBands(asset, newBand, newHardBand, rule.endWeight);
        (rule.band, rule.hardBand) = (newBand, newHardBand);
        emit IMandate.BandsSet(book.tokens[asset], newBand, newHardBand);
    }

    /// @notice Replaces the bounds of an asset's target. See `IMandate.setBounds`.
    /// @param book The assets.
    /// @param asset Its index.
    /// @param newMinWeight Least target, in WAD.
    /// @param newMaxWeight Greatest target, in WAD.
    function setBounds(Assets storage book, uint256 asset, uint64 newMinWeight, uint64 newMaxWeight)
        external
    {
        checkAsset(book, asset);
        address token = book.tokens[asset];
        checkWorth(book, token);
        _setBounds(book, asset, newMinWeight, newMaxWeight);
        emit IMandate.BoundsSet(token, newMinWeight, newMaxWeight);
    }

    function _setBounds(Assets storage book, uint256 asset, uint64 minWeight, uint64 maxWeight)
        private
    {
        require(
            minWeight <= maxWeight && maxWeight <= WAD,
            IMandate.BadBounds(asset, minWeight, maxWeight)
        );
        book.bounds[asset] = WeightBounds({minWeight: minWeight, maxWeight: maxWeight});
    }

    /* SCHEDULE */

    /// @notice Moves the targets from where they are to `newTargets`. See
    /// `IMandate.scheduleTargets`.
    /// @param book The assets.
    /// @param newTargets Weights, in WAD, in the order of the assets.
    /// @param startsAt When the targets begin to move, in seconds; not in the past.
    /// @param endsAt When they arrive, in seconds.
    /// @param speed Largest change of the targets, in WAD per day.
    function schedule(
        Assets storage book,
        uint256[] calldata newTargets,
        uint256 startsAt,
        uint256 endsAt,
        uint256 speed
    ) external {
        uint256 count = book.times.count;
        require(newTargets.length == count, IMandate.LengthMismatch(newTargets.length, count));
        uint256 latest = block.timestamp + MAX_SCHEDULE;
        require(endsAt <= latest, IMandate.TimeTooFar(endsAt, latest));
        require(endsAt > startsAt, IMandate.ScheduleTooFast(0, 1));
        _hold(book);
        _setEnds(book, newTargets);
        // Both are at most MAX_SCHEDULE from now, hence far below 2^40.
        // forge-lint: disable-next-line(unsafe-typecast)
        (book.times.scheduleStart, book.times.scheduleEnd) = (uint40(startsAt), uint40(endsAt));
        _checkSpeed(book, speed);
        emit IMandate.TargetsScheduled(msg.sender, newTargets, startsAt, endsAt);
    }

    /// @notice Makes the targets of this moment the start and the end of the schedule.
    /// @param book The assets.
    function hold(Assets storage book) external {
        emit IMandate.ScheduleCancelled(msg.sender, _hold(book));
    }

    /// @notice Reverts if a schedule is running, or will be, that is faster than `speed`.
    /// @param book The assets.
    /// @param speed Largest change of the targets, in WAD per day.
    function checkSpeed(Assets storage book, uint256 speed) external view {
        if (block.timestamp < book.times.scheduleEnd) _checkSpeed(book, speed);
    }

    function _setEnds(Assets storage book, uint256[] calldata newTargets) private {
        uint256 sum;
        for (uint256 i; i < newTargets.length; ++i) {
            uint256 weight = newTargets[i];
            AssetRule storage rule = book.rules[i];
            _checkBounds(book, i, weight);
            _checkBands(i, rule.band, rule.hardBand, weight);
            // Within its bounds, hence at most WAD, hence below 2^64.
            // forge-lint: disable-next-line(unsafe-typecast)
            rule.endWeight = uint64(weight);
            sum += weight;
        }
        require(sum == WAD, IMandate.WeightsDoNotSum(sum, WAD));
    }

    /// @dev Over the whole schedule, since what is left of it is known only as far as weights are
    /// rounded.
    function _checkSpeed(Assets storage book, uint256 speed) private view {
        uint256 count = book.times.count;
        (uint256[] memory starts, uint256[] memory ends) =
            (new uint256[](count), new uint256[](count));
        for (uint256 i; i < count; ++i) {
            (starts[i], ends[i]) = (book.rules[i].startWeight, book.rules[i].endWeight);
        }
        uint256 distance = TargetSchedule.distanceUp(starts, ends);
        uint256 shortest = Math.mulDiv(distance, 1 days, speed, Math.Rounding.Ceil);
        uint256 duration = book.times.scheduleEnd - book.times.scheduleStart;
        require(duration >= shortest, IMandate.ScheduleTooFast(duration, shortest));
    }

    function _hold(Assets storage book) private returns (uint256[] memory held) {
        held = targetsOf(book);
        for (uint256 i; i < held.length; ++i) {
            _setWeight(book, i, held[i]);
        }
        uint40 time = uint40(block.timestamp);
        (book.times.scheduleStart, book.times.scheduleEnd) = (time, time);
    }

    function _setWeight(Assets storage book, uint256 asset, uint256 weight) private {
        AssetRule storage rule = book.rules[asset];
        // At most WAD, which is below 2^64.
        // forge-lint: disable-next-line(unsafe-typecast)
        (rule.startWeight, rule.endWeight) = (uint64(weight), uint64(weight));
    }

    /* CHECKS */

    /// @notice Reverts if no asset has this index.
    function checkAsset(Assets storage book, uint256 asset) internal view {
        uint256 count = book.times.count;
        require(asset < count, IMandate.UnknownAsset(asset, count));
    }

    /// @notice Reverts if the token is written off.
    function checkWorth(Assets storage book, address token) internal view {
        require(!book.writtenOff[token], IMandate.AssetWrittenOff(token));
    }

    /// @dev The base asset is the unit of the doors and stays.
    function _checkNotBase(Assets storage book, uint256 asset) private view {
        checkAsset(book, asset);
        require(asset != 0, IMandate.BaseAsset());
    }

    function _checkBounds(Assets storage book, uint256 asset, uint256 weight) private view {
        WeightBounds memory range = book.bounds[asset];
        require(
            weight >= range.minWeight && weight <= range.maxWeight,
            IMandate.WeightOutOfBounds(asset, weight, range.minWeight, range.maxWeight)
        );
    }

    function _checkBands(uint256 asset, uint256 band, uint256 hardBand, uint256 weight)
        private
        pure
    {
        require(
            band != 0 && band <= hardBand && hardBand <= WAD,
            IMandate.BadBands(asset, band, hardBand)
        );
        require(weight == 0 || band <= weight, IMandate.BandAboveWeight(asset, band, weight));
    }

    /* WHAT A REBALANCE READS */

    /// @notice The assets, by index.
    function tokensOf(Assets storage book) internal view returns (address[] memory list) {
        list = new address[](book.times.count);
        for (uint256 i; i < list.length; ++i) {
            list[i] = book.tokens[i];
        }
    }

    /// @notice Rules of the first `count` assets.
    function rulesOf(Assets storage book, uint256 count)
        internal
        view
        returns (AssetRule[] memory rules)
    {
        rules = new AssetRule[](count);
        for (uint256 i; i < count; ++i) {
            rules[i] = book.rules[i];
        }
    }

    /// @notice Target weights now, in WAD, summing to WAD.
    function targetsOf(Assets storage book) internal view returns (uint256[] memory) {
        Times memory times = book.times;
        return TargetSchedule.weightsAt(
            rulesOf(book, times.count), times.scheduleStart, times.scheduleEnd, block.timestamp
        );
    }
}
