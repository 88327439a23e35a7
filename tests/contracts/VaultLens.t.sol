// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AssetRule, IMandate} from "../../contracts/interfaces/IMandate.sol";
import {FeedConfig, PriceStatus} from "../../contracts/interfaces/IPriceOracle.sol";
import {IVault} from "../../contracts/interfaces/IVault.sol";
import {VaultState} from "../../contracts/types/Ledger.sol";
import {
    AssetView,
    IVaultLens,
    TokenView,
    VaultSummary,
    VaultView
} from "../../contracts/interfaces/IVaultLens.sol";
import {LimitCaps} from "../../contracts/libraries/LimitCaps.sol";
import {
    Blocker,
    Leg,
    Limits,
    Plan,
    Position,
    Reason,
    Route,
    WAD
} from "../../contracts/types/Types.sol";
import {VaultLens} from "../../contracts/VaultLens.sol";
import {VaultFixture} from "./fixtures/VaultFixture.sol";

/// @notice A view says what the vault, its mandate, its oracle and its tokens say.
contract VaultLensTest is VaultFixture {
    VaultLens internal lens;

    function setUp() public override {
        super.setUp();
        lens = new VaultLens();
    }

    /* WHAT IS READ */

    function test_readOne_namesTheVault() external view {
        VaultView memory found = _view(keeper);

        assertEq(found.vault, address(vault));
        assertEq(found.mandate, address(mandate));
        assertEq(found.oracle, address(oracle));
        assertEq(found.name, vault.name());
        assertEq(found.symbol, vault.symbol());
        assertEq(found.totalSupply, vault.totalSupply());
        assertEq(abi.encode(found.limits), abi.encode(mandate.limits()));
    }

    function test_readOne_describesEveryAsset() external {
        setPrice(WETH, 2500e8);
        (uint256[] memory values, uint256 nav) = portfolio();

        VaultView memory found = _view(keeper);

        assertEq(found.assets.length, COUNT);
        for (uint256 i; i < COUNT; ++i) {
            AssetView memory asset = found.assets[i];
            assertEq(asset.recorded, vault.holdings()[i]);
            assertEq(asset.balance, tokens[i].balanceOf(address(vault)));
            assertEq(asset.value, values[i]);
            assertFalse(asset.writtenOff);
            _checkRules(asset, i);
            _checkToken(_tokens()[asset.token], i);
        }
        assertEq(found.nav, nav);
    }

    function _checkRules(AssetView memory asset, uint256 i) internal view {
        AssetRule memory rule = mandate.rule(i);
        assertEq(asset.target, mandate.targets()[i]);
        assertEq(asset.endTarget, rule.endWeight);
        assertEq(asset.band, rule.band);
        assertEq(asset.hardBand, rule.hardBand);
    }

    function _checkToken(TokenView memory token, uint256 i) internal view {
        FeedConfig memory feed = oracle.feedOf(token.token);
        assertEq(token.token, address(tokens[i]));
        assertEq(token.oracle, address(oracle));
        assertEq(token.symbol, tokens[i].symbol());
        assertEq(token.decimals, tokens[i].decimals());
        assertEq(token.price, oracle.prices(addresses())[i]);
        assertEq(token.secondPrice, 0);
        assertEq(token.priceUpdatedAt, block.timestamp);
        assertEq(token.heartbeat, feed.heartbeat);
        assertEq(token.deviation, feed.deviation);
    }

    function test_readOne_separatesRecordedOwedUnvestedAndBalance() external {
        vm.startPrank(holder);
        vault.redeemInKind(SHARES / 10, new uint256[](COUNT), holder, holder, 1 << WBTC);
        vm.stopPrank();
        tokens[WBTC].mint(address(vault), 5e8);
        vault.absorb(address(tokens[WBTC]));
        tokens[WBTC].mint(address(vault), 7);
        passTime(6 hours);

        AssetView memory asset = _view(keeper).assets[WBTC];

        (uint256 recorded, uint256 owed, uint256 unvested,) = vault.account(address(tokens[WBTC]));
        assertEq(asset.recorded, recorded);
        assertEq(asset.owed, owed);
        assertEq(asset.unvested, unvested);
        assertGt(asset.owed * asset.unvested, 0);
        assertEq(asset.balance, recorded + owed + unvested + 7);
    }

    function test_readOne_followsASchedule() external {
        uint256[] memory newTargets = mandate.targets();
        (newTargets[WBTC], newTargets[WETH]) = (0.31e18, 0.29e18);
        uint256 startsAt = block.timestamp + 1 days;
        vm.prank(manager);
        mandate.scheduleTargets(newTargets, startsAt, startsAt + 2 days);
        passTime(2 days);

        VaultView memory found = _view(keeper);

        assertEq(found.scheduleStart, startsAt);
        assertEq(found.scheduleEnd, startsAt + 2 days);
        assertEq(found.assets[WBTC].target, 0.305e18);
        assertEq(found.assets[WBTC].endTarget, 0.31e18);
    }

    function test_readOne_reportsWhatTheGuardianDid() external {
        vm.startPrank(guardian);
        mandate.pause();
        mandate.freezeWeights();
        vm.stopPrank();

        VaultView memory found = _view(keeper);

        assertEq(found.pausedUntil, block.timestamp + 7 days);
        assertTrue(found.weightsFrozen);
    }

    function test_readOne_knowsTheKeepers() external view {
        assertTrue(_view(keeper).isKeeper);
        assertFalse(_view(stranger).isKeeper);
    }

    function test_readOne_countsRebalancesAndTheirTimes() external {
        setPrice(WETH, 3500e8);
        rebalance(keeper, one(legOf(WETH, USDC, 40_000e18)));
        vault.poke();
        passTime(1 days);

        VaultView memory found = _view(keeper);

        VaultState memory state = vault.state();
        assertEq(found.nonce, 1);
        assertEq(found.keeperAt, block.timestamp - 1 days);
        assertEq(found.publicAt, 0);
        assertEq(found.pokedAt, block.timestamp - 1 days);
        Limits memory limits = mandate.limits();
        assertEq(found.lossLeft, limits.lossCapacity - (state.lossUsed - limits.lossRate));
        assertEq(
            found.turnoverLeft, limits.turnoverCapacity - (state.turnoverUsed - limits.turnoverRate)
        );
    }

    /* WHETHER A REBALANCE IS DUE */

    /// @dev The view is right if the vault acts on it: what it says blocks, blocks, for that reason
    /// and that long, and what it says is open gets as far as the leg, which is too small.
    function testFuzz_readOne_saysWhatTheVaultDoes(
        uint256 price,
        uint256 waited,
        bool byKeeper,
        bool poked,
        bool paused
    ) external {
        setPrice(WETH, bound(price, 800e8, 5000e8));
        if (poked) try vault.poke() {} catch {}
        if (paused) _pause();
        passTime(bound(waited, 0, waited % 2 == 0 ? 2 hours : 60 days));
        address caller = byKeeper ? keeper : stranger;

        VaultView memory found = _view(caller);

        bytes memory failure = _tryDustRebalance(caller);
        if (found.blocker == Blocker.None) {
            assertEq(bytes4(failure), IVault.LegTooSmall.selector);
        } else {
            bytes memory expected = abi.encodeWithSelector(
                IVault.RebalanceBlocked.selector, found.reason, found.blocker, found.readyAt
            );
            assertEq(failure, expected);
        }
    }

    function test_readOne_reportsThresholdDriftAndNav() external {
        setPrice(WETH, 2400e8);
        (uint256[] memory values, uint256 nav) = portfolio();

        VaultView memory found = _view(keeper);

        uint256 drift;
        for (uint256 i; i < COUNT; ++i) {
            uint256 weight = values[i] * WAD / nav;
            uint256 target = mandate.targets()[i];
            drift += weight > target ? weight - target : target - weight;
        }
        assertEq(found.totalDrift, drift / 2);
        assertEq(uint8(found.reason), uint8(Reason.Threshold));
        assertEq(uint8(found.blocker), uint8(Blocker.None));
    }

    function test_readOne_withoutAPriceBlocksAndKeepsTheOtherValues() external {
        setPrice(WETH, 2400e8);
        vm.mockCallRevert(
            oracle.feedOf(address(tokens[LINK])).feed,
            abi.encodeWithSignature("latestRoundData()"),
            ""
        );

        VaultView memory found = _view(keeper);

        assertEq(uint8(found.reason), uint8(Reason.None));
        assertEq(uint8(found.blocker), uint8(Blocker.Oracle));
        assertEq(found.nav, 0);
        assertEq(found.totalDrift, 0);
        assertEq(uint8(_tokens()[LINK].priceStatus), uint8(PriceStatus.Unreadable));
        assertEq(found.assets[LINK].value, 0);
        assertGt(found.assets[WETH].value, 0);
    }

    function test_readOne_saysWhenTheTurnoverBucketCanTakeALeg() external {
        setPrice(WETH, 4000e8);
        _setTurnover(0.03e18, 1e12);
        (, uint256 nav) = portfolio();
        rebalance(keeper, one(legOf(WETH, USDC, nav * 3 / 100)));
        passTime(mandate.limits().cooldown);

        VaultView memory found = _view(keeper);

        assertEq(uint8(found.reason), uint8(Reason.Threshold));
        assertEq(uint8(found.blocker), uint8(Blocker.TurnoverBucket));
        passTime(found.readyAt - block.timestamp - 1);
        assertEq(uint8(_view(keeper).blocker), uint8(Blocker.TurnoverBucket));
        passTime(1);
        assertEq(uint8(_view(keeper).blocker), uint8(Blocker.None));
    }

    function test_readOne_namesAPauseBeforeAnEmptyBucket() external {
        setPrice(WETH, 4000e8);
        _setTurnover(0.03e18, 1e12);
        (, uint256 nav) = portfolio();
        rebalance(keeper, one(legOf(WETH, USDC, nav * 3 / 100)));
        passTime(mandate.limits().cooldown);
        _pause();

        assertEq(uint8(_view(keeper).blocker), uint8(Blocker.Paused));
    }

    function test_readOne_saysWhenTheLossBucketCanTakeALoss() external {
        setPrice(WETH, 4000e8);
        rebalance(keeper, one(legOf(WETH, USDC, 50_000e18)));
        passTime(mandate.limits().cooldown);
        _setLossCapacity(vault.state().lossUsed / 2);

        VaultView memory found = _view(keeper);

        assertEq(found.lossLeft, 0);
        assertEq(uint8(found.blocker), uint8(Blocker.LossBucket));
        passTime(found.readyAt - block.timestamp - 1);
        assertEq(uint8(_view(keeper).blocker), uint8(Blocker.LossBucket));
        passTime(1);
        assertEq(uint8(_view(keeper).blocker), uint8(Blocker.None));
    }

    function test_readOne_knowsNoTimeForABucketThatIsAlwaysEmpty() external {
        setPrice(WETH, 4000e8);
        _setLossCapacity(0);

        VaultView memory found = _view(keeper);

        assertEq(uint8(found.blocker), uint8(Blocker.LossBucket));
        assertEq(found.readyAt, 0);
    }

    function test_readOne_knowsNoTimeForABucketSmallerThanTheSmallestLeg() external {
        setPrice(WETH, 4000e8);
        _setTurnover(1e13, 1e12);

        VaultView memory found = _view(keeper);

        assertEq(uint8(found.blocker), uint8(Blocker.TurnoverBucket));
        assertEq(found.readyAt, 0);
    }

    function test_readOne_knowsTheTimeOfABucketThatMustBeFull() external {
        setPrice(WETH, 4000e8);
        _setTurnover(1e14, 1e12);
        _setLossCapacity(1);
        VaultState memory state = vault.state();
        state.keeperAt = uint32(block.timestamp - mandate.limits().cooldown);
        // A day's refill is a hundredth of a leg, and more than any loss so small.
        state.turnoverUsed = 1e14;
        _mockState(state);
        assertEq(uint8(_view(keeper).blocker), uint8(Blocker.TurnoverBucket));
        assertEq(_view(keeper).readyAt, state.keeperAt + 100 days);

        state.lossUsed = 1e16;
        _mockState(state);
        assertEq(uint8(_view(keeper).blocker), uint8(Blocker.LossBucket));
        assertGt(_view(keeper).readyAt, block.timestamp);
    }

    /// @dev No mandate of ours allows such a rate; the lens reads those of others too.
    function test_readOne_knowsNoTimeForABucketThatNeverRefills() external {
        setPrice(WETH, 4000e8);
        VaultState memory state = vault.state();
        (uint256[] memory values, uint256 nav) = portfolio();
        Plan memory plan = mandate.plan(Position(keeper, state.keeperAt, 0, 0, nav, values));
        plan.turnoverRate = 0;
        vm.mockCall(
            address(mandate), abi.encodeWithSelector(IMandate.plan.selector), abi.encode(plan)
        );
        state.turnoverUsed = uint64(plan.turnoverCapacity);
        _mockState(state);

        VaultView memory found = _view(keeper);

        assertEq(uint8(found.blocker), uint8(Blocker.TurnoverBucket));
        assertEq(found.readyAt, 0);
    }

    function test_readOne_isOpenWhileTheBucketTakesTheSmallestLeg() external {
        setPrice(WETH, 4000e8);
        VaultState memory state = vault.state();
        uint64 capacity = mandate.limits().turnoverCapacity;
        (state.keeperAt, state.turnoverUsed) =
        (uint32(block.timestamp - 1 days), capacity + mandate.limits().turnoverRate - 1e14);
        _mockState(state);
        assertEq(uint8(_view(keeper).blocker), uint8(Blocker.None));

        ++state.turnoverUsed;
        _mockState(state);
        assertEq(uint8(_view(keeper).blocker), uint8(Blocker.TurnoverBucket));
    }

    /// @dev A mandate that promises more than the vault obeys is not believed.
    function test_readOne_cutsLimitsToTheVaultsOwnCaps() external {
        Plan memory plan = mandate.plan(Position(keeper, 0, 0, 0, 0, new uint256[](COUNT)));
        (plan.lossCapacity, plan.turnoverCapacity) = (0.9e18, 0.9e18);
        (plan.lossRate, plan.turnoverRate) = (0.9e18, 0.9e18);
        vm.mockCall(
            address(mandate), abi.encodeWithSelector(IMandate.plan.selector), abi.encode(plan)
        );
        assertEq(_view(keeper).lossLeft, LimitCaps.LOSS_CAPACITY);
        assertEq(_view(keeper).turnoverLeft, LimitCaps.TURNOVER_CAPACITY);

        VaultState memory state = vault.state();
        state.keeperAt = uint32(block.timestamp - 1 days);
        state.lossUsed = uint64(LimitCaps.LOSS_CAPACITY);
        state.turnoverUsed = uint64(LimitCaps.TURNOVER_CAPACITY);
        _mockState(state);
        assertEq(_view(keeper).lossLeft, LimitCaps.LOSS_RATE);
        assertEq(_view(keeper).turnoverLeft, LimitCaps.TURNOVER_RATE);
    }

    /// @dev Both tiers charge the same buckets, which refill from the later of the two.
    function test_readOne_refillsBucketsSinceWhicheverTierCameLast() external {
        setPrice(WETH, 4000e8);
        Limits memory limits = mandate.limits();
        VaultState memory state = vault.state();
        (state.keeperAt, state.publicAt) =
        (uint32(block.timestamp - 9 days), uint32(block.timestamp - 1 days));
        state.turnoverUsed = limits.turnoverCapacity + 2 * limits.turnoverRate;
        _mockState(state);

        VaultView memory found = _view(keeper);

        assertEq(found.turnoverLeft, 0);
        uint256 missing = 2 * uint256(limits.turnoverRate) + 1e14;
        uint256 wait = (missing * 1 days + limits.turnoverRate - 1) / limits.turnoverRate;
        assertEq(found.readyAt, state.publicAt + wait);
    }

    /* WRITTEN OFF, TRIPPED */

    /// @dev What is written off counts for nothing and needs no price.
    function test_readOne_needsNoPriceOfWhatIsWrittenOff() external {
        vm.prank(owner);
        mandate.writeOff(LINK);
        vm.mockCallRevert(
            oracle.feedOf(address(tokens[LINK])).feed,
            abi.encodeWithSignature("latestRoundData()"),
            ""
        );

        VaultView memory found = _view(keeper);

        assertTrue(found.assets[LINK].writtenOff);
        assertEq(found.assets[LINK].value, 0);
        assertGt(found.assets[LINK].recorded, 0);
        assertEq(found.nav, vault.doorTerms().nav);
        assertEq(uint8(found.blocker), uint8(Blocker.NotDue));
    }

    function test_readOne_saysWhenTheBreakerHasTripped() external {
        assertFalse(_view(keeper).onlyToBase);
        VaultState memory state = vault.state();
        state.onlyToBase = true;
        _mockState(state);

        assertTrue(_view(keeper).onlyToBase);
    }

    /* SUMMARIES */

    /// @dev A summary says of a vault what its view says.
    function testFuzz_summaries_agreeWithTheView(
        uint256 price,
        uint256 waited,
        bool byKeeper,
        bool poked,
        bool priced
    ) external {
        setPrice(WETH, bound(price, 800e8, 5000e8));
        if (poked) try vault.poke() {} catch {}
        passTime(bound(waited, 0, 60 days));
        if (!priced) setOraclePrice(LINK, 0);
        address caller = byKeeper ? keeper : stranger;
        address[] memory vaults = new address[](2);
        (vaults[0], vaults[1]) = (address(vault), address(vault));

        (uint256 number, uint256 time, VaultSummary[] memory found) = lens.summaries(vaults, caller);

        VaultView memory expected = _view(caller);
        assertEq(number, block.number);
        assertEq(time, block.timestamp);
        assertEq(abi.encode(found[0]), abi.encode(found[1]));
        assertTrue(found[0].ok);
        assertEq(found[0].nav, expected.nav);
        assertEq(found[0].totalSupply, expected.totalSupply);
        assertEq(found[0].totalDrift, expected.totalDrift);
        assertEq(uint8(found[0].reason), uint8(expected.reason));
        assertEq(uint8(found[0].blocker), uint8(expected.blocker));
        assertEq(found[0].readyAt, expected.readyAt);
        assertEq(found[0].nonce, expected.nonce);
    }

    /* ROUTES */

    function test_routes_listsRemovedOnesInPlace() external {
        vm.prank(guardian);
        mandate.removeRoute(3);

        Route[] memory found = lens.routes(address(vault));

        assertEq(found.length, mandate.routeCount());
        assertFalse(found[3].active);
        for (uint256 i; i < found.length; ++i) {
            assertEq(abi.encode(found[i]), abi.encode(mandate.routeAt(i)));
        }
    }

    function test_routes_revertsWhenTheVaultHasNoCode() external {
        vm.expectRevert(abi.encodeWithSelector(IVaultLens.NoCode.selector, stranger));
        lens.routes(stranger);
    }

    /* HELPERS */

    function _view(address caller) internal view returns (VaultView memory found) {
        (found,) = lens.readOne(address(vault), caller);
    }

    function _tokens() internal view returns (TokenView[] memory found) {
        (, found) = lens.readOne(address(vault), keeper);
    }

    function _mockState(VaultState memory state) internal {
        vm.mockCall(address(vault), abi.encodeCall(IVault.state, ()), abi.encode(state));
    }

    function _pause() internal {
        vm.prank(guardian);
        mandate.pause();
    }

    function _setTurnover(uint64 capacity, uint64 rate) internal {
        Limits memory limits = mandate.limits();
        limits.turnoverCapacity = capacity;
        (limits.turnoverRate, limits.weightSpeed) = (rate, rate);
        vm.prank(owner);
        mandate.setLimits(limits);
    }

    function _setLossCapacity(uint64 capacity) internal {
        Limits memory limits = mandate.limits();
        limits.lossCapacity = capacity;
        vm.prank(owner);
        mandate.setLimits(limits);
    }

    /// @dev What the vault reverts with when the caller tries a leg that is too small.
    function _tryDustRebalance(address caller) internal returns (bytes memory failure) {
        Leg[] memory legs = one(legOf(WETH, USDC, 1e12));
        uint256 nonce = vault.state().nonce;
        vm.prank(caller);
        try vault.rebalance(legs, nonce, block.timestamp) {}
        catch (bytes memory reason) {
            failure = reason;
        }
    }
}
