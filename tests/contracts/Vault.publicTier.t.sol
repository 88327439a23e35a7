// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPriceOracle} from "../../contracts/interfaces/IPriceOracle.sol";
import {IVault} from "../../contracts/interfaces/IVault.sol";
import {VaultState} from "../../contracts/types/Ledger.sol";
import {Blocker, Leg, Reason} from "../../contracts/types/Types.sol";
import {ScriptedVaultFixture} from "./fixtures/ScriptedVaultFixture.sol";

/// @notice Once a hard band is exceeded and has been on record for ten minutes, anyone may
/// rebalance, on tighter terms and a cooldown of their own.
contract VaultPublicTierTest is ScriptedVaultFixture {
    uint256 internal start;

    function setUp() public override {
        super.setUp();
        start = block.timestamp;
        // 480,000 of 1,180,000: 10.7 points above target.
        setOraclePrice(WETH, 3_200e8);
    }

    /* POKE */

    function test_poke_recordsTheBreach() external {
        vm.expectEmit(address(vault));
        emit IVault.Poked(stranger, start + 10 minutes);
        vm.prank(stranger);
        vault.poke();

        assertEq(vault.state().pokedAt, start);
    }

    /// @dev 38 % are reached at 2,860.215053763…, as 150 p / (700,000 + 150 p).
    function test_poke_recordsABreachAtTheHardBand() external {
        setOraclePrice(WETH, 286_021_505_376);
        vm.expectRevert(IVault.InsideHardBands.selector);
        vault.poke();

        setOraclePrice(WETH, 286_021_505_377);
        vault.poke();

        assertEq(vault.state().pokedAt, start);
    }

    function test_poke_revertsWhenABreachIsOnRecord() external {
        vault.poke();

        vm.expectRevert(abi.encodeWithSelector(IVault.AlreadyPoked.selector, start + 10 minutes));
        vault.poke();
        vm.warp(start + 1 hours);
        vm.expectRevert(abi.encodeWithSelector(IVault.AlreadyPoked.selector, start + 10 minutes));
        vault.poke();
    }

    function test_poke_recordsAgainWhenTheRecordHasExpired() external {
        vault.poke();
        vm.warp(start + 1 hours + 1);

        vault.poke();

        assertEq(vault.state().pokedAt, start + 1 hours + 1);
    }

    function test_poke_revertsWhenAPriceIsMissing() external {
        vm.warp(start + 1 days + 1);

        vm.expectPartialRevert(IPriceOracle.PriceUnavailable.selector);
        vault.poke();
    }

    /// @dev A pause stops trading, not the record; the ten minutes run meanwhile.
    function test_poke_recordsDuringAPause() external {
        vm.prank(guardian);
        mandate.pause();

        vault.poke();

        assertEq(vault.state().pokedAt, start);
    }

    /* WHEN */

    function test_rebalance_isOpenToAnyoneAfterTheDelay() external {
        vault.poke();
        vm.warp(start + 10 minutes);

        rebalance(stranger, _legs());

        VaultState memory state = vault.state();
        assertEq(state.nonce, 1);
        assertEq(state.publicAt, block.timestamp);
        assertEq(state.keeperAt, 0);
    }

    function test_rebalance_isBlockedWithoutARecord() external {
        expectBlocked(stranger, _legs(), Reason.Public, Blocker.NotPoked, 0);
    }

    function test_rebalance_isBlockedBeforeTheDelay() external {
        vault.poke();
        vm.warp(start + 10 minutes - 1);

        expectBlocked(stranger, _legs(), Reason.Public, Blocker.PokeDelay, start + 10 minutes);
    }

    function test_rebalance_isOpenUntilTheRecordExpires() external {
        vault.poke();
        vm.warp(start + 1 hours);

        rebalance(stranger, _legs());

        assertEq(vault.state().nonce, 1);
    }

    function test_rebalance_isBlockedWhenTheRecordHasExpired() external {
        vault.poke();
        vm.warp(start + 1 hours + 1);

        expectBlocked(stranger, _legs(), Reason.Public, Blocker.NotPoked, 0);
    }

    /// @dev The breach must last: a record of one that is over opens nothing.
    function test_rebalance_isNotDueWhenTheBreachIsOver() external {
        vault.poke();
        vm.warp(start + 10 minutes);
        setOraclePrice(WETH, 2_800e8);

        expectBlocked(stranger, _legs(), Reason.None, Blocker.NotDue, 0);
    }

    function test_rebalance_isBlockedByAPauseForAnyone() external {
        vault.poke();
        vm.warp(start + 10 minutes);
        vm.prank(guardian);
        mandate.pause();

        expectBlocked(stranger, _legs(), Reason.Public, Blocker.Paused, start + 10 minutes + 7 days);
    }

    /// @dev A record serves one rebalance.
    function test_rebalance_forgetsTheRecord() external {
        _open();
        rebalance(stranger, _legs());
        setOraclePrice(WETH, 4_500e8);

        expectBlocked(stranger, _legs(), Reason.Public, Blocker.NotPoked, 0);
        assertEq(vault.state().pokedAt, 0);
    }

    function test_rebalance_isBlockedByTheCooldownOfThePublicTier() external {
        _open();
        rebalance(stranger, _legs());
        uint256 readyAt = block.timestamp + 1 hours;
        setOraclePrice(WETH, 4_500e8);
        vault.poke();
        passTime(1 hours - 1);

        expectBlocked(stranger, _legs(), Reason.Public, Blocker.PublicCooldown, readyAt);
        vm.warp(readyAt);
        rebalance(stranger, _legs());

        assertEq(vault.state().nonce, 2);
    }

    /* BESIDE THE KEEPERS */

    /// @dev The public tier does not touch the keepers' clock.
    function test_rebalance_leavesTheKeepersTheirCooldown() external {
        _open();
        rebalance(stranger, _legs());
        setOraclePrice(WETH, 4_500e8);

        rebalance(keeper, _legs());

        VaultState memory state = vault.state();
        assertEq(state.keeperAt, state.publicAt);
    }

    /// @dev Nor does a keeper touch the public tier's: only the record is used up.
    function test_rebalance_leavesThePublicTierItsCooldown() external {
        rebalance(keeper, _legs());
        setOraclePrice(WETH, 4_500e8);
        vault.poke();
        passTime(10 minutes);

        rebalance(stranger, _legs());

        assertEq(vault.state().nonce, 2);
    }

    function test_rebalance_forgetsTheRecordWhenAKeeperRebalances() external {
        _open();
        rebalance(keeper, _legs());
        setOraclePrice(WETH, 4_500e8);

        expectBlocked(stranger, _legs(), Reason.Public, Blocker.NotPoked, 0);
    }

    /// @dev A keeper in its own cooldown may do what anyone may, on anyone's terms.
    function test_rebalance_letsAKeeperUseThePublicTier() external {
        rebalance(keeper, _legs());
        setOraclePrice(WETH, 4_500e8);
        vault.poke();
        passTime(10 minutes);
        uint256 keeperAt = vault.state().keeperAt;

        rebalance(keeper, _legs());

        assertEq(vault.state().keeperAt, keeperAt);
        assertEq(vault.state().publicAt, block.timestamp);
    }

    function test_rebalance_namesTheKeepersBlockerToAKeeper() external {
        rebalance(keeper, _legs());
        setOraclePrice(WETH, 4_500e8);

        expectBlocked(keeper, _legs(), Reason.Threshold, Blocker.Cooldown, start + 1 hours);
    }

    /* TERMS */

    /// @dev 99.6 % of the oracle's worth, where a keeper may take 99 %.
    function test_rebalance_demandsMoreOfAnyone() external {
        _open();
        Leg[] memory legs = one(exactLeg(WETH, USDC, 10e18));
        script.payOut(31_872e6 - 1);
        uint256 snapshot = vm.snapshotState();
        vm.expectRevert(
            abi.encodeWithSelector(IVault.ReceivedTooLittle.selector, 0, 31_872e6 - 1, 31_872e6)
        );
        vm.prank(stranger);
        vault.rebalance(legs, 0, block.timestamp);
        vm.revertToState(snapshot);

        rebalance(keeper, legs);

        assertEq(vault.state().nonce, 1);
    }

    function test_rebalance_takesTheFloorOfThePublicTierExactly() external {
        _open();
        script.payOut(31_872e6);

        rebalance(stranger, one(exactLeg(WETH, USDC, 10e18)));

        assertEq(vault.state().nonce, 1);
    }

    /// @dev INV-5: the rules for every leg hold for anyone.
    function test_rebalance_holdsAnyoneToTheTargets() external {
        _open();

        uint256 nonce = vault.state().nonce;
        Leg[] memory legs = one(scriptedLeg(WETH, USDC, 36_000e18 + 3_200));
        vm.expectRevert(
            abi.encodeWithSelector(
                IVault.PastTarget.selector, 0, address(tokens[USDC]), 36_000e18 + 3_200, 36_000e18
            )
        );
        vm.prank(stranger);
        vault.rebalance(legs, nonce, block.timestamp);
    }

    /// @dev INV-4: both tiers draw on the same buckets.
    function test_rebalance_chargesTheSameBuckets() external {
        _open();
        script.setFactor(0.997e18);
        rebalance(stranger, _legs());
        VaultState memory first = vault.state();
        assertGt(first.lossUsed, 0);
        setOraclePrice(WETH, 3_600e8);

        rebalance(keeper, _legs());

        assertGt(vault.state().lossUsed, first.lossUsed);
        assertGt(vault.state().turnoverUsed, first.turnoverUsed);
    }

    function _open() private {
        vault.poke();
        vm.warp(block.timestamp + 10 minutes);
    }

    /// @dev A fifth of what WETH has too many, into what lacks most.
    function _legs() private view returns (Leg[] memory) {
        return one(scriptedLeg(WETH, WBTC, above(WETH) / 5));
    }
}
