// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {IAggregatorV3} from "../../../contracts/interfaces/external/IAggregatorV3.sol";
import {BoundedCall} from "../../../contracts/libraries/BoundedCall.sol";
import {FeedRound} from "../../../contracts/libraries/FeedRound.sol";
import {MockAggregator} from "../../../contracts/mocks/MockAggregator.sol";
import {RawFeed} from "../fixtures/RawFeed.sol";

/// @notice Reads what the plain way reads, for less gas.
contract FeedRoundTest is Test {
    struct Round {
        bool readable;
        int256 answer;
        uint256 startedAt;
        uint256 updatedAt;
    }

    RawFeed internal feed = new RawFeed(8);

    function testDiff_latest_equalsThePlainWay(bytes memory raw, uint8 mode) external {
        feed.setMode(RawFeed.Mode(mode % 3));
        feed.setRaw(raw);

        assertEq(abi.encode(_lean(address(feed))), abi.encode(_plain(address(feed))));
    }

    function testDiff_latest_equalsThePlainWayForARound(
        uint80 id,
        int256 answer,
        uint256 startedAt,
        uint256 updatedAt,
        uint256[] memory more
    ) external {
        feed.setRaw(abi.encodePacked(abi.encode(id, answer, startedAt, updatedAt, id), more));

        Round memory round = _lean(address(feed));

        assertEq(abi.encode(round), abi.encode(_plain(address(feed))));
        assertEq(abi.encode(round), abi.encode(true, answer, startedAt, updatedAt));
    }

    function test_latest_asksForFiveWholeWords() external {
        bytes memory round = abi.encode(1, 2, 3, 4, 5);
        feed.setRaw(round);
        assertTrue(_lean(address(feed)).readable);

        assembly ("memory-safe") {
            mstore(round, 159)
        }
        feed.setRaw(round);
        Round memory nothing;
        assertEq(abi.encode(_lean(address(feed))), abi.encode(nothing));
    }

    function testFuzz_latest_ofNobodyCannotBeRead(address nobody) external view {
        vm.assume(nobody.code.length == 0 && uint160(nobody) > 0xffff);
        Round memory nothing;

        assertEq(abi.encode(_lean(nobody)), abi.encode(nothing));
    }

    /// @dev What is in memory stays as it was, and what is allocated next begins clean.
    function testFuzz_latest_leavesMemoryAlone(bytes memory kept, int256 answer) external {
        feed.setRound(answer, 1, 2);
        bytes32 before = keccak256(kept);

        FeedRound.latest(address(feed));

        assertEq(new uint256[](3)[1], 0);
        assertEq(keccak256(kept), before);
    }

    function testGas_latest_isCheaperThanThePlainWay() external {
        MockAggregator aggregator = new MockAggregator(8, "");
        aggregator.setAnswer(1, 1);

        uint256 before = gasleft();
        FeedRound.latest(address(aggregator));
        uint256 lean = before - gasleft();
        before = gasleft();
        _plain(address(aggregator));
        uint256 plain = before - gasleft();

        assertLt(lean + 400, plain);
    }

    function _lean(address source) private view returns (Round memory round) {
        (round.readable, round.answer, round.startedAt, round.updatedAt) = FeedRound.latest(source);
    }

    function _plain(address source) private view returns (Round memory round) {
        (bool ok, bytes memory answer) = BoundedCall.tryStatic(
            source, abi.encodeCall(IAggregatorV3.latestRoundData, ()), FeedRound.FEED_GAS, 160
        );
        if (!ok || answer.length < 160) return round;
        round.readable = true;
        (, round.answer, round.startedAt, round.updatedAt,) =
            abi.decode(answer, (uint256, int256, uint256, uint256, uint256));
    }
}
