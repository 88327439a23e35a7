// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IMandate} from "../../contracts/interfaces/IMandate.sol";
import {IVault} from "../../contracts/interfaces/IVault.sol";
import {Blocker, Leg, Plan, Reason, WAD} from "../../contracts/types/Types.sol";
import {ScriptedVaultFixture} from "./fixtures/ScriptedVaultFixture.sol";

/// @notice INV-4: what bounds a keeper's harm stands in the vault's own code: a mandate that allows
/// everything is obeyed only so far.
contract VaultRebalanceCapsTest is ScriptedVaultFixture {
    function setUp() public override {
        super.setUp();
        // 600,000 of 1,300,000: 210,000 too many; USDC and LINK lack 60,000, WBTC 90,000.
        setOraclePrice(WETH, 4_000e8);
    }

    /// @dev At most 3 %.
    function test_rebalance_obeysNoSlippageAboveItsCap() external {
        _allowEverything();
        script.payOut(19_400e6 - 1);

        expectRefusal(
            one(exactLeg(WETH, USDC, 5e18)),
            abi.encodeWithSelector(IVault.ReceivedTooLittle.selector, 0, 19_400e6 - 1, 19_400e6)
        );
    }

    /// @dev At most 1 %: 48 bp are used by the first rebalance, so another 57 are too many.
    function test_rebalance_obeysNoLossCapacityAboveItsCap() external {
        _allowEverything();
        script.setFactor(0.97e18);
        rebalance(keeper, _sales(15e18, 22.5e18));
        uint256 used = vault.state().lossUsed;
        setOraclePrice(WETH, 9_000e8);
        _allowEverything();
        (, uint256 nav) = portfolio();

        expectRefusal(
            _sales(10.8e18, 16.2e18),
            abi.encodeWithSelector(
                IVault.LossBucketExceeded.selector,
                2 * Math.ceilDiv(2_916e18 * WAD, nav) + Math.ceilDiv(4_374e18 * WAD, nav),
                0.01e18 - used
            )
        );
    }

    /// @dev At most half of the portfolio: 42 % are used, so another 15 % are too many.
    function test_rebalance_obeysNoTurnoverCapacityAboveItsCap() external {
        setOraclePrice(WETH, 40_000e8);
        _allowEverything();
        rebalance(keeper, two(exactLeg(WETH, USDC, 27.5e18), exactLeg(WETH, WBTC, 42.5e18)));
        uint256 used = vault.state().turnoverUsed;
        _allowEverything();

        expectRefusal(
            one(exactLeg(WETH, LINK, 25e18)),
            abi.encodeWithSelector(
                IVault.TurnoverBucketExceeded.selector,
                Math.ceilDiv(1_000_000e18 * WAD, 6_700_000e18),
                0.5e18 - used
            )
        );
    }

    /// @dev At most 5 bp of loss and a tenth of turnover a day.
    function test_rebalance_obeysNoRefillAboveItsCap() external {
        _allowEverything();
        _run(20_000e18, 0.97e18);
        (uint256 loss, uint256 turnover) = (vault.state().lossUsed, vault.state().turnoverUsed);
        (, uint256 nav) = portfolio();
        passTime(1 hours);
        _allowEverything();

        _run(20_000e18, 1e18);

        turnover -= uint256(0.1e18) / 24;
        assertEq(vault.state().lossUsed, loss - uint256(0.0005e18) / 24);
        assertEq(vault.state().turnoverUsed, turnover + Math.ceilDiv(20_000e18 * WAD, nav));
    }

    /// @dev Has the mandate answer, for the portfolio as it is, that everything is allowed.
    function _allowEverything() private {
        (uint256[] memory values,) = portfolio();
        Plan memory plan = Plan({
            reason: Reason.Threshold,
            blocker: Blocker.None,
            readyAt: 0,
            drift: driftOf(values),
            slippage: WAD,
            lossCapacity: WAD,
            lossRate: WAD,
            turnoverCapacity: 100 * WAD,
            turnoverRate: WAD,
            drawdown: 0,
            targets: mandate.targets()
        });
        vm.mockCall(
            address(mandate), abi.encodeWithSelector(IMandate.plan.selector), abi.encode(plan)
        );
    }

    /// @dev Sells WETH for `value` of USDC, which are worth `factor` of it.
    function _run(uint256 value, uint256 factor) private {
        script.setFactor(factor);
        rebalance(keeper, one(scriptedLeg(WETH, USDC, value)));
    }

    /// @dev Sells WETH for USDC and for LINK, the same amount each, and for WBTC.
    function _sales(uint256 each, uint256 forBitcoin) private view returns (Leg[] memory legs) {
        legs = new Leg[](3);
        legs[0] = exactLeg(WETH, USDC, each);
        legs[1] = exactLeg(WETH, WBTC, forBitcoin);
        legs[2] = exactLeg(WETH, LINK, each);
    }
}
