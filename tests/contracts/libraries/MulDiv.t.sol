// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {stdError} from "forge-std/StdError.sol";
import {Test} from "forge-std/Test.sol";
import {mulDivDown, mulDivUp} from "../../../contracts/libraries/MulDiv.sol";

/// @notice Our short way to multiply and divide gives what OpenZeppelin's gives, and fails where it
/// fails.
contract MulDivTest is Test {
    function testFuzz_mulDiv_isOpenZeppelinsWhateverTheSizes(
        uint256 x,
        uint256 y,
        uint256 denominator,
        uint256 sizes
    ) external {
        // Products on both sides of one word, and quotients that are exact or do not fit.
        x >>= sizes % 256;
        y >>= (sizes >> 8) % 256;
        denominator >>= (sizes >> 16) % 256;
        _compare(x, y, denominator);
    }

    /// @dev Exact quotients, and those one unit beside.
    function testFuzz_mulDiv_isOpenZeppelinsBesideExactQuotients(uint256 x, uint128 y, uint256 off)
        external
    {
        x = bound(x, 2, type(uint128).max);
        uint256 denominator = bound(off, x - 1, x + 1);
        _compare(x, y, denominator);
        _compare(uint256(y) * x, 1, denominator);
    }

    /// @dev The last product that fits one word and the first that does not.
    function test_mulDiv_isOpenZeppelinsAtTheEdgeOfOneWord() external {
        uint256 most = type(uint256).max;
        _compare(most, 1, 1);
        _compare(most, 1, most);
        _compare(1 << 128, 1 << 127, 3);
        _compare(1 << 128, 1 << 128, 1 << 255);
        _compare(1 << 128, 1 << 128, 3);
        _compare(most, most, most);
        _compare(most, most, most - 1);
        _compare(0, most, 0);
        _compare(most, 0, 0);
        _compare(0, 0, 1);
    }

    /// @dev The same number, or the same failure.
    function _compare(uint256 x, uint256 y, uint256 denominator) private {
        (bool worked, bytes memory answer) =
            address(this).staticcall(abi.encodeCall(this.theirs, (x, y, denominator)));
        if (!worked) {
            vm.expectRevert(answer);
            this.down(x, y, denominator);
            vm.expectRevert();
            this.up(x, y, denominator);
            return;
        }
        (uint256 floor, bool isExact) = abi.decode(answer, (uint256, bool));
        assertEq(mulDivDown(x, y, denominator), floor);
        if (!isExact && floor == type(uint256).max) {
            vm.expectRevert(stdError.arithmeticError);
            this.up(x, y, denominator);
        } else {
            assertEq(mulDivUp(x, y, denominator), isExact ? floor : floor + 1);
        }
    }

    function theirs(uint256 x, uint256 y, uint256 denominator)
        external
        pure
        returns (uint256 floor, bool isExact)
    {
        floor = Math.mulDiv(x, y, denominator);
        isExact = mulmod(x, y, denominator) == 0;
    }

    function down(uint256 x, uint256 y, uint256 denominator) external pure returns (uint256) {
        return mulDivDown(x, y, denominator);
    }

    function up(uint256 x, uint256 y, uint256 denominator) external pure returns (uint256) {
        return mulDivUp(x, y, denominator);
    }
}
