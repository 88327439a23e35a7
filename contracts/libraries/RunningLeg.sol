// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {TransientSlot} from "@openzeppelin/contracts/utils/TransientSlot.sol";
import {IVault} from "../interfaces/IVault.sol";

/// @title RunningLeg
/// @notice The leg that is being swapped: who may ask for payment, in what, to whom, and how much
/// is left to pay. Transient, so nothing of it outlives the transaction.
library RunningLeg {
    using SafeERC20 for IERC20;
    using TransientSlot for *;

    bytes32 private constant _VENUE = keccak256("trimtab.leg.venue");
    bytes32 private constant _TOKEN = keccak256("trimtab.leg.token");
    bytes32 private constant _PAYEE = keccak256("trimtab.leg.payee");
    bytes32 private constant _LEFT = keccak256("trimtab.leg.left");

    /// @notice Lets `venue` have up to `amount` of `token` paid to `payee`.
    function start(address venue, address token, address payee, uint256 amount) internal {
        _VENUE.asAddress().tstore(venue);
        _TOKEN.asAddress().tstore(token);
        _PAYEE.asAddress().tstore(payee);
        _LEFT.asUint256().tstore(amount);
    }

    /// @notice Ends the leg: nobody may ask for payment any more.
    /// @return left What was not paid, in the token's smallest unit.
    function finish() internal returns (uint256 left) {
        // What is left stays where it is: without a venue nobody can have it.
        _VENUE.asAddress().tstore(address(0));
        return _LEFT.asUint256().tload();
    }

    /// @notice Pays `amount` to the payee, if the caller is the venue of the running leg.
    function pay(uint256 amount) internal {
        address venue = _VENUE.asAddress().tload();
        uint256 left = _LEFT.asUint256().tload();
        require(msg.sender == venue, IVault.NotPayable(msg.sender, venue));
        require(amount <= left, IVault.PaymentTooLarge(amount, left));
        _LEFT.asUint256().tstore(left - amount);
        IERC20(_TOKEN.asAddress().tload()).safeTransfer(_PAYEE.asAddress().tload(), amount);
    }
}
