// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IVault} from "../../contracts/interfaces/IVault.sol";
import {MockToken} from "../../contracts/mocks/MockToken.sol";
import {Leg} from "../../contracts/types/Types.sol";
import {ScriptedVaultFixture} from "./fixtures/ScriptedVaultFixture.sol";
import {ScriptedVenue} from "./fixtures/ScriptedVenue.sol";

/// @notice A venue can take no more than its leg sells, only while it runs, and must bring what the
/// oracle demands: by what arrived in the vault meanwhile, whatever it says.
contract VaultVenuesTest is ScriptedVaultFixture {
    uint256 internal constant AMOUNT = 5e18;
    uint256 internal constant WORTH = 12_000e6;
    /// @dev 99 % of it.
    uint256 internal constant FLOOR = 11_880e6;

    function setUp() public override {
        super.setUp();
        // 42,000 of WETH too many; USDC, WBTC and LINK lack 12,000, 18,000 and 12,000.
        setOraclePrice(WETH, 2_400e8);
    }

    /* WHAT IT TAKES */

    /// @dev What it did not take stays recorded; what it brought must be worth the whole leg.
    function test_rebalance_keepsWhatTheVenueDidNotTake() external {
        script.ask(_amounts(AMOUNT - 1e18));

        rebalance(keeper, _legs());

        assertEq(vault.holdings()[WETH], 146e18);
        assertEq(tokens[WETH].balanceOf(address(vault)), 146e18);
        assertEq(vault.holdings()[USDC], 200_000e6 + WORTH);
    }

    function test_rebalance_revertsWhenTheVenueTakesHalfAndPaysForHalf() external {
        script.ask(_amounts(AMOUNT / 2));
        script.payOut(WORTH / 2);

        expectRefusal(_legs(), _tooLittle(WORTH / 2));
    }

    function test_rebalance_allowsPaymentInParts() external {
        script.ask(_amounts(AMOUNT / 4, AMOUNT - AMOUNT / 4));

        rebalance(keeper, _legs());

        assertEq(tokens[WETH].balanceOf(address(script)), AMOUNT);
    }

    function test_pay_revertsWhenTheVenueAsksForMoreThanTheLegSells() external {
        script.ask(_amounts(AMOUNT + 1));

        expectRefusal(
            _legs(), abi.encodeWithSelector(IVault.PaymentTooLarge.selector, AMOUNT + 1, AMOUNT)
        );
    }

    function test_pay_revertsWhenTheVenueAsksTwice() external {
        script.ask(_amounts(AMOUNT, 1));

        expectRefusal(_legs(), abi.encodeWithSelector(IVault.PaymentTooLarge.selector, 1, 0));
    }

    function test_pay_goesToThePayeeOfTheRoute() external {
        address till = makeAddr("till");
        script.setTill(till);
        _script();

        rebalance(keeper, _legs());

        assertEq(tokens[WETH].balanceOf(till), AMOUNT);
        assertEq(tokens[WETH].balanceOf(address(script)), 0);
    }

    /// @dev The payee is the mandate's, as it was registered; the venue cannot name another later.
    function test_pay_goesToThePayeeThatWasRegistered() external {
        script.setTill(makeAddr("another till"));

        rebalance(keeper, _legs());

        assertEq(tokens[WETH].balanceOf(address(script)), AMOUNT);
    }

    /* WHO ASKS, AND WHEN */

    function test_pay_revertsWhenNoLegRuns() external {
        vm.expectRevert(
            abi.encodeWithSelector(IVault.NotPayable.selector, address(script), address(0))
        );
        script.demand(vault, 1);
    }

    /// @dev In the same transaction, with a unit of the leg unpaid.
    function test_pay_revertsAfterTheLeg() external {
        script.ask(_amounts(AMOUNT - 1));
        rebalance(keeper, _legs());

        vm.expectRevert(
            abi.encodeWithSelector(IVault.NotPayable.selector, address(script), address(0))
        );
        script.demand(vault, 1);
    }

    function test_pay_revertsWhenAnotherThanTheVenueAsks() external {
        ScriptedVenue accomplice = new ScriptedVenue();
        script.meanwhile(address(accomplice), abi.encodeCall(accomplice.demand, (vault, 1)));

        expectRefusal(
            _legs(),
            abi.encodeWithSelector(IVault.NotPayable.selector, address(accomplice), address(script))
        );
    }

    /// @dev The venue of the first leg, which left half of its payment, asks during the second.
    function test_pay_revertsWhenTheVenueOfAnotherLegAsks() external {
        ScriptedVenue first = script;
        script = new ScriptedVenue();
        Leg memory leg = exactLeg(WETH, USDC, AMOUNT);
        _script();
        first.ask(_amounts(AMOUNT / 2));
        script.meanwhile(address(first), abi.encodeCall(first.demand, (vault, 1)));

        expectRefusal(
            two(leg, exactLeg(WETH, LINK, AMOUNT)),
            abi.encodeWithSelector(IVault.NotPayable.selector, address(first), address(script))
        );
    }

    function test_pay_revertsWhenTheKeeperAsks() external {
        vm.expectRevert(abi.encodeWithSelector(IVault.NotPayable.selector, keeper, address(0)));
        vm.prank(keeper);
        vault.pay(1);
    }

    /* WHAT IT BRINGS */

    function test_rebalance_revertsWhenTheVenueBringsNothing() external {
        script.payOut(0);

        expectRefusal(_legs(), _tooLittle(0));
    }

    /// @dev What comes after the leg has come too late, even in the same transaction.
    function test_rebalance_revertsWhenTheVenueBringsItWithTheNextLeg() external {
        script.payOut(FLOOR * 2);
        script.payOut(0);

        expectRefusal(
            two(exactLeg(WETH, USDC, AMOUNT / 2), exactLeg(WETH, USDC, AMOUNT / 2)),
            abi.encodeWithSelector(IVault.ReceivedTooLittle.selector, 0, 0, FLOOR / 2)
        );
    }

    /// @dev What came before the leg is a donation, even in the same transaction.
    function test_rebalance_revertsWhenTheVenueBringsItWithThePreviousLeg() external {
        script.payOut(0);
        script.payOut(300e18);
        script.meanwhile(
            address(tokens[USDC]), abi.encodeCall(MockToken.mint, (address(vault), WORTH))
        );

        expectRefusal(
            two(exactLeg(WETH, LINK, 1e18), exactLeg(WETH, USDC, AMOUNT)),
            abi.encodeWithSelector(IVault.ReceivedTooLittle.selector, 1, 0, FLOOR)
        );
    }

    function test_rebalance_revertsWhenTheVenueBringsAnotherToken() external {
        script.payOut(0);
        script.meanwhile(
            address(tokens[LINK]), abi.encodeCall(MockToken.mint, (address(vault), 2_000e18))
        );

        expectRefusal(_legs(), _tooLittle(0));
    }

    /// @dev Tokens are tokens: what somebody else sends the vault meanwhile belongs to the holders.
    function test_rebalance_countsWhatArrivesFromAnybody() external {
        script.payOut(0);
        script.meanwhile(
            address(tokens[USDC]), abi.encodeCall(MockToken.mint, (address(vault), WORTH))
        );

        rebalance(keeper, _legs());

        assertEq(vault.holdings()[USDC], 200_000e6 + WORTH);
    }

    /// @dev A donation of the token sold neither pays for the leg nor is recorded.
    function test_rebalance_recordsNoDonationOfTheTokenSold() external {
        script.meanwhile(
            address(tokens[WETH]), abi.encodeCall(MockToken.mint, (address(vault), 3e18))
        );

        rebalance(keeper, _legs());

        assertEq(vault.holdings()[WETH], 145e18);
        assertEq(tokens[WETH].balanceOf(address(vault)), 148e18);
    }

    function test_rebalance_revertsWhenTheVenueTakesTheTokenBoughtOutOfTheVault() external {
        script.payOut(WORTH);
        script.meanwhile(address(this), abi.encodeCall(this.robTheVault, ()));

        // The robbery itself is beyond any venue; the balance shows it.
        expectRefusal(_legs(), _tooLittle(WORTH - 200e6));
    }

    function robTheVault() external {
        vm.prank(address(vault));
        assertTrue(tokens[USDC].transfer(stranger, 200e6));
    }

    /* RE-ENTRY */

    /// @dev From a venue's hook every entry that changes state is shut, reading is not.
    function test_rebalance_letsNoEntryInMeanwhile() external {
        bytes[] memory entries = _entries();
        for (uint256 i; i < entries.length; ++i) {
            script.meanwhile(address(vault), entries[i]);
            expectRefusal(
                _legs(),
                abi.encodeWithSelector(
                    ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector
                )
            );
        }
    }

    function test_rebalance_letsAVenueReadMeanwhile() external {
        script.meanwhile(address(vault), abi.encodeCall(IVault.holdings, ()));

        rebalance(keeper, _legs());

        assertEq(vault.state().nonce, 1);
    }

    function _entries() private view returns (bytes[] memory entries) {
        uint256[] memory none = new uint256[](COUNT);
        entries = new bytes[](8);
        entries[0] = abi.encodeCall(IVault.seed, (SHARES, none, stranger));
        entries[1] = abi.encodeCall(IVault.mintInKind, (1, none, stranger));
        entries[2] = abi.encodeCall(IVault.redeemInKind, (1, none, stranger, address(script), 0));
        entries[3] = abi.encodeCall(IVault.claimOwed, (address(tokens[USDC]), stranger));
        entries[4] = abi.encodeCall(IVault.absorb, (address(tokens[USDC])));
        entries[5] = abi.encodeCall(IVault.writeDown, (address(tokens[USDC])));
        entries[6] = abi.encodeCall(IVault.rebalance, (_legs(), 0, block.timestamp));
        entries[7] = abi.encodeCall(IVault.poke, ());
    }

    function _legs() private view returns (Leg[] memory) {
        return one(exactLeg(WETH, USDC, AMOUNT));
    }

    function _tooLittle(uint256 received) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IVault.ReceivedTooLittle.selector, 0, received, FLOOR);
    }

    function _amounts(uint256 first) private pure returns (uint256[] memory amounts) {
        amounts = new uint256[](1);
        amounts[0] = first;
    }

    function _amounts(uint256 first, uint256 second)
        private
        pure
        returns (uint256[] memory amounts)
    {
        amounts = new uint256[](2);
        (amounts[0], amounts[1]) = (first, second);
    }
}
