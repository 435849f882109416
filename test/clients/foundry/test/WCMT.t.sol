// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {WCMT} from "@cybermiles/wcmt/WCMT.sol";
import {Cheats} from "./Cheats.sol";

/// @notice Properties of wrapped CMT.
contract WCMTTest is Cheats {
    WCMT private token = new WCMT();
    address private constant owner = address(0xA11CE);
    address private constant other = address(0xB0B);

    function deposit(uint256 value) private {
        vm.deal(owner, value);
        vm.prank(owner);
        token.deposit{value: value}();
    }

    function test_theCommittedCodeIsThisContract() external view {
        bytes memory committed = vm.parseBytes(vm.trim(vm.readFile("../../../solidity/wcmt/runtime.hex")));
        vm.assertEq(address(token).code, committed, "solidity/wcmt/runtime.hex");
    }

    function testFuzz_whatGoesInComesOut(uint128 value, uint128 part) external {
        vm.assume(part <= value);
        deposit(value);
        vm.startPrank(owner);
        token.transfer(other, part);
        token.withdraw(value - part);
        vm.stopPrank();
        vm.assertEq(owner.balance, value - part, "withdrawn");
        vm.assertEq(token.balanceOf(other), part, "transferred");
        vm.assertEq(token.totalSupply(), part, "supply");
    }

    function testFuzz_nobodyTakesMoreThanThereIs(uint128 value, uint128 more) external {
        vm.assume(more > value);
        deposit(value);
        bytes memory fault = abi.encodeWithSelector(WCMT.InsufficientBalance.selector, owner, value, more);
        vm.startPrank(owner);
        vm.expectRevert(fault);
        token.withdraw(more);
        vm.expectRevert(fault);
        token.transfer(other, more);
    }

    function testFuzz_anAllowanceIsUsedUp(uint128 value, uint128 allowed) external {
        vm.assume(allowed < value);
        deposit(value);
        vm.prank(owner);
        token.approve(other, allowed);
        vm.startPrank(other);
        token.transferFrom(owner, other, allowed);
        vm.assertEq(token.allowance(owner, other), 0, "allowance");
        vm.expectRevert(abi.encodeWithSelector(WCMT.InsufficientAllowance.selector, other, 0, 1));
        token.transferFrom(owner, other, 1);
    }

    function test_theLargestAllowanceIsNeverReducedAndTheOwnerNeedsNone() external {
        deposit(10);
        vm.prank(owner);
        token.approve(other, type(uint256).max);
        vm.prank(other);
        token.transferFrom(owner, other, 4);
        vm.assertEq(token.allowance(owner, other), type(uint256).max, "allowance");
        vm.prank(owner);
        token.transferFrom(owner, other, 6);
        vm.assertEq(token.balanceOf(other), 10, "balance");
    }

    function test_plainPaymentsAreDeposits() external {
        vm.deal(owner, 5);
        vm.prank(owner);
        vm.expectEmit(address(token));
        emit WCMT.Deposit(owner, 5);
        (bool paid,) = address(token).call{value: 5}("");
        vm.assertEq(paid ? token.balanceOf(owner) : 0, 5, "balance");
    }

    function test_aReceiverThatRefusesKeepsItsTokens() external {
        vm.deal(address(this), 3);
        token.deposit{value: 3}();
        vm.expectRevert(abi.encodeWithSelector(WCMT.PaymentRefused.selector, address(this)));
        token.withdraw(3); // this contract has no receive function
        vm.assertEq(token.balanceOf(address(this)), 3, "balance");
    }
}
