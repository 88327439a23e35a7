// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IVault} from "../../contracts/interfaces/IVault.sol";
import {ILegPayer} from "../../contracts/interfaces/IVenue.sol";
import {IZapper, Signature, Swap, ZapIn, ZapOut} from "../../contracts/interfaces/IZapper.sol";
import {MockToken} from "../../contracts/mocks/MockToken.sol";
import {ScriptedVenue} from "./fixtures/ScriptedVenue.sol";
import {CallbackToken} from "./fixtures/WeirdTokens.sol";
import {ZapperFixture} from "./fixtures/ZapperFixture.sol";

/// @notice Claims to hold what it is told, takes all it may, and gives nothing; and tries to take
/// more from whoever trusts the zapper.
contract FakeVault {
    address[] private _tokens;
    address private immutable _VICTIM;

    constructor(address[] memory listed, address victim) {
        _tokens = listed;
        _VICTIM = victim;
    }

    function tokens() external view returns (address[] memory) {
        return _tokens;
    }

    function accrueFee() external {}

    function totalSupply() external pure returns (uint256) {
        return 1e18;
    }

    /// @dev Half as much of everything as is there, so that half stays to be stolen.
    function holdings() external view returns (uint256[] memory amounts) {
        return _balances(2);
    }

    function previewMintInKind(uint256) external view returns (uint256[] memory) {
        return _balances(2);
    }

    function mintInKind(uint256, uint256[] calldata, address)
        external
        returns (uint256[] memory amounts)
    {
        for (uint256 i; i < _tokens.length; ++i) {
            IERC20 token = IERC20(_tokens[i]);
            // Takes less than it may, and leaves the rest of the allowance for later.
            uint256 allowance = token.allowance(msg.sender, address(this));
            assert(token.transferFrom(msg.sender, address(this), allowance / 2));
            _steal(token, _VICTIM);
        }
        return amounts;
    }

    function redeemInKind(uint256, uint256[] calldata, address, address, uint256)
        external
        returns (uint256[] memory amounts)
    {
        for (uint256 i; i < _tokens.length; ++i) {
            _steal(IERC20(_tokens[i]), _VICTIM);
        }
        return amounts;
    }

    function later(address zapper) external {
        for (uint256 i; i < _tokens.length; ++i) {
            _steal(IERC20(_tokens[i]), zapper);
            _steal(IERC20(_tokens[i]), _VICTIM);
        }
    }

    function _steal(IERC20 token, address from) private {
        try token.transferFrom(from, address(this), 1) {
            assert(false);
        } catch {}
    }

    function _balances(uint256 divisor) private view returns (uint256[] memory amounts) {
        amounts = new uint256[](_tokens.length);
        for (uint256 i; i < amounts.length; ++i) {
            amounts[i] = IERC20(_tokens[i]).balanceOf(msg.sender) / divisor;
        }
    }
}

