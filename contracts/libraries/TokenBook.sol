// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {KnownToken, TokenView} from "../interfaces/IVaultLens.sol";
import {MAX_ASSETS} from "../types/Types.sol";

/// @notice Tokens in the order in which they became known; the place in it is a token's position.
/// @param count How many they are.
/// @param keys Hash of each one's oracle and address.
/// @param prices Price of each.
/// @param index One more than the position of each token that is shared, at the place that its key
/// says or the next free one; else 0.
/// @param pages The tokens themselves, as they came.
/// @param pageCount Pages in use.
struct Book {
    uint256 count;
    bytes32[] keys;
    uint256[] prices;
    uint256[] index;
    TokenView[][] pages;
    uint256 pageCount;
}

/// @title TokenBook
/// @notice Remembers, in memory, what is known of tokens, so that vaults can share it at a cost
/// that does not grow with what other vaults have.
library TokenBook {
    /// @dev Position of a token that is not known.
    uint256 private constant _UNKNOWN = type(uint256).max;

    /// @notice An empty book with room for the tokens of so many vaults.
    function open(uint256 vaults) internal pure returns (Book memory book) {
        uint256 room = MAX_ASSETS * vaults;
        (book.keys, book.prices) = (new bytes32[](room), new uint256[](room));
        // Half of it stays empty, so that searches end soon.
        book.index = new uint256[](2 * room);
        book.pages = new TokenView[][](vaults);
    }

    /// @notice What is known of `tokens` in `oracle`.
    /// @return known Of those that are known, position and price.
    /// @return unknown Those that are not.
    function look(Book memory book, address oracle, address[] memory tokens)
        internal
        pure
        returns (KnownToken[] memory known, address[] memory unknown)
    {
        known = new KnownToken[](tokens.length);
        uint256 missing;
        for (uint256 i; i < tokens.length; ++i) {
            uint256 entry = book.index[_placeOf(book, _key(oracle, tokens[i]))];
            if (entry == 0) {
                known[i].position = _UNKNOWN;
                ++missing;
            } else {
                (known[i].position, known[i].price) = (entry - 1, book.prices[entry - 1]);
            }
        }
        unknown = new address[](missing);
        for (uint256 i = tokens.length; missing != 0; --i) {
            if (known[i - 1].position == _UNKNOWN) unknown[--missing] = tokens[i - 1];
        }
    }

    /// @notice Enters what was unknown, and completes what is known.
    /// @param known What `look` returned.
    /// @param found Descriptions of what it said is unknown, in that order.
    /// @param shared Whether later vaults may rely on them.
    function add(Book memory book, KnownToken[] memory known, TokenView[] memory found, bool shared)
        internal
        pure
    {
        uint256 next;
        for (uint256 i; i < known.length; ++i) {
            if (known[i].position != _UNKNOWN) continue;
            (known[i].position, known[i].price) = (book.count, found[next].price);
            _enter(book, found[next++], shared);
        }
        book.pages[book.pageCount++] = found;
    }

    /// @notice All tokens, in the order of their positions.
    function all(Book memory book) internal pure returns (TokenView[] memory tokens) {
        tokens = new TokenView[](book.count);
        uint256 next;
        for (uint256 i; i < book.pageCount; ++i) {
            TokenView[] memory page = book.pages[i];
            for (uint256 j; j < page.length; ++j) {
                tokens[next++] = page[j];
            }
        }
    }

    function _enter(Book memory book, TokenView memory token, bool shared) private pure {
        bytes32 key = _key(token.oracle, token.token);
        (book.keys[book.count], book.prices[book.count]) = (key, token.price);
        ++book.count;
        if (shared) book.index[_placeOf(book, key)] = book.count;
    }

    /// @dev Place of a token in the index, or the free one where it belongs.
    function _placeOf(Book memory book, bytes32 key) private pure returns (uint256 place) {
        uint256[] memory index = book.index;
        place = uint256(key) % index.length;
        while (index[place] != 0 && book.keys[index[place] - 1] != key) {
            place = (place + 1) % index.length;
        }
    }

    function _key(address oracle, address token) private pure returns (bytes32) {
        return Hashes.efficientKeccak256(
            bytes32(uint256(uint160(oracle))), bytes32(uint256(uint160(token)))
        );
    }
}
