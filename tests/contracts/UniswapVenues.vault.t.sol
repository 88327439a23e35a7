// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IUniswapV3Factory} from "../../contracts/interfaces/external/IUniswapV3Factory.sol";
import {RouteConfig} from "../../contracts/interfaces/IMandate.sol";
import {IVault} from "../../contracts/interfaces/IVault.sol";
import {IVenue} from "../../contracts/interfaces/IVenue.sol";
import {Leg} from "../../contracts/types/Types.sol";
import {UniswapV2Venue} from "../../contracts/venues/UniswapV2Venue.sol";
import {UniswapV3PoolVenue} from "../../contracts/venues/UniswapV3PoolVenue.sol";
import {UniswapV4Venue} from "../../contracts/venues/UniswapV4Venue.sol";
import {IRouter, UniswapV2Fixture} from "./fixtures/UniswapV2Fixture.sol";
import {UniswapV4Fixture} from "./fixtures/UniswapV4Fixture.sol";
import {VaultFixture} from "./fixtures/VaultFixture.sol";

/// @notice A vault rebalances through every venue, on the real contracts of each protocol, and what
/// it records is what it has.
contract UniswapVenuesVaultTest is VaultFixture, UniswapV2Fixture, UniswapV4Fixture {
    uint24 internal constant NARROW_FEE = 500;
    int24 internal constant FULL_RANGE = 1_800_000;

    IRouter internal routerV2;
    /// @dev Routes that sell WETH for USDC, and who is paid on each.
    uint256[] internal ids;
    address[] internal payees;
    UniswapV3PoolVenue internal poolVenue;

    function setUp() public override {
        super.setUp();
        _deployOtherProtocols();
        poolVenue = new UniswapV3PoolVenue(IUniswapV3Factory(address(factory)), POOL_INIT_CODE_HASH);
        IVenue venueV2 = new UniswapV2Venue(routerV2);
        _addRoute(poolVenue, abi.encodePacked(FEE), address(poolOf[USDC][WETH]));
        _addRoute(venue, abi.encodePacked(FEE), address(router));
        _addRoute(venue, abi.encodePacked(FEE, tokens[LINK], FEE), address(router));
        _addRoute(venueV2, "", pairMaker.getPair(address(tokens[USDC]), address(tokens[WETH])));
        _addRoute(
            venueV2,
            abi.encodePacked(tokens[LINK]),
            pairMaker.getPair(address(tokens[LINK]), address(tokens[WETH]))
        );
        _addRoute(
            new UniswapV4Venue(poolManager),
            abi.encodePacked(V4_FEE, V4_SPACING),
            address(poolManager)
        );
        // 42,000 of WETH too many, 12,000 of USDC too few.
        setOraclePrice(WETH, 2_400e8);
    }

    function testFuzz_rebalance_recordsWhatItHasThroughEveryVenue(uint256 choice, uint256 amountIn)
        external
    {
        amountIn = bound(amountIn, 4e18, 5e18);
        Leg[] memory legs = one(Leg(ids[choice % ids.length], amountIn, 0));
        uint256[] memory before = vault.holdings();
        _pricesAgree();

        rebalance(keeper, legs);

        uint256[] memory holdings = vault.holdings();
        assertEq(holdings[WETH], before[WETH] - amountIn);
        // At 2,400 each, less fees and impact of at most a hundredth.
        assertGe(holdings[USDC], before[USDC] + amountIn * 2_376 / 1e12);
        for (uint256 i; i < COUNT; ++i) {
            assertEq(tokens[i].balanceOf(address(vault)), holdings[i]);
        }
    }

    /// @dev INV-8: after any rebalance the vault has no allowance and no venue holds anything.
    function testFuzz_rebalance_leavesNoAllowanceAndNothingInAVenue(uint256[4] memory choices)
        external
    {
        _pricesAgree();
        Leg[] memory legs = new Leg[](choices.length);
        for (uint256 i; i < legs.length; ++i) {
            legs[i] = Leg(ids[choices[i] % ids.length], 1e18, 0);
        }

        rebalance(keeper, legs);

        for (uint256 i; i < ids.length; ++i) {
            _assertNothingLeft(mandate.routeAt(ids[i]).venue, payees[i]);
        }
    }

    /// @dev A route whose pool runs dry: what was not sold stays, and is still recorded.
    function test_rebalance_keepsWhatThePoolCouldNotBuy() external {
        uint256 id = _dryRoute(3_200e6);
        uint256 before = vault.holdings()[WETH];

        rebalance(keeper, one(Leg(id, 5e18, 0)));

        uint256 sold = before - vault.holdings()[WETH];
        assertGt(sold, 4e18);
        assertLt(sold, 5e18);
        assertEq(tokens[WETH].balanceOf(address(vault)), before - sold);
    }

    /// @dev What came must be worth all that the leg was to sell, or the leg is refused.
    function test_rebalance_revertsWhenThePoolRunsDryAtTheOraclesPrice() external {
        uint256 id = _dryRoute(2_400e6);
        uint256 nonce = vault.state().nonce;

        vm.expectPartialRevert(IVault.ReceivedTooLittle.selector);
        vm.prank(keeper);
        vault.rebalance(one(Leg(id, 5e18, 0)), nonce, block.timestamp);
    }

    /* HELPERS */

    function _deployOtherProtocols() private {
        routerV2 = deployUniswapV2();
        deployUniswapV4();
        uint8[3] memory sides = [uint8(USDC), uint8(LINK), uint8(LINK)];
        uint8[3] memory others = [uint8(WETH), uint8(WETH), uint8(USDC)];
        marketPrice[WETH] = 2_400e8;
        for (uint256 i; i < sides.length; ++i) {
            createPair(
                tokens[sides[i]],
                tokens[others[i]],
                amountWorth(sides[i], DEPTH),
                amountWorth(others[i], DEPTH)
            );
        }
        createPool(
            tokens[USDC],
            tokens[WETH],
            amountWorth(USDC, DEPTH),
            amountWorth(WETH, DEPTH),
            FULL_RANGE
        );
        marketPrice[WETH] = 2_000e8;
    }

    function _addRoute(IVenue through, bytes memory data, address payee)
        private
        returns (uint256 id)
    {
        vm.prank(owner);
        id = mandate.addRoute(RouteConfig(address(through), uint8(WETH), uint8(USDC), data));
        assertEq(mandate.routeAt(id).payee, payee);
        ids.push(id);
        payees.push(payee);
    }

    /// @dev A route into a pool at `price` of USDC, which buys hardly five WETH.
    function _dryRoute(uint256 price) private returns (uint256) {
        address pool =
            address(createNarrowPool(tokens[USDC], tokens[WETH], NARROW_FEE, 95 * price, 95e18));
        return _addRoute(poolVenue, abi.encodePacked(NARROW_FEE), pool);
    }

    function _pricesAgree() private {
        setMarketPrice(WETH, 2_400e8);
    }

    function _assertNothingLeft(address through, address payee) private view {
        for (uint256 i; i < COUNT; ++i) {
            assertEq(tokens[i].balanceOf(through), 0);
            assertEq(tokens[i].allowance(address(vault), through), 0);
            assertEq(tokens[i].allowance(address(vault), payee), 0);
            assertEq(tokens[i].allowance(through, payee), 0);
        }
    }
}
