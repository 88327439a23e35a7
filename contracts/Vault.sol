// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {
    ReentrancyGuardTransient
} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IMandate} from "./interfaces/IMandate.sol";
import {IPriceOracle, PriceReading, PriceStatus} from "./interfaces/IPriceOracle.sol";
import {IVault} from "./interfaces/IVault.sol";
import {ILegPayer, IVenue} from "./interfaces/IVenue.sol";
import {Bucket} from "./libraries/Bucket.sol";
import {LegMath} from "./libraries/LegMath.sol";
import {LimitCaps} from "./libraries/LimitCaps.sol";
import {WeightMath} from "./libraries/WeightMath.sol";
import {Blocker, Leg, Limits, Plan, Reason, Route, WAD} from "./types/Types.sol";

/// @title Vault
/// @notice The money of a portfolio: recorded balances, shares, buckets, legs.
///
/// # Trust
///
/// - **Holders** trust nobody to leave: `redeemInKind` asks no oracle, venue, keeper, manager or
///   owner, and cannot be paused (INV-6).
/// - **Keepers** choose route, order, size and timing, and may own the pools they trade against.
///   What they can cost the holders over any window T, at the prices read, is at most
///   `lossCapacity + lossRate * T` of NAV, on a traded value of at most
///   `turnoverCapacity + turnoverRate * T` (INV-4). They cannot move targets, add routes, or take
///   tokens any other way.
/// - **Anyone** can do what a keeper can, on tighter terms, once a hard band has been exceeded and
///   on record for `POKE_DELAY`.
/// - **The mandate** names targets, bands, limits and routes. The vault cuts the limits to the caps
///   of `LimitCaps`. A venue can take no more than a leg's amountIn and must bring the oracle
///   floor.
///
/// # Tokens
///
/// Tokens that deliver another amount than asked are refused when they come in. Rebasing is borne:
/// a surplus vests after `absorb`, a shortfall is shared after `writeDown`. A token that calls back
/// meets one lock over every entry that changes state. Views may be read in the middle of a call
/// and then show records ahead of balances.
///
/// # Liveness
///
/// A keeper who does nothing is outside the bound of INV-4; the public tier answers that. With a
/// price missing there are no rebalances, and exits in kind go on.
contract Vault is IVault, ERC20Permit, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @dev What is known of one asset. One slot.
    struct Holding {
        uint120 recorded;
        uint120 owed;
        bool vesting;
    }

    /// @dev A surplus on its way into the records, linearly from `start` to `end`.
    struct Vesting {
        uint120 assets;
        uint40 start;
        uint40 end;
    }

    /// @dev Owed amounts are held as units, so that a write-down is shared by all who are owed.
    /// Units of an epoch that ended with nothing left are worth nothing.
    struct OwedUnits {
        uint192 units;
        uint64 epoch;
    }

    /// @dev What a rebalance reads and writes. One slot; seconds in 32 bits reach the year 2106.
    struct State {
        uint64 lossUsed;
        uint64 turnoverUsed;
        uint32 keeperAt;
        uint32 publicAt;
        uint32 pokedAt;
        uint32 nonce;
    }

    /// @dev A rebalance in memory: prices and NAV of its start, amounts and values as they change.
    struct Book {
        address[] tokens;
        uint256[] amounts;
        uint256[] prices;
        uint256[] values;
        uint256[] targets;
        uint256 nav;
        uint256 drift;
        uint256 slippage;
        uint256 sold;
        uint256 bought;
        uint256 loss;
        uint256 turnover;
    }

    /* CONSTANTS */

    /// @notice Shares that belong to nobody, in share wei.
    uint256 public constant LOCKED_SHARES = 1e15;
    /// @notice Where the locked shares are.
    address public constant LOCKED_HOLDER = address(0xdEaD);
    /// @notice Least seed of each asset with a target above zero, in asset wei.
    uint256 public constant MIN_SEED = 1e6;
    /// @notice Time over which a surplus joins the records, in seconds.
    uint256 public constant VESTING_PERIOD = 1 days;
    /// @notice Most legs of a rebalance.
    uint256 public constant MAX_LEGS = 32;
    /// @notice Least value of a leg, in WAD of NAV.
    uint256 public constant MIN_LEG = 0.0001e18;
    /// @notice Time between a recorded breach and the public tier, in seconds.
    uint256 public constant POKE_DELAY = 10 minutes;
    /// @notice Time after which a recorded breach counts no more, in seconds.
    uint256 public constant POKE_LIFETIME = 1 hours;

    /* IMMUTABLES */

    /// @inheritdoc IVault
    IMandate public immutable mandate;
    /// @inheritdoc IVault
    IPriceOracle public immutable oracle;
    address internal immutable _DEPLOYER;

    /* STORAGE */

    address[] internal _tokens;
    Holding[] internal _holdings;
    State internal _state;
    mapping(uint256 asset => Vesting) internal _vestings;
    mapping(uint256 asset => OwedUnits) internal _owedPools;
    mapping(address holder => mapping(uint256 asset => OwedUnits)) internal _owedUnits;

    /// @dev Set by a mint: the rest of the transaction may not rebalance.
    bool internal transient _minted;
    /// @dev The running leg: who may ask for payment, in what, to whom, and how much is left.
    address internal transient _venue;
    address internal transient _payToken;
    address internal transient _payee;
    uint256 internal transient _payable;

    /* CONSTRUCTOR */

    /// @notice Creates an empty vault for the assets of `newMandate`.
    /// @param name Name of the share.
    /// @param symbol Symbol of the share.
    /// @param newMandate The rules, for ever.
    /// @param newOracle The prices, for ever.
    constructor(
        string memory name,
        string memory symbol,
        IMandate newMandate,
        IPriceOracle newOracle
    ) ERC20(name, symbol) ERC20Permit(name) {
        mandate = newMandate;
        oracle = newOracle;
        _DEPLOYER = msg.sender;
        _tokens = newMandate.tokens();
        for (uint256 i; i < _tokens.length; ++i) {
            _holdings.push();
        }
        // Refuses an oracle that lacks a price for an asset.
        newOracle.prices(_tokens);
    }

    /* HOLDERS: IN KIND */

    /// @inheritdoc IVault
    function seed(uint256 shares, uint256[] calldata assets, address receiver)
        external
        nonReentrant
    {
        require(msg.sender == _DEPLOYER, NotDeployer(msg.sender, _DEPLOYER));
        require(totalSupply() == 0, AlreadySeeded());
        require(shares > LOCKED_SHARES, SeedTooSmall(shares, LOCKED_SHARES + 1));
        _checkLength(assets.length);
        uint256[] memory targets = mandate.targets();

        _minted = true;
        for (uint256 i; i < assets.length; ++i) {
            require(
                targets[i] == 0 || assets[i] >= MIN_SEED, SeedTooSmall(assets[i], MIN_SEED)
            );
            _holdings[i].recorded = _fit(assets[i]);
        }
        _mint(LOCKED_HOLDER, LOCKED_SHARES);
        _mint(receiver, shares - LOCKED_SHARES);

        _pullAll(assets);
        emit Seeded(receiver, shares, assets);
    }

    /// @inheritdoc IVault
    function mintInKind(uint256 shares, uint256[] calldata maxIn, address receiver)
        external
        nonReentrant
        returns (uint256[] memory assets)
    {
        require(shares != 0, ZeroShares());
        _checkLength(maxIn.length);
        assets = _shareOf(_vestAll(), shares, Math.Rounding.Ceil);

        _minted = true;
        for (uint256 i; i < assets.length; ++i) {
            require(
                assets[i] <= maxIn[i], AmountAboveMaximum(_tokens[i], assets[i], maxIn[i])
            );
            _holdings[i].recorded = _fit(_holdings[i].recorded + assets[i]);
        }
        _mint(receiver, shares);

        _pullAll(assets);
        emit MintedInKind(msg.sender, receiver, shares, assets);
    }

    /// @inheritdoc IVault
    function redeemInKind(
        uint256 shares,
        uint256[] calldata minOut,
        address receiver,
        address owner,
        uint256 skip
    ) external nonReentrant returns (uint256[] memory assets) {
        require(shares != 0, ZeroShares());
        require(receiver != address(0), ZeroReceiver());
        _checkLength(minOut.length);
        if (msg.sender != owner) _spendAllowance(owner, msg.sender, shares);
        assets = _shareOf(_vestAll(), shares, Math.Rounding.Floor);

        _burn(owner, shares);
        for (uint256 i; i < assets.length; ++i) {
            require(
                assets[i] >= minOut[i], AmountBelowMinimum(_tokens[i], assets[i], minOut[i])
            );
            // At most the recorded amount, of which it is a share.
            // forge-lint: disable-next-line(unsafe-typecast)
            _holdings[i].recorded -= uint120(assets[i]);
            if (_has(skip, i)) _setAside(owner, i, assets[i]);
        }

        for (uint256 i; i < assets.length; ++i) {
            if (assets[i] == 0 || _has(skip, i)) continue;
            IERC20(_tokens[i]).safeTransfer(receiver, assets[i]);
        }
        emit RedeemedInKind(msg.sender, receiver, owner, shares, assets, skip);
    }

    /// @inheritdoc IVault
    function claimOwed(address token, address receiver)
        external
        nonReentrant
        returns (uint256 assets)
    {
        require(receiver != address(0), ZeroReceiver());
        uint256 asset = _indexOf(token);
        assets = _owedTo(msg.sender, asset);
        require(assets != 0, NothingOwed(msg.sender, token));

        _owedPools[asset].units -= _owedUnits[msg.sender][asset].units;
        delete _owedUnits[msg.sender][asset];
        // At most the total owed, of which it is a part.
        // forge-lint: disable-next-line(unsafe-typecast)
        _holdings[asset].owed -= uint120(assets);

        IERC20(token).safeTransfer(receiver, assets);
        emit OwedClaimed(msg.sender, token, receiver, assets);
    }

    /// @dev Share of `amounts` that `shares` of the supply stand for.
    function _shareOf(uint256[] memory amounts, uint256 shares, Math.Rounding rounding)
        internal
        view
        returns (uint256[] memory assets)
    {
        uint256 supply = totalSupply();
        require(supply != 0, NotSeeded());
        assets = new uint256[](amounts.length);
        for (uint256 i; i < amounts.length; ++i) {
            assets[i] = Math.mulDiv(amounts[i], shares, supply, rounding);
        }
    }

    /// @dev Takes `assets` from the caller and proves that all of it came.
    function _pullAll(uint256[] memory assets) internal {
        for (uint256 i; i < assets.length; ++i) {
            if (assets[i] == 0) continue;
            IERC20 token = IERC20(_tokens[i]);
            uint256 balance = token.balanceOf(address(this));
            token.safeTransferFrom(msg.sender, address(this), assets[i]);
            uint256 received = token.balanceOf(address(this)) - balance;
            require(
                received == assets[i], WrongAmountReceived(address(token), received, assets[i])
            );
        }
    }

    /// @dev Moves `assets`, already taken from the records, into the pool of what is owed.
    function _setAside(address holder, uint256 asset, uint256 assets) internal {
        OwedUnits storage pool = _owedPools[asset];
        OwedUnits storage held = _owedUnits[holder][asset];
        uint256 owed = _holdings[asset].owed;
        if (held.epoch != pool.epoch) (held.units, held.epoch) = (0, pool.epoch);
        // A pool shrinks only in assets, so a unit is never worth more than one asset wei. The
        // conversion saturates where write-downs have made units almost worthless.
        uint256 units = owed == 0 ? assets : Math.mulDiv(assets, pool.units, owed);
        uint192 added = uint192(Math.min(units, type(uint192).max - pool.units));
        pool.units += added;
        held.units += added;
        _holdings[asset].owed = _fit(owed + assets);
    }

    /* ANYONE: SURPLUS AND SHORTFALL */

    /// @inheritdoc IVault
    function absorb(address token) external nonReentrant {
        uint256 asset = _indexOf(token);
        _vest(asset);
        Vesting storage vesting = _vestings[asset];
        (uint256 balance, uint256 accounted) = _balances(asset);
        require(balance > accounted, NoSurplus(token, balance, accounted));

        uint256 surplus = balance - accounted;
        uint256 rest = vesting.assets;
        uint256 total = rest + surplus;
        uint256 restTime = rest == 0 ? 0 : vesting.end - block.timestamp;
        // Weighted by amount: a dust surplus cannot hold up what is vesting already.
        uint256 duration = Math.ceilDiv(rest * restTime + surplus * VESTING_PERIOD, total);
        uint256 end = block.timestamp + duration;
        _vestings[asset] = Vesting(_fit(total), uint40(block.timestamp), uint40(end));
        _holdings[asset].vesting = true;

        emit SurplusAbsorbed(token, surplus, total, end);
    }

    /// @inheritdoc IVault
    function writeDown(address token) external nonReentrant {
        uint256 asset = _indexOf(token);
        _vest(asset);
        Holding storage holding = _holdings[asset];
        (uint256 balance, uint256 accounted) = _balances(asset);
        require(balance < accounted, NothingToWriteDown(token, balance, accounted));

        uint256 recorded = holding.recorded;
        uint256 firm = recorded + holding.owed;
        _vestings[asset].assets = _fit(Math.saturatingSub(balance, firm));
        if (balance < firm) {
            recorded = Math.mulDiv(recorded, balance, firm);
            (holding.recorded, holding.owed) = (_fit(recorded), _fit(balance - recorded));
            if (balance == recorded) _endOwedEpoch(asset);
        }

        emit WrittenDown(token, holding.recorded, holding.owed);
    }

    /// @dev Everybody owed has lost everything: their units must not share in what comes later.
    function _endOwedEpoch(uint256 asset) internal {
        OwedUnits storage pool = _owedPools[asset];
        (pool.units, pool.epoch) = (0, pool.epoch + 1);
    }

    /// @dev Credits what has vested of every asset and returns the records.
    function _vestAll() internal returns (uint256[] memory amounts) {
        amounts = new uint256[](_holdings.length);
        for (uint256 i; i < amounts.length; ++i) {
            if (_holdings[i].vesting) _vest(i);
            amounts[i] = _holdings[i].recorded;
        }
    }

    function _vest(uint256 asset) internal {
        uint256 vested = _vested(asset);
        if (vested == 0) return;
        Vesting storage vesting = _vestings[asset];
        Holding storage holding = _holdings[asset];
        // `_vested` returns at most what is vesting and what the record has room for.
        // forge-lint: disable-start(unsafe-typecast)
        holding.recorded += uint120(vested);
        vesting.assets -= uint120(vested);
        // forge-lint: disable-end(unsafe-typecast)
        vesting.start = uint40(block.timestamp);
        if (vesting.assets == 0) holding.vesting = false;
        emit SurplusVested(_tokens[asset], vested);
    }

    /// @dev What has vested since it was last credited. Never so much that the record would
    /// overflow: an exit may not fail because a token has an absurd supply.
    function _vested(uint256 asset) internal view returns (uint256 vested) {
        Vesting memory vesting = _vestings[asset];
        vested = vesting.assets;
        if (block.timestamp < vesting.end) {
            uint256 elapsed = block.timestamp - vesting.start;
            vested = vested * elapsed / (vesting.end - vesting.start);
        }
        return Math.min(vested, type(uint120).max - _holdings[asset].recorded);
    }

    /// @dev What the vault has of an asset, and what is accounted for.
    function _balances(uint256 asset) internal view returns (uint256 balance, uint256 accounted) {
        balance = IERC20(_tokens[asset]).balanceOf(address(this));
        Holding memory holding = _holdings[asset];
        accounted = uint256(holding.recorded) + holding.owed + _vestings[asset].assets;
    }

    /* KEEPERS, AND ANYONE BEYOND THE HARD BANDS */

    /// @inheritdoc IVault
    function rebalance(Leg[] calldata legs, uint256 expectedNonce, uint256 deadline)
        external
        nonReentrant
    {
        State memory state = _state;
        require(block.timestamp <= deadline, DeadlinePassed(block.timestamp, deadline));
        require(state.nonce == expectedNonce, WrongNonce(expectedNonce, state.nonce));
        require(!_minted, MintedInThisTransaction());
        require(
            legs.length != 0 && legs.length <= MAX_LEGS, BadLegCount(legs.length, MAX_LEGS)
        );
        Plan memory plan = _plan(msg.sender);
        Book memory book = _openBook(_vestAll(), oracle.prices(_tokens), plan);
        (Reason reason, Blocker blocker, uint256 readyAt) = _status(state, plan, book);
        require(blocker == Blocker.None, RebalanceBlocked(reason, blocker, readyAt));

        book.slippage =
            reason == Reason.Public ? plan.limits.publicSlippage : plan.limits.slippage;
        for (uint256 i; i < legs.length; ++i) {
            _runLeg(i, legs[i], book);
        }

        _settle(reason, state, plan, book);
    }

    /// @inheritdoc IVault
    function poke() external nonReentrant {
        Plan memory plan = _plan(msg.sender);
        Book memory book = _openBook(_vestAll(), oracle.prices(_tokens), plan);
        (uint256[] memory gaps,) = WeightMath.drifts(book.values, book.nav, book.targets);
        require(WeightMath.anyReached(gaps, plan.hardBands), InsideHardBands());
        uint256 pokedAt = _state.pokedAt;
        uint256 opensAt = pokedAt + POKE_DELAY;
        require(
            pokedAt == 0 || block.timestamp > pokedAt + POKE_LIFETIME, AlreadyPoked(opensAt)
        );

        _state.pokedAt = uint32(block.timestamp);
        emit Poked(msg.sender, block.timestamp + POKE_DELAY);
    }

    /// @inheritdoc ILegPayer
    function pay(uint256 amount) external {
        require(msg.sender == _venue, NotPayable(msg.sender, _venue));
        require(amount <= _payable, PaymentTooLarge(amount, _payable));
        _payable -= amount;
        IERC20(_payToken).safeTransfer(_payee, amount);
    }

    /// @dev The mandate's plan, its limits cut to what this code allows.
    function _plan(address caller) internal view returns (Plan memory plan) {
        plan = mandate.plan(caller);
        plan.limits = LimitCaps.capped(plan.limits);
    }

    function _openBook(uint256[] memory amounts, uint256[] memory prices, Plan memory plan)
        internal
        view
        returns (Book memory book)
    {
        book.tokens = _tokens;
        book.amounts = amounts;
        book.prices = prices;
        book.targets = plan.targets;
        (book.values, book.nav) = WeightMath.valuesDown(amounts, prices);
    }

    /// @dev One leg: toward both targets, past neither, at the oracle floor or better.
    function _runLeg(uint256 index, Leg calldata leg, Book memory book) internal {
        Route memory route = mandate.route(leg.routeId);
        uint256 valueIn = WeightMath.valueUp(leg.amountIn, book.prices[route.tokenIn]);
        _checkLeg(index, route, valueIn, book);
        uint256 floor =
            LegMath.minimumOutUp(valueIn, book.prices[route.tokenOut], book.slippage);
        uint256 minimum = Math.max(leg.minAmountOut, floor);

        (uint256 paid, uint256 received) = _swap(route, leg.amountIn, book);

        require(received >= minimum, ReceivedTooLittle(index, received, minimum));
        uint256 valueOut = _enter(route, paid, received, book);
        book.turnover += WeightMath.fractionUp(valueIn, book.nav);
        book.loss += WeightMath.fractionUp(Math.saturatingSub(valueIn, valueOut), book.nav);
        emit LegSettled(
            leg.routeId,
            book.tokens[route.tokenIn],
            book.tokens[route.tokenOut],
            paid,
            received,
            valueIn,
            valueOut
        );
    }

    /// @dev The leg is large enough, sells what is above its target down to it at most, and buys
    /// what is below its target up to it at most. Both are tested with the value of amountIn, so a
    /// better price than the oracle's is welcome.
    function _checkLeg(uint256 index, Route memory route, uint256 valueIn, Book memory book)
        internal
        pure
    {
        uint256 minimum = Math.mulDiv(book.nav, MIN_LEG, WAD, Math.Rounding.Ceil);
        require(valueIn >= minimum, LegTooSmall(index, valueIn, minimum));

        (uint256 held, uint256 target) = _heldAndTarget(book, route.tokenIn);
        uint256 available = Math.saturatingSub(held, target);
        address token = book.tokens[route.tokenIn];
        require(valueIn <= available, SellsPastTarget(index, token, valueIn, available));
        require(!_has(book.bought, route.tokenIn), SoldAndBought(index, token));

        (held, target) = _heldAndTarget(book, route.tokenOut);
        available = Math.saturatingSub(target, held);
        token = book.tokens[route.tokenOut];
        require(valueIn <= available, BuysPastTarget(index, token, valueIn, available));
        require(!_has(book.sold, route.tokenOut), SoldAndBought(index, token));
    }

    function _heldAndTarget(Book memory book, uint256 asset)
        internal
        pure
        returns (uint256 held, uint256 target)
    {
        return (book.values[asset], Math.mulDiv(book.targets[asset], book.nav, WAD));
    }

    /// @dev Lets the venue swap. It can take at most `amountIn`, through `pay`, while this runs.
    function _swap(Route memory route, uint256 amountIn, Book memory book)
        internal
        returns (uint256 paid, uint256 received)
    {
        address tokenIn = book.tokens[route.tokenIn];
        address tokenOut = book.tokens[route.tokenOut];
        uint256 balance = IERC20(tokenOut).balanceOf(address(this));
        (_venue, _payToken, _payee, _payable) = (route.venue, tokenIn, route.payee, amountIn);

        IVenue(route.venue).swap(tokenIn, tokenOut, amountIn, route.data);

        paid = amountIn - _payable;
        (_venue, _payable) = (address(0), 0);
        received = IERC20(tokenOut).balanceOf(address(this)) - balance;
    }

    /// @dev Books a settled leg and returns the value received, rounded down.
    function _enter(Route memory route, uint256 paid, uint256 received, Book memory book)
        internal
        pure
        returns (uint256 valueOut)
    {
        (uint256 sold, uint256 bought) = (route.tokenIn, route.tokenOut);
        book.sold |= 1 << sold;
        book.bought |= 1 << bought;
        book.amounts[sold] -= paid;
        book.amounts[bought] += received;
        book.values[sold] = WeightMath.valueDown(book.amounts[sold], book.prices[sold]);
        book.values[bought] = WeightMath.valueDown(book.amounts[bought], book.prices[bought]);
        return WeightMath.valueDown(received, book.prices[bought]);
    }

    /// @dev Proves the outcome, then writes records, buckets and clock.
    function _settle(Reason reason, State memory state, Plan memory plan, Book memory book)
        internal
    {
        uint256 navAfter;
        for (uint256 i; i < book.values.length; ++i) {
            navAfter += book.values[i];
            if (_has(book.sold | book.bought, i)) _holdings[i].recorded = _fit(book.amounts[i]);
        }
        (, uint256 driftAfter) = WeightMath.drifts(book.values, navAfter, book.targets);
        uint256 maximum = book.drift - LegMath.minimumProgress(book.drift);
        require(driftAfter <= maximum, TooLittleProgress(driftAfter, maximum));

        _charge(reason, state, plan.limits, book);
        emit Rebalanced(
            msg.sender,
            state.nonce - 1,
            reason,
            book.nav,
            navAfter,
            book.drift,
            driftAfter,
            book.loss,
            book.turnover
        );
    }

    function _charge(Reason reason, State memory state, Limits memory limits, Book memory book)
        internal
    {
        (uint256 lossUsed, uint256 turnoverUsed) = _bucketsUsed(state, limits);
        uint256 lossLeft = Bucket.left(lossUsed, limits.lossCapacity);
        uint256 turnoverLeft = Bucket.left(turnoverUsed, limits.turnoverCapacity);
        require(book.loss <= lossLeft, LossBucketExceeded(book.loss, lossLeft));
        require(book.turnover <= turnoverLeft, TurnoverBucketExceeded(book.turnover, turnoverLeft));

        // Both are at most the capacities, which are 64-bit numbers.
        // forge-lint: disable-start(unsafe-typecast)
        state.lossUsed = uint64(lossUsed + book.loss);
        state.turnoverUsed = uint64(turnoverUsed + book.turnover);
        // forge-lint: disable-end(unsafe-typecast)
        if (reason == Reason.Public) state.publicAt = uint32(block.timestamp);
        else state.keeperAt = uint32(block.timestamp);
        state.pokedAt = 0;
        state.nonce += 1;
        _state = state;
    }

    /// @dev What is used of the buckets now. Only rebalances charge them, so they were last
    /// written when the later tier rebalanced.
    function _bucketsUsed(State memory state, Limits memory limits)
        internal
        view
        returns (uint256 loss, uint256 turnover)
    {
        uint256 elapsed = block.timestamp - Math.max(state.keeperAt, state.publicAt);
        loss = Bucket.usedUp(state.lossUsed, limits.lossRate, elapsed);
        turnover = Bucket.usedUp(state.turnoverUsed, limits.turnoverRate, elapsed);
    }

    /* STATUS */

    /// @dev Whether a rebalance is due and allowed. Writes the total drift into `book`.
    function _status(State memory state, Plan memory plan, Book memory book)
        internal
        view
        returns (Reason reason, Blocker blocker, uint256 readyAt)
    {
        if (book.nav == 0) return (Reason.None, Blocker.NotDue, 0);
        uint256[] memory gaps;
        (gaps, book.drift) = WeightMath.drifts(book.values, book.nav, book.targets);
        (reason, blocker, readyAt) = _dueStatus(state, plan, gaps, book.drift);
        if (reason == Reason.None) return (reason, blocker, readyAt);
        if (block.timestamp < plan.pausedUntil) return (reason, Blocker.Paused, plan.pausedUntil);
        if (blocker == Blocker.None) (blocker, readyAt) = _bucketStatus(state, plan.limits);
    }

    /// @dev The keeper tier if it is open to the caller, else the public tier if it is open, else
    /// whatever is nearer to open.
    function _dueStatus(
        State memory state,
        Plan memory plan,
        uint256[] memory gaps,
        uint256 drift
    ) internal view returns (Reason reason, Blocker blocker, uint256 readyAt) {
        if (plan.isKeeper) reason = _keeperReason(state, plan, gaps, drift);
        if (reason != Reason.None) {
            readyAt = uint256(state.keeperAt) + plan.limits.cooldown;
            if (block.timestamp >= readyAt) return (reason, Blocker.None, 0);
            blocker = Blocker.Cooldown;
        }
        if (WeightMath.anyReached(gaps, plan.hardBands)) {
            (Blocker publicBlocker, uint256 publicAt) = _publicStatus(state, plan.limits);
            if (publicBlocker == Blocker.None || reason == Reason.None) {
                return (Reason.Public, publicBlocker, publicAt);
            }
        }
        if (reason == Reason.None) blocker = Blocker.NotDue;
    }

    function _keeperReason(
        State memory state,
        Plan memory plan,
        uint256[] memory gaps,
        uint256 drift
    ) internal view returns (Reason) {
        if (WeightMath.anyReached(gaps, plan.bands)) return Reason.Threshold;
        Limits memory limits = plan.limits;
        if (limits.calendarPeriod == 0 || block.timestamp < limits.calendarAnchor) {
            return Reason.None;
        }
        uint256 sinceStart = (block.timestamp - limits.calendarAnchor) % limits.calendarPeriod;
        bool newPeriod = state.keeperAt < block.timestamp - sinceStart;
        return newPeriod && drift >= limits.calendarFloor ? Reason.Calendar : Reason.None;
    }

    function _publicStatus(State memory state, Limits memory limits)
        internal
        view
        returns (Blocker, uint256 readyAt)
    {
        if (block.timestamp > uint256(state.pokedAt) + POKE_LIFETIME) return (Blocker.NotPoked, 0);
        readyAt = uint256(state.pokedAt) + POKE_DELAY;
        if (block.timestamp < readyAt) return (Blocker.PokeDelay, readyAt);
        readyAt = uint256(state.publicAt) + limits.publicCooldown;
        if (block.timestamp < readyAt) return (Blocker.PublicCooldown, readyAt);
        return (Blocker.None, 0);
    }

    /// @dev A bucket that cannot take the smallest leg, or any loss at all, blocks.
    function _bucketStatus(State memory state, Limits memory limits)
        internal
        view
        returns (Blocker, uint256)
    {
        (uint256 lossUsed, uint256 turnoverUsed) = _bucketsUsed(state, limits);
        if (lossUsed >= limits.lossCapacity) {
            uint256 wait = Bucket.secondsUntil(lossUsed, limits.lossCapacity, limits.lossRate, 1);
            return (Blocker.LossBucket, wait == 0 ? 0 : block.timestamp + wait);
        }
        if (turnoverUsed + MIN_LEG > limits.turnoverCapacity) {
            uint256 wait = Bucket.secondsUntil(
                turnoverUsed, limits.turnoverCapacity, limits.turnoverRate, MIN_LEG
            );
            return (Blocker.TurnoverBucket, wait == 0 ? 0 : block.timestamp + wait);
        }
        return (Blocker.None, 0);
    }

    /* VIEWS */

    /// @inheritdoc IVault
    function tokens() external view returns (address[] memory) {
        return _tokens;
    }

    /// @inheritdoc IVault
    function holdings() public view returns (uint256[] memory amounts) {
        amounts = new uint256[](_holdings.length);
        for (uint256 i; i < amounts.length; ++i) {
            amounts[i] = _holdings[i].recorded + _vested(i);
        }
    }

    /// @inheritdoc IVault
    function totalOwed(address token) external view returns (uint256) {
        return _holdings[_indexOf(token)].owed;
    }

    /// @inheritdoc IVault
    function owedTo(address holder, address token) external view returns (uint256) {
        return _owedTo(holder, _indexOf(token));
    }

    /// @inheritdoc IVault
    function unvested(address token) external view returns (uint256 assets, uint256 vestsUntil) {
        uint256 asset = _indexOf(token);
        return (_vestings[asset].assets - _vested(asset), _vestings[asset].end);
    }

    /// @inheritdoc IVault
    function previewMintInKind(uint256 shares) external view returns (uint256[] memory) {
        return _shareOf(holdings(), shares, Math.Rounding.Ceil);
    }

    /// @inheritdoc IVault
    function previewRedeemInKind(uint256 shares) external view returns (uint256[] memory) {
        return _shareOf(holdings(), shares, Math.Rounding.Floor);
    }

    /// @inheritdoc IVault
    function rebalanceStatus(address caller)
        external
        view
        returns (Reason reason, Blocker blocker, uint256 readyAt)
    {
        PriceReading[] memory readings = oracle.tryPrices(_tokens);
        uint256[] memory prices = new uint256[](readings.length);
        for (uint256 i; i < readings.length; ++i) {
            if (readings[i].status != PriceStatus.Ok) return (Reason.None, Blocker.Oracle, 0);
            prices[i] = readings[i].price;
        }
        Plan memory plan = _plan(caller);
        return _status(_state, plan, _openBook(holdings(), prices, plan));
    }

    /// @inheritdoc IVault
    function bucketsLeft() external view returns (uint256 loss, uint256 turnover) {
        Limits memory limits = _plan(address(0)).limits;
        (loss, turnover) = _bucketsUsed(_state, limits);
        loss = Bucket.left(loss, limits.lossCapacity);
        turnover = Bucket.left(turnover, limits.turnoverCapacity);
    }

    /// @inheritdoc IVault
    function nonce() external view returns (uint256) {
        return _state.nonce;
    }

    /// @inheritdoc IVault
    function clock()
        external
        view
        returns (uint256 keeperAt, uint256 publicAt, uint256 pokedAt)
    {
        return (_state.keeperAt, _state.publicAt, _state.pokedAt);
    }

    function _owedTo(address holder, uint256 asset) internal view returns (uint256) {
        OwedUnits memory pool = _owedPools[asset];
        OwedUnits memory held = _owedUnits[holder][asset];
        if (held.units == 0 || held.epoch != pool.epoch) return 0;
        return Math.mulDiv(_holdings[asset].owed, held.units, pool.units);
    }

    function _indexOf(address token) internal view returns (uint256 asset) {
        for (; asset < _tokens.length; ++asset) {
            if (_tokens[asset] == token) return asset;
        }
        revert NotAnAsset(token);
    }

    function _checkLength(uint256 length) internal view {
        require(length == _tokens.length, LengthMismatch(length, _tokens.length));
    }

    function _has(uint256 bitmap, uint256 asset) internal pure returns (bool) {
        return bitmap >> asset & 1 != 0;
    }

    /// @dev An amount as it is stored, or a revert: records never wrap.
    function _fit(uint256 amount) internal pure returns (uint120) {
        require(amount <= type(uint120).max, AmountTooLarge(amount, type(uint120).max));
        // Checked above.
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint120(amount);
    }
}
