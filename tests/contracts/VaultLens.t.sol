// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AssetRule} from "../../contracts/interfaces/IMandate.sol";
import {FeedConfig} from "../../contracts/interfaces/IPriceOracle.sol";
import {VaultState} from "../../contracts/types/Ledger.sol";
import {
    AssetView,
    IVaultLens,
    TokenView,
    VaultSummary,
    VaultView
} from "../../contracts/interfaces/IVaultLens.sol";
import {Blocker, Limits, Route} from "../../contracts/types/Types.sol";
import {LensFixture} from "./fixtures/LensFixture.sol";

/// @notice A view says what the vault, its mandate, its oracle and its tokens say.
contract VaultLensTest is LensFixture {
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
}
