// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IPriceOracle, PriceStatus} from "../../contracts/interfaces/IPriceOracle.sol";
import {ComposedFeed, FeedConfig, TwapConfig} from "../../contracts/interfaces/IPriceOracle.sol";
import {IVault} from "../../contracts/interfaces/IVault.sol";
import {LimitCaps} from "../../contracts/libraries/LimitCaps.sol";
import {MockToken} from "../../contracts/mocks/MockToken.sol";
import {PriceOracle} from "../../contracts/PriceOracle.sol";
import {Blocker, Leg, Limits, Reason} from "../../contracts/types/Types.sol";
import {Vault} from "../../contracts/Vault.sol";
import {OddVaultFixture} from "./fixtures/OddVaultFixture.sol";

/// @notice A vault is born with enough assets and locked shares that rounding stays harmless, once,
/// from its deployer; until then it does nothing.
contract VaultSeedTest is OddVaultFixture {
    uint256 internal constant LOCKED = 1e15;

    function setUp() external {
        createVault(address(new MockToken("Odd", "ODD", 18)));
    }

    function test_seed_givesTheReceiverAllSharesButTheLocked() external {
        vault.seed(SHARES, both(7e6, 11e18), holder);

        assertEq(vault.balanceOf(holder), SHARES - LOCKED);
        assertEq(vault.balanceOf(vault.LOCKED_HOLDER()), LOCKED);
        assertEq(vault.totalSupply(), SHARES);
        assertEq(vault.holdings(), both(7e6, 11e18));
        assertEq(odd.balanceOf(address(vault)), 11e18);
    }

    function test_seed_emitsTheAssetsItTook() external {
        vm.expectEmit(address(vault));
        emit IVault.Seeded(holder, SHARES, both(1e6, 1e6));

        vault.seed(SHARES, both(1e6, 1e6), holder);
    }

    function test_seed_takesTheLeastSeedThatItNames() external {
        vault.seed(LOCKED + 1, both(1e6, 1e6), holder);

        assertEq(vault.balanceOf(holder), 1);
    }

    function test_seed_leavesOutAnAssetWithoutATarget() external {
        dollarWeight = 1e18;
        createVault(address(odd));

        vault.seed(SHARES, both(1e6, 0), holder);

        assertEq(vault.holdings(), both(1e6, 0));
    }

    /// @dev INV-1: what lay in the vault before its seed is surplus, not part of it.
    function test_seed_doesNotCountWhatWasThereBefore() external {
        odd.mint(address(vault), 5e18);

        vault.seed(SHARES, both(1e6, 1e18), holder);

        assertEq(vault.holdings(), both(1e6, 1e18));
    }

    function test_seed_revertsWhenCallerIsNotTheDeployer() external {
        vm.expectRevert(
            abi.encodeWithSelector(IVault.NotDeployer.selector, stranger, address(this))
        );
        vm.prank(stranger);
        vault.seed(SHARES, both(1e6, 1e6), stranger);
    }

    function test_seed_revertsWhenSeededAlready() external {
        vault.seed(SHARES, both(1e6, 1e6), holder);

        vm.expectRevert(IVault.AlreadySeeded.selector);
        vault.seed(SHARES, both(1e6, 1e6), holder);
    }

    /// @dev The locked shares keep the vault seeded for ever.
    function test_seed_revertsWhenEverybodyHasLeft() external {
        vault.seed(SHARES, both(1e6, 1e6), holder);
        redeem(holder, SHARES - LOCKED, 0);

        vm.expectRevert(IVault.AlreadySeeded.selector);
        vault.seed(SHARES, both(1e6, 1e6), holder);
    }

    function test_seed_revertsWhenAllSharesWouldBeLocked() external {
        vm.expectRevert(abi.encodeWithSelector(IVault.SeedTooSmall.selector, LOCKED, LOCKED + 1));
        vault.seed(LOCKED, both(1e6, 1e6), holder);
    }

    function test_seed_revertsWhenAnAssetIsBelowTheLeastSeed() external {
        vm.expectRevert(abi.encodeWithSelector(IVault.SeedTooSmall.selector, 1e6 - 1, 1e6));
        vault.seed(SHARES, both(1e6, 1e6 - 1), holder);
    }

    function test_seed_revertsWhenAnAssetIsMissing() external {
        vm.expectRevert(abi.encodeWithSelector(IVault.LengthMismatch.selector, 1, 2));
        vault.seed(SHARES, new uint256[](1), holder);
    }

    function test_seed_revertsWhenAnAssetIsTooMany() external {
        vm.expectRevert(abi.encodeWithSelector(IVault.LengthMismatch.selector, 3, 2));
        vault.seed(SHARES, new uint256[](3), holder);
    }

    function test_seed_revertsWhenReceiverIsZero() external {
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InvalidReceiver.selector, address(0))
        );
        vault.seed(SHARES, both(1e6, 1e6), address(0));
    }

    function test_mintInKind_revertsWhenNotSeeded() external {
        vm.expectRevert(IVault.NotSeeded.selector);
        vault.mintInKind(1e18, both(1e6, 1e18), holder);
    }

    function test_redeemInKind_revertsWhenNotSeeded() external {
        vm.expectRevert(IVault.NotSeeded.selector);
        vault.redeemInKind(1e18, both(0, 0), address(this), address(this), 0);
    }

    function test_rebalance_revertsWhenNotSeeded() external {
        vm.expectRevert(
            abi.encodeWithSelector(IVault.RebalanceBlocked.selector, Reason.None, Blocker.NotDue, 0)
        );
        vm.prank(keeper);
        vault.rebalance(new Leg[](1), 0, block.timestamp);
    }

    function test_observeDrawdown_revertsWhenNotSeeded() external {
        Limits memory limits = mandate.limits();
        limits.drawdown = uint64(LimitCaps.DRAWDOWN_MIN);
        vm.prank(owner);
        mandate.setLimits(limits);

        vm.expectRevert(IVault.NotSeeded.selector);
        vault.observeDrawdown();
    }

    function test_poke_revertsWhenNotSeeded() external {
        vm.expectRevert(IVault.InsideHardBands.selector);
        vault.poke();
    }

    function test_constructor_revertsWhenTheOracleLacksAPrice() external {
        PriceOracle blind = new PriceOracle(
            owner, address(0), new FeedConfig[](0), new ComposedFeed[](0), new TwapConfig[](0)
        );

        vm.expectRevert(
            abi.encodeWithSelector(
                IPriceOracle.PriceUnavailable.selector,
                address(dollar),
                address(0),
                PriceStatus.NoFeed,
                0,
                0
            )
        );
        new Vault("Odd", "ODD", mandate, blind);
    }

    function test_tokens_listsTheAssetsOfTheMandate() external view {
        assertEq(vault.tokens(), mandate.tokens());
    }

    function test_account_revertsWhenTokenIsNoAsset() external {
        vm.expectRevert(abi.encodeWithSelector(IVault.NotAnAsset.selector, address(vault)));
        vault.account(address(vault));
    }
}
