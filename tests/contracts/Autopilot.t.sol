// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Action, IAutopilot, Job} from "../../contracts/interfaces/IAutopilot.sol";
import {IMandate} from "../../contracts/interfaces/IMandate.sol";
import {IPriceOracle} from "../../contracts/interfaces/IPriceOracle.sol";
import {IVault} from "../../contracts/interfaces/IVault.sol";
import {VaultState} from "../../contracts/types/Ledger.sol";
import {Blocker, Leg, Limits, Reason, WAD} from "../../contracts/types/Types.sol";
import {AutopilotFixture} from "./fixtures/AutopilotFixture.sol";
import {Flooder, GasBurner} from "./fixtures/Hostile.sol";

/// @notice Reverts with what a rehearsal that went well reverts with, whatever it is asked.
contract Impostor {
    fallback() external {
        revert IAutopilot.Rehearsed("");
    }
}

/// @notice Whoever calls the autopilot, a vault beyond its hard bands is put on record and, ten
/// minutes later, brought closer to its targets, on the terms of the public tier and without any
/// role.
contract AutopilotTest is AutopilotFixture {
    /* WHATEVER THE PRICES */

    /// @dev With market and oracle at the same, random prices on real pools: needed exactly when a
    /// hard band is exceeded, and then it works.
    function testFuzz_performUpkeep_bringsTheVaultCloserFromAnyDrift(uint256[3] memory seeds)
        external
    {
        movePrices(seeds);
        bool reached = hardBandReached();
        (bool needed, bytes memory performData) = check(job());
        assertEq(needed, reached);
        if (!needed) return;
        perform(performData);
        assertEq(vault.state().pokedAt, block.timestamp);
        passTime(10 minutes);
        uint256 before = drift();

        (needed, performData) = check(job());
        assertTrue(needed);
        perform(performData);

        VaultState memory state = vault.state();
        assertEq(state.nonce, 1);
        assertEq(state.publicAt, block.timestamp);
        assertEq(state.keeperAt, 0);
        assertLe(drift(), before - (before / 5 < 0.01e18 ? before / 5 : 0.01e18));
    }

    /// @dev Second prices up to half a per cent off, and venues that pay up to 0.9 % more than the
    /// floor asks: what is planned in full is never past a target nor beyond a bucket.
    function testFuzz_perform_keepsTheRulesWithTwoPricesAndWindfalls(
        uint256[3] memory seeds,
        uint256[4] memory gaps,
        uint256 windfall
    ) external {
        movePrices(seeds);
        if (!hardBandReached()) return;
        vault.poke();
        passTime(10 minutes);
        script.setFactor(bound(windfall, 1e18, 1.009e18));
        uint256 margin = _diverge(gaps);
        Job memory asked = scriptedJob();
        (Action action,) = planned(asked);
        // Prices so far apart leave less to trade than the least progress only near the band.
        assertEq(uint8(action), uint8(Action.Rebalance));
        script.setFactor(script.factor() * margin / WAD);

        autopilot.perform(asked);

        assertEq(vault.state().nonce, 1);
    }

    /// @dev The market lags or leads the oracle by up to 2 %: whatever a check says is what
    /// happens.
    function testFuzz_checkUpkeep_saysWhatPerformUpkeepWillDo(
        uint256[3] memory seeds,
        uint256[3] memory lags
    ) external {
        movePrices(seeds);
        if (!hardBandReached()) return;
        pokeAndWait();
        for (uint256 i = 1; i < COUNT; ++i) {
            setMarketPrice(i, marketPrice[i] * bound(lags[i - 1], 0.98e18, 1.02e18) / WAD);
        }

        (bool needed, bytes memory performData) = check(job());

        if (needed) {
            perform(performData);
            assertEq(vault.state().nonce, 1);
        } else {
            vm.expectRevert();
            autopilot.performUpkeep(abi.encode(job()));
        }
    }

    /// @dev After any history of both tiers' buckets, what is planned fits what is left of them.
    function testFuzz_perform_staysWithinWhatIsLeftOfTheBuckets(uint256 wait, uint256 factor)
        external
    {
        setPrice(WETH, 4_000e8);
        script.setFactor(bound(factor, 0.996e18, 1e18));
        uint256 rebalances;
        for (uint256 i; i < 6; ++i) {
            if (vault.state().pokedAt == 0 && hardBandReached()) vault.poke();
            passTime(10 minutes);
            (Action action,) = planned(scriptedJob());
            if (action == Action.Rebalance) {
                autopilot.perform(scriptedJob());
                ++rebalances;
            }
            passTime(bound(wait, 1 hours, 10 days));
            setPrice(WETH, marketPrice[WETH] * 11 / 10);
        }
        assertGt(rebalances, 0);
        assertEq(vault.state().nonce, rebalances);
    }

    /// @dev Three basis points left to lose, and venues that pay the floor: half of what
    /// the turnover bucket would let through.
    function test_perform_risksNoMoreThanTheLossBucketHasLeft() external {
        Limits memory limits = mandate.limits();
        limits.lossCapacity = 0.0003e18;
        setLimits(limits);
        setPrice(WETH, 4_000e8);
        vault.poke();
        passTime(10 minutes);
        script.setFactor(0.996e18);

        autopilot.perform(scriptedJob());

        assertLe(vault.state().lossUsed, 0.0003e18);
        assertApproxEqAbs(vault.state().turnoverUsed, 0.075e18, 0.0001e18);
    }

    /* WHEN NOT */

    function test_checkUpkeep_isQuietOnTarget() external {
        (bool needed,) = check(job());
        assertFalse(needed);

        vm.expectRevert(_nothing(Reason.None, Blocker.NotDue, 0));
        autopilot.performUpkeep(abi.encode(job()));
    }

    function test_performUpkeep_waitsForTheDelay() external {
        setPrice(WETH, 4_000e8);
        autopilot.performUpkeep(abi.encode(job()));
        uint256 opensAt = block.timestamp + 10 minutes;
        passTime(10 minutes - 1);
        (bool needed,) = check(job());
        assertFalse(needed);
        vm.expectRevert(_nothing(Reason.Public, Blocker.PokeDelay, opensAt));
        autopilot.performUpkeep(abi.encode(job()));

        passTime(1);
        (needed,) = check(job());
        assertTrue(needed);
    }

    function test_performUpkeep_pokesAgainWhenTheRecordHasExpired() external {
        setPrice(WETH, 4_000e8);
        pokeAndWait();
        passTime(51 minutes);

        perform(abi.encode(job()));

        assertEq(vault.state().pokedAt, block.timestamp);
        assertEq(vault.state().nonce, 0);
    }

    /// @dev A record lasts an hour, so in a cooldown of a day 22 of them would be for nothing.
    function test_checkUpkeep_doesNotPokeForACooldownThatOutlastsTheRecord() external {
        Limits memory limits = mandate.limits();
        limits.publicCooldown = 1 days;
        setLimits(limits);
        setPrice(WETH, 4_000e8);
        pokeAndWait();
        (, bytes memory performData) = check(job());
        perform(performData);
        setPrice(WETH, 5_000e8);

        passTime(23 hours - 1);
        (bool needed,) = check(job());
        assertFalse(needed);
        passTime(1);
        (needed,) = check(job());
        assertTrue(needed);
    }

    /// @dev Ten thousandths left in the turnover bucket bring too little: no poke for that.
    function test_checkUpkeep_doesNotPokeForAnEmptyBucket() external {
        Limits memory limits = mandate.limits();
        limits.turnoverCapacity = 0.005e18;
        setLimits(limits);
        setPrice(WETH, 4_000e8);

        (bool needed,) = check(job());

        assertFalse(needed);
        vm.expectRevert(_nothing(Reason.Public, Blocker.NotPoked, 0));
        autopilot.performUpkeep(abi.encode(job()));
    }

    function test_checkUpkeep_isQuietWhilePaused() external {
        setPrice(WETH, 4_000e8);
        vm.prank(guardian);
        mandate.pause();

        (bool needed,) = check(job());

        assertFalse(needed);
    }

    function test_checkUpkeep_isQuietWhileAPriceIsMissing() external {
        setPrice(WETH, 4_000e8);
        vm.warp(block.timestamp + 1 days + 1);

        (bool needed,) = check(job());

        assertFalse(needed);
        vm.expectPartialRevert(IPriceOracle.PriceUnavailable.selector);
        autopilot.performUpkeep(abi.encode(job()));
    }

    /* ROLES */

    /// @dev INV-10: as a keeper it would let anyone trade on a keeper's terms.
    function test_performUpkeep_refusesToActAsAKeeper() external {
        setPrice(WETH, 4_000e8);
        vm.prank(owner);
        mandate.addKeeper(address(autopilot));

        (bool needed,) = check(job());

        assertFalse(needed);
        vm.expectRevert(abi.encodeWithSelector(IAutopilot.HoldsKeeperRole.selector, address(vault)));
        autopilot.performUpkeep(abi.encode(job()));
    }

    /// @dev A keeper who calls it gets no better terms, and keeps the cooldown of its own tier.
    function test_performUpkeep_isThePublicTierForKeepersToo() external {
        setPrice(WETH, 4_000e8);
        pokeAndWait();

        vm.prank(keeper);
        autopilot.performUpkeep(abi.encode(scriptedJob()));

        assertEq(vault.state().keeperAt, 0);
        assertEq(vault.state().publicAt, block.timestamp);
    }

    /// @dev INV-8: it holds nothing and allows nothing.
    function test_performUpkeep_leavesNothingBehind() external {
        setPrice(WETH, 4_000e8);
        pokeAndWait();
        (, bytes memory performData) = check(job());
        perform(performData);

        for (uint256 i; i < COUNT; ++i) {
            assertEq(tokens[i].balanceOf(address(autopilot)), 0);
            assertEq(tokens[i].allowance(address(autopilot), address(vault)), 0);
        }
    }

    /* A SPECIAL CASE EACH */

    /// @dev Targets of LINK run out over 20 days, the bucket refills: in the end not a unit is
    /// left.
    function test_performUpkeep_sellsAnAssetWithoutATargetToTheLastUnit() external {
        uint256[] memory newTargets = mandate.targets();
        (newTargets[LINK], newTargets[USDC]) = (0, 0.4e18);
        vm.prank(manager);
        mandate.scheduleTargets(newTargets, block.timestamp + 1 days, block.timestamp + 22 days);
        passTime(22 days);
        // Something else has too much as well, so that there is room for the last of LINK.
        setPrice(WETH, 2_020e8);
        for (uint256 i; i < 40 && vault.holdings()[LINK] != 0; ++i) {
            // Nearer than its hard band it is the keepers' to sell.
            if (!hardBandReached()) _tightenLink();
            vault.poke();
            passTime(10 minutes);
            autopilot.perform(scriptedJob());
            passTime(1 days);
        }

        assertEq(vault.holdings()[LINK], 0);
    }

    /// @dev The fall of WETH, from 1,300,000 to 1,150,000, trips the breaker at the very rebalance:
    /// only the base is bought.
    function test_performUpkeep_buysOnlyTheBaseOnceTheBreakerHasTripped() external {
        Limits memory limits = mandate.limits();
        limits.drawdown = 0.1e18;
        setLimits(limits);
        setPrice(WETH, 4_000e8);
        vault.observeDrawdown();
        setPrice(WETH, 3_000e8);
        vault.observeDrawdown();
        vault.poke();
        passTime(1 hours);
        uint256[] memory before = vault.holdings();

        autopilot.perform(scriptedJob());

        assertTrue(vault.state().onlyToBase);
        assertEq(vault.state().nonce, 1);
        for (uint256 i = 1; i < COUNT; ++i) {
            assertLe(vault.holdings()[i], before[i]);
        }
        assertGt(vault.holdings()[USDC], before[USDC]);
    }

    /// @dev A written-off asset has no price and no leg, and does not stand in the way.
    function test_performUpkeep_worksBesideAWrittenOffAsset() external {
        vm.prank(owner);
        mandate.writeOff(LINK);
        setPrice(WETH, 4_000e8);
        vault.poke();
        passTime(10 minutes);
        feeds[LINK].setAnswer(0, block.timestamp);
        uint256 before = vault.holdings()[LINK];

        autopilot.perform(scriptedJob());

        assertEq(vault.state().nonce, 1);
        assertEq(vault.holdings()[LINK], before);
    }

    /* WHAT A CHECK SURVIVES */

    function testFuzz_checkUpkeep_neverRevertsWhateverTheData(bytes calldata data) external {
        (bool needed,) = autopilot.checkUpkeep(data);

        assertFalse(needed);
    }

    function test_checkUpkeep_neverRevertsWhateverTheVault() external {
        address[7] memory vaults = [
            address(0),
            makeAddr("nothing"),
            address(tokens[USDC]),
            address(new GasBurner()),
            address(new Flooder(1e6, false)),
            address(new Flooder(1e6, true)),
            address(new Impostor())
        ];
        for (uint256 i; i < vaults.length; ++i) {
            Job memory asked = job();
            asked.vault = IVault(vaults[i]);

            (bool needed,) = autopilot.checkUpkeep{gas: 10_000_000}(abi.encode(asked));

            assertFalse(needed, vm.toString(i));
        }
    }

    /// @dev Sent as a transaction it changes nothing, though it tries everything.
    function test_checkUpkeep_leavesNoTrace() external {
        setPrice(WETH, 4_000e8);
        pokeAndWait();
        uint256[] memory before = vault.holdings();

        (bool needed,) = check(job());

        assertTrue(needed);
        assertEq(vault.holdings(), before);
        assertEq(vault.state().nonce, 0);
        assertNotEq(vault.state().pokedAt, 0);
    }

    /* HELP */

    function _nothing(Reason reason, Blocker blocker, uint256 readyAt)
        private
        view
        returns (bytes memory)
    {
        return abi.encodeWithSelector(
            IAutopilot.NothingToDo.selector, address(vault), reason, blocker, readyAt
        );
    }

    function _tightenLink() private {
        vm.prank(owner);
        mandate.setBands(LINK, 1, 1);
    }

    /// @dev Gives each asset a second price up to 1 % off.
    /// @return margin What a venue must pay more than by first prices, in WAD, to reach the floor.
    function _diverge(uint256[4] memory gaps) private returns (uint256 margin) {
        uint256[] memory first = oracle.prices(addresses());
        uint256[] memory second = new uint256[](COUNT);
        uint256 low = WAD;
        uint256 high = WAD;
        for (uint256 i; i < COUNT; ++i) {
            uint256 gap = bound(gaps[i], 0.995e18, 1.005e18);
            second[i] = first[i] * gap / WAD;
            if (gap < low) low = gap;
            if (gap > high) high = gap;
        }
        vm.mockCall(
            address(oracle),
            abi.encodeWithSelector(IPriceOracle.pricePairs.selector),
            abi.encode(first, second)
        );
        return WAD * high / low;
    }
}
