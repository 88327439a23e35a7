// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {BoundedCall} from "../../contracts/libraries/BoundedCall.sol";

/// @notice Returns, reverts with, or burns whatever it is asked to.
contract Answerer {
    function answer(bytes calldata data) external pure {
        bytes memory copy = data;
        assembly ("memory-safe") {
            return(add(copy, 32), mload(copy))
        }
    }

    function fail(bytes calldata data) external pure {
        bytes memory copy = data;
        assembly ("memory-safe") {
            revert(add(copy, 32), mload(copy))
        }
    }

    function burn() external pure {
        while (true) {}
    }

    function flood(uint256 size) external pure {
        assembly {
            return(0, size)
        }
    }
}

/// @notice A bounded call gives what a plain one gives, cut to size, and costs no more than
/// allowed.
contract BoundedCallTest is Test {
    Answerer internal answerer = new Answerer();

    function testFuzz_tryStatic_equalsAPlainCallUpToTheSize(bytes memory data, uint256 maxSize)
        external
        view
    {
        maxSize = bound(maxSize, 0, 2 * data.length);
        bytes memory question = abi.encodeCall(Answerer.answer, (data));

        (bool ok, bytes memory answer) =
            BoundedCall.tryStatic(address(answerer), question, 1_000_000, maxSize);

        (bool plainOk, bytes memory plain) = address(answerer).staticcall(question);
        assertEq(ok, plainOk);
        assertEq(answer, _cut(plain, maxSize));
    }

    function testFuzz_tryStatic_returnsWhatTheCalleeRevertedWith(bytes memory data) external view {
        bytes memory question = abi.encodeCall(Answerer.fail, (data));

        (bool ok, bytes memory answer) =
            BoundedCall.tryStatic(address(answerer), question, 1_000_000, data.length);

        assertFalse(ok);
        assertEq(answer, data);
    }

    /// @dev Memory allocated afterwards neither overlaps the answer nor starts inside a word.
    function testFuzz_tryStatic_leavesMemoryInOrder(bytes memory data) external view {
        bytes memory question = abi.encodeCall(Answerer.answer, (data));

        (, bytes memory answer) =
            BoundedCall.tryStatic(address(answerer), question, 1_000_000, data.length);
        bytes memory next = new bytes(64);
        for (uint256 i; i < next.length; ++i) {
            next[i] = 0xff;
        }

        assertEq(answer, data);
        uint256 place;
        assembly ("memory-safe") {
            place := next
        }
        assertEq(place % 32, 0);
    }

    function test_tryStatic_stopsACalleeAtItsGas() external view {
        uint256 before = gasleft();
        (bool ok, bytes memory answer) =
            BoundedCall.tryStatic(address(answerer), abi.encodeCall(Answerer.burn, ()), 100_000, 32);
        uint256 used = before - gasleft();

        assertFalse(ok);
        assertEq(answer.length, 0);
        assertLt(used, 110_000);
    }

    /// @dev The reason for the assembly: the caller of a plain call pays for the flood again.
    function test_tryStatic_doesNotPayForAFlood() external view {
        bytes memory question = abi.encodeCall(Answerer.flood, (500_000));
        uint256 before = gasleft();
        (bool ok, bytes memory answer) =
            BoundedCall.tryStatic(address(answerer), question, 10_000_000, 64);
        uint256 bounded = before - gasleft();

        before = gasleft();
        (bool plainOk, bytes memory plain) = address(answerer).staticcall(question);
        uint256 plainUsed = before - gasleft();

        assertTrue(ok && plainOk);
        assertEq(answer.length, 64);
        assertEq(plain.length, 500_000);
        assertLt(bounded * 3, plainUsed * 2);
    }

    function test_tryStatic_ofAnAddressWithoutCodeIsEmpty() external {
        (bool ok, bytes memory answer) = BoundedCall.tryStatic(makeAddr("nobody"), "", 100_000, 32);

        assertTrue(ok);
        assertEq(answer.length, 0);
    }

    function _cut(bytes memory data, uint256 size) internal pure returns (bytes memory cut) {
        if (data.length <= size) return data;
        cut = new bytes(size);
        for (uint256 i; i < size; ++i) {
            cut[i] = data[i];
        }
    }
}
