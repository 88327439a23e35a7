// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IPriceOracle, PriceReading, PriceStatus} from "../../contracts/interfaces/IPriceOracle.sol";
import {IVault} from "../../contracts/interfaces/IVault.sol";
import {
    AssetView,
    IVaultLens,
    TokenView,
    VaultResult,
    VaultSummary,
    VaultView
} from "../../contracts/interfaces/IVaultLens.sol";
import {Blocker} from "../../contracts/types/Types.sol";
import {VaultLens} from "../../contracts/VaultLens.sol";
import {Flooder, GasBurner} from "./fixtures/Hostile.sol";
import {VaultFixture} from "./fixtures/VaultFixture.sol";

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

        (uint256 number, uint256 time, TokenView[] memory found, VaultResult[] memory results) =
            lens.read(vaults, keeper);

        (VaultView memory one, TokenView[] memory its) = lens.readOne(address(vault), keeper);
        bytes memory expected = abi.encode(one);
        assertEq(abi.encode(found), abi.encode(its));
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

        assertEq(broken.failure.length, 8_192);
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

    /* ORACLES */

    function test_read_survivesAnOracleThatReverts() external {
        vm.mockCallRevert(
            address(oracle), abi.encodeWithSelector(IPriceOracle.tryPrices.selector), ""
        );

        _checkUnpriced();
    }

    function test_read_survivesAnOracleThatAnswersForFewerTokens() external {
        vm.mockCall(
            address(oracle),
            abi.encodeWithSelector(IPriceOracle.tryPrices.selector),
            abi.encode(new PriceReading[](COUNT - 1))
        );

        _checkUnpriced();
    }

    function test_read_survivesAnOracleThatBurnsItsGas() external {
        vm.etch(address(oracle), address(new GasBurner()).code);

        _checkUnpriced();
    }

    function _checkUnpriced() internal view {
        address[] memory vaults = new address[](1);
        vaults[0] = address(vault);
        (,, TokenView[] memory found, VaultResult[] memory results) =
            lens.read{gas: 30_000_000}(vaults, keeper);
        (,, VaultSummary[] memory short) = lens.summaries{gas: 30_000_000}(vaults, keeper);

        assertTrue(results[0].ok && short[0].ok);
        assertEq(uint8(results[0].data.blocker), uint8(Blocker.Oracle));
        assertEq(uint8(short[0].blocker), uint8(Blocker.Oracle));
        assertEq(results[0].data.nav + short[0].nav, 0);
        assertGt(results[0].data.assets[LINK].recorded, 0);
        for (uint256 i; i < COUNT; ++i) {
            assertEq(found[i].token, address(tokens[i]));
            assertEq(uint8(found[i].priceStatus), uint8(PriceStatus.Unreadable));
        }
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

    function test_readOne_hasNoSymbolWhereTheTokenGivesNone() external {
        _answerSymbol("CUT");
        assertEq(_symbol(), "");
        _answerSymbol(abi.encode(bytes32("TWO"), bytes32("WORDS")));
        assertEq(_symbol(), "");
        bytes memory question = abi.encodeCall(IERC20Metadata.symbol, ());
        vm.mockCallRevert(address(tokens[LINK]), question, abi.encode(bytes32("REVERTED")));
        assertEq(_symbol(), "");
    }

    function test_readOne_makesSymbolsPrintable() external {
        _answerSymbol(abi.encode(unicode"USD₮\u001b[31m"));

        assertEq(_symbol(), "USD????[31m");
        _answerSymbol(abi.encode("A ~"));
        assertEq(_symbol(), "A ~");
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
        if (offset != 32) assertEq(_symbol(), "");

        _answerSymbol(abi.encode(32, length, bytes32("LINK")));
        assertEq(_symbol(), length >= 4 ? "LINK" : _start("LINK", length));
    }

    function test_readOne_survivesATokenThatBurnsItsGas() external {
        _replaceToken(address(new GasBurner()));

        (AssetView memory asset, TokenView memory token) = _link();

        assertEq(token.symbol, "");
        assertEq(token.decimals, 0);
        assertEq(asset.balance, 0);
        assertGt(asset.value, 0);
    }

    function test_readOne_survivesATokenThatAnswersWithMegabytes() external {
        _replaceToken(address(new Flooder(200_000, false)));

        assertEq(_symbol(), "");
    }

    function test_readOne_survivesATokenWithoutCode() external {
        vm.etch(address(tokens[LINK]), "");

        assertEq(_symbol(), "");
    }

    function test_readOne_doesNotBelieveAbsurdDecimals() external {
        vm.mockCall(
            address(tokens[LINK]), abi.encodeCall(IERC20Metadata.decimals, ()), abi.encode(256 + 18)
        );

        (, TokenView memory token) = _link();
        assertEq(token.decimals, 0);
    }

    function test_readOne_believesTheMostDecimalsThatATokenCanHave() external {
        vm.mockCall(
            address(tokens[LINK]), abi.encodeCall(IERC20Metadata.decimals, ()), abi.encode(255)
        );

        (, TokenView memory token) = _link();
        assertEq(token.decimals, 255);
    }

    /* HELPERS */

    /// @dev Reads a broken vault twice between sound ones, which must be read as if it were not
    /// there, within the gas that nodes allow a call.
    function _readBetween(address broken) internal view returns (VaultResult memory) {
        address[] memory vaults = new address[](4);
        (vaults[0], vaults[1]) = (address(vault), broken);
        (vaults[2], vaults[3]) = (broken, address(vault));

        (,,, VaultResult[] memory results) = lens.read{gas: 30_000_000}(vaults, keeper);

        (VaultView memory one,) = lens.readOne(address(vault), keeper);
        bytes memory expected = abi.encode(one);
        assertEq(abi.encode(results[0].data), expected);
        assertEq(abi.encode(results[3].data), expected);
        assertEq(abi.encode(results[1]), abi.encode(results[2]));
        assertFalse(results[1].ok);
        assertEq(results[1].data.vault, address(0));
        _checkSummaries(vaults);
        return results[1];
    }

    /// @dev The first and the last are sound; those between them are not.
    function _checkSummaries(address[] memory vaults) internal view {
        (,, VaultSummary[] memory found) = lens.summaries{gas: 30_000_000}(vaults, keeper);
        (VaultView memory one,) = lens.readOne(address(vault), keeper);
        assertEq(found[0].nav, one.nav);
        assertEq(abi.encode(found[0]), abi.encode(found[3]));
        assertEq(abi.encode(found[1]), abi.encode(found[2]));
        assertFalse(found[1].ok);
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

    function _link() internal view returns (AssetView memory asset, TokenView memory token) {
        (VaultView memory found, TokenView[] memory its) = lens.readOne(address(vault), keeper);
        return (found.assets[LINK], its[LINK]);
    }

    function _symbol() internal view returns (string memory) {
        (, TokenView memory token) = _link();
        return token.symbol;
    }

    function _start(string memory text, uint256 length) internal pure returns (string memory) {
        bytes memory start = new bytes(length);
        for (uint256 i; i < length; ++i) {
            start[i] = bytes(text)[i];
        }
        return string(start);
    }
}
