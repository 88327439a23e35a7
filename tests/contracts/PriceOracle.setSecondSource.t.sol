// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    ComposedFeed,
    FeedConfig,
    IPriceOracle,
    PriceStatus,
    TwapConfig
} from "../../contracts/interfaces/IPriceOracle.sol";
import {IUniswapV3PoolOracle} from "../../contracts/interfaces/external/IUniswapV3PoolOracle.sol";
import {MockToken} from "../../contracts/mocks/MockToken.sol";
import {PriceOracle} from "../../contracts/PriceOracle.sol";
import {RawFeed} from "./fixtures/RawFeed.sol";
import {SecondSource} from "../../contracts/libraries/SecondSource.sol";
import {TwapFixture} from "./fixtures/TwapFixture.sol";

/// @notice Only the owner sets second sources, and only real pools that remember long enough.
contract PriceOracleSetSecondSourceTest is TwapFixture {
    /* WHAT IS SET */

    function test_setSecondSource_emitsAndIsReported() external {
        vm.expectEmit(address(oracle));
        emit IPriceOracle.SecondSourceSet(
            address(token), address(pool), address(factory), WINDOW, MAX_DIVERGENCE
        );
        _setTwap();

        assertEq(abi.encode(oracle.secondSourceOf(address(token))), abi.encode(_twap()));
    }

    function test_secondSourceOf_isZeroForATokenWithoutOne() external view {
        TwapConfig memory none;

        assertEq(abi.encode(oracle.secondSourceOf(address(token))), abi.encode(none));
    }

    function test_setSecondSource_replaces() external {
        _setTwap();
        pool = _pool(500, 1201);
        _passTime(1200);
        TwapConfig memory config = _twap();
        (config.window, config.maxDivergence) = (1200, 0.01e18);

        vm.prank(OWNER);
        oracle.setSecondSource(config);

        assertEq(abi.encode(oracle.secondSourceOf(address(token))), abi.encode(config));
    }

    function test_removeSecondSource_leavesTheFeedAlone() external {
        _setTwap();
        uint256 price = _reading().price;

        vm.expectEmit(address(oracle));
        emit IPriceOracle.SecondSourceRemoved(address(token), address(pool));
        vm.prank(OWNER);
        oracle.removeSecondSource(address(token));

        TwapConfig memory none;
        assertEq(abi.encode(oracle.secondSourceOf(address(token))), abi.encode(none));
        assertEq(_reading().price, price);
        assertEq(_reading().second, 0);
        assertEq(abi.encode(oracle.feedOf(address(token))), abi.encode(_config()));
    }

    function test_setFeed_keepsTheSecondSource() external {
        _setTwap();
        uint256 second = _reading().second;

        vm.prank(OWNER);
        oracle.setFeed(_config());

        assertEq(_reading().second, second);
    }

    /// @dev 0.6 of what stands at 5,000.
    function test_setComposedFeed_keepsTheSecondSource() external {
        _setTwap();
        uint256 second = _reading().second;
        ComposedFeed memory config = ComposedFeed({base: _config(), quote: _config()});
        RawFeed part = new RawFeed(8);
        part.setRound(0.6e8, block.timestamp, block.timestamp);
        (config.base.feed, config.base.minAnswer, config.base.maxAnswer) =
        (address(part), 0.1e8, 1e8);
        feed.setRound(5000e8, block.timestamp, block.timestamp);

        vm.prank(OWNER);
        oracle.setComposedFeed(config);

        assertEq(_reading().price, 3000e36);
        assertEq(_reading().second, second);
    }

    function test_setFeed_isRefusedWhereTheSecondSourceDisagrees() external {
        _setTwap();
        feed.setRound(ANSWER * 2, block.timestamp, block.timestamp);

        vm.expectRevert(
            _unavailable(
                address(token),
                address(pool),
                PriceStatus.Diverged,
                _reading().observed,
                MAX_DIVERGENCE
            )
        );
        vm.prank(OWNER);
        oracle.setFeed(_config());
    }

    function test_constructor_setsSecondSourcesAfterTheFeeds() external {
        FeedConfig[] memory feeds = new FeedConfig[](2);
        (feeds[0], feeds[1]) = (_config(), oracle.feedOf(address(dollar)));
        TwapConfig[] memory twaps = new TwapConfig[](1);
        twaps[0] = _twap();

        oracle = new PriceOracle(OWNER, address(0), feeds, new ComposedFeed[](0), twaps);

        assertGt(_reading().second, 0);
    }

    /* HOW LONG A POOL REMEMBERS */

    function test_setSecondSource_revertsWhenOneObservationIsMissing() external {
        pool = _pool(500, OBSERVATIONS - 1);
        _passTime(WINDOW);

        _expectRefusal(
            _twap(),
            abi.encodeWithSelector(
                IPriceOracle.TooFewObservations.selector,
                address(pool),
                OBSERVATIONS - 1,
                OBSERVATIONS
            )
        );
    }

    /// @dev Why: with an observation in every second that pool forgets the window's beginning.
    function test_setSecondSource_wouldElseBeMadeUnreadable() external {
        pool = _pool(500, OBSERVATIONS - 1);
        for (uint256 i; i < WINDOW; ++i) {
            vm.warp(block.timestamp + 1);
            _nudge(pool);
        }

        uint32[] memory ago = new uint32[](2);
        ago[0] = WINDOW;
        vm.expectRevert(bytes("OLD"));
        IUniswapV3PoolOracle(address(pool)).observe(ago);
    }

    /// @dev 50 slots of 12 seconds, and one observation before them.
    function test_setSecondSource_asksForOneObservationASlotOnEthereum() external {
        vm.chainId(1);
        pool = _pool(500, 50);
        _passTime(WINDOW);
        _expectRefusal(
            _twap(),
            abi.encodeWithSelector(IPriceOracle.TooFewObservations.selector, address(pool), 50, 51)
        );

        // The place that was added is used once the others are.
        for (uint256 i; i < 50; ++i) {
            _grow(pool, 51);
        }
        _setTwap();
        for (uint256 i; i < 100; ++i) {
            vm.warp(block.timestamp + 12);
            _nudge(pool);
        }
        _passTime(0);
        _assertStatus(PriceStatus.Ok);
    }

    function test_setSecondSource_revertsWhenThePoolIsTooYoung() external {
        pool = _pool(500, OBSERVATIONS);
        _passTime(WINDOW - 2);

        _expectRefusal(
            _twap(), _unavailable(address(token), address(pool), PriceStatus.Unreadable, 0, 0)
        );
    }

    /* WHAT IS NO POOL */

    function test_setSecondSource_revertsWhenItIsNoContract() external {
        TwapConfig memory config = _twap();
        config.pool = makeAddr("nobody");
        _expectNoPool(config, address(0));

        config.pool = address(0);
        _expectNoPool(config, address(0));
    }

    function test_setSecondSource_revertsWhenItIsAnotherContract() external {
        TwapConfig memory config = _twap();
        config.pool = address(token);

        _expectNoPool(config, address(0));
    }

    /// @dev It answers all that a pool answers, but the factory knows the real one.
    function test_setSecondSource_revertsWhenTheFactoryDoesNotKnowIt() external {
        TwapConfig memory config = _twap();
        config.pool = makeAddr("copy");
        vm.etch(config.pool, address(pool).code);

        _expectNoPool(config, address(factory));
    }

    function test_setSecondSource_revertsWhenItNamesNoFactory() external {
        vm.mockCall(
            address(pool),
            abi.encodeCall(IUniswapV3PoolOracle.factory, ()),
            abi.encode(address(token))
        );

        _expectNoPool(_twap(), address(token));
    }

    function test_setSecondSource_revertsWhenItDoesNotSayWhatItKeeps() external {
        bytes memory question = abi.encodeCall(IUniswapV3PoolOracle.slot0, ());
        vm.mockCall(address(pool), question, abi.encode(1));
        _expectNoPool(_twap(), address(0));

        vm.mockCallRevert(address(pool), question, "");
        _expectNoPool(_twap(), address(0));
    }

    function test_setSecondSource_revertsWhenThePoolIsOfOtherTokens() external {
        TwapConfig memory config = _twap();
        MockToken other = new MockToken("Other", "OTH", 18);
        FeedConfig memory newFeed = _config();
        newFeed.token = config.token = address(other);
        vm.prank(OWNER);
        oracle.setFeed(newFeed);

        _expectRefusal(
            config,
            abi.encodeWithSelector(
                IPriceOracle.NotInPool.selector, other, pool.token0(), pool.token1()
            )
        );
    }

    /* WHAT IS OUT OF RANGE */

    function test_setSecondSource_acceptsTheLongestWindowAndTheWidestDivergence() external {
        vm.chainId(1);
        pool = _pool(500, uint16(SecondSource.MAX_WINDOW / 12 + 1));
        _passTime(SecondSource.MAX_WINDOW);
        TwapConfig memory config = _twap();
        config.window = uint32(SecondSource.MAX_WINDOW);
        config.maxDivergence = uint64(SecondSource.MAX_DIVERGENCE);

        vm.prank(OWNER);
        oracle.setSecondSource(config);

        assertEq(abi.encode(oracle.secondSourceOf(address(token))), abi.encode(config));
    }

    function testFuzz_setSecondSource_revertsWhenTheWindowIsOutOfRange(uint32 window) external {
        TwapConfig memory config = _twap();
        config.window = window % 2 == 0
            ? uint32(bound(window, 0, 10 minutes - 1))
            : uint32(bound(window, 4 hours + 1, type(uint32).max));

        _expectRefusal(
            config,
            abi.encodeWithSelector(
                IPriceOracle.BadWindow.selector, config.window, 10 minutes, 4 hours
            )
        );
    }

    function testFuzz_setSecondSource_revertsWhenTheDivergenceIsOutOfRange(uint64 divergence)
        external
    {
        TwapConfig memory config = _twap();
        config.maxDivergence = divergence <= 0.2e18 ? 0 : divergence;

        _expectRefusal(
            config,
            abi.encodeWithSelector(
                IPriceOracle.BadDivergence.selector, config.maxDivergence, 0.2e18
            )
        );
    }

    function test_setSecondSource_revertsWhenTheTokenHasNoFeed() external {
        TwapConfig memory config = _twap();
        config.token = makeAddr("unlisted");

        _expectRefusal(
            config, abi.encodeWithSelector(IPriceOracle.NoFeedYet.selector, config.token)
        );
    }

    function test_setSecondSource_revertsWhenTheOtherTokenHasNoFeed() external {
        oracle = new PriceOracle(
            OWNER, address(0), _one(_config()), new ComposedFeed[](0), new TwapConfig[](0)
        );

        _expectRefusal(
            _twap(), abi.encodeWithSelector(IPriceOracle.NoFeedYet.selector, address(dollar))
        );
    }

    function test_setSecondSource_revertsWhenItDisagreesNow() external {
        feed.setRound(ANSWER * 2, block.timestamp, block.timestamp);
        TwapConfig memory config = _twap();

        vm.prank(OWNER);
        vm.expectPartialRevert(IPriceOracle.PriceUnavailable.selector);
        oracle.setSecondSource(config);
    }

    function test_removeSecondSource_revertsWhenThereIsNone() external {
        vm.prank(OWNER);
        vm.expectRevert(
            abi.encodeWithSelector(IPriceOracle.NoSecondSource.selector, address(token))
        );
        oracle.removeSecondSource(address(token));
    }

    function testFuzz_secondSource_isTheOwnersAlone(address caller) external {
        vm.assume(caller != OWNER);
        bytes memory refusal =
            abi.encodeWithSelector(IPriceOracle.NotAuthorized.selector, caller, OWNER);

        vm.startPrank(caller);
        vm.expectRevert(refusal);
        oracle.setSecondSource(_twap());
        vm.expectRevert(refusal);
        oracle.removeSecondSource(address(token));
    }

    /* HELPERS */

    function _expectNoPool(TwapConfig memory config, address named) private {
        _expectRefusal(
            config, abi.encodeWithSelector(IPriceOracle.NotAPool.selector, config.pool, named)
        );
    }

    function _expectRefusal(TwapConfig memory config, bytes memory reason) private {
        vm.expectRevert(reason);
        vm.prank(OWNER);
        oracle.setSecondSource(config);

        assertEq(oracle.secondSourceOf(config.token).pool, address(0));
    }
}
