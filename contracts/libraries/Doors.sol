// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {PriceReading, PriceStatus} from "../interfaces/IPriceOracle.sol";
import {DoorTerms, IVault} from "../interfaces/IVault.sol";
import {Flow, Ledger} from "../types/Ledger.sol";
import {Limits, PRICE_SCALE, WAD} from "../types/Types.sol";
import {holdingsOf} from "./Accounting.sol";
import {Bucket} from "./Bucket.sol";
import {LimitCaps} from "./LimitCaps.sol";
import {mulDivUp} from "./MulDiv.sol";
import {Holding, Setting, Valuation} from "./Valuation.sol";
import {WeightMath} from "./WeightMath.sol";

/// @notice A way through the base-asset doors: which amount the caller names, and which way it
/// goes.
enum Door {
    /// Base asset in, the caller names the assets.
    Deposit,
    /// Base asset in, the caller names the shares.
    Mint,
    /// Base asset out, the caller names the assets.
    Withdraw,
    /// Base asset out, the caller names the shares.
    Redeem
}

/// @title Doors
/// @notice The terms on which a vault takes and pays its base asset. Deployed once and linked; it
/// runs on the vault's storage and has none of its own.
///
/// Prices lag the market, so whoever may choose the moment may take the lag. Three things bound
/// that: the spread, which stays with the holders; the worse of two prices; and a bucket for each
/// direction, which bounds what can pass while a price is wrong (INV-2b).
library Doors {
    using SafeCast for uint256;

    /// @dev What the doors ask and give at this moment. Rounded against the caller throughout.
    /// @param supply Shares, the fee included, in share wei.
    /// @param nav Value of all holdings at the feeds' prices, in WAD.
    /// @param navLow The same at the lower of two prices.
    /// @param navHigh The same at the higher.
    /// @param price The feed's price of the base asset.
    /// @param priceLow Its lower price.
    /// @param priceHigh Its higher price.
    /// @param kept What is left after the spread: one less the spread, in WAD.
    /// @param flowCapacity Capacity of each bucket, in WAD of NAV.
    struct Terms {
        uint256 supply;
        uint256 nav;
        uint256 navLow;
        uint256 navHigh;
        uint256 price;
        uint256 priceLow;
        uint256 priceHigh;
        uint256 kept;
        uint256 flowCapacity;
    }

    /// @notice Least spread, in WAD: 50 bp.
    uint256 internal constant MIN_SPREAD = 0.005e18;
    /// @notice Greatest spread, in WAD: a door that keeps more is as good as shut.
    uint256 internal constant MAX_SPREAD = 0.99e18;
    /// @notice What the spread adds to the feeds' deviation and to the public tier's slippage, in
    /// WAD: 10 bp.
    uint256 internal constant SPREAD_MARGIN = 0.001e18;
    /// @notice Time in which an empty bucket refills, in seconds.
    uint256 internal constant REFILL_PERIOD = 1 days;

    /* PASSING */

    /// @notice Works out and records what passes; the vault has yet to move tokens and shares.
    /// @param ledger The vault's ledger, with everything credited that has vested.
    /// @param setting The vault's rules and prices.
    /// @param supply Shares, the fee accrued, in share wei.
    /// @param door Which way.
    /// @param amount What the caller names, in asset wei or share wei.
    /// @return assets Base asset to take or pay, in asset wei.
    /// @return shares Shares to create or destroy, in share wei.
    function pass(
        Ledger storage ledger,
        Setting memory setting,
        uint256 supply,
        Door door,
        uint256 amount
    ) external returns (uint256 assets, uint256 shares) {
        uint256 pausedUntil = setting.mandate.pausedUntil();
        require(block.timestamp >= pausedUntil, IVault.DoorsPaused(pausedUntil));
        Terms memory terms = _terms(ledger, setting, supply);
        uint256 result = _convert(terms, door, amount);
        bool namesAssets = door == Door.Deposit || door == Door.Withdraw;
        (assets, shares) = namesAssets ? (amount, result) : (result, amount);

        _charge(_flowOf(ledger, door), terms, assets);
        uint256 recorded = ledger.recorded[0];
        if (_isEntry(door)) {
            require(shares != 0 || assets == 0, IVault.ZeroShares());
            (bool closed, address token) = _closedBy(ledger);
            require(!closed, IVault.DepositsClosed(token));
            ledger.recorded[0] = (recorded + assets).toUint128();
        } else {
            require(assets <= recorded, IVault.NotEnoughBase(assets, recorded));
            ledger.recorded[0] = (recorded - assets).toUint128();
        }
    }

    /// @dev Charges the part of NAV that passes, at the feed's price.
    function _charge(Flow storage flow, Terms memory terms, uint256 assets) private {
        uint256 passing = WeightMath.fractionUp(WeightMath.valueUp(assets, terms.price), terms.nav);
        uint256 used = _usedUp(flow, terms.flowCapacity);
        uint256 left = Bucket.left(used, terms.flowCapacity);
        require(passing <= left, IVault.FlowBucketExceeded(passing, left));
        // At most the capacity.
        // forge-lint: disable-next-line(unsafe-typecast)
        (flow.used, flow.updatedAt) = (uint64(used + passing), uint40(block.timestamp));
    }

    function _flowOf(Ledger storage ledger, Door door) private view returns (Flow storage) {
        return _isEntry(door) ? ledger.deposits : ledger.withdrawals;
    }

    function _usedUp(Flow storage flow, uint256 capacity) private view returns (uint256) {
        uint256 rate = capacity * 1 days / REFILL_PERIOD;
        return Bucket.usedUp(flow.used, rate, block.timestamp - flow.updatedAt);
    }

    function _left(Flow storage flow, uint256 capacity) private view returns (uint256) {
        return Bucket.left(_usedUp(flow, capacity), capacity);
    }

    /// @dev Whether an asset that is written off is still held, or vesting: whoever came in by the
    /// base asset would get a part of it for nothing.
    function _closedBy(Ledger storage ledger) private view returns (bool, address) {
        uint256 count = ledger.listings[0].count;
        for (uint256 i; i < count; ++i) {
            address token = ledger.listings[i].token;
            if (!ledger.listings[i].writtenOff) continue;
            if (ledger.recorded[i] + ledger.accounts[token].surplus != 0) return (true, token);
        }
        return (false, address(0));
    }

    /* TERMS */

    /// @dev Reverts without a price for every asset that counts, and before the seed.
    function _terms(Ledger storage ledger, Setting memory setting, uint256 supply)
        private
        view
        returns (Terms memory terms)
    {
        require(supply != 0, IVault.NotSeeded());
        Holding[] memory held;
        (held, terms.nav) = Valuation.open(ledger, setting, holdingsOf(ledger));
        (terms.supply, terms.price) = (supply, held[0].price);
        (terms.priceLow, terms.priceHigh) = (held[0].lowPrice, held[0].highPrice);
        for (uint256 i; i < held.length; ++i) {
            terms.navLow += WeightMath.valueDown(held[i].amount, held[i].lowPrice);
            terms.navHigh += WeightMath.valueUp(held[i].amount, held[i].highPrice);
        }
        require(terms.navLow != 0, IVault.WorthNothing());
        Limits memory limits = setting.mandate.limits();
        terms.flowCapacity = Math.min(limits.flowCapacity, LimitCaps.FLOW_CAPACITY);
        uint256 lag = _lag(ledger, setting, held, terms.nav);
        terms.kept = WAD - _spread(lag, limits.publicSlippage);
    }

    /// @dev What a caller could gain by choosing the moment: what the feeds may lag by, and what
    /// forcing a public rebalance can cost the holders.
    function _spread(uint256 lag, uint256 publicSlippage) private pure returns (uint256) {
        uint256 spread = Math.max(lag, publicSlippage) + SPREAD_MARGIN;
        return Math.min(Math.max(spread, MIN_SPREAD), MAX_SPREAD);
    }

    /// @dev What the feeds may lag by, by weight, in WAD, each part rounded up.
    function _lag(Ledger storage ledger, Setting memory setting, Holding[] memory held, uint256 nav)
        private
        view
        returns (uint256 lag)
    {
        (, address[] memory asked,) = Valuation.priced(ledger);
        uint256[] memory deviations = setting.oracle.deviations(asked);
        for (uint256 i; i < deviations.length; ++i) {
            lag += mulDivUp(held[i].value, deviations[i], nav);
        }
    }

    /* CONVERSION */

    /// @notice What `pass` would give or ask for, whatever the buckets hold.
    /// @param ledger The vault's ledger.
    /// @param setting The vault's rules and prices.
    /// @param supply Shares, the fee included, in share wei.
    /// @param door Which way.
    /// @param amount What the caller names, in asset wei or share wei.
    function preview(
        Ledger storage ledger,
        Setting memory setting,
        uint256 supply,
        Door door,
        uint256 amount
    ) external view returns (uint256) {
        return _convert(_terms(ledger, setting, supply), door, amount);
    }

    function _convert(Terms memory terms, Door door, uint256 amount)
        private
        pure
        returns (uint256)
    {
        if (door == Door.Deposit) return _sharesInDown(terms, amount);
        if (door == Door.Mint) return _assetsInUp(terms, amount);
        if (door == Door.Withdraw) return _sharesOutUp(terms, amount);
        return _assetsOutDown(terms, amount);
    }

    /// @dev Each step rounds down; `_assetsInUp` is the same steps backwards, each rounded up, so
    /// the one asks for at most what the other was given.
    function _sharesInDown(Terms memory terms, uint256 assets) private pure returns (uint256) {
        uint256 value = WeightMath.valueDown(assets, terms.priceLow);
        return Math.mulDiv(Math.mulDiv(value, terms.kept, WAD), terms.supply, terms.navHigh);
    }

    function _assetsInUp(Terms memory terms, uint256 shares) private pure returns (uint256) {
        uint256 value = Math.mulDiv(shares, terms.navHigh, terms.supply, Math.Rounding.Ceil);
        value = Math.mulDiv(value, WAD, terms.kept, Math.Rounding.Ceil);
        return Math.mulDiv(value, PRICE_SCALE, terms.priceLow, Math.Rounding.Ceil);
    }

    function _assetsOutDown(Terms memory terms, uint256 shares) private pure returns (uint256) {
        uint256 value = Math.mulDiv(shares, terms.navLow, terms.supply);
        return Math.mulDiv(Math.mulDiv(value, terms.kept, WAD), PRICE_SCALE, terms.priceHigh);
    }

    function _sharesOutUp(Terms memory terms, uint256 assets) private pure returns (uint256) {
        uint256 value = WeightMath.valueUp(assets, terms.priceHigh);
        value = Math.mulDiv(value, WAD, terms.kept, Math.Rounding.Ceil);
        return Math.mulDiv(value, terms.supply, terms.navLow, Math.Rounding.Ceil);
    }

    /* LIMITS */

    /// @notice Most that the caller may name at this door; zero while it is shut. Never reverts.
    /// @param ledger The vault's ledger.
    /// @param setting The vault's rules and prices.
    /// @param supply Shares, the fee included, in share wei.
    /// @param door Which way.
    /// @param shares Shares that the caller could give, in share wei; of no account on entry.
    function limit(
        Ledger storage ledger,
        Setting memory setting,
        uint256 supply,
        Door door,
        uint256 shares
    ) external view returns (uint256) {
        if (!_isOpen(ledger, setting, supply)) return 0;
        (bool closed,) = _closedBy(ledger);
        if (closed && _isEntry(door)) return 0;
        Terms memory terms = _terms(ledger, setting, supply);
        uint256 most = _mostAssets(ledger, terms, door);
        if (_isEntry(door)) {
            uint256 created = _sharesInDown(terms, most);
            if (door == Door.Mint) return created;
            // Less than one share wei is refused, however little of the bucket it takes.
            return created == 0 ? 0 : most;
        }
        if (door == Door.Withdraw) return Math.min(most, _assetsOutDown(terms, shares));
        return Math.min(shares, _sharesOutUp(terms, most + 1) - 1);
    }

    /// @notice The terms of the doors now; reverts without a price for every asset that counts.
    function termsOf(Ledger storage ledger, Setting memory setting, uint256 supply)
        external
        view
        returns (DoorTerms memory)
    {
        Terms memory terms = _terms(ledger, setting, supply);
        return DoorTerms({
            nav: terms.nav,
            navLow: terms.navLow,
            navHigh: terms.navHigh,
            basePrice: terms.price,
            spread: WAD - terms.kept,
            depositLeft: _left(ledger.deposits, terms.flowCapacity),
            withdrawLeft: _left(ledger.withdrawals, terms.flowCapacity)
        });
    }

    /// @dev Most base asset that the bucket lets through, and on the way out that there is.
    function _mostAssets(Ledger storage ledger, Terms memory terms, Door door)
        private
        view
        returns (uint256)
    {
        uint256 left = _left(_flowOf(ledger, door), terms.flowCapacity);
        uint256 value = Math.mulDiv(left, terms.nav, WAD);
        uint256 recorded = holdingsOf(ledger)[0];
        uint256 room = _isEntry(door) ? type(uint128).max - recorded : recorded;
        return Math.min(Math.mulDiv(value, PRICE_SCALE, terms.price), room);
    }

    /// @dev Whether the doors have terms at all.
    function _isOpen(Ledger storage ledger, Setting memory setting, uint256 supply)
        private
        view
        returns (bool)
    {
        if (supply == 0 || block.timestamp < setting.mandate.pausedUntil()) return false;
        (, address[] memory asked, uint256 writtenOff) = Valuation.priced(ledger);
        PriceReading[] memory readings = setting.oracle.tryPrices(asked);
        uint256[] memory amounts = holdingsOf(ledger);
        uint256 navLow;
        for (uint256 i; i < readings.length; ++i) {
            if (readings[i].status != PriceStatus.Ok) return false;
            if (writtenOff >> i & 1 != 0) continue;
            (uint256 price, uint256 second) = (readings[i].price, readings[i].second);
            if (second != 0) price = Math.min(price, second);
            navLow += WeightMath.valueDown(amounts[i], price);
        }
        return navLow != 0;
    }

    function _isEntry(Door door) private pure returns (bool) {
        return door == Door.Deposit || door == Door.Mint;
    }
}
