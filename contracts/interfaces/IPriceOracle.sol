// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice State of one price, in the order in which the oracle looks.
enum PriceStatus {
    /// The price can be used.
    Ok,
    /// The token has no feed.
    NoFeed,
    /// The rollup's sequencer is down, or has been up for less than the grace period.
    Sequencer,
    /// The feed reverted, has no code, or answered in another shape.
    Unreadable,
    /// The answer is not strictly between its bounds.
    OutOfBounds,
    /// The answer carries a time later than the block's.
    FromTheFuture,
    /// The answer is older than the heartbeat.
    Stale,
    /// The second source is further from the feed than its maximum.
    Diverged
}

/// @notice A price and what is known of it.
/// @param price Value of one smallest unit of the token, by its feeds: value in WAD of the unit of
/// account is `amount * price / PRICE_SCALE`. Zero unless `status` is `Ok`.
/// @param second The same by the second source; zero if the token has none, or unless `Ok`.
/// @param status Whether the price can be used, and if not, why.
/// @param updatedAt Time of the feed's answer, in seconds, of a composed feed's older one; zero if
/// it could not be read.
/// @param observed The number that failed its test, zero where there is none: the answer, zero if
/// it is negative; of a stale price its age in seconds; of one from the future its time; of a
/// sequencer its answer, or the seconds since it came up; of a divergence, its size in WAD of the
/// feed's price.
/// @param limit The number it was tested against, in the same unit.
/// @param source The feed or pool that failed, zero where there is none.
struct PriceReading {
    uint256 price;
    uint256 second;
    PriceStatus status;
    uint256 updatedAt;
    uint256 observed;
    uint256 limit;
    address source;
}

/// @notice A Chainlink-style feed and what is expected of it.
/// @param token Token that the feed prices.
/// @param feed Proxy of the feed.
/// @param heartbeat Oldest accepted age of an answer, in seconds, publication slack included.
/// @param deviation Move at which the feed updates before its heartbeat, in WAD.
/// @param minAnswer Answers must be above this, in the feed's decimals. Kept to eight significant
/// digits, rounded up.
/// @param maxAnswer Answers must be below this, in the feed's decimals. Kept to eight significant
/// digits, rounded down.
struct FeedConfig {
    address token;
    address feed;
    uint32 heartbeat;
    uint64 deviation;
    uint128 minAnswer;
    uint128 maxAnswer;
}

/// @notice A token priced by two feeds, for example wstETH / ETH times ETH / USD.
/// @param base The feed that prices the token in something else.
/// @param quote The feed that prices that in the unit of account; of the same token.
struct ComposedFeed {
    FeedConfig base;
    FeedConfig quote;
}

/// @notice A second source: the mean price of a Uniswap V3 pool over a window.
/// @param token Token that it prices.
/// @param pool Pool of the token with another that has a feed.
/// @param window Length of the mean, in seconds.
/// @param maxDivergence Largest distance from the feed's price, in WAD of it.
struct TwapConfig {
    address token;
    address pool;
    uint32 window;
    uint64 maxDivergence;
}

/// @title IPriceOracle
/// @notice Prices of tokens in one unit of account, from Chainlink-style feeds and, where it is
/// set, a second source beside them. Fails closed: a price that breaks any rule stops whatever
/// asked for it; there is no fallback price.
interface IPriceOracle {
    /* EVENTS */

    /// @notice A feed was set, in place of whatever feeds the token had.
    event FeedSet(
        address indexed token,
        address indexed feed,
        uint256 heartbeat,
        uint256 deviation,
        uint256 minAnswer,
        uint256 maxAnswer
    );
    /// @notice The feed just set prices the token in what this one prices.
    event QuoteFeedSet(
        address indexed token,
        address indexed feed,
        uint256 heartbeat,
        uint256 deviation,
        uint256 minAnswer,
        uint256 maxAnswer
    );
    /// @notice A second source was set; `factory` is what the pool and its listing agree on.
    event SecondSourceSet(
        address indexed token,
        address indexed pool,
        address indexed factory,
        uint256 window,
        uint256 maxDivergence
    );
    /// @notice The token has no second source any more.
    event SecondSourceRemoved(address indexed token, address indexed pool);
    /// @notice A new owner was named; it must accept.
    event OwnershipOffered(address indexed owner, address indexed newOwner);
    /// @notice The new owner accepted.
    event OwnershipTaken(address indexed newOwner);

    /* ERRORS */

    /// @notice The price of `token` cannot be used: what `source`, a feed or a pool, said broke a
    /// rule. See `PriceReading` for `observed` and `limit`.
    error PriceUnavailable(
        address token, address source, PriceStatus status, uint256 observed, uint256 limit
    );
    /// @notice The caller is not `expected`.
    error NotAuthorized(address caller, address expected);
    /// @notice An address that must have code has none.
    error NoCode(address target);
    /// @notice The owner cannot be the zero address.
    error ZeroAddress();
    /// @notice The heartbeat is zero or beyond the longest that makes sense.
    error BadHeartbeat(uint256 heartbeat, uint256 maximum);
    /// @notice The deviation is zero, or one hundred per cent or more, alone or with its quote's.
    error BadDeviation(uint256 deviation, uint256 maximum);
    /// @notice The bounds, as they would be kept, leave no answer between them, or the upper one is
    /// too large to scale.
    error BadBounds(uint256 minAnswer, uint256 maxAnswer);
    /// @notice The decimals of the token and its feed, or both its feeds, cannot be scaled.
    error BadDecimals(uint256 tokenDecimals, uint256 feedDecimals);
    /// @notice The token or feed does not say how many decimals it has.
    error UnreadableDecimals(address target);

