// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Test} from "forge-std/Test.sol";
import {AssetConfig, Roles, RouteConfig} from "../../contracts/interfaces/IMandate.sol";
import {ComposedFeed, FeedConfig, TwapConfig} from "../../contracts/interfaces/IPriceOracle.sol";
import {Mandate} from "../../contracts/Mandate.sol";
import {MockAggregator} from "../../contracts/mocks/MockAggregator.sol";
import {MockToken} from "../../contracts/mocks/MockToken.sol";
import {PriceOracle} from "../../contracts/PriceOracle.sol";
import {Leg, Limits, PRICE_SCALE, WAD} from "../../contracts/types/Types.sol";
import {Vault} from "../../contracts/Vault.sol";
import {START, ordinaryAsset, ordinaryFeed} from "./fixtures/Defaults.sol";
import {ScriptedVenue} from "./fixtures/ScriptedVenue.sol";

/// @notice No numbers lock a vault: in one portfolio, amounts from one unit to 1e33 of tokens with
/// 2 to 18 decimals, at prices from 1e-8 to 1e8, and shares from the least seed to 1e33.
contract VaultExtremesTest is Test {
    uint256 internal constant COUNT = 4;

    address internal owner = makeAddr("owner");
    address internal keeper = makeAddr("keeper");
    address internal holder = makeAddr("holder");

    MockToken[] internal tokens;
    MockAggregator[] internal feeds;
    PriceOracle internal oracle;
    Mandate internal mandate;
    Vault internal vault;
    ScriptedVenue internal venue = new ScriptedVenue();
    mapping(uint256 sold => mapping(uint256 bought => uint256)) internal routeId;
    uint256 internal draws;

    function setUp() external {
        vm.warp(START);
    }

    /* IN KIND */

    /// @dev INV-6, INV-1: holders come, go, set aside and claim.
    function testFuzz_redeemInKind_alwaysWorks(uint256 seed) external {
        _create(seed);
        _mint(_between(1, vault.totalSupply() * 1e4));
        _pass(_between(0, 3650 days));

        _redeem(_between(1, vault.balanceOf(holder)));

        for (uint256 i; i < COUNT; ++i) {
            (uint256 recorded, uint256 owed,,) = vault.account(address(tokens[i]));
            assertLe(recorded + owed, tokens[i].balanceOf(address(vault)));
            if (vault.owedTo(holder, address(tokens[i])) == 0) continue;
            vm.prank(holder);
            vault.claimOwed(address(tokens[i]), holder);
        }
    }

    /// @dev INV-6: nor do surpluses, shortfalls, fees and prices that change by their whole range.
    /// forge-config: default.isolate = true
    function testFuzz_redeemInKind_worksWhateverHappened(uint256 seed) external {
        _create(seed);
        for (uint256 i; i < 8; ++i) {
            _happen(_draw() % 6);
            _pass(_between(0, 30 days));
        }

        _redeem(vault.balanceOf(holder));
    }

    function _happen(uint256 kind) private {
        uint256 asset = _draw() % COUNT;
        MockToken token = tokens[asset];
        uint256 balance = token.balanceOf(address(vault));
        (bool done, bytes memory answer) = (true, bytes(""));
        if (kind == 0) {
            token.mint(address(vault), _between(1, 1e33));
            (done, answer) = _try(owner, abi.encodeCall(vault.absorb, (address(token))));
        } else if (kind == 1 && balance != 0) {
            vm.prank(address(vault));
            token.transfer(owner, _between(1, balance));
            (done, answer) = _writeDown(token);
        } else if (kind == 2) {
            _setPrice(asset);
            (done, answer) = _try(owner, abi.encodeCall(vault.observeDrawdown, ()));
        } else if (kind == 3 && vault.balanceOf(holder) > 1) {
            _redeem(_between(1, vault.balanceOf(holder) - 1));
        } else if (kind == 4) {
            (done, answer) = _try(owner, abi.encodeCall(vault.poke, ()));
        } else {
            _rebalance();
        }
        if (!done) _checkReason(answer);
    }

    /// @dev Refused only where nothing is missing: what was never recorded is nobody's loss.
    function _writeDown(MockToken token) private returns (bool done, bytes memory answer) {
        (uint256 recorded, uint256 owed, uint256 unvested,) = vault.account(address(token));
        (uint256 balance, uint256 accounted) =
            (token.balanceOf(address(vault)), recorded + owed + unvested);
        (done, answer) = _try(owner, abi.encodeCall(vault.writeDown, (address(token))));
        assertEq(done, balance < accounted, "missing");
    }

    /* BY THE BASE ASSET */

    /// @dev What the limits name passes, and nobody who came in or left by them locks anything.
    function testFuzz_deposit_worksUpToItsLimit(uint256 seed) external {
        _create(seed);
        uint256 assets = _between(0, vault.maxDeposit(holder));
        if (vault.maxDeposit(holder) == 0 || vault.previewDeposit(assets) == 0) return;
        tokens[0].mint(holder, assets);
        uint256 shares = vault.previewDeposit(assets);

        vm.startPrank(holder);
        tokens[0].approve(address(vault), assets);
        assertEq(vault.deposit(assets, holder), shares);
        vm.stopPrank();

        _redeem(vault.balanceOf(holder));
    }

    function testFuzz_withdraw_worksUpToItsLimit(uint256 seed) external {
        _create(seed);
        uint256 assets = _between(0, vault.maxWithdraw(holder));
        uint256 shares = vault.previewWithdraw(assets);

        vm.prank(holder);
        assertEq(vault.withdraw(assets, holder, holder), shares);

        uint256 left = vault.balanceOf(holder);
        if (left != 0) _redeem(left);
    }

    /* REBALANCES */

    /// @dev A leg that has room runs, and exits go on.
    /// forge-config: default.isolate = true
    function testFuzz_rebalance_locksNothing(uint256 seed) external {
        _create(seed);
        for (uint256 i; i < 3; ++i) {
            assertFalse(_rebalance(), "refused");
            _pass(1 hours);
        }

        _redeem(vault.balanceOf(holder));
    }

    /// @dev From the most overweight to the most underweight asset, as much as rules and records
    /// have room for, at the oracle's price.
    /// @return refused Whether it was refused without need, unless a breaker or a bucket did it.
    function _rebalance() private returns (bool refused) {
        uint256[] memory prices = oracle.prices(vault.tokens());
        (uint256 sold, uint256 bought, uint256 value, uint256 nav) = _plan(prices);
        if (value == 0) return false;
        uint256 amountIn = Math.mulDiv(value, PRICE_SCALE, prices[sold]);
        Leg[] memory legs = new Leg[](1);
        legs[0] = Leg(routeId[sold][bought], amountIn, 0);
        uint256 nonce = vault.state().nonce;
        (bool done, bytes memory answer) =
            _try(keeper, abi.encodeCall(vault.rebalance, (legs, nonce, block.timestamp)));
        if (done) return false;
        _checkReason(answer);
        // Where the leg is large enough, and a unit small enough, nothing is in its way.
        return Math.mulDiv(amountIn, prices[sold], PRICE_SCALE) >= nav / 50
            && Math.max(prices[bought] / PRICE_SCALE, 1e6) < nav / 1000;
    }

    function _plan(uint256[] memory prices)
        private
        view
        returns (uint256 sold, uint256 bought, uint256 value, uint256 nav)
    {
        uint256[] memory amounts = vault.holdings();
        uint256[] memory targets = mandate.targets();
        uint256[] memory values = new uint256[](COUNT);
        for (uint256 i; i < COUNT; ++i) {
            values[i] = Math.mulDiv(amounts[i], prices[i], PRICE_SCALE);
            nav += values[i];
        }
        uint256 excess;
        uint256 lack;
        for (uint256 i; i < COUNT; ++i) {
            uint256 target = Math.mulDiv(targets[i], nav, WAD);
            if (values[i] > target + excess) (sold, excess) = (i, values[i] - target);
            if (target > values[i] + lack) (bought, lack) = (i, target - values[i]);
        }
        uint256 room = type(uint128).max - amounts[bought];
        room = Math.mulDiv(room - room / 1e3, prices[bought], PRICE_SCALE);
        value = Math.min(Math.min(excess, lack), Math.min(room, nav / 10));
    }

    /* HELPERS */

    function _try(address caller, bytes memory data) private returns (bool, bytes memory) {
        vm.prank(caller);
        return address(vault).call(data);
    }

    /// @dev A rule may refuse; a number may not.
    function _checkReason(bytes memory answer) private pure {
        bytes4 selector = bytes4(answer);
        assertTrue(selector != bytes4(keccak256("Panic(uint256)")), "panic");
        assertTrue(selector != SafeCast.SafeCastOverflowedUintDowncast.selector, "overflow");
        assertGe(answer.length, 4, "no reason");
    }

    function _mint(uint256 shares) private {
        uint256[] memory assets = vault.previewMintInKind(shares);
        for (uint256 i; i < COUNT; ++i) {
            tokens[i].mint(holder, assets[i]);
            vm.prank(holder);
            tokens[i].approve(address(vault), assets[i]);
        }
        vm.prank(holder);
        vault.mintInKind(shares, assets, holder);
    }

    /// @dev Any assets may be set aside.
    function _redeem(uint256 shares) private {
        uint256[] memory assets = vault.previewRedeemInKind(shares);
        uint256 skip = _draw() & 15;
        vm.prank(holder);
        vault.redeemInKind(shares, assets, holder, holder, skip);
    }

    /* A VAULT OF RANDOM SIZES */

    function _create(uint256 seed) private {
        draws = seed;
        for (uint256 i; i < COUNT; ++i) {
            tokens.push(new MockToken("Token", "TKN", uint8(2 + _draw() % 17)));
            feeds.push(new MockAggregator(18, "TKN / USD"));
            _setPrice(i);
        }
        oracle = new PriceOracle(
            owner, address(0), _feeds(), new ComposedFeed[](0), new TwapConfig[](0)
        );
        address[] memory keepers = new address[](1);
        keepers[0] = keeper;
        mandate = new Mandate(Roles(owner, owner, owner, keepers), _limits(), _assets(), _routes());
        vault = new Vault("Extremes", "EXT", mandate, oracle);
        mandate.bind(address(vault));
        vm.prank(owner);
        mandate.setFee(0.05e18, owner);

        uint256[] memory amounts = new uint256[](COUNT);
        for (uint256 i; i < COUNT; ++i) {
            // The last has no target and may be a single unit.
            amounts[i] = _between(i == COUNT - 1 ? 1 : 1e6, 1e33);
            tokens[i].mint(address(this), amounts[i]);
            tokens[i].approve(address(vault), amounts[i]);
        }
        vault.seed(_between(2e15, 1e33), amounts, holder);
    }

    /// @dev The feeds answer the same again.
    function _pass(uint256 duration) private {
        vm.warp(block.timestamp + duration);
        for (uint256 i; i < COUNT; ++i) {
            (, int256 answer,,,) = feeds[i].latestRoundData();
            feeds[i].setAnswer(answer, block.timestamp);
        }
    }

    function _setPrice(uint256 asset) private {
        feeds[asset].setAnswer(int256(_between(1e10, 1e26)), block.timestamp);
    }

    function _limits() private pure returns (Limits memory) {
        return Limits({
            slippage: 0.03e18,
            publicSlippage: 0.004e18,
            lossCapacity: 0.01e18,
            lossRate: 0.0005e18,
            turnoverCapacity: 0.5e18,
            turnoverRate: 0.1e18,
            calendarFloor: 0.001e18,
            weightSpeed: 0.01e18,
            cooldown: 0,
            publicCooldown: 10 minutes,
            calendarPeriod: 1 hours,
            calendarAnchor: 0,
            notice: 0,
            flowCapacity: 0.2e18,
            drawdown: 0.5e18
        });
    }

    function _assets() private view returns (AssetConfig[] memory configs) {
        configs = new AssetConfig[](COUNT);
        uint64[COUNT] memory weights = [uint64(0.4e18), 0.3e18, 0.3e18, 0];
        for (uint256 i; i < COUNT; ++i) {
            configs[i] = ordinaryAsset(address(tokens[i]), weights[i]);
        }
    }

    function _feeds() private view returns (FeedConfig[] memory configs) {
        configs = new FeedConfig[](COUNT);
        for (uint256 i; i < COUNT; ++i) {
            configs[i] = ordinaryFeed(address(tokens[i]), address(feeds[i]));
            configs[i].maxAnswer = 1e27;
        }
    }

    function _routes() private returns (RouteConfig[] memory configs) {
        configs = new RouteConfig[](COUNT * (COUNT - 1));
        uint256 id;
        for (uint8 sold; sold < COUNT; ++sold) {
            for (uint8 bought; bought < COUNT; ++bought) {
                if (sold == bought) continue;
                configs[id] = RouteConfig(address(venue), sold, bought, "");
                routeId[sold][bought] = id++;
            }
        }
    }

    function _draw() private returns (uint256) {
        draws = uint256(keccak256(abi.encode(draws)));
        return draws;
    }

    /// @dev Spread evenly over the orders of magnitude, the ends more often.
    function _between(uint256 low, uint256 high) private returns (uint256) {
        uint256 draw = _draw();
        if (draw % 16 == 0) return low;
        if (draw % 16 == 1) return high;
        uint256 orders = Math.log2(high / Math.max(low, 1)) + 1;
        uint256 order = (draw >> 8) % orders;
        return Math.min(high, Math.max(low, 1) << order | (draw >> 16) % (1 << order));
    }
}
