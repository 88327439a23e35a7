// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAggregatorV3} from "./interfaces/external/IAggregatorV3.sol";
import {FeedConfig, IPriceOracle, PriceReading, PriceStatus} from "./interfaces/IPriceOracle.sol";
import {BoundedCall} from "./libraries/BoundedCall.sol";
import {WAD} from "./types/Types.sol";

/// @title PriceOracle
/// @notice Prices of tokens from Chainlink-style feeds, all in one unit of account.
///
/// # Trust
///
/// - **The owner** (a timelock) sets feeds and so sets prices. A false price makes the vault trade
///   badly inside its turnover bucket; it cannot stop an exit in kind.
/// - **A feed** is trusted between its bounds and within its heartbeat, no further: an answer may
///   lag the market by the feed's deviation, and whoever updates the feed may choose when.
/// - **Nobody** can turn a failure into another price. A feed that reverts, has no code, burns its
///   gas or answers too little or too much makes its price unusable; there is no fallback, so
///   starving a call of gas gains nothing.
///
/// # Feeds
///
/// Every feed must answer in the same unit of account, which no feed can prove: compare its
/// `description()` before listing it. Decimals of token and feed are read once, when the feed is
/// set, and must not change. On a rollup the sequencer must be up, and have been for `GRACE_PERIOD`.
///
/// # Liveness
///
/// While a price is unusable, vaults do not rebalance. Feeds cannot be set either unless they
/// answer with a usable price at that moment.
contract PriceOracle is IPriceOracle {
    /// @dev A feed as it is stored, in two slots: what one price costs depends on it.
    struct Feed {
        address source;
        uint24 heartbeat;
        uint64 deviation;
        uint8 exponent;
        uint128 minAnswer;
        uint128 maxAnswer;
    }

    /* CONSTANTS */

    /// @notice How long a sequencer must have been up, in seconds: feeds need time to catch up.
    uint256 public constant GRACE_PERIOD = 1 hours;

    /// @notice Longest heartbeat, in seconds.
    uint256 public constant MAX_HEARTBEAT = 3 days;

    /// @notice Gas that one feed may use; one that needs more cannot be read.
    uint256 public constant FEED_GAS = 500_000;

    /// @dev A price is `answer * 10 ** (54 - feed decimals - token decimals)`: 36 digits of
    /// `PRICE_SCALE` and 18 of WAD.
    uint256 internal constant _SCALE_DECIMALS = 54;

    /// @dev Largest price: 16 holdings of 2^120 each still add up within 256 bits.
    uint256 internal constant _MAX_PRICE = 2 ** 248;

    /// @dev Bytes of a round: five words. A feed must return that much; more is not looked at.
    uint256 internal constant _ROUND_SIZE = 160;

    /* IMMUTABLES */

    /// @inheritdoc IPriceOracle
    address public immutable sequencerFeed;

    /* STORAGE */

    /// @inheritdoc IPriceOracle
    address public owner;
    /// @inheritdoc IPriceOracle
    address public pendingOwner;

    mapping(address token => Feed) internal _feeds;

    /* CONSTRUCTOR */

    /// @notice Creates an oracle with its feeds: whoever deploys it holds no role in it.
    /// @param firstOwner The owner.
    /// @param newSequencerFeed Uptime feed of the rollup's sequencer, for ever; zero where there is
    /// none. If there is one, it must say now that the sequencer is up.
    /// @param feeds Feeds to set.
    constructor(address firstOwner, address newSequencerFeed, FeedConfig[] memory feeds) {
        sequencerFeed = newSequencerFeed;
        _takeOwnership(firstOwner);
        if (newSequencerFeed != address(0)) _requireUsable(address(0), _readSequencer());
        for (uint256 i; i < feeds.length; ++i) {
            _setFeed(feeds[i]);
        }
    }

    modifier onlyOwner() {
        require(msg.sender == owner, NotAuthorized(msg.sender, owner));
        _;
    }

    /* PRICES */

    /// @inheritdoc IPriceOracle
    function prices(address[] calldata tokens) external view returns (uint256[] memory) {
        return _prices(tokens);
    }

    /// @inheritdoc IPriceOracle
    function pricePairs(address[] calldata tokens)
        external
        view
        returns (uint256[] memory first, uint256[] memory second)
    {
        return (_prices(tokens), second);
    }

    function _prices(address[] calldata tokens) internal view returns (uint256[] memory found) {
        found = new uint256[](tokens.length);
        PriceReading memory sequencer = _readSequencer();
        PriceReading memory reading;
        for (uint256 i; i < tokens.length; ++i) {
            _read(tokens[i], sequencer, reading);
            _requireUsable(tokens[i], reading);
            found[i] = reading.price;
        }
    }

    /// @inheritdoc IPriceOracle
    function tryPrices(address[] calldata tokens)
        external
        view
        returns (PriceReading[] memory readings)
    {
        readings = new PriceReading[](tokens.length);
        PriceReading memory sequencer = _readSequencer();
        for (uint256 i; i < tokens.length; ++i) {
            _read(tokens[i], sequencer, readings[i]);
        }
    }

    function _requireUsable(address token, PriceReading memory reading) internal view {
        if (reading.status == PriceStatus.Ok) return;
        address feed =
            reading.status == PriceStatus.Sequencer ? sequencerFeed : _feeds[token].source;
        revert PriceUnavailable(token, feed, reading.status, reading.observed, reading.limit);
    }

    /// @dev Reads the price of `token`, or why there is none, into `reading`, which holds no refusal
    /// yet. One reading serves many tokens: what is copied in memory costs more than the rules do.
    function _read(address token, PriceReading memory sequencer, PriceReading memory reading)
        internal
        view
    {
        Feed memory feed = _feeds[token];
        if (feed.source == address(0)) return _refuse(reading, PriceStatus.NoFeed, 0, 0);
        if (sequencer.status != PriceStatus.Ok) {
            return _refuse(reading, sequencer.status, sequencer.observed, sequencer.limit);
        }
        (bool readable, int256 answer,, uint256 updatedAt) = _latestRound(feed.source);
        if (!readable) return _refuse(reading, PriceStatus.Unreadable, 0, 0);

        reading.updatedAt = updatedAt;
        _judge(feed, _positive(answer), updatedAt, reading);
    }

    /// @dev Applies the rules to an answer that could be read.
    function _judge(
        Feed memory feed,
        uint256 answer,
        uint256 updatedAt,
        PriceReading memory reading
    ) internal view {
        if (answer <= feed.minAnswer) {
            return _refuse(reading, PriceStatus.OutOfBounds, answer, feed.minAnswer);
        }
        if (answer >= feed.maxAnswer) {
            return _refuse(reading, PriceStatus.OutOfBounds, answer, feed.maxAnswer);
        }
        if (updatedAt > block.timestamp) {
            return _refuse(reading, PriceStatus.FromTheFuture, updatedAt, block.timestamp);
        }
        uint256 age = block.timestamp - updatedAt;
        // A round without a time was never completed, however young the chain is.
        if (age > feed.heartbeat || updatedAt == 0) {
            return _refuse(reading, PriceStatus.Stale, age, feed.heartbeat);
        }
        reading.price = answer * 10 ** feed.exponent;
    }

    /// @dev State of the sequencer; usable where there is none to ask.
    function _readSequencer() internal view returns (PriceReading memory reading) {
        if (sequencerFeed == address(0)) return reading;
        (, int256 answer, uint256 startedAt,) = _latestRound(sequencerFeed);
        if (answer != 0) {
            _refuse(reading, PriceStatus.Sequencer, _positive(answer), 0);
            return reading;
        }
        // One that does not say since when, or that cannot be read, counts as just started.
        bool known = startedAt != 0 && startedAt <= block.timestamp;
        uint256 uptime = known ? block.timestamp - startedAt : 0;
        if (uptime <= GRACE_PERIOD) _refuse(reading, PriceStatus.Sequencer, uptime, GRACE_PERIOD);
    }

    /// @dev Asks a feed for its latest round; never reverts. All zero unless it can be read.
    function _latestRound(address source)
        internal
        view
        returns (bool readable, int256 answer, uint256 startedAt, uint256 updatedAt)
    {
        bytes memory question = abi.encodeCall(IAggregatorV3.latestRoundData, ());
        (bool ok, bytes memory round) =
            BoundedCall.tryStatic(source, question, FEED_GAS, _ROUND_SIZE);
        if (!ok || round.length < _ROUND_SIZE) return (false, 0, 0, 0);
        // The ids are read as whole words: a dirty one must not make the decoder revert.
        (, answer, startedAt, updatedAt,) =
            abi.decode(round, (uint256, int256, uint256, uint256, uint256));
        readable = true;
    }

    function _refuse(
        PriceReading memory reading,
        PriceStatus status,
        uint256 observed,
        uint256 limit
    ) internal pure {
        (reading.status, reading.observed, reading.limit) = (status, observed, limit);
    }

    /// @dev `answer`, or zero if it is negative.
    function _positive(int256 answer) internal pure returns (uint256) {
        // Not negative.
        // forge-lint: disable-next-line(unsafe-typecast)
        return answer > 0 ? uint256(answer) : 0;
    }

    /* OWNER FUNCTIONS */

    /// @inheritdoc IPriceOracle
    function setFeed(FeedConfig calldata config) external onlyOwner {
        _setFeed(config);
    }

    /// @inheritdoc IPriceOracle
    function offerOwnership(address newOwner) external onlyOwner {
        pendingOwner = newOwner;
        emit OwnershipOffered(msg.sender, newOwner);
    }

    /// @inheritdoc IPriceOracle
    function acceptOwnership() external {
        require(msg.sender == pendingOwner, NotAuthorized(msg.sender, pendingOwner));
        _takeOwnership(msg.sender);
    }

    function _takeOwnership(address newOwner) internal {
        require(newOwner != address(0), ZeroAddress());
        owner = newOwner;
        pendingOwner = address(0);
        emit OwnershipTaken(newOwner);
    }

    function _setFeed(FeedConfig memory config) internal {
        require(
            config.heartbeat != 0 && config.heartbeat <= MAX_HEARTBEAT,
            BadHeartbeat(config.heartbeat, MAX_HEARTBEAT)
        );
        require(
            config.deviation != 0 && config.deviation < WAD, BadDeviation(config.deviation, WAD)
        );
        uint8 exponent = _exponentOf(config.token, config.feed);
        // The least answer between the bounds is one above the lower.
        require(
            config.maxAnswer > uint256(config.minAnswer) + 1
                && config.maxAnswer <= _MAX_PRICE / 10 ** exponent,
            BadBounds(config.minAnswer, config.maxAnswer)
        );

        _feeds[config.token] = Feed({
            source: config.feed,
            // At most MAX_HEARTBEAT.
            // forge-lint: disable-next-line(unsafe-typecast)
            heartbeat: uint24(config.heartbeat),
            deviation: config.deviation,
            exponent: exponent,
            minAnswer: config.minAnswer,
            maxAnswer: config.maxAnswer
        });
        emit FeedSet(
            config.token,
            config.feed,
            config.heartbeat,
            config.deviation,
            config.minAnswer,
            config.maxAnswer
        );

        PriceReading memory reading;
        _read(config.token, _readSequencer(), reading);
        _requireUsable(config.token, reading);
    }

    /// @dev Power of ten that turns an answer of `feed` into a price of `token`.
    function _exponentOf(address token, address feed) internal view returns (uint8) {
        uint256 tokenDecimals = _decimalsOf(token);
        uint256 feedDecimals = _decimalsOf(feed);
        require(
            tokenDecimals + feedDecimals <= _SCALE_DECIMALS,
            BadDecimals(tokenDecimals, feedDecimals)
        );
        // At most _SCALE_DECIMALS.
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint8(_SCALE_DECIMALS - tokenDecimals - feedDecimals);
    }

    function _decimalsOf(address target) internal view returns (uint256 decimals) {
        require(target.code.length != 0, NoCode(target));
        bytes memory question = abi.encodeCall(IAggregatorV3.decimals, ());
        (bool ok, bytes memory answer) = BoundedCall.tryStatic(target, question, FEED_GAS, 32);
        require(ok && answer.length == 32, UnreadableDecimals(target));
        decimals = abi.decode(answer, (uint256));
        require(decimals <= type(uint8).max, UnreadableDecimals(target));
    }

    /* VIEWS */

    /// @inheritdoc IPriceOracle
    function deviations(address[] calldata tokens) external view returns (uint256[] memory found) {
        found = new uint256[](tokens.length);
        for (uint256 i; i < tokens.length; ++i) {
            found[i] = _feeds[tokens[i]].deviation;
        }
    }

    /// @inheritdoc IPriceOracle
    function feedOf(address token) external view returns (FeedConfig memory config) {
        Feed memory feed = _feeds[token];
        if (feed.source == address(0)) return config;
        return FeedConfig({
            token: token,
            feed: feed.source,
            heartbeat: feed.heartbeat,
            deviation: feed.deviation,
            minAnswer: feed.minAnswer,
            maxAnswer: feed.maxAnswer
        });
    }
}
