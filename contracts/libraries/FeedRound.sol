// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAggregatorV3} from "../interfaces/external/IAggregatorV3.sol";

/// @title FeedRound
/// @notice Reads the latest round of a Chainlink-style feed that is not trusted to answer well.
library FeedRound {
    /// @notice Gas that one feed may use; one that needs more cannot be read.
    uint256 internal constant FEED_GAS = 500_000;

    /// @notice The latest round of `source`; never reverts.
    /// @dev Assembly, because this is most of what a price costs: it saves half a thousand gas
    /// against `BoundedCall`, which copies question and answer. The ids are not looked at, so that
    /// a dirty one breaks nothing. An address without code answers too little.
    /// @param source Feed of a price or of a sequencer.
    /// @return readable Whether it answered with a round's five words, or more; else all is zero.
    /// @return answer See `IAggregatorV3`.
    /// @return startedAt In seconds.
    /// @return updatedAt In seconds.
    function latest(address source)
        internal
        view
        returns (bool readable, int256 answer, uint256 startedAt, uint256 updatedAt)
    {
        uint256 gasLimit = FEED_GAS;
        bytes32 question = IAggregatorV3.latestRoundData.selector;
        assembly ("memory-safe") {
            // Past the end of what is allocated, where nothing is kept.
            let round := mload(0x40)
            mstore(0, question)
            readable := staticcall(gasLimit, source, 0, 4, round, 160)
            readable := and(readable, gt(returndatasize(), 159))
            if readable {
                answer := mload(add(round, 32))
                startedAt := mload(add(round, 64))
                updatedAt := mload(add(round, 96))
            }
        }
    }
}
