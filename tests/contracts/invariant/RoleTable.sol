// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {RouteConfig} from "../../../contracts/interfaces/IMandate.sol";
import {VaultFixture} from "../fixtures/VaultFixture.sol";

/// @notice Who may do what, written down a second time: every privileged function of mandate,
/// oracle and vault, with the roles for which it may succeed.
abstract contract RoleTable is VaultFixture {
    /// @dev Something to try. `allowed` is a bitmap over `cast()`; arguments change nothing that
    /// matters, so that a success leaves the world as it was.
    struct Deed {
        address target;
        bytes data;
        uint256 allowed;
    }

    uint256 internal constant OWNER = 1;
    uint256 internal constant MANAGER = 2;
    uint256 internal constant GUARDIAN = 4;
    uint256 internal constant NOBODY = 0;
    uint256 internal constant DEEDS = 37;
    uint256 internal constant CAST = 6;

    /// @notice How often somebody did what the table does not allow.
    uint256 public ghostTrespasses;

    /// @dev Everybody in turn tries something, beginning with `first`. Whatever succeeds is taken
    /// back, where it matters, by the owner.
    function meddle(uint256 first, uint256 kind) internal returns (bool any) {
        for (uint256 i; i < CAST; ++i) {
            uint256 actor = (first % CAST + i) % CAST;
            Deed memory deed = _deed(kind % DEEDS);
            vm.prank([owner, manager, guardian, keeper, holder, stranger][actor]);
            (bool done,) = deed.target.call(deed.data);
            if (!done) continue;
            any = true;
            if (deed.allowed >> actor & 1 == 0) ++ghostTrespasses;
            _takeBack();
        }
    }

    function _takeBack() private {
        vm.startPrank(owner);
        mandate.unpause();
        mandate.unfreezeWeights();
        mandate.offerOwnership(address(0));
        oracle.offerOwnership(address(0));
        vm.stopPrank();
    }

    function _deed(uint256 kind) private returns (Deed memory) {
        if (kind < 5) return _guardianDeed(kind);
        if (kind < 15) return _ownerDeed(kind);
        if (kind < 18) return _oracleDeed(kind);
        if (kind < 25) return _forbiddenDeed(kind);
        if (kind < 31) return _assetDeed(kind);
        return _vaultDeed(kind);
    }

    function _guardianDeed(uint256 kind) private returns (Deed memory deed) {
        deed.target = address(mandate);
        if (kind == 0) {
            deed.allowed = MANAGER | GUARDIAN | OWNER;
            deed.data = abi.encodeCall(mandate.cancelSchedule, ());
        } else if (kind == 1) {
            deed.allowed = GUARDIAN;
            deed.data = abi.encodeCall(mandate.pause, ());
        } else if (kind == 2) {
            deed.allowed = GUARDIAN;
            deed.data = abi.encodeCall(mandate.freezeWeights, ());
        } else if (kind == 3) {
            deed.allowed = GUARDIAN | OWNER;
            deed.data = abi.encodeCall(mandate.removeKeeper, (makeAddr("former keeper")));
        } else {
            deed.allowed = MANAGER;
            deed.data = abi.encodeCall(
                mandate.scheduleTargets,
                (mandate.targets(), block.timestamp + 1 days, block.timestamp + 2 days)
            );
        }
    }

    function _ownerDeed(uint256 kind) private view returns (Deed memory deed) {
        deed.target = address(mandate);
        deed.allowed = OWNER;
        deed.data = kind < 10 ? _ruleChange(kind) : _roleChange(kind);
    }

    function _ruleChange(uint256 kind) private view returns (bytes memory) {
        if (kind == 5) return abi.encodeCall(mandate.setLimits, (mandate.limits()));
        if (kind == 6) return abi.encodeCall(mandate.setBands, (0, 0.001e18, 0.08e18));
        if (kind == 7) return abi.encodeCall(mandate.setBounds, (0, 0, 0.6e18));
        if (kind == 8) return abi.encodeCall(mandate.unpause, ());
        RouteConfig memory config = RouteConfig(address(venue), 0, 1, abi.encodePacked(FEE));
        return abi.encodeCall(mandate.addRoute, (config));
    }

    function _roleChange(uint256 kind) private view returns (bytes memory) {
        if (kind == 10) return abi.encodeCall(mandate.addKeeper, (keeper));
        if (kind == 11) return abi.encodeCall(mandate.setManager, (manager));
        if (kind == 12) return abi.encodeCall(mandate.setGuardian, (guardian));
        if (kind == 13) return abi.encodeCall(mandate.offerOwnership, (stranger));
        return abi.encodeCall(mandate.unfreezeWeights, ());
    }

    function _oracleDeed(uint256 kind) private view returns (Deed memory deed) {
        deed.target = address(oracle);
        deed.allowed = OWNER;
        if (kind == 15) {
            deed.data = abi.encodeCall(oracle.setFeed, (oracle.feedOf(address(tokens[1]))));
        } else if (kind == 16) {
            deed.data = abi.encodeCall(oracle.offerOwnership, (stranger));
        } else {
            deed.allowed = NOBODY;
            deed.data = abi.encodeCall(oracle.acceptOwnership, ());
        }
    }

    /// @dev What nobody may do: take what belongs to others, or what only a running leg may.
    function _forbiddenDeed(uint256 kind) private view returns (Deed memory deed) {
        address other = vault.LOCKED_HOLDER();
        uint256[] memory nothing = new uint256[](COUNT);
        deed.target = address(vault);
        if (kind == 18) {
            deed.data = abi.encodeCall(vault.redeemInKind, (1e9, nothing, stranger, other, 0));
        } else if (kind == 19) {
            deed.data = abi.encodeCall(vault.transferFrom, (other, stranger, 1e9));
        } else if (kind == 20) {
            deed.data = abi.encodeCall(vault.seed, (1e18, nothing, stranger));
        } else if (kind == 21) {
            deed.data = abi.encodeCall(vault.pay, (1));
        } else if (kind == 22) {
            deed.data = abi.encodeCall(vault.writeDown, (address(tokens[0])));
        } else if (kind == 23) {
            deed.target = address(mandate);
            deed.data = abi.encodeCall(mandate.acceptOwnership, ());
        } else {
            deed.target = address(venue);
            deed.data = abi.encodeCall(
                venue.swap, (address(tokens[0]), address(tokens[1]), 1e6, abi.encodePacked(FEE))
            );
        }
    }

    /// @dev What only the owner may do to the list of assets, the fee and the breaker. What would
    /// leave a mark is such that the owner is refused too.
    function _assetDeed(uint256 kind) private view returns (Deed memory deed) {
        deed.target = address(mandate);
        deed.allowed = OWNER;
        if (kind == 25) deed.data = abi.encodeCall(mandate.setFee, (0, owner));
        else if (kind == 26) deed.data = abi.encodeCall(mandate.resetBreaker, ());
        else if (kind == 27) deed.data = abi.encodeCall(mandate.addAsset, (assetConfigs()[1]));
        else if (kind == 28) deed.data = abi.encodeCall(mandate.removeAsset, (1));
        else if (kind == 29) deed.data = abi.encodeCall(mandate.writeOff, (0));
        else deed.data = abi.encodeCall(mandate.abdicate, (mandate.writeOff.selector));
    }

    /// @dev What the vault takes from its mandate alone, and the mandate from its deployer.
    function _vaultDeed(uint256 kind) private view returns (Deed memory deed) {
        deed.target = address(vault);
        if (kind == 31) {
            deed.data = abi.encodeCall(vault.setFee, (0, stranger));
        } else if (kind == 32) {
            deed.data = abi.encodeCall(vault.resetBreaker, ());
        } else if (kind == 33) {
            deed.data = abi.encodeCall(vault.listAsset, (address(venue)));
        } else if (kind == 34) {
            deed.data = abi.encodeCall(vault.delistAsset, (1));
        } else if (kind == 35) {
            deed.data = abi.encodeCall(vault.writeOffAsset, (1));
        } else {
            deed = Deed(address(mandate), abi.encodeCall(mandate.bind, (address(vault))), NOBODY);
        }
    }
}
