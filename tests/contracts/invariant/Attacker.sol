// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {LegMath} from "../../../contracts/libraries/LegMath.sol";
import {Leg, WAD} from "../../../contracts/types/Types.sol";
import {Witness} from "./Witness.sol";

/// @notice How to take the most from a vault: pools that pay its floor and no more, and feeds that
/// are wrong by as much as they can be, each in the bad direction.
abstract contract Attacker is Witness {
    /// @dev Trades `turnover` (in WAD of NAV) at the worst price that floor and loss bucket allow.
    function extract(address caller, uint256 turnover) internal returns (bool) {
        Trade[] memory trades = tradesUpTo(worthOf(turnover));
        return tradeAt(caller, trades, affordableSlippage(caller, trades));
    }

    /// @dev The shortfall that floor and loss bucket allow to each of these trades, in WAD.
    function affordableSlippage(address caller, Trade[] memory trades)
        internal
        view
        returns (uint256)
    {
        uint256 traded = total(trades);
        if (traded == 0) return 0;
        (uint256 loss,) = bucketsLeft();
        uint256 affordable = Math.mulDiv(loss, worthOf(WAD), traded);
        // A millionth less, for what rounding adds to the charges.
        affordable -= Math.ceilDiv(affordable, 1e6);
        return Math.min(planFor(caller).slippage, affordable);
    }

    /// @dev Trades with each pool pushed until it pays `slippage` less than the oracle's price, and
    /// taken back to the market afterwards.
    function tradeAt(address caller, Trade[] memory trades, uint256 slippage)
        internal
        returns (bool)
    {
        uint256[] memory parts = new uint256[](trades.length);
        for (uint256 i; i < parts.length; ++i) {
            parts[i] = WAD - slippage;
        }
        return tradeAtEach(caller, trades, parts);
    }

    /// @dev Trades with each pool pushed until it pays its part (in WAD) of the oracle's price, and
    /// taken back to the market afterwards.
    function tradeAtEach(address caller, Trade[] memory trades, uint256[] memory parts)
        internal
        returns (bool done)
    {
        uint256[] memory prices = oracle.prices(addresses());
        Leg[] memory legs = legsOf(trades);
        for (uint256 i; i < legs.length; ++i) {
            Trade memory trade = trades[i];
            uint256 value = Math.mulDiv(trade.value, parts[i], WAD, Math.Rounding.Ceil);
            uint256 amountOut = LegMath.minimumOutUp(value, prices[trade.bought], 0);
            pushPool(trade.sold, trade.bought, legs[i].amountIn, amountOut);
        }
        (done,) = attempt(caller, legs);
        for (uint256 i; i < legs.length; ++i) {
            restorePool(trades[i].sold, trades[i].bought);
        }
    }

    /// @dev Every feed errs as far as it can: low for what the vault would sell, high for what it
    /// would buy.
    function makeFeedsLag() internal {
        for (uint256 i; i < COUNT; ++i) {
            uint256 price = marketPrice[i];
            setOraclePrice(i, excess(i) > 0 ? lowestAnswer(price) : highestAnswer(price));
        }
    }

    /// @dev Lowest answer from which the market is at most `FEED_ERROR` away.
    function lowestAnswer(uint256 price) internal pure returns (uint256) {
        return Math.ceilDiv(price * WAD, WAD + FEED_ERROR);
    }

    /// @dev Highest answer from which the market is at most `FEED_ERROR` away.
    function highestAnswer(uint256 price) internal pure returns (uint256) {
        return price * WAD / (WAD - FEED_ERROR);
    }

    /// @dev Value of `fraction` (in WAD) of NAV.
    function worthOf(uint256 fraction) internal view returns (uint256) {
        (, uint256 nav) = portfolio();
        return fraction * nav / WAD;
    }
}
