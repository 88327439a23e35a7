// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IMandate} from "../interfaces/IMandate.sol";
import {IPriceOracle} from "../interfaces/IPriceOracle.sol";
import {Ledger, Listing} from "../types/Ledger.sol";
import {WeightMath} from "./WeightMath.sol";

/// @notice Where a vault keeps its rules and prices.
/// @param mandate The rules.
/// @param oracle The prices.
struct Setting {
    IMandate mandate;
    IPriceOracle oracle;
}

/// @notice What a vault holds of one asset and what that is worth.
/// @param token The asset.
/// @param amount What belongs to the shareholders, in asset wei.
/// @param price By the feed; like the next two zero for an asset that is written off.
/// @param lowPrice The lower of the prices by feed and second source.
/// @param highPrice The higher of them.
/// @param value Value of `amount` at `price`, in WAD, rounded down.
struct Holding {
    address token;
    uint256 amount;
    uint256 price;
    uint256 lowPrice;
    uint256 highPrice;
    uint256 value;
}

/// @title Valuation
/// @notice What a vault's holdings are worth. With two sources, whoever asks takes the price that
/// is worse for the caller it serves, so a second source can only make a vault more careful.
library Valuation {
    /// @notice What the vault holds of each asset; reverts without a price for every asset that
    /// counts.
    /// @param amounts What belongs to the shareholders of each asset, in asset wei.
    /// @return held In the order of the assets.
    /// @return nav Sum of their values, in WAD.
    function open(Ledger storage ledger, Setting memory setting, uint256[] memory amounts)
        internal
        view
        returns (Holding[] memory held, uint256 nav)
    {
        (address[] memory tokens, address[] memory asked, uint256 writtenOff) = priced(ledger);
        (uint256[] memory prices, uint256[] memory second) = setting.oracle.pricePairs(asked);
        return appraise(tokens, amounts, writtenOff, prices, second);
    }

    /// @notice What holdings are worth at these prices.
    /// @param tokens The assets.
    /// @param amounts What is held of each, in asset wei.
    /// @param writtenOff Bitmap over the assets.
    /// @param prices By the feeds; of what is written off no account is taken.
    /// @param second By the second sources; empty where no asset has one.
    /// @return held In the order of `tokens`.
    /// @return nav Sum of their values, in WAD.
    function appraise(
        address[] memory tokens,
        uint256[] memory amounts,
        uint256 writtenOff,
        uint256[] memory prices,
        uint256[] memory second
    ) internal pure returns (Holding[] memory held, uint256 nav) {
        held = new Holding[](amounts.length);
        for (uint256 i; i < held.length; ++i) {
            Holding memory holding = held[i];
            (holding.token, holding.amount) = (tokens[i], amounts[i]);
            if (writtenOff >> i & 1 != 0) continue;
            uint256 price = prices[i];
            holding.price = holding.lowPrice = holding.highPrice = price;
            if (second.length != 0) {
                holding.lowPrice = Math.min(price, second[i]);
                holding.highPrice = Math.max(price, second[i]);
            }
            uint256 value = WeightMath.valueDown(holding.amount, price);
            holding.value = value;
            nav += value;
        }
    }

    /// @notice The values of holdings, in WAD.
    function valuesOf(Holding[] memory held) internal pure returns (uint256[] memory values) {
        values = new uint256[](held.length);
        for (uint256 i; i < held.length; ++i) {
            values[i] = held[i].value;
        }
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
            Listing storage listing = ledger.listings[i];
            // Read at once, or the slot would be read twice.
            (address token, bool isWrittenOff) = (listing.token, listing.writtenOff);
            tokens[i] = token;
            if (isWrittenOff) writtenOff |= 1 << i;
        }
        asked = tokens;
        if (writtenOff == 0) return (tokens, asked, writtenOff);
        asked = new address[](tokens.length);
        for (uint256 i; i < tokens.length; ++i) {
            asked[i] = tokens[writtenOff >> i & 1 == 0 ? i : 0];
        }
    }
}
