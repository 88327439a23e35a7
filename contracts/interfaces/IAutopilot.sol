// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IVault} from "./IVault.sol";
import {Blocker, Leg, Reason} from "../types/Types.sol";

/// @notice What an autopilot is asked to do. `checkUpkeep` and `performUpkeep` take it ABI-encoded.
/// @param vault The vault.
/// @param fraction Part of each leg to trade, in WAD; WAD for all of it. Smaller legs move a thin
/// market less.
/// @param routeIds Routes to choose from, the preferred ones first; empty for all of the mandate,
/// the lowest ids first.
struct Job {
    IVault vault;
    uint256 fraction;
    uint256[] routeIds;
}

/// @notice What the public tier of a vault needs now.
enum Action {
    /// Nothing.
    None,
    /// A hard band is exceeded and must be put on record.
    Poke,
    /// Whoever comes may rebalance.
    Rebalance
}

/// @title IAutopilot
/// @notice Uses the public tier of any vault without anything off chain to plan for it: decides
/// what is needed and builds the legs from prices, targets and routes. Anyone may call it.
interface IAutopilot {
    /* EVENTS */

    /// @notice A vault was poked or rebalanced; the vault's own events say the rest.
    event Performed(address indexed caller, address indexed vault, Action action, uint256 legs);

    /* ERRORS */

    /// @notice The vault needs nothing that this can do: not due, blocked, or the legs that routes
    /// and buckets allow would not bring it far enough.
    error NothingToDo(address vault, Reason reason, Blocker blocker, uint256 readyAt);
    /// @notice Somebody made this a keeper of the vault, so that anyone could use a keeper's terms.
    error HoldsKeeperRole(address vault);
    /// @notice The part of the legs to trade is not between 1 and WAD.
    error BadFraction(uint256 fraction, uint256 maximum);
    /// @notice A rehearsal went well, and was undone; the job would go as well in earnest.
    error Rehearsed(bytes performData);

    /* AUTOMATION */

    /// @notice Whether `performUpkeep` would succeed now, found by trying it and undoing it: with
    /// the legs in full, then halved up to three times, so that market prices and impact count.
    /// @dev For `eth_call`; as a transaction it leaves no trace. Never reverts because of a vault
    /// or of what the data are.
    /// @param checkData An encoded `Job`.
    /// @return needed Whether it would.
    /// @return performData The job as it went well, with the routes that it used.
    function checkUpkeep(bytes calldata checkData)
        external
        returns (bool needed, bytes memory performData);

    /// @notice Pokes or rebalances the vault, whichever is needed; reverts if neither is.
    /// @dev The data only choose vault, size and routes: need, legs and limits are judged here and
    /// now.
    /// @param performData An encoded `Job`.
    function performUpkeep(bytes calldata performData) external;

    /* PEOPLE AND PROGRAMS */

    /// @notice `performUpkeep` for a job that is not encoded.
    /// @return routeIds Routes of the legs, those that a poke prepares included.
    function perform(Job calldata job) external returns (uint256[] memory routeIds);

    /// @notice Tries a job and undoes it: reverts with `Rehearsed` if it went well, and returns if
    /// it did not.
    /// @param data An encoded `Job`.
    /// @param halvings How often to halve its fraction first.
    function rehearse(bytes calldata data, uint256 halvings) external;

    /// @notice What a vault needs now and the legs for it; reverts if it cannot be told.
    /// @return action What is needed.
    /// @return legs Legs of the rebalance that is possible now, or of the one that a poke prepares.
    function planOf(Job calldata job) external view returns (Action action, Leg[] memory legs);
}
