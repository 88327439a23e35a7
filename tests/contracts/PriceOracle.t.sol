// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    FeedConfig,
    IPriceOracle,
    PriceReading,
    PriceStatus
} from "../../contracts/interfaces/IPriceOracle.sol";
import {MockAggregator} from "../../contracts/mocks/MockAggregator.sol";
import {MockFeedProxy} from "../../contracts/mocks/MockFeedProxy.sol";
import {MockToken} from "../../contracts/mocks/MockToken.sol";
import {PRICE_SCALE, WAD} from "../../contracts/types/Types.sol";
import {OracleFixture} from "./fixtures/OracleFixture.sol";
import {RawFeed} from "./fixtures/RawFeed.sol";

/// @notice A price is used only if its feed keeps every rule, and is then exact.
contract PriceOracleTest is OracleFixture {
    /* A USABLE PRICE */

    function test_prices_scalesToWadPerSmallestUnit() external view {
        uint256 price = oracle.prices(_tokens())[0];

        assertEq(price, 3000e18 * PRICE_SCALE / 1e18);
    }

    function testFuzz_prices_valueOfOneTokenIsTheAnswer(
        uint8 tokenDecimals,
        uint8 feedDecimals,
        uint64 answer
    ) external {
        tokenDecimals = uint8(bound(tokenDecimals, 0, 36));
        feedDecimals = uint8(bound(feedDecimals, 0, 18));
        answer = uint64(bound(answer, 1, type(uint64).max));
        RawFeed anyFeed = new RawFeed(feedDecimals);
        anyFeed.setRound(int256(uint256(answer)), NOW, NOW);
        FeedConfig memory config = _config();
        config.token = address(new MockToken("Any", "ANY", tokenDecimals));
        config.feed = address(anyFeed);
        (config.minAnswer, config.maxAnswer) = (0, 2e19);
        vm.prank(OWNER);
        oracle.setFeed(config);

        address[] memory asked = new address[](1);
        asked[0] = config.token;
        uint256 value = 10 ** tokenDecimals * oracle.prices(asked)[0] / PRICE_SCALE;

        assertEq(value, answer * WAD / 10 ** feedDecimals);
    }

    function test_prices_keepsTheOrderAsked() external {
        (FeedConfig memory second, MockAggregator aggregator) = _proxiedFeed(6);
        aggregator.setAnswer(1e8, NOW);
        vm.prank(OWNER);
        oracle.setFeed(second);
        address[] memory asked = new address[](3);
        (asked[0], asked[1], asked[2]) = (second.token, address(token), second.token);

        uint256[] memory found = oracle.prices(asked);

        assertEq(found[0], 1e18 * PRICE_SCALE / 1e6);
        assertEq(found[1], 3000e18 * PRICE_SCALE / 1e18);
        assertEq(found[2], found[0]);
    }

    function test_prices_followsAProxyToItsNewAggregator() external {
        (FeedConfig memory config, MockAggregator aggregator) = _proxiedFeed(18);
        aggregator.setAnswer(1e8, NOW);
        vm.prank(OWNER);
        oracle.setFeed(config);
        MockAggregator next = new MockAggregator(8, "next");
        next.setAnswer(2e8, NOW);

        MockFeedProxy(config.feed).setAggregator(next);

        address[] memory asked = new address[](1);
        asked[0] = config.token;
        assertEq(oracle.prices(asked)[0], 2 * PRICE_SCALE);
    }

    function test_tryPrices_reportsPriceAndTime() external view {
        PriceReading memory reading = oracle.tryPrices(_tokens())[0];

        assertEq(reading.price, oracle.prices(_tokens())[0]);
        assertEq(reading.updatedAt, NOW);
        assertEq(uint8(reading.status), uint8(PriceStatus.Ok));
    }

    /* RULES OF A FEED */

    function test_prices_revertsWhenTokenHasNoFeed() external {
        token = new MockToken("Unlisted", "UNL", 18);

        _expectUnusable(address(0), PriceStatus.NoFeed, 0, 0);
    }

    function test_prices_revertsWhenFeedReverts() external {
        feed.setMode(RawFeed.Mode.Reverts);

        _expectUnusable(address(feed), PriceStatus.Unreadable, 0, 0);
    }

    function test_prices_revertsWhenFeedRevertsWithWhatLooksLikeARound() external {
        feed.setMode(RawFeed.Mode.RevertsWithItsAnswer);

        _expectUnusable(address(feed), PriceStatus.Unreadable, 0, 0);
    }

    function test_prices_revertsWhenFeedBurnsItsGas() external {
        feed.setMode(RawFeed.Mode.BurnsGas);

        _expectUnusable(address(feed), PriceStatus.Unreadable, 0, 0);
    }

    function test_prices_revertsWhenFeedLosesItsCode() external {
        vm.etch(address(feed), "");

        _expectUnusable(address(feed), PriceStatus.Unreadable, 0, 0);
    }

    function testFuzz_prices_revertsWhenAnswerIsShort(bytes memory raw) external {
        vm.assume(raw.length < 160);
        feed.setRaw(raw);

        _expectUnusable(address(feed), PriceStatus.Unreadable, 0, 0);
    }

    function testFuzz_tryPrices_neverRevertsWhateverTheFeedAnswers(bytes memory raw) external {
        feed.setRaw(raw);

        PriceReading memory reading = oracle.tryPrices(_tokens())[0];

        assertEq(reading.price == 0, reading.status != PriceStatus.Ok);
    }

    /// @dev Dirty ids would make Solidity's own decoder revert.
    function test_prices_ignoresDirtyRoundIds() external {
        uint256 dirty = type(uint256).max;
        feed.setRaw(abi.encode(dirty, ANSWER, NOW, NOW, dirty));

        assertEq(oracle.prices(_tokens())[0], 3000e18 * PRICE_SCALE / 1e18);
    }

    function test_prices_looksAtFiveWordsOfALongAnswer() external {
        feed.setRaw(abi.encode(1, ANSWER, NOW, NOW, 1, 2, 3, 4));

        assertEq(oracle.prices(_tokens())[0], 3000e18 * PRICE_SCALE / 1e18);
    }

    function test_tryPrices_paysNoMoreThanItsLimitForMegabytes() external {
        feed.setMode(RawFeed.Mode.AnswersMegabytes);

        uint256 before = gasleft();
        PriceReading memory reading = oracle.tryPrices(_tokens())[0];
        uint256 used = before - gasleft();

        assertEq(uint8(reading.status), uint8(PriceStatus.OutOfBounds));
        assertLt(used, oracle.FEED_GAS() + 20_000);
    }

    function testFuzz_prices_usesAnswersStrictlyBetweenTheBounds(int256 answer) external {
        feed.setRound(answer, NOW, NOW);
        uint256 observed = answer > 0 ? uint256(answer) : 0;

        if (observed <= MIN_ANSWER) {
            _expectUnusable(address(feed), PriceStatus.OutOfBounds, observed, MIN_ANSWER);
        } else if (observed >= MAX_ANSWER) {
            _expectUnusable(address(feed), PriceStatus.OutOfBounds, observed, MAX_ANSWER);
        } else {
            assertEq(oracle.prices(_tokens())[0], observed * 10 ** 28);
        }
    }

    function testFuzz_prices_acceptsAnswersInside(uint256 answer) external {
        answer = bound(answer, uint256(MIN_ANSWER) + 1, uint256(MAX_ANSWER) - 1);
        feed.setRound(int256(answer), NOW, NOW);

        assertEq(oracle.prices(_tokens())[0], answer * 10 ** 28);
    }

    function test_prices_revertsAtTheBounds() external {
        feed.setRound(int256(uint256(MIN_ANSWER)), NOW, NOW);
        _expectUnusable(address(feed), PriceStatus.OutOfBounds, MIN_ANSWER, MIN_ANSWER);

        feed.setRound(int256(uint256(MAX_ANSWER)), NOW, NOW);
        _expectUnusable(address(feed), PriceStatus.OutOfBounds, MAX_ANSWER, MAX_ANSWER);
    }

    function test_prices_revertsWhenAnswerIsZeroThoughTheMinimumIsZero() external {
        FeedConfig memory config = _config();
        config.minAnswer = 0;
        vm.prank(OWNER);
        oracle.setFeed(config);

        feed.setRound(0, NOW, NOW);
        _expectUnusable(address(feed), PriceStatus.OutOfBounds, 0, 0);
        feed.setRound(-1, NOW, NOW);
        _expectUnusable(address(feed), PriceStatus.OutOfBounds, 0, 0);
    }

    function testFuzz_prices_revertsWhenUpdatedInTheFuture(uint256 updatedAt) external {
        updatedAt = bound(updatedAt, NOW + 1, type(uint256).max);
        feed.setRound(ANSWER, NOW, updatedAt);

        _expectUnusable(address(feed), PriceStatus.FromTheFuture, updatedAt, NOW);
    }

    function testFuzz_prices_usesAnswersUpToTheHeartbeat(uint256 age) external {
        age = bound(age, 0, 2 * HEARTBEAT);
        feed.setRound(ANSWER, NOW - age, NOW - age);

        if (age > HEARTBEAT) {
            _expectUnusable(address(feed), PriceStatus.Stale, age, HEARTBEAT);
        } else {
            assertEq(oracle.prices(_tokens())[0], 3000e18 * PRICE_SCALE / 1e18);
        }
    }

    function test_prices_revertsOneSecondAfterTheHeartbeat() external {
        vm.warp(NOW + HEARTBEAT);
        oracle.prices(_tokens());

        vm.warp(NOW + HEARTBEAT + 1);
        _expectUnusable(address(feed), PriceStatus.Stale, HEARTBEAT + 1, HEARTBEAT);
    }

    /// @dev On a chain younger than the heartbeat, age alone would not tell.
    function test_prices_revertsWhenRoundWasNeverCompleted() external {
        vm.warp(100);
        feed.setRound(ANSWER, 0, 0);

        _expectUnusable(address(feed), PriceStatus.Stale, 100, HEARTBEAT);
    }

    function test_prices_revertsForTheFirstUnusableOfMany() external {
        address unlisted = makeAddr("unlisted");
        address[] memory asked = new address[](2);
        (asked[0], asked[1]) = (address(token), unlisted);

        vm.expectRevert(_unavailable(unlisted, address(0), PriceStatus.NoFeed, 0, 0));
        oracle.prices(asked);

        PriceReading[] memory readings = oracle.tryPrices(asked);
        assertEq(uint8(readings[0].status), uint8(PriceStatus.Ok));
        assertEq(uint8(readings[1].status), uint8(PriceStatus.NoFeed));
    }

    /// @dev Whatever gas a caller grants, the price is the right one or there is none: a starved
    /// feed opens no other way.
    function testFuzz_prices_starvedCallNeverYieldsAnotherPrice(uint256 gasLimit) external {
        gasLimit = bound(gasLimit, 3000, 60_000);
        bytes memory question = abi.encodeCall(IPriceOracle.prices, (_tokens()));

        (bool ok, bytes memory answer) = address(oracle).staticcall{gas: gasLimit}(question);

        uint256 price = ok ? abi.decode(answer, (uint256[]))[0] : 0;
        assertTrue(!ok || price == 3000e18 * PRICE_SCALE / 1e18);
    }
}
