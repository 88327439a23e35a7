// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TokenView} from "../../../contracts/interfaces/IVaultLens.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IPriceOracle, TwapConfig} from "../../../contracts/interfaces/IPriceOracle.sol";
import {IVault} from "../../../contracts/interfaces/IVault.sol";
import {Leg, Limits, PRICE_SCALE, WAD} from "../../../contracts/types/Types.sol";
import {VaultLens} from "../../../contracts/VaultLens.sol";
import {ScriptedVaultFixture} from "../fixtures/ScriptedVaultFixture.sol";
import {IGrowingPool} from "../fixtures/TwapFixture.sol";
import {IPool} from "../fixtures/UniswapFixture.sol";

/// @notice Attack: the feed lags a rise by half a per cent, and the keeper sells at the feed's
/// price through a venue of its own that trades at the market. A second source knows the market,
/// but a test of two per cent passes the lag. Rule: each leg is judged at the price worse for the
/// keeper.
contract TwapDivergenceAttackTest is ScriptedVaultFixture {
    uint256 internal constant FEED_PRICE = 2_388e8;
    uint256 internal constant MARKET_PRICE = 2_400e8;
    uint32 internal constant WINDOW = 10 minutes;
    uint64 internal constant MAX_DIVERGENCE = 0.02e18;
    /// @dev Less than the lag: what the venue may keep of a leg.
    uint64 internal constant SLIPPAGE = 0.003e18;

    function setUp() public override {
        super.setUp();
        Limits memory limits = defaultLimits();
        (limits.slippage, limits.publicSlippage) = (SLIPPAGE, SLIPPAGE);
        setLimits(limits);
        _setSecondSource();
        setMarketPrice(WETH, MARKET_PRICE);
        setOraclePrice(WETH, FEED_PRICE);
        passTime(WINDOW);
    }

    function _setSecondSource() private {
        IPool pool = poolOf[USDC][WETH];
        IGrowingPool(address(pool)).increaseObservationCardinalityNext(uint16(WINDOW) + 1);
        passTime(1);
        // The next observation makes the room.
        pool.mint(address(this), -887_220, 887_220, 1, "");
        passTime(WINDOW);
        vm.prank(owner);
        oracle.setSecondSource(
            TwapConfig({
                token: address(tokens[WETH]),
                pool: address(pool),
                window: WINDOW,
                maxDivergence: MAX_DIVERGENCE
            })
        );
    }

    /* SELLING BEHIND A RISE */

    /// @dev The lag on all that is sold: half a per cent of 38,000. No loss is visible.
    function test_twapDivergence_takesTheLagWhereOnlyDivergenceIsChecked() external {
        _checkDivergenceOnly();
        uint256 before = marketValue(vault.holdings());

        rebalance(keeper, _sales());

        assertGt(before - marketValue(vault.holdings()), 188e18);
        assertEq(vault.state().lossUsed, 0);
    }

    /// @dev The same sale: the venue would have to pay what the market pays, less the slippage.
    function test_twapDivergence_isRefusedAtTheWorsePrice() external {
        Leg[] memory legs = _sales();
        uint256 nonce = vault.state().nonce;

        vm.prank(keeper);
        vm.expectPartialRevert(IVault.ReceivedTooLittle.selector);
        vault.rebalance(legs, nonce, block.timestamp);
    }

    /// @dev What a modest keeper still keeps, within the slippage, is charged to the loss bucket.
    function test_twapDivergence_hidesNothingFromTheLossBucket() external {
        uint256 before = marketValue(vault.holdings());
        (, uint256 nav) = portfolio();
        script.setFactor(WAD + 0.0025e18);

        rebalance(keeper, _sales());

        uint256 stolen = before - marketValue(vault.holdings());
        assertGt(stolen, 90e18);
        // The mean of ticks is up to one ten thousandth below the pool's price.
        assertGe(vault.state().lossUsed + 0.0001e18 * 38_000 / 1_000_000, stolen * WAD / nav);
    }

    /* MOVING THE POOL */

    /// @dev Wherever the pool is held: a venue that pays less than the feed's worth allows gets
    /// nothing.
    function testFuzz_twapDivergence_movingThePoolLowersNoFloor(uint256 price, uint256 factor)
        external
    {
        Leg[] memory legs = _sales();
        _holdPoolAt(bound(price, 2_320e8, 2_460e8));
        script.setFactor(bound(factor, 0.9e18, WAD - SLIPPAGE - 1e12));

        assertFalse(_try(legs));
    }

    /// @dev Wherever the pool is held: what goes through is charged at least what the feed alone
    /// would charge.
    function testFuzz_twapDivergence_movingThePoolHidesNoLoss(uint256 price, uint256 factor)
        external
    {
        Leg[] memory legs = _sales();
        price = bound(price, 2_320e8, 2_395e8);
        _holdPoolAt(price);
        script.setFactor(bound(factor, WAD - SLIPPAGE, WAD));
        // At the feed's price, pools held elsewhere do not count.
        marketPrice[WETH] = FEED_PRICE;
        uint256 before = marketValue(vault.holdings());

        bool ok = _try(legs);

        uint256 lost = Math.saturatingSub(before, marketValue(vault.holdings()));
        assertGe(vault.state().lossUsed, lost * WAD / before);
        // Below the feed the pool changes nothing, until it closes.
        if (price > 2_345e8 && price < FEED_PRICE) assertTrue(ok);
    }

    function _try(Leg[] memory legs) private returns (bool ok) {
        uint256 nonce = vault.state().nonce;
        vm.prank(keeper);
        (ok,) =
            address(vault).call(abi.encodeCall(IVault.rebalance, (legs, nonce, block.timestamp)));
    }

    function _holdPoolAt(uint256 price) private {
        marketPrice[WETH] = price;
        movePool(
            poolOf[USDC][WETH], tokens[USDC], amountWorth(USDC, DEPTH), amountWorth(WETH, DEPTH)
        );
        passTime(WINDOW);
    }

    /* WHAT A KEEPER SEES */

    function test_lens_showsBothPrices() external {
        VaultLens lens = new VaultLens();
        uint256 market = MARKET_PRICE * 1e10 * PRICE_SCALE / 1e18;

        (, TokenView[] memory found) = lens.readOne(address(vault), keeper);
        uint256 second = found[WETH].secondPrice;

        assertEq(second, oracle.tryPrices(addresses())[WETH].second);
        assertApproxEqRel(second, market, 0.000101e18);
        assertEq(found[WBTC].secondPrice, 0);
    }

    /* HELPERS */

    /// @dev Almost all that WETH is above its target, at the feed's price.
    function _sales() private view returns (Leg[] memory legs) {
        legs = new Leg[](3);
        legs[0] = scriptedLeg(WETH, USDC, 11_000e18);
        legs[1] = scriptedLeg(WETH, WBTC, 16_000e18);
        legs[2] = scriptedLeg(WETH, LINK, 11_000e18);
    }

    /// @dev Takes the rule out: an unusable pair still closes, but the second prices are kept back.
    function _checkDivergenceOnly() private {
        uint256[] memory first = oracle.prices(addresses());
        vm.mockCall(
            address(oracle),
            abi.encodeCall(IPriceOracle.pricePairs, (addresses())),
            abi.encode(first, new uint256[](0))
        );
    }
}