    /// @notice The two legs of a composed feed are of different tokens.
    error LegsOfTwoTokens(address base, address quote);
    /// @notice Both legs of a composed feed are the same feed.
    error SameFeedTwice(address feed);
    /// @notice The window is too short to mean much or too long to be of use; all in seconds.
    error BadWindow(uint256 window, uint256 minimum, uint256 maximum);
    /// @notice The largest divergence is zero or beyond what makes sense; both in WAD.
    error BadDivergence(uint256 maxDivergence, uint256 maximum);
    /// @notice The address is no pool of the factory that it names.
    error NotAPool(address pool, address factory);
    /// @notice The pool is one of two other tokens.
    error NotInPool(address token, address token0, address token1);
    /// @notice The pool keeps too few observations: increase its observation cardinality.
    error TooFewObservations(address pool, uint256 cardinality, uint256 minimum);
    /// @notice The token has no feed, so nothing can stand beside it or be counted in it.
    error NoFeedYet(address token);
    /// @notice The token has no second source.
    error NoSecondSource(address token);

    /* PRICES */

    /// @notice Prices of `tokens` by their feeds; reverts with `PriceUnavailable` for the first
    /// unusable one.
    /// @param tokens Tokens, in any order.
    /// @return Prices in the order of `tokens`: value in WAD is `amount * price / PRICE_SCALE`.
    function prices(address[] calldata tokens) external view returns (uint256[] memory);

    /// @notice Prices of `tokens` from both sources; reverts with `PriceUnavailable` for the first
    /// unusable one.
    /// @param tokens Tokens, in any order.
    /// @return first Prices of the feeds, in the order of `tokens`.
    /// @return second Prices of the second source, those of the feed where a token has none; empty
    /// where none of the tokens has one.
    function pricePairs(address[] calldata tokens)
        external
        view
        returns (uint256[] memory first, uint256[] memory second);

    /// @notice Prices of `tokens` with their state; never reverts because of a feed.
    /// @param tokens Tokens, in any order.
    /// @return Readings in the order of `tokens`.
    function tryPrices(address[] calldata tokens) external view returns (PriceReading[] memory);

    /* OWNER FUNCTIONS */

    /// @notice Sets or replaces the feed of a token. Owner only.
    /// @dev The feed must answer now with a usable price, so a wrong address is refused here.
    /// Warning: another token's feed answers just as well. Nothing on chain ties a feed to a token;
    /// what is checked is that it has code, states its decimals, and answers within its bounds and
    /// its heartbeat: set bounds that the wrong feed would break.
    function setFeed(FeedConfig calldata config) external;

    /// @notice Sets or replaces the feed of a token by two that are multiplied. Owner only.
    /// @dev Each keeps its own rules; see `setFeed`.
    function setComposedFeed(ComposedFeed calldata config) external;

    /// @notice Sets or replaces the second source of a token that has a feed. Owner only.
    /// @dev The pool must be its factory's, for this token and one that has a feed. It must keep an
    /// observation for every block of the window, so that nobody can make it forget, and agree with
    /// the feed now. Replacing the feed keeps the second source.
    function setSecondSource(TwapConfig calldata config) external;

    /// @notice Removes the second source of a token. Owner only.
    function removeSecondSource(address token) external;

    /// @notice Names a new owner, who must call `acceptOwnership`. Owner only.
    function offerOwnership(address newOwner) external;
    /// @notice Takes the ownership that was offered to the caller.
    function acceptOwnership() external;

    /* VIEWS */

    /// @notice How far the prices of `tokens` may lag the market before their feeds update.
    /// @param tokens Tokens, in any order.
    /// @return Deviations in WAD, of a composed feed the sum of both; zero for a token without
    /// feed.
    function deviations(address[] calldata tokens) external view returns (uint256[] memory);

    /// @notice The feed of `token`, of a composed one its base; all zero if it has none.
    function feedOf(address token) external view returns (FeedConfig memory);
    /// @notice The quote of the composed feed of `token`; all zero if it has none.
    function quoteFeedOf(address token) external view returns (FeedConfig memory);
    /// @notice The second source of `token`; all zero if it has none.
    function secondSourceOf(address token) external view returns (TwapConfig memory);
    /// @notice Uptime feed of the rollup's sequencer, or zero where there is none.
    function sequencerFeed() external view returns (address);
    /// @notice The owner, who may set feeds. Meant to be a timelock.
    function owner() external view returns (address);
    /// @notice The owner-to-be, or zero.
    function pendingOwner() external view returns (address);
}
