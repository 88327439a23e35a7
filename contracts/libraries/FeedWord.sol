// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {FeedConfig, PriceStatus} from "../interfaces/IPriceOracle.sol";
import {CompactBound} from "./CompactBound.sol";
import {FeedRound} from "./FeedRound.sol";

/// @notice All that a price needs of its feed, in one slot. From the lowest bit: source 160,
/// heartbeat 24, exponent 6, composed 1, has a second source 1, bounds 32 each. Zero is no feed.
type FeedWord is uint256;

using FeedWords for FeedWord global;

/// @title FeedWords
/// @notice Packs a feed, reads it, and applies the rules that its answer must keep.
library FeedWords {
    uint256 private constant _HEARTBEAT = 160;
    uint256 private constant _EXPONENT = 184;
    uint256 private constant _COMPOSED = 190;
    uint256 private constant _SECOND = 191;
    uint256 private constant _MIN_ANSWER = 192;
    uint256 private constant _MAX_ANSWER = 224;

    /* PACKING */

    /// @notice Packs a feed whose bounds are compact already.
    /// @param config The feed; its deviation is kept elsewhere.
    /// @param exponent Power of ten from an answer to a price, below 2^6.
    /// @param composed Whether a second leg turns the answer into the unit of account.
    function pack(FeedConfig memory config, uint256 exponent, bool composed)
        internal
        pure
        returns (FeedWord)
    {
        uint256 word = uint160(config.feed);
        word |= uint256(config.heartbeat) << _HEARTBEAT;
        word |= exponent << _EXPONENT;
        if (composed) word |= 1 << _COMPOSED;
        word |= uint256(CompactBound.packUp(config.minAnswer)) << _MIN_ANSWER;
        word |= uint256(CompactBound.packDown(config.maxAnswer)) << _MAX_ANSWER;
        return FeedWord.wrap(word);
    }

    /// @notice The same feed, with or without a second source.
    function markSecond(FeedWord feed, bool present) internal pure returns (FeedWord) {
        uint256 word = FeedWord.unwrap(feed) & ~(uint256(1) << _SECOND);
        return FeedWord.wrap(present ? word | 1 << _SECOND : word);
    }

    /// @notice The feed's proxy; zero if there is no feed.
    function source(FeedWord feed) internal pure returns (address) {
        // The upper bits are meant to go.
        // forge-lint: disable-next-line(unsafe-typecast)
        return address(uint160(FeedWord.unwrap(feed)));
    }

    /// @notice Oldest accepted age of an answer, in seconds.
    function heartbeat(FeedWord feed) internal pure returns (uint256) {
        return FeedWord.unwrap(feed) >> _HEARTBEAT & 0xffffff;
    }

    /// @notice Answers must be above this, in the feed's decimals.
    function minAnswer(FeedWord feed) internal pure returns (uint256) {
        return CompactBound.unpack(FeedWord.unwrap(feed) >> _MIN_ANSWER & 0xffffffff);
    }

    /// @notice Answers must be below this, in the feed's decimals.
    function maxAnswer(FeedWord feed) internal pure returns (uint256) {
        return CompactBound.unpack(FeedWord.unwrap(feed) >> _MAX_ANSWER);
    }

    /// @notice Whether a second leg turns the answer into the unit of account.
    function isComposed(FeedWord feed) internal pure returns (bool) {
        return FeedWord.unwrap(feed) >> _COMPOSED & 1 != 0;
    }

    /// @notice Whether a second source stands beside the feed.
    function hasSecond(FeedWord feed) internal pure returns (bool) {
        return FeedWord.unwrap(feed) >> _SECOND & 1 != 0;
    }

    /// @notice Whether the price is the answer of this feed and nothing else.
    function isPlain(FeedWord feed) internal pure returns (bool) {
        return FeedWord.unwrap(feed) >> _COMPOSED & 3 == 0;
    }

    /* RULES */

    /// @notice The price by this feed at this moment; zero if it cannot be used. Never reverts.
    function currentPrice(FeedWord feed) internal view returns (uint256) {
        (, int256 answer,, uint256 updatedAt) = FeedRound.latest(feed.source());
        return feed.priceOf(answer, updatedAt);
    }

    /// @notice The answer, scaled, if it keeps every rule; else zero.
    /// @dev The only place where a price comes from. A negative answer, read as a number without a
    /// sign, is above every bound; a time in the future gives an age beyond every heartbeat.
    function priceOf(FeedWord feed, int256 answer, uint256 updatedAt)
        internal
        view
        returns (uint256)
    {
        // Scaled it is at most 2^248: see `PriceOracle`.
        unchecked {
            // forge-lint: disable-next-line(unsafe-typecast)
            uint256 number = uint256(answer);
            if (number <= feed.minAnswer() || number >= feed.maxAnswer()) return 0;
            // A round without a time was never completed, however young the chain is.
            if (block.timestamp - updatedAt > feed.heartbeat() || updatedAt == 0) return 0;
            return number * 10 ** (FeedWord.unwrap(feed) >> _EXPONENT & 0x3f);
        }
    }

    /// @notice The first rule that a refused round breaks; see `PriceReading`.
    function whyRefused(FeedWord feed, bool readable, int256 answer, uint256 updatedAt)
        internal
        view
        returns (PriceStatus status, uint256 observed, uint256 limit)
    {
        if (!readable) return (PriceStatus.Unreadable, 0, 0);
        // Not negative.
        // forge-lint: disable-next-line(unsafe-typecast)
        observed = answer > 0 ? uint256(answer) : 0;
        limit = feed.minAnswer();
        if (observed <= limit) return (PriceStatus.OutOfBounds, observed, limit);
        limit = feed.maxAnswer();
        if (observed >= limit) return (PriceStatus.OutOfBounds, observed, limit);
        if (updatedAt > block.timestamp) {
            return (PriceStatus.FromTheFuture, updatedAt, block.timestamp);
        }
        return (PriceStatus.Stale, block.timestamp - updatedAt, feed.heartbeat());
    }
}
