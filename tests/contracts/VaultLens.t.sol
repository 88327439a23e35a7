// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {AssetRule, IMandate} from "../../contracts/interfaces/IMandate.sol";
import {FeedConfig, PriceStatus} from "../../contracts/interfaces/IPriceOracle.sol";
import {IVault, VaultState} from "../../contracts/interfaces/IVault.sol";
import {
    AssetView,
    IVaultLens,
    VaultResult,
    VaultView
} from "../../contracts/interfaces/IVaultLens.sol";
import {LimitCaps} from "../../contracts/libraries/LimitCaps.sol";
import {Blocker, Leg, Limits, Reason, Route, WAD} from "../../contracts/types/Types.sol";
import {VaultLens} from "../../contracts/VaultLens.sol";
import {Flooder, GasBurner} from "./fixtures/Hostile.sol";
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
            assertEq(asset.token, address(tokens[i]));
            assertEq(asset.symbol, tokens[i].symbol());
            assertEq(asset.decimals, tokens[i].decimals());
            assertEq(asset.recorded, vault.holdings()[i]);
            assertEq(asset.balance, tokens[i].balanceOf(address(vault)));
            assertEq(asset.price, oracle.prices(addresses())[i]);
            assertEq(asset.value, values[i]);
            assertEq(asset.priceUpdatedAt, block.timestamp);
            _checkRules(asset, i);
        }
        assertEq(found.nav, nav);
    }

    function _checkRules(AssetView memory asset, uint256 i) internal view {
        AssetRule memory rule = mandate.rule(i);
        FeedConfig memory feed = oracle.feedOf(asset.token);
        assertEq(asset.target, mandate.targets()[i]);
        assertEq(asset.endTarget, rule.endWeight);
        assertEq(asset.band, rule.band);
        assertEq(asset.hardBand, rule.hardBand);
        assertEq(asset.heartbeat, feed.heartbeat);
        assertEq(asset.deviation, feed.deviation);
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
        assertEq(uint8(found.assets[LINK].priceStatus), uint8(PriceStatus.Unreadable));
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

    /// @dev A mandate that promises more than the vault obeys is not believed.
    function test_readOne_cutsLimitsToTheVaultsOwnCaps() external {
        Limits memory limits = mandate.limits();
        (limits.lossCapacity, limits.turnoverCapacity) = (0.9e18, 0.9e18);
        vm.mockCall(address(mandate), abi.encodeCall(IMandate.limits, ()), abi.encode(limits));

        VaultView memory found = _view(keeper);

        assertEq(found.lossLeft, LimitCaps.LOSS_CAPACITY);
        assertEq(found.turnoverLeft, LimitCaps.TURNOVER_CAPACITY);
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

    function _view(address caller) internal view returns (VaultView memory) {
        return lens.readOne(address(vault), caller);
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

/// @notice No vault and no token spoils what is read of others.
contract VaultLensHostileTest is VaultFixture {
    VaultLens internal lens;

    function setUp() public override {
        super.setUp();
        lens = new VaultLens();
    }

    /* VAULTS */

    function test_read_equalsReadOneForEachVault() external view {
        address[] memory vaults = new address[](2);
        (vaults[0], vaults[1]) = (address(vault), address(vault));

        (uint256 number, uint256 time, VaultResult[] memory results) = lens.read(vaults, keeper);

        bytes memory expected = abi.encode(lens.readOne(address(vault), keeper));
        assertEq(number, block.number);
        assertEq(time, block.timestamp);
        for (uint256 i; i < 2; ++i) {
            assertTrue(results[i].ok);
            assertEq(results[i].failure.length, 0);
            assertEq(abi.encode(results[i].data), expected);
        }
    }

    function test_read_reportsAnAddressWithoutCode() external view {
        VaultResult memory broken = _readBetween(stranger);

        assertEq(broken.failure, abi.encodeWithSelector(IVaultLens.NoCode.selector, stranger));
    }

    function test_read_reportsAContractThatIsNoVault() external {
        assertEq(_readBetween(address(tokens[0])).failure.length, 0);

        address other = address(new Flooder(0, false));
        assertEq(_readBetween(other).failure.length, 0);
    }

    function test_read_survivesAVaultThatBurnsItsGas() external {
        assertEq(_readBetween(address(new GasBurner())).failure.length, 0);
    }

    function test_read_survivesAVaultThatAnswersWithMegabytes() external {
        _readBetween(address(new Flooder(2_000_000, false)));
    }

    function test_read_cutsTheMegabytesThatAVaultRevertsWith() external {
        VaultResult memory broken = _readBetween(address(new Flooder(500_000, true)));

        assertEq(broken.failure.length, 16_384);
    }

    function test_read_reportsAVaultWithTooManyAssets() external {
        address many = _copyOfTheVault();
        vm.mockCall(many, abi.encodeCall(IVault.tokens, ()), abi.encode(new address[](17)));

        VaultResult memory broken = _readBetween(many);

        assertEq(broken.failure, abi.encodeWithSelector(IVaultLens.TooManyAssets.selector, 17, 16));
    }

    function test_read_reportsAVaultWhoseMandateReverts() external {
        address other = _copyOfTheVault();
        vm.mockCall(other, abi.encodeCall(IVault.mandate, ()), abi.encode(new Flooder(4, true)));

        assertEq(_readBetween(other).failure, hex"00000000");
    }

    /* TOKENS */

    function test_readOne_readsSymbolsOfOldTokens() external {
        _answerSymbol(abi.encode(bytes32("MKR")));

        assertEq(_symbol(), "MKR");
    }

    function test_readOne_hasNoSymbolWhenTheTokenReverts() external {
        vm.mockCallRevert(address(tokens[LINK]), abi.encodeCall(IERC20Metadata.symbol, ()), "");

        assertEq(_symbol(), "");
    }

    function test_readOne_makesSymbolsPrintable() external {
        _answerSymbol(abi.encode(unicode"USD₮\u001b[31m"));

        assertEq(_symbol(), "USD????[31m");
    }

    function test_readOne_cutsLongSymbols() external {
        bytes memory long = new bytes(1000);
        for (uint256 i; i < long.length; ++i) {
            long[i] = "A";
        }
        _answerSymbol(abi.encode(string(long)));

        assertEq(bytes(_symbol()).length, 64);
    }

    /// @dev Whatever a token answers, the vault can be read and the symbol is short and printable.
    function testFuzz_readOne_isNotSpoiltByASymbol(bytes memory answer) external {
        _answerSymbol(answer);

        bytes memory symbol = bytes(_symbol());

        assertLe(symbol.length, 64);
        for (uint256 i; i < symbol.length; ++i) {
            assertTrue(symbol[i] >= 0x20 && symbol[i] <= 0x7e);
        }
    }

    function testFuzz_readOne_isNotSpoiltByLengthsThatLie(uint256 offset, uint256 length) external {
        _answerSymbol(abi.encode(offset, length, bytes32("LINK")));
        assertLe(bytes(_symbol()).length, 64);

        _answerSymbol(abi.encode(32, length, bytes32("LINK")));
        assertEq(_symbol(), length >= 4 ? "LINK" : _start("LINK", length));
    }

    function test_readOne_survivesATokenThatBurnsItsGas() external {
        _replaceToken(address(new GasBurner()));

        AssetView memory asset = _link();

        assertEq(asset.symbol, "");
        assertEq(asset.decimals, 0);
        assertEq(asset.balance, 0);
        assertGt(asset.value, 0);
    }

    function test_readOne_survivesATokenThatAnswersWithMegabytes() external {
        _replaceToken(address(new Flooder(200_000, false)));

        assertEq(_link().symbol, "");
    }

    function test_readOne_survivesATokenWithoutCode() external {
        vm.etch(address(tokens[LINK]), "");

        assertEq(_link().symbol, "");
    }

    function test_readOne_doesNotBelieveAbsurdDecimals() external {
        vm.mockCall(
            address(tokens[LINK]), abi.encodeCall(IERC20Metadata.decimals, ()), abi.encode(256)
        );

        assertEq(_link().decimals, 0);
    }

    /* HELPERS */

    /// @dev Reads a broken vault between two sound ones, which must be read as if it were not there,
    /// within the gas that public nodes allow a call.
    function _readBetween(address broken) internal view returns (VaultResult memory) {
        address[] memory vaults = new address[](3);
        (vaults[0], vaults[1], vaults[2]) = (address(vault), broken, address(vault));

        (,, VaultResult[] memory results) = lens.read{gas: 30_000_000}(vaults, keeper);

        bytes memory expected = abi.encode(lens.readOne(address(vault), keeper));
        assertEq(abi.encode(results[0].data), expected);
        assertEq(abi.encode(results[2].data), expected);
        assertFalse(results[1].ok);
        assertEq(results[1].data.vault, address(0));
        return results[1];
    }

    /// @dev A second address with the vault's code, to be mocked without touching the vault.
    function _copyOfTheVault() internal returns (address copy) {
        copy = makeAddr("copy");
        vm.etch(copy, address(vault).code);
    }

    function _answerSymbol(bytes memory answer) internal {
        vm.mockCall(address(tokens[LINK]), abi.encodeCall(IERC20Metadata.symbol, ()), answer);
    }

    function _replaceToken(address hostile) internal {
        vm.etch(address(tokens[LINK]), hostile.code);
    }

    function _link() internal view returns (AssetView memory) {
        return lens.readOne(address(vault), keeper).assets[LINK];
    }

    function _symbol() internal view returns (string memory) {
        return _link().symbol;
    }

    function _start(string memory text, uint256 length) internal pure returns (string memory) {
        bytes memory start = new bytes(length);
        for (uint256 i; i < length; ++i) {
            start[i] = bytes(text)[i];
        }
        return string(start);
    }
}
