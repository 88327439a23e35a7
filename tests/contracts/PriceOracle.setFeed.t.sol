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
import {CompactBound} from "../../contracts/libraries/CompactBound.sol";
import {MockToken} from "../../contracts/mocks/MockToken.sol";
import {PriceOracle} from "../../contracts/PriceOracle.sol";
import {PRICE_SCALE, WAD} from "../../contracts/types/Types.sol";
import {OracleFixture} from "./fixtures/OracleFixture.sol";
import {RawFeed} from "./fixtures/RawFeed.sol";

/// @notice Only the owner sets feeds, and only feeds that can be trusted and read at that moment.
contract PriceOracleSetFeedTest is OracleFixture {
    /* WHAT IS SET */

    function test_feedOf_returnsWhatWasSet() external view {
        FeedConfig memory found = oracle.feedOf(address(token));

        assertEq(abi.encode(found), abi.encode(_config()));
    }

    function test_feedOf_isZeroForAnUnlistedToken() external {
        FeedConfig memory none;

        assertEq(abi.encode(oracle.feedOf(makeAddr("unlisted"))), abi.encode(none));
    }

    function test_setFeed_replacesAndEmits() external {
        FeedConfig memory config = _config();
        RawFeed next = new RawFeed(6);
        next.setRound(2000e6, NOW, NOW);
        (config.feed, config.minAnswer, config.maxAnswer) = (address(next), 1e6, 9000e6);

        vm.expectEmit(address(oracle));
        emit IPriceOracle.FeedSet(
            config.token, config.feed, HEARTBEAT, DEVIATION, config.minAnswer, config.maxAnswer
        );
        _set(config);

        assertEq(oracle.prices(_tokens())[0], 2000e18 * PRICE_SCALE / 1e18);
    }

    function testFuzz_setFeed_acceptsWhatIsInRange(uint32 heartbeat, uint64 deviation) external {
        FeedConfig memory config = _config();
        config.heartbeat = uint32(bound(heartbeat, 1, 3 days));
        config.deviation = uint64(bound(deviation, 1, WAD - 1));

        _set(config);

        assertEq(abi.encode(oracle.feedOf(config.token)), abi.encode(config));
    }

    function test_setFeed_acceptsTheEdges() external {
        FeedConfig memory config = _config();
        (config.heartbeat, config.deviation) = (3 days, uint64(WAD - 1));
        feed.setRound(3000, NOW, NOW);
        (config.minAnswer, config.maxAnswer) = (2999, 3001);

        _set(config);

        assertEq(abi.encode(oracle.feedOf(config.token)), abi.encode(config));
    }

    /* WHAT IS REFUSED */

    function test_setFeed_revertsJustBeyondTheEdges() external {
        FeedConfig memory config = _config();
        config.deviation = uint64(WAD);
        _expectRefusal(config, abi.encodeWithSelector(IPriceOracle.BadDeviation.selector, WAD, WAD));

        config = _config();
        (config.minAnswer, config.maxAnswer) = (100, 101);
        _expectRefusal(config, abi.encodeWithSelector(IPriceOracle.BadBounds.selector, 100, 101));
    }

    function testFuzz_setFeed_revertsWhenNotOwner(address caller) external {
        vm.assume(caller != OWNER);

        vm.prank(caller);
        vm.expectRevert(abi.encodeWithSelector(IPriceOracle.NotAuthorized.selector, caller, OWNER));
        oracle.setFeed(_config());
    }

    function test_setFeed_revertsWhenTokenHasNoCode() external {
        FeedConfig memory config = _config();
        config.token = makeAddr("nobody");

        _expectRefusal(config, abi.encodeWithSelector(IPriceOracle.NoCode.selector, config.token));
    }

    function test_setFeed_revertsWhenFeedHasNoCode() external {
        FeedConfig memory config = _config();
        config.feed = makeAddr("nobody");

        _expectRefusal(config, abi.encodeWithSelector(IPriceOracle.NoCode.selector, config.feed));
    }

    function testFuzz_setFeed_revertsWhenHeartbeatIsOutOfRange(uint32 heartbeat) external {
        FeedConfig memory config = _config();
        config.heartbeat =
            heartbeat % 2 == 0 ? 0 : uint32(bound(heartbeat, 3 days + 1, 2 ** 32 - 1));

        _expectRefusal(
            config,
            abi.encodeWithSelector(IPriceOracle.BadHeartbeat.selector, config.heartbeat, 3 days)
        );
    }

    function testFuzz_setFeed_revertsWhenDeviationIsOutOfRange(uint64 deviation) external {
        FeedConfig memory config = _config();
        config.deviation = deviation < WAD ? 0 : deviation;

        _expectRefusal(
            config,
            abi.encodeWithSelector(IPriceOracle.BadDeviation.selector, config.deviation, WAD)
        );
    }

    function testFuzz_setFeed_revertsWhenBoundsLeaveNoAnswer(uint128 minimum, uint128 maximum)
        external
    {
        FeedConfig memory config = _config();
        config.minAnswer = minimum;
        config.maxAnswer =
            uint128(bound(maximum, 0, uint256(minimum) + (minimum == type(uint128).max ? 0 : 1)));

        _expectRefusal(
            config,
            abi.encodeWithSelector(
                IPriceOracle.BadBounds.selector,
                CompactBound.unpack(CompactBound.packUp(config.minAnswer)),
                CompactBound.unpack(CompactBound.packDown(config.maxAnswer))
            )
        );
    }

    /// @dev Inward, so that no answer passes that the owner meant to refuse.
    function test_setFeed_roundsBoundsInwardAndSaysSo() external {
        FeedConfig memory config = _config();
        (config.minAnswer, config.maxAnswer) = (1_000_000_001, 9_999_999_999e6);

        vm.expectEmit(address(oracle));
        emit IPriceOracle.FeedSet(
            config.token, config.feed, HEARTBEAT, DEVIATION, 1_000_000_100, 99_999_999e8
        );
        _set(config);

        FeedConfig memory found = oracle.feedOf(config.token);
        assertEq(found.minAnswer, 1_000_000_100);
        assertEq(found.maxAnswer, 9_999_999_900_000_000);
    }

    function testFuzz_setFeed_letsNoAnswerPassBeyondTheBoundsAsked(
        uint128 minimum,
        uint128 maximum,
        uint128 answer
    ) external {
        FeedConfig memory config = _config();
        config.minAnswer = uint128(bound(minimum, 0, 299_999_999_999));
        config.maxAnswer = uint128(bound(maximum, 300_000_010_001, 1e18));
        if (config.minAnswer > 299_999_980_000) config.minAnswer = 299_999_980_000;
        _set(config);

        feed.setRound(int256(uint256(answer)), NOW, NOW);
        PriceReading memory reading = oracle.tryPrices(_tokens())[0];

        bool asked = answer > config.minAnswer && answer < config.maxAnswer;
        if (reading.status == PriceStatus.Ok) assertTrue(asked);
        bool wellInside = uint256(answer) > uint256(config.minAnswer) * 1.0000001e7 / 1e7 + 1
            && uint256(answer) < uint256(config.maxAnswer) * 0.9999999e7 / 1e7;
        if (wellInside) assertEq(uint8(reading.status), uint8(PriceStatus.Ok));
    }

    function test_setFeed_revertsWhenTheUpperBoundCannotBeScaled() external {
        FeedConfig memory config = _config();
        RawFeed whole = new RawFeed(0);
        whole.setRound(1000, NOW, NOW);
        config.token = address(new MockToken("Whole", "WHL", 0));
        (config.feed, config.minAnswer) = (address(whole), 1);
        uint256 largest = uint256(2 ** 248) / 1e54;

        config.maxAnswer = uint128(largest);
        _set(config);

        // The next that can be stored.
        largest = CompactBound.unpack(CompactBound.packUp(uint128(largest)));
        config.maxAnswer = uint128(largest);
        _expectRefusal(config, abi.encodeWithSelector(IPriceOracle.BadBounds.selector, 1, largest));
    }

    function testFuzz_setFeed_revertsWhenDecimalsCannotBeScaled(
        uint8 tokenDecimals,
        uint8 feedDecimals
    ) external {
        feedDecimals = uint8(bound(feedDecimals, tokenDecimals > 54 ? 0 : 55 - tokenDecimals, 255));
        FeedConfig memory config = _config();
        config.token = address(new MockToken("Fine", "FIN", tokenDecimals));
        config.feed = address(new RawFeed(feedDecimals));

        _expectRefusal(
            config,
            abi.encodeWithSelector(IPriceOracle.BadDecimals.selector, tokenDecimals, feedDecimals)
        );
    }

    function test_setFeed_revertsWhenDecimalsCannotBeRead() external {
        FeedConfig memory config = _config();
        config.token = address(this);

        _expectRefusal(
            config, abi.encodeWithSelector(IPriceOracle.UnreadableDecimals.selector, config.token)
        );
    }

    function test_setFeed_acceptsAllTheDecimalsThatPricesHave() external {
        FeedConfig memory config = _config();
        config.token = address(new MockToken("Fine", "FIN", 36));
        RawFeed fine = new RawFeed(18);
        fine.setRound(1e18, NOW, NOW);
        (config.feed, config.minAnswer, config.maxAnswer) = (address(fine), 1, 2e18);

        vm.prank(OWNER);
        oracle.setFeed(config);

        assertEq(oracle.feedOf(config.token).feed, address(fine));
    }

    function test_setFeed_doesNotBelieveDecimalsThatRevertOrAreCut() external {
        bytes memory reason =
            abi.encodeWithSelector(IPriceOracle.UnreadableDecimals.selector, address(token));
        vm.mockCallRevert(address(token), abi.encodeWithSignature("decimals()"), abi.encode(18));
        _expectRefusal(_config(), reason);

        vm.mockCall(address(token), abi.encodeWithSignature("decimals()"), hex"12");
        _expectRefusal(_config(), reason);
    }

    function test_setFeed_revertsWhenDecimalsAreAbsurd() external {
        vm.mockCall(address(token), abi.encodeWithSignature("decimals()"), abi.encode(256));

        _expectRefusal(
            _config(),
            abi.encodeWithSelector(IPriceOracle.UnreadableDecimals.selector, address(token))
        );
    }

    function test_setFeed_revertsWhenTheFeedHasNoUsablePriceNow() external {
        feed.setRound(ANSWER, NOW, NOW - HEARTBEAT - 1);

        _expectRefusal(
            _config(),
            _unavailable(address(token), address(feed), PriceStatus.Stale, HEARTBEAT + 1, HEARTBEAT)
        );
    }

    /* OWNERSHIP */

    function test_constructor_revertsWhenOwnerIsZero() external {
        vm.expectRevert(IPriceOracle.ZeroAddress.selector);
        new PriceOracle(
            address(0), address(0), _one(_config()), new ComposedFeed[](0), new TwapConfig[](0)
        );
    }

    function test_constructor_leavesTheDeployerWithoutARole() external view {
        assertEq(oracle.owner(), OWNER);
        assertEq(oracle.pendingOwner(), address(0));
    }

    function test_acceptOwnership_takesTwoSteps() external {
        address next = makeAddr("next");

        vm.expectEmit(address(oracle));
        emit IPriceOracle.OwnershipOffered(OWNER, next);
        vm.prank(OWNER);
        oracle.offerOwnership(next);
        assertEq(oracle.owner(), OWNER);
        assertEq(oracle.pendingOwner(), next);

        vm.expectEmit(address(oracle));
        emit IPriceOracle.OwnershipTaken(next);
        vm.prank(next);
        oracle.acceptOwnership();
        assertEq(oracle.owner(), next);
        assertEq(oracle.pendingOwner(), address(0));
    }

    function testFuzz_offerOwnership_revertsWhenNotOwner(address caller) external {
        vm.assume(caller != OWNER);

        vm.prank(caller);
        vm.expectRevert(abi.encodeWithSelector(IPriceOracle.NotAuthorized.selector, caller, OWNER));
        oracle.offerOwnership(caller);
    }

    function testFuzz_acceptOwnership_revertsWhenNotOffered(address caller) external {
        vm.assume(caller != address(0));

        vm.prank(caller);
        vm.expectRevert(
            abi.encodeWithSelector(IPriceOracle.NotAuthorized.selector, caller, address(0))
        );
        oracle.acceptOwnership();
    }

    function test_offerOwnership_ofNobodyWithdrawsTheOffer() external {
        address next = makeAddr("next");
        vm.startPrank(OWNER);
        oracle.offerOwnership(next);
        oracle.offerOwnership(address(0));
        vm.stopPrank();

        vm.prank(next);
        vm.expectRevert(
            abi.encodeWithSelector(IPriceOracle.NotAuthorized.selector, next, address(0))
        );
        oracle.acceptOwnership();
    }

    /* HELPERS */

    function _set(FeedConfig memory config) internal {
        vm.prank(OWNER);
        oracle.setFeed(config);
    }

    function _expectRefusal(FeedConfig memory config, bytes memory reason) internal {
        bytes memory before = abi.encode(oracle.feedOf(config.token));

        vm.expectRevert(reason);
        _set(config);

        assertEq(abi.encode(oracle.feedOf(config.token)), before);
    }
}

