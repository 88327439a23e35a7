// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IMandate} from "../../../contracts/interfaces/IMandate.sol";
import {IPriceOracle} from "../../../contracts/interfaces/IPriceOracle.sol";
import {PRICE_SCALE} from "../../../contracts/types/Types.sol";
import {holdingsOf} from "../../../contracts/libraries/Accounting.sol";
import {Vault} from "../../../contracts/Vault.sol";
import {ScriptedVaultFixture} from "../fixtures/ScriptedVaultFixture.sol";

/// @dev The vault with one more door, which the lock does not guard.
contract UnlockedVault is Vault {
    constructor(IMandate rules, IPriceOracle prices) Vault("Unlocked", "OPEN", rules, prices) {}

    function mintUnlocked(uint256 shares, address receiver) external {
        _issue(
            shares,
            _shareOf(holdingsOf(_ledger), shares, totalSupply(), Math.Rounding.Ceil),
            receiver
        );
    }
}

/// @notice Attack: inside its own leg a venue mints shares. What it pays for them in the token
/// bought counts as what the leg brought, so it keeps the token sold for nothing. Rule: one lock
/// over every entry that changes state.
contract MintInsideVenueAttackTest is ScriptedVaultFixture {
    uint256 internal constant AMOUNT = 5e18;
    uint256 internal constant WORTH = 12_000e18;
    /// @dev Six per cent of the supply: 12,000 of USDC among what is paid for them.
    uint256 internal constant MINTED = 60_000e18;

    UnlockedVault internal unlocked;
    Vault internal locked;

    function setUp() public override {
        super.setUp();
        locked = vault;
        uint256[] memory assets = vault.holdings();
        unlocked = new UnlockedVault(mandate, oracle);
        vault = unlocked;
        provide(address(this), assets);
        vm.mockCall(
            address(mandate), abi.encodeCall(IMandate.vault, ()), abi.encode(address(unlocked))
        );
        unlocked.seed(SHARES, assets, holder);
        vm.clearMockedCalls();
        setOraclePrice(WETH, 2_400e8);
    }

    /// @dev The thief pays a fair price for its shares and has five WETH besides; its own part of
    /// the loss is what it gets less.
    function test_mintInsideVenue_stealsALegWithoutTheRule() external {
        uint256[] memory paid = vault.previewMintInKind(MINTED);
        assertEq(paid[USDC], 12_000e6);
        provide(address(this), paid);
        script.payOut(0);
        script.meanwhile(address(this), abi.encodeCall(this.mintFromTheHook, (address(unlocked))));

        rebalance(keeper, one(exactLeg(WETH, USDC, AMOUNT)));
        uint256[] memory got = redeemInKind(stranger, MINTED);

        uint256 gain = _oracleValue(got) + WORTH - _oracleValue(paid);
        assertGt(gain, WORTH * 8 / 10);
    }

    function test_mintInsideVenue_isLockedOutUnderTheRule() external {
        vault = locked;
        uint256[] memory paid = vault.previewMintInKind(MINTED);
        provide(address(this), paid);
        script.payOut(0);
        script.meanwhile(address(this), abi.encodeCall(this.mintFromTheHook, (address(locked))));

        expectRefusal(
            one(exactLeg(WETH, USDC, AMOUNT)),
            abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector)
        );
    }

    function mintFromTheHook(address target) external {
        if (target == address(unlocked)) unlocked.mintUnlocked(MINTED, stranger);
        else vault.mintInKind(MINTED, vault.previewMintInKind(MINTED), stranger);
    }

    function _oracleValue(uint256[] memory amounts) private view returns (uint256 value) {
        uint256[] memory prices = oracle.prices(addresses());
        for (uint256 i; i < COUNT; ++i) {
            value += amounts[i] * prices[i] / PRICE_SCALE;
        }
    }
}
