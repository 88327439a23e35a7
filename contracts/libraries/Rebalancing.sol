// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IVault} from "../interfaces/IVault.sol";
import {IVenue} from "../interfaces/IVenue.sol";
import {Breaker, Ledger, VaultState} from "../types/Ledger.sol";
import {
    Blocker,
    Leg,
    POKE_DELAY,
    POKE_LIFETIME,
    Plan,
    Position,
    Reason,
    Route,
    WAD
} from "../types/Types.sol";
import {Accounting, vestAll} from "./Accounting.sol";
import {Budgets} from "./Budgets.sol";
import {Drawdown} from "./Drawdown.sol";
import {LegMath} from "./LegMath.sol";
import {LimitCaps} from "./LimitCaps.sol";
import {mulDivDown} from "./MulDiv.sol";
import {RunningLeg} from "./RunningLeg.sol";
import {Holding, Setting, Valuation} from "./Valuation.sol";
import {WeightMath} from "./WeightMath.sol";

/// @title Rebalancing
/// @notice How a vault judges a rebalance: which legs it lets through, what it charges for them and
/// what it demands of the outcome. Deployed once and linked, since the vault would not fit
/// otherwise; it runs on the vault's storage and has none of its own.
library Rebalancing {
    using Drawdown for Breaker;
    using Accounting for Ledger;

    /// @dev A rebalance in memory: the portfolio as it changes, its bounds, and what is charged.
    /// NAV and prices stay those of its start.
    struct Book {
        Holding[] held;
        uint256 nav;
        uint256[] targets;
        uint256 slippage;
        bool onlyToBase;
        uint256 sold;
        uint256 bought;
        uint256 loss;
        uint256 turnover;
    }

    /// @notice Most legs of a rebalance.
    uint256 internal constant MAX_LEGS = 32;
    /// @notice Least value of a leg, in WAD of NAV.
    uint256 internal constant MIN_LEG = 0.0001e18;

    /// @notice Runs `legs` if a rebalance is due, and proves that it kept the rules. See
    /// `IVault.rebalance`; the vault holds its lock meanwhile.
    /// @param ledger The vault's ledger.
    /// @param setting The vault's rules and prices.
    /// @param legs Legs, in the order they must run.
    /// @param expectedNonce The nonce that the legs were planned for.
    /// @param deadline Last timestamp, in seconds, at which they may run.
    function rebalance(
        Ledger storage ledger,
        Setting memory setting,
        Leg[] calldata legs,
        uint256 expectedNonce,
        uint256 deadline
    ) external {
        VaultState memory state = ledger.state;
        require(block.timestamp <= deadline, IVault.DeadlinePassed(block.timestamp, deadline));
        require(state.nonce == expectedNonce, IVault.WrongNonce(expectedNonce, state.nonce));
        require(
            legs.length != 0 && legs.length <= MAX_LEGS, IVault.BadLegCount(legs.length, MAX_LEGS)
        );
        Book memory book;
        (book.held, book.nav) = Valuation.open(ledger, setting, vestAll(ledger));
        Plan memory plan = setting.mandate.plan(_position(state, book));
        require(
            plan.blocker == Blocker.None,
            IVault.RebalanceBlocked(plan.reason, plan.blocker, plan.readyAt)
        );

        if (plan.drawdown != 0) _observe(ledger, state, book.nav, plan.drawdown);
        (book.targets, book.onlyToBase) = (plan.targets, state.onlyToBase);
        book.slippage = Math.min(plan.slippage, LimitCaps.SLIPPAGE);
        for (uint256 i; i < legs.length; ++i) {
            _runLeg(i, legs[i], setting.mandate.route(legs[i].routeId), book);
        }

        (uint256 navAfter, uint256 driftAfter) = _prove(ledger, plan.drift, book);
        _charge(state, plan, book);
        ledger.state = state;
        emit IVault.Rebalanced(
            msg.sender,
            expectedNonce,
            plan.reason,
            book.nav,
            navAfter,
            plan.drift,
            driftAfter,
            book.loss,
            book.turnover
        );
    }

    /// @dev What the mandate needs to know of the vault and its caller.
    function _position(VaultState memory state, Book memory book)
        private
        view
        returns (Position memory)
    {
        return Position({
            caller: msg.sender,
            keeperAt: state.keeperAt,
            publicAt: state.publicAt,
            pokedAt: state.pokedAt,
            nav: book.nav,
            values: Valuation.valuesOf(book.held)
        });
    }

    /// @notice Records that a hard band is exceeded. See `IVault.poke`.
    /// @param ledger The vault's ledger.
    /// @param setting The vault's rules and prices.
    function poke(Ledger storage ledger, Setting memory setting) external {
        (Holding[] memory held, uint256 nav) = Valuation.open(ledger, setting, vestAll(ledger));
        require(
            setting.mandate.hardBandReached(Valuation.valuesOf(held), nav), IVault.InsideHardBands()
        );
        uint256 pokedAt = ledger.state.pokedAt;
        require(
            block.timestamp > pokedAt + POKE_LIFETIME, IVault.AlreadyPoked(pokedAt + POKE_DELAY)
        );

        ledger.state.pokedAt = uint32(block.timestamp);
        emit IVault.Poked(msg.sender, block.timestamp + POKE_DELAY);
    }

    /// @notice Takes a reading for the drawdown breaker. See `IVault.observeDrawdown`.
    /// @param ledger The vault's ledger.
    /// @param setting The vault's rules and prices.
    function observeDrawdown(Ledger storage ledger, Setting memory setting) external {
        uint256 limit = setting.mandate.limits().drawdown;
        require(limit != 0, IVault.NoBreaker());
        (, uint256 nav) = Valuation.open(ledger, setting, vestAll(ledger));
        VaultState memory state = ledger.state;
        _observe(ledger, state, nav, limit);
        ledger.state = state;
    }

    /// @dev Takes a reading, and notes in `state` if it trips the breaker.
    function _observe(Ledger storage ledger, VaultState memory state, uint256 nav, uint256 limit)
        private
    {
        uint256 supply = IERC20(address(this)).totalSupply();
        require(supply != 0, IVault.NotSeeded());
        if (!ledger.breaker.observe(nav, supply, limit) || state.onlyToBase) return;
        state.onlyToBase = true;
        emit IVault.BreakerTripped(Math.mulDiv(nav, WAD, supply), ledger.breaker.highWater);
    }

    /// @dev One leg: toward both targets, past neither, at the oracle floor or better.
    function _runLeg(uint256 index, Leg calldata leg, Route memory route, Book memory book)
        private
    {
        Holding memory sold = book.held[route.tokenIn];
        Holding memory bought = book.held[route.tokenOut];
        // A leg may name more than there is, so that what vests before it runs cannot keep an asset
        // from being sold out.
        uint256 amountIn = Math.min(leg.amountIn, sold.amount);
        uint256 valueIn = _admit(index, amountIn, route, book);
        uint256 minimum = Math.max(
            leg.minAmountOut, LegMath.minimumOutUp(valueIn, bought.lowPrice, book.slippage)
        );

        (uint256 paid, uint256 received) = _swap(route, sold.token, bought.token, amountIn);

        require(received >= minimum, IVault.ReceivedTooLittle(index, received, minimum));
        _enter(sold, sold.amount - paid);
        _enter(bought, bought.amount + received);
        uint256 valueOut = WeightMath.valueDown(received, bought.lowPrice);
        book.loss += WeightMath.fractionUp(Math.saturatingSub(valueIn, valueOut), book.nav);
        emit IVault.LegSettled(
            leg.routeId, sold.token, bought.token, paid, received, valueIn, valueOut
        );
    }

    /// @dev The leg is large enough, takes both assets toward their targets and past neither, and
    /// turns no earlier leg back. Tested with the value of amountIn: a better price than the
    /// oracle's is welcome.
    /// @return valueIn That value, in WAD, rounded up.
    function _admit(uint256 index, uint256 amountIn, Route memory route, Book memory book)
        private
        pure
        returns (uint256 valueIn)
    {
        Holding memory sold = book.held[route.tokenIn];
        uint256 weight = book.targets[route.tokenIn];
        valueIn = WeightMath.valueUp(amountIn, sold.highPrice);
        uint256 fraction = WeightMath.fractionUp(valueIn, book.nav);
        // Dust of an asset without a target would otherwise stay for ever.
        bool soldOut = weight == 0 && amountIn != 0 && amountIn == sold.amount;
        require(fraction >= MIN_LEG || soldOut, IVault.LegTooSmall(index, fraction, MIN_LEG));
        book.turnover += fraction;

        uint256 available = Math.saturatingSub(sold.value, mulDivDown(weight, book.nav, WAD));
        // An asset without a target may be sold to the last unit, whatever rounding makes of it.
        require(
            valueIn <= available || weight == 0,
            IVault.PastTarget(index, sold.token, valueIn, available)
        );
        Holding memory bought = book.held[route.tokenOut];
        weight = book.targets[route.tokenOut];
        available = Math.saturatingSub(mulDivDown(weight, book.nav, WAD), bought.value);
        require(valueIn <= available, IVault.PastTarget(index, bought.token, valueIn, available));
        require(route.tokenOut == 0 || !book.onlyToBase, IVault.OnlyToBase(index, bought.token));

        book.sold |= 1 << route.tokenIn;
        book.bought |= 1 << route.tokenOut;
        require(book.sold & book.bought == 0, IVault.SoldAndBought(index));
    }

    /// @dev Lets the venue swap. It can take at most `amountIn`, through `pay`, while this runs.
    function _swap(Route memory route, address tokenIn, address tokenOut, uint256 amountIn)
        private
        returns (uint256 paid, uint256 received)
    {
        uint256 balance = IERC20(tokenOut).balanceOf(address(this));
        RunningLeg.start(route.venue, tokenIn, route.payee, amountIn);

        IVenue(route.venue).swap(tokenIn, tokenOut, amountIn, route.data);

        paid = amountIn - RunningLeg.finish();
        received = IERC20(tokenOut).balanceOf(address(this)) - balance;
    }

    /// @dev Enters what a settled leg left of an asset into the book; values are at the feed's
    /// price.
    function _enter(Holding memory holding, uint256 amount) private pure {
        holding.amount = amount;
        holding.value = WeightMath.valueDown(amount, holding.price);
    }

    /// @dev Proves that drift fell enough, and writes the records that changed.
    function _prove(Ledger storage ledger, uint256 driftBefore, Book memory book)
        private
        returns (uint256 navAfter, uint256 driftAfter)
    {
        Holding[] memory held = book.held;
        uint256 changed = book.sold | book.bought;
        for (uint256 i; i < held.length; ++i) {
            navAfter += held[i].value;
            if (changed >> i & 1 != 0) ledger.settle(i, held[i].amount);
        }
        for (uint256 i; i < held.length; ++i) {
            driftAfter += WeightMath.gap(held[i].value, navAfter, book.targets[i]);
        }
        driftAfter /= 2;
        uint256 maximum = driftBefore - LegMath.minimumProgress(driftBefore);
        require(driftAfter <= maximum, IVault.TooLittleProgress(driftAfter, maximum));
    }

    /// @dev Charges the buckets, sets the clock of the tier, and forgets the breach.
    function _charge(VaultState memory state, Plan memory plan, Book memory book) private view {
        (uint256 used, uint256 left) = Budgets.loss(state, plan);
        require(book.loss <= left, IVault.LossBucketExceeded(book.loss, left));
        // At most the capacity, which is far below 2^64; so is the other.
        // forge-lint: disable-next-line(unsafe-typecast)
        state.lossUsed = uint64(used + book.loss);

        (used, left) = Budgets.turnover(state, plan);
        require(book.turnover <= left, IVault.TurnoverBucketExceeded(book.turnover, left));
        // forge-lint: disable-next-line(unsafe-typecast)
        state.turnoverUsed = uint64(used + book.turnover);

        if (plan.reason == Reason.Public) state.publicAt = uint32(block.timestamp);
        else state.keeperAt = uint32(block.timestamp);
        state.pokedAt = 0;
        state.nonce += 1;
    }
}