/// @notice On a rollup no price is used unless the sequencer has been up for the grace period.
contract PriceOracleSequencerTest is OracleFixture {
    RawFeed internal sequencer;

    function setUp() public override {
        super.setUp();
        sequencer = new RawFeed(0);
        sequencer.setRound(0, NOW - 2 hours, NOW - 2 hours);
        oracle = new PriceOracle(
            OWNER, address(sequencer), _one(_config()), new ComposedFeed[](0), new TwapConfig[](0)
        );
    }

    function test_sequencerFeed_isWhatWasNamed() external view {
        assertEq(oracle.sequencerFeed(), address(sequencer));
    }

    function test_prices_areUsedWhileTheSequencerIsUp() external view {
        assertEq(oracle.prices(_tokens())[0], 3000e18 * PRICE_SCALE / 1e18);
    }

    function testFuzz_prices_revertsWhenTheSequencerIsDown(int256 answer) external {
        vm.assume(answer != 0);
        sequencer.setRound(answer, NOW - 2 hours, NOW);

        _expectUnusable(
            address(sequencer), PriceStatus.Sequencer, answer > 0 ? uint256(answer) : 0, 0
        );
    }

    function testFuzz_prices_revertsInTheGracePeriod(uint256 uptime) external {
        uptime = bound(uptime, 0, 2 hours);
        sequencer.setRound(0, NOW - uptime, NOW - uptime);

        if (uptime <= 1 hours) {
            _expectUnusable(address(sequencer), PriceStatus.Sequencer, uptime, 1 hours);
        } else {
            assertEq(oracle.prices(_tokens())[0], 3000e18 * PRICE_SCALE / 1e18);
        }
    }

    function test_prices_revertsOneSecondBeforeTheGracePeriodEnds() external {
        sequencer.setRound(0, NOW - 1 hours, NOW - 1 hours);

        _expectUnusable(address(sequencer), PriceStatus.Sequencer, 1 hours, 1 hours);
        vm.warp(NOW + 1);
        oracle.prices(_tokens());
    }

    /// @dev Arbitrum's feed says so before its first round.
    function test_prices_revertsWhenTheSequencerNeverStarted() external {
        sequencer.setRound(0, 0, NOW);

        _expectUnusable(address(sequencer), PriceStatus.Sequencer, 0, 1 hours);
    }

    function testFuzz_prices_revertsWhenTheSequencerStartsInTheFuture(uint256 startedAt) external {
        sequencer.setRound(0, bound(startedAt, NOW + 1, type(uint256).max), NOW);

        _expectUnusable(address(sequencer), PriceStatus.Sequencer, 0, 1 hours);
    }

    function test_prices_revertsWhenTheSequencerFeedCannotBeRead() external {
        sequencer.setMode(RawFeed.Mode.Reverts);

        _expectUnusable(address(sequencer), PriceStatus.Sequencer, 0, 1 hours);
    }

    function test_tryPrices_tellsAMissingFeedFromADeadSequencer() external {
        sequencer.setRound(1, NOW, NOW);
        address[] memory asked = new address[](2);
        (asked[0], asked[1]) = (makeAddr("unlisted"), address(token));

        PriceReading[] memory readings = oracle.tryPrices(asked);

        assertEq(uint8(readings[0].status), uint8(PriceStatus.NoFeed));
        assertEq(uint8(readings[1].status), uint8(PriceStatus.Sequencer));
    }

    function test_constructor_revertsWhenTheSequencerIsNotUp() external {
        sequencer.setRound(1, NOW, NOW);

        vm.expectRevert(_unavailable(address(0), address(sequencer), PriceStatus.Sequencer, 1, 0));
        new PriceOracle(
            OWNER,
            address(sequencer),
            new FeedConfig[](0),
            new ComposedFeed[](0),
            new TwapConfig[](0)
        );
    }

    function test_constructor_revertsWhenTheSequencerFeedIsNoFeed() external {
        vm.expectRevert(_unavailable(address(0), address(token), PriceStatus.Sequencer, 0, 1 hours));
        new PriceOracle(
            OWNER, address(token), new FeedConfig[](0), new ComposedFeed[](0), new TwapConfig[](0)
        );
    }
}
