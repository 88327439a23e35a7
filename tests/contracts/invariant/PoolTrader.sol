// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IPool} from "../fixtures/UniswapFixture.sol";
import {VaultFixture} from "../fixtures/VaultFixture.sol";

/// @notice Somebody who knows what the fixture's pools will pay, and can make them pay anything.
/// @dev Every pool has one full-range position, so it trades like reserves x and y with x * y =
/// L^2.
abstract contract PoolTrader is VaultFixture {
    uint256 internal constant FEE_SCALE = 1e6;

    /// @dev The pool of two assets, seen by somebody who sells `sold`.
    function poolBetween(uint256 sold, uint256 bought) internal view returns (IPool pool) {
        return sold < bought ? poolOf[sold][bought] : poolOf[bought][sold];
    }

    /// @dev Reserves of the pool of two assets: what is sold to it, and what is bought from it.
    function reservesOf(uint256 sold, uint256 bought)
        internal
        view
        returns (uint256 reserveSold, uint256 reserveBought)
    {
        IPool pool = poolBetween(sold, bought);
        (uint160 root,,,,,,) = pool.slot0();
        uint256 reserve0 = Math.mulDiv(pool.liquidity(), Q96, root);
        uint256 reserve1 = Math.mulDiv(pool.liquidity(), root, Q96);
        bool inOrder = pool.token0() == address(tokens[sold]);
        return inOrder ? (reserve0, reserve1) : (reserve1, reserve0);
    }

    /// @dev What the pool would pay for `amountIn` now; a millionth less, to be safe.
    function quoteDown(uint256 sold, uint256 bought, uint256 amountIn)
        internal
        view
        returns (uint256)
    {
        (uint256 reserveSold, uint256 reserveBought) = reservesOf(sold, bought);
        uint256 kept = _afterFee(amountIn);
        uint256 paid = Math.mulDiv(reserveBought, kept, reserveSold + kept);
        return paid - Math.ceilDiv(paid, FEE_SCALE);
    }

    /// @dev Trades against the pool until `amountIn` brings `amountOut`, or a hair more: a
    /// billionth and two units, which cover the pool's own rounding.
    ///
    /// With a = amountIn after the fee, the pool pays L^2 / x * a / (x + a), which is amountOut
    /// where x = (sqrt(a^2 + 4 * L^2 * a / amountOut) - a) / 2.
    function pushPool(uint256 sold, uint256 bought, uint256 amountIn, uint256 amountOut) internal {
        IPool pool = poolBetween(sold, bought);
        uint256 liquidity = pool.liquidity();
        uint256 kept = _afterFee(amountIn);
        uint256 square = kept * kept + 4 * Math.mulDiv(liquidity * liquidity, kept, amountOut + 2);
        uint256 reserveSold = (Math.sqrt(square) - kept) / 2;
        reserveSold -= reserveSold / 1e9;

        bool inOrder = pool.token0() == address(tokens[sold]);
        uint256 root = inOrder
            ? Math.mulDiv(liquidity, Q96, reserveSold)
            : Math.mulDiv(reserveSold, Q96, liquidity);
        _swapTo(pool, uint160(root));
    }

    /// @dev Takes the pool of two assets back to the market price.
    function restorePool(uint256 sold, uint256 bought) internal {
        movePool(
            poolBetween(sold, bought),
            tokens[sold],
            amountWorth(sold, DEPTH),
            amountWorth(bought, DEPTH)
        );
    }

    function _swapTo(IPool pool, uint160 root) internal {
        (uint160 current,,,,,,) = pool.slot0();
        if (current == root) return;
        pool.swap(address(this), root < current, type(int128).max, root, "");
    }

    function _afterFee(uint256 amountIn) private pure returns (uint256) {
        return amountIn * (FEE_SCALE - FEE) / FEE_SCALE;
    }
}
