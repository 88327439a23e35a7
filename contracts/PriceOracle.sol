// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    ComposedFeed,
    FeedConfig,
    IPriceOracle,
    PriceReading,
    PriceStatus,
    TwapConfig
} from "./interfaces/IPriceOracle.sol";
import {FeedCheck} from "./libraries/FeedCheck.sol";
import {FeedRound} from "./libraries/FeedRound.sol";
import {FeedWord, FeedWords} from "./libraries/FeedWord.sol";
import {Pricing, Reading} from "./libraries/Reading.sol";
import {SecondSource, TwapPool} from "./libraries/SecondSource.sol";

/// @title PriceOracle
/// @notice Prices of tokens from Chainlink-style feeds, all in one unit of account, and from
/// Uniswap V3 pools beside them.
///
/// # Trust
///
/// - **The owner** (a timelock) sets feeds and so sets prices. A false price makes the vault trade
///   badly inside its turnover bucket; it cannot stop an exit in kind.
/// - **A feed** is trusted between its bounds and within its heartbeat, no further: an answer may
///   lag the market by the feed's deviation, and whoever updates the feed may choose when.
/// - **A pool** is trusted with nothing. Whoever uses a pair of prices takes the one that is worse
///   for its caller, and beyond the largest divergence there is no price: whoever moves a pool can
///   stop vaults from trading, and gains nothing else.
/// - **Nobody** can turn a failure into another price. A feed that reverts, has no code, burns its
///   gas or answers too little or too much makes its price unusable; there is no fallback, so
///   starving a call of gas gains nothing.
///
/// # Feeds
///
/// Every feed must answer in the same unit of account, which no feed can prove: compare its
/// `description()` before listing it. Decimals of token and feed are read once, when the feed is
/// set, and must not change. On a rollup the sequencer must be up, and have been for
/// `GRACE_PERIOD`. A token may be priced by two feeds that are multiplied; each keeps its own
/// rules.
///
/// # Pools
///
/// Any fork of Uniswap V3 serves. A pool need not be from one given factory, since a false one
/// could only stop trading: pool and factory must name each other, and the event names the factory.
/// The pool's other token is worth what its feed says. A pool must keep one observation for every
/// block of its window; a block lasts 12 seconds on Ethereum and is taken to last one elsewhere.
///
/// # Liveness
///
/// While a price is unusable, vaults do not rebalance. Feeds cannot be set either unless they
/// answer with a usable price at that moment, nor pools unless they agree with the feed.
contract PriceOracle is IPriceOracle {
    /* CONSTANTS */

    /// @notice How long a sequencer must have been up, in seconds: feeds need time to catch up.
    uint256 public constant GRACE_PERIOD = Reading.GRACE_PERIOD;

    /// @notice Longest heartbeat, in seconds.
    uint256 public constant MAX_HEARTBEAT = FeedCheck.MAX_HEARTBEAT;

    /// @notice Gas that one feed may use; one that needs more cannot be read.
    uint256 public constant FEED_GAS = FeedRound.FEED_GAS;

    /* IMMUTABLES */

    /// @inheritdoc IPriceOracle
    address public immutable sequencerFeed;

    /* STORAGE */

    /// @inheritdoc IPriceOracle
    address public owner;
    /// @inheritdoc IPriceOracle
    address public pendingOwner;

    mapping(address token => Pricing) internal _pricingOf;

    /* CONSTRUCTOR */

    /// @notice Creates an oracle with its sources: whoever deploys it holds no role in it.
    /// @param firstOwner The owner.
    /// @param newSequencerFeed Uptime feed of the rollup's sequencer, for ever; zero where there is
    /// none. If there is one, it must say now that the sequencer is up.
    /// @param feeds Feeds to set.
    /// @param composedFeeds Composed feeds to set after them.
    /// @param twaps Second sources to set after those.
    constructor(
        address firstOwner,
        address newSequencerFeed,
        FeedConfig[] memory feeds,
        ComposedFeed[] memory composedFeeds,
        TwapConfig[] memory twaps
    ) {
        sequencerFeed = newSequencerFeed;
        _takeOwnership(firstOwner);
        if (newSequencerFeed != address(0)) {
            _requireOk(address(0), Reading.ofSequencer(sequencerFeed));
        }
        for (uint256 i; i < feeds.length; ++i) {
            _setFeed(feeds[i]);
        }
        for (uint256 i; i < composedFeeds.length; ++i) {
            _setComposedFeed(composedFeeds[i]);
        }
        for (uint256 i; i < twaps.length; ++i) {
            _setSecondSource(twaps[i]);
        }
    }

    modifier onlyOwner() {
        require(msg.sender == owner, NotAuthorized(msg.sender, owner));
        _;
    }

    /* PRICES */

    /// @inheritdoc IPriceOracle
    function prices(address[] calldata tokens) external view returns (uint256[] memory first) {
        (first,) = _pricePairs(tokens);
    }

    /// @inheritdoc IPriceOracle
    function pricePairs(address[] calldata tokens)
        external
        view
        returns (uint256[] memory first, uint256[] memory second)
    {
        return _pricePairs(tokens);
    }

    /// @dev A token with one plain feed is priced from one slot, without a reading in memory. All
    /// others, and whatever gives no price that way, are read in full.
    function _pricePairs(address[] calldata tokens)
        internal
        view
        returns (uint256[] memory first, uint256[] memory second)
    {
        first = new uint256[](tokens.length);
        PriceReading memory sequencer = Reading.ofSequencer(sequencerFeed);
        bool up = sequencer.status == PriceStatus.Ok;
        for (uint256 i; i < tokens.length; ++i) {
            FeedWord feed = _pricingOf[tokens[i]].feed;
            uint256 price = up && feed.isPlain() ? feed.currentPrice() : 0;
            if (price == 0) {
                second = _pairInFull(tokens[i], i, sequencer, first, second);
                continue;
            }
            first[i] = price;
            if (second.length != 0) second[i] = price;
        }
    }

    /// @dev Enters the prices of the token at `index`, or reverts. The second prices begin with the
    /// first token that has one.
    function _pairInFull(
        address token,
        uint256 index,
        PriceReading memory sequencer,
        uint256[] memory first,
        uint256[] memory second
    ) internal view returns (uint256[] memory) {
        PriceReading memory reading;
        Reading.fill(_pricingOf, token, sequencer, reading);
        _requireOk(token, reading);
        first[index] = reading.price;
        if (second.length == 0) {
            if (reading.second == 0) return second;
            second = new uint256[](first.length);
            for (uint256 i; i < index; ++i) {
                second[i] = first[i];
            }
        }
        second[index] = reading.second == 0 ? reading.price : reading.second;
        return second;
    }

    /// @inheritdoc IPriceOracle
    function tryPrices(address[] calldata tokens)
        external
        view
        returns (PriceReading[] memory readings)
    {
        readings = new PriceReading[](tokens.length);
        PriceReading memory sequencer = Reading.ofSequencer(sequencerFeed);
        for (uint256 i; i < tokens.length; ++i) {
            Reading.fill(_pricingOf, tokens[i], sequencer, readings[i]);
        }
    }

    function _requireOk(address token, PriceReading memory reading) internal pure {
        if (reading.status == PriceStatus.Ok) return;
        revert PriceUnavailable(
            token, reading.source, reading.status, reading.observed, reading.limit
        );
    }

    /* OWNER FUNCTIONS */

    /// @inheritdoc IPriceOracle
    function setFeed(FeedConfig calldata config) external onlyOwner {
        _setFeed(config);
    }

    /// @inheritdoc IPriceOracle
    function setComposedFeed(ComposedFeed calldata config) external onlyOwner {
        _setComposedFeed(config);
    }

    /// @inheritdoc IPriceOracle
    function setSecondSource(TwapConfig calldata config) external onlyOwner {
        _setSecondSource(config);
    }

    /// @inheritdoc IPriceOracle
    function removeSecondSource(address token) external onlyOwner {
        Pricing storage pricing = _pricingOf[token];
        require(pricing.feed.hasSecond(), NoSecondSource(token));
        emit SecondSourceRemoved(token, pricing.second.pool);
        pricing.feed = pricing.feed.markSecond(false);
        delete pricing.second;
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
        uint256 exponent = FeedCheck.plain(config);

        Pricing storage pricing = _pricingOf[config.token];
        bool hasSecond = pricing.feed.hasSecond();
        pricing.feed = FeedWords.pack(config, exponent, false).markSecond(hasSecond);
        pricing.quote = FeedWord.wrap(0);
        (pricing.deviation, pricing.quoteDeviation) = (config.deviation, 0);
        _emitFeedSet(config);
        _requireUsable(config.token);
    }

    function _setComposedFeed(ComposedFeed memory config) internal {
        (FeedConfig memory base, FeedConfig memory quote) = (config.base, config.quote);
        uint256 exponent = FeedCheck.composed(config);

        Pricing storage pricing = _pricingOf[base.token];
        bool hasSecond = pricing.feed.hasSecond();
        pricing.feed = FeedWords.pack(base, exponent, true).markSecond(hasSecond);
        pricing.quote = FeedWords.pack(quote, 0, false);
        (pricing.deviation, pricing.quoteDeviation) = (base.deviation, quote.deviation);
        _emitFeedSet(base);
        emit QuoteFeedSet(
            quote.token,
            quote.feed,
            quote.heartbeat,
            quote.deviation,
            quote.minAnswer,
            quote.maxAnswer
        );
        _requireUsable(base.token);
    }

    function _setSecondSource(TwapConfig memory config) internal {
        Pricing storage pricing = _pricingOf[config.token];
        require(pricing.feed.source() != address(0), NoFeedYet(config.token));
        (TwapPool memory source, address factory) = SecondSource.accept(config);
        require(_pricingOf[source.quote].feed.source() != address(0), NoFeedYet(source.quote));

        pricing.feed = pricing.feed.markSecond(true);
        pricing.second = source;
        emit SecondSourceSet(
            config.token, config.pool, factory, config.window, config.maxDivergence
        );
        _requireUsable(config.token);
    }

    function _requireUsable(address token) internal view {
        PriceReading memory reading;
        Reading.fill(_pricingOf, token, Reading.ofSequencer(sequencerFeed), reading);
        _requireOk(token, reading);
    }

    function _emitFeedSet(FeedConfig memory config) internal {
        emit FeedSet(
            config.token,
            config.feed,
            config.heartbeat,
            config.deviation,
            config.minAnswer,
            config.maxAnswer
        );
    }

    /* VIEWS */

    /// @inheritdoc IPriceOracle
    function deviations(address[] calldata tokens) external view returns (uint256[] memory found) {
        found = new uint256[](tokens.length);
        for (uint256 i; i < tokens.length; ++i) {
            Pricing storage pricing = _pricingOf[tokens[i]];
            found[i] = uint256(pricing.deviation) + pricing.quoteDeviation;
        }
    }

    /// @inheritdoc IPriceOracle
    function feedOf(address token) external view returns (FeedConfig memory) {
        return _configOf(token, _pricingOf[token].feed, _pricingOf[token].deviation);
    }

    /// @inheritdoc IPriceOracle
    function quoteFeedOf(address token) external view returns (FeedConfig memory) {
        return _configOf(token, _pricingOf[token].quote, _pricingOf[token].quoteDeviation);
    }

    /// @inheritdoc IPriceOracle
    function secondSourceOf(address token) external view returns (TwapConfig memory config) {
        TwapPool memory source = _pricingOf[token].second;
        if (source.pool == address(0)) return config;
        return TwapConfig({
            token: token,
            pool: source.pool,
            window: source.window,
            maxDivergence: source.maxDivergence
        });
    }

    function _configOf(address token, FeedWord feed, uint64 deviation)
        internal
        pure
        returns (FeedConfig memory config)
    {
        if (feed.source() == address(0)) return config;
        // Each of them was packed from as many bits.
        // forge-lint: disable-start(unsafe-typecast)
        return FeedConfig({
            token: token,
            feed: feed.source(),
            heartbeat: uint32(feed.heartbeat()),
            deviation: deviation,
            minAnswer: uint128(feed.minAnswer()),
            maxAnswer: uint128(feed.maxAnswer())
        });
        // forge-lint: disable-end(unsafe-typecast)
    }
}
