// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAggregatorV3} from "../interfaces/external/IAggregatorV3.sol";

/// @title MockFeedProxy
/// @notice A feed as oracles see it on real networks: an address that stays while the aggregator
/// behind it changes. Anyone may change it. For tests, the local chain and testnets only.
contract MockFeedProxy is IAggregatorV3 {
    /// @notice Where the answers come from.
    IAggregatorV3 public aggregator;
    /// @notice Number of aggregators so far; the upper bits of every round id.
    uint16 public phaseId;

    /// @notice Creates the proxy of `firstAggregator`.
    constructor(IAggregatorV3 firstAggregator) {
        setAggregator(firstAggregator);
    }

    /// @notice Replaces the aggregator.
    function setAggregator(IAggregatorV3 newAggregator) public {
        aggregator = newAggregator;
        ++phaseId;
    }

    /// @inheritdoc IAggregatorV3
    function decimals() external view returns (uint8) {
        return aggregator.decimals();
    }

    /// @inheritdoc IAggregatorV3
    function description() external view returns (string memory) {
        return aggregator.description();
    }

    /// @inheritdoc IAggregatorV3
    function latestRoundData()
        external
        view
        returns (
            uint80 roundId,
            int256 answer,
            uint256 startedAt,
            uint256 updatedAt,
            uint80 answeredInRound
        )
    {
        (roundId, answer, startedAt, updatedAt, answeredInRound) = aggregator.latestRoundData();
        uint80 phase = uint80(phaseId) << 64;
        return (phase | roundId, answer, startedAt, updatedAt, phase | answeredInRound);
    }
}
