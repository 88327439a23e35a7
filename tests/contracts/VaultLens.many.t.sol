// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    TokenView,
    VaultResult,
    VaultSummary,
    VaultView
} from "../../contracts/interfaces/IVaultLens.sol";
import {PriceOracle} from "../../contracts/PriceOracle.sol";
import {ManyVaultsFixture} from "./fixtures/ManyVaultsFixture.sol";

/// @notice What is read of a vault does not depend on the others, nor on what they share; but what
/// they share is paid for once.
contract VaultLensManyTest is ManyVaultsFixture {
    address[] internal vaults;
    PriceOracle internal otherOracle;

    function setUp() public override {
        super.setUp();
        otherOracle = newOracle(3e8);
    }

    /* WHAT IS SHARED */

    function test_read_listsSharedTokensOnce() external {
        _addVaults(5, 8);

        assertEq(_read().length, 8);
    }

    function test_read_knowsSharedTokensInAnyOrder() external {
        vaults.push(address(newVault(range(0, 4), oracle)));
        uint256[] memory backwards = new uint256[](4);
        for (uint256 i; i < 4; ++i) {
            backwards[i] = 3 - i;
        }
        vaults.push(address(newVault(backwards, oracle)));

        assertEq(_read().length, 4);
    }

    function test_read_addsTheTokensThatOthersDoNotHave() external {
        vaults.push(address(newVault(range(0, 5), oracle)));
        vaults.push(address(newVault(range(2, 5), oracle)));
        vaults.push(address(newVault(range(1, 6), oracle)));

        assertEq(_read().length, 7);
    }

    function test_read_keepsVaultsApartThatShareNothing() external {
        vaults.push(address(newVault(range(0, 4), oracle)));
        vaults.push(address(newVault(range(4, 4), oracle)));
        vaults.push(address(newVault(range(8, 4), oracle)));

        assertEq(_read().length, 12);
    }

    function test_read_pricesATokenByEachVaultsOwnOracle() external {
        vaults.push(address(newVault(range(0, 4), oracle)));
        vaults.push(address(newVault(range(0, 4), otherOracle)));
        vaults.push(address(newVault(range(0, 4), oracle)));

        TokenView[] memory found = _read();

        assertEq(found.length, 8);
        assertEq(3 * found[0].price, found[4].price);
        assertEq(found[0].token, found[4].token);
        (,,, VaultResult[] memory results) = lens.read(vaults, address(this));
        assertEq(3 * results[0].data.nav, results[1].data.nav);
        assertEq(results[0].data.nav, results[2].data.nav);
    }

    /// @dev Whatever vaults share, each is read as if it were alone.
    /// forge-config: default.fuzz.runs = 200
    function testFuzz_read_saysOfEachVaultWhatReadOneSays(uint256 seed) external {
        uint256 count = 1 + seed % 5;
        for (uint256 i; i < count; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            PriceOracle its = seed >> 255 == 0 ? oracle : otherOracle;
            vaults.push(address(newVault(_some(seed), its)));
        }

        _read();
    }

    /// @dev Two or more tokens, in any order.
    function _some(uint256 seed) internal pure returns (uint256[] memory which) {
        uint256[] memory deck = range(0, TOKENS);
        which = new uint256[](2 + seed % (TOKENS - 1));
        for (uint256 i; i < which.length; ++i) {
            uint256 drawn = i + (seed >> 8 * (i + 1)) % (TOKENS - i);
            (deck[i], deck[drawn]) = (deck[drawn], deck[i]);
            which[i] = deck[i];
        }
    }

    /* GAS */

    /// @dev What nodes give a call unless they are told otherwise.
    uint256 internal constant CALL_GAS = 50_000_000;

    /// forge-config: default.isolate = true
    function test_summaries_readsAHundredVaultsWithinTheGasOfOneCall() external {
        _addVaults(100, 8);

        (,, VaultSummary[] memory found) = lens.summaries{gas: CALL_GAS}(vaults, address(this));

        assertLe(vm.lastCallGas().gasTotalUsed, 15_000_000);
        for (uint256 i; i < 100; ++i) {
            assertTrue(found[i].ok);
            assertEq(found[i].nav, 8 * SEED);
        }
    }

    /// forge-config: default.isolate = true
    function test_read_readsAHundredVaultsWithinTheGasOfOneCall() external {
        _addVaults(100, 8);

        (,, TokenView[] memory found, VaultResult[] memory results) =
            lens.read{gas: CALL_GAS}(vaults, address(this));

        assertLe(vm.lastCallGas().gasTotalUsed, 35_000_000);
        assertEq(found.length, 8);
        for (uint256 i; i < 100; ++i) {
            assertTrue(results[i].ok);
            assertEq(results[i].data.nav, 8 * SEED);
        }
    }

    /* HELPERS */

    function _addVaults(uint256 count, uint256 assets) internal {
        for (uint256 i; i < count; ++i) {
            vaults.push(address(newVault(range(0, assets), oracle)));
        }
    }

    /// @dev Reads all vaults, and checks each view and summary against `readOne`, which has tokens
    /// of its own at positions of its own.
    function _read() internal view returns (TokenView[] memory found) {
        VaultResult[] memory results;
        (,, found, results) = lens.read(vaults, address(this));
        (,, VaultSummary[] memory summaries) = lens.summaries(vaults, address(this));
        for (uint256 i; i < vaults.length; ++i) {
            (VaultView memory expected, TokenView[] memory its) =
                lens.readOne(vaults[i], address(this));
            VaultView memory view_ = results[i].data;
            for (uint256 j; j < expected.assets.length; ++j) {
                assertEq(
                    abi.encode(found[view_.assets[j].token]),
                    abi.encode(its[expected.assets[j].token])
                );
                view_.assets[j].token = expected.assets[j].token;
            }
            assertEq(abi.encode(view_), abi.encode(expected));
            assertTrue(summaries[i].ok);
            assertEq(summaries[i].nav, expected.nav);
            assertEq(summaries[i].totalDrift, expected.totalDrift);
            assertGt(expected.nav, 0);
        }
    }
}
