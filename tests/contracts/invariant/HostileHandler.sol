// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {RouteConfig} from "../../../contracts/interfaces/IMandate.sol";
import {LimitCaps} from "../../../contracts/libraries/LimitCaps.sol";
import {LegMath} from "../../../contracts/libraries/LegMath.sol";
import {Leg, Limits, Reason, WAD} from "../../../contracts/types/Types.sol";
import {Attacker} from "./Attacker.sol";
import {RoleTable} from "./RoleTable.sol";
import {WatchedVault} from "./WatchedVault.sol";

/// @notice A keeper who wants the holders' money. The keeper is a holder too, moves every pool at
/// will, chooses routes, amounts and moments, and is lucky with prices: feeds lag the market by as
/// much as they can. Nothing here is bounded to what the vault accepts; successes are counted.
contract HostileHandler is WatchedVault, Attacker, RoleTable {
    /// @dev How often a function was called, and how often the vault let it through.
    struct Tally {
        uint256 calls;
        uint256 successes;
    }

    mapping(bytes4 selector => Tally) public tallies;
    uint256 public ghostRebalancesAfterMint;
    uint256 internal constant TWO_HOPS = 4;
    uint256[COUNT] internal startPrice = marketPrice;

    function setUp() public override {
        super.setUp();
        _addTwoHopRoutes();
        // Pockets as deep as ten vaults.
        uint256[] memory pockets = vault.previewMintInKind(10 * SHARES);
        provide(keeper, pockets);
        mintInKind(keeper, SHARES / 4);
    }

    /// @dev The keeper is hardly ever made to wait, and floors are as low as they can be.
    function defaultLimits() internal view override returns (Limits memory limits) {
        limits = super.defaultLimits();
        limits.slippage = uint64(LimitCaps.SLIPPAGE);
        limits.cooldown = 0;
        limits.publicCooldown = 10 minutes;
        limits.calendarPeriod = 1 hours;
        limits.calendarFloor = 0.001e18;
    }

    /// @dev Ring around the assets: each to the one after next, through the one between.
    function _addTwoHopRoutes() private {
        for (uint256 i; i < TWO_HOPS; ++i) {
            bytes memory path = abi.encodePacked(FEE, tokens[(i + 1) % COUNT], FEE);
            vm.prank(owner);
            mandate.addRoute(RouteConfig(address(venue), uint8(i), uint8((i + 2) % COUNT), path));
        }
    }

    function everyHolder() internal view override returns (address[] memory accounts) {
        accounts = new address[](2);
        (accounts[0], accounts[1]) = (holder, keeper);
    }

    /* KEEPER */

    /// @notice Legs of any kind, or all that is due with every amount a little wrong.
    function rebalanceAtRandom(uint256 seed) external watched {
        _stir(seed);
        (, uint256 turnover) = bucketsLeft();
        // A keeper who tries at random lets the buckets refill first.
        if (turnover < 0.02e18) passTime(2 days);
        (, turnover) = bucketsLeft();
        Trade[] memory trades = tradesUpTo(worthOf(turnover));
        bool wild = seed >> 8 & 7 == 0;
        Leg[] memory legs = new Leg[](wild ? 1 + seed % 4 : trades.length);
        for (uint256 i; i < legs.length; ++i) {
            uint256 draw = uint256(keccak256(abi.encode(seed, i)));
            legs[i] = wild ? _wildLeg(draw) : _skewedLeg(trades[i], draw);
        }
        (bool done,) = attempt(seed >> 16 & 7 == 0 ? stranger : keeper, legs);
        _count(done);
    }

    /// @notice All that is due, each pool pushed so that the leg brings the oracle's floor and no
    /// more; afterwards the pools go back. Where that is refused, as much as the loss bucket pays
    /// for.
    function rebalanceAtTheFloor(uint256 part) external watched {
        _stir(part);
        (, uint256 turnover) = bucketsLeft();
        turnover = between(part, turnover / 2, turnover);
        if (part % 2 == 0) {
            Trade[] memory trades = tradesUpTo(worthOf(turnover));
            if (tradeAt(keeper, trades, mandate.limits().slippage)) return _count(true);
        }
        _count(extract(keeper, turnover));
    }

    /// @notice The same through the public tier, by somebody who is no keeper.
    function rebalancePubliclyAtTheFloor(uint256 part, uint256 asset) external watched {
        if (part % 4 != 0) _upset(asset, 250);
        vm.prank(stranger);
        (bool poked,) = address(vault).call(abi.encodeCall(vault.poke, ()));
        if (poked) passTime(10 minutes);
        (, uint256 turnover) = bucketsLeft();
        _count(extract(stranger, between(part, turnover / 2, turnover)));
    }

    /// @notice Many of the smallest rebalances in one block.
    function rebalanceInSlices(uint256 seed) external watched {
        bool any;
        for (uint256 i; i < 2 + seed % 2; ++i) {
            uint256 least = LegMath.minimumProgress(planFor(keeper).drift);
            if (extract(keeper, least + 0.0005e18 + seed % 0.002e18)) any = true;
        }
        _count(any);
    }

    /// @notice Trades that leave NAV at oracle prices intact while feeds lag: the loss shows at
    /// market prices only. Every other leg may lose what the others gain.
    function rebalanceWithoutVisibleLoss(uint256 part) external watched {
        _stir(part);
        makeFeedsLag();
        (, uint256 turnover) = bucketsLeft();
        Trade[] memory trades = tradesUpTo(worthOf(between(part, turnover / 2, turnover)));
        uint256 swing = part % 3 == 0 ? 0 : affordableSlippage(keeper, trades);
        uint256[] memory parts = new uint256[](trades.length);
        for (uint256 i; i < parts.length; ++i) {
            parts[i] = i % 2 == 0 ? WAD - swing : WAD + swing;
        }
        _count(tradeAtEach(keeper, trades, parts));
    }

    /// @notice A leg that buys at a present, so that the asset bought stands above its target, and
    /// one that sells it again; where that is refused, the first leg alone.
    function rebalanceBackAndForth(uint256 seed) external watched {
        _stir(seed);
        (, uint256 turnover) = bucketsLeft();
        Trade[] memory trades = tradesUpTo(worthOf(turnover));
        if (trades.length == 0) return _count(false);
        Trade[] memory pair = new Trade[](2);
        pair[0] = trades[0];
        pair[1] =
            Trade({sold: trades[0].bought, bought: seed % COUNT, value: trades[0].value / 100});
        uint256[] memory parts = new uint256[](2);
        (parts[0], parts[1]) = (1.1e18, WAD);
        if (pair[1].sold != pair[1].bought && tradeAtEach(keeper, pair, parts)) {
            return _count(true);
        }
        _count(extract(keeper, turnover));
    }

    /// @notice Mint, rebalance and leave in one transaction.
    function mintRebalanceRedeem(uint256 shares) external watched {
        uint256 held = vault.balanceOf(keeper);
        bool minted = _mint(shares % SHARES);
        (, uint256 turnover) = bucketsLeft();
        if (extract(keeper, turnover) && minted) ++ghostRebalancesAfterMint;
        if (minted) redeemInKind(keeper, vault.balanceOf(keeper) - held);
        _count(minted);
    }

    /// @notice Trades against a pool and leaves it there.
    function pushAnyPool(uint256 pair, uint256 percent) external watched {
        (uint256 sold, uint256 bought) = (pair % COUNT, (pair / COUNT) % COUNT);
        if (sold == bought) return _count(false);
        (uint160 root,,,,,,) = poolBetween(sold, bought).slot0();
        _swapTo(poolBetween(sold, bought), uint160(root * between(percent, 90, 110) / 100));
        _count(true);
    }

    /* HOLDER */

    function mint(uint256 shares) external watched undiluted {
        _count(_mint(shares % 4 == 0 ? shares : shares % SHARES));
    }

    function redeem(uint256 shares, uint256 skip) external watched undiluted {
        uint256[] memory least = new uint256[](COUNT);
        shares = shares % 4 == 0 ? shares : shares % (vault.balanceOf(keeper) + 1);
        _count(
            _call(keeper, abi.encodeCall(vault.redeemInKind, (shares, least, keeper, keeper, skip)))
        );
    }

    function claimOwed(uint256 asset) external watched undiluted {
        address token = address(tokens[asset % COUNT]);
        _count(_call(keeper, abi.encodeCall(vault.claimOwed, (token, keeper))));
    }

    function absorb(uint256 asset, uint256 amount) external watched undiluted {
        asset %= COUNT;
        uint256 gift = amount % 3 * tokens[asset].balanceOf(keeper) / 1000;
        vm.prank(keeper);
        tokens[asset].transfer(address(vault), gift);
        _count(_call(keeper, abi.encodeCall(vault.absorb, (address(tokens[asset])))));
    }

    /// @notice Comes in by the base asset, more or less as far as the bucket allows.
    function deposit(uint256 assets) external watched {
        assets %= vault.maxDeposit(keeper) * 5 / 4 + 1;
        _count(_callDoor(abi.encodeWithSignature("deposit(uint256,address)", assets, keeper)));
    }

    /// @notice Leaves by the base asset.
    function withdraw(uint256 assets) external watched {
        assets %= vault.maxWithdraw(keeper) * 5 / 4 + 1;
        _count(
            _callDoor(
                abi.encodeWithSignature("withdraw(uint256,address,address)", assets, keeper, keeper)
            )
        );
    }

    /* EVERYBODY ELSE */

    /// @notice The guardian pauses, the owner lifts it, or neither may.
    function pause(uint256 seed) external watched {
        vm.prank(seed % 4 == 0 ? guardian : owner);
        bytes memory data =
            seed % 4 == 0 ? abi.encodeCall(mandate.pause, ()) : abi.encodeCall(mandate.unpause, ());
        (bool done,) = address(mandate).call(data);
        _count(done);
    }

    /// @notice The manager schedules targets, sometimes as fast as allowed, sometimes faster.
    function scheduleTargets(uint256 seed, uint256 duration) external watched {
        uint256 startsAt = block.timestamp + 1 days;
        bytes memory data = abi.encodeCall(
            mandate.scheduleTargets, (weightsFrom(seed), startsAt, startsAt + duration % 120 days)
        );
        vm.prank(manager);
        (bool done,) = address(mandate).call(data);
        _count(done);
    }

    /// @notice Everybody tries something that needs a role, or that nobody may do.
    function meddleWithRoles(uint256 first, uint256 kind) external watched undiluted {
        _count(meddle(first, kind));
    }

    /* MARKET AND TIME */

    /// @notice An asset's market price moves; its feed follows only as far as it must.
    function moveMarket(uint256 asset, uint256 percent) external watched {
        _moveMarket(asset % (COUNT - 1) + 1, between(percent, 70, 143));
        _count(true);
    }

    /// @notice The keeper waits until the feeds are wrong in the keeper's favour.
    function waitForLag() external watched {
        makeFeedsLag();
        _count(true);
    }

    function wait(uint256 duration) external watched {
        passTime(duration % 20 days);
        _count(true);
    }

    /* INTERNAL */

    function _count(bool success) private {
        ++tallies[msg.sig].calls;
        if (success) ++tallies[msg.sig].successes;
    }

    function _call(address caller, bytes memory data) private returns (bool done) {
        vm.prank(caller);
        (done,) = address(vault).call(data);
    }

    /// @dev Whoever used a door may not rebalance in the same transaction either.
    function _callDoor(bytes memory data) private returns (bool done) {
        done = _call(keeper, data);
        (, uint256 turnover) = bucketsLeft();
        if (!done) return false;
        (bool rebalanced,) = attempt(keeper, legsOf(tradesUpTo(worthOf(turnover))));
        if (rebalanced) ++ghostRebalancesAfterMint;
    }

    function _mint(uint256 shares) private returns (bool) {
        uint256[] memory most = new uint256[](COUNT);
        for (uint256 i; i < COUNT; ++i) {
            most[i] = type(uint256).max;
        }
        return _call(keeper, abi.encodeCall(vault.mintInKind, (shares, most, keeper)));
    }

    /// @dev Any route, any amount.
    function _wildLeg(uint256 draw) private view returns (Leg memory) {
        uint256 route = draw % (mandate.routeCount() + 1);
        return Leg({routeId: route, amountIn: draw >> (draw & 255), minAmountOut: draw >> 200 & 1});
    }

    /// @dev Most of a trade, sometimes a little more than all or a pinch, sometimes in two hops.
    function _skewedLeg(Trade memory trade, uint256 draw) private view returns (Leg memory leg) {
        uint256 percent = draw >> 40 & 15 == 0 ? 0 : between(draw >> 8, 60, 106);
        leg = legOf(trade.sold, trade.bought, trade.value * percent / 100 + 1e18);
        bool hops = (trade.sold + 2) % COUNT == trade.bought;
        if (hops && draw >> 32 & 1 == 0) leg.routeId = COUNT * (COUNT - 1) + trade.sold;
    }

    /// @dev Where nothing is due, the market makes it so.
    function _stir(uint256 seed) private {
        if (planFor(keeper).reason == Reason.None) _upset(seed >> 24, 180);
    }

    /// @dev An asset rises to `percent` of its price, or falls to the inverse if it stands high.
    function _upset(uint256 asset, uint256 percent) private {
        asset = asset % (COUNT - 1) + 1;
        bool high = marketPrice[asset] > startPrice[asset];
        _moveMarket(asset, high ? 10_000 / percent : percent);
    }

    function _moveMarket(uint256 asset, uint256 percent) private {
        uint256 price = marketPrice[asset] * percent / 100;
        price = Math.min(Math.max(price, startPrice[asset] / 16), startPrice[asset] * 16);
        setMarketPrice(asset, price);
        (, int256 answer,,,) = feeds[asset].latestRoundData();
        setOraclePrice(
            asset, Math.min(Math.max(uint256(answer), lowestAnswer(price)), highestAnswer(price))
        );
    }
}
