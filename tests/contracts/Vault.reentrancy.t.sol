// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IVault} from "../../contracts/interfaces/IVault.sol";
import {ILegPayer} from "../../contracts/interfaces/IVenue.sol";
import {Leg} from "../../contracts/types/Types.sol";
import {OddVaultFixture} from "./fixtures/OddVaultFixture.sol";
import {CallbackToken} from "./fixtures/WeirdTokens.sol";

/// @notice A token that calls back in the middle of a transfer meets one lock over every entry that
/// changes state. Legs are tried from a venue in `Vault.venues.t.sol`.
contract VaultReentrancyTest is OddVaultFixture {
    CallbackToken internal token;

    function setUp() external {
        token = new CallbackToken(18);
        openVault(address(token));
    }

    function test_mintInKind_letsNoEntryInMeanwhile() external {
        bytes[] memory entries = _entries();
        for (uint256 i; i < entries.length; ++i) {
            token.armTolerantly(address(vault), entries[i]);
            mint(stranger, 1e18);
            _checkLocked(i);
        }
    }

    function test_redeemInKind_letsNoEntryInMeanwhile() external {
        bytes[] memory entries = _entries();
        for (uint256 i; i < entries.length; ++i) {
            token.armTolerantly(address(vault), entries[i]);
            redeem(holder, 1e18, 0);
            _checkLocked(i);
        }
    }

    function test_claimOwed_letsNoEntryInMeanwhile() external {
        bytes[] memory entries = _entries();
        for (uint256 i; i < entries.length; ++i) {
            redeem(holder, 1e18, 2);
            token.armTolerantly(address(vault), entries[i]);
            vm.prank(holder);
            vault.claimOwed(address(odd), holder);
            _checkLocked(i);
        }
    }

    function test_seed_letsNoEntryInMeanwhile() external {
        bytes[] memory entries = _entries();
        for (uint256 i; i < entries.length; ++i) {
            createVault(address(token));
            token.armTolerantly(address(vault), entries[i]);
            vault.seed(SHARES, both(1e6, 1e18), holder);
            _checkLocked(i);
        }
    }

    /// @dev A token that insists on its callback fails the whole call, and so can be skipped.
    function test_redeemInKind_revertsWhenTheCallbackDoes() external {
        token.arm(address(vault), abi.encodeCall(IVault.absorb, (address(token))));

        vm.expectRevert(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        redeem(holder, 1e18, 0);

        redeem(holder, 1e18, 2);
    }

    /// @dev `pay` has no lock: it answers only the venue of a running leg, and none is running.
    function test_pay_revertsWhenATokenCallsBack() external {
        token.armTolerantly(address(vault), abi.encodeCall(ILegPayer.pay, (1)));

        redeem(holder, 1e18, 0);

        assertEq(
            token.failure(),
            abi.encodeWithSelector(IVault.NotPayable.selector, address(token), address(0))
        );
    }

    /// @dev Shares are created before their assets arrive, so they can move meanwhile; if the
    /// assets do not arrive, the move is undone with the mint.
    function test_mintInKind_revertsWhenTheSharesMoveButTheAssetsDoNotCome() external {
        uint256[] memory asked = vault.previewMintInKind(1e18);
        fund(stranger, asked[0], asked[1]);
        token.arm(address(this), abi.encodeCall(this.moveSharesAndTakeAssetsBack, (asked[1])));
        vm.prank(stranger);
        vault.approve(address(this), type(uint256).max);

        vm.expectRevert(
            abi.encodeWithSelector(IVault.WrongAmountReceived.selector, address(token), 0, asked[1])
        );
        vm.prank(stranger);
        vault.mintInKind(1e18, asked, stranger);
    }

    function moveSharesAndTakeAssetsBack(uint256 assets) external {
        assertTrue(vault.transferFrom(stranger, address(this), 1e18));
        vm.prank(address(vault));
        assertTrue(token.transfer(stranger, assets));
    }

    /// @dev Every entry that changes state, called as a valid caller would; those of the mandate
    /// meet the lock before they are asked who calls.
    function _entries() private view returns (bytes[] memory entries) {
        entries = new bytes[](19);
        entries[0] = abi.encodeCall(IVault.seed, (SHARES, both(1e6, 1e18), stranger));
        entries[1] = abi.encodeCall(IVault.mintInKind, (1, both(1, 1), stranger));
        entries[2] =
            abi.encodeCall(IVault.redeemInKind, (1, both(0, 0), stranger, address(token), 0));
        entries[3] = abi.encodeCall(IVault.claimOwed, (address(token), stranger));
        entries[4] = abi.encodeCall(IVault.absorb, (address(token)));
        entries[5] = abi.encodeCall(IVault.writeDown, (address(token)));
        entries[6] = abi.encodeCall(IVault.rebalance, (new Leg[](1), 0, block.timestamp));
        entries[7] = abi.encodeCall(IVault.poke, ());
        entries[8] = abi.encodeCall(IVault.observeDrawdown, ());
        entries[9] = abi.encodeCall(IVault.accrueFee, ());
        entries[10] = abi.encodeCall(IVault.listAsset, (address(token)));
        entries[11] = abi.encodeCall(IVault.delistAsset, (1));
        entries[12] = abi.encodeCall(IVault.writeOffAsset, (1));
        entries[13] = abi.encodeCall(IVault.setFee, (0, stranger));
        entries[14] = abi.encodeCall(IVault.resetBreaker, ());
        entries[15] = abi.encodeWithSignature("deposit(uint256,address,uint256)", 1, stranger, 0);
        entries[16] = abi.encodeWithSignature("mint(uint256,address,uint256)", 1, stranger, 1);
        entries[17] = abi.encodeWithSignature(
            "withdraw(uint256,address,address,uint256)", 1, stranger, address(token), 1
        );
        entries[18] = abi.encodeWithSignature(
            "redeem(uint256,address,address,uint256)", 1, stranger, address(token), 0
        );
    }

    function _checkLocked(uint256 entry) private view {
        assertEq(
            token.failure(),
            abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector),
            string.concat("entry ", vm.toString(entry))
        );
    }
}
