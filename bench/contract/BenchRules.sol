// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Fees} from "./Fees.sol";

/// @title A shop whose fees are decided by Fees.dmn, a table of 10 rules and 3 inputs.
/// @notice Each order asks the rules contract for its fee and adds it to what its sender owes.
contract BenchRules {
    mapping(address account => uint256) public feesE2;

    /// @notice Places an order; the level is 0 for gold, 1 for silver and 2 for bronze.
    function order(uint256 level, int128 amount, bool first) external {
        string memory name = level == 0 ? "gold" : level == 1 ? "silver" : "bronze";
        int128 fee = Fees.evaluate(Fees.Input(name, amount, first)).feeE2;
        feesE2[msg.sender] += uint256(uint128(fee)) * uint256(uint128(amount));
    }
}
