// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IVault} from "../../contracts/interfaces/IVault.sol";
import {
    IVaultLens,
    KnownToken,
    TokenView,
    VaultResult,
    VaultSummary,
    VaultView
} from "../../contracts/interfaces/IVaultLens.sol";
import {ComposedFeed, FeedConfig} from "../../contracts/interfaces/IPriceOracle.sol";
import {GasBurner, Impostor, Sluggard} from "./fixtures/Hostile.sol";
import {ManyVaultsFixture} from "./fixtures/ManyVaultsFixture.sol";

/// @notice No vault spoils what others share with it: not by what it lists, nor by the gas it
/// burns.
contract VaultLensSharedTest is ManyVaultsFixture {
    uint256 internal constant ASSETS = 8;
    /// @dev What nodes give a call unless they are told otherwise.
    uint256 internal constant CALL_GAS = 50_000_000;

    address internal sound;
    address[] internal shared;

    function setUp() public override {
        super.setUp();
        sound = address(newVault(range(0, ASSETS), oracle));
        for (uint256 i; i < ASSETS; ++i) {
            shared.push(address(tokens[i]));
        }
    }

    /* VAULTS THAT LIST WHAT OTHERS HAVE */

    /// @dev The tokens that burn gas keep the shared ones from being described.
    function test_read_asksAgainForTokensThatWereListedWithBurners() external {
        address burner = address(new GasBurner());
        for (uint256 i = ASSETS; i < 16; ++i) {
            shared.push(burner);
        }
        address[] memory impostors = new address[](1);
        impostors[0] = address(new Impostor(address(oracle), shared, 0));

        _checkSoundAfter(impostors, 15_000_000);
    }

    /// @dev However much gas the impostor leaves for the tokens that it shares.
    function testFuzz_read_isNotSpoiltByAVaultThatLeavesLittleGas(uint256 burnt) external {
        _slowFeeds();
        address[] memory impostors = new address[](1);
        burnt = bound(burnt, 0, 13_000_000);
        impostors[0] = address(new Impostor(address(oracle), shared, burnt));

        _checkSoundAfter(impostors, CALL_GAS);
    }

    /// @dev The shared tokens are described well, whoever listed them first.
    function test_read_believesTheOracleOfSharedTokensWhoeverAsked() external {
        _checkSoundAfter(address(new Impostor(address(oracle), shared, 0)), 1);
    }

    function test_read_keepsWhatAnotherOracleSaysApart() external {
        address other = address(newOracle(77e8));

        _checkSoundAfter(address(new Impostor(other, shared, 0)), 1);
    }

    /// @dev Thirty vaults, each with sixteen tokens that nobody has heard of.
    function test_read_isNotSpoiltByVaultsWithTokensOfTheirOwn() external {
        address[] memory impostors = new address[](30);
        for (uint256 i; i < impostors.length; ++i) {
            address[] memory own = new address[](16);
            for (uint256 j; j < own.length; ++j) {
                own[j] = address(uint160(uint256(keccak256(abi.encode(i, j)))));
            }
            impostors[i] = address(new Impostor(address(oracle), own, 0));
        }

        _checkSoundAfter(impostors, CALL_GAS);
    }

    function test_read_leavesEnoughGasBesideVaultsThatBurnIt() external {
        _checkSoundAfter(address(new GasBurner()), 15);
    }

    /* GAS THAT IS SHORT */

    /// @dev With any gas, tokens are described as they are or not at all.
    function testFuzz_describe_isRightOrReverts(uint256 gasLimit) external {
        _slowFeeds();
        bytes32 whole = keccak256(abi.encode(lens.describe(address(oracle), shared)));

        try lens.describe{gas: bound(gasLimit, 6_000_000, 8_500_000)}(
            address(oracle), shared
        ) returns (
            TokenView[] memory found
        ) {
            assertEq(keccak256(abi.encode(found)), whole);
        } catch {}
    }

    /// @dev With any gas, a vault is read as it is or not at all.
    function testFuzz_readWith_isRightOrReverts(uint256 gasLimit) external {
        _slowToken();
        KnownToken[] memory known = new KnownToken[](ASSETS);
        bytes32 whole = keccak256(abi.encode(lens.readWith(sound, address(this), known)));

        try lens.readWith{gas: bound(gasLimit, 0, 2_000_000)}(sound, address(this), known) returns (
            VaultView memory found
        ) {
            assertEq(keccak256(abi.encode(found)), whole);
        } catch {}
    }

    function test_describe_revertsWhenTheGasIsShort() external {
        vm.expectPartialRevert(IVaultLens.TooLittleGas.selector);
        lens.describe{gas: 55_000}(address(oracle), new address[](0));
    }

    /* ANSWERS THAT DO NOT FIT */

    function test_readWith_revertsWhenAnotherNumberOfTokensIsKnown() external {
        bytes memory failure = abi.encodeWithSelector(IVaultLens.LengthMismatch.selector, ASSETS, 3);

        vm.expectRevert(failure);
        lens.readWith(sound, address(this), new KnownToken[](3));
        vm.expectRevert(failure);
        lens.summarizeWith(sound, address(this), new KnownToken[](3));
    }

    /// @dev A vault that says first one thing and then another is not read.
    function test_read_reportsAVaultThatListsMoreThanItHas() external {
        vm.mockCall(sound, abi.encodeCall(IVault.tokens, ()), abi.encode(new address[](ASSETS + 1)));
        address[] memory vaults = new address[](1);
        vaults[0] = sound;

        (,,, VaultResult[] memory results) = lens.read(vaults, address(this));
        (,, VaultSummary[] memory found) = lens.summaries(vaults, address(this));

        assertEq(
            results[0].failure,
            abi.encodeWithSelector(IVaultLens.LengthMismatch.selector, ASSETS, ASSETS + 1)
        );
        assertFalse(found[0].ok);
    }

    function test_readOne_revertsWithWhatTheVaultRevertsWith() external {
        vm.mockCallRevert(sound, abi.encodeCall(IVault.state, ()), hex"12345678");

        vm.expectRevert(bytes4(0x12345678));
        lens.readOne(sound, address(this));
    }

    /* HELPERS */

    /// @dev Prices of two feeds each, which need almost all the gas that they get.
    function _slowFeeds() internal {
        for (uint256 i; i < ASSETS; ++i) {
            oracle.setComposedFeed(ComposedFeed({base: _slowFeed(i), quote: _slowFeed(i)}));
        }
    }

    function _slowFeed(uint256 token) internal returns (FeedConfig memory config) {
        config = feedConfig(token, address(new Sluggard(address(newFeed(1e8)), 450_000)));
        config.maxAnswer = 1e12;
    }

    /// @dev A token that needs almost all the gas that it gets.
    function _slowToken() internal {
        address copy = makeAddr("copy");
        vm.etch(copy, shared[1].code);
        vm.etch(shared[1], address(new Sluggard(copy, 150_000)).code);
    }

    function _checkSoundAfter(address impostor, uint256 times) internal view {
        address[] memory impostors = new address[](times);
        for (uint256 i; i < times; ++i) {
            impostors[i] = impostor;
        }
        _checkSoundAfter(impostors, CALL_GAS);
    }

    /// @dev A sound vault that is read after others is read as if it were alone.
    function _checkSoundAfter(address[] memory others, uint256 gas_) internal view {
        address[] memory vaults = new address[](others.length + 1);
        for (uint256 i; i < others.length; ++i) {
            vaults[i] = others[i];
        }
        vaults[others.length] = sound;

        (,, TokenView[] memory known, VaultResult[] memory results) =
            lens.read{gas: gas_}(vaults, address(this));
        (,, VaultSummary[] memory summaries) = lens.summaries{gas: gas_}(vaults, address(this));

        (VaultView memory alone, TokenView[] memory its) = lens.readOne(sound, address(this));
        VaultView memory found = results[others.length].data;
        for (uint256 i; i < ASSETS; ++i) {
            assertEq(abi.encode(known[found.assets[i].token]), abi.encode(its[i]));
            found.assets[i].token = i;
        }
        assertEq(abi.encode(found), abi.encode(alone));
        assertEq(found.nav, ASSETS * SEED);
        assertEq(summaries[others.length].nav, ASSETS * SEED);
        assertFalse(results[0].ok || summaries[0].ok);
    }
}
