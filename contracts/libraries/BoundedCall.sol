// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title BoundedCall
/// @notice Asks a contract that is not trusted to answer well. Whatever it does, reverting,
/// answering with megabytes or burning its gas, the cost is known and the caller goes on.
library BoundedCall {
    /// @notice Calls `target` without letting it change anything; never reverts.
    /// @dev Assembly, because Solidity copies all that comes back: a callee can then make its
    /// caller pay for as much memory as it pays for itself. Plain code needs about as much gas
    /// otherwise. An address without code succeeds with an empty answer.
    /// @param target Who is asked.
    /// @param data What is asked: selector and arguments.
    /// @param gasLimit Gas that `target` may use; less if less is left.
    /// @param maxSize Most bytes of the answer to keep; the rest is dropped.
    /// @return ok Whether the call succeeded.
    /// @return answer What came back, or what it reverted with, cut to `maxSize`.
    function tryStatic(address target, bytes memory data, uint256 gasLimit, uint256 maxSize)
        internal
        view
        returns (bool ok, bytes memory answer)
    {
        assembly ("memory-safe") {
            ok := staticcall(gasLimit, target, add(data, 32), mload(data), 0, 0)
            let size := returndatasize()
            if gt(size, maxSize) { size := maxSize }
            answer := mload(0x40)
            mstore(answer, size)
            returndatacopy(add(answer, 32), 0, size)
            // Rounded up to whole words, as Solidity keeps its free pointer.
            mstore(0x40, and(add(add(answer, size), 63), not(31)))
        }
    }
}
