// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {AssetConfig, Roles, RouteConfig} from "../../contracts/interfaces/IMandate.sol";
import {ComposedFeed, FeedConfig, TwapConfig} from "../../contracts/interfaces/IPriceOracle.sol";
import {TokenView, VaultResult, VaultSummary} from "../../contracts/interfaces/IVaultLens.sol";
import {Mandate} from "../../contracts/Mandate.sol";
import {MockAggregator} from "../../contracts/mocks/MockAggregator.sol";
import {MockFeedProxy} from "../../contracts/mocks/MockFeedProxy.sol";
import {MockToken} from "../../contracts/mocks/MockToken.sol";
import {PriceOracle} from "../../contracts/PriceOracle.sol";
import {Vault} from "../../contracts/Vault.sol";
import {VaultLens} from "../../contracts/VaultLens.sol";
import {START, ordinaryAsset, ordinaryFeed, ordinaryLimits} from "./fixtures/Defaults.sol";

/// @notice A hundred vaults of eight assets that share their feeds, in one call.
contract VaultLensManyTest is Test {
    uint256 internal constant VAULTS = 100;
    uint256 internal constant ASSETS = 8;

    address internal owner = makeAddr("owner");
    MockToken[] internal tokens;
    PriceOracle internal oracle;
    VaultLens internal lens;
    address[] internal vaults;

    function setUp() external {
        vm.warp(START);
        FeedConfig[] memory feeds = new FeedConfig[](ASSETS);
        for (uint256 i; i < ASSETS; ++i) {
            tokens.push(new MockToken("A token of some kind", "TOKEN", 18));
            MockAggregator feed = new MockAggregator(8, "TOKEN / USD");
            feed.setAnswer(1e8, block.timestamp);
            feeds[i] = ordinaryFeed(address(tokens[i]), address(new MockFeedProxy(feed)));
        }
        oracle =
            new PriceOracle(owner, address(0), feeds, new ComposedFeed[](0), new TwapConfig[](0));
        lens = new VaultLens();
        for (uint256 i; i < VAULTS; ++i) {
            vaults.push(address(_vault()));
        }
    }

    /// forge-config: default.isolate = true
    function test_summaries_readsAHundredVaultsWithinTheGasOfOneCall() external {
        (,, VaultSummary[] memory found) = lens.summaries(vaults, owner);
        uint256 used = vm.lastCallGas().gasTotalUsed;

        for (uint256 i; i < VAULTS; ++i) {
            assertTrue(found[i].ok);
            assertEq(found[i].nav, ASSETS * 1_000e18);
        }
        emit log_named_uint("gas", used);
        assertLe(used, 15_000_000);
    }

    /// forge-config: default.isolate = true
    function test_read_readsAHundredVaultsWithinWhatNodesAllow() external {
        (,, TokenView[] memory found, VaultResult[] memory results) = lens.read(vaults, owner);
        uint256 used = vm.lastCallGas().gasTotalUsed;

        assertEq(found.length, ASSETS);
        for (uint256 i; i < VAULTS; ++i) {
            assertTrue(results[i].ok);
            assertEq(results[i].data.nav, ASSETS * 1_000e18);
        }
        emit log_named_uint("gas", used);
        assertLe(used, 50_000_000);
    }

    function _vault() internal returns (Vault vault) {
        address[] memory keepers = new address[](1);
        keepers[0] = owner;
        Mandate mandate = new Mandate(
            Roles({owner: owner, manager: owner, guardian: owner, keepers: keepers}),
            ordinaryLimits(),
            _assets(),
            new RouteConfig[](0)
        );
        vault = new Vault("One of many", "MANY", mandate, oracle);
        mandate.bind(address(vault));
        uint256[] memory seeds = new uint256[](ASSETS);
        for (uint256 i; i < ASSETS; ++i) {
            seeds[i] = 1_000e18;
            tokens[i].mint(address(this), seeds[i]);
            tokens[i].approve(address(vault), seeds[i]);
        }
        vault.seed(8_000e18, seeds, owner);
    }

    function _assets() internal view returns (AssetConfig[] memory configs) {
        configs = new AssetConfig[](ASSETS);
        for (uint256 i; i < ASSETS; ++i) {
            configs[i] = ordinaryAsset(address(tokens[i]), 0.125e18);
        }
    }
}
