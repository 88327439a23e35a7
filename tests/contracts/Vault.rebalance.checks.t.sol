// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {IMandate} from "../../contracts/interfaces/IMandate.sol";
import {IPriceOracle, PriceStatus} from "../../contracts/interfaces/IPriceOracle.sol";
import {IVault} from "../../contracts/interfaces/IVault.sol";
import {Leg, WAD} from "../../contracts/types/Types.sol";
import {ScriptedVaultFixture} from "./fixtures/ScriptedVaultFixture.sol";

/// @notice What the vault refuses to run, with the two numbers that it compared, and the same one
/// unit nearer, which it runs.
contract VaultRebalanceChecksTest is ScriptedVaultFixture {
    uint256 internal constant NAV_NOW = 1_060_000e18;

    function setUp() public override {
        super.setUp();
        // 42,000 of WETH too many; USDC, WBTC and LINK lack 12,000, 18,000 and 12,000.
        setOraclePrice(WETH, 2_400e8);
    }

    /* THE CALL */

    function test_rebalance_revertsWhenItsDeadlineHasPassed() external {
        vm.expectRevert(
            abi.encodeWithSelector(
                IVault.DeadlinePassed.selector, block.timestamp, block.timestamp - 1
            )
        );
        vm.prank(keeper);
        vault.rebalance(_legs(), 0, block.timestamp - 1);
    }

    function test_rebalance_revertsWhenAnotherCameFirst() external {
        rebalance(keeper, _legs());

        vm.expectRevert(abi.encodeWithSelector(IVault.WrongNonce.selector, 0, 1));
        vm.prank(keeper);
        vault.rebalance(_legs(), 0, block.timestamp);
    }

    function test_rebalance_revertsWhenTheNonceIsAhead() external {
        vm.expectRevert(abi.encodeWithSelector(IVault.WrongNonce.selector, 1, 0));
        vm.prank(keeper);
        vault.rebalance(_legs(), 1, block.timestamp);
    }

    function test_rebalance_revertsWhenThereAreNoLegs() external {
        expectRefusal(new Leg[](0), abi.encodeWithSelector(IVault.BadLegCount.selector, 0, 32));
    }

    function test_rebalance_revertsWhenThereAreTooManyLegs() external {
        Leg[] memory legs = new Leg[](33);
        for (uint256 i; i < legs.length; ++i) {
            legs[i] = scriptedLeg(WETH, USDC, 300e18);
        }

        expectRefusal(legs, abi.encodeWithSelector(IVault.BadLegCount.selector, 33, 32));
    }

    function test_rebalance_revertsWhenARouteIsUnknown() external {
        Leg[] memory legs = _legs();
        legs[0].routeId = mandate.routeCount();

        expectRefusal(
            legs,
            abi.encodeWithSelector(IMandate.UnknownRoute.selector, legs[0].routeId, legs[0].routeId)
        );
    }

    function test_rebalance_revertsWhenARouteWasRemoved() external {
        Leg[] memory legs = _legs();
        vm.prank(guardian);
        mandate.removeRoute(legs[0].routeId);

        expectRefusal(
            legs, abi.encodeWithSelector(IMandate.RouteInactive.selector, legs[0].routeId)
        );
    }

    function test_rebalance_revertsWhenAPriceIsStale() external {
        vm.warp(block.timestamp + 1 days);
        for (uint256 i; i < COUNT; ++i) {
            if (i != LINK) setOraclePrice(i, i == WETH ? 2_400e8 : marketPrice[i]);
        }
        Leg[] memory legs = one(exactLeg(WETH, USDC, 4e18));
        uint256 snapshot = vm.snapshotState();
        rebalance(keeper, legs);
        vm.revertToState(snapshot);
        vm.warp(block.timestamp + 1);

        expectRefusal(
            legs,
            abi.encodeWithSelector(
                IPriceOracle.PriceUnavailable.selector,
                address(tokens[LINK]),
                oracle.feedOf(address(tokens[LINK])).feed,
                PriceStatus.Stale,
                1 days + 1,
                1 days
            )
        );
    }

    /* THE SIZE OF A LEG */

    function test_rebalance_revertsWhenALegIsTooSmall() external {
        // One unit of WAD below a basis point of 1,060,000.
        uint256 amountIn = (106e18 - 1_060_000) / 2_400;
        Leg[] memory legs = two(exactLeg(WETH, USDC, 4e18), exactLeg(WETH, USDC, amountIn));

        expectRefusal(
            legs, abi.encodeWithSelector(IVault.LegTooSmall.selector, 1, 0.0001e18 - 1, 0.0001e18)
        );
    }

    function test_rebalance_takesALegOfOneBasisPoint() external {
        // Less than a basis point by less than a unit of WAD.
        Leg memory least = scriptedLeg(WETH, LINK, NAV_NOW / 10_000);

        rebalance(keeper, two(exactLeg(WETH, USDC, 4e18), least));

        assertEq(vault.state().nonce, 1);
    }

    /// @dev What is left of LINK is worth 20: a part of it is too little, the whole is welcome.
    function test_rebalance_sellsTheLastOfAnAssetWithoutATargetHoweverLittle() external {
        uint256[] memory newTargets = mandate.targets();
        (newTargets[LINK], newTargets[USDC]) = (0, 0.4e18);
        vm.prank(manager);
        mandate.scheduleTargets(newTargets, block.timestamp + 1 days, block.timestamp + 22 days);
        passTime(22 days);
        setOraclePrice(LINK, 0.001e8);
        uint256 all = vault.holdings()[LINK];
        Leg memory enough = exactLeg(WETH, USDC, 10e18);

        _expectTooSmall(two(enough, exactLeg(LINK, USDC, all - 1)));
        rebalance(keeper, two(enough, exactLeg(LINK, USDC, all)));
        assertEq(vault.holdings()[LINK], 0);

        passTime(mandate.limits().cooldown);
        _expectTooSmall(two(enough, exactLeg(LINK, USDC, 0)));
    }

    function test_rebalance_revertsWhenAllOfAnAssetWithATargetIsTooLittle() external {
        setOraclePrice(LINK, 0.001e8);
        uint256 all = vault.holdings()[LINK];

        _expectTooSmall(one(exactLeg(LINK, USDC, all)));
    }

    function _expectTooSmall(Leg[] memory legs) private {
        uint256 nonce = vault.state().nonce;
        vm.expectPartialRevert(IVault.LegTooSmall.selector);
        vm.prank(keeper);
        vault.rebalance(legs, nonce, block.timestamp);
    }

    function test_rebalance_revertsWhenALegSellsNothing() external {
        expectRefusal(
            one(exactLeg(WETH, USDC, 0)),
            abi.encodeWithSelector(IVault.LegTooSmall.selector, 0, 0, 0.0001e18)
        );
    }

    /* PAST THE TARGET */

    /// @dev INV-5. 12,000 are 5 WETH exactly; `test_rebalance_landsOnTheTargets…` runs those.
    function test_rebalance_revertsWhenALegBuysPastTheTarget() external {
        expectRefusal(
            one(exactLeg(WETH, USDC, 5e18 + 1)),
            abi.encodeWithSelector(
                IVault.PastTarget.selector, 0, address(tokens[USDC]), 12_000e18 + 2_400, 12_000e18
            )
        );
    }

    /// @dev INV-5.
    function test_rebalance_revertsWhenALaterLegBuysPastTheTarget() external {
        expectRefusal(
            two(exactLeg(WETH, USDC, 3e18), exactLeg(WETH, USDC, 2e18 + 1)),
            abi.encodeWithSelector(
                IVault.PastTarget.selector, 1, address(tokens[USDC]), 4_800e18 + 2_400, 4_800e18
            )
        );
    }

    /// @dev INV-5: 39,000 of WETH too many, while WBTC lacks 51,000.
    function test_rebalance_revertsWhenALegSellsPastTheTarget() external {
        setOraclePrice(LINK, 12e8);
        setOraclePrice(WBTC, 36_000e8);

        expectRefusal(
            one(exactLeg(WETH, WBTC, 16.25e18 + 1)),
            abi.encodeWithSelector(
                IVault.PastTarget.selector, 0, address(tokens[WETH]), 39_000e18 + 2_400, 39_000e18
            )
        );
    }

    function test_rebalance_sellsToTheTargetExactly() external {
        setOraclePrice(LINK, 12e8);
        setOraclePrice(WBTC, 36_000e8);

        rebalance(keeper, one(exactLeg(WETH, WBTC, 16.25e18)));

        // The venue rounds up, by less than a unit of WBTC.
        assertApproxEqAbs(excess(WETH), 0, 0.0004e18);
    }

    /// @dev INV-5.
    function test_rebalance_revertsWhenALegSellsWhatIsLacking() external {
        expectRefusal(
            one(exactLeg(LINK, USDC, 100e18)),
            abi.encodeWithSelector(
                IVault.PastTarget.selector, 0, address(tokens[LINK]), 1_000e18, 0
            )
        );
    }

    /// @dev INV-5.
    function test_rebalance_revertsWhenALegBuysWhatIsTooMany() external {
        setOraclePrice(LINK, 12e8);

        expectRefusal(
            one(exactLeg(WETH, LINK, 1e18)),
            abi.encodeWithSelector(
                IVault.PastTarget.selector, 0, address(tokens[LINK]), 2_400e18, 0
            )
        );
    }

    /// @dev INV-5: a generous venue lifts USDC over its target, and a second leg would sell the
    /// excess on.
    function test_rebalance_revertsWhenALegSellsWhatAnotherBought() external {
        script.setFactor(1.1e18);

        expectRefusal(
            two(exactLeg(WETH, USDC, 5e18), exactLeg(USDC, WBTC, 1_000e6)),
            abi.encodeWithSelector(IVault.SoldAndBought.selector, 1)
        );
    }

    /// @dev INV-5: an asset is sold to its target at most, so there is nothing to buy back.
    function test_rebalance_revertsWhenALegBuysBackWhatAnotherSold() external {
        setOraclePrice(LINK, 12e8);
        setOraclePrice(WBTC, 36_000e8);

        expectRefusal(
            two(exactLeg(WETH, WBTC, 16.25e18), exactLeg(LINK, WETH, 100e18)),
            abi.encodeWithSelector(
                IVault.PastTarget.selector, 1, address(tokens[WETH]), 1_200e18, 0
            )
        );
    }

    /* THE LEAST RECEIVED */

    /// @dev Accepted exactly when it is at least 99 % of the oracle's worth.
    function testFuzz_rebalance_acceptsNothingBelowTheOracleFloor(uint256 received) external {
        received = bound(received, 9_000e6, 10_000e6);
        script.payOut(received);
        Leg[] memory legs = one(exactLeg(WETH, USDC, 4e18));
        if (received < 9_504e6) {
            expectRefusal(
                legs,
                abi.encodeWithSelector(IVault.ReceivedTooLittle.selector, 0, received, 9_504e6)
            );
        } else {
            rebalance(keeper, legs);
        }
    }

    function test_rebalance_revertsOneUnitBelowTheOracleFloor() external {
        script.payOut(9_504e6 - 1);

        expectRefusal(
            one(exactLeg(WETH, USDC, 4e18)),
            abi.encodeWithSelector(IVault.ReceivedTooLittle.selector, 0, 9_504e6 - 1, 9_504e6)
        );
    }

    function test_rebalance_runsAtTheOracleFloor() external {
        script.payOut(9_504e6);

        rebalance(keeper, one(exactLeg(WETH, USDC, 4e18)));

        assertEq(vault.state().nonce, 1);
    }

    function test_rebalance_revertsBelowTheMinimumOfTheLeg() external {
        script.payOut(9_600e6 - 1);
        Leg memory leg = exactLeg(WETH, USDC, 4e18);
        leg.minAmountOut = 9_600e6;

        expectRefusal(
            one(leg),
            abi.encodeWithSelector(IVault.ReceivedTooLittle.selector, 0, 9_600e6 - 1, 9_600e6)
        );
    }

    function test_rebalance_keepsTheOracleFloorAboveTheMinimumOfTheLeg() external {
        script.payOut(9_504e6 - 1);
        Leg memory leg = exactLeg(WETH, USDC, 4e18);
        leg.minAmountOut = 1;

        expectRefusal(
            one(leg),
            abi.encodeWithSelector(IVault.ReceivedTooLittle.selector, 0, 9_504e6 - 1, 9_504e6)
        );
    }

    /// @dev Real pools one and a half per cent below the oracle.
    function test_rebalance_revertsWhenTheMarketIsBelowTheOracleFloor() external {
        setMarketPrice(WETH, 2_364e8);
        Leg[] memory legs = one(legOf(WETH, USDC, 9_600e18));

        vm.expectPartialRevert(IVault.ReceivedTooLittle.selector);
        vm.prank(keeper);
        vault.rebalance(legs, 0, block.timestamp);
    }

    /* PROGRESS */

    /// @dev INV-5: a fifth of 42,000, less what rounds away.
    function test_rebalance_revertsWhenDriftFallsTooLittle() external {
        (uint256[] memory values,) = portfolio();
        uint256 drift = driftOf(values);
        values[WETH] -= 8_376e18;
        values[USDC] += 8_376e18;

        expectRefusal(
            one(exactLeg(WETH, USDC, 3.49e18)),
            abi.encodeWithSelector(
                IVault.TooLittleProgress.selector, driftOf(values), drift - drift / 5
            )
        );
    }

    function test_rebalance_runsWhenDriftFallsByAFifth() external {
        rebalance(keeper, one(exactLeg(WETH, USDC, 3.5e18 + 1e6)));

        assertEq(vault.state().nonce, 1);
    }

    /// @dev INV-5: of a drift of 10.7 %, one hundredth of the portfolio is enough and needed.
    function test_rebalance_demandsAtMostOneHundredthOfThePortfolio() external {
        setOraclePrice(WETH, 3_200e8);
        (uint256[] memory values, uint256 nav) = portfolio();
        uint256 drift = driftOf(values);
        Leg memory enough = scriptedLeg(WETH, USDC, nav / 100 + 1e10);
        Leg memory tooLittle = scriptedLeg(WETH, USDC, nav / 100 - 1e12);
        values[WETH] -= tooLittle.amountIn * 3_200;
        // The venue pays in whole units of USDC, rounded up.
        values[USDC] += (tooLittle.amountIn * 3_200 + 1e12 - 1) / 1e12 * 1e12;

        expectRefusal(
            one(tooLittle),
            abi.encodeWithSelector(
                IVault.TooLittleProgress.selector, driftOf(values), drift - WAD / 100
            )
        );
        rebalance(keeper, one(enough));
    }

    /// @dev LINK at 40 makes 1,600,000 of it all, and a hundredth of that 400 LINK or 8 WETH, with
    /// nothing to round.
    function test_rebalance_runsWhenDriftFallsByTheLeastToTheUnit() external {
        setOraclePrice(WETH, 2_000e8);
        setOraclePrice(LINK, 40e8);
        (uint256[] memory values,) = portfolio();
        uint256 drift = driftOf(values);

        rebalance(keeper, one(exactLeg(LINK, WETH, 400e18)));

        (values,) = portfolio();
        assertEq(driftOf(values), drift - WAD / 100);
    }

    /* ALL TOGETHER */

    /// @dev INV-5: whatever two legs do that run, every asset ends no further from its target, on
    /// the same side of it, and drift is lower.
    function testFuzz_rebalance_movesNothingAwayFromItsTarget(
        uint256[4] memory prices,
        uint256[4] memory picks,
        uint256[2] memory parts
    ) external {
        for (uint256 i = 1; i < COUNT; ++i) {
            setOraclePrice(i, bound(prices[i], marketPrice[i] * 3 / 4, marketPrice[i] * 4 / 3));
        }
        int256[COUNT] memory before;
        for (uint256 i; i < COUNT; ++i) {
            before[i] = excess(i);
        }
        (uint256[] memory values,) = portfolio();
        uint256 drift = driftOf(values);
        Leg[] memory legs =
            two(_anyLeg(picks[0], picks[1], parts[0]), _anyLeg(picks[2], picks[3], parts[1]));

        vm.prank(keeper);
        try vault.rebalance(legs, 0, block.timestamp) {}
        catch {
            // About a quarter of the pairs run.
            return;
        }

        for (uint256 i; i < COUNT; ++i) {
            (int256 past, int256 now_) =
                before[i] < 0 ? (-before[i], -excess(i)) : (before[i], excess(i));
            // The venue rounds up: by less than a unit of USDC or WBTC.
            assertLe(now_, past + 0.001e18);
            assertGe(now_, -0.001e18);
        }
        (values,) = portfolio();
        assertLe(driftOf(values), drift - Math.min(drift / 5, 0.01e18));
    }

    /// @dev Mostly from an asset above its target to one below, and mostly not too large.
    function _anyLeg(uint256 soldPick, uint256 boughtPick, uint256 part)
        private
        view
        returns (Leg memory)
    {
        (uint256 sold, uint256 bought) = (soldPick % COUNT, boughtPick % COUNT);
        while (soldPick % 16 != 0 && excess(sold) <= 0) sold = (sold + 1) % COUNT;
        while (boughtPick % 16 != 0 && excess(bought) >= 0) bought = (bought + 1) % COUNT;
        if (sold == bought) bought = (bought + 1) % COUNT;
        uint256 most = Math.min(SignedMath.abs(excess(sold)), SignedMath.abs(excess(bought)));
        return scriptedLeg(sold, bought, bound(part, most / 2, most * 21 / 20));
    }

    function _legs() private view returns (Leg[] memory) {
        return one(exactLeg(WETH, USDC, 4e18));
    }
}
