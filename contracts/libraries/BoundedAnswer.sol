// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {BoundedCall} from "./BoundedCall.sol";

/// @title BoundedAnswer
/// @notice Numbers and texts from contracts that are not trusted to answer well. Texts are cut to
/// `TEXT_SIZE` characters and everything but printable ASCII in them becomes "?", so that no token
/// breaks a decoder, a terminal or a page.
library BoundedAnswer {
    /// @notice Gas for one question.
    uint256 internal constant QUESTION_GAS = 200_000;

    /// @notice Most characters of a text.
    uint256 internal constant TEXT_SIZE = 64;

    /// @dev Stands for whatever is not printable ASCII.
    bytes1 private constant _UNPRINTABLE = "?";

    /// @notice A number that `target` should answer; zero if it does not, or if it is too large.
    function number(address target, bytes memory question, uint256 maximum)
        internal
        view
        returns (uint256)
    {
        (bool ok, bytes memory answer) = BoundedCall.tryStatic(target, question, QUESTION_GAS, 32);
        if (!ok || answer.length < 32) return 0;
        uint256 found = abi.decode(answer, (uint256));
        return found <= maximum ? found : 0;
    }

    /// @notice A text that `target` should answer, as a string or as old tokens do in one word;
    /// empty if it does not.
    function text(address target, bytes4 selector) internal view returns (string memory) {
        (bool ok, bytes memory answer) = BoundedCall.tryStatic(
            target, abi.encodeWithSelector(selector), QUESTION_GAS, 64 + TEXT_SIZE
        );
        if (!ok || answer.length < 32) return "";
        if (answer.length < 64) return _printable(answer, 0, 32);
        (uint256 offset, uint256 length) = abi.decode(answer, (uint256, uint256));
        if (offset != 32) return "";
        return _printable(answer, 64, Math.min(length, answer.length - 64));
    }

    /// @dev `length` bytes of `answer` from `start`, up to the first zero, in printable ASCII.
    function _printable(bytes memory answer, uint256 start, uint256 length)
        private
        pure
        returns (string memory)
    {
        uint256 end = start;
        while (end < start + length && answer[end] != 0) ++end;
        bytes memory found = new bytes(end - start);
        for (uint256 i; i < found.length; ++i) {
            bytes1 letter = answer[start + i];
            found[i] = letter < 0x20 || letter > 0x7e ? _UNPRINTABLE : letter;
        }
        return string(found);
    }
}
