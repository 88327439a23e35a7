// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {FeedConfig} from "../../contracts/interfaces/IPriceOracle.sol";
import {MockAggregator} from "../../contracts/mocks/MockAggregator.sol";
import {MockFeedProxy} from "../../contracts/mocks/MockFeedProxy.sol";
import {MockToken} from "../../contracts/mocks/MockToken.sol";
import {OracleFixture} from "./fixtures/OracleFixture.sol";

/// @notice A cheat of Foundry that its library does not name yet.
interface ICooler {
    /// @notice Forgets that `target` and its slots were touched in this transaction.
    function cool(address target) external;
}

/// @notice What every rebalance pays for its prices: nothing was touched before in the transaction.
contract PriceOracleGasTest is OracleFixture {
    ICooler internal constant COOLER = ICooler(VM_ADDRESS);

    address[] internal asked;
    MockAggregator[] internal aggregators;

    function _list(bool proxied) internal {
        for (uint256 i; i < 3; ++i) {
            MockAggregator aggregator = new MockAggregator(8, "");
            aggregator.setAnswer(ANSWER, NOW);
            aggregators.push(aggregator);
            FeedConfig memory config = _config();
            config.token = address(new MockToken("Any", "ANY", 18));
            config.feed = proxied ? address(new MockFeedProxy(aggregator)) : address(aggregator);
            vm.prank(OWNER);
            oracle.setFeed(config);
            asked.push(config.token);
        }
    }

    function _pricePairs() internal returns (uint256 used) {
        address[] memory tokens = asked;
        COOLER.cool(address(oracle));
        for (uint256 i; i < 3; ++i) {
            COOLER.cool(address(aggregators[i]));
            COOLER.cool(oracle.feedOf(tokens[i]).feed);
        }
        COOLER.cool(address(oracle));
        uint256 before = gasleft();
        oracle.pricePairs(tokens);
        return before - gasleft();
    }

    /// @dev 26,800 of it is for touching oracle, feeds and their slots.
    function testGas_pricePairs_threeDirectFeeds() external {
        _list(false);

        assertLt(_pricePairs(), 28_700);
    }

    function testGas_pricePairs_threeProxiedFeeds() external {
        _list(true);

        assertLt(_pricePairs(), 38_700);
    }
}
