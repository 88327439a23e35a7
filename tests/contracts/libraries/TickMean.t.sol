// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {TickMean} from "../../../contracts/libraries/TickMean.sol";
import {MockToken} from "../../../contracts/mocks/MockToken.sol";
import {WAD} from "../../../contracts/types/Types.sol";
import {IPool, UniswapFixture} from "../fixtures/UniswapFixture.sol";

/// @notice A mean tick gives the price that the definition gives, and that real pools stand at.
contract TickMeanTest is UniswapFixture {
    /// @dev A quote price that leaves room above and digits below.
    uint256 internal constant QUOTE = 2 ** 120;
    int256 internal constant LAST = TickMean.MAX_TICK;

    /* AGAINST REAL POOLS */

    /// @dev A pool in tick t stands between 1.0001^t and 1.0001^(t+1).
    function testDiff_price_enclosesAPoolsOwnPrice(uint256 seed, bool quick) external {
        deployUniswap();
        uint160 root = quick
            ? uint160(bound(seed, 2 ** 80, 2 ** 112))
            : uint160(
                bound(
                    seed,
                    4_295_128_739,
                    1_461_446_703_485_210_103_287_273_052_203_988_822_378_723_970_341
                )
            );
        (int256 tick, uint256 squared) = _pool(root);

        uint256 low = TickMean.price(QUOTE, tick, 1);
        uint256 high = tick == LAST ? type(uint256).max : TickMean.price(QUOTE, tick + 1, 1);

        assertLe(low, squared + squared / 1e15 + 3, "tick is above the pool's price");
        assertGe(high + high / 1e15 + 3, squared, "next tick is below the pool's price");
    }

    /// @dev The pool's tick for a square root of price, and QUOTE times its square.
    function _pool(uint160 root) private returns (int256 tick, uint256 squared) {
        MockToken one = new MockToken("One", "ONE", 18);
        MockToken two = new MockToken("Two", "TWO", 18);
        IPool pool = IPool(factory.createPool(address(one), address(two), 3000));
        pool.initialize(root);
        (, tick,,,,,) = pool.slot0();
        squared = Math.mulDiv(Math.mulDiv(QUOTE, root, 2 ** 96), root, 2 ** 96);
    }

    /* AGAINST THE DEFINITION */

    /// @dev Ten thousandths multiplied one by one, with 220 bits of precision.
    function testDiff_price_isRepeatedMultiplication(int256 tick) external pure {
        tick = bound(tick, -2000, 2000);
        uint256 expected = 2 ** 220;
        for (int256 i; i < tick; ++i) {
            expected += expected / 10_000;
        }
        for (int256 i; i > tick; --i) {
            expected = Math.mulDiv(expected, 10_000, 10_001);
        }

        _assertNear(TickMean.price(2 ** 220, tick, 1), expected, 1e15);
    }

    /// @dev What the definition says of ticks that are too far to be reached one by one.
    function testFuzz_price_ofTwoTicksInARowIsThatOfTheirSum(int256 one, int256 two) external pure {
        one = bound(one, -LAST / 2, LAST / 2);
        two = bound(two, -LAST / 2, LAST / 2);
        uint256 sum = TickMean.price(2 ** 126, one + two, 1);

        uint256 inARow = TickMean.price(TickMean.price(2 ** 126, one, 1), two, 1);

        // Each is rounded to a whole number, and the first may be as small as 2^62.
        _assertNear(inARow, sum, 1e14);
    }

    function testFuzz_price_thereAndBackIsTheSame(int256 tick, uint256 quote) external pure {
        tick = bound(tick, 0, LAST);
        quote = bound(quote, 1e18, 2 ** 127);

        uint256 back = TickMean.price(TickMean.price(quote, tick, 1), -tick, 1);

        _assertNear(back, quote, 1e14);
    }

    /* BETWEEN TICKS */

    function testFuzz_price_risesWithTheSum(int256 sum, uint256 window) external pure {
        window = bound(window, 1, 4 hours);
        sum = bound(sum, -LAST * int256(window) / 4, LAST * int256(window) / 4 - 1);

        assertLe(TickMean.price(2 ** 200, sum, window), TickMean.price(2 ** 200, sum + 1, window));
    }

    function testFuzz_price_dependsOnlyOnTheMean(int256 tick, uint256 window) external pure {
        window = bound(window, 1, 4 hours);
        tick = bound(tick, -LAST, LAST);

        assertEq(
            TickMean.price(QUOTE, tick * int256(window), window), TickMean.price(QUOTE, tick, 1)
        );
    }

    /// @dev The chord lies above the curve by at most an eighth of a step squared: 1.3e-9. Half a
    /// tick twice is one tick.
    function testFuzz_price_ofHalfATickIsItsSquareRoot(int256 tick) external pure {
        tick = bound(tick, -100_000, 100_000) * 2 + 1;

        uint256 half = TickMean.price(QUOTE, tick, 2);

        uint256 product = TickMean.price(QUOTE, tick, 1);
        uint256 exact = Math.sqrt(product) * Math.sqrt(QUOTE);
        assertGe(half, exact - exact / 1e12);
        assertLe(half, exact + exact * 13 / 1e10);
    }

    /* EDGES */

    function test_price_isTheQuotesAtTickZero() external pure {
        assertEq(TickMean.price(12_345, 0, 600), 12_345);
    }

    function testFuzz_price_neverReverts(uint256 quote, int256 sum, uint256 window) external pure {
        window = bound(window, 1, 4 hours);
        sum = bound(sum, -LAST * int256(window), LAST * int256(window));

        TickMean.price(quote, sum, window);
    }

    function test_price_beyondAllNumbersIsTheLargest() external pure {
        assertEq(TickMean.price(2 ** 255, LAST, 1), type(uint256).max);
    }

    function test_mulDivCapped_capsFromTheFirstResultThatDoesNotFit() external pure {
        assertEq(TickMean.mulDivCapped(2 ** 255, 4, 2), type(uint256).max);
        assertEq(TickMean.mulDivCapped(2 ** 255, 4, 3), Math.mulDiv(2 ** 255, 4, 3));
    }

    /* DIVERGENCE */

    function testFuzz_divergenceUp_isTheDistanceInPartsOfTheFirst(uint256 first, uint256 second)
        external
        pure
    {
        (first, second) = (bound(first, 1, 2 ** 190), bound(second, 0, 2 ** 190));
        uint256 gap = first > second ? first - second : second - first;

        assertEq(
            TickMean.divergenceUp(first, second), Math.mulDiv(gap, WAD, first, Math.Rounding.Ceil)
        );
    }

    function testFuzz_divergenceUp_neverReverts(uint256 first, uint256 second) external pure {
        vm.assume(first != 0);

        TickMean.divergenceUp(first, second);
    }

    function _assertNear(uint256 found, uint256 expected, uint256 parts) private pure {
        assertApproxEqAbs(found, expected, expected / parts + 3);
    }
}
