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
    Stale
}

/// @notice A price and what is known of it.
/// @param price Value of one smallest unit of the token: value in WAD of the unit of account is
/// `amount * price / PRICE_SCALE`. Zero unless `status` is `Ok`.
/// @param status Whether the price can be used, and if not, why.
/// @param updatedAt Time of the feed's answer, in seconds; zero if it could not be read.
/// @param observed The number that failed its test, zero where there is none: the answer, zero if
/// it is negative; of a stale price its age in seconds; of one from the future its time; of a
/// sequencer its answer, or the seconds since it came up.
/// @param limit The number it was tested against, in the same unit.
struct PriceReading {
    uint256 price;
    PriceStatus status;
    uint256 updatedAt;
    uint256 observed;
    uint256 limit;
}

/// @notice A Chainlink-style feed and what is expected of it.
/// @param token Token that the feed prices.
/// @param feed Proxy of the feed.
/// @param heartbeat Oldest accepted age of an answer, in seconds, publication slack included.
/// @param deviation Move at which the feed updates before its heartbeat, in WAD.
/// @param minAnswer Answers must be above this, in the feed's decimals.
/// @param maxAnswer Answers must be below this, in the feed's decimals.
struct FeedConfig {
    address token;
    address feed;
    uint32 heartbeat;
    uint64 deviation;
    uint128 minAnswer;
    uint128 maxAnswer;
}

/// @title IPriceOracle
/// @notice Prices of tokens in one unit of account, from Chainlink-style feeds. Fails closed: a
/// price that breaks any rule stops whatever asked for it; there is no fallback price.
interface IPriceOracle {
    /// @notice A feed was set.
    event FeedSet(
        address indexed token,
        address indexed feed,
        uint256 heartbeat,
        uint256 deviation,
        uint256 minAnswer,
        uint256 maxAnswer
    );
    /// @notice A new owner was named; it must accept.
    event OwnershipOffered(address indexed owner, address indexed newOwner);
    /// @notice The new owner accepted.
    event OwnershipTaken(address indexed newOwner);

    /// @notice The price of `token` cannot be used: what `feed` said broke a rule. See
    /// `PriceReading` for `observed` and `limit`.
    error PriceUnavailable(
        address token, address feed, PriceStatus status, uint256 observed, uint256 limit
    );
    /// @notice The caller is not `expected`.
    error NotAuthorized(address caller, address expected);
    /// @notice An address that must have code has none.
    error NoCode(address target);
    /// @notice The owner cannot be the zero address.
    error ZeroAddress();
    /// @notice The heartbeat is zero or beyond the longest that makes sense.
    error BadHeartbeat(uint256 heartbeat, uint256 maximum);
    /// @notice The deviation is zero or one hundred per cent or more.
    error BadDeviation(uint256 deviation, uint256 maximum);
    /// @notice The bounds leave no answer between them, or the upper one is too large to scale.
    error BadBounds(uint256 minAnswer, uint256 maxAnswer);
    /// @notice The decimals of the token and the feed together cannot be scaled.
    error BadDecimals(uint256 tokenDecimals, uint256 feedDecimals);
    /// @notice The token or feed does not say how many decimals it has.
    error UnreadableDecimals(address target);

    /// @notice Prices of `tokens`; reverts with `PriceUnavailable` for the first unusable one.
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

    /// @notice How far the price of each of `tokens` may lag the market before its feed updates.
    /// @param tokens Tokens, each with a feed, in any order.
    /// @return Deviations, in WAD, in the order of `tokens`.
    function deviations(address[] calldata tokens) external view returns (uint256[] memory);

    /// @notice The feed of `token`; all zero if it has none.
    function feedOf(address token) external view returns (FeedConfig memory);

    /// @notice Sets or replaces the feed of a token. Owner only.
    /// @dev The feed must answer now with a usable price, so a wrong address is refused here.
    function setFeed(FeedConfig calldata config) external;

    /// @notice The owner, who may set feeds. Meant to be a timelock.
    function owner() external view returns (address);
    /// @notice The owner-to-be, or zero.
    function pendingOwner() external view returns (address);
    /// @notice Names a new owner, who must call `acceptOwnership`. Owner only.
    function offerOwnership(address newOwner) external;
    /// @notice Takes the ownership that was offered to the caller.
    function acceptOwnership() external;

    /// @notice Uptime feed of the rollup's sequencer, or zero where there is none.
    function sequencerFeed() external view returns (address);
}
