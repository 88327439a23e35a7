// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IERC4626} from "@openzeppelin/contracts/interfaces/IERC4626.sol";
import {Leg, Limits, PRICE_SCALE, WAD} from "../../../contracts/types/Types.sol";
import {DoorsFixture} from "../fixtures/DoorsFixture.sol";
import {LossWindow} from "./LossWindow.sol";

/// @notice One person who is visitor, holder and keeper at once goes through every door in any
/// order and size, and rebalances in between through a venue of their own. What everybody has is
/// measured around each call at the prices of the market.
contract DoorsHandler is DoorsFixture {
    /// @dev How often a function was called, and how often the vault let something through.
    struct Tally {
        uint256 calls;
        uint256 successes;
    }

    mapping(bytes4 selector => Tally) public tallies;
    uint256 public ghostCalls;
    /// @notice Most that the visitor ever had more than at the start, in WAD at market prices.
    uint256 public ghostProfit;
    /// @notice Passages that cost the others more than the error beyond the spread, of what passed.
    uint256 public ghostOvercharges;
    /// @notice What passages have cost the others, in WAD at market prices.
    uint256 public ghostCost;
    LossWindow internal _inflow;
    LossWindow internal _outflow;

    address internal visitor = keeper;
    /// @dev What whole tokens are worth in the market, in WAD.
    uint256[COUNT] internal marketPrice = startPrice;
    uint256 private _startWorth;

    function setUp() public override {
        super.setUp();
        for (uint256 i; i < COUNT; ++i) {
            tokens[i].mint(visitor, amountWorth(i, 3 * NAV));
            vm.prank(visitor);
            tokens[i].approve(address(vault), type(uint256).max);
        }
        mintInKind(visitor, SHARES / 4);
        _startWorth = visitorWorth();
    }

    /// @dev A keeper that is hardly ever made to wait.
    function defaultLimits() internal view override returns (Limits memory limits) {
        limits = super.defaultLimits();
        (limits.cooldown, limits.calendarFloor) = (0, 0.001e18);
    }

    modifier counted() {
        ++ghostCalls;
        _;
        ghostProfit = Math.max(ghostProfit, Math.saturatingSub(visitorWorth(), _startWorth));
    }

    /* DOORS */

    function deposit(uint256 assets) external counted {
        assets = _uneven(assets, vault.maxDeposit(visitor));
        _passIn(abi.encodeCall(IERC4626.deposit, (assets, visitor)));
    }

    function mint(uint256 shares) external counted {
        shares = _uneven(shares, vault.maxMint(visitor));
        _passIn(abi.encodeCall(IERC4626.mint, (shares, visitor)));
    }

    function withdraw(uint256 assets) external counted {
        assets = _uneven(assets, vault.maxWithdraw(visitor));
        _passOut(abi.encodeCall(IERC4626.withdraw, (assets, visitor, visitor)));
    }

    function redeem(uint256 shares) external counted {
        shares = _uneven(shares, vault.maxRedeem(visitor));
        _passOut(abi.encodeCall(IERC4626.redeem, (shares, visitor, visitor)));
    }

    /* IN KIND */

    function enterInKind(uint256 shares) external counted {
        uint256[] memory most = new uint256[](COUNT);
        for (uint256 i; i < COUNT; ++i) {
            most[i] = type(uint256).max;
        }
        shares = _uneven(shares, SHARES / 2);
        _count(_call(abi.encodeCall(vault.mintInKind, (shares, most, visitor))));
    }

    function leaveInKind(uint256 shares) external counted {
        uint256[] memory least = new uint256[](COUNT);
        shares = _uneven(shares, vault.balanceOf(visitor));
        _count(_call(abi.encodeCall(vault.redeemInKind, (shares, least, visitor, visitor, 0))));
    }

    /// @notice A gift to the vault, or none, which vests for all.
    function absorb(uint256 asset, uint256 part) external counted {
        asset %= COUNT;
        uint256 gift = tokens[asset].balanceOf(visitor) * (part % 3) / 5_000;
        vm.prank(visitor);
        assertTrue(tokens[asset].transfer(address(vault), gift));
        _count(_call(abi.encodeCall(vault.absorb, (address(tokens[asset])))));
    }

    /* KEEPER */

    /// @notice Most of what is due between two assets. The venue is the visitor's: they get what
    /// the vault sells and give what it buys, as far as they have it.
    function rebalance(uint256 seed) external counted {
        (uint256 sold, uint256 bought, uint256 value) = _due();
        // The venue pays at most a hundredth more than the leg is worth.
        value = Math.min(value, _worthOf(bought, tokens[bought].balanceOf(visitor)) * 98 / 100);
        Leg[] memory legs = new Leg[](1);
        legs[0] = legOf(sold, bought, value * (50 + seed % 50) / 100);
        venue.setFactor(venueFactor(seed));
        uint256 held = tokens[bought].balanceOf(address(vault));
        bool done =
            _call(abi.encodeCall(vault.rebalance, (legs, vault.state().nonce, block.timestamp)));
        _count(done);
        if (!done) return;
        tokens[sold].mint(visitor, legs[0].amountIn);
        uint256 given = tokens[bought].balanceOf(address(vault)) - held;
        vm.prank(visitor);
        assertTrue(tokens[bought].transfer(address(venue), given));
    }

    /// @dev What the venue pays, in WAD of the oracle's worth: all of it.
    function venueFactor(uint256) internal view virtual returns (uint256) {
        return WAD;
    }

    /// @dev The asset furthest above its target, the one furthest below, and how much would do.
    function _due() private view returns (uint256 sold, uint256 bought, uint256 value) {
        uint256 nav = worth(vault.holdings());
        int256[COUNT] memory gaps;
        for (uint256 i; i < COUNT; ++i) {
            gaps[i] = int256(_valueOf(i)) - int256(nav * weights[i] / WAD);
            if (gaps[i] > gaps[sold]) sold = i;
            if (gaps[i] < gaps[bought]) bought = i;
        }
        if (sold == bought) return (0, 1, 0);
        value = Math.min(uint256(gaps[sold]), uint256(-gaps[bought]));
    }

    /* TIME */

    function wait(uint256 duration) external counted {
        vm.warp(block.timestamp + duration % 2 days);
        _count(true);
    }

    /* WITNESS */

    /// @notice What the visitor has, in WAD at market prices, shares at what they stand for.
    function visitorWorth() public view returns (uint256 value) {
        uint256[] memory amounts = vault.holdings();
        uint256 shares = vault.balanceOf(visitor);
        for (uint256 i; i < COUNT; ++i) {
            value += _marketValue(i, tokens[i].balanceOf(visitor));
            value += Math.mulDiv(_marketValue(i, amounts[i]), shares, vault.totalSupply());
        }
    }

    /// @notice What all others have, in WAD at market prices.
    function othersWorth() public view returns (uint256) {
        uint256 supply = vault.totalSupply();
        return Math.mulDiv(_marketNav(), supply - vault.balanceOf(visitor), supply);
    }

    /// @notice Worst window of each bucket, in WAD of NAV, refill deducted.
    function ghostFlows() external view returns (uint256 inwards, uint256 outwards) {
        return (_inflow.worstUp(), _outflow.worstUp());
    }

    /// @dev A deposit gains if net asset value, in base asset, is more than the feeds say.
    function _passIn(bytes memory data) private {
        uint256 ratio =
            _ratioUp(_marketNav(), marketPrice[0], worth(vault.holdings()), _basePrice());
        _count(_witness(data, ratio, _inflow));
    }

    /// @dev A withdrawal gains if it is less.
    function _passOut(bytes memory data) private {
        uint256 ratio =
            _ratioUp(worth(vault.holdings()), _basePrice(), _marketNav(), marketPrice[0]);
        _count(_witness(data, ratio, _outflow));
    }

    /// @dev INV-2b around one passage, `ratio` being one and the error, in WAD. What passes counts
    /// at its price in the market; three values are rounded down on either side.
    function _witness(bytes memory data, uint256 ratio, LossWindow storage window)
        private
        returns (bool)
    {
        uint256 beyond = Math.saturatingSub(ratio, WAD + spread());
        (uint256 others, uint256 nav) = (othersWorth(), worth(vault.holdings()));
        uint256 held = vault.holdings()[0];
        if (!_call(data)) return false;

        uint256 passed = vault.holdings()[0];
        passed = passed > held ? passed - held : held - passed;
        uint256 cost = Math.saturatingSub(others, othersWorth());
        uint256 allowed = Math.mulDiv(_marketValue(0, passed), beyond, WAD, Math.Rounding.Ceil);
        if (cost > allowed + 2 * COUNT) ++ghostOvercharges;
        ghostCost += cost;
        uint256 value = passed * oracle.prices(addresses())[0] / PRICE_SCALE;
        window.charge(value * WAD / nav, mandate.limits().flowCapacity);
        return passed != 0;
    }

    function _marketNav() private view returns (uint256 value) {
        uint256[] memory amounts = vault.holdings();
        for (uint256 i; i < COUNT; ++i) {
            value += _marketValue(i, amounts[i]);
        }
    }

    function _marketValue(uint256 asset, uint256 amount) private view returns (uint256) {
        return amount * marketPrice[asset] / 10 ** tokens[asset].decimals();
    }

    /// @dev Value of a holding at the feed's price, in WAD.
    function _valueOf(uint256 asset) private view returns (uint256) {
        return _worthOf(asset, vault.holdings()[asset]);
    }

    /// @dev Value of an amount at the feed's price, in WAD.
    function _worthOf(uint256 asset, uint256 amount) private view returns (uint256) {
        return amount * oracle.prices(addresses())[asset] / PRICE_SCALE;
    }

    /// @dev What the feed says of a whole unit of the base asset, in WAD.
    function _basePrice() private view returns (uint256) {
        return oracle.prices(addresses())[0] * 10 ** tokens[0].decimals() / PRICE_SCALE;
    }

    /// @dev (a / b) / (c / d), in WAD, rounded up.
    function _ratioUp(uint256 a, uint256 b, uint256 c, uint256 d) private pure returns (uint256) {
        return Math.mulDiv(a * WAD / c + 1, d, b, Math.Rounding.Ceil);
    }

    /* INTERNAL */

    /// @dev Mostly something that can pass, at times anything.
    function _uneven(uint256 value, uint256 most) private pure returns (uint256) {
        return value % 8 == 7 ? value : value % (most + 1);
    }

    function _call(bytes memory data) private returns (bool done) {
        vm.prank(visitor);
        (done,) = address(vault).call(data);
    }

    function _count(bool success) internal {
        ++tallies[msg.sig].calls;
        if (success) ++tallies[msg.sig].successes;
    }
}

/// @notice The same where feeds are wrong, each in its own direction, and the venue pays as little
/// as the vault accepts.
contract LaggingDoorsHandler is DoorsHandler {
    /// @notice Moves the market; the feeds say something else, up to 3 %, of the base asset 0.5 %.
    function lag(uint256 seed) external counted {
        for (uint256 i; i < COUNT; ++i) {
            uint256 draw = uint256(keccak256(abi.encode(seed, i)));
            if (i != 0) marketPrice[i] = startPrice[i] * (500 + draw % 1_500) / 1_000;
            uint256 most = i == 0 ? 0.005e18 : 0.03e18;
            setPrice(i, marketPrice[i] * (WAD - most + (draw >> 128) % (2 * most)) / WAD);
        }
        _count(true);
    }

    function venueFactor(uint256 seed) internal pure override returns (uint256) {
        return 0.99e18 + seed % 0.02e18;
    }
}
