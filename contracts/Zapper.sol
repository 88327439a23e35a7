// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IVault} from "./interfaces/IVault.sol";
import {ILegPayer, IVenue} from "./interfaces/IVenue.sol";
import {IZapper, Signature, Swap, ZapIn, ZapOut} from "./interfaces/IZapper.sol";
import {RunningLeg} from "./libraries/RunningLeg.sol";

/// @title Zapper
/// @notice One token in, shares out, and back. Has no owner, no storage and no role anywhere.
///
/// # Trust
///
/// - **What it may spend** is the caller's alone: tokens and shares are only ever taken from
///   `msg.sender`, so an allowance to the zapper serves nobody else.
/// - **What it holds** during a call is that caller's alone: one lock over every entry lets no
///   second caller in before the first is through, and everything is handed out at the end. It
///   keeps no balance and no allowance (INV-8). What somebody sends it of their own accord goes
///   to whoever next zaps through that token.
/// - **Vaults, venues and tokens** are the caller's choice and not checked. A hostile one can take
///   what the caller brought, and nothing else. The minimum of each swap and of the whole zap are
///   measured here; set them.
/// - **Paying** goes as it does in the vault: only the venue of the running swap can ask, only for
///   the token sold, up to its amount, and it is paid where the venue itself says.
///
/// # Limits
///
/// The native currency is not taken; wrap it. A `tokenOut` that keeps a part of every transfer
/// arrives short of what was sent.
contract Zapper is IZapper, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /* CONSTANTS */

    /// @dev As the amount of a swap: all that the zap has.
    uint256 internal constant _ALL = type(uint256).max;

    /* IN */

    /// @inheritdoc IZapper
    function zapIn(ZapIn calldata order) external nonReentrant returns (uint256 shares) {
        return _zapIn(order);
    }

    /// @inheritdoc IZapper
    function zapInWithPermit(ZapIn calldata order, Signature calldata signature)
        external
        nonReentrant
        returns (uint256 shares)
    {
        _permit(order.tokenIn, order.amountIn, order.deadline, signature);
        return _zapIn(order);
    }

    function _zapIn(ZapIn calldata order) internal returns (uint256 shares) {
        _check(order.deadline, order.receiver);
        address[] memory assets = order.vault.tokens();

        IERC20(order.tokenIn).safeTransferFrom(msg.sender, address(this), order.amountIn);
        _runSwaps(order.swaps);
        shares = _mint(order, assets);

        _giveBack(order.tokenIn);
        _giveBackAll(assets, 0);
        _giveBackBought(order.swaps);
        emit ZappedIn(
            msg.sender, address(order.vault), order.receiver, order.tokenIn, order.amountIn, shares
        );
    }

    /// @dev Mints as many shares as what is here pays for, and leaves no allowance behind.
    function _mint(ZapIn calldata order, address[] memory assets)
        internal
        returns (uint256 shares)
    {
        uint256[] memory amounts;
        (shares, amounts) = _affordable(order.vault, assets);
        require(shares >= order.minShares, SharesBelowMinimum(shares, order.minShares));
        for (uint256 i; i < assets.length; ++i) {
            if (amounts[i] != 0) {
                IERC20(assets[i]).forceApprove(address(order.vault), amounts[i]);
            }
        }

        order.vault.mintInKind(shares, amounts, order.receiver);

        for (uint256 i; i < assets.length; ++i) {
            if (amounts[i] != 0) IERC20(assets[i]).forceApprove(address(order.vault), 0);
        }
    }

    /// @dev The most shares that the balances here pay for, and what they cost. The vault rounds
    /// each cost up to a whole unit, and a whole unit is at least a number exactly when it is at
    /// least that number rounded up: so the quotient, rounded down, is the largest.
    /// @return shares Shares, in share wei.
    /// @return amounts Cost in each asset, in asset wei, as the vault will ask for it.
    function _affordable(IVault vault, address[] memory assets)
        internal
        returns (uint256 shares, uint256[] memory amounts)
    {
        // The supply is that of the mint once the fee has accrued.
        vault.accrueFee();
        uint256 supply = vault.totalSupply();
        uint256[] memory holdings = vault.holdings();
        shares = _ALL;
        for (uint256 i; i < assets.length; ++i) {
            if (holdings[i] == 0) continue;
            uint256 balance = IERC20(assets[i]).balanceOf(address(this));
            shares = Math.min(shares, Math.mulDiv(balance, supply, holdings[i]));
        }
        return (shares, vault.previewMintInKind(shares));
    }

    /* OUT */

    /// @inheritdoc IZapper
    function zapOut(ZapOut calldata order) external nonReentrant returns (uint256 amountOut) {
        return _zapOut(order);
    }

    /// @inheritdoc IZapper
    function zapOutWithPermit(ZapOut calldata order, Signature calldata signature)
        external
        nonReentrant
        returns (uint256 amountOut)
    {
        _permit(address(order.vault), order.shares, order.deadline, signature);
        return _zapOut(order);
    }

    function _zapOut(ZapOut calldata order) internal returns (uint256 amountOut) {
        _check(order.deadline, order.receiver);
        address[] memory assets = order.vault.tokens();

        order.vault
            .redeemInKind(
                order.shares, new uint256[](assets.length), address(this), msg.sender, order.skip
            );
        _runSwaps(order.swaps);

        amountOut = IERC20(order.tokenOut).balanceOf(address(this));
        require(
            amountOut >= order.minAmountOut,
            AmountBelowMinimum(order.tokenOut, amountOut, order.minAmountOut)
        );
        if (amountOut != 0) IERC20(order.tokenOut).safeTransfer(order.receiver, amountOut);
        _giveBackAll(assets, order.skip);
        _giveBackBought(order.swaps);
        emit ZappedOut(
            msg.sender,
            address(order.vault),
            order.receiver,
            order.tokenOut,
            amountOut,
            order.shares
        );
    }

    /* SWAPS */

    /// @inheritdoc ILegPayer
    function pay(uint256 amount) external {
        RunningLeg.pay(amount);
    }

    function _runSwaps(Swap[] calldata swaps) internal {
        for (uint256 i; i < swaps.length; ++i) {
            uint256 amountOut = _swap(swaps[i]);
            require(
                amountOut >= swaps[i].minAmountOut,
                SwapBelowMinimum(i, amountOut, swaps[i].minAmountOut)
            );
        }
    }

    /// @dev Lets a venue swap. It can take at most the amount, through `pay`, while this runs.
    function _swap(Swap calldata order) internal returns (uint256 amountOut) {
        uint256 amountIn = order.amountIn;
        if (amountIn == _ALL) amountIn = IERC20(order.tokenIn).balanceOf(address(this));
        IVenue venue = IVenue(order.venue);
        address payee = venue.payee(order.tokenIn, order.tokenOut, order.data);
        uint256 balance = IERC20(order.tokenOut).balanceOf(address(this));
        RunningLeg.start(order.venue, order.tokenIn, payee, amountIn);

        venue.swap(order.tokenIn, order.tokenOut, amountIn, order.data);

        RunningLeg.finish();
        return IERC20(order.tokenOut).balanceOf(address(this)) - balance;
    }

    /* COMMON */

    function _check(uint256 deadline, address receiver) internal view {
        require(block.timestamp <= deadline, ZapExpired(block.timestamp, deadline));
        require(receiver != address(0) && receiver != address(this), BadReceiver(receiver));
    }

    /// @dev Hands in the caller's own signature. One that was handed in already has left its
    /// allowance, and if there is none the transfer fails.
    function _permit(address token, uint256 amount, uint256 deadline, Signature calldata signature)
        internal
    {
        try IERC20Permit(token)
            .permit(
                msg.sender, address(this), amount, deadline, signature.v, signature.r, signature.s
            ) {}
            catch {}
    }

    /// @dev A skipped asset is not touched: it may be what made the caller skip it.
    function _giveBackAll(address[] memory assets, uint256 skip) internal {
        for (uint256 i; i < assets.length; ++i) {
            if (skip >> i & 1 == 0) _giveBack(assets[i]);
        }
    }

    function _giveBackBought(Swap[] calldata swaps) internal {
        for (uint256 i; i < swaps.length; ++i) {
            _giveBack(swaps[i].tokenOut);
        }
    }

    function _giveBack(address token) internal {
        uint256 balance = IERC20(token).balanceOf(address(this));
        if (balance != 0) IERC20(token).safeTransfer(msg.sender, balance);
    }
}
