// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {LegMath} from "../../../contracts/libraries/LegMath.sol";
import {
    Blocker,
    Plan,
    POKE_DELAY,
    PRICE_SCALE,
    Reason,
    WAD
} from "../../../contracts/types/Types.sol";
import {WatchedVault} from "./WatchedVault.sol";

/// @notice Holders, keepers and managers who do what they may, and a market that moves: the only
/// doors through which the fuzzer reaches the vault. Every call is valid.
contract VaultHandler is WatchedVault {
    uint256 internal constant MAX_SUPPLY = 20 * SHARES;
    /// @dev Largest gap between a pool's price and the oracle's here, in WAD.
    uint256 internal constant MARKET_GAP = 0.002e18;

    address[] internal holders;
    uint256[COUNT] internal startPrice = marketPrice;
    uint256 public ghostCycleProfits;
    uint256 public ghostCycles;
    uint256 public ghostPokes;

    function setUp() public override {
        super.setUp();
        holders = [holder, makeAddr("second holder"), makeAddr("third holder")];
    }

    function everyHolder() internal view override returns (address[] memory) {
        return holders;
    }

    /* HOLDERS */

    function mint(uint256 who, uint256 shares) external watched undiluted {
        uint256 room = MAX_SUPPLY - Math.min(vault.totalSupply(), MAX_SUPPLY - 1);
        mintInKind(
            holders[who % holders.length],
            between(shares, 1, Math.min(room, vault.totalSupply() / 5))
        );
    }

    function redeem(uint256 who, uint256 shares, uint256 skip) external watched undiluted {
        address account = holders[who % holders.length];
        uint256 held = vault.balanceOf(account);
        if (held == 0) return;
        shares = between(shares, 1, held);
        uint256[] memory assets = vault.previewRedeemInKind(shares);
        vm.prank(account);
        vault.redeemInKind(shares, assets, account, account, skip);
    }

    function claimOwed(uint256 who, uint256 asset) external watched undiluted {
        _claim(holders[who % holders.length], asset % COUNT);
    }

    /// @dev A visitor with full pockets mints, redeems, sets aside, claims, donates and absorbs in
    /// any order, leaves, and may not have more of anything than before.
    function cycle(uint256 seed, uint256 steps) external watched undiluted {
        address visitor = makeAddr("visitor");
        uint256[] memory pockets = new uint256[](COUNT);
        for (uint256 i; i < COUNT; ++i) {
            tokens[i].mint(visitor, 2 * tokens[i].balanceOf(address(vault)));
            pockets[i] = tokens[i].balanceOf(visitor);
            vm.prank(visitor);
            tokens[i].approve(address(vault), type(uint256).max);
        }

        for (uint256 i; i < 2 + steps % 6; ++i) {
            _step(visitor, uint256(keccak256(abi.encode(seed, i))));
        }
        _redeem(visitor, vault.balanceOf(visitor), 0);

        ++ghostCycles;
        for (uint256 i; i < COUNT; ++i) {
            _claim(visitor, i);
            if (tokens[i].balanceOf(visitor) > pockets[i]) ++ghostCycleProfits;
        }
    }

    function _step(address visitor, uint256 seed) private {
        uint256 asset = seed >> 8 & 3;
        uint256 amount = seed >> 16;
        if (seed % 8 < 4) {
            uint256[] memory most = new uint256[](COUNT);
            for (uint256 i; i < COUNT; ++i) {
                most[i] = type(uint256).max;
            }
            amount = between(amount, 1, vault.totalSupply() / 10);
            vm.prank(visitor);
            vault.mintInKind(amount, most, visitor);
        } else if (seed % 8 < 6) {
            _redeem(visitor, amount % (vault.balanceOf(visitor) + 1), seed >> 10 & 15);
        } else if (seed % 8 == 6) {
            _claim(visitor, asset);
        } else {
            vm.prank(visitor);
            tokens[asset].transfer(address(vault), amount % 1e6 + 1);
            vault.absorb(address(tokens[asset]));
        }
    }

    function _redeem(address account, uint256 shares, uint256 skip) private {
        if (shares == 0) return;
        vm.prank(account);
        vault.redeemInKind(shares, new uint256[](COUNT), account, account, skip);
    }

    function _claim(address account, uint256 asset) private {
        address token = address(tokens[asset]);
        if (vault.owedTo(account, token) == 0) return;
        vm.prank(account);
        vault.claimOwed(token, account);
    }

    /* HOLDERS: BASE ASSET */

    function deposit(uint256 who, uint256 assets) external watched {
        if (vault.totalSupply() >= MAX_SUPPLY) return;
        tokens[USDC].mint(holders[who % holders.length], vault.maxDeposit(holder));
        _deposit(holders[who % holders.length], assets);
    }

    function withdraw(uint256 who, uint256 assets) external watched {
        _withdraw(holders[who % holders.length], assets);
    }

    /// @dev A visitor goes through all doors in any order, leaves, and may not own more than
    /// before, at the oracle's prices.
    function cycleThroughDoors(uint256 seed, uint256 steps) external watched {
        address visitor = makeAddr("visitor by the doors");
        for (uint256 i; i < COUNT; ++i) {
            tokens[i].mint(visitor, 2 * tokens[i].balanceOf(address(vault)));
            vm.prank(visitor);
            tokens[i].approve(address(vault), type(uint256).max);
        }
        uint256 worth = _worthOf(visitor);

        for (uint256 i; i < 2 + steps % 6; ++i) {
            uint256 draw = uint256(keccak256(abi.encode(seed, i)));
            if (draw % 3 == 0) _step(visitor, draw >> 8);
            else if (draw % 3 == 1) _deposit(visitor, draw >> 8);
            else _withdraw(visitor, draw >> 8);
        }
        _redeem(visitor, vault.balanceOf(visitor), 0);

        for (uint256 i; i < COUNT; ++i) {
            _claim(visitor, i);
        }
        if (_worthOf(visitor) > worth) ++ghostCycleProfits;
    }

    function _deposit(address account, uint256 assets) private {
        assets = assets % (Math.min(vault.maxDeposit(account), tokens[USDC].balanceOf(account)) + 1);
        if (vault.previewDeposit(assets) == 0) return;
        vm.startPrank(account);
        tokens[USDC].approve(address(vault), type(uint256).max);
        vault.deposit(assets, account);
        vm.stopPrank();
    }

    function _withdraw(address account, uint256 assets) private {
        assets = assets % (vault.maxWithdraw(account) + 1);
        vm.prank(account);
        vault.withdraw(assets, account, account);
    }

    /// @dev What the account has in its pocket, at the oracle's prices, unrounded.
    function _worthOf(address account) private view returns (uint256 worth) {
        uint256[] memory prices = oracle.prices(addresses());
        for (uint256 i; i < COUNT; ++i) {
            worth += tokens[i].balanceOf(account) * prices[i];
        }
    }

    /* ANYONE */

    function donate(uint256 asset, uint256 amount) external watched unrecorded {
        asset %= COUNT;
        uint256 balance = tokens[asset].balanceOf(address(vault));
        tokens[asset].mint(address(vault), amount % (balance / 10 + 1));
    }

    /// @dev Absorbing changes nothing at once either: a surplus vests.
    function absorb(uint256 asset, uint256 amount) external watched unrecorded {
        asset %= COUNT;
        uint256 balance = tokens[asset].balanceOf(address(vault));
        tokens[asset].mint(address(vault), between(amount, 1, balance / 10 + 1));
        vault.absorb(address(tokens[asset]));
    }

    function poke() external watched unrecorded {
        (uint256[] memory values, uint256 nav) = portfolio();
        bool recorded = block.timestamp <= vault.state().pokedAt + 1 hours;
        if (recorded || !mandate.hardBandReached(values, nav)) return;
        vm.prank(stranger);
        vault.poke();
        ++ghostPokes;
    }

    /* KEEPERS */

    /// @dev Where nothing is due, an asset first rises by half.
    function rebalance(uint256 part, uint256 asset) external watched {
        if (planFor(keeper).reason == Reason.None) _raise(asset, 150);
        _rebalance(keeper, part);
    }

    /// @dev Where no hard band is exceeded, an asset first trebles.
    function rebalancePublicly(uint256 part, uint256 asset) external watched {
        if (planFor(stranger).reason == Reason.None) _raise(asset, 300);
        if (planFor(stranger).blocker == Blocker.NotPoked) vault.poke();
        if (planFor(stranger).blocker == Blocker.PokeDelay) passTime(POKE_DELAY);
        _rebalance(stranger, part);
    }

    function _raise(uint256 asset, uint256 percent) private {
        asset = asset % (COUNT - 1) + 1;
        (, int256 answer,,,) = feeds[asset].latestRoundData();
        uint256 price = uint256(answer) * percent / 100;
        if (price > 16 * startPrice[asset]) price = startPrice[asset];
        setPrice(asset, price);
    }

    /// @dev Trades as much of what is due as the buckets and the pools allow, or some part of it.
    function _rebalance(address caller, uint256 part) private {
        Plan memory plan = planFor(caller);
        if (plan.blocker != Blocker.None) return;
        (uint256 loss, uint256 turnover) = bucketsLeft();
        (, uint256 nav) = portfolio();
        uint256 budget = Math.min(turnover, loss * WAD / plan.slippage) * nav / WAD;
        budget = budget * between(part, 50, 99) / 100;
        Trade[] memory trades = _affordable(tradesUpTo(budget), plan.slippage, nav / 5_000);
        uint256 needed = LegMath.minimumProgress(plan.drift) + 0.001e18;
        if (total(trades) < needed * nav / WAD) return;
        (bool done, bytes memory answer) = attempt(caller, legsOf(trades));
        if (!done) revert(vm.toString(answer));
    }

    /// @dev Those trades worth `least` for which the pools pay more than the oracle's floor. Where
    /// an earlier trade brings more than its value, a later one into the same asset is smaller by
    /// that.
    function _affordable(Trade[] memory trades, uint256 slippage, uint256 least)
        private
        view
        returns (Trade[] memory kept)
    {
        uint256[] memory prices = oracle.prices(addresses());
        uint256[COUNT] memory gains;
        kept = new Trade[](trades.length);
        uint256 count;
        for (uint256 i; i < trades.length; ++i) {
            Trade memory trade = trades[i];
            uint256 priceOut = prices[trade.bought];
            trade.value = Math.saturatingSub(trade.value, gains[trade.bought]);
            uint256 amountOut = _quoteOf(trade, prices[trade.sold]);
            bool paid = amountOut >= LegMath.minimumOutUp(trade.value, priceOut, slippage);
            if (!paid || trade.value < least) continue;
            // The quote is a millionth too low.
            uint256 valueOut = Math.mulDiv(amountOut + amountOut / 1e5, priceOut, PRICE_SCALE);
            gains[trade.bought] += Math.saturatingSub(valueOut, trade.value);
            kept[count++] = trade;
        }
        assembly ("memory-safe") {
            mstore(kept, count)
        }
    }

    function _quoteOf(Trade memory trade, uint256 priceIn) private view returns (uint256) {
        uint256 amountIn = Math.mulDiv(trade.value, PRICE_SCALE, priceIn);
        return quoteDown(trade.sold, trade.bought, amountIn);
    }

    /* MANAGER */

    function scheduleTargets(uint256 seed, uint256 delay, uint256 slack) external watched {
        uint256[] memory targets = mandate.targets();
        uint256[] memory weights = weightsFrom(seed);
        uint256 distance;
        for (uint256 i; i < COUNT; ++i) {
            distance += targets[i] > weights[i] ? targets[i] - weights[i] : weights[i] - targets[i];
        }
        uint256 shortest = Math.ceilDiv((distance + 1) / 2 * 1 days, mandate.limits().weightSpeed);
        uint256 startsAt = block.timestamp + mandate.limits().notice + delay % 3 days;
        vm.prank(manager);
        mandate.scheduleTargets(weights, startsAt, startsAt + shortest + 1 + slack % 3 days);
    }

    function cancelSchedule() external watched {
        vm.prank(guardian);
        mandate.cancelSchedule();
    }

    /* MARKET AND TIME */

    /// @dev Market and oracle move together by up to a third, the market a little further or less.
    function movePrice(uint256 asset, uint256 move, uint256 gap) external watched unrecorded {
        asset = asset % (COUNT - 1) + 1;
        (, int256 answer,,,) = feeds[asset].latestRoundData();
        uint256 start = startPrice[asset];
        uint256 price = uint256(answer) * between(move, 75, 133) / 100;
        price = Math.min(Math.max(price, start / 16), start * 16);
        setOraclePrice(asset, price);
        setMarketPrice(asset, price * between(gap, WAD - MARKET_GAP, WAD + MARKET_GAP) / WAD);
    }

    function wait(uint256 duration) external watched {
        passTime(duration % 3 days);
    }
}
