// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title CompactBound
/// @notice Numbers up to 2^128 in 32 bits, to eight significant decimal digits: a bound that a
/// person writes down, such as 100,000e8, is kept exactly.
/// @dev 27 bits of digits below 5 bits of a power of ten; every compact number has one form.
library CompactBound {
    /// @dev Digits are below this.
    uint256 private constant _DIGITS = 1e8;

    /// @dev Bits of the digits.
    uint256 private constant _WIDTH = 27;

    /// @notice The largest compact number that is not above `value`.
    function packDown(uint128 value) internal pure returns (uint32) {
        uint256 exponent;
        uint256 digits = value;
        for (; digits >= _DIGITS; ++exponent) {
            digits /= 10;
        }
        return _join(digits, exponent);
    }

    /// @notice The smallest compact number that is not below `value`.
    function packUp(uint128 value) internal pure returns (uint32) {
        uint256 exponent;
        uint256 digits = value;
        // Rounding up digit by digit is rounding up at once.
        for (; digits >= _DIGITS; ++exponent) {
            digits = (digits + 9) / 10;
        }
        return _join(digits, exponent);
    }

    /// @notice The number that `compact` stands for.
    function unpack(uint256 compact) internal pure returns (uint256) {
        // At most 2^27 * 10^31.
        unchecked {
            return (compact & (1 << _WIDTH) - 1) * 10 ** (compact >> _WIDTH);
        }
    }

    /// @dev The exponent is at most 31: 2^128 has 39 digits.
    function _join(uint256 digits, uint256 exponent) private pure returns (uint32) {
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint32(exponent << _WIDTH | digits);
    }
}
