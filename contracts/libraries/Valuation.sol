// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IMandate} from "../interfaces/IMandate.sol";
import {IPriceOracle} from "../interfaces/IPriceOracle.sol";
import {Ledger} from "../types/Ledger.sol";
import {WeightMath} from "./WeightMath.sol";

/// @notice Where a vault keeps its rules and prices.
/// @param mandate The rules.
/// @param oracle The prices.
struct Setting {
    IMandate mandate;
    IPriceOracle oracle;
}

/// @notice What a vault holds and what it is worth.
/// @param tokens The assets.
/// @param amounts What belongs to the shareholders of each, in asset wei.
/// @param prices Prices of the feeds; zero for an asset that is written off.
/// @param secondPrices Prices of the second sources; empty where no asset has one.
/// @param values Value of each amount at the feed's price, in WAD, rounded down.
/// @param nav Sum of `values`.
struct Portfolio {
    address[] tokens;
    uint256[] amounts;
    uint256[] prices;
    uint256[] secondPrices;
    uint256[] values;
    uint256 nav;
}

/// @title Valuation
/// @notice What a vault's holdings are worth. With two sources, whoever asks takes the price that is
/// worse for the caller it serves, so a second source can only make a vault more careful.
library Valuation {
    /// @notice The portfolio of `amounts`; reverts without a price for every asset that counts.
    function open(Ledger storage ledger, Setting memory setting, uint256[] memory amounts)
        internal
        view
        returns (Portfolio memory held)
    {
        held.amounts = amounts;
        address[] memory asked;
        uint256 writtenOff;
        (held.tokens, asked, writtenOff) = priced(ledger);
        (held.prices, held.secondPrices) = setting.oracle.pricePairs(asked);
        if (writtenOff != 0) clear(held, writtenOff);
        (held.values, held.nav) = WeightMath.valuesDown(amounts, held.prices);
    }

    /// @notice The assets, and those whose prices a valuation asks for.
    /// @return tokens The assets.
    /// @return asked The same, with the base asset in place of every asset that is written off.
    /// @return writtenOff Bitmap over the assets.
    function priced(Ledger storage ledger)
        internal
        view
        returns (address[] memory tokens, address[] memory asked, uint256 writtenOff)
    {
        tokens = new address[](ledger.listings[0].count);
        for (uint256 i; i < tokens.length; ++i) {
            tokens[i] = ledger.listings[i].token;
            if (ledger.listings[i].writtenOff) writtenOff |= 1 << i;
        }
        asked = tokens;
        if (writtenOff == 0) return (tokens, asked, writtenOff);
        asked = new address[](tokens.length);
        for (uint256 i; i < tokens.length; ++i) {
            asked[i] = tokens[writtenOff >> i & 1 == 0 ? i : 0];
        }
    }

    /// @notice The higher price of an asset.
    function highPrice(Portfolio memory held, uint256 asset) internal pure returns (uint256 price) {
        price = held.prices[asset];
        if (held.secondPrices.length != 0) price = Math.max(price, held.secondPrices[asset]);
    }

    /// @notice The lower price of an asset.
    function lowPrice(Portfolio memory held, uint256 asset) internal pure returns (uint256 price) {
        price = held.prices[asset];
        if (held.secondPrices.length != 0) price = Math.min(price, held.secondPrices[asset]);
    }

    /// @notice Makes what is written off worth nothing, whatever was asked in its place.
    function clear(Portfolio memory held, uint256 writtenOff) internal pure {
        for (uint256 i; i < held.prices.length; ++i) {
            if (writtenOff >> i & 1 == 0) continue;
            held.prices[i] = 0;
            if (held.secondPrices.length != 0) held.secondPrices[i] = 0;
        }
    }
}
