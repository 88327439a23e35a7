// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Bytes} from "@openzeppelin/contracts/utils/Bytes.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IMandate, RouteConfig} from "../interfaces/IMandate.sol";
import {IVenue} from "../interfaces/IVenue.sol";
import {Route, WAD} from "../types/Types.sol";
import {Times} from "./AssetBook.sol";
import {BoundedCall} from "./BoundedCall.sol";

/// @notice A route as it is stored: two slots while its data are short, since every leg reads them.
/// @param venue Contract that performs the swap.
/// @param tokenIn Index of the asset sold.
/// @param tokenOut Index of the asset bought.
/// @param size Bytes of data, or `RouteBook.LONG`.
/// @param shortData Data of up to nine bytes.
/// @param payee Who is paid while a leg runs.
/// @param active False once removed.
struct StoredRoute {
    address venue;
    uint8 tokenIn;
    uint8 tokenOut;
    uint8 size;
    bytes9 shortData;
    address payee;
    bool active;
}

/// @notice The routes of a mandate, by id; ids are never reused.
/// @param count How many there have been.
/// @param routes By id.
/// @param longData Data of more than nine bytes, by id.
struct Routes {
    uint256 count;
    mapping(uint256 routeId => StoredRoute) routes;
    mapping(uint256 routeId => bytes) longData;
}

/// @title RouteBook
/// @notice Registers routes for ever: they can end, but an id never trades other tokens. Deployed
/// once and linked, since the mandate would not fit otherwise; what every leg reads is not behind
/// the link.
library RouteBook {
    /// @notice Stands for the size of data that are too long to be stored beside their route.
    uint8 internal constant LONG = type(uint8).max;
    /// @notice Most bytes of data that are stored beside their route.
    uint256 internal constant SHORT_SIZE = 9;
    /// @notice A millionth, in WAD: the unit in which the worst fee is kept.
    uint256 internal constant MILLIONTH = 1e12;
    /// @notice Bytes of an answer to which a venue is held when it is asked for its fee.
    uint256 internal constant ANSWER_SIZE = 32;

    /// @notice Registers a route whose venue can trade it, and notes what it charges if none has
    /// charged more.
    /// @param book The routes.
    /// @param times Where the worst fee is kept.
    /// @param config The route.
    /// @param tokens The assets, by index.
    /// @return routeId Its id.
    function add(
        Routes storage book,
        Times storage times,
        RouteConfig memory config,
        address[] memory tokens
    ) external returns (uint256 routeId) {
        require(
            config.tokenIn < tokens.length && config.tokenOut < tokens.length
                && config.tokenIn != config.tokenOut,
            IMandate.BadRoute(config.tokenIn, config.tokenOut)
        );
        require(config.venue.code.length != 0, IMandate.NoCode(config.venue));
        (address tokenIn, address tokenOut) = (tokens[config.tokenIn], tokens[config.tokenOut]);
        address payee = IVenue(config.venue).payee(tokenIn, tokenOut, config.data);
        uint256 fee = _feeOf(config, tokenIn, tokenOut);
        // At most a million, since a fee is below WAD.
        // forge-lint: disable-next-line(unsafe-typecast)
        times.worstFee = uint24(Math.max(times.worstFee, Math.ceilDiv(fee, MILLIONTH)));
        routeId = book.count++;
        _store(book, routeId, config, payee);
        emit IMandate.RouteAdded(routeId, tokenIn, tokenOut, config.venue, payee, config.data, fee);
    }

    /// @dev What the venue charges, in WAD. It is asked without trust: of an answer of any length
    /// only the first word is copied, and none of a whole or more is taken.
    function _feeOf(RouteConfig memory config, address tokenIn, address tokenOut)
        private
        view
        returns (uint256 fee)
    {
        (bool ok, bytes memory answer) = BoundedCall.tryStatic(
            config.venue,
            abi.encodeCall(IVenue.fee, (tokenIn, tokenOut, config.data)),
            gasleft(),
            ANSWER_SIZE
        );
        require(ok && answer.length == ANSWER_SIZE, IMandate.FeeUnknown(config.venue, answer));
        fee = abi.decode(answer, (uint256));
        require(fee < WAD, IMandate.FeeTooHigh(config.venue, fee, WAD));
    }

    function _store(Routes storage book, uint256 routeId, RouteConfig memory config, address payee)
        private
    {
        bool short = config.data.length <= SHORT_SIZE;
        book.routes[routeId] = StoredRoute({
            venue: config.venue,
            tokenIn: config.tokenIn,
            tokenOut: config.tokenOut,
            // At most nine, if it is short.
            // forge-lint: disable-next-line(unsafe-typecast)
            size: short ? uint8(config.data.length) : LONG,
            // Of longer data these bytes are not looked at.
            // forge-lint: disable-next-line(unsafe-typecast)
            shortData: bytes9(config.data),
            payee: payee,
            active: true
        });
        if (!short) book.longData[routeId] = config.data;
    }

    /// @notice Ends every route that sells or buys an asset.
    /// @param book The routes.
    /// @param asset Index of the asset.
    function endAllOf(Routes storage book, uint256 asset) external {
        for (uint256 id; id < book.count; ++id) {
            StoredRoute storage found = book.routes[id];
            if (!found.active || (found.tokenIn != asset && found.tokenOut != asset)) continue;
            found.active = false;
            emit IMandate.RouteRemoved(id, msg.sender);
        }
    }

    /// @notice Lets routes follow an asset to its new index.
    /// @param book The routes.
    /// @param from Its index so far.
    /// @param to Its new index, of which no route is active.
    function renumber(Routes storage book, uint256 from, uint8 to) external {
        for (uint256 id; id < book.count; ++id) {
            StoredRoute storage found = book.routes[id];
            if (!found.active) continue;
            if (found.tokenIn == from) found.tokenIn = to;
            if (found.tokenOut == from) found.tokenOut = to;
        }
    }

    /// @notice Most that a route charged when it was registered, in WAD.
    function worstFeeOf(Times memory times) internal pure returns (uint256) {
        return times.worstFee * MILLIONTH;
    }

    /// @notice Reads the route with this id into `found`; all zero if there is none.
    function read(Routes storage book, uint256 routeId, Route memory found) internal view {
        StoredRoute storage stored = book.routes[routeId];
        (found.venue, found.tokenIn, found.tokenOut) =
        (stored.venue, stored.tokenIn, stored.tokenOut);
        (found.payee, found.active) = (stored.payee, stored.active);
        uint256 size = stored.size;
        found.data = size == LONG
            ? book.longData[routeId]
            : Bytes.splice(abi.encodePacked(stored.shortData), 0, size);
    }
}
