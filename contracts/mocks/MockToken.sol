// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @title MockToken
/// @notice An ordinary ERC-20 with permit that anyone may print. For tests, the local chain and
/// testnets only.
contract MockToken is ERC20Permit {
    uint8 internal immutable _DECIMALS;

    /// @notice Creates the token with no supply.
    /// @param name Name of the token.
    /// @param symbol Symbol of the token.
    /// @param tokenDecimals Decimals of the token.
    constructor(string memory name, string memory symbol, uint8 tokenDecimals)
        ERC20(name, symbol)
        ERC20Permit(name)
    {
        _DECIMALS = tokenDecimals;
    }

    /// @notice Creates `amount` of the token, in its smallest unit, for `receiver`.
    function mint(address receiver, uint256 amount) external {
        _mint(receiver, amount);
    }

    /// @notice Decimals of the token.
    function decimals() public view override returns (uint8) {
        return _DECIMALS;
    }
}
