// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {IReceiver} from "./interfaces/external/IReceiver.sol";
import {IAutopilot} from "./interfaces/IAutopilot.sol";
import {ICreReceiver} from "./interfaces/ICreReceiver.sol";

/// @title CreReceiver
/// @notice Lets one workflow of the Chainlink Runtime Environment run an autopilot.
///
/// # Trust
///
/// - The forwarder is trusted to deliver only what its network signed. Name and owner are checked
///   together, since a name belongs to nobody; the id is not, since it changes with every update
///   of the workflow. None of this can be changed: for another workflow, deploy another receiver.
/// - What a report can do is what anybody can do through the autopilot. The checks keep this
///   address from being spoken for, they do not guard a vault.
contract CreReceiver is ICreReceiver {
    /* CONSTANTS */

    /// @dev Bytes of the metadata, and where name and owner begin and end in them.
    uint256 internal constant _METADATA_SIZE = 64;
    uint256 internal constant _NAME_AT = 32;
    uint256 internal constant _OWNER_AT = 42;
    uint256 internal constant _OWNER_END = 62;
    /// @dev Bytes of a hash whose hexadecimal digits are the name.
    uint256 internal constant _NAME_BYTES = 5;

    /* IMMUTABLES */

    /// @inheritdoc ICreReceiver
    IAutopilot public immutable autopilot;
    /// @inheritdoc ICreReceiver
    address public immutable forwarder;
    /// @inheritdoc ICreReceiver
    address public immutable workflowOwner;
    /// @inheritdoc ICreReceiver
    bytes10 public immutable workflowName;

    /* CONSTRUCTOR */

    /// @notice Creates the receiver of one workflow.
    /// @param newAutopilot What acts on its reports.
    /// @param newForwarder The forwarder of this chain.
    /// @param newOwner Owner of the workflow.
    /// @param name Name of the workflow, as it was deployed.
    constructor(
        IAutopilot newAutopilot,
        address newForwarder,
        address newOwner,
        string memory name
    ) {
        require(
            address(newAutopilot).code.length != 0 && newForwarder != address(0)
                && newOwner != address(0) && bytes(name).length != 0,
            BadWorkflow(address(newAutopilot), newForwarder, newOwner, name)
        );
        (autopilot, forwarder, workflowOwner) = (newAutopilot, newForwarder, newOwner);
        workflowName = _hashOf(name);
    }

    /// @dev The first hexadecimal digits of the SHA-256 of `name`, in ASCII.
    function _hashOf(string memory name) internal pure returns (bytes10 hashed) {
        uint256 start = uint40(bytes5(sha256(bytes(name))));
        bytes memory digits = bytes(Strings.toHexString(start, _NAME_BYTES));
        // Behind "0x", which every such text begins with.
        for (uint256 i; i < 2 * _NAME_BYTES; ++i) {
            hashed |= bytes10(digits[i + 2]) >> (8 * i);
        }
    }

    /* REPORTS */

    /// @inheritdoc IReceiver
    function onReport(bytes calldata metadata, bytes calldata report) external {
        require(msg.sender == forwarder, NotForwarder(msg.sender, forwarder));
        require(metadata.length == _METADATA_SIZE, BadMetadata(metadata.length, _METADATA_SIZE));
        address owner = address(bytes20(metadata[_OWNER_AT:_OWNER_END]));
        require(owner == workflowOwner, WrongOwner(owner, workflowOwner));
        bytes10 name = bytes10(metadata[_NAME_AT:_OWNER_AT]);
        require(name == workflowName, WrongWorkflow(name, workflowName));

        autopilot.performUpkeep(report);
    }

    /* VIEWS */

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 id) external pure returns (bool) {
        return id == type(IERC165).interfaceId || id == type(IReceiver).interfaceId;
    }
}
