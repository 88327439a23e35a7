// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PriceReading, PriceStatus} from "../interfaces/IPriceOracle.sol";
import {FeedRound} from "./FeedRound.sol";
import {FeedWord} from "./FeedWord.sol";
import {TwapPool} from "./SecondSource.sol";
import {TickMean} from "./TickMean.sol";

/// @notice How a token is priced. What a price by one plain feed needs is in the first slot.
/// @param feed Its feed, of a composed one the base.
/// @param quote The quote of a composed feed.
/// @param deviation Of the feed, in WAD.
/// @param quoteDeviation Of the quote, in WAD.
/// @param second The second source, if the feed is marked to have one.
struct Pricing {
    FeedWord feed;
    FeedWord quote;
    uint64 deviation;
    uint64 quoteDeviation;
    TwapPool second;
}

/// @title Reading
/// @notice Reads prices in full: every source of a token, and of a price that cannot be used the
/// reason and the culprit. Never reverts.
library Reading {
    /// @notice How long a sequencer must have been up, in seconds.
    uint256 internal constant GRACE_PERIOD = 1 hours;

    /// @notice Reads the prices of `token`, or why there are none.
    /// @param sequencer What `ofSequencer` said.
    /// @param reading Where to; empty.
    function fill(
        mapping(address token => Pricing) storage pricingOf,
        address token,
        PriceReading memory sequencer,
        PriceReading memory reading
    ) internal view {
        uint256 price = _readFeeds(pricingOf[token], sequencer, reading);
        if (price == 0) return;
        uint256 second;
        if (pricingOf[token].feed.hasSecond()) {
            TwapPool memory pool = pricingOf[token].second;
            PriceReading memory quote;
            uint256 quotePrice = _readFeeds(pricingOf[pool.quote], sequencer, quote);
            if (quotePrice == 0) return _copyRefusal(quote, reading);
            second = _readPool(pool, quotePrice, price, reading);
            if (second == 0) return;
        }
        (reading.price, reading.second) = (price, second);
    }

    /// @dev The price by the feeds; zero, and a refusal in `reading`, if there is none.
    function _readFeeds(
        Pricing storage pricing,
        PriceReading memory sequencer,
        PriceReading memory reading
    ) private view returns (uint256 price) {
        FeedWord feed = pricing.feed;
        if (feed.source() == address(0)) {
            reading.status = PriceStatus.NoFeed;
        } else if (sequencer.status != PriceStatus.Ok) {
            _copyRefusal(sequencer, reading);
        } else {
            price = _readLeg(feed, reading);
            if (price != 0 && feed.isComposed()) price *= _readLeg(pricing.quote, reading);
        }
    }

    /// @dev The price by one feed; zero, and a refusal in `reading`, if it cannot be used.
    function _readLeg(FeedWord feed, PriceReading memory reading)
        private
        view
        returns (uint256 price)
    {
        address source = feed.source();
        (bool readable, int256 answer,, uint256 updatedAt) = FeedRound.latest(source);
        if (reading.updatedAt == 0 || updatedAt < reading.updatedAt) reading.updatedAt = updatedAt;
        price = feed.priceOf(answer, updatedAt);
        if (price != 0) return price;

        reading.source = source;
        (reading.status, reading.observed, reading.limit) =
            feed.whyRefused(readable, answer, updatedAt);
    }

    /// @dev The price by the pool; zero, and a refusal in `reading`, if it cannot be used. A price
    /// of nothing diverges.
    function _readPool(
        TwapPool memory pool,
        uint256 quotePrice,
        uint256 price,
        PriceReading memory reading
    ) private view returns (uint256) {
        (bool readable, uint256 second) = pool.meanPrice(quotePrice);
        uint256 divergence = TickMean.divergenceUp(price, second);
        if (readable && divergence <= pool.maxDivergence) return second;

        reading.source = pool.pool;
        if (!readable) reading.status = PriceStatus.Unreadable;
        else _refuse(reading, PriceStatus.Diverged, divergence, pool.maxDivergence);
        return 0;
    }

    /// @notice State of a sequencer by its uptime feed; usable where there is none to ask.
    function ofSequencer(address feed) internal view returns (PriceReading memory reading) {
        if (feed == address(0)) return reading;
        reading.source = feed;
        (, int256 answer, uint256 startedAt,) = FeedRound.latest(feed);
        if (answer != 0) {
            // Not negative.
            // forge-lint: disable-next-line(unsafe-typecast)
            _refuse(reading, PriceStatus.Sequencer, answer > 0 ? uint256(answer) : 0, 0);
            return reading;
        }
        // One that does not say since when, or that cannot be read, counts as just started.
        bool known = startedAt != 0 && startedAt <= block.timestamp;
        uint256 uptime = known ? block.timestamp - startedAt : 0;
        if (uptime <= GRACE_PERIOD) _refuse(reading, PriceStatus.Sequencer, uptime, GRACE_PERIOD);
    }

    function _copyRefusal(PriceReading memory from, PriceReading memory to) private pure {
        to.source = from.source;
        _refuse(to, from.status, from.observed, from.limit);
    }

    function _refuse(
        PriceReading memory reading,
        PriceStatus status,
        uint256 observed,
        uint256 limit
    ) private pure {
        (reading.status, reading.observed, reading.limit) = (status, observed, limit);
    }
}
