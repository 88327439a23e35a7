// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {IMandate} from "../../../contracts/interfaces/IMandate.sol";
import {VaultFixture} from "../fixtures/VaultFixture.sol";

/// @notice Attack: a guardian who went over pauses for ever, or cancels its own removal in the
/// timelock. Rules: a pause expires after seven days and comes again after seven more; the guardian
/// is no canceller.
contract GuardianAttackTest is VaultFixture {
    TimelockController internal timelock;
    address internal proposer = makeAddr("proposer");
    address internal successor = makeAddr("successor");

    function setUp() public override {
        super.setUp();
        address[] memory proposers = new address[](1);
        proposers[0] = proposer;
        timelock = new TimelockController(2 days, proposers, new address[](1), address(0));
        vm.prank(owner);
        mandate.offerOwnership(address(timelock));
        _execute(abi.encodeCall(IMandate.acceptOwnership, ()));
    }

    /// @dev The guardian tries every hour for eight weeks. If a pause could be renewed, trading
    /// would stand still in all of them.
    function test_guardian_pausesForHalfOfTheTimeAtMost() external {
        uint256 hoursPaused;
        for (uint256 i; i < 56 * 24; ++i) {
            vm.prank(guardian);
            try mandate.pause() {} catch {}
            if (block.timestamp < mandate.pausedUntil()) ++hoursPaused;
            vm.warp(block.timestamp + 1 hours);
        }

        assertEq(hoursPaused, 28 * 24);
    }

    function test_guardian_cannotRenewAPause() external {
        vm.startPrank(guardian);
        mandate.pause();
        uint256 readyAt = block.timestamp + 14 days;

        vm.expectRevert(abi.encodeWithSelector(IMandate.PauseNotReady.selector, readyAt));
        mandate.pause();
        vm.warp(readyAt - 1);
        vm.expectRevert(abi.encodeWithSelector(IMandate.PauseNotReady.selector, readyAt));
        mandate.pause();
    }

    /// @dev INV-6: and leaving was never in its hands.
    function test_guardian_cannotHoldAnybodyBack() external {
        vm.prank(guardian);
        mandate.pause();

        redeemInKind(holder, vault.balanceOf(holder));

        assertEq(vault.balanceOf(holder), 0);
    }

    function test_guardian_cannotVetoItsRemoval() external {
        bytes memory removal = abi.encodeCall(IMandate.setGuardian, (successor));
        bytes32 id = _schedule(removal);
        bytes32 canceller = timelock.CANCELLER_ROLE();

        vm.expectRevert(
            abi.encodeWithSelector(
                IAccessControl.AccessControlUnauthorizedAccount.selector, guardian, canceller
            )
        );
        vm.prank(guardian);
        timelock.cancel(id);
        vm.warp(block.timestamp + 2 days);
        timelock.execute(address(mandate), 0, removal, 0, 0);

        assertEq(mandate.guardian(), successor);
        vm.expectRevert(abi.encodeWithSelector(IMandate.NotAuthorized.selector, guardian));
        vm.prank(guardian);
        mandate.pause();
    }

    /// @dev With the canceller's role, which the documents warn of, it would stay for ever.
    function test_guardian_wouldVetoItsRemovalAsACanceller() external {
        bytes32 canceller = timelock.CANCELLER_ROLE();
        vm.prank(address(timelock));
        timelock.grantRole(canceller, guardian);
        bytes memory removal = abi.encodeCall(IMandate.setGuardian, (successor));

        for (uint256 i; i < 5; ++i) {
            bytes32 id = _schedule(removal);
            vm.warp(block.timestamp + 2 days - 1);
            vm.prank(guardian);
            timelock.cancel(id);
        }

        assertEq(mandate.guardian(), guardian);
    }

    /// @dev The timelock can end a pause of the guardian that it removes.
    function test_guardian_losesItsPauseWithItsRole() external {
        vm.prank(guardian);
        mandate.pause();

        _execute(abi.encodeCall(IMandate.setGuardian, (successor)));
        _execute(abi.encodeCall(IMandate.unpause, ()));

        assertLe(mandate.pausedUntil(), block.timestamp);
    }

    function _execute(bytes memory data) private {
        _schedule(data);
        vm.warp(block.timestamp + 2 days);
        timelock.execute(address(mandate), 0, data, 0, 0);
    }

    function _schedule(bytes memory data) private returns (bytes32) {
        vm.prank(proposer);
        timelock.schedule(address(mandate), 0, data, 0, 0, 2 days);
        return timelock.hashOperation(address(mandate), 0, data, 0, 0);
    }
}
