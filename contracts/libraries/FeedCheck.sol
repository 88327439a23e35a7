// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAggregatorV3} from "../interfaces/external/IAggregatorV3.sol";
import {ComposedFeed, FeedConfig, IPriceOracle} from "../interfaces/IPriceOracle.sol";
import {WAD} from "../types/Types.sol";
import {BoundedCall} from "./BoundedCall.sol";
import {CompactBound} from "./CompactBound.sol";
import {FeedRound} from "./FeedRound.sol";

/// @title FeedCheck
/// @notice What a feed must keep before it is listed. Rounds bounds inward to what can be stored.
library FeedCheck {
    /// @notice Longest heartbeat, in seconds.
    uint256 internal constant MAX_HEARTBEAT = 3 days;

    /// @dev A price is `answer * 10 ** (54 - feed decimals - token decimals)`: 36 digits of
    /// `PRICE_SCALE` and 18 of WAD.
    uint256 private constant _SCALE_DECIMALS = 54;

    /// @dev Largest price: 16 holdings of 2^120 each still add up within 256 bits.
    uint256 private constant _MAX_PRICE = 2 ** 248;

    /// @notice Checks a feed that prices its token alone.
    /// @return exponent Power of ten from its answers to prices.
    function plain(FeedConfig memory config) internal view returns (uint256 exponent) {
        _checkLeg(config);
        exponent = _exponentOf(config.token, _decimalsOf(config.feed));
        _checkScale(config, 1, exponent);
    }

    /// @notice Checks two feeds that price their token together.
    /// @return exponent Power of ten from the product of their answers to prices.
    function composed(ComposedFeed memory config) internal view returns (uint256 exponent) {
        (FeedConfig memory base, FeedConfig memory quote) = (config.base, config.quote);
        require(base.token == quote.token, IPriceOracle.LegsOfTwoTokens(base.token, quote.token));
        require(base.feed != quote.feed, IPriceOracle.SameFeedTwice(base.feed));
        _checkLeg(base);
        _checkLeg(quote);
        uint256 deviation = uint256(base.deviation) + quote.deviation;
        require(deviation < WAD, IPriceOracle.BadDeviation(deviation, WAD));
        exponent = _exponentOf(base.token, _decimalsOf(base.feed) + _decimalsOf(quote.feed));
        _checkScale(base, quote.maxAnswer, exponent);
    }

    function _checkLeg(FeedConfig memory config) private pure {
        require(
            config.heartbeat != 0 && config.heartbeat <= MAX_HEARTBEAT,
            IPriceOracle.BadHeartbeat(config.heartbeat, MAX_HEARTBEAT)
        );
        require(
            config.deviation != 0 && config.deviation < WAD,
            IPriceOracle.BadDeviation(config.deviation, WAD)
        );
        uint256 minAnswer = CompactBound.unpack(CompactBound.packUp(config.minAnswer));
        uint256 maxAnswer = CompactBound.unpack(CompactBound.packDown(config.maxAnswer));
        // The least answer between the bounds is one above the lower.
        require(maxAnswer > minAnswer + 1, IPriceOracle.BadBounds(minAnswer, maxAnswer));
        // The upper one was rounded down, and the lower one is below it.
        // forge-lint: disable-next-line(unsafe-typecast)
        (config.minAnswer, config.maxAnswer) = (uint128(minAnswer), uint128(maxAnswer));
    }

    /// @dev No answers between the bounds may give a price that is too large.
    /// @param largestQuote Largest answer of the other leg; one if there is none.
    function _checkScale(FeedConfig memory config, uint256 largestQuote, uint256 exponent)
        private
        pure
    {
        require(
            config.maxAnswer <= _MAX_PRICE / 10 ** exponent / largestQuote,
            IPriceOracle.BadBounds(config.minAnswer, config.maxAnswer)
        );
    }

    function _exponentOf(address token, uint256 feedDecimals) private view returns (uint256) {
        uint256 tokenDecimals = _decimalsOf(token);
        require(
            tokenDecimals + feedDecimals <= _SCALE_DECIMALS,
            IPriceOracle.BadDecimals(tokenDecimals, feedDecimals)
        );
        return _SCALE_DECIMALS - tokenDecimals - feedDecimals;
    }

    function _decimalsOf(address target) private view returns (uint256 decimals) {
        require(target.code.length != 0, IPriceOracle.NoCode(target));
        bytes memory question = abi.encodeCall(IAggregatorV3.decimals, ());
        (bool ok, bytes memory answer) =
            BoundedCall.tryStatic(target, question, FeedRound.FEED_GAS, 32);
        require(ok && answer.length == 32, IPriceOracle.UnreadableDecimals(target));
        decimals = abi.decode(answer, (uint256));
        require(decimals <= type(uint8).max, IPriceOracle.UnreadableDecimals(target));
    }
}
