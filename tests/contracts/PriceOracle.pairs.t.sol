// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    ComposedFeed,
    FeedConfig,
    IPriceOracle,
    PriceReading,
    PriceStatus,
    TwapConfig
} from "../../contracts/interfaces/IPriceOracle.sol";
import {MockToken} from "../../contracts/mocks/MockToken.sol";
import {PriceOracle} from "../../contracts/PriceOracle.sol";
import {RawFeed} from "./fixtures/RawFeed.sol";
import {TwapFixture} from "./fixtures/TwapFixture.sol";

/// @notice All three readers apply the same rules: what one reports, the others use or revert with.
contract PriceOraclePairsTest is TwapFixture {
    /// @dev The fixture's token has a second source, its dollar one plain feed, this a composed
    /// one.
    MockToken internal wrapped;
    RawFeed internal wrappedFeed;
    RawFeed internal sequencer;
    address[4] internal listed;
    /// @dev What the last fuzz run met: a test that never meets a price proves nothing.
    uint256 internal usable;

    function setUp() public override {
        super.setUp();
        wrapped = new MockToken("Wrapped", "WRP", 18);
        wrappedFeed = new RawFeed(18);
        wrappedFeed.setRound(1.2e18, block.timestamp, block.timestamp);
        sequencer = new RawFeed(0);
        sequencer.setRound(0, block.timestamp - 2 hours, block.timestamp);
        listed = [address(token), address(dollar), address(wrapped), makeAddr("unlisted")];
        _deploy();
    }

    function _deploy() private {
        FeedConfig[] memory feeds = new FeedConfig[](2);
        (feeds[0], feeds[1]) = (_config(), oracle.feedOf(address(dollar)));
        ComposedFeed[] memory composed = new ComposedFeed[](1);
        composed[0].base = FeedConfig({
            token: address(wrapped),
            feed: address(wrappedFeed),
            heartbeat: HEARTBEAT,
            deviation: DEVIATION,
            minAnswer: 1e18,
            maxAnswer: 2e18
        });
        composed[0].quote = _config();
        composed[0].quote.token = address(wrapped);
        TwapConfig[] memory twaps = new TwapConfig[](1);
        twaps[0] = _twap();
        oracle = new PriceOracle(OWNER, address(sequencer), feeds, composed, twaps);
    }

    /* WHATEVER THE FEEDS SAY */

    /// @dev Three bits of `luck` for each feed: most of the time all of them are well.
    function testFuzz_pricePairs_agreeWithTryPrices(
        uint256 luck,
        int256[4] memory answers,
        uint256[4] memory times,
        uint8[] memory picks
    ) external {
        _say(feed, luck, ANSWER, answers[0], times[0]);
        _say(dollarFeed, luck >> 8, 1e8, answers[1], times[1]);
        _say(wrappedFeed, luck >> 16, 1.2e18, answers[2], times[2]);
        if (luck >> 24 & 15 == 0) sequencer.setRound(answers[3], times[3], times[3]);

        _compare(_pick(picks));
    }

    function test_pricePairs_agreeWithTryPricesWhileAllIsWell() external {
        uint8[] memory picks = new uint8[](5);
        (picks[0], picks[1], picks[2], picks[3], picks[4]) = (1, 2, 0, 1, 2);

        _compare(_pick(picks));

        assertEq(usable, 5);
    }

    function _pick(uint8[] memory picks) private view returns (address[] memory asked) {
        asked = new address[](picks.length % 7);
        for (uint256 i; i < asked.length; ++i) {
            // One in 32 has no feed.
            asked[i] = listed[picks[i] >= 8 ? picks[i] % 3 : picks[i] % 4];
        }
    }

    function _say(RawFeed target, uint256 luck, int256 usual, int256 answer, uint256 time) private {
        uint256 kind = luck & 31;
        (int256 said, uint256 updatedAt) = (usual, block.timestamp);
        if (kind == 0) target.setMode(RawFeed.Mode.Reverts);
        if (kind == 1) said = answer;
        if (kind == 2) said = answer % (3 * usual);
        if (kind == 3) updatedAt = time;
        if (kind == 4) updatedAt = block.timestamp - HEARTBEAT - time % 2;
        if (kind == 5) updatedAt = block.timestamp + time % 2;
        if (kind == 6) updatedAt = 0;
        if (kind > 20) said = usual + usual * (answer % 100) / 10_000;
        target.setRound(said, updatedAt, updatedAt);
        if (kind == 7) target.setRaw(abi.encode(answer, answer, time, time));
    }

    /* COMPARISON */

    function _compare(address[] memory asked) private {
        PriceReading[] memory readings = oracle.tryPrices(asked);
        (uint256 broken, bool paired) = _summary(readings);
        if (broken < asked.length) {
            PriceReading memory reading = readings[broken];
            bytes memory refusal = _unavailable(
                asked[broken], reading.source, reading.status, reading.observed, reading.limit
            );
            vm.expectRevert(refusal);
            oracle.pricePairs(asked);
            vm.expectRevert(refusal);
            oracle.prices(asked);
            return;
        }
        (uint256[] memory first, uint256[] memory second) = oracle.pricePairs(asked);
        assertEq(oracle.prices(asked), first);
        assertEq(second.length, paired ? asked.length : 0);
        for (uint256 i; i < asked.length; ++i) {
            assertEq(first[i], readings[i].price);
            if (paired) assertEq(second[i], _or(readings[i].second, readings[i].price));
            ++usable;
        }
    }

    /// @dev Index of the first that cannot be used, and whether any has a second price.
    function _summary(PriceReading[] memory readings)
        private
        pure
        returns (uint256 broken, bool paired)
    {
        broken = readings.length;
        for (uint256 i = readings.length; i > 0; --i) {
            PriceReading memory reading = readings[i - 1];
            if (reading.status != PriceStatus.Ok) broken = i - 1;
            assertEq(reading.price == 0, reading.status != PriceStatus.Ok);
            if (reading.second != 0) paired = true;
        }
    }

    function _or(uint256 number, uint256 otherwise) private pure returns (uint256) {
        return number == 0 ? otherwise : number;
    }
}
