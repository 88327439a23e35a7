// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IVenue
/// @notice A way to swap on one outside protocol. A venue keeps no state and holds no tokens: it is
/// called by a vault, asks the vault to pay through `ILegPayer.pay`, and sends the proceeds to it.
interface IVenue {
    /// @notice The data do not describe a path that this venue can trade.
    error BadRouteData(bytes data);
    /// @notice No pool exists for a hop of the path; `fee` is 0 where a pool has none to choose.
    error PoolMissing(address tokenA, address tokenB, uint24 fee);
    /// @notice The factory lists another pool than the one that the venue would swap in.
    error UnexpectedPool(address derived, address listed);
    /// @notice Only `expected` is answered: the pool of the running swap, zero while none runs, or
    /// the manager of all pools.
    error CallbackRefused(address caller, address expected);
    /// @notice A swap is running, in this pool.
    error SwapRunning(address pool);
    /// @notice The native currency is not traded; trade its wrapped token.
    error NativeCurrency();

    /// @notice The address that must receive tokenIn for this path to trade.
    /// @dev Called when a route is registered; reverts when the path cannot trade, for example
    /// because a pool does not exist.
    /// @param tokenIn Token to sell.
    /// @param tokenOut Token to buy.
    /// @param data What the venue needs beside the tokens; each venue documents its own.
    function payee(address tokenIn, address tokenOut, bytes calldata data)
        external
        view
        returns (address);

    /// @notice What the pools of this path charge, all hops together, in WAD of what is sold,
    /// rounded up. How far a trade moves their prices is no part of it.
    /// @dev Asked once, when a route is registered: it bounds the slippage of the public tier. A
    /// venue that names too little narrows that tier, and one that names too much widens it to the
    /// owner's limit at most.
    /// @param tokenIn Token to sell.
    /// @param tokenOut Token to buy.
    /// @param data What the venue needs beside the tokens; each venue documents its own.
    function fee(address tokenIn, address tokenOut, bytes calldata data)
        external
        view
        returns (uint256);

    /// @notice Sells `amountIn` of `tokenIn`, paid by the caller, and sends what it buys to the
    /// caller.
    /// @dev Calls back `ILegPayer(msg.sender).pay`. Sets no minimum: the caller measures what
    /// it received.
    /// @param tokenIn Token to sell.
    /// @param tokenOut Token to buy.
    /// @param amountIn Amount to sell, in the smallest unit of `tokenIn`.
    /// @param data What the venue needs beside the tokens.
    function swap(address tokenIn, address tokenOut, uint256 amountIn, bytes calldata data) external;
}

/// @title ILegPayer
/// @notice The side of a vault that a venue may call while one of its legs runs.
interface ILegPayer {
    /// @notice Pays `amount` of the running leg's tokenIn to the payee of its route.
    /// @dev Open only to the venue of the running leg, up to the leg's amountIn in total.
    /// @param amount Amount to pay, in the smallest unit of the leg's tokenIn.
    function pay(uint256 amount) external;
}
