// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice What the market needs of a feed's aggregator.
interface IMarketAggregator {
    /// @notice Publishes an answer.
    function setAnswer(int256 answer, uint256 updatedAt) external;
}

/// @notice What the market needs of a token: the right to print it.
interface IMarketToken {
    /// @notice Creates `amount` of the token, in its smallest unit, for `receiver`.
    function mint(address receiver, uint256 amount) external;
}

/// @notice What the market needs of a Uniswap V3 pool.
interface IMarketPool {
    /// @notice First token of the pair.
    function token0() external view returns (address);
    /// @notice Second token of the pair.
    function token1() external view returns (address);
    /// @notice State of the pool; only the price is used here.
    function slot0()
        external
        view
        returns (uint160 sqrtPriceX96, int24, uint16, uint16, uint16, uint8, bool);
    /// @notice Swaps until the amount is used up or the price limit is reached.
    function swap(
        address recipient,
        bool zeroForOne,
        int256 amountSpecified,
        uint160 sqrtPriceLimitX96,
        bytes calldata data
    ) external returns (int256 amount0, int256 amount1);
}

/// @title Market
/// @notice The world outside a vault, on a local chain: it publishes feed answers as real feeds do
/// and arbitrages every pool to the true price, everything in one transaction per step.
///
/// Trust model: none. Anyone may call anything here, and the tokens can be printed by anyone. For
/// tests and the local chain only.
contract Market {
    /// @notice A feed and what it published last.
    /// @param aggregator Where answers are published.
    /// @param heartbeat Longest time between two answers, in seconds.
    /// @param deviation Move since the last answer at which a new one is published, in WAD.
    /// @param answer Last answer, in the feed's decimals; 0 before the first.
    /// @param updatedAt When it was published, in seconds.
    struct Feed {
        IMarketAggregator aggregator;
        uint32 heartbeat;
        uint64 deviation;
        int192 answer;
        uint64 updatedAt;
    }

    /// @notice A pool and its tokens.
    struct Pool {
        IMarketPool pool;
        IMarketToken token0;
        IMarketToken token1;
    }

    /// @notice The arrays of a step do not match the feeds or pools that were added.
    error LengthMismatch(uint256 length, uint256 expected);
    /// @notice A true price is above zero and fits a feed.
    error BadAnswer(uint256 feed, int256 answer);

    /* CONSTANTS */

    /// @dev One, as a fraction.
    int256 private constant _WAD = 1e18;

    /* STORAGE */

    /// @notice The feeds, in the order in which they were added.
    Feed[] public feeds;
    /// @notice The pools, in the order in which they were added.
    Pool[] public pools;

    /* SETUP */

    /// @notice Adds a feed. It publishes at the next step, whatever its deviation.
    /// @param aggregator Where answers are published; it must let this contract set them.
    /// @param heartbeat Longest time between two answers, in seconds.
    /// @param deviation Move at which an answer is published before its heartbeat, in WAD.
    function addFeed(IMarketAggregator aggregator, uint32 heartbeat, uint64 deviation) external {
        feeds.push(
            Feed({
                aggregator: aggregator,
                heartbeat: heartbeat,
                deviation: deviation,
                answer: 0,
                updatedAt: 0
            })
        );
    }

    /// @notice Adds a Uniswap V3 pool whose two tokens anyone may mint.
    function addPool(IMarketPool pool) external {
        pools.push(
            Pool({
                pool: pool, token0: IMarketToken(pool.token0()), token1: IMarketToken(pool.token1())
            })
        );
    }

    /* ONE STEP */

    /// @notice Moves feeds and pools to the true prices of this moment.
    /// @dev A feed publishes if its heartbeat has passed or the true price is at least its
    /// deviation away from its last answer. A pool whose price is inside its range is left alone:
    /// nobody can profit there after the fee.
    /// @param answers True price of each feed, in the feed's decimals.
    /// @param lows Lower end of each pool's range, as a Q64.96 square root of token1 per token0.
    /// @param highs Upper end, likewise.
    function step(int256[] calldata answers, uint160[] calldata lows, uint160[] calldata highs)
        external
    {
        require(answers.length == feeds.length, LengthMismatch(answers.length, feeds.length));
        require(lows.length == pools.length, LengthMismatch(lows.length, pools.length));
        require(highs.length == pools.length, LengthMismatch(highs.length, pools.length));

        for (uint256 i; i < answers.length; ++i) {
            _publish(i, answers[i]);
        }
        for (uint256 i; i < lows.length; ++i) {
            _arbitrage(pools[i], lows[i], highs[i]);
        }
    }

    /// @notice Pays a pool for a swap of this contract by printing what it sold.
    /// @param data The token sold, ABI-encoded.
    function uniswapV3SwapCallback(int256 amount0Delta, int256 amount1Delta, bytes calldata data)
        external
    {
        int256 owed = amount0Delta > 0 ? amount0Delta : amount1Delta;
        // Exactly one of the two is positive: what the pool is owed.
        // forge-lint: disable-next-line(unsafe-typecast)
        abi.decode(data, (IMarketToken)).mint(msg.sender, uint256(owed));
    }

    /* INTERNAL */

    /// @dev Publishes `answer` if the feed's heartbeat or deviation demands it.
    function _publish(uint256 index, int256 answer) private {
        require(answer > 0 && answer <= type(int192).max, BadAnswer(index, answer));
        Feed storage feed = feeds[index];
        (int256 last, uint256 updatedAt) = (feed.answer, feed.updatedAt);
        int256 move = answer > last ? answer - last : last - answer;
        bool due = block.timestamp - updatedAt >= feed.heartbeat;
        if (!due && move * _WAD < last * int256(uint256(feed.deviation))) return;

        // Both fit: the answer was checked above, and a timestamp is far below 2**64.
        // forge-lint: disable-next-line(unsafe-typecast)
        (feed.answer, feed.updatedAt) = (int192(answer), uint64(block.timestamp));
        feed.aggregator.setAnswer(answer, block.timestamp);
    }

    /// @dev Swaps until the price is at the nearer end of its range, if it is outside.
    function _arbitrage(Pool storage entry, uint160 low, uint160 high) private {
        IMarketPool pool = entry.pool;
        (uint160 price,,,,,,) = pool.slot0();
        if (price >= low && price <= high) return;

        bool zeroForOne = price > high;
        pool.swap(
            address(this),
            zeroForOne,
            type(int256).max,
            zeroForOne ? high : low,
            abi.encode(zeroForOne ? entry.token0 : entry.token1)
        );
    }
}
