// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IMandate} from "../../contracts/interfaces/IMandate.sol";
import {IVault} from "../../contracts/interfaces/IVault.sol";
import {StreamingFee} from "../../contracts/types/Ledger.sol";
import {Leg, WAD} from "../../contracts/types/Types.sol";
import {DoorsFixture} from "./fixtures/DoorsFixture.sol";
import {Flooder} from "./fixtures/Hostile.sol";

/// @notice The streaming fee: shares by formula, never above its cap, paid before every mint and
/// redemption and inside no rebalance, and unable to keep anybody in.
/// forge-config: default.fuzz.runs = 200
contract VaultFeeTest is DoorsFixture {
    uint64 internal constant RATE = 0.02e18;
    address internal recipient = makeAddr("recipient");

    function setUp() public override {
        super.setUp();
        _setFee(RATE, recipient);
    }

    /* FORMULA */

    function testFuzz_accrueFee_createsSharesByFormula(uint256 rate, uint256 elapsed) external {
        rate = bound(rate, 0, 0.05e18);
        elapsed = bound(elapsed, 0, 20 * 365 days);
        _setFee(uint64(rate), recipient);
        vm.warp(block.timestamp + elapsed);

        vault.accrueFee();

        assertEq(vault.balanceOf(recipient), SHARES * rate * elapsed / 365 days / WAD);
        assertEq(vault.totalSupply(), SHARES + vault.balanceOf(recipient));
    }

    function test_accrueFee_announcesTheShares() external {
        vm.warp(block.timestamp + 365 days);

        vm.expectEmit(address(vault));
        emit IVault.FeeAccrued(recipient, 20_000e18);
        vault.accrueFee();

        StreamingFee memory fee = vault.fee();
        assertEq(fee.recipient, recipient);
        assertEq(fee.rate, RATE);
        assertEq(fee.accruedAt, block.timestamp);
    }

    function test_accrueFee_createsNothingTwiceInASecond() external {
        vm.warp(block.timestamp + 30 days);
        vault.accrueFee();
        uint256 shares = vault.balanceOf(recipient);

        vault.accrueFee();

        assertEq(vault.balanceOf(recipient), shares);
    }

    /// @dev INV-7: however often anybody lets it accrue, the recipient's part of all shares stays
    /// below the rate; and it is never less than a single accrual would give.
    function testFuzz_accrueFee_takesNoMoreForAccruingOften(uint256 seed) external {
        uint256 start = block.timestamp;
        for (uint256 i; i < 12; ++i) {
            vm.warp(block.timestamp + 1 + (seed >> 20 * i) % 60 days);
            vault.accrueFee();
        }
        uint256 elapsed = block.timestamp - start;

        uint256 part = vault.balanceOf(recipient) * WAD / vault.totalSupply();
        assertLe(part, RATE * elapsed / 365 days);
        assertGe(vault.balanceOf(recipient) + 12, SHARES * RATE * elapsed / 365 days / WAD);
    }

    /// @dev A rate of one part in 10^18 a year earns one share wei in half a minute.
    function test_accrueFee_losesNoPartOfAShareToAccruingOften() external {
        _setFee(1, recipient);
        for (uint256 i; i < 64; ++i) {
            vm.warp(block.timestamp + 1);
            vault.accrueFee();
        }

        assertEq(vault.balanceOf(recipient), 2);
    }

    /* WHEN IT ACCRUES */

    function testFuzz_everyMintAndRedemption_accruesFirst(uint256 door, uint256 elapsed) external {
        elapsed = bound(elapsed, 1, 400 days);
        vm.warp(block.timestamp + elapsed);

        _pass(door);

        assertEq(vault.balanceOf(recipient), SHARES * RATE * elapsed / 365 days / WAD);
        assertEq(vault.fee().accruedAt, block.timestamp);
    }

    /// @dev A year's fee is paid by those who were there.
    function test_deposit_paysForNoTimeBeforeIt() external {
        vm.warp(block.timestamp + 365 days);
        uint256 shares = vault.previewDeposit(50_000e6);

        // Of 1,020,000 shares in all, a twentieth of NAV less 50 bp.
        assertEq(shares, 50_745e18);
        assertEq(deposit(stranger, 50_000e6), shares);
    }

    /// @dev INV-7: a rebalance creates no shares, whatever is pending.
    function test_rebalance_accruesNothing() external {
        setPrice(WETH, 2_600e18);
        Leg[] memory legs = new Leg[](1);
        legs[0] = legOf(WETH, USDC, 20_000e18);
        vm.warp(block.timestamp + 30 days);
        uint256 accruedAt = vault.fee().accruedAt;

        rebalance(keeper, legs);

        assertEq(vault.totalSupply(), SHARES);
        assertEq(vault.balanceOf(recipient), 0);
        assertEq(vault.fee().accruedAt, accruedAt);
        // It is paid by the next that comes.
        vault.accrueFee();
        assertGt(vault.balanceOf(recipient), 1_600e18);
    }

    function test_fee_doesNotAccrueBeforeTheSeed() external {
        createVault();
        _setFee(RATE, recipient);
        vm.warp(block.timestamp + 365 days);
        seedVault(SHARES);

        vault.accrueFee();

        assertEq(vault.totalSupply(), SHARES);
    }

    /* PREVIEWS */

    /// @dev The fee of the years since is in every preview, to the unit.
    function testFuzz_previews_includeWhatIsPending(uint256 door, uint256 elapsed) external {
        vm.warp(block.timestamp + bound(elapsed, 0, 4000 days));
        uint256[] memory before = _previews();

        _pass(door);

        if (door % 6 == 0) assertEq(vault.balanceOf(stranger), before[0]);
        if (door % 6 == 1) assertEq(tokens[USDC].balanceOf(stranger), 20_000e6 - before[1]);
        if (door % 6 == 2) assertEq(vault.balanceOf(holder), SHARES - 1e15 - before[2]);
        if (door % 6 == 3) assertEq(tokens[USDC].balanceOf(holder), before[3]);
        if (door % 6 == 4) assertEq(tokens[WETH].balanceOf(stranger), 20e18 - before[4]);
        if (door % 6 == 5) assertEq(tokens[WETH].balanceOf(holder), before[5]);
    }

    function testFuzz_previews_areTheSameBeforeAndAfterAccrual(uint256 elapsed) external {
        vm.warp(block.timestamp + bound(elapsed, 0, 4000 days));
        uint256[] memory before = _previews();
        uint256 assets = vault.convertToAssets(1e18);

        vault.accrueFee();

        assertEq(_previews(), before);
        assertEq(vault.convertToAssets(1e18), assets);
    }

    /* NOBODY IS KEPT IN */

    /// @dev INV-6: whoever the recipient is, and after however long.
    function testFuzz_redeemInKind_isNeverBlockedByTheFee(address payee, uint256 elapsed) external {
        vm.assume(payee != address(0) && payee != holder);
        _setFee(0.05e18, payee);
        vm.warp(block.timestamp + bound(elapsed, 0, 60 * 365 days));

        redeemInKind(holder, vault.balanceOf(holder));

        assertEq(vault.balanceOf(holder), 0);
    }

    /// @dev INV-6: nothing is asked of the recipient, so nothing it does can fail.
    function test_redeemInKind_isNotBlockedByARecipientThatReverts() external {
        Flooder reverting = new Flooder(1_000, true);
        _setFee(0.05e18, address(reverting));
        vm.warp(block.timestamp + 365 days);

        redeemInKind(holder, 10_000e18);

        assertEq(vault.balanceOf(address(reverting)), 50_000e18);
    }

    function test_redeemInKind_isNotBlockedByAVaultThatIsItsOwnRecipient() external {
        _setFee(0.05e18, address(vault));
        vm.warp(block.timestamp + 365 days);

        redeemInKind(holder, 10_000e18);

        assertEq(vault.balanceOf(address(vault)), 50_000e18);
    }

    /* SETTING IT */

    function test_setFee_paysTheOldRateToTheOldRecipientFirst() external {
        vm.warp(block.timestamp + 365 days);

        vm.expectEmit(address(vault));
        emit IVault.FeeSet(stranger, 0.05e18);
        _setFee(0.05e18, stranger);

        assertEq(vault.balanceOf(recipient), 20_000e18);
        assertEq(vault.balanceOf(stranger), 0);
        vm.warp(block.timestamp + 365 days);
        vault.accrueFee();
        assertEq(vault.balanceOf(recipient), 20_000e18);
        assertEq(vault.balanceOf(stranger), 51_000e18);
    }

    function test_setFee_canEndTheFee() external {
        _setFee(0, address(0));
        vm.warp(block.timestamp + 365 days);

        redeemInKind(holder, 10_000e18);

        assertEq(vault.totalSupply(), SHARES - 10_000e18);
    }

    function testFuzz_setFee_revertsAboveTheCap(uint64 rate) external {
        rate = uint64(bound(rate, 0.05e18 + 1, type(uint64).max));

        vm.expectRevert(abi.encodeWithSelector(IVault.FeeTooHigh.selector, rate, 0.05e18));
        _setFee(rate, recipient);
    }

    function test_setFee_revertsForARateWithoutARecipient() external {
        vm.expectRevert(IVault.ZeroReceiver.selector);
        _setFee(1, address(0));
    }

    /// @dev INV-10: not even the owner, but through the mandate.
    function testFuzz_setFee_isTheMandatesAlone(address caller) external {
        vm.assume(caller != address(mandate));

        vm.expectRevert(abi.encodeWithSelector(IVault.NotMandate.selector, caller, mandate));
        vm.prank(caller);
        vault.setFee(0, recipient);
    }

    function testFuzz_setFee_isTheOwnersAlone(address caller) external {
        vm.assume(caller != owner);

        vm.expectRevert(abi.encodeWithSelector(IMandate.NotAuthorized.selector, caller));
        vm.prank(caller);
        mandate.setFee(0, recipient);
    }

    /* HELPERS */

    function _setFee(uint64 rate, address payee) private {
        vm.prank(owner);
        mandate.setFee(rate, payee);
    }

    /// @dev Ten thousand of assets or shares through one of the six ways in and out.
    function _pass(uint256 door) private {
        if (door % 6 == 0) deposit(stranger, 10_000e6);
        if (door % 6 == 1) {
            fund(stranger, 20_000e6);
            vm.prank(stranger);
            vault.mint(10_000e18, stranger);
        }
        if (door % 6 == 2) withdraw(holder, 10_000e6);
        if (door % 6 == 3) redeem(holder, 10_000e18);
        if (door % 6 == 4) {
            uint256[] memory pockets = new uint256[](COUNT);
            (pockets[0], pockets[1], pockets[2]) = (20_000e6, 2e8, 20e18);
            provide(stranger, pockets);
            vm.prank(stranger);
            vault.mintInKind(10_000e18, pockets, stranger);
        }
        if (door % 6 == 5) redeemInKind(holder, 10_000e18);
    }

    /// @dev In the order of `_pass`; in kind, of ether.
    function _previews() private view returns (uint256[] memory amounts) {
        amounts = new uint256[](6);
        amounts[0] = vault.previewDeposit(10_000e6);
        amounts[1] = vault.previewMint(10_000e18);
        amounts[2] = vault.previewWithdraw(10_000e6);
        amounts[3] = vault.previewRedeem(10_000e18);
        amounts[4] = vault.previewMintInKind(10_000e18)[WETH];
        amounts[5] = vault.previewRedeemInKind(10_000e18)[WETH];
    }
}
