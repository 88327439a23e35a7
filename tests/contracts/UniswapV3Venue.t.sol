// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ISwapRouter02} from "../../contracts/interfaces/external/ISwapRouter02.sol";
import {ILegPayer, IVenue} from "../../contracts/interfaces/IVenue.sol";
import {MockToken} from "../../contracts/mocks/MockToken.sol";
import {UniswapV3Venue} from "../../contracts/venues/UniswapV3Venue.sol";
import {UniswapFixture} from "./fixtures/UniswapFixture.sol";
import {CallbackToken, FeeToken} from "./fixtures/WeirdTokens.sol";

/// @notice A venue swaps as the router does, for the caller, and keeps nothing. The test plays the
/// vault: it is called back to pay the router.
contract UniswapV3VenueTest is UniswapFixture, ILegPayer {
    uint24 internal constant FEE = 3000;
    uint24 internal constant LOW_FEE = 500;

    MockToken internal usdc = new MockToken("USD Coin", "USDC", 6);
    MockToken internal weth = new MockToken("Wrapped Ether", "WETH", 18);
    MockToken internal wbtc = new MockToken("Wrapped BTC", "WBTC", 8);
    UniswapV3Venue internal venue;

    MockToken internal sold;
    bool internal pays = true;

    function setUp() external {
        deployUniswap();
        createPool(usdc, weth, FEE, 20_000_000e6, 10_000e18);
        createPool(weth, wbtc, LOW_FEE, 10_000e18, 500e8);
        venue = new UniswapV3Venue(router);
        sold = usdc;
    }

    function pay(uint256 amount) external {
        assertEq(msg.sender, address(venue));
        if (!pays) return;
        sold.mint(address(this), amount);
        assertTrue(sold.transfer(address(router), amount));
    }

    /* PAYEE */

    function test_payee_isTheRouterOfEveryPathThatExists() external view {
        assertEq(address(venue.ROUTER()), address(router));
        assertEq(address(venue.FACTORY()), address(factory));
        assertEq(venue.payee(address(usdc), address(weth), _one()), address(router));
        assertEq(venue.payee(address(weth), address(usdc), _one()), address(router));
        assertEq(venue.payee(address(usdc), address(wbtc), _two()), address(router));
    }

    function test_payee_acceptsAPathThatComesBackThroughAToken() external view {
        bytes memory path = abi.encodePacked(FEE, weth, LOW_FEE, wbtc, LOW_FEE, weth, FEE);

        assertEq(venue.payee(address(usdc), address(usdc), path), address(router));
    }

    function testFuzz_payee_revertsWhenNoPoolHasTheFee(uint24 fee) external {
        vm.assume(fee != FEE);

        _expectMissing(address(usdc), address(weth), fee, address(weth), abi.encodePacked(fee));
    }

    function test_payee_revertsWhenTheFirstHopHasNoPool() external {
        bytes memory path = abi.encodePacked(LOW_FEE, weth, LOW_FEE);

        _expectMissing(address(usdc), address(weth), LOW_FEE, address(wbtc), path);
    }

    function test_payee_revertsWhenTheLastHopHasNoPool() external {
        bytes memory path = abi.encodePacked(FEE, weth, FEE);

        _expectMissing(address(weth), address(wbtc), FEE, address(wbtc), path);
    }

    function test_payee_revertsWhenAHopStays() external {
        bytes memory path = abi.encodePacked(FEE, usdc, FEE);

        _expectMissing(address(usdc), address(usdc), FEE, address(weth), path);
    }

    function testFuzz_payee_revertsWhenTheLengthIsWrong(bytes calldata data) external {
        vm.assume(data.length % 23 != 3);

        vm.expectRevert(abi.encodeWithSelector(IVenue.BadRouteData.selector, data));
        venue.payee(address(usdc), address(weth), data);
    }

    /* FEE */

    function test_fee_isThatOfEveryPoolOfThePath() external view {
        assertEq(venue.fee(address(usdc), address(weth), _one()), 0.003e18);
        assertEq(venue.fee(address(usdc), address(wbtc), _two()), 0.0034985e18);
    }

    /// @dev Against the product as one fraction; never too little, and to a unit for each hop.
    function testFuzz_fee_isRoundedUp(uint24[3] memory fees) external view {
        uint256 kept = 1e18;
        for (uint256 i; i < fees.length; ++i) {
            fees[i] %= 1e6;
            kept *= 1e6 - fees[i];
        }
        bytes memory data = abi.encodePacked(fees[0], weth, fees[1], wbtc, fees[2]);

        uint256 fee = venue.fee(address(usdc), address(weth), data);

        uint256 exact = 1e18 - kept / 1e18;
        assertGe(fee, exact);
        assertLe(fee, exact + fees.length);
    }

    /// @dev What a trade loses in pools at par that it does not move, at any fees.
    function testFuzz_fee_isWhatThePoolsCharge(uint256 amountIn, uint24 feeA, uint24 feeB)
        external
    {
        amountIn = bound(amountIn, 1e18, 1e22);
        (feeA, feeB) = (feeA % 500_000, feeB % 500_000);
        MockToken first = new MockToken("Deep", "DEEP", 18);
        MockToken last = new MockToken("Deep", "DEEP", 18);
        createDeepPool(first, weth, feeA);
        createDeepPool(weth, last, feeB);
        sold = first;
        bytes memory data = abi.encodePacked(feeA, weth, feeB);
        uint256 fee = venue.fee(address(first), address(last), data);

        venue.swap(address(first), address(last), amountIn, data);

        uint256 expected = amountIn - amountIn * fee / 1e18;
        assertApproxEqRel(last.balanceOf(address(this)), expected, 1e9);
    }

    /// @dev No pool of Uniswap charges that; nothing is left then.
    function testFuzz_fee_isAllFromAMillionMillionthsOn(uint24 fee) external view {
        fee = uint24(bound(fee, 1e6, type(uint24).max));

        assertEq(venue.fee(address(usdc), address(weth), abi.encodePacked(fee)), 1e18);
    }

    function testFuzz_fee_revertsWhenTheLengthIsWrong(bytes calldata data) external {
        vm.assume(data.length % 23 != 3);

        vm.expectRevert(abi.encodeWithSelector(IVenue.BadRouteData.selector, data));
        venue.fee(address(usdc), address(weth), data);
    }

    /* SWAP */

    function testFuzz_swap_bringsWhatTheRouterBrings(uint256 amountIn, bool twoHops) external {
        amountIn = bound(amountIn, 1e3, 5_000_000e6);
        MockToken bought = twoHops ? wbtc : weth;
        bytes memory data = twoHops ? _two() : _one();
        uint256 expected = _swapDirectly(amountIn, bought, data);

        venue.swap(address(usdc), address(bought), amountIn, data);

        assertEq(bought.balanceOf(address(this)), expected);
    }

    function testFuzz_swap_bringsWhatTheRouterBringsOverThreePools(uint256 amountIn) external {
        amountIn = bound(amountIn, 1e3, 5_000_000e6);
        MockToken link = new MockToken("ChainLink", "LINK", 18);
        createPool(wbtc, link, FEE, 500e8, 2_000_000e18);
        bytes memory data = abi.encodePacked(FEE, weth, LOW_FEE, wbtc, FEE);
        uint256 expected = _swapDirectly(amountIn, link, data);

        venue.swap(address(usdc), address(link), amountIn, data);

        assertEq(venue.payee(address(usdc), address(link), data), address(router));
        assertEq(link.balanceOf(address(this)), expected);
    }

    /// @dev A fork is another factory behind another router: its pools are its own.
    function testFuzz_swap_runsThroughTheRouterOfAFork(uint256 amountIn) external {
        amountIn = bound(amountIn, 1e3, 5_000_000e6);
        deployUniswap();
        createPool(usdc, weth, LOW_FEE, 20_000_000e6, 10_000e18);
        venue = new UniswapV3Venue(router);
        bytes memory data = abi.encodePacked(LOW_FEE);
        uint256 expected = _swapDirectly(amountIn, weth, data);

        venue.swap(address(usdc), address(weth), amountIn, data);

        assertEq(weth.balanceOf(address(this)), expected);
        _expectMissing(address(usdc), address(weth), FEE, address(weth), _one());
    }

    /// @dev The rest stays in the router, for whoever swaps next: the caller's minimum must cover
    /// it.
    function testFuzz_swap_leavesInTheRouterWhatNoLiquidityBuys(uint256 amountIn) external {
        amountIn = bound(amountIn, 200_000e6, type(uint128).max);
        MockToken link = new MockToken("ChainLink", "LINK", 18);
        address pool = address(createNarrowPool(usdc, link, FEE, 1_000_000e6, 100_000e18));
        uint256 before = usdc.balanceOf(pool);

        venue.swap(address(usdc), address(link), amountIn, _one());

        uint256 taken = usdc.balanceOf(pool) - before;
        assertGt(taken, 0);
        assertEq(usdc.balanceOf(address(router)), amountIn - taken);
        assertGt(amountIn, taken);
        assertEq(usdc.balanceOf(address(venue)), 0);
    }

    function test_swap_revertsWhenNothingIsSold() external {
        vm.expectRevert(bytes("AS"));
        venue.swap(address(usdc), address(weth), 0, _one());
    }

    function test_swap_revertsWhenTheTokenKeepsAPart() external {
        FeeToken fee = new FeeToken(18);
        createPool(usdc, fee, FEE, 1_000_000e6, 1_000_000e18);
        sold = fee;

        vm.expectRevert(bytes("IIA"));
        venue.swap(address(fee), address(usdc), 1e18, _one());
    }

    /// @dev The token sold lets somebody sell the payment before the venue does.
    function test_swap_revertsWhenThePaymentIsSoldBySomebodyElse() external {
        CallbackToken link = new CallbackToken(18);
        createPool(usdc, link, FEE, 1_000_000e6, 100_000e18);
        sold = link;
        link.arm(
            address(router),
            abi.encodeCall(
                ISwapRouter02.exactInputSingle,
                (ISwapRouter02.ExactInputSingleParams(
                        address(link), address(usdc), FEE, makeAddr("thief"), 0, 0, 0
                    ))
            )
        );

        vm.expectRevert(bytes("AS"));
        venue.swap(address(link), address(usdc), 1e18, _one());
    }

    function testFuzz_swap_worksInBothDirections(uint256 amountIn) external {
        amountIn = bound(amountIn, 1e12, 1_000e18);
        sold = weth;

        venue.swap(address(weth), address(usdc), amountIn, _one());

        assertGt(usdc.balanceOf(address(this)), 0);
    }

    /// @dev INV-8: no allowance, no balance, whatever the size and the path.
    function testFuzz_swap_leavesNothingBehind(uint256 amountIn, bool twoHops) external {
        amountIn = bound(amountIn, 1e3, 5_000_000e6);

        venue.swap(
            address(usdc), address(twoHops ? wbtc : weth), amountIn, twoHops ? _two() : _one()
        );

        IERC20[3] memory tokens = [IERC20(usdc), IERC20(weth), IERC20(wbtc)];
        for (uint256 i; i < tokens.length; ++i) {
            assertEq(tokens[i].balanceOf(address(venue)), 0);
            assertEq(tokens[i].balanceOf(address(router)), 0);
            assertEq(tokens[i].allowance(address(venue), address(router)), 0);
            assertEq(tokens[i].allowance(address(this), address(router)), 0);
            assertEq(tokens[i].allowance(address(this), address(venue)), 0);
        }
    }

    function testFuzz_swap_revertsWhenTheLengthIsWrong(bytes calldata data) external {
        vm.assume(data.length % 23 != 3);

        vm.expectRevert(abi.encodeWithSelector(IVenue.BadRouteData.selector, data));
        venue.swap(address(usdc), address(weth), 1e6, data);
    }

    function test_swap_revertsWhenTheCallerDoesNotPay() external {
        pays = false;

        vm.expectRevert(bytes("AS"));
        venue.swap(address(usdc), address(weth), 1e6, _one());
    }

    /// @dev What somebody left in the router is sold as well, for whoever swaps next.
    function test_swap_sellsAllThatTheRouterHas() external {
        usdc.mint(address(router), 1e6);
        uint256 expected = _swapDirectly(3e6, weth, _one());

        venue.swap(address(usdc), address(weth), 2e6, _one());

        assertEq(weth.balanceOf(address(this)), expected);
        assertEq(usdc.balanceOf(address(router)), 0);
    }

    /* HELPERS */

    function _one() internal pure returns (bytes memory) {
        return abi.encodePacked(FEE);
    }

    function _two() internal view returns (bytes memory) {
        return abi.encodePacked(FEE, weth, LOW_FEE);
    }

    function _expectMissing(
        address tokenA,
        address tokenB,
        uint24 fee,
        address tokenOut,
        bytes memory data
    ) internal {
        vm.expectRevert(abi.encodeWithSelector(IVenue.PoolMissing.selector, tokenA, tokenB, fee));
        venue.payee(address(usdc), tokenOut, data);
    }

    /// @dev What somebody with an allowance gets from the router, in a world that is then undone.
    function _swapDirectly(uint256 amountIn, MockToken bought, bytes memory data)
        internal
        returns (uint256 amountOut)
    {
        uint256 world = vm.snapshotState();
        address trader = makeAddr("trader");
        usdc.mint(trader, amountIn);
        vm.startPrank(trader);
        usdc.approve(address(router), amountIn);
        amountOut = router.exactInput(
            ISwapRouter02.ExactInputParams({
                path: abi.encodePacked(usdc, data, bought),
                recipient: trader,
                amountIn: amountIn,
                amountOutMinimum: 0
            })
        );
        vm.stopPrank();
        vm.revertToState(world);
    }
}
