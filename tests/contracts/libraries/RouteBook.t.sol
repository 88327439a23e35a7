// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {IMandate, RouteConfig} from "../../../contracts/interfaces/IMandate.sol";
import {Times} from "../../../contracts/libraries/AssetBook.sol";
import {RouteBook, Routes} from "../../../contracts/libraries/RouteBook.sol";
import {Route} from "../../../contracts/types/Types.sol";
import {ScriptedVenue} from "../fixtures/ScriptedVenue.sol";

/// @notice A route is read as it was registered, for ever but for its indices and its end.
contract RouteBookTest is Test {
    using RouteBook for Routes;

    uint256 internal constant COUNT = 16;

    Routes internal book;
    Times internal times;
    ScriptedVenue internal venue = new ScriptedVenue();
    address[] internal tokens;

    function setUp() external {
        for (uint160 i; i < COUNT; ++i) {
            tokens.push(address(0x1000 + i));
        }
    }

    /// @dev Data of any length, short ones beside the route and long ones apart.
    function testFuzz_read_givesBackWhatWasAdded(uint8 sold, uint8 bought, bytes memory data)
        external
    {
        (sold, bought) = _pair(sold, bought);

        uint256 id = _add(sold, bought, data);

        Route memory route = _read(id);
        assertEq(route.venue, address(venue));
        assertEq(route.payee, venue.till());
        assertEq(route.tokenIn, sold);
        assertEq(route.tokenOut, bought);
        assertEq(route.data, data);
        assertTrue(route.active);
    }

    function test_read_givesBackDataOfEveryLengthAroundTheLimit() external {
        for (uint256 length; length <= 34; ++length) {
            bytes memory data = new bytes(length);
            for (uint256 i; i < length; ++i) {
                data[i] = bytes1(uint8(0xff - i));
            }

            assertEq(_read(_add(0, 1, data)).data, data);
        }
    }

    function testFuzz_read_isAllZeroForAnUnknownId(uint256 id) external view {
        Route memory route = _read(id);

        assertFalse(route.active);
        assertEq(route.venue, address(0));
        assertEq(route.data.length, 0);
    }

    /// @dev Only routes of the asset end, and those that have ended stay as they were.
    function testFuzz_endAllOf_endsThoseOfTheAssetOnly(uint256 seed, uint8 asset) external {
        asset = uint8(bound(asset, 0, COUNT - 1));
        _addMany(seed);

        book.endAllOf(asset);

        for (uint256 id; id < book.count; ++id) {
            Route memory route = _read(id);
            assertEq(route.active, route.tokenIn != asset && route.tokenOut != asset);
        }
    }

    function test_endAllOf_emitsForEachThatEnds() external {
        _add(3, 4, "");
        _add(4, 5, "");
        _add(5, 3, "");
        book.endAllOf(5);

        vm.expectEmit();
        emit IMandate.RouteRemoved(0, msg.sender);
        vm.recordLogs();
        book.endAllOf(3);

        assertEq(vm.getRecordedLogs().length, 1);
    }

    /// @dev The last asset takes the place of a removed one: active routes keep their tokens, as
    /// they are named by the new list, and those that have ended keep their numbers.
    function testFuzz_renumber_keepsTheTokensOfActiveRoutes(uint256 seed, uint8 removed) external {
        removed = uint8(bound(removed, 0, COUNT - 1));
        _addMany(seed);
        Route[] memory before = new Route[](book.count);
        for (uint256 id; id < before.length; ++id) {
            before[id] = _read(id);
        }

        book.endAllOf(removed);
        book.renumber(COUNT - 1, removed);

        address[] memory listed = tokens;
        listed[removed] = listed[COUNT - 1];
        for (uint256 id; id < before.length; ++id) {
            Route memory route = _read(id);
            if (!route.active) continue;
            assertEq(listed[route.tokenIn], tokens[before[id].tokenIn]);
            assertEq(listed[route.tokenOut], tokens[before[id].tokenOut]);
            if (removed != COUNT - 1) {
                assertTrue(route.tokenIn != COUNT - 1 && route.tokenOut != COUNT - 1);
            }
        }
    }

    /* HELPERS */

    function _add(uint8 sold, uint8 bought, bytes memory data) internal returns (uint256) {
        return book.add(times, RouteConfig(address(venue), sold, bought, data), tokens);
    }

    function _read(uint256 id) internal view returns (Route memory found) {
        book.read(id, found);
    }

    function _addMany(uint256 seed) internal {
        for (uint256 i; i < 20; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            (uint8 sold, uint8 bought) = _pair(uint8(seed), uint8(seed >> 8));
            _add(sold, bought, "");
        }
    }

    function _pair(uint8 sold, uint8 bought) internal pure returns (uint8, uint8) {
        sold = uint8(bound(sold, 0, COUNT - 1));
        bought = uint8((sold + 1 + bound(bought, 0, COUNT - 2)) % COUNT);
        return (sold, bought);
    }
}
