// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IVenue} from "../../contracts/interfaces/IVenue.sol";
import {MockToken} from "../../contracts/mocks/MockToken.sol";
import {WAD} from "../../contracts/types/Types.sol";
import {UniswapV2Venue} from "../../contracts/venues/UniswapV2Venue.sol";
import {PayingCaller} from "./fixtures/PayingCaller.sol";
import {IPair, IRouter, UniswapV2Fixture} from "./fixtures/UniswapV2Fixture.sol";
import {CallbackToken, FeeToken} from "./fixtures/WeirdTokens.sol";

/// @notice A V2 venue swaps as the router does, at the router's fee, without ever holding a token.
/// The test plays the vault: it is called back to pay the first pair.
contract UniswapV2VenueTest is UniswapV2Fixture, PayingCaller {
    MockToken internal usdc = new MockToken("USD Coin", "USDC", 6);
    CallbackToken internal weth = new CallbackToken(18);
    MockToken internal wbtc = new MockToken("Wrapped BTC", "WBTC", 8);
    IRouter internal router;
    IRouter internal dearRouter;
    IPair internal first;
    IPair internal second;
    UniswapV2Venue internal venue;

    function setUp() external {
        router = deployUniswapV2();
        dearRouter = deployDearRouter();
        first = createPair(usdc, weth, 20_000_000e6, 10_000e18);
        second = createPair(weth, wbtc, 10_000e18, 500e8);
        _use(router);
        (sold, till) = (usdc, address(first));
    }

    /* PAYEE */

    function test_payee_isTheFirstPairOfThePath() external view {
        assertEq(address(venue.ROUTER()), address(router));
        assertEq(address(venue.FACTORY()), address(pairMaker));
        assertEq(venue.payee(address(usdc), address(weth), ""), address(first));
        assertEq(venue.payee(address(weth), address(usdc), ""), address(first));
        assertEq(venue.payee(address(usdc), address(wbtc), _middle()), address(first));
        assertEq(venue.payee(address(wbtc), address(usdc), _middle()), address(second));
    }

    function testFuzz_payee_revertsWhenTheFirstHopHasNoPair(address token) external {
        vm.assume(token != address(weth));

        _expectMissing(address(usdc), token);
        venue.payee(address(usdc), address(weth), abi.encodePacked(token));
    }

    function test_payee_revertsWhenTheLastHopHasNoPair() external {
        _expectMissing(address(wbtc), address(usdc));
        venue.payee(address(weth), address(usdc), abi.encodePacked(wbtc));
    }

    function test_payee_revertsWhenAHopStays() external {
        _expectMissing(address(usdc), address(usdc));
        venue.payee(address(usdc), address(weth), abi.encodePacked(usdc));
    }

    function testFuzz_payee_revertsWhenTheDataAreNotTokens(bytes calldata data) external {
        vm.assume(data.length % 20 != 0);

        vm.expectRevert(abi.encodeWithSelector(IVenue.BadRouteData.selector, data));
        venue.payee(address(usdc), address(weth), data);
    }

    /* FEE */

    function test_fee_isThatOfTheRouterToTheUnit() external {
        assertEq(venue.fee(address(usdc), address(weth), ""), 0.003e18);
        assertEq(venue.fee(address(wbtc), address(usdc), _middle()), 0.005991e18);

        _use(dearRouter);
        assertEq(venue.fee(address(weth), address(usdc), ""), 0.005e18);
        assertEq(venue.fee(address(usdc), address(wbtc), _middle()), 0.009975e18);
    }

    /// @dev Any fork's, in thousandths, hundredths of a per cent or finer; rounded up.
    function testFuzz_fee_isThatOfAnyFork(uint256 kept, uint256 whole) external {
        whole = bound(whole, 1, 1e9);
        kept = bound(kept, 0, whole);
        UniswapV2Venue fork = new UniswapV2Venue(deployForkRouter(kept, whole));

        uint256 fee = fork.fee(address(usdc), address(weth), "");

        assertEq(fee, Math.ceilDiv(WAD * (whole - kept), whole));
    }

    /// @dev What a trade loses between pairs at par that it does not move.
    function testFuzz_fee_isWhatThePairsCharge(uint256 amountIn, bool dear, bool twoHops) external {
        amountIn = bound(amountIn, 1e18, 1e22);
        if (dear) _use(dearRouter);
        MockToken[3] memory path = _deepPairs();
        sold = path[0];
        till = pairMaker.getPair(address(path[0]), address(path[1]));
        MockToken bought = path[twoHops ? 2 : 1];
        bytes memory data = twoHops ? abi.encodePacked(path[1]) : bytes("");
        uint256 fee = venue.fee(address(sold), address(bought), data);

        venue.swap(address(sold), address(bought), amountIn, data);

        uint256 expected = amountIn - amountIn * fee / WAD;
        assertApproxEqRel(bought.balanceOf(address(this)), expected, 1e9);
    }

    function testFuzz_fee_revertsWhenTheDataAreNotTokens(bytes calldata data) external {
        vm.assume(data.length % 20 != 0);

        vm.expectRevert(abi.encodeWithSelector(IVenue.BadRouteData.selector, data));
        venue.fee(address(usdc), address(weth), data);
    }

    /* SWAP */

    function testFuzz_swap_bringsWhatTheRouterBrings(uint256 amountIn, bool twoHops, bool dear)
        external
    {
        amountIn = bound(amountIn, 1e3, 5_000_000e6);
        if (dear) _use(dearRouter);
        (MockToken bought, bytes memory data) = _end(twoHops);
        uint256 expected = _swapThroughRouter(amountIn, bought, data);

        venue.swap(address(usdc), address(bought), amountIn, data);

        assertEq(bought.balanceOf(address(this)), expected);
        assertEq(paid, amountIn);
    }

    function testFuzz_swap_worksInBothDirections(uint256 amountIn, bool twoHops) external {
        MockToken bought = twoHops ? usdc : MockToken(weth);
        amountIn = bound(amountIn, 1e4, 100e8);
        (sold, till) = (wbtc, address(second));

        venue.swap(address(wbtc), address(bought), amountIn, twoHops ? _middle() : bytes(""));

        assertGt(bought.balanceOf(address(this)), 0);
        assertEq(paid, amountIn);
    }

    function test_swap_paysTheFeeThatTheRouterAsks() external {
        uint256 cheap = _swapThroughRouter(1e9, weth, "");
        _use(dearRouter);

        venue.swap(address(usdc), address(weth), 1e9, "");

        assertApproxEqRel(weth.balanceOf(address(this)), cheap * 995 / 997, 1e13);
    }

    /// @dev INV-8: no allowance, no balance, whatever the size and the path.
    function testFuzz_swap_leavesNothingBehind(uint256 amountIn, bool twoHops) external {
        amountIn = bound(amountIn, 1e3, 5_000_000e6);
        (MockToken bought, bytes memory data) = _end(twoHops);

        venue.swap(address(usdc), address(bought), amountIn, data);

        IERC20[] memory tokens = new IERC20[](3);
        (tokens[0], tokens[1], tokens[2]) = (usdc, weth, wbtc);
        assertNothingLeft(tokens, address(router));
        assertEq(usdc.balanceOf(address(router)), 0);
        assertEq(bought.balanceOf(address(router)), 0);
    }

    function testFuzz_swap_revertsWhenTheDataAreNotTokens(bytes calldata data) external {
        vm.assume(data.length % 20 != 0);

        vm.expectRevert(abi.encodeWithSelector(IVenue.BadRouteData.selector, data));
        venue.swap(address(usdc), address(weth), 1e6, data);
    }

    function testFuzz_swap_revertsWhenAHopHasNoPair(address token) external {
        vm.assume(token != address(weth));

        _expectMissing(address(usdc), token);
        venue.swap(address(usdc), address(weth), 1e6, abi.encodePacked(token));
    }

    function test_swap_revertsWhenNothingIsSold() external {
        vm.expectRevert(bytes("UniswapV2Library: INSUFFICIENT_INPUT_AMOUNT"));
        venue.swap(address(usdc), address(weth), 0, "");
    }

    function test_swap_revertsWhenTooLittleIsSoldToBuyAUnit() external {
        (sold, till) = (weth, address(first));

        vm.expectRevert(bytes("UniswapV2: INSUFFICIENT_OUTPUT_AMOUNT"));
        venue.swap(address(weth), address(usdc), 1e6, "");
    }

    function test_swap_revertsWhenTheCallerDoesNotPay() external {
        kept = 1e6;

        vm.expectRevert(bytes("UniswapV2: INSUFFICIENT_INPUT_AMOUNT"));
        venue.swap(address(usdc), address(weth), 1e6, "");
    }

    function testFuzz_swap_revertsWhenTheCallerPaysTooLittle(uint256 missing) external {
        kept = bound(missing, 1e3, 1e9 - 1);

        vm.expectRevert(bytes("UniswapV2: K"));
        venue.swap(address(usdc), address(weth), 1e9, "");
    }

    function test_swap_revertsWhenTheTokenKeepsAPart() external {
        FeeToken fee = new FeeToken(18);
        (sold, till) = (fee, address(createPair(fee, usdc, 1e24, 1e12)));

        vm.expectRevert(bytes("UniswapV2: K"));
        venue.swap(address(fee), address(usdc), 1e20, "");
    }

    /* BETWEEN PAYMENT AND SWAP */

    function test_swap_revertsWhenThePaymentIsSkimmed() external {
        (sold, till) = (weth, address(first));
        weth.arm(address(first), abi.encodeCall(IPair.skim, (makeAddr("thief"))));

        vm.expectRevert(bytes("UniswapV2: INSUFFICIENT_INPUT_AMOUNT"));
        venue.swap(address(weth), address(usdc), 1e18, "");
    }

    function test_swap_revertsWhenThePaymentIsSpentBySomebodyElse() external {
        (sold, till) = (weth, address(first));
        bool usdcIsFirst = first.token0() == address(usdc);
        uint256 booty = 1_990e6;
        weth.arm(
            address(first),
            abi.encodeCall(
                IPair.swap,
                (usdcIsFirst ? booty : 0, usdcIsFirst ? 0 : booty, makeAddr("thief"), "")
            )
        );

        vm.expectRevert(bytes("UniswapV2: INSUFFICIENT_INPUT_AMOUNT"));
        venue.swap(address(weth), address(usdc), 1e18, "");
    }

    function test_swap_revertsWhenThePaymentOfTheSecondPairIsSkimmed() external {
        weth.arm(address(second), abi.encodeCall(IPair.skim, (makeAddr("thief"))));

        vm.expectRevert(bytes("UniswapV2: INSUFFICIENT_INPUT_AMOUNT"));
        venue.swap(address(usdc), address(wbtc), 1e9, _middle());
    }

    function test_swap_revertsWhenASwapInsideTheSwapMovesThePrice() external {
        OtherCaller other = new OtherCaller(usdc, address(first));
        beforePaying(address(other), abi.encodeCall(other.swap, (venue, address(weth), 5e9)));

        vm.expectRevert(bytes("UniswapV2: K"));
        venue.swap(address(usdc), address(weth), 1e9, "");
    }

    /* CALLBACK */

    /// @dev The venue answers no pair, so nobody can have one call it.
    function test_callback_isAnsweredToNobody() external {
        bool usdcIsFirst = first.token0() == address(usdc);

        vm.expectRevert();
        first.swap(usdcIsFirst ? 1e6 : 0, usdcIsFirst ? 0 : 1e6, address(venue), "data");
    }

    /* HELPERS */

    function _use(IRouter newRouter) internal {
        router = newRouter;
        venue = new UniswapV2Venue(newRouter);
        payingVenue = venue;
    }

    function _middle() internal view returns (bytes memory) {
        return abi.encodePacked(weth);
    }

    function _end(bool twoHops) internal view returns (MockToken bought, bytes memory data) {
        return twoHops ? (wbtc, _middle()) : (MockToken(weth), bytes(""));
    }

    /// @dev Two pairs in a row, each with a hundred million million tokens on either side.
    function _deepPairs() internal returns (MockToken[3] memory path) {
        for (uint256 i; i < path.length; ++i) {
            path[i] = new MockToken("Deep", "DEEP", 18);
            if (i != 0) createPair(path[i - 1], path[i], 1e32, 1e32);
        }
    }

    function _expectMissing(address tokenA, address tokenB) internal {
        vm.expectRevert(abi.encodeWithSelector(IVenue.PoolMissing.selector, tokenA, tokenB, 0));
    }

    /// @dev What somebody with an allowance gets from the router, in a world that is then undone.
    function _swapThroughRouter(uint256 amountIn, MockToken bought, bytes memory data)
        internal
        returns (uint256 amountOut)
    {
        address[] memory path = new address[](data.length == 0 ? 2 : 3);
        (path[0], path[1], path[path.length - 1]) = (address(usdc), address(weth), address(bought));
        uint256 world = vm.snapshotState();
        usdc.mint(address(this), amountIn);
        usdc.approve(address(router), amountIn);
        uint256[] memory amounts =
            router.swapExactTokensForTokens(amountIn, 0, path, makeAddr("trader"), block.timestamp);
        amountOut = amounts[path.length - 1];
        vm.revertToState(world);
    }
}

/// @notice Somebody else who swaps through the same venue.
contract OtherCaller {
    MockToken internal immutable _SOLD;
    address internal immutable _TILL;

    constructor(MockToken sold, address till) {
        (_SOLD, _TILL) = (sold, till);
    }

    function swap(IVenue venue, address bought, uint256 amountIn) external {
        venue.swap(address(_SOLD), bought, amountIn, "");
    }

    function pay(uint256 amount) external {
        _SOLD.mint(_TILL, amount);
    }
}
