// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IMandate} from "../../../contracts/interfaces/IMandate.sol";
import {IVault} from "../../../contracts/interfaces/IVault.sol";
import {Rebalancing} from "../../../contracts/libraries/Rebalancing.sol";
import {Blocker, Leg, Plan, Position, Reason, Route} from "../../../contracts/types/Types.sol";
import {Vault} from "../../../contracts/Vault.sol";
import {RuleRemover} from "../fixtures/RuleRemover.sol";
import {ScriptedVaultFixture} from "../fixtures/ScriptedVaultFixture.sol";

/// @dev A mandate that demands no progress: it names a drift a quarter larger than it is.
contract CarelessMandate {
    IMandate internal immutable _CAREFUL;

    constructor(IMandate careful) {
        _CAREFUL = careful;
    }

    function plan(Position calldata position) external view returns (Plan memory answer) {
        answer = _CAREFUL.plan(position);
        answer.drift = answer.drift * 5 / 4 + 5;
    }

    /// @dev Whichever vault asks.
    function vault() external view returns (address) {
        return msg.sender;
    }

    function tokens() external view returns (address[] memory) {
        return _CAREFUL.tokens();
    }

    function targets() external view returns (uint256[] memory) {
        return _CAREFUL.targets();
    }

    function route(uint256 id) external view returns (Route memory) {
        return _CAREFUL.route(id);
    }
}

/// @notice Attack: a rogue keeper sells next to nothing every hour. Each rebalance takes the nonce,
/// the cooldown and the calendar's turn, so the honest keeper never gets to act and the vault
/// stands still for cents. Rules: a leg is at least a basis point, and drift falls by a fifth.
contract DustRebalanceAttackTest is ScriptedVaultFixture, RuleRemover {
    uint256 internal constant HOURS = 48;

    address internal rogue = makeAddr("rogue keeper");
    Vault internal careless;

    function setUp() public override {
        super.setUp();
        vm.prank(owner);
        mandate.addKeeper(rogue);
        careless = _seeded(IMandate(address(new CarelessMandate(mandate))));
        setOraclePrice(WETH, 2_400e8);
    }

    function test_dustRebalance_stopsTheVaultWithoutTheRules() external {
        vault = careless;
        removeRule(address(Rebalancing), 0.0001e18, 0);
        (uint256[] memory values,) = portfolio();
        uint256 drift = driftOf(values);
        uint256 spent;

        for (uint256 i; i < HOURS; ++i) {
            Leg[] memory honest = _halfTheDrift();
            rebalance(rogue, one(exactLeg(WETH, USDC, 1e9)));
            spent += 1e9 * 2_400;
            expectBlocked(
                keeper, honest, Reason.Threshold, Blocker.Cooldown, block.timestamp + 1 hours
            );
            passTime(1 hours);
        }

        // Two days of standing still for a thousandth of a dollar.
        (values,) = portfolio();
        assertApproxEqAbs(driftOf(values), drift, 1e9);
        assertLt(spent, 0.001e18);
    }

    function test_dustRebalance_isTooSmallALeg() external {
        Leg[] memory dust = one(exactLeg(WETH, USDC, 1e9));

        vm.expectRevert(
            abi.encodeWithSelector(IVault.LegTooSmall.selector, 0, 2_264_151, 0.0001e18)
        );
        vm.prank(rogue);
        vault.rebalance(dust, 0, block.timestamp);
    }

    function test_dustRebalance_isTooLittleProgress() external {
        Leg[] memory least = one(scriptedLeg(WETH, USDC, 106.1e18));

        vm.expectPartialRevert(IVault.TooLittleProgress.selector);
        vm.prank(rogue);
        vault.rebalance(least, 0, block.timestamp);
    }

    /// @dev The least that the rules let the rogue do is an honest keeper's work: the drift is gone
    /// after a few hours, and then nothing is due.
    function test_dustRebalance_doesTheWorkUnderTheRules() external {
        uint256 runs;
        while (above(WETH) > 0 && _isDue()) {
            Leg[] memory least = new Leg[](3);
            least[0] = scriptedLeg(WETH, USDC, below(USDC) * 21 / 100);
            least[1] = scriptedLeg(WETH, WBTC, below(WBTC) * 21 / 100);
            least[2] = scriptedLeg(WETH, LINK, below(LINK) * 21 / 100);
            rebalance(rogue, least);
            passTime(1 hours);
            ++runs;
        }

        assertLe(runs, 2);
        (, uint256 nav) = portfolio();
        assertLt(above(WETH), nav * 3 / 100);
    }

    function _seeded(IMandate rules) private returns (Vault created) {
        Vault first = vault;
        uint256[] memory assets = vault.holdings();
        created = vault = new Vault("Careless", "CARE", rules, oracle);
        provide(address(this), assets);
        created.seed(SHARES, assets, holder);
        vault = first;
    }

    function _isDue() private view returns (bool) {
        (, uint256 nav) = portfolio();
        return above(WETH) * 100 >= nav * 3;
    }

    function _halfTheDrift() private view returns (Leg[] memory legs) {
        legs = new Leg[](3);
        legs[0] = scriptedLeg(WETH, USDC, below(USDC) / 2);
        legs[1] = scriptedLeg(WETH, WBTC, below(WBTC) / 2);
        legs[2] = scriptedLeg(WETH, LINK, below(LINK) / 2);
    }
}
