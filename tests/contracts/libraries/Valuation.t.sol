// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {Holding, Valuation} from "../../../contracts/libraries/Valuation.sol";
import {WeightMath} from "../../../contracts/libraries/WeightMath.sol";

/// @notice Holdings are worth what their feeds say, between the two prices that callers are held
/// to.
contract ValuationTest is Test {
    uint256 internal constant COUNT = 16;

    function testFuzz_appraise_sumsWhatTheFeedsSay(uint256[16] memory seeds, uint16 writtenOff)
        external
        pure
    {
        (Holding[] memory held, uint256 nav) = _appraise(seeds, writtenOff, new uint256[](0));

        uint256[] memory values = Valuation.valuesOf(held);
        for (uint256 i; i < COUNT; ++i) {
            assertEq(held[i].token, address(uint160(i)));
            assertEq(held[i].amount, _amount(seeds[i]));
            assertEq(values[i], WeightMath.valueDown(held[i].amount, held[i].price));
            assertEq(held[i].price, writtenOff >> i & 1 != 0 ? 0 : _price(seeds[i]));
            nav -= values[i];
        }
        assertEq(nav, 0);
    }

    function testFuzz_appraise_takesOnePriceForBothWhereThereIsNoSecond(
        uint256[16] memory seeds,
        uint16 writtenOff
    ) external pure {
        (Holding[] memory held,) = _appraise(seeds, writtenOff, new uint256[](0));

        for (uint256 i; i < COUNT; ++i) {
            assertEq(held[i].lowPrice, held[i].price);
            assertEq(held[i].highPrice, held[i].price);
        }
    }

    function testFuzz_appraise_keepsTheLowerAndTheHigherPrice(
        uint256[16] memory seeds,
        uint16 writtenOff
    ) external pure {
        uint256[] memory second = new uint256[](COUNT);
        for (uint256 i; i < COUNT; ++i) {
            second[i] = _price(~seeds[i]);
        }

        (Holding[] memory held,) = _appraise(seeds, writtenOff, second);

        for (uint256 i; i < COUNT; ++i) {
            if (writtenOff >> i & 1 != 0) {
                assertEq(held[i].lowPrice + held[i].highPrice + held[i].value, 0);
                continue;
            }
            (uint256 low, uint256 high) = (held[i].price, second[i]);
            if (low > high) (low, high) = (high, low);
            assertEq(held[i].lowPrice, low);
            assertEq(held[i].highPrice, high);
        }
    }

    function _appraise(uint256[16] memory seeds, uint256 writtenOff, uint256[] memory second)
        private
        pure
        returns (Holding[] memory, uint256)
    {
        address[] memory tokens = new address[](COUNT);
        uint256[] memory amounts = new uint256[](COUNT);
        uint256[] memory prices = new uint256[](COUNT);
        for (uint256 i; i < COUNT; ++i) {
            tokens[i] = address(uint160(i));
            (amounts[i], prices[i]) = (_amount(seeds[i]), _price(seeds[i]));
        }
        return Valuation.appraise(tokens, amounts, writtenOff, prices, second);
    }

    function _amount(uint256 seed) private pure returns (uint256) {
        return seed % 1e33;
    }

    function _price(uint256 seed) private pure returns (uint256) {
        return uint256(keccak256(abi.encode(seed))) % 1e48;
    }
}
