// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AssetConfig, IMandate, RouteConfig} from "../../contracts/interfaces/IMandate.sol";
import {VaultFixture} from "./fixtures/VaultFixture.sol";

/// @notice Each role can do what its row says and nothing else.
contract MandateRolesTest is VaultFixture {
    /// @dev Who may call a function, as a bitmap.
    uint256 internal constant OWNER = 1;
    uint256 internal constant MANAGER = 2;
    uint256 internal constant GUARDIAN = 4;

    /// @dev A call that succeeds as things stand, and who may make it.
    struct Row {
        bytes data;
        uint256 allowed;
    }

    Row[] internal rows;

    function setUp() public override {
        super.setUp();
        // One asset without a weight, so that there is something to remove.
        AssetConfig memory added = pricedAsset();
        vm.prank(owner);
        mandate.addAsset(added);
        _row(_schedule(), MANAGER);
        _row(abi.encodeCall(IMandate.cancelSchedule, ()), OWNER | MANAGER | GUARDIAN);
        _row(abi.encodeCall(IMandate.pause, ()), GUARDIAN);
        _row(abi.encodeCall(IMandate.freezeWeights, ()), GUARDIAN);
        _row(abi.encodeCall(IMandate.removeKeeper, (keeper)), OWNER | GUARDIAN);
        _row(abi.encodeCall(IMandate.removeRoute, (0)), OWNER | GUARDIAN);
        _row(abi.encodeCall(IMandate.unpause, ()), OWNER);
        _row(abi.encodeCall(IMandate.unfreezeWeights, ()), OWNER);
        _row(abi.encodeCall(IMandate.addKeeper, (stranger)), OWNER);
        _row(abi.encodeCall(IMandate.addRoute, (_route())), OWNER);
        _row(abi.encodeCall(IMandate.setLimits, (defaultLimits())), OWNER);
        _row(abi.encodeCall(IMandate.setBands, (0, 0.02e18, 0.05e18)), OWNER);
        _row(abi.encodeCall(IMandate.setBounds, (0, 0.1e18, 0.5e18)), OWNER);
        _row(abi.encodeCall(IMandate.setManager, (stranger)), OWNER);
        _row(abi.encodeCall(IMandate.setGuardian, (stranger)), OWNER);
        _row(abi.encodeCall(IMandate.offerOwnership, (stranger)), OWNER);
        _row(abi.encodeCall(IMandate.addAsset, (pricedAsset())), OWNER);
        _row(abi.encodeCall(IMandate.removeAsset, (COUNT)), OWNER);
        _row(abi.encodeCall(IMandate.writeOff, (LINK)), OWNER);
        _row(abi.encodeCall(IMandate.setFee, (0.01e18, stranger)), OWNER);
        _row(abi.encodeCall(IMandate.resetBreaker, ()), OWNER);
        _row(abi.encodeCall(IMandate.abdicate, (IMandate.setBands.selector)), OWNER);
    }

    /// @dev INV-10: every function that changes anything, tried by every role.
    function test_roles_canDoWhatTheirRowSaysAndNothingElse() external {
        for (uint256 i; i < rows.length; ++i) {
            _try(rows[i], owner, OWNER);
            _try(rows[i], manager, MANAGER);
            _try(rows[i], guardian, GUARDIAN);
            _try(rows[i], keeper, 0);
            _try(rows[i], holder, 0);
            _try(rows[i], address(vault), 0);
            // This contract deployed the mandate.
            _try(rows[i], address(this), 0);
        }
    }

    /// @dev INV-10: nobody without a role can change anything.
    function testFuzz_roles_nobodyElseCanDoAnything(address caller) external {
        vm.assume(caller != owner && caller != manager && caller != guardian);

        for (uint256 i; i < rows.length; ++i) {
            _try(rows[i], caller, 0);
        }
    }

    /// @dev INV-10: the rows and the views below are all there is, so no function escapes the
    /// table.
    function test_roles_tableCoversTheWholeInterface() external view {
        bytes4 all = _views() ^ IMandate.acceptOwnership.selector ^ IMandate.bind.selector;
        for (uint256 i; i < rows.length; ++i) {
            all ^= bytes4(rows[i].data);
        }

        assertEq(all, type(IMandate).interfaceId);
    }

    /* OWNERSHIP */

    function test_acceptOwnership_takesTwoSteps() external {
        vm.expectEmit(address(mandate));
        emit IMandate.OwnershipOffered(owner, stranger);
        vm.prank(owner);
        mandate.offerOwnership(stranger);
        assertEq(mandate.owner(), owner);
        assertEq(mandate.pendingOwner(), stranger);

        vm.expectEmit(address(mandate));
        emit IMandate.OwnershipTaken(stranger);
        vm.prank(stranger);
        mandate.acceptOwnership();
        assertEq(mandate.owner(), stranger);
        assertEq(mandate.pendingOwner(), address(0));
    }

    function testFuzz_acceptOwnership_revertsWhenNotOffered(address caller) external {
        vm.assume(caller != stranger);
        vm.prank(owner);
        mandate.offerOwnership(stranger);

        vm.prank(caller);
        vm.expectRevert(abi.encodeWithSelector(IMandate.NotAuthorized.selector, caller));
        mandate.acceptOwnership();
    }

    function test_acceptOwnership_revertsWhenTheOfferWasWithdrawn() external {
        vm.startPrank(owner);
        mandate.offerOwnership(stranger);
        mandate.offerOwnership(address(0));
        vm.stopPrank();

        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(IMandate.NotAuthorized.selector, stranger));
        mandate.acceptOwnership();
    }

    function test_acceptOwnership_endsTheFormerOwnersRights() external {
        vm.prank(owner);
        mandate.offerOwnership(stranger);
        vm.prank(stranger);
        mandate.acceptOwnership();

        vm.prank(owner);
        vm.expectRevert(abi.encodeWithSelector(IMandate.NotAuthorized.selector, owner));
        mandate.setManager(owner);
    }

    /* MANAGER, GUARDIAN, KEEPERS */

    function test_setManager_movesTheRoleAndEmits() external {
        vm.expectEmit(address(mandate));
        emit IMandate.ManagerSet(stranger);
        vm.prank(owner);
        mandate.setManager(stranger);

        assertEq(mandate.manager(), stranger);
        _try(rows[0], stranger, MANAGER);
        _try(rows[0], manager, 0);
    }

    function test_setGuardian_movesTheRoleAndEmits() external {
        vm.expectEmit(address(mandate));
        emit IMandate.GuardianSet(stranger);
        vm.prank(owner);
        mandate.setGuardian(stranger);

        assertEq(mandate.guardian(), stranger);
        vm.prank(guardian);
        vm.expectRevert(abi.encodeWithSelector(IMandate.NotAuthorized.selector, guardian));
        mandate.pause();
        vm.prank(stranger);
        mandate.pause();
    }

    function test_setManager_revertsWhenZero() external {
        vm.prank(owner);
        vm.expectRevert(IMandate.ZeroAddress.selector);
        mandate.setManager(address(0));
    }

    function test_setGuardian_revertsWhenZero() external {
        vm.prank(owner);
        vm.expectRevert(IMandate.ZeroAddress.selector);
        mandate.setGuardian(address(0));
    }

    function test_addKeeper_revertsWhenZero() external {
        vm.prank(owner);
        vm.expectRevert(IMandate.ZeroAddress.selector);
        mandate.addKeeper(address(0));
    }

    function test_addKeeper_andRemoveKeeperEmit() external {
        vm.expectEmit(address(mandate));
        emit IMandate.KeeperSet(stranger, true);
        vm.prank(owner);
        mandate.addKeeper(stranger);
        assertTrue(mandate.isKeeper(stranger));

        vm.expectEmit(address(mandate));
        emit IMandate.KeeperSet(stranger, false);
        vm.prank(guardian);
        mandate.removeKeeper(stranger);
        assertFalse(mandate.isKeeper(stranger));
    }

    /* HELPERS */

    function _row(bytes memory data, uint256 allowed) internal {
        rows.push(Row(data, allowed));
    }

    /// @dev Makes the call in a world that is then undone: it must succeed if the role is among
    /// those allowed, and otherwise be refused for that reason.
    function _try(Row storage row, address caller, uint256 role) internal {
        uint256 world = vm.snapshotState();
        vm.prank(caller);
        (bool ok, bytes memory answer) = address(mandate).call(row.data);
        vm.revertToState(world);

        if (row.allowed & role != 0) assertTrue(ok, "refused to whom it is due");
        else assertEq(answer, abi.encodeWithSelector(IMandate.NotAuthorized.selector, caller));
    }

    function _schedule() internal view returns (bytes memory) {
        uint256[] memory newTargets = mandate.targets();
        (newTargets[USDC], newTargets[WETH]) = (newTargets[WETH], newTargets[USDC]);
        uint256 startsAt = block.timestamp + 1 days;
        return abi.encodeCall(IMandate.scheduleTargets, (newTargets, startsAt, startsAt + 30 days));
    }

    function _route() internal view returns (RouteConfig memory) {
        return
            RouteConfig({
                venue: address(venue), tokenIn: 0, tokenOut: 1, data: abi.encodePacked(FEE)
            });
    }

    function _views() internal pure returns (bytes4) {
        return IMandate.plan.selector ^ IMandate.hardBandReached.selector ^ IMandate.route.selector
            ^ IMandate.tokens.selector ^ IMandate.targets.selector ^ IMandate.rule.selector
            ^ IMandate.bounds.selector ^ IMandate.limits.selector ^ IMandate.schedule.selector
            ^ IMandate.rules.selector ^ IMandate.routeCount.selector ^ IMandate.routeAt.selector
            ^ IMandate.isKeeper.selector ^ IMandate.pausedUntil.selector
            ^ IMandate.pauseReadyAt.selector ^ IMandate.weightsFrozen.selector
            ^ IMandate.owner.selector ^ IMandate.pendingOwner.selector ^ IMandate.manager.selector
            ^ IMandate.guardian.selector ^ IMandate.vault.selector ^ IMandate.isWrittenOff.selector
            ^ IMandate.isAbdicated.selector ^ IMandate.worstFee.selector;
    }
}
