// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AssetConfig, IMandate, Roles, RouteConfig} from "../../contracts/interfaces/IMandate.sol";
import {IVault} from "../../contracts/interfaces/IVault.sol";
import {LimitCaps} from "../../contracts/libraries/LimitCaps.sol";
import {Mandate} from "../../contracts/Mandate.sol";
import {StreamingFee} from "../../contracts/types/Ledger.sol";
import {Limits} from "../../contracts/types/Types.sol";
import {Vault} from "../../contracts/Vault.sol";
import {VaultFixture} from "./fixtures/VaultFixture.sol";

/// @notice A mandate governs one vault, hands on what its owner decides of it, and can give up
/// settings for ever.
contract MandateVaultTest is VaultFixture {
    /* BINDING */

    function test_bind_namesTheVaultAndEmits() external {
        Mandate fresh = _unbound();
        Vault its = new Vault("Other", "OTHER", fresh, oracle);
        assertEq(fresh.vault(), address(0));

        vm.expectEmit(address(fresh));
        emit IMandate.VaultBound(address(its));
        fresh.bind(address(its));

        assertEq(fresh.vault(), address(its));
    }

    function test_bind_revertsTheSecondTime() external {
        Vault second = new Vault("Second", "TWO", mandate, oracle);

        vm.expectRevert(abi.encodeWithSelector(IMandate.AlreadyBound.selector, address(vault)));
        mandate.bind(address(second));
    }

    /// @dev INV-10: not even the owner.
    function testFuzz_bind_revertsForAllButTheDeployer(address caller) external {
        vm.assume(caller != address(this));
        Mandate fresh = _unbound();
        Vault its = new Vault("Other", "OTHER", fresh, oracle);

        vm.prank(caller);
        vm.expectRevert(abi.encodeWithSelector(IMandate.NotAuthorized.selector, caller));
        fresh.bind(address(its));
    }

    function test_bind_revertsForTheVaultOfAnotherMandate() external {
        Mandate fresh = _unbound();

        vm.expectRevert(
            abi.encodeWithSelector(IMandate.WrongMandate.selector, address(vault), address(mandate))
        );
        fresh.bind(address(vault));
    }

    /// @dev A second vault with the same rules could else drift apart from their list of assets.
    function test_bind_letsOnlyTheBoundVaultBeSeeded() external {
        Vault second = new Vault("Second", "TWO", mandate, oracle);

        vm.expectRevert(
            abi.encodeWithSelector(IVault.NotBound.selector, address(mandate), address(vault))
        );
        second.seed(1e18, new uint256[](COUNT), holder);
    }

    function test_owner_canDecideNothingOfAVaultThatIsNotBound() external {
        Mandate fresh = _unbound();

        vm.startPrank(owner);
        vm.expectRevert(IMandate.NotBoundYet.selector);
        fresh.setFee(0.01e18, stranger);
        vm.expectRevert(IMandate.NotBoundYet.selector);
        fresh.resetBreaker();
        vm.expectRevert(IMandate.NotBoundYet.selector);
        fresh.writeOff(LINK);
        vm.stopPrank();
    }

    /* WHAT IS HANDED ON */

    function testFuzz_setFee_reachesTheVault(uint64 rate, address recipient) external {
        vm.assume(recipient != address(0));
        rate = uint64(bound(rate, 0, LimitCaps.FEE_RATE));

        vm.expectEmit(address(vault));
        emit IVault.FeeSet(recipient, rate);
        vm.prank(owner);
        mandate.setFee(rate, recipient);

        StreamingFee memory fee = vault.fee();
        assertEq(fee.rate, rate);
        assertEq(fee.recipient, recipient);
        assertEq(fee.accruedAt, block.timestamp);
    }

    function testFuzz_setFee_revertsAboveTheCap(uint64 rate) external {
        rate = uint64(bound(rate, LimitCaps.FEE_RATE + 1, type(uint64).max));

        vm.prank(owner);
        vm.expectRevert(
            abi.encodeWithSelector(IVault.FeeTooHigh.selector, rate, LimitCaps.FEE_RATE)
        );
        mandate.setFee(rate, stranger);
    }

    /// @dev INV-10: the vault takes these from its mandate alone, whatever role somebody has.
    function testFuzz_vault_obeysNobodyButItsMandate(address caller) external {
        vm.assume(caller != address(mandate));
        bytes[5] memory calls = [
            abi.encodeCall(vault.setFee, (0.01e18, caller)),
            abi.encodeCall(vault.resetBreaker, ()),
            abi.encodeCall(vault.listAsset, (address(tokens[0]))),
            abi.encodeCall(vault.delistAsset, (1)),
            abi.encodeCall(vault.writeOffAsset, (1))
        ];
        bytes memory reason =
            abi.encodeWithSelector(IVault.NotMandate.selector, caller, address(mandate));

        for (uint256 i; i < calls.length; ++i) {
            vm.prank(caller);
            (bool done, bytes memory answer) = address(vault).call(calls[i]);
            assertFalse(done);
            assertEq(answer, reason);
        }
    }

    /* GIVING UP SETTINGS */

    /// @dev INV-10: once given up, a setting is refused to the owner and to every later owner.
    function test_abdicate_isForEver() external {
        bytes[] memory calls = _abdicable();
        for (uint256 i; i < calls.length; ++i) {
            bytes4 selector = bytes4(calls[i]);
            bytes memory reason =
                abi.encodeWithSelector(IMandate.SettingAbdicated.selector, selector);
            assertTrue(_try(owner, calls[i]), "works before");

            vm.expectEmit(address(mandate));
            emit IMandate.Abdicated(selector);
            vm.prank(owner);
            mandate.abdicate(selector);

            assertTrue(mandate.isAbdicated(selector));
            vm.prank(owner);
            (, bytes memory answer) = address(mandate).call(calls[i]);
            assertEq(answer, reason);
        }
        vm.prank(owner);
        mandate.offerOwnership(stranger);
        vm.prank(stranger);
        mandate.acceptOwnership();
        for (uint256 i; i < calls.length; ++i) {
            assertFalse(_try(stranger, calls[i]));
        }
    }

    /// @dev INV-10: nothing that protects holders can be given up, and nothing unheard of.
    function testFuzz_abdicate_revertsForAllElse(bytes4 selector) external {
        bytes[] memory calls = _abdicable();
        for (uint256 i; i < calls.length; ++i) {
            vm.assume(selector != bytes4(calls[i]));
        }
        bytes4[] memory kept = _kept();
        for (uint256 i; i <= kept.length; ++i) {
            bytes4 tried = i == kept.length ? selector : kept[i];
            vm.prank(owner);
            vm.expectRevert(abi.encodeWithSelector(IMandate.NotAbdicable.selector, tried));
            mandate.abdicate(tried);
        }
    }

    /// @dev One setting given up takes no other with it.
    function test_abdicate_leavesEveryOtherSetting() external {
        bytes[] memory calls = _abdicable();
        vm.prank(owner);
        mandate.abdicate(bytes4(calls[0]));

        for (uint256 i = 1; i < calls.length; ++i) {
            assertTrue(_try(owner, calls[i]));
        }
        bytes4[] memory kept = _kept();
        assertTrue(_try(owner, abi.encodePacked(kept[0])), "unpause");
        assertTrue(_try(owner, abi.encodeWithSelector(kept[4], stranger)), "guardian");
    }

    function test_abdicate_ofAssetsAllowsToRemoveThem() external {
        AssetConfig memory fifth = pricedAsset();
        vm.startPrank(owner);
        mandate.addAsset(fifth);
        mandate.abdicate(IMandate.addAsset.selector);

        mandate.removeAsset(COUNT);

        assertEq(vault.tokens().length, COUNT);
    }

    /* LIMITS AND A RUNNING SCHEDULE */

    /// @dev INV-9: limits that the running schedule, or one to come, is too fast for are refused.
    function testFuzz_setLimits_revertsWhenTheScheduleIsFaster(uint64 speed, uint256 elapsed)
        external
    {
        uint256 duration = _scheduleSwap(20 days);
        Limits memory limits = mandate.limits();
        limits.weightSpeed = uint64(bound(speed, 1, 0.005e18 - 1));
        vm.warp(block.timestamp + bound(elapsed, 0, duration - 1));
        uint256 shortest = (0.1e18 * 1 days + limits.weightSpeed - 1) / limits.weightSpeed;

        vm.prank(owner);
        vm.expectRevert(
            abi.encodeWithSelector(IMandate.ScheduleTooFast.selector, 20 days, shortest)
        );
        mandate.setLimits(limits);
    }

    /// @dev The speed it was made for is enough at every second of it, rounding or not.
    function testFuzz_setLimits_acceptsTheSpeedOfTheSchedule(uint256 seed, uint256 elapsed)
        external
    {
        uint256[] memory weights = mandate.targets();
        uint256 moved = bound(seed, 1, 0.1e18);
        (weights[USDC], weights[WETH]) = (weights[USDC] + moved, weights[WETH] - moved);
        Limits memory limits = mandate.limits();
        uint256 shortest = (moved * 1 days + limits.weightSpeed - 1) / limits.weightSpeed;
        uint256 startsAt = block.timestamp + 1 days;
        vm.prank(manager);
        mandate.scheduleTargets(weights, startsAt, startsAt + shortest);
        vm.warp(block.timestamp + bound(elapsed, 0, 12 days));

        vm.prank(owner);
        mandate.setLimits(limits);
    }

    function test_setLimits_acceptsAnySpeedOnceTheScheduleHasEndedOrWasCancelled() external {
        Limits memory limits = mandate.limits();
        limits.weightSpeed = 1;
        uint256 duration = _scheduleSwap(20 days);

        uint256 world = vm.snapshotState();
        vm.warp(block.timestamp + duration);
        vm.prank(owner);
        mandate.setLimits(limits);

        vm.revertToState(world);
        vm.startPrank(owner);
        mandate.cancelSchedule();
        mandate.setLimits(limits);
        vm.stopPrank();
    }

    /* HELPERS */

    function _unbound() internal returns (Mandate) {
        Roles memory roles = Roles(owner, manager, guardian, new address[](0));
        return new Mandate(roles, defaultLimits(), assetConfigs(), new RouteConfig[](0));
    }

    /// @dev USDC and WETH exchange their targets, which are a tenth apart.
    /// @return Seconds until they have.
    function _scheduleSwap(uint256 duration) internal returns (uint256) {
        uint256[] memory weights = mandate.targets();
        (weights[USDC], weights[WETH]) = (weights[WETH], weights[USDC]);
        uint256 startsAt = block.timestamp + 1 days;
        vm.prank(manager);
        mandate.scheduleTargets(weights, startsAt, startsAt + duration);
        return 1 days + duration;
    }

    /// @dev Whether the call succeeds, in a world that is then undone.
    function _try(address caller, bytes memory data) internal returns (bool done) {
        uint256 world = vm.snapshotState();
        vm.prank(caller);
        (done,) = address(mandate).call(data);
        vm.revertToState(world);
    }

    /// @dev A call that works, for every setting that can be given up.
    function _abdicable() internal returns (bytes[] memory calls) {
        RouteConfig memory route = RouteConfig(address(venue), 0, 1, abi.encodePacked(FEE));
        calls = new bytes[](7);
        calls[0] = abi.encodeCall(IMandate.setLimits, (defaultLimits()));
        calls[1] = abi.encodeCall(IMandate.setBands, (0, 0.02e18, 0.05e18));
        calls[2] = abi.encodeCall(IMandate.setBounds, (0, 0, 0.6e18));
        calls[3] = abi.encodeCall(IMandate.addRoute, (route));
        calls[4] = abi.encodeCall(IMandate.addAsset, (pricedAsset()));
        calls[5] = abi.encodeCall(IMandate.writeOff, (LINK));
        calls[6] = abi.encodeCall(IMandate.setFee, (0.01e18, stranger));
    }

    /// @dev Every other function of the owner.
    function _kept() internal pure returns (bytes4[] memory selectors) {
        selectors = new bytes4[](12);
        selectors[0] = IMandate.unpause.selector;
        selectors[1] = IMandate.unfreezeWeights.selector;
        selectors[2] = IMandate.addKeeper.selector;
        selectors[3] = IMandate.removeKeeper.selector;
        selectors[4] = IMandate.setGuardian.selector;
        selectors[5] = IMandate.setManager.selector;
        selectors[6] = IMandate.resetBreaker.selector;
        selectors[7] = IMandate.removeAsset.selector;
        selectors[8] = IMandate.removeRoute.selector;
        selectors[9] = IMandate.offerOwnership.selector;
        selectors[10] = IMandate.cancelSchedule.selector;
        selectors[11] = IMandate.abdicate.selector;
    }
}
