// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {DoorsHandler, LaggingDoorsHandler} from "./DoorsHandler.sol";

/// @notice A visitor who is keeper and holder too, at the doors of a vault.
abstract contract DoorsCampaign is Test {
    DoorsHandler internal handler;
    bytes4[] internal selectors = [
        DoorsHandler.deposit.selector,
        DoorsHandler.mint.selector,
        DoorsHandler.withdraw.selector,
        DoorsHandler.redeem.selector,
        DoorsHandler.enterInKind.selector,
        DoorsHandler.leaveInKind.selector,
        DoorsHandler.absorb.selector,
        DoorsHandler.rebalance.selector,
        DoorsHandler.wait.selector
    ];

    function _start(DoorsHandler newHandler) internal {
        handler = newHandler;
        handler.setUp();
        targetContract(address(handler));
        targetSelector(FuzzSelector(address(handler), selectors));
    }

    /// @dev INV-2b: what passes in any window T is at most the capacity of a bucket and T of
    /// refill.
    function _flowsAreBoundedInEveryWindow() internal view {
        (uint256 inwards, uint256 outwards) = handler.ghostFlows();
        assertLe(inwards, 0.05e18, "INV-2b: deposits");
        assertLe(outwards, 0.05e18, "INV-2b: withdrawals");
    }

    /// @dev Every function must succeed in at least a twentieth of its calls. A shorter life is a
    /// smaller profile, or a failure that forge replays.
    function afterInvariant() external view {
        if (handler.ghostCalls() < 1000) return;
        for (uint256 i; i < selectors.length; ++i) {
            (uint256 calls, uint256 successes) = handler.tallies(selectors[i]);
            assertGe(successes * 20, calls, vm.toString(abi.encodePacked(selectors[i])));
        }
    }
}

/// @notice Prices stand still, and are those of the market.
contract DoorsInvariantTest is DoorsCampaign {
    function setUp() external {
        _start(new DoorsHandler());
    }

    /// @dev INV-2: no sequence of mint, redeem, deposit, withdraw and absorb makes a profit, nor
    /// takes anything from others, whatever a keeper at the oracle's prices does in between.
    /// forge-config: default.invariant.runs = 3
    /// forge-config: default.invariant.depth = 1000
    /// forge-config: default.invariant.shrink-run-limit = 0
    /// forge-config: deep.invariant.runs = 20
    /// forge-config: deep.invariant.depth = 2000
    function invariant_INV2_noSequenceProfits() external view {
        assertEq(handler.ghostProfit(), 0, "INV-2: profit");
        assertEq(handler.ghostOvercharges(), 0, "INV-2: passages that cost others");
        _flowsAreBoundedInEveryWindow();
    }
}

/// @notice The market moves, and the feeds are wrong.
contract LaggingDoorsInvariantTest is DoorsCampaign {
    function setUp() external {
        selectors.push(LaggingDoorsHandler.lag.selector);
        _start(new LaggingDoorsHandler());
    }

    /// @dev INV-2b: with net asset value wrong by a fraction e, a passage costs all others at most
    /// max(0, e - spread) of what passes, and what passes is bounded.
    /// forge-config: default.invariant.runs = 3
    /// forge-config: default.invariant.depth = 1000
    /// forge-config: default.invariant.shrink-run-limit = 0
    /// forge-config: deep.invariant.runs = 20
    /// forge-config: deep.invariant.depth = 2000
    function invariant_INV2b_doorsCostTheErrorBeyondTheSpread() external view {
        assertEq(handler.ghostOvercharges(), 0, "INV-2b: dearer than the error");
        _flowsAreBoundedInEveryWindow();
        // The visitor did find the feeds wrong.
        if (handler.ghostCalls() >= 1000) assertGt(handler.ghostCost(), 0, "nothing was tried");
    }
}
