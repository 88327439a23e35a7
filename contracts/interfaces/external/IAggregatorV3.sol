// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IAggregatorV3
/// @notice What is asked of a Chainlink-style feed, of a price or of a sequencer's state.
interface IAggregatorV3 {
    /// @notice Decimals of the answers.
    function decimals() external view returns (uint8);

    /// @notice What the feed reports, for example "ETH / USD".
    function description() external view returns (string memory);

    /// @notice The latest round.
    /// @return roundId Id of the round; through a proxy it carries the phase of the aggregator.
    /// @return answer The price in the feed's decimals; of a sequencer, 0 is up and 1 is down.
    /// @return startedAt When the round started, in seconds; of a sequencer, when its state
    /// changed.
    /// @return updatedAt When the answer was computed, in seconds.
    /// @return answeredInRound Deprecated by Chainlink.
    function latestRoundData()
        external
        view
        returns (
            uint80 roundId,
            int256 answer,
            uint256 startedAt,
            uint256 updatedAt,
            uint80 answeredInRound
        );
}
