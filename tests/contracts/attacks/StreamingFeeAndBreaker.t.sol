// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Limits} from "../../../contracts/types/Types.sol";
import {DoorsFixture} from "../fixtures/DoorsFixture.sol";

/// @notice Without any attacker: shares created for the streaming fee lower the value per share,
/// and in time look like a drawdown that no market has had. Rule: the high-water mark falls with
/// what the fee dilutes.
contract StreamingFeeAndBreakerAttackTest is DoorsFixture {
    uint256 internal constant MONTH = 365 days / 12;

    function setUp() public override {
        super.setUp();
        vm.prank(owner);
        mandate.setFee(0.05e18, makeAddr("recipient"));
        vault.observeDrawdown();
    }

    function defaultLimits() internal view override returns (Limits memory limits) {
        limits = super.defaultLimits();
        limits.drawdown = 0.2e18;
    }

    /// @dev 0.95 to the power of 4.4 is a little less than 0.8.
    function test_breaker_wouldTripForTheFeeAloneInFourAndAHalfYears() external {
        uint256 start = block.timestamp;
        bytes32 slot = _breakerSlot();
        bytes32 highWater = vm.load(address(vault), slot);

        while (!vault.state().onlyToBase && block.timestamp < start + 3650 days) {
            vm.warp(block.timestamp + MONTH);
            vault.accrueFee();
            // Takes the rule out: the mark stays where it was; when it was found low is kept.
            bytes32 now_ = vm.load(address(vault), slot);
            vm.store(address(vault), slot, now_ >> 128 << 128 | highWater << 128 >> 128);
            vault.observeDrawdown();
        }

        assertTrue(vault.state().onlyToBase);
        assertApproxEqAbs(block.timestamp - start, 365 days * 45 / 10, 75 days);
    }

    function test_breaker_isNotTrippedByTheFeeInTwentyYears() external {
        uint256 start = block.timestamp;

        while (block.timestamp < start + 7300 days) {
            vm.warp(block.timestamp + MONTH);
            vault.accrueFee();
            vault.observeDrawdown();
        }

        assertFalse(vault.state().onlyToBase);
        (uint256 highWater, uint256 lowSince) = vault.breaker();
        assertApproxEqRel(highWater, vault.convertToAssets(1e18) * 1e12, 1e13);
        assertEq(lowSince, 0);
    }

    /// @dev Nor does the fee hide a fall of the market.
    function test_breaker_stillTripsForAFallAfterYearsOfFees() external {
        vm.warp(block.timestamp + 1825 days);
        vault.accrueFee();
        setPrice(WETH, 900e18);
        setPrice(WBTC, 20_100e18);
        vault.observeDrawdown();
        vm.warp(block.timestamp + 1 hours);

        vault.observeDrawdown();

        assertTrue(vault.state().onlyToBase);
    }

    /// @dev Where the vault keeps its high-water mark: the only slot that holds it.
    function _breakerSlot() private view returns (bytes32 slot) {
        (uint256 highWater,) = vault.breaker();
        for (uint256 i; i < 64; ++i) {
            slot = bytes32(i);
            if (uint128(uint256(vm.load(address(vault), slot))) == highWater) return slot;
        }
        revert("no slot holds the high-water mark");
    }
}
