// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IAggregatorV3} from "../interfaces/external/IAggregatorV3.sol";

/// @title MockAggregator
/// @notice The contract behind a feed's proxy: anyone may publish an answer. For tests, the local
/// chain and testnets only.
contract MockAggregator is IAggregatorV3 {
    /// @inheritdoc IAggregatorV3
    uint8 public immutable decimals;

    /// @inheritdoc IAggregatorV3
    string public description;

    /// @dev Two slots are read for an answer, as in the aggregators of real networks: a price read
    /// here costs what it costs there.
    int192 internal _answer;
    uint64 internal _updatedAt;
    uint64 internal _startedAt;
    uint80 internal _roundId;

    /// @notice An answer was published.
    event AnswerUpdated(int256 indexed current, uint256 indexed roundId, uint256 updatedAt);

    /// @notice Creates a feed without an answer.
    /// @param newDecimals Decimals of the answers.
    /// @param newDescription What the feed reports, for example "ETH / USD".
    constructor(uint8 newDecimals, string memory newDescription) {
        decimals = newDecimals;
        description = newDescription;
    }

    /// @notice Publishes an answer in a round that started when the answer was computed.
    /// @param answer Answer, in the feed's decimals.
    /// @param updatedAt Time of the answer, in seconds.
    function setAnswer(int256 answer, uint256 updatedAt) external {
        setRound(answer, updatedAt, updatedAt);
    }

    /// @notice Publishes an answer.
    /// @param answer Answer, in the feed's decimals; of a sequencer, 0 is up and 1 is down.
    /// @param startedAt When the round started, in seconds; of a sequencer, when its state changed.
    /// @param updatedAt Time of the answer, in seconds.
    function setRound(int256 answer, uint256 startedAt, uint256 updatedAt) public {
        _answer = SafeCast.toInt192(answer);
        _startedAt = SafeCast.toUint64(startedAt);
        _updatedAt = SafeCast.toUint64(updatedAt);
        ++_roundId;
        emit AnswerUpdated(answer, _roundId, updatedAt);
    }

    /// @inheritdoc IAggregatorV3
    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        return (_roundId, _answer, _startedAt, _updatedAt, _roundId);
    }
}
