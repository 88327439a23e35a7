// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IReceiver} from "./external/IReceiver.sol";
import {IAutopilot} from "./IAutopilot.sol";

/// @title ICreReceiver
/// @notice Hands the reports of one workflow of the Chainlink Runtime Environment to an autopilot.
interface ICreReceiver is IReceiver {
    /// @notice Only the forwarder delivers reports.
    error NotForwarder(address caller, address forwarder);
    /// @notice The metadata are not those of a report.
    error BadMetadata(uint256 length, uint256 expected);
    /// @notice The report is from another owner's workflow.
    error WrongOwner(address owner, address expected);
    /// @notice The report is from another workflow of the owner.
    error WrongWorkflow(bytes10 name, bytes10 expected);
    /// @notice The autopilot has no code, or an address or the name is missing.
    error BadWorkflow(address autopilot, address forwarder, address owner, string name);

    /// @notice What acts on the reports: each is an encoded `Job`.
    function autopilot() external view returns (IAutopilot);
    /// @notice The forwarder that delivers them.
    function forwarder() external view returns (address);
    /// @notice The workflow's owner.
    function workflowOwner() external view returns (address);
    /// @notice The workflow's name as metadata have it: the first ten hexadecimal digits, in ASCII,
    /// of its SHA-256.
    function workflowName() external view returns (bytes10);
}
