// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IUniswapV3Factory} from "../../contracts/interfaces/external/IUniswapV3Factory.sol";
import {ISwapRouter02} from "../../contracts/interfaces/external/ISwapRouter02.sol";
import {IVenue} from "../../contracts/interfaces/IVenue.sol";
import {MockToken} from "../../contracts/mocks/MockToken.sol";
import {UniswapV3PoolVenue} from "../../contracts/venues/UniswapV3PoolVenue.sol";
import {PayingCaller} from "./fixtures/PayingCaller.sol";
import {IPool, UniswapFixture} from "./fixtures/UniswapFixture.sol";
import {CallbackToken, FeeToken} from "./fixtures/WeirdTokens.sol";

/// @notice A pool venue swaps as the router does in the same pool, answers that pool alone, and
/// touches no token. The test plays the vault: it is called back to pay the pool.
contract UniswapV3PoolVenueTest is UniswapFixture, PayingCaller {
    uint24 internal constant FEE = 3000;
    uint24 internal constant LOW_FEE = 500;

    MockToken internal usdc = new MockToken("USD Coin", "USDC", 6);
    CallbackToken internal weth = new CallbackToken(18);
    IPool internal pool;
    IPool internal otherPool;
    UniswapV3PoolVenue internal venue;

    function setUp() external {
        deployUniswap();
        pool = createPool(usdc, weth, FEE, 20_000_000e6, 10_000e18);
        otherPool = createPool(usdc, weth, LOW_FEE, 20_000_000e6, 10_000e18);
        venue = new UniswapV3PoolVenue(IUniswapV3Factory(address(factory)), POOL_INIT_CODE_HASH);
        payingVenue = venue;
        (sold, till) = (usdc, address(pool));
    }

    /* PAYEE */

    function test_payee_isThePoolOfTheFee() external view {
        assertEq(venue.payee(address(usdc), address(weth), _data(FEE)), address(pool));
        assertEq(venue.payee(address(weth), address(usdc), _data(FEE)), address(pool));
        assertEq(venue.payee(address(usdc), address(weth), _data(LOW_FEE)), address(otherPool));
    }

    function test_initCodeHash_isThatOfThePublishedPool() external view {
        bytes memory code = vm.getCode(
            "node_modules/@uniswap/v3-core/artifacts/contracts/UniswapV3Pool.sol/UniswapV3Pool.json"
        );

        assertEq(venue.POOL_INIT_CODE_HASH(), keccak256(code));
        assertEq(address(venue.FACTORY()), address(factory));
    }

    function testFuzz_payee_revertsWhenNoPoolHasTheFee(uint24 fee) external {
        vm.assume(fee != FEE && fee != LOW_FEE);

        vm.expectRevert(
            abi.encodeWithSelector(IVenue.PoolMissing.selector, address(usdc), address(weth), fee)
        );
        venue.payee(address(usdc), address(weth), _data(fee));
    }

    function test_payee_revertsWhenBothTokensAreTheSame() external {
        vm.expectRevert(
            abi.encodeWithSelector(IVenue.PoolMissing.selector, address(usdc), address(usdc), FEE)
        );
        venue.payee(address(usdc), address(usdc), _data(FEE));
    }

    function testFuzz_payee_revertsWhenTheHashIsNotTheFactorys(bytes32 hash) external {
        vm.assume(hash != POOL_INIT_CODE_HASH);
        UniswapV3PoolVenue wrong = new UniswapV3PoolVenue(IUniswapV3Factory(address(factory)), hash);

        vm.expectPartialRevert(IVenue.UnexpectedPool.selector);
        wrong.payee(address(usdc), address(weth), _data(FEE));
    }

    function testFuzz_payee_revertsWhenTheDataAreNotAFee(bytes calldata data) external {
        vm.assume(data.length != 3);

        vm.expectRevert(abi.encodeWithSelector(IVenue.BadRouteData.selector, data));
        venue.payee(address(usdc), address(weth), data);
    }

    /* FEE */

    function testFuzz_fee_isThatOfTheData(uint24 fee) external view {
        assertEq(venue.fee(address(usdc), address(weth), _data(fee)), uint256(fee) * 1e12);
    }

    /// @dev What a trade loses in a pool at par that it does not move, at any fee.
    function testFuzz_fee_isWhatThePoolCharges(uint256 amountIn, uint24 fee) external {
        amountIn = bound(amountIn, 1e18, 1e22);
        fee %= 500_000;
        MockToken bought = new MockToken("Deep", "DEEP", 18);
        sold = new MockToken("Deep", "DEEP", 18);
        till = address(createDeepPool(sold, bought, fee));

        venue.swap(address(sold), address(bought), amountIn, _data(fee));

        uint256 charged = venue.fee(address(sold), address(bought), _data(fee));
        uint256 expected = amountIn - amountIn * charged / 1e18;
        assertApproxEqRel(bought.balanceOf(address(this)), expected, 1e9);
    }

    function testFuzz_fee_revertsWhenTheDataAreNotAFee(bytes calldata data) external {
        vm.assume(data.length != 3);

        vm.expectRevert(abi.encodeWithSelector(IVenue.BadRouteData.selector, data));
        venue.fee(address(usdc), address(weth), data);
    }

    /* SWAP */

    function testFuzz_swap_bringsWhatTheRouterBrings(uint256 amountIn) external {
        amountIn = bound(amountIn, 1e3, 5_000_000e6);
        uint256 expected = _swapThroughRouter(amountIn);

        venue.swap(address(usdc), address(weth), amountIn, _data(FEE));

        assertEq(weth.balanceOf(address(this)), expected);
        assertEq(paid, amountIn);
    }

    function testFuzz_swap_worksInBothDirections(uint256 amountIn) external {
        amountIn = bound(amountIn, 1e12, 1_000e18);
        sold = weth;

        venue.swap(address(weth), address(usdc), amountIn, _data(FEE));

        assertGt(usdc.balanceOf(address(this)), 0);
        assertEq(paid, amountIn);
    }

    /// @dev INV-8: no allowance, no balance, whatever the size.
    function testFuzz_swap_leavesNothingBehind(uint256 amountIn) external {
        amountIn = bound(amountIn, 1, 5_000_000e6);

        venue.swap(address(usdc), address(weth), amountIn, _data(FEE));

        IERC20[] memory tokens = new IERC20[](2);
        (tokens[0], tokens[1]) = (usdc, weth);
        assertNothingLeft(tokens, address(pool));
        vm.expectRevert(_refused(address(pool), address(0)));
        vm.prank(address(pool));
        venue.uniswapV3SwapCallback(1, 0, abi.encode(address(this)));
    }

    /// @dev The pool asks for what it could sell, and the rest is never paid.
    function testFuzz_swap_takesLessWhereLiquidityEnds(uint256 amountIn, bool usdcSold) external {
        MockToken link = new MockToken("ChainLink", "LINK", 18);
        till = address(createNarrowPool(usdc, link, FEE, 1_000_000e6, 100_000e18));
        (sold, amountIn) = usdcSold
            ? (usdc, bound(amountIn, 200_000e6, type(uint128).max))
            : (link, bound(amountIn, 20_000e18, type(uint128).max));
        MockToken bought = usdcSold ? link : usdc;

        venue.swap(address(sold), address(bought), amountIn, _data(FEE));

        assertGt(paid, 0);
        assertLt(paid, amountIn);
        // All that was there, but for the pool's rounding.
        assertApproxEqAbs(bought.balanceOf(till), 0, 1);
        assertGt(bought.balanceOf(address(this)), 0);
    }

    function testFuzz_swap_revertsWhenTheDataAreNotAFee(bytes calldata data) external {
        vm.assume(data.length != 3);

        vm.expectRevert(abi.encodeWithSelector(IVenue.BadRouteData.selector, data));
        venue.swap(address(usdc), address(weth), 1e6, data);
    }

    function testFuzz_swap_revertsWhenNoPoolHasTheFee(uint24 fee) external {
        vm.assume(fee != FEE && fee != LOW_FEE);

        vm.expectRevert();
        venue.swap(address(usdc), address(weth), 1e6, _data(fee));
        assertEq(paid, 0);
    }

    function test_swap_revertsWhenNothingIsSold() external {
        vm.expectRevert(bytes("AS"));
        venue.swap(address(usdc), address(weth), 0, _data(FEE));
    }

    /// @dev The pool would take it for an amount to buy.
    function testFuzz_swap_revertsWhenTheAmountWouldTurnNegative(uint256 amountIn) external {
        amountIn = bound(amountIn, 1 << 255, type(uint256).max);

        vm.expectRevert(
            abi.encodeWithSelector(SafeCast.SafeCastOverflowedUintToInt.selector, amountIn)
        );
        venue.swap(address(usdc), address(weth), amountIn, _data(FEE));
    }

    function test_swap_revertsWhenTheCallerDoesNotPay() external {
        kept = 1e6;

        vm.expectRevert(bytes("IIA"));
        venue.swap(address(usdc), address(weth), 1e6, _data(FEE));
    }

    function test_swap_revertsWhenTheTokenKeepsAPart() external {
        FeeToken fee = new FeeToken(18);
        till = address(createPool(usdc, fee, FEE, 1_000_000e6, 1_000_000e18));
        sold = fee;

        vm.expectRevert(bytes("IIA"));
        venue.swap(address(fee), address(usdc), 1e18, _data(FEE));
    }

    /* CALLBACK */

    function testFuzz_callback_refusesStrangers(address stranger, int256 amount0, int256 amount1)
        external
    {
        vm.assume(stranger != address(0));

        vm.expectRevert(_refused(stranger, address(0)));
        vm.prank(stranger);
        venue.uniswapV3SwapCallback(amount0, amount1, abi.encode(address(this)));
    }

    function test_callback_refusesARealPoolInWhichNoSwapRuns() external {
        vm.expectRevert(_refused(address(pool), address(0)));
        vm.prank(address(pool));
        venue.uniswapV3SwapCallback(1e6, 0, abi.encode(address(this)));
    }

    function test_callback_refusesARealPoolWhileAnotherSwaps() external {
        beforePaying(address(this), abi.encodeCall(this.callBackFrom, (address(otherPool))));

        vm.expectRevert(_refused(address(otherPool), address(pool)));
        venue.swap(address(usdc), address(weth), 1e6, _data(FEE));
    }

    function test_callback_refusesAStrangerWhileASwapRuns() external {
        beforePaying(address(this), abi.encodeCall(this.callBackFrom, (address(this))));

        vm.expectRevert(_refused(address(this), address(pool)));
        venue.swap(address(usdc), address(weth), 1e6, _data(FEE));
    }

    function callBackFrom(address caller) external {
        vm.prank(caller);
        venue.uniswapV3SwapCallback(1e6, 0, abi.encode(address(this)));
    }

    /* A SWAP INSIDE A SWAP */

    /// @dev In the same pool, in another, or in none that exists.
    function testFuzz_swap_revertsInsideASwap(uint24 fee, uint256 amountIn) external {
        beforePaying(
            address(venue),
            abi.encodeCall(venue.swap, (address(usdc), address(weth), amountIn, _data(fee)))
        );

        vm.expectRevert(abi.encodeWithSelector(IVenue.SwapRunning.selector, address(pool)));
        venue.swap(address(usdc), address(weth), 1e6, _data(FEE));
    }

    /// @dev The token bought calls the venue while the pool sends it, before the pool is paid.
    function test_swap_refusesATokenThatSwapsWhileItIsSent() external {
        weth.armTolerantly(
            address(venue),
            abi.encodeCall(venue.swap, (address(weth), address(usdc), 1e18, _data(LOW_FEE)))
        );

        venue.swap(address(usdc), address(weth), 1e6, _data(FEE));

        assertEq(weth.failure(), abi.encodeWithSelector(IVenue.SwapRunning.selector, address(pool)));
        assertEq(paid, 1e6);
    }

    function test_swap_refusesATokenThatCallsBackWhileItIsSent() external {
        weth.armTolerantly(
            address(venue),
            abi.encodeCall(venue.uniswapV3SwapCallback, (1e6, 0, abi.encode(address(this))))
        );

        venue.swap(address(usdc), address(weth), 1e6, _data(FEE));

        assertEq(weth.failure(), _refused(address(weth), address(pool)));
        assertEq(paid, 1e6);
    }

    function test_swap_worksAgainAfterASwapInTheSameTransaction() external {
        venue.swap(address(usdc), address(weth), 1e6, _data(FEE));
        till = address(otherPool);

        venue.swap(address(usdc), address(weth), 2e6, _data(LOW_FEE));

        assertEq(paid, 3e6);
    }

    /* HELPERS */

    function _data(uint24 fee) internal pure returns (bytes memory) {
        return abi.encodePacked(fee);
    }

    function _refused(address caller, address running) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(IVenue.CallbackRefused.selector, caller, running);
    }

    /// @dev What somebody with an allowance gets from the router, in a world that is then undone.
    function _swapThroughRouter(uint256 amountIn) internal returns (uint256 amountOut) {
        uint256 world = vm.snapshotState();
        usdc.mint(address(this), amountIn);
        usdc.approve(address(router), amountIn);
        amountOut = router.exactInputSingle(
            ISwapRouter02.ExactInputSingleParams({
                tokenIn: address(usdc),
                tokenOut: address(weth),
                fee: FEE,
                recipient: makeAddr("trader"),
                amountIn: amountIn,
                amountOutMinimum: 0,
                sqrtPriceLimitX96: 0
            })
        );
        vm.revertToState(world);
    }
}
