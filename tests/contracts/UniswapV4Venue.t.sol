// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IPoolManager} from "../../contracts/interfaces/external/IPoolManager.sol";
import {IVenue} from "../../contracts/interfaces/IVenue.sol";
import {MockToken} from "../../contracts/mocks/MockToken.sol";
import {UniswapV4Venue} from "../../contracts/venues/UniswapV4Venue.sol";
import {PayingCaller} from "./fixtures/PayingCaller.sol";
import {IManager, UniswapV4Fixture} from "./fixtures/UniswapV4Fixture.sol";
import {CallbackToken, FeeToken} from "./fixtures/WeirdTokens.sol";

interface IManagerErrors {
    error AlreadyUnlocked();
    error CurrencyNotSettled();
    error ManagerLocked();
    error PoolNotInitialized();
    error SwapAmountCannotBeZero();
}

/// @notice A V4 venue swaps as anybody who unlocks the manager does, answers the manager alone, and
/// touches no token. The test plays the vault: it is called back to pay the manager.
contract UniswapV4VenueTest is UniswapV4Fixture, PayingCaller {
    int24 internal constant FULL_RANGE = 1_800_000;
    bytes internal constant DATA = abi.encodePacked(V4_FEE, V4_SPACING);

    MockToken internal usdc = new MockToken("USD Coin", "USDC", 6);
    CallbackToken internal weth = new CallbackToken(18);
    UniswapV4Venue internal venue;
    IPoolManager.PoolKey internal key;

    function setUp() external {
        deployUniswapV4();
        key = createPool(usdc, weth, 20_000_000e6, 10_000e18, FULL_RANGE);
        venue = new UniswapV4Venue(poolManager);
        payingVenue = venue;
        (sold, till) = (usdc, address(poolManager));
    }

    /* PAYEE */

    function test_payee_isTheManagerOfEveryPoolThatExists() external view {
        assertEq(address(venue.MANAGER()), address(poolManager));
        assertEq(venue.payee(address(usdc), address(weth), DATA), address(poolManager));
        assertEq(venue.payee(address(weth), address(usdc), DATA), address(poolManager));
    }

    function testFuzz_payee_revertsWhenNoPoolHasTheFeeAndTheSpacing(uint24 fee, int24 spacing)
        external
    {
        vm.assume(fee != V4_FEE || spacing != V4_SPACING);

        vm.expectRevert(_missing(address(usdc), address(weth), fee));
        venue.payee(address(usdc), address(weth), abi.encodePacked(fee, spacing));
    }

    function test_payee_revertsWhenBothTokensAreTheSame() external {
        vm.expectRevert(_missing(address(usdc), address(usdc), V4_FEE));
        venue.payee(address(usdc), address(usdc), DATA);
    }

    /// @dev A pool of the same tokens, fee and spacing with a hook is another pool.
    function test_payee_revertsWhenOnlyAPoolWithHooksExists() external {
        MockToken link = new MockToken("ChainLink", "LINK", 18);
        bool inOrder = address(usdc) < address(link);
        poolManager.initialize(
            IPoolManager.PoolKey({
                currency0: address(inOrder ? usdc : link),
                currency1: address(inOrder ? link : usdc),
                fee: V4_FEE,
                tickSpacing: V4_SPACING,
                // A bit of the address: it takes part when liquidity is removed.
                hooks: address(uint160(1 << 9))
            }),
            2 ** 96
        );

        vm.expectRevert(_missing(address(usdc), address(link), V4_FEE));
        venue.payee(address(usdc), address(link), DATA);
    }

    /// @dev Though the pool exists.
    function test_payee_revertsWhenATokenIsTheNativeCurrency() external {
        poolManager.initialize(
            IPoolManager.PoolKey(address(0), address(usdc), V4_FEE, V4_SPACING, address(0)), 2 ** 96
        );

        vm.expectRevert(IVenue.NativeCurrency.selector);
        venue.payee(address(0), address(usdc), DATA);
        vm.expectRevert(IVenue.NativeCurrency.selector);
        venue.payee(address(usdc), address(0), DATA);
    }

    function testFuzz_payee_revertsWhenTheDataAreNotAFeeAndASpacing(bytes calldata data) external {
        vm.assume(data.length != 6);

        vm.expectRevert(abi.encodeWithSelector(IVenue.BadRouteData.selector, data));
        venue.payee(address(usdc), address(weth), data);
    }

    /* FEE */

    function test_fee_isThatOfThePool() external view {
        assertEq(venue.fee(address(usdc), address(weth), DATA), 0.003e18);
        assertEq(venue.fee(address(weth), address(usdc), DATA), 0.003e18);
    }

    /// @dev What a trade loses in a pool at par that it does not move, at any fee, with what the
    /// protocol charges in either direction. The manager rounds both together up to a millionth.
    function testFuzz_fee_isWhatThePoolCharges(
        uint256 amountIn,
        uint24 fee,
        uint24[2] memory protocolFees,
        bool inOrder
    ) external {
        amountIn = bound(amountIn, 1e18, 1e22);
        fee %= 500_000;
        bytes memory data = abi.encodePacked(fee, V4_SPACING);
        (MockToken first, MockToken second) =
            (new MockToken("Deep", "DEEP", 18), new MockToken("Deep", "DEEP", 18));
        _setProtocolFees(createPoolAtPar(first, second, fee), protocolFees);
        (first, second) =
            address(first) < address(second) == inOrder ? (first, second) : (second, first);
        sold = first;

        venue.swap(address(first), address(second), amountIn, data);

        uint256 charged = venue.fee(address(first), address(second), data);
        uint256 kept = amountIn - amountIn * charged / 1e18;
        assertLe(second.balanceOf(address(this)), kept);
        assertGe(second.balanceOf(address(this)), kept - amountIn / 1e6 - amountIn / 1e9);
    }

    function test_fee_addsWhatTheProtocolChargesInTheDirectionOfTheTrade() external {
        _setProtocolFees(key, [uint24(500), 1000]);
        (address first, address second) = (key.currency0, key.currency1);

        assertEq(venue.fee(first, second, DATA), 0.0034985e18);
        assertEq(venue.fee(second, first, DATA), 0.003997e18);
    }

    /// @dev Such a pool can exist; nobody can sell to it.
    function testFuzz_fee_isAllFromAMillionMillionthsOn(uint24 fee) external view {
        fee = uint24(bound(fee, 1e6, type(uint24).max));
        bytes memory data = abi.encodePacked(fee, V4_SPACING);

        assertEq(venue.fee(address(usdc), address(weth), data), 1e18);
    }

    function testFuzz_fee_revertsWhenTheDataAreNotAFeeAndASpacing(bytes calldata data) external {
        vm.assume(data.length != 6);

        vm.expectRevert(abi.encodeWithSelector(IVenue.BadRouteData.selector, data));
        venue.fee(address(usdc), address(weth), data);
    }

    /* SWAP */

    function testFuzz_swap_bringsWhatAnybodyGets(uint256 amountIn, bool usdcSold) external {
        (MockToken bought, uint256 amount) = usdcSold
            ? (MockToken(weth), bound(amountIn, 1, 5_000_000e6))
            : (usdc, bound(amountIn, 1, 2_500e18));
        if (!usdcSold) sold = weth;
        uint256 expected = _swapDirectly(amount);

        venue.swap(address(sold), address(bought), amount, DATA);

        assertEq(bought.balanceOf(address(this)), expected);
        assertEq(paid, amount);
    }

    /// @dev INV-8: no allowance, no balance, no claim, whatever the size.
    function testFuzz_swap_leavesNothingBehind(uint256 amountIn) external {
        amountIn = bound(amountIn, 1, 5_000_000e6);

        venue.swap(address(usdc), address(weth), amountIn, DATA);

        IERC20[] memory tokens = new IERC20[](2);
        (tokens[0], tokens[1]) = (usdc, weth);
        assertNothingLeft(tokens, address(poolManager));
    }

    /// @dev The manager asks for what it could sell, and the rest is never paid.
    function testFuzz_swap_takesLessWhereLiquidityEnds(uint256 amountIn, bool usdcSold) external {
        MockToken link = new MockToken("ChainLink", "LINK", 18);
        createPool(usdc, link, 1_000_000e6, 100_000e18, 1020);
        sold = usdcSold ? usdc : link;
        MockToken bought = usdcSold ? link : usdc;
        amountIn = bound(amountIn, usdcSold ? 200_000e6 : 20_000e18, type(uint120).max);

        venue.swap(address(sold), address(bought), amountIn, DATA);

        assertGt(paid, 0);
        assertLt(paid, amountIn);
        assertGt(bought.balanceOf(address(this)), 0);
    }

    function testFuzz_swap_revertsWhenTheDataAreNotAFeeAndASpacing(bytes calldata data) external {
        vm.assume(data.length != 6);

        vm.expectRevert(abi.encodeWithSelector(IVenue.BadRouteData.selector, data));
        venue.swap(address(usdc), address(weth), 1e6, data);
    }

    function testFuzz_swap_revertsWhenNoPoolHasTheFeeAndTheSpacing(uint24 fee, int24 spacing)
        external
    {
        vm.assume(fee != V4_FEE || spacing != V4_SPACING);

        vm.expectRevert(IManagerErrors.PoolNotInitialized.selector);
        venue.swap(address(usdc), address(weth), 1e6, abi.encodePacked(fee, spacing));
    }

    function test_swap_revertsWhenATokenIsTheNativeCurrency() external {
        vm.expectRevert(IVenue.NativeCurrency.selector);
        venue.swap(address(0), address(usdc), 1e6, DATA);
        vm.expectRevert(IVenue.NativeCurrency.selector);
        venue.swap(address(usdc), address(0), 1e6, DATA);
    }

    function test_swap_revertsWhenNothingIsSold() external {
        vm.expectRevert(IManagerErrors.SwapAmountCannotBeZero.selector);
        venue.swap(address(usdc), address(weth), 0, DATA);
    }

    /// @dev The manager would take it for an amount to buy.
    function testFuzz_swap_revertsWhenTheAmountWouldTurnPositive(uint256 amountIn) external {
        amountIn = bound(amountIn, 1 << 255, type(uint256).max);

        vm.expectRevert(
            abi.encodeWithSelector(SafeCast.SafeCastOverflowedUintToInt.selector, amountIn)
        );
        venue.swap(address(usdc), address(weth), amountIn, DATA);
    }

    function testFuzz_swap_revertsWhenTheCallerPaysTooLittle(uint256 missing) external {
        kept = bound(missing, 1, 1e6);

        vm.expectRevert(IManagerErrors.CurrencyNotSettled.selector);
        venue.swap(address(usdc), address(weth), 1e6, DATA);
    }

    function test_swap_revertsWhenTheTokenKeepsAPart() external {
        FeeToken fee = new FeeToken(18);
        createPool(usdc, fee, 1_000_000e6, 1_000_000e18, FULL_RANGE);
        sold = fee;

        vm.expectRevert(IManagerErrors.CurrencyNotSettled.selector);
        venue.swap(address(fee), address(usdc), 1e18, DATA);
    }

    /* BETWEEN PAYMENT AND SETTLEMENT */

    function test_swap_revertsWhenSomebodyElseClaimsThePayment() external {
        sold = weth;
        weth.arm(address(poolManager), abi.encodeCall(IManager.settleFor, (makeAddr("thief"))));

        vm.expectRevert(IManagerErrors.CurrencyNotSettled.selector);
        venue.swap(address(weth), address(usdc), 1e18, DATA);
    }

    function testFuzz_swap_revertsWhenTheManagerIsMadeToForgetThePayment(bool sameToken) external {
        sold = weth;
        address token = address(sameToken ? MockToken(weth) : usdc);
        weth.arm(address(poolManager), abi.encodeCall(IPoolManager.sync, (token)));

        vm.expectRevert(IManagerErrors.CurrencyNotSettled.selector);
        venue.swap(address(weth), address(usdc), 1e18, DATA);
    }

    /* CALLBACK */

    function testFuzz_callback_refusesStrangers(address stranger, bytes calldata data) external {
        vm.assume(stranger != address(poolManager));

        vm.expectRevert(_refused(stranger));
        vm.prank(stranger);
        venue.unlockCallback(data);
    }

    function test_callback_refusesStrangersWhileASwapRuns() external {
        beforePaying(address(venue), abi.encodeCall(venue.unlockCallback, (_order())));

        vm.expectRevert(_refused(address(this)));
        venue.swap(address(usdc), address(weth), 1e6, DATA);
    }

    function test_callback_refusesAnotherRealManager() external {
        IManager first = poolManager;
        deployUniswapV4();
        assertNotEq(address(first), address(poolManager));

        vm.expectRevert(_refused(address(poolManager)));
        vm.prank(address(poolManager));
        venue.unlockCallback(_order());
    }

    /// @dev The manager never does that; it is locked then, so nothing could be traded.
    function test_callback_tradesNothingWhileNoSwapRuns() external {
        vm.expectRevert(IManagerErrors.ManagerLocked.selector);
        vm.prank(address(poolManager));
        venue.unlockCallback(_order());
    }

    /* A SWAP INSIDE A SWAP */

    function testFuzz_swap_revertsInsideASwap(uint24 fee, uint256 amountIn) external {
        amountIn = bound(amountIn, 0, 1e30);
        beforePaying(
            address(venue),
            abi.encodeCall(
                venue.swap,
                (address(usdc), address(weth), amountIn, abi.encodePacked(fee, V4_SPACING))
            )
        );

        vm.expectRevert(IManagerErrors.AlreadyUnlocked.selector);
        venue.swap(address(usdc), address(weth), 1e6, DATA);
    }

    function test_swap_refusesATokenThatSwapsWhileItIsSent() external {
        weth.armTolerantly(
            address(venue), abi.encodeCall(venue.swap, (address(weth), address(usdc), 1e18, DATA))
        );

        venue.swap(address(usdc), address(weth), 1e6, DATA);

        assertEq(weth.failure(), abi.encodeWithSelector(IManagerErrors.AlreadyUnlocked.selector));
        assertEq(paid, 1e6);
    }

    function test_swap_revertsWhileSomebodyElseHasUnlockedTheManager() external {
        vm.expectRevert(IManagerErrors.AlreadyUnlocked.selector);
        managerUser.meanwhile(
            address(venue), abi.encodeCall(venue.swap, (address(usdc), address(weth), 1e6, DATA))
        );
    }

    function test_swap_worksAgainAfterASwapInTheSameTransaction() external {
        venue.swap(address(usdc), address(weth), 1e6, DATA);

        venue.swap(address(usdc), address(weth), 2e6, DATA);

        assertEq(paid, 3e6);
    }

    /* HELPERS */

    /// @dev Of currency0 and of currency1, in millionths of what is sold.
    function _setProtocolFees(IPoolManager.PoolKey memory its, uint24[2] memory fees) internal {
        poolManager.setProtocolFeeController(address(this));
        poolManager.setProtocolFee(its, fees[1] % 1001 << 12 | fees[0] % 1001);
    }

    function _missing(address tokenA, address tokenB, uint24 fee)
        internal
        pure
        returns (bytes memory)
    {
        return abi.encodeWithSelector(IVenue.PoolMissing.selector, tokenA, tokenB, fee);
    }

    function _refused(address caller) internal view returns (bytes memory) {
        return
            abi.encodeWithSelector(
                IVenue.CallbackRefused.selector, caller, address(venue.MANAGER())
            );
    }

    /// @dev Sells `amountIn` of what the test sells, without another limit than the last price.
    function _params(uint256 amountIn) internal view returns (IPoolManager.SwapParams memory) {
        bool zeroForOne = address(sold) == key.currency0;
        return IPoolManager.SwapParams({
            zeroForOne: zeroForOne,
            amountSpecified: -int256(amountIn),
            sqrtPriceLimitX96: zeroForOne
                ? 4295128740
                : 1461446703485210103287273052203988822378723970341
        });
    }

    /// @dev What the venue hands the manager for a swap of the test's.
    function _order() internal view returns (bytes memory) {
        return abi.encode(address(this), key, _params(1e6));
    }

    /// @dev What somebody else gets, in a world that is then undone.
    function _swapDirectly(uint256 amountIn) internal returns (uint256 amountOut) {
        uint256 world = vm.snapshotState();
        int256 delta = managerUser.swap(key, _params(amountIn));
        amountOut = uint256(address(sold) == key.currency0 ? int256(int128(delta)) : delta >> 128);
        vm.revertToState(world);
    }
}
