// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {WAD} from "../../../contracts/types/Types.sol";
import {LagFixture} from "../fixtures/LagFixture.sol";

/// @notice Attack: feeds say what the market was worth a while ago. Before a rise is published
/// somebody deposits at the stale net asset value, takes the assets out in kind and sells them;
/// before a fall the other way round. No role is needed. Rules: the doors keep a spread made of the
/// feeds' deviations, a bucket bounds what passes, and where there is a second source the doors go by
/// the price worse for the caller.
contract TwoDoorsAttackTest is LagFixture {
    /// @dev What a fast market is ahead of its feeds: far beyond their deviation of half a per
    /// cent.
    uint256 internal constant JUMP = 0.02e18;
    uint256 internal constant DAYS = 20;

    bool private _hasSecondSource;

    function setUp() public override {
        super.setUp();
        setDeviations(0.005e18);
    }

    /// @dev A sixth of the portfolio in forty days.
    function test_twoDoors_takeTheLagWithoutTheRules() external {
        removeSpread();
        removeFlowBucket();

        assertGt(_raid(JUMP), NAV * 15 / 100);
    }

    /// @dev With 60 bp kept still a twelfth.
    function test_twoDoors_takeTheRestOfTheLagFromASpreadAlone() external {
        removeFlowBucket();

        assertGt(_raid(JUMP), NAV * 8 / 100);
    }

    /// @dev INV-2b: of four fifths in other assets the error is 1.6 % of NAV, and what exceeds the
    /// spread is taken from a twentieth of NAV a day.
    function test_twoDoors_areBoundedByTheFlowBucket() external {
        assertEq(spread(), 0.006e18);

        uint256 stolen = _raid(JUMP);

        uint256 beyond = JUMP * 8 / 10 - spread();
        assertLe(stolen, 2 * DAYS * beyond * 0.05e18 / WAD * (NAV * 105 / 100) / WAD);
        // The attacker did use what there was.
        assertGt(stolen, NAV * 12 / 1000);
    }

    /// @dev While feeds keep their word there is nothing to take.
    /// forge-config: default.fuzz.runs = 32
    function testFuzz_twoDoors_payNothingWithinTheDeviation(uint256 jump) external {
        uint256 before = holdersWorth();

        uint256 stolen = _raid(bound(jump, 0, 0.005e18));

        assertEq(stolen, 0);
        assertGe(holdersWorth(), before);
    }

    /// @dev However far the feeds lag: the doors ask for the price worse for the caller, of two.
    /// forge-config: default.fuzz.runs = 32
    function testFuzz_twoDoors_payNothingWhereASecondSourceKnowsTheMarket(uint256 jump) external {
        removeFlowBucket();
        _hasSecondSource = true;
        uint256 before = holdersWorth();

        uint256 stolen = _raid(bound(jump, 0, 0.1e18));

        assertEq(stolen, 0);
        assertGe(holdersWorth(), before);
    }

    /* THE ATTACK */

    /// @dev A rise and a fall back, published a moment too late, again and again. Returns what the
    /// attacker has gained in the market, in WAD.
    function _raid(uint256 jump) private returns (uint256 gained) {
        for (uint256 i; i < DAYS; ++i) {
            _move(WAD + jump);
            gained += _buyStale();
            publish();
            vm.warp(block.timestamp + 1 days);
            _move(WAD);
            gained += _sellStale();
            publish();
            vm.warp(block.timestamp + 1 days);
        }
    }

    /// @dev The second source follows at once where there is one; the feeds wait for `publish`.
    function _move(uint256 factor) private {
        moveMarket(factor);
        for (uint256 i = 1; _hasSecondSource && i < COUNT; ++i) {
            setSecondPrice(i, marketPrice[i]);
        }
    }

    /// @dev In by the door, out in kind, if that pays; a portfolio at most.
    function _buyStale() private returns (uint256) {
        uint256 assets = Math.min(vault.maxDeposit(stranger), NAV / 1e12);
        uint256 snapshot = vm.snapshotState();
        uint256 shares = deposit(stranger, assets);
        uint256 value = marketWorth(redeemInKind(stranger, shares));
        if (value > assets * 1e12) return value - assets * 1e12;
        vm.revertToState(snapshot);
        return 0;
    }

    /// @dev In in kind, out by the door, if that pays; a portfolio at most.
    function _sellStale() private returns (uint256) {
        uint256 snapshot = vm.snapshotState();
        uint256 cost = marketWorth(mintInKind(stranger, SHARES));
        uint256 shares = vault.maxRedeem(stranger);
        uint256 value = redeem(stranger, shares) * 1e12;
        if (shares < SHARES) value += marketWorth(redeemInKind(stranger, SHARES - shares));
        if (value > cost) return value - cost;
        vm.revertToState(snapshot);
        return 0;
    }
}
