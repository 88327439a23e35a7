// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {PriceReading, PriceStatus, TwapConfig} from "../../contracts/interfaces/IPriceOracle.sol";
import {TickMean} from "../../contracts/libraries/TickMean.sol";
import {PRICE_SCALE, WAD} from "../../contracts/types/Types.sol";
import {RawFeed} from "./fixtures/RawFeed.sol";
import {TwapFixture} from "./fixtures/TwapFixture.sol";

/// @notice A second source is the geometric mean of a real pool, and beyond its largest divergence
/// there is no price.
contract PriceOracleSecondTest is TwapFixture {
    /// @dev A pool's ticks are a ten thousandth apart.
    uint256 internal constant TICK = 0.000101e18;
    uint256 internal constant UNIT = 3000e18 * PRICE_SCALE / 1e18;

    /* THE MEAN */

    function testFuzz_second_isThePoolsPriceOnWhicheverSideTheTokenStands(bool tokenFirst)
        external
    {
        _listDollar(tokenFirst);
        pool = _pool(3000, OBSERVATIONS);
        _passTime(WINDOW);
        _setTwap();

        PriceReading memory reading = _reading();

        assertEq(reading.price, UNIT);
        assertApproxEqRel(reading.second, UNIT, TICK);
    }

    /// @dev Half of the window at a quarter more and half at a fifth less: their geometric mean is
    /// where they began; the arithmetic mean would be 2.5 % above.
    function testFuzz_second_isTheGeometricMeanOverTheWindow(bool tokenFirst) external {
        _listDollar(tokenFirst);
        pool = _pool(3000, OBSERVATIONS);
        _passTime(WINDOW);
        _setTwap();
        _movePoolTo(3750e8);
        _passTime(WINDOW / 2);
        _movePoolTo(2400e8);
        _passTime(WINDOW / 2);

        assertApproxEqRel(_reading().second, UNIT, TICK);
    }

    function testFuzz_second_followsThePriceOfWhatThePoolCountsIn(uint256 dollarAnswer) external {
        _setTwap();
        dollarAnswer = bound(dollarAnswer, 0.985e8, 1.015e8);
        dollarFeed.setRound(int256(dollarAnswer), block.timestamp, block.timestamp);

        assertApproxEqRel(_reading().second, UNIT * dollarAnswer / 1e8, TICK);
    }

    /// @dev What happens in the block of the reading weighs nothing, however large.
    function testFuzz_second_isNotMovedInsideOneBlock(uint256 price) external {
        _setTwap();
        uint256 before = _reading().second;

        _movePoolTo(bound(price, 100e8, 90_000e8));

        assertEq(_reading().second, before);
    }

    /// @dev With an observation in every second the oldest observation is just old enough.
    function test_second_canBeReadHoweverOftenThePoolIsUsed() external {
        _setTwap();

        for (uint256 i; i < 2 * WINDOW; ++i) {
            vm.warp(block.timestamp + 1);
            _nudge(pool);
        }
        _passTime(0);

        _assertStatus(PriceStatus.Ok);
    }

    /* PAIRS */

    function test_pricePairs_hasNoSecondPricesWhereNoTokenAskedForHasOne() external {
        _setTwap();
        address[] memory asked = new address[](2);
        (asked[0], asked[1]) = (address(dollar), address(dollar));

        (uint256[] memory first, uint256[] memory second) = oracle.pricePairs(asked);

        assertEq(first, oracle.prices(asked));
        assertEq(second.length, 0);
    }

    function test_pricePairs_repeatsTheFirstPriceWhereATokenHasNoSecond() external {
        _setTwap();
        address[] memory asked = new address[](4);
        (asked[0], asked[1], asked[2], asked[3]) =
        (address(dollar), address(token), address(dollar), address(token));

        (uint256[] memory first, uint256[] memory second) = oracle.pricePairs(asked);

        assertEq(first, oracle.prices(asked));
        assertEq(second.length, 4);
        assertEq(second[0], first[0]);
        assertEq(second[1], _reading().second);
        assertEq(second[2], first[2]);
        assertEq(second[3], second[1]);
        assertNotEq(second[1], first[1]);
    }

    /* DIVERGENCE */

    function testFuzz_prices_needTheSecondSourceToAgree(uint256 answer) external {
        _setTwap();
        uint256 second = _reading().second;
        answer = bound(answer, 2900e8, 3100e8);
        feed.setRound(int256(answer), block.timestamp, block.timestamp);

        uint256 price = answer * 10 ** 28;
        uint256 gap = price > second ? price - second : second - price;
        uint256 divergence = Math.mulDiv(gap, WAD, price, Math.Rounding.Ceil);
        if (divergence > MAX_DIVERGENCE) {
            _expectUnusable(address(pool), PriceStatus.Diverged, divergence, MAX_DIVERGENCE);
            assertEq(_reading().second, 0);
        } else {
            assertEq(oracle.prices(_tokens())[0], price);
            assertEq(_reading().second, second);
        }
    }

    function test_prices_areUsedUpToTheLargestDivergence() external {
        feed.setRound(3010e8, block.timestamp, block.timestamp);
        _setTwap();
        PriceReading memory reading = _reading();
        TwapConfig memory config = _twap();
        config.maxDivergence = uint64(TickMean.divergenceUp(reading.price, reading.second));

        vm.startPrank(OWNER);
        oracle.setSecondSource(config);
        assertEq(_reading().second, reading.second);

        uint256 observed = config.maxDivergence--;
        vm.expectRevert(
            _unavailable(
                address(token), address(pool), PriceStatus.Diverged, observed, observed - 1
            )
        );
        oracle.setSecondSource(config);
    }

    /// @dev A pool that was moved for long enough closes trading, up or down.
    function testFuzz_prices_areClosedByAPoolThatIsHeldAway(uint256 price) external {
        _setTwap();
        price = bound(price, 100e8, 90_000e8);
        vm.assume(price < 2900e8 || price > 3100e8);

        _movePoolTo(price);
        _passTime(WINDOW);

        _assertStatus(PriceStatus.Diverged);
    }

    /* FAILURES */

    function test_prices_nameTheFeedOfTheQuoteThatFailed() external {
        _setTwap();
        dollarFeed.setMode(RawFeed.Mode.Reverts);

        _expectUnusable(address(dollarFeed), PriceStatus.Unreadable, 0, 0);
    }

    function test_prices_nameTheFeedOfTheQuoteThatWentStale() external {
        _setTwap();
        dollarFeed.setRound(1e8, 1, block.timestamp - HEARTBEAT - 1);

        _expectUnusable(address(dollarFeed), PriceStatus.Stale, HEARTBEAT + 1, HEARTBEAT);
    }

    function test_prices_revertWhenThePoolHasNoCode() external {
        _setTwap();
        vm.etch(address(pool), "");

        _expectUnusable(address(pool), PriceStatus.Unreadable, 0, 0);
    }

    function test_prices_revertWhenThePoolReverts() external {
        _setTwap();
        vm.mockCallRevert(address(pool), "", "OLD");

        _expectUnusable(address(pool), PriceStatus.Unreadable, 0, 0);
    }

    function testFuzz_tryPrices_neverRevertsWhateverThePoolAnswers(int256 then, int256 today)
        external
    {
        _setTwap();
        if (then % 2 == 0) (then, today) = (then >> 200, today >> 200);
        vm.mockCall(
            address(pool), "", abi.encode(64, 160, 2, then, today, 2, uint256(0), uint256(0))
        );

        PriceReading memory reading = _reading();

        assertEq(reading.price == 0, reading.status != PriceStatus.Ok);
        assertEq(reading.second == 0, reading.status != PriceStatus.Ok);
    }

    /// @dev Sums that no pool keeps, and whose differences fit no number.
    function test_tryPrices_readsNothingIntoSumsTooFarApart() external {
        _checkUnreadable(type(int256).min, type(int256).max);
        _checkUnreadable(type(int256).max, type(int256).min);
        _checkUnreadable(type(int256).min, 0);
        _checkUnreadable(-1, type(int256).max);
    }

    /// @dev What a pool can keep at most, and the last ticks that it can have.
    function test_tryPrices_readsTheLastSumsAndTicks() external {
        int256 last = TickMean.MAX_TICK * int256(uint256(WINDOW));
        assertEq(uint8(_statusFor(0, last)), uint8(PriceStatus.Diverged));
        assertEq(uint8(_statusFor(0, -last)), uint8(PriceStatus.Diverged));
        assertEq(uint8(_statusFor(type(int56).max, type(int56).max)), uint8(PriceStatus.Diverged));
        assertEq(uint8(_statusFor(-type(int56).max, -type(int56).max)), uint8(PriceStatus.Diverged));
    }

    function _checkUnreadable(int256 then, int256 today) private {
        assertEq(uint8(_statusFor(then, today)), uint8(PriceStatus.Unreadable));
    }

    function _statusFor(int256 then, int256 today) private returns (PriceStatus status) {
        _setTwap();
        vm.mockCall(
            address(pool), "", abi.encode(64, 160, 2, then, today, 2, uint256(0), uint256(0))
        );
        status = _reading().status;
        vm.clearMockedCalls();
    }

    function testFuzz_prices_revertWhenTheMeanIsBeyondTheLastTick(int256 beyond) external {
        _setTwap();
        int256 largest = TickMean.MAX_TICK * int256(uint256(WINDOW));
        beyond = bound(beyond, largest + 1, type(int56).max);
        int256 sum = beyond % 2 == 0 ? beyond : -beyond;
        vm.mockCall(
            address(pool), "", abi.encode(64, 160, 2, int256(0), sum, 2, uint256(0), uint256(0))
        );

        _expectUnusable(address(pool), PriceStatus.Unreadable, 0, 0);
    }

    function testFuzz_prices_revertWhenThePoolAnswersTooLittle(bytes memory raw) external {
        vm.assume(raw.length < 256);
        _setTwap();
        vm.mockCall(address(pool), "", raw);

        _expectUnusable(address(pool), PriceStatus.Unreadable, 0, 0);
    }
}
