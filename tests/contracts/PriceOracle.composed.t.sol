// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    ComposedFeed,
    FeedConfig,
    IPriceOracle,
    PriceStatus,
    TwapConfig
} from "../../contracts/interfaces/IPriceOracle.sol";
import {MockToken} from "../../contracts/mocks/MockToken.sol";
import {PriceOracle} from "../../contracts/PriceOracle.sol";
import {PRICE_SCALE, WAD} from "../../contracts/types/Types.sol";
import {OracleFixture} from "./fixtures/OracleFixture.sol";
import {RawFeed} from "./fixtures/RawFeed.sol";

/// @notice Two feeds that are multiplied: each keeps its own rules, and the one that fails is
/// named.
contract PriceOracleComposedTest is OracleFixture {
    uint32 internal constant BASE_HEARTBEAT = 1 days;

    RawFeed internal base;

    function setUp() public override {
        super.setUp();
        base = new RawFeed(18);
        base.setRound(1.2e18, NOW, NOW);
        _set(_composed());
    }

    /// @dev 1.2 of what the fixture's feed prices at 3,000.
    function _composed() private view returns (ComposedFeed memory config) {
        config.quote = _config();
        config.base = FeedConfig({
            token: address(token),
            feed: address(base),
            heartbeat: BASE_HEARTBEAT,
            deviation: 0.02e18,
            minAnswer: 0.5e18,
            maxAnswer: 2e18
        });
    }

    function _set(ComposedFeed memory config) private {
        vm.prank(OWNER);
        oracle.setComposedFeed(config);
    }

    /* THE PRICE */

    function test_prices_areTheProduct() external view {
        assertEq(oracle.prices(_tokens())[0], 3600e18 * PRICE_SCALE / 1e18);
    }

    function testFuzz_prices_areExactWhateverTheDecimals(
        uint8[3] memory decimals,
        uint32 baseAnswer,
        uint32 quoteAnswer
    ) external {
        (decimals[0], decimals[1], decimals[2]) =
        (decimals[0] % 19, decimals[1] % 19, decimals[2] % 18);
        (baseAnswer, quoteAnswer) = (baseAnswer | 1, quoteAnswer | 1);
        ComposedFeed memory config = _composed();
        config.base.token = address(new MockToken("Any", "ANY", decimals[0]));
        config.quote.token = config.base.token;
        config.base.feed = _feed(decimals[1], baseAnswer);
        config.quote.feed = _feed(decimals[2], quoteAnswer);
        (config.base.minAnswer, config.base.maxAnswer) = (0, 5e9);
        (config.quote.minAnswer, config.quote.maxAnswer) = (0, 5e9);
        _set(config);
        token = MockToken(config.base.token);

        uint256 scale = 10 ** (54 - decimals[0] - decimals[1] - decimals[2]);
        assertEq(oracle.prices(_tokens())[0], uint256(baseAnswer) * quoteAnswer * scale);
    }

    function _feed(uint8 decimals, uint64 answer) private returns (address) {
        RawFeed made = new RawFeed(decimals);
        made.setRound(int256(uint256(answer)), NOW, NOW);
        return address(made);
    }

    function test_deviations_areAddedUp() external {
        address[] memory asked = new address[](2);
        (asked[0], asked[1]) = (address(token), makeAddr("unlisted"));

        uint256[] memory found = oracle.deviations(asked);

        assertEq(found[0], 0.025e18);
        assertEq(found[1], 0);
    }

    function testFuzz_tryPrices_reportTheOlderTime(uint256 baseAge, uint256 quoteAge) external {
        (baseAge, quoteAge) = (bound(baseAge, 0, BASE_HEARTBEAT), bound(quoteAge, 0, HEARTBEAT));
        base.setRound(1.2e18, 1, NOW - baseAge);
        feed.setRound(ANSWER, 1, NOW - quoteAge);

        uint256 older = baseAge > quoteAge ? baseAge : quoteAge;
        assertEq(oracle.tryPrices(_tokens())[0].updatedAt, NOW - older);
    }

    /* EACH LEG KEEPS ITS RULES */

    function testFuzz_prices_nameTheLegThatIsStale(uint256 baseAge, uint256 quoteAge) external {
        (baseAge, quoteAge) = (bound(baseAge, 0, 2 days), bound(quoteAge, 0, 2 hours));
        base.setRound(1.2e18, 1, NOW - baseAge);
        feed.setRound(ANSWER, 1, NOW - quoteAge);

        if (baseAge > BASE_HEARTBEAT) {
            _expectUnusable(address(base), PriceStatus.Stale, baseAge, BASE_HEARTBEAT);
        } else if (quoteAge > HEARTBEAT) {
            _expectUnusable(address(feed), PriceStatus.Stale, quoteAge, HEARTBEAT);
        } else {
            assertEq(oracle.prices(_tokens())[0], 3600e36);
        }
    }

    function testFuzz_prices_nameTheLegThatIsOutOfBounds(int256 baseAnswer, int256 quoteAnswer)
        external
    {
        if (baseAnswer % 2 == 0) baseAnswer = bound(baseAnswer, 0.4e18, 2.1e18);
        base.setRound(baseAnswer, NOW, NOW);
        feed.setRound(quoteAnswer, NOW, NOW);

        uint256 positive = baseAnswer > 0 ? uint256(baseAnswer) : 0;
        if (positive <= 0.5e18 || positive >= 2e18) {
            uint256 limit = positive <= 0.5e18 ? 0.5e18 : 2e18;
            _expectUnusable(address(base), PriceStatus.OutOfBounds, positive, limit);
            return;
        }
        positive = quoteAnswer > 0 ? uint256(quoteAnswer) : 0;
        if (positive <= MIN_ANSWER || positive >= MAX_ANSWER) {
            uint256 limit = positive <= MIN_ANSWER ? MIN_ANSWER : MAX_ANSWER;
            _expectUnusable(address(feed), PriceStatus.OutOfBounds, positive, limit);
        }
    }

    function test_prices_nameTheLegThatCannotBeRead() external {
        feed.setMode(RawFeed.Mode.Reverts);
        _expectUnusable(address(feed), PriceStatus.Unreadable, 0, 0);

        base.setMode(RawFeed.Mode.BurnsGas);
        _expectUnusable(address(base), PriceStatus.Unreadable, 0, 0);
    }

    /* SETTING */

    function test_setComposedFeed_emitsBothAndReportsThem() external {
        ComposedFeed memory config = _composed();

        vm.expectEmit(address(oracle));
        emit IPriceOracle.FeedSet(
            address(token), address(base), BASE_HEARTBEAT, 0.02e18, 0.5e18, 2e18
        );
        vm.expectEmit(address(oracle));
        emit IPriceOracle.QuoteFeedSet(
            address(token), address(feed), HEARTBEAT, DEVIATION, MIN_ANSWER, MAX_ANSWER
        );
        _set(config);

        assertEq(abi.encode(oracle.feedOf(address(token))), abi.encode(config.base));
        assertEq(abi.encode(oracle.quoteFeedOf(address(token))), abi.encode(config.quote));
    }

    function test_setFeed_replacesAComposedFeed() external {
        vm.prank(OWNER);
        oracle.setFeed(_config());

        FeedConfig memory none;
        assertEq(oracle.prices(_tokens())[0], 3000e36);
        assertEq(oracle.deviations(_tokens())[0], DEVIATION);
        assertEq(abi.encode(oracle.quoteFeedOf(address(token))), abi.encode(none));
    }

    function test_constructor_setsComposedFeeds() external {
        ComposedFeed[] memory composed = new ComposedFeed[](1);
        composed[0] = _composed();

        oracle =
            new PriceOracle(OWNER, address(0), new FeedConfig[](0), composed, new TwapConfig[](0));

        assertEq(oracle.prices(_tokens())[0], 3600e36);
    }

    function test_setComposedFeed_revertsWhenTheLegsAreOfTwoTokens() external {
        ComposedFeed memory config = _composed();
        config.quote.token = address(base);

        _expectRefusal(
            config,
            abi.encodeWithSelector(IPriceOracle.LegsOfTwoTokens.selector, token, address(base))
        );
    }

    function test_setComposedFeed_revertsWhenAFeedIsGivenTwice() external {
        ComposedFeed memory config = _composed();
        config.quote.feed = address(base);

        _expectRefusal(
            config, abi.encodeWithSelector(IPriceOracle.SameFeedTwice.selector, address(base))
        );
    }

    function test_setComposedFeed_revertsWhenTheDeviationsAddUpToEverything() external {
        ComposedFeed memory config = _composed();
        (config.base.deviation, config.quote.deviation) = (0.5e18, 0.5e18);

        _expectRefusal(config, abi.encodeWithSelector(IPriceOracle.BadDeviation.selector, WAD, WAD));
    }

    function test_setComposedFeed_checksEachLeg() external {
        ComposedFeed memory config = _composed();
        config.base.heartbeat = 0;
        _expectRefusal(
            config, abi.encodeWithSelector(IPriceOracle.BadHeartbeat.selector, 0, 3 days)
        );

        config = _composed();
        config.quote.heartbeat = 3 days + 1;
        _expectRefusal(
            config, abi.encodeWithSelector(IPriceOracle.BadHeartbeat.selector, 3 days + 1, 3 days)
        );

        config = _composed();
        config.quote.deviation = 0;
        _expectRefusal(config, abi.encodeWithSelector(IPriceOracle.BadDeviation.selector, 0, WAD));

        config = _composed();
        (config.quote.minAnswer, config.quote.maxAnswer) = (7, 8);
        _expectRefusal(config, abi.encodeWithSelector(IPriceOracle.BadBounds.selector, 7, 8));

        config = _composed();
        config.quote.feed = makeAddr("nobody");
        _expectRefusal(
            config, abi.encodeWithSelector(IPriceOracle.NoCode.selector, config.quote.feed)
        );
    }

    function test_setComposedFeed_revertsWhenAllDecimalsTogetherCannotBeScaled() external {
        ComposedFeed memory config = _composed();
        config.quote.feed = address(new RawFeed(19));

        _expectRefusal(config, abi.encodeWithSelector(IPriceOracle.BadDecimals.selector, 18, 37));
    }

    /// @dev 2^248 / 10^10 / 1e13 leaves 4.5e51 for the base, more than its 128 bits; with a whole
    /// token and whole feeds it leaves 4.5e20 for both together.
    function test_setComposedFeed_revertsWhenTheProductOfTheBoundsCannotBeScaled() external {
        ComposedFeed memory config = _composed();
        config.base.token = address(new MockToken("Whole", "WHL", 0));
        config.quote.token = config.base.token;
        (config.base.feed, config.quote.feed) = (_feed(0, 1e6), _feed(0, 1e6));
        (config.base.minAnswer, config.base.maxAnswer) = (1, 4.5231284e10);
        (config.quote.minAnswer, config.quote.maxAnswer) = (1, 1e10);
        _set(config);

        config.base.maxAnswer = 4.5231285e10;
        _expectRefusal(
            config, abi.encodeWithSelector(IPriceOracle.BadBounds.selector, 1, 4.5231285e10)
        );
    }

    function test_setComposedFeed_revertsWhenALegHasNoUsablePriceNow() external {
        feed.setRound(0, NOW, NOW);

        _expectRefusal(
            _composed(),
            _unavailable(address(token), address(feed), PriceStatus.OutOfBounds, 0, MIN_ANSWER)
        );
    }

    function testFuzz_setComposedFeed_revertsWhenNotOwner(address caller) external {
        vm.assume(caller != OWNER);

        vm.prank(caller);
        vm.expectRevert(abi.encodeWithSelector(IPriceOracle.NotAuthorized.selector, caller, OWNER));
        oracle.setComposedFeed(_composed());
    }

    function _expectRefusal(ComposedFeed memory config, bytes memory reason) private {
        bytes memory before = abi.encode(oracle.quoteFeedOf(address(token)));

        vm.expectRevert(reason);
        _set(config);

        assertEq(abi.encode(oracle.quoteFeedOf(address(token))), before);
    }
}