/// @notice Vaults, venues and tokens are whatever a caller names: a hostile one can take what that
/// caller brought and nothing that anybody else has, allows or is about to receive.
contract ZapperAttacksTest is ZapperFixture {
    address internal attacker = makeAddr("attacker");
    ScriptedVenue internal script;

    /// @dev The user trusts the zapper with everything it has.
    function setUp() public override {
        super.setUp();
        script = new ScriptedVenue();
        uint256[] memory assets = mintInKind(user, 10_000e18);
        for (uint256 i; i < COUNT; ++i) {
            tokens[i].mint(user, assets[i]);
            vm.prank(user);
            tokens[i].approve(address(zapper), type(uint256).max);
        }
        vm.prank(user);
        vault.approve(address(zapper), type(uint256).max);
    }

    /* OTHERS' ALLOWANCES */

    function testFuzz_zapIn_neverSpendsAnAllowanceOfAnother(uint256 asset, uint256 amount)
        external
    {
        asset %= COUNT;
        amount = bound(amount, 1, tokens[asset].balanceOf(user));
        ZapIn memory order = orderIn(tokens[asset], amount, new Swap[](0));
        order.receiver = attacker;

        vm.expectPartialRevert(IERC20Errors.ERC20InsufficientAllowance.selector);
        vm.prank(attacker);
        zapper.zapIn(order);
    }

    function testFuzz_zapOut_neverSpendsSharesOfAnother(uint256 shares) external {
        shares = bound(shares, 1, vault.balanceOf(user));
        ZapOut memory order = orderOut(tokens[USDC], shares, new Swap[](0));
        order.receiver = attacker;
        vm.startPrank(attacker);
        vault.approve(address(zapper), shares);

        vm.expectRevert(
            abi.encodeWithSelector(
                IERC20Errors.ERC20InsufficientBalance.selector, attacker, 0, shares
            )
        );
        zapper.zapOut(order);
    }

    /// @dev Tokens, vault, router and zapper in the place of the venue: none does anything for it.
    function testFuzz_zapIn_isOfNoUseWithAContractThatIsNoVenue(uint256 choice) external {
        address[5] memory places = [
            address(tokens[USDC]), address(vault), address(router), address(zapper), address(user)
        ];
        Swap[] memory swaps = new Swap[](1);
        swaps[0] = swapOf(tokens[USDC], tokens[WETH], 1e6);
        swaps[0].venue = places[choice % places.length];
        uint256[] memory before = balancesOf(user);
        tokens[USDC].mint(attacker, 1e6);
        vm.startPrank(attacker);
        tokens[USDC].approve(address(zapper), 1e6);

        vm.expectRevert();
        zapper.zapIn(orderIn(tokens[USDC], 1e6, swaps));

        assertEq(balancesOf(user), before);
    }

    /* A FAKE VAULT */

    /// @dev The attacker brings some of everything; the fake vault takes part of it, and finds
    /// neither an allowance of the user nor one left by the zapper.
    function test_zapIn_throughAFakeVaultCostsOnlyItsCaller() external {
        FakeVault fake = new FakeVault(addresses(), user);
        uint256[] memory before = balancesOf(user);
        tokens[USDC].mint(attacker, 1_000e6);
        ZapIn memory order = orderIn(tokens[USDC], 1_000e6, swapsIn(USDC, 1_000e6));
        order.vault = IVault(address(fake));
        vm.startPrank(attacker);
        tokens[USDC].approve(address(zapper), 1_000e6);

        zapper.zapIn(order);
        fake.later(address(zapper));

        assertEq(balancesOf(user), before);
        assertGt(tokens[WETH].balanceOf(address(fake)), 0);
        for (uint256 i; i < COUNT; ++i) {
            assertEq(tokens[i].allowance(address(zapper), address(fake)), 0);
        }
        assertZapperEmpty();
    }

    function test_zapOut_throughAFakeVaultFindsNothing() external {
        FakeVault fake = new FakeVault(addresses(), user);
        uint256[] memory before = balancesOf(user);
        ZapOut memory order = orderOut(tokens[USDC], 1e18, new Swap[](0));
        (order.vault, order.minAmountOut) = (IVault(address(fake)), 0);

        vm.prank(attacker);
        zapper.zapOut(order);

        assertEq(balancesOf(user), before);
        assertZapperEmpty();
    }

    /* A HOSTILE VENUE */

    /// @dev In the middle of the user's swap, with the user's tokens in the zapper.
    function test_zapIn_letsNoOtherZapInMeanwhile() external {
        bytes[] memory entries = _entries();
        for (uint256 i; i < entries.length; ++i) {
            script.meanwhile(address(zapper), entries[i]);
            vm.expectRevert(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
            vm.prank(user);
            zapper.zapIn(_throughScript());
        }
    }

    function test_zapOut_letsNoOtherZapInMeanwhile() external {
        ZapOut memory order = orderOut(tokens[USDC], 1_000e18, new Swap[](1));
        order.swaps[0] = swapOf(tokens[WETH], tokens[USDC], ALL);
        order.swaps[0].venue = address(script);
        bytes[] memory entries = _entries();
        for (uint256 i; i < entries.length; ++i) {
            script.meanwhile(address(zapper), entries[i]);
            vm.expectRevert(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
            vm.prank(user);
            zapper.zapOut(order);
        }
    }

    function testFuzz_pay_revertsWhenTheVenueAsksForMoreThanTheSwapSells(uint256 extra) external {
        uint256[] memory asks = new uint256[](2);
        (asks[0], asks[1]) = (1_000e6, bound(extra, 1, type(uint128).max));
        script.ask(asks);

        vm.expectRevert(abi.encodeWithSelector(IVault.PaymentTooLarge.selector, asks[1], 0));
        vm.prank(user);
        zapper.zapIn(_throughScript());
    }

    /// @dev While the swap of one venue runs, another cannot be paid.
    function test_pay_revertsForAnyoneButTheRunningVenue() external {
        ScriptedVenue other = new ScriptedVenue();
        script.meanwhile(
            address(other), abi.encodeCall(other.demand, (ILegPayer(address(zapper)), 1))
        );

        vm.expectRevert(
            abi.encodeWithSelector(IVault.NotPayable.selector, address(other), address(script))
        );
        vm.prank(user);
        zapper.zapIn(_throughScript());
    }

    /// @dev With no swap running nobody can, not even for what lies in the zapper by mistake.
    function testFuzz_pay_revertsForStrangers(address caller, uint256 amount) external {
        vm.assume(caller != address(0));
        tokens[USDC].mint(address(zapper), 1_000e6);

        vm.expectRevert(abi.encodeWithSelector(IVault.NotPayable.selector, caller, address(0)));
        vm.prank(caller);
        zapper.pay(amount);
    }

    function test_pay_revertsForTheVenueOfASwapThatIsOver() external {
        script.payOut(1e18);
        ZapIn memory order = _throughScript();
        order.swaps = new Swap[](2);
        order.swaps[0] = _throughScript().swaps[0];
        order.swaps[0].amountIn = 500e6;
        ScriptedVenue second = new ScriptedVenue();
        order.swaps[1] = order.swaps[0];
        order.swaps[1].venue = address(second);
        second.meanwhile(
            address(script), abi.encodeCall(script.demand, (ILegPayer(address(zapper)), 1))
        );

        vm.expectRevert(
            abi.encodeWithSelector(IVault.NotPayable.selector, address(script), address(second))
        );
        vm.prank(user);
        zapper.zapIn(order);
    }

    /// @dev What it left of its swap it cannot ask for later, in the same transaction either.
    function test_pay_revertsForAVenueThatTookLessOnceTheZapIsOver() external {
        uint256[] memory asks = new uint256[](1);
        asks[0] = 400e6;
        script.ask(asks);
        script.payOut(1e18);
        ZapIn memory order = _throughScript();
        order.minShares = 0;
        for (uint256 i; i < COUNT; ++i) {
            if (i != WETH) tokens[i].mint(address(zapper), 10 ** tokens[i].decimals());
        }
        vm.prank(user);
        zapper.zapIn(order);

        vm.expectRevert(
            abi.encodeWithSelector(IVault.NotPayable.selector, address(script), address(0))
        );
        script.demand(ILegPayer(address(zapper)), 1);
    }

    /// @dev A venue that takes and brings nothing meets the minimum.
    function test_zapIn_revertsWhenTheVenueBringsNothing() external {
        script.payOut(0);
        ZapIn memory order = _throughScript();
        order.swaps[0].minAmountOut = 1;

        vm.expectRevert(abi.encodeWithSelector(IZapper.SwapBelowMinimum.selector, 0, 0, 1));
        vm.prank(user);
        zapper.zapIn(order);
    }

    /// @dev What a venue does not take is the caller's again.
    function test_zapIn_givesBackWhatTheVenueDidNotTake() external {
        uint256[] memory asks = new uint256[](1);
        asks[0] = 400e6;
        script.ask(asks);
        script.payOut(1e18);
        ZapIn memory order = _throughScript();
        order.minShares = 0;
        uint256 before = tokens[USDC].balanceOf(user) + tokens[USDC].balanceOf(address(vault));
        // Enough of the rest for a mint.
        for (uint256 i; i < COUNT; ++i) {
            if (i != WETH) tokens[i].mint(address(zapper), 10 ** tokens[i].decimals());
        }

        vm.prank(user);
        zapper.zapIn(order);

        assertEq(tokens[USDC].balanceOf(address(script)), 400e6);
        assertEq(
            tokens[USDC].balanceOf(user) + tokens[USDC].balanceOf(address(vault)),
            before + 1e6 - 400e6
        );
        assertZapperEmpty();
    }

    /* A TOKEN THAT CALLS BACK */

    /// @dev The token acts for the attacker at every transfer of a zap that carries the user's own
    /// tokens through it: it can neither zap, nor be paid, nor pull.
    function test_zapIn_withATokenThatCallsBackKeepsTheUsersTokens() external {
        CallbackToken token = new CallbackToken(18);
        createPool(MockToken(address(token)), tokens[USDC], FEE, 1_000_000e18, 1_000_000e6);
        bytes[] memory errands = _errands(address(token));
        for (uint256 i; i < errands.length; ++i) {
            fund(token, 1_000e18);
            Swap[] memory swaps = new Swap[](COUNT);
            swaps[0] = swapOf(token, tokens[USDC], ALL);
            Swap[] memory split = swapsIn(USDC, 900e6);
            for (uint256 j; j < split.length; ++j) {
                swaps[j + 1] = split[j];
            }
            ZapIn memory order = orderIn(token, 1_000e18, swaps);
            token.armTolerantly(i < 4 ? address(zapper) : address(tokens[USDC]), errands[i]);

            uint256 shares = vault.balanceOf(user);
            vm.prank(user);
            zapper.zapIn(order);

            assertGt(token.failure().length, 0);
            assertGt(vault.balanceOf(user), shares + 850e18);
            assertEq(tokens[USDC].balanceOf(attacker) + tokens[USDC].balanceOf(address(token)), 0);
            assertZapperEmpty();
        }
    }

    function _errands(address token) private view returns (bytes[] memory errands) {
        bytes[] memory entries = _entries();
        errands = new bytes[](6);
        for (uint256 i; i < 3; ++i) {
            errands[i] = entries[i];
        }
        errands[3] = abi.encodeCall(ILegPayer.pay, (1));
        errands[4] = abi.encodeCall(IERC20.transferFrom, (address(zapper), token, 1));
        errands[5] = abi.encodeCall(IERC20.transferFrom, (user, token, 1));
    }

    /// @dev Every entry with a lock.
    function _entries() private view returns (bytes[] memory entries) {
        ZapIn memory entering = orderIn(tokens[USDC], 0, new Swap[](0));
        ZapOut memory leaving = orderOut(tokens[USDC], 1, new Swap[](0));
        Signature memory none;
        entries = new bytes[](4);
        entries[0] = abi.encodeCall(IZapper.zapIn, (entering));
        entries[1] = abi.encodeCall(IZapper.zapOut, (leaving));
        entries[2] = abi.encodeCall(IZapper.zapInWithPermit, (entering, none));
        entries[3] = abi.encodeCall(IZapper.zapOutWithPermit, (leaving, none));
    }

    function _throughScript() private view returns (ZapIn memory order) {
        order = orderIn(tokens[USDC], 1_000e6, new Swap[](1));
        order.swaps[0] = swapOf(tokens[USDC], tokens[WETH], 1_000e6);
        order.swaps[0].venue = address(script);
    }
}
