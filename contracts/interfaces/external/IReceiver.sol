// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";

/// @title IReceiver
/// @notice What a forwarder of the Chainlink Runtime Environment asks of whoever gets its reports.
interface IReceiver is IERC165 {
    /// @notice Takes a report whose signatures the forwarder has checked.
    /// @param metadata Where it comes from, packed: id of the workflow (32 bytes), its hashed name
    /// (10), its owner (20), id of the report (2).
    /// @param report What the workflow reports.
    function onReport(bytes calldata metadata, bytes calldata report) external;
}
