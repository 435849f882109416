// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {EscrowSale} from "@cybermiles/escrow/EscrowSale.sol";
import {WCMT} from "@cybermiles/wcmt/WCMT.sol";
import {Cheats} from "./Cheats.sol";

/// @notice Properties of one sale, whatever its numbers.
contract EscrowSaleTest is Cheats {
    EscrowSale private escrow = new EscrowSale();
    address private constant seller = address(0x5E11E5);
    address private constant buyer = address(0xB0B);

    function list(uint96 price, uint32 shipWithin, uint32 confirmWithin) private returns (uint256) {
        vm.prank(seller);
        return escrow.list(address(0), price, shipWithin, confirmWithin, address(0), "");
    }

    function testFuzz_aSaleMovesThePriceAndNothingElse(uint96 price, uint32 shipWithin, uint32 confirmWithin, bool silent)
        external
    {
        vm.assume(price > 0 && shipWithin > 0 && confirmWithin > 0);
        uint256 id = list(price, shipWithin, confirmWithin);
        vm.deal(buyer, uint256(price) + 1);
        vm.prank(buyer);
        escrow.pay{value: price}(id);
        vm.prank(seller);
        escrow.ship(id, "");
        if (silent) {
            vm.warp(block.timestamp + confirmWithin + 1);
            escrow.timeOut(id);
        } else {
            vm.prank(buyer);
            escrow.confirm(id);
        }
        vm.prank(seller);
        escrow.withdraw(address(0), seller);
        vm.assertEq(seller.balance, price, "seller");
        vm.assertEq(buyer.balance, 1, "buyer");
        vm.assertEq(address(escrow).balance, 0, "escrow");
    }

    function testFuzz_aRefundGivesBackThePrice(uint96 price, uint32 shipWithin, bool bySeller) external {
        vm.assume(price > 0 && shipWithin > 0);
        uint256 id = list(price, shipWithin, 1);
        vm.deal(buyer, price);
        vm.prank(buyer);
        escrow.pay{value: price}(id);
        if (!bySeller) vm.warp(block.timestamp + shipWithin + 1);
        vm.prank(bySeller ? seller : buyer);
        escrow.refund(id);
        vm.prank(buyer);
        escrow.withdraw(address(0), buyer);
        vm.assertEq(buyer.balance, price, "buyer");
    }

    function testFuzz_onlyTheExactPriceIsTaken(uint96 price, uint96 sent) external {
        vm.assume(price > 0 && sent != price);
        uint256 id = list(price, 1, 1);
        vm.deal(buyer, sent);
        vm.prank(buyer);
        vm.expectRevert(abi.encodeWithSelector(EscrowSale.WrongPayment.selector, price, sent));
        escrow.pay{value: sent}(id);
    }

    function testFuzz_noDeadlineCanBeMovedAround(uint32 shipWithin, uint64 wait) external {
        vm.assume(shipWithin > 0);
        uint256 id = list(1, shipWithin, 1);
        vm.deal(buyer, 1);
        vm.prank(buyer);
        escrow.pay{value: 1}(id);
        uint256 shipBy = block.timestamp + shipWithin;
        vm.warp(block.timestamp + within(wait, 0, 2 * uint256(shipWithin)));
        bool late = block.timestamp > shipBy;
        vm.prank(late ? seller : buyer);
        bytes4 fault = late ? EscrowSale.TooLate.selector : EscrowSale.TooEarly.selector;
        vm.expectRevert(abi.encodeWithSelector(fault, id, shipBy));
        if (late) escrow.ship(id, "");
        else escrow.refund(id);
    }
}

/// @notice Acts at random as five people who buy from and sell to each other, in CMT and in WCMT.
contract Market is Cheats {
    EscrowSale public escrow = new EscrowSale();
    WCMT public token = new WCMT();

    function person(uint256 seed) public pure returns (address) {
        return address(uint160(0x1000 + seed % 5));
    }

    function tokenOf(uint256 seed) public view returns (address) {
        return seed % 3 == 0 ? address(token) : address(0);
    }

    function list(uint256 seed, uint96 price) external {
        vm.prank(person(seed));
        escrow.list(tokenOf(seed), uint96(within(price, 1, type(uint96).max)), 100, 100, address(0), "");
    }

    function pay(uint256 seed, uint256 who) external {
        (uint256 id, EscrowSale.Sale memory sale) = pick(seed);
        if (sale.state != EscrowSale.State.Listed) return;
        address buyer = person(who);
        vm.deal(buyer, buyer.balance + sale.price);
        vm.startPrank(buyer);
        if (sale.token == address(0)) {
            escrow.pay{value: sale.price}(id);
        } else {
            token.deposit{value: sale.price}();
            token.approve(address(escrow), sale.price);
            escrow.pay(id);
        }
        vm.stopPrank();
    }

    /// @notice Takes any further step that the sale allows.
    function step(uint256 seed, uint256 choice) external {
        (uint256 id, EscrowSale.Sale memory sale) = pick(seed);
        bool late = block.timestamp > sale.deadline;
        if (sale.state == EscrowSale.State.Listed && choice % 4 == 0) {
            vm.prank(sale.seller);
            escrow.cancel(id);
        } else if (sale.state == EscrowSale.State.Paid) {
            vm.prank(late ? sale.buyer : sale.seller);
            if (late || choice % 4 == 0) escrow.refund(id);
            else escrow.ship(id, "");
        } else if (sale.state == EscrowSale.State.Shipped) {
            vm.prank(choice % 4 == 0 ? sale.seller : sale.buyer);
            if (choice % 4 == 0) escrow.refund(id);
            else if (late) escrow.timeOut(id);
            else escrow.confirm(id);
        }
    }

    function withdraw(uint256 seed) external {
        address account = person(seed);
        address currency = tokenOf(seed);
        if (escrow.owed(currency, account) == 0) return;
        vm.prank(account);
        escrow.withdraw(currency, account);
    }

    function wait(uint256 time) external {
        vm.warp(block.timestamp + within(time, 1, 60));
    }

    function pick(uint256 seed) private view returns (uint256 id, EscrowSale.Sale memory sale) {
        uint256 count = escrow.count();
        if (count > 0) {
            id = within(seed, 1, count);
            sale = escrow.sale(id);
        }
    }
}

/// @notice What holds after any sequence of actions.
contract EscrowSaleInvariants is Cheats {
    Market private market = new Market();

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(market);
    }

    function invariant_theEscrowHoldsExactlyWhatItOwes() external view {
        EscrowSale escrow = market.escrow();
        WCMT token = market.token();
        vm.assertEq(address(escrow).balance, liabilities(address(0)), "CMT");
        vm.assertEq(token.balanceOf(address(escrow)), liabilities(address(token)), "WCMT");
        vm.assertEq(address(token).balance, token.totalSupply(), "backing of WCMT");
    }

    function liabilities(address token) private view returns (uint256 sum) {
        EscrowSale escrow = market.escrow();
        for (uint256 id = 1; id <= escrow.count(); id++) {
            EscrowSale.Sale memory sale = escrow.sale(id);
            bool held = sale.state == EscrowSale.State.Paid || sale.state == EscrowSale.State.Shipped;
            if (held && sale.token == token) sum += sale.price;
        }
        for (uint256 who = 0; who < 5; who++) sum += escrow.owed(token, market.person(who));
    }
}
