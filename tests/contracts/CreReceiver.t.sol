// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {ERC165Checker} from "@openzeppelin/contracts/utils/introspection/ERC165Checker.sol";
import {CreReceiver} from "../../contracts/CreReceiver.sol";
import {IReceiver} from "../../contracts/interfaces/external/IReceiver.sol";
import {IAutopilot} from "../../contracts/interfaces/IAutopilot.sol";
import {ICreReceiver} from "../../contracts/interfaces/ICreReceiver.sol";
import {AutopilotFixture} from "./fixtures/AutopilotFixture.sol";

/// @notice One workflow's reports, delivered by the forwarder, run the autopilot; nothing else
/// does.
contract CreReceiverTest is AutopilotFixture {
    string internal constant NAME = "my_workflow";

    address internal forwarder = makeAddr("forwarder");
    address internal workflowOwner = makeAddr("workflow owner");
    CreReceiver internal receiver;
    bytes10 internal hashedName;

    function setUp() public override {
        super.setUp();
        receiver = new CreReceiver(autopilot, forwarder, workflowOwner, NAME);
        hashedName = receiver.workflowName();
        setPrice(WETH, 4_000e8);
    }

    function test_onReport_runsTheAutopilot() external {
        vm.prank(forwarder);
        receiver.onReport(_metadata(), abi.encode(job()));

        assertEq(vault.state().pokedAt, block.timestamp);
    }

    /// @dev The forwarder notes the failure and may deliver again.
    function test_onReport_revertsWhenThereIsNothingToDo() external {
        setPrice(WETH, 2_000e8);

        vm.expectPartialRevert(IAutopilot.NothingToDo.selector);
        vm.prank(forwarder);
        receiver.onReport(_metadata(), abi.encode(job()));
    }

    function testFuzz_onReport_revertsForAnyoneButTheForwarder(address caller) external {
        vm.assume(caller != forwarder);

        vm.expectRevert(
            abi.encodeWithSelector(ICreReceiver.NotForwarder.selector, caller, forwarder)
        );
        vm.prank(caller);
        receiver.onReport(_metadata(), abi.encode(job()));
    }

    function testFuzz_onReport_revertsForAnotherOwner(address owner_) external {
        vm.assume(owner_ != workflowOwner);

        vm.expectRevert(
            abi.encodeWithSelector(ICreReceiver.WrongOwner.selector, owner_, workflowOwner)
        );
        vm.prank(forwarder);
        receiver.onReport(_packed(hashedName, owner_), abi.encode(job()));
    }

    function testFuzz_onReport_revertsForAnotherWorkflow(bytes10 name) external {
        vm.assume(name != hashedName);

        vm.expectRevert(
            abi.encodeWithSelector(ICreReceiver.WrongWorkflow.selector, name, hashedName)
        );
        vm.prank(forwarder);
        receiver.onReport(_packed(name, workflowOwner), abi.encode(job()));
    }

    function testFuzz_onReport_revertsForMetadataOfAnotherLength(bytes calldata metadata) external {
        vm.assume(metadata.length != 64);

        vm.expectRevert(
            abi.encodeWithSelector(ICreReceiver.BadMetadata.selector, metadata.length, 64)
        );
        vm.prank(forwarder);
        receiver.onReport(metadata, abi.encode(job()));
    }

    /// @dev The forwarder asks before it delivers.
    function test_supportsInterface_saysThatItTakesReports() external view {
        assertTrue(ERC165Checker.supportsInterface(address(receiver), type(IReceiver).interfaceId));
        assertTrue(receiver.supportsInterface(type(IERC165).interfaceId));
        assertEq(type(IReceiver).interfaceId, bytes4(keccak256("onReport(bytes,bytes)")));
    }

    /// @dev The first ten digits of the SHA-256 of "my_workflow", in ASCII: "b76f3ae1de".
    function test_constructor_hashesTheNameAsWorkflowsDo() external view {
        assertEq(hashedName, bytes10("b76f3ae1de"));
    }

    function test_constructor_keepsWhatItWasGiven() external view {
        assertEq(address(receiver.autopilot()), address(autopilot));
        assertEq(receiver.forwarder(), forwarder);
        assertEq(receiver.workflowOwner(), workflowOwner);
    }

    function test_constructor_revertsWhenSomethingIsMissing() external {
        _refuses(stranger, forwarder, workflowOwner, NAME);
        _refuses(address(autopilot), address(0), workflowOwner, NAME);
        _refuses(address(autopilot), forwarder, address(0), NAME);
        _refuses(address(autopilot), forwarder, workflowOwner, "");
    }

    function _refuses(address pilot, address from, address owner, string memory name) private {
        vm.expectRevert(
            abi.encodeWithSelector(ICreReceiver.BadWorkflow.selector, pilot, from, owner, name)
        );
        new CreReceiver(IAutopilot(pilot), from, owner, name);
    }

    function _metadata() private view returns (bytes memory) {
        return _packed(hashedName, workflowOwner);
    }

    function _packed(bytes10 name, address owner_) private pure returns (bytes memory) {
        return abi.encodePacked(keccak256("any version"), name, owner_, bytes2(0x0001));
    }
}
