// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Bytes} from "@openzeppelin/contracts/utils/Bytes.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Action, IAutopilot, Job} from "./interfaces/IAutopilot.sol";
import {IMandate} from "./interfaces/IMandate.sol";
import {IVault} from "./interfaces/IVault.sol";
import {Budgets} from "./libraries/Budgets.sol";
import {LegPlanner} from "./libraries/LegPlanner.sol";
import {Rebalancing} from "./libraries/Rebalancing.sol";
import {Holding, Valuation} from "./libraries/Valuation.sol";
import {VaultState} from "./types/Ledger.sol";
import {Blocker, Leg, POKE_LIFETIME, Plan, Position, Reason, Route, WAD} from "./types/Types.sol";

/// @title Autopilot
/// @notice Keeps vaults inside their hard bands when their keepers do not. Has no storage, no
/// owner, no tokens and no role: it can do what anybody can, and anybody can make it do so.
///
/// # Trust
///
/// - **Callers** choose vault, size and routes. The vault holds them to the terms of the public
///   tier whatever they choose, as it does anybody who calls it directly. They are paid nothing.
/// - **Vaults** are not trusted: a broken or hostile one fails its own job only.
/// - **Mandates** must not make this a keeper, or anybody would trade on a keeper's terms through
///   it; it refuses to act for one that did.
///
/// # Limits
///
/// Legs are sized so that, at the worst price the public tier allows, what is left of both buckets
/// covers them. Where the market is worse than that price the vault refuses the leg, and with it
/// the rebalance; smaller legs or other routes may pass.
contract Autopilot is IAutopilot {
    /// @dev A vault and its plan for whoever comes, read at once.
    struct Outlook {
        IVault vault;
        IMandate mandate;
        VaultState state;
        Holding[] held;
        uint256 nav;
        Plan plan;
    }

    /* CONSTANTS */

    /// @dev How often a check halves the legs.
    uint256 internal constant _HALVINGS = 3;

    /* AUTOMATION */

    /// @inheritdoc IAutopilot
    function checkUpkeep(bytes calldata checkData)
        external
        returns (bool needed, bytes memory performData)
    {
        for (uint256 i; i <= _HALVINGS; ++i) {
            // One share is kept for the answer, which a hostile vault might make as long as it can.
            uint256 gasShare = gasleft() / (_HALVINGS + 2 - i);
            try this.rehearse{gas: gasShare}(checkData, i) {}
            catch (bytes memory answer) {
                // Another answer, cut or filled up to four bytes, is not this one.
                // forge-lint: disable-next-line(unsafe-typecast)
                if (bytes4(answer) == Rehearsed.selector) {
                    return (true, abi.decode(Bytes.slice(answer, 4), (bytes)));
                }
            }
        }
    }

    /// @inheritdoc IAutopilot
    function performUpkeep(bytes calldata performData) external {
        _perform(abi.decode(performData, (Job)));
    }

    /// @inheritdoc IAutopilot
    function rehearse(bytes calldata data, uint256 halvings) external {
        Job memory job = abi.decode(data, (Job));
        job.fraction >>= halvings;
        // What a vault reverts with ends here, so that none can pretend to have been rehearsed.
        try this.perform(job) returns (uint256[] memory routeIds) {
            job.routeIds = routeIds;
            revert Rehearsed(abi.encode(job));
        } catch {}
    }

    /* PEOPLE AND PROGRAMS */

    /// @inheritdoc IAutopilot
    function perform(Job calldata job) external returns (uint256[] memory routeIds) {
        return _perform(job);
    }

    /// @inheritdoc IAutopilot
    function planOf(Job calldata job) external view returns (Action action, Leg[] memory legs) {
        return _decide(_look(job.vault), job);
    }

    function _perform(Job memory job) internal returns (uint256[] memory routeIds) {
        Outlook memory seen = _look(job.vault);
        _observe(seen);
        (Action action, Leg[] memory legs) = _decide(seen, job);
        Plan memory plan = seen.plan;
        require(
            action != Action.None,
            NothingToDo(address(job.vault), plan.reason, plan.blocker, plan.readyAt)
        );

        emit Performed(msg.sender, address(job.vault), action, legs.length);
        if (action == Action.Poke) job.vault.poke();
        else job.vault.rebalance(legs, seen.state.nonce, block.timestamp);
        routeIds = new uint256[](legs.length);
        for (uint256 i; i < legs.length; ++i) {
            routeIds[i] = legs[i].routeId;
        }
    }

    /// @dev Takes the breaker's reading first: one that trips it changes what may be bought.
    function _observe(Outlook memory seen) internal {
        if (seen.plan.drawdown == 0 || seen.state.onlyToBase || !_isOpen(seen.plan)) return;
        seen.vault.observeDrawdown();
        seen.state = seen.vault.state();
    }

    /* DECISION */

    function _decide(Outlook memory seen, Job memory job)
        internal
        view
        returns (Action action, Leg[] memory legs)
    {
        require(job.fraction != 0 && job.fraction <= WAD, BadFraction(job.fraction, WAD));
        bool open = _isOpen(seen.plan);
        if (!open && !_pokeHelps(seen)) return (Action.None, legs);
        legs = LegPlanner.build(_task(seen, job));
        if (legs.length != 0) action = open ? Action.Rebalance : Action.Poke;
    }

    /// @dev Whether anyone may rebalance now.
    function _isOpen(Plan memory plan) internal pure returns (bool) {
        return plan.reason == Reason.Public && plan.blocker == Blocker.None;
    }

    /// @dev Whether a record of the breach is missing and would last until the cooldown is over.
    function _pokeHelps(Outlook memory seen) internal view returns (bool) {
        if (seen.plan.reason != Reason.Public || seen.plan.blocker != Blocker.NotPoked) {
            return false;
        }
        uint256 readyAt = seen.state.publicAt + seen.mandate.limits().publicCooldown;
        return readyAt <= block.timestamp + POKE_LIFETIME;
    }

    function _task(Outlook memory seen, Job memory job)
        internal
        view
        returns (LegPlanner.Task memory)
    {
        return LegPlanner.Task({
            held: seen.held,
            nav: seen.nav,
            targets: seen.plan.targets,
            routes: _routesOf(seen.mandate, job.routeIds, seen.held.length),
            fraction: job.fraction,
            turnover: _turnoverLeft(seen),
            slippage: seen.plan.slippage,
            drift: seen.plan.drift,
            onlyToBase: seen.state.onlyToBase
        });
    }

    /// @dev Value that may be traded, in WAD of NAV: what the turnover bucket has left, and no more
    /// than the loss bucket could pay for at the worst price allowed.
    function _turnoverLeft(Outlook memory seen) internal view returns (uint256 most) {
        (, most) = Budgets.turnover(seen.state, seen.plan);
        if (seen.plan.slippage == 0) return most;

        // Each leg's loss is rounded up by itself.
        (, uint256 left) = Budgets.loss(seen.state, seen.plan);
        left = Math.saturatingSub(left, Rebalancing.MAX_LEGS);
        return Math.min(most, Math.mulDiv(left, WAD, seen.plan.slippage));
    }

    /// @dev The first active route of each pair, its id plus one, in the order of `ids`; of all
    /// routes if `ids` is empty.
    function _routesOf(IMandate mandate, uint256[] memory ids, uint256 assets)
        internal
        view
        returns (uint256[][] memory routes)
    {
        routes = new uint256[][](assets);
        for (uint256 i; i < assets; ++i) {
            routes[i] = new uint256[](assets);
        }
        uint256 count = ids.length == 0 ? mandate.routeCount() : ids.length;
        for (uint256 i; i < count; ++i) {
            uint256 id = ids.length == 0 ? i : ids[i];
            Route memory route = mandate.routeAt(id);
            if (!route.active || routes[route.tokenIn][route.tokenOut] != 0) continue;
            routes[route.tokenIn][route.tokenOut] = id + 1;
        }
    }

    /* WHAT THE VAULT SEES */

    /// @dev The vault as it would open a rebalance of this contract.
    function _look(IVault vault) internal view returns (Outlook memory seen) {
        (seen.vault, seen.mandate, seen.state) = (vault, vault.mandate(), vault.state());
        require(!seen.mandate.isKeeper(address(this)), HoldsKeeperRole(address(vault)));
        (seen.held, seen.nav) = _price(vault);
        seen.plan = seen.mandate
            .plan(
                Position({
                    caller: address(this),
                    keeperAt: seen.state.keeperAt,
                    publicAt: seen.state.publicAt,
                    pokedAt: seen.state.pokedAt,
                    nav: seen.nav,
                    values: Valuation.valuesOf(seen.held)
                })
            );
    }

    /// @dev What the vault holds and what it is worth. See `Valuation.open`.
    function _price(IVault vault) internal view returns (Holding[] memory, uint256 nav) {
        address[] memory tokens = vault.tokens();
        uint256 writtenOff = vault.writtenOff();
        address[] memory asked = new address[](tokens.length);
        for (uint256 i; i < asked.length; ++i) {
            asked[i] = tokens[writtenOff >> i & 1 == 0 ? i : 0];
        }
        (uint256[] memory prices, uint256[] memory second) = vault.oracle().pricePairs(asked);
        return Valuation.appraise(tokens, vault.holdings(), writtenOff, prices, second);
    }
}
